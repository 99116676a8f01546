//! The commands between page and shell stand in four places: the list in `desk`, the handlers of the shell, the permission files and
//! the window's capability. They must agree, and each command is in exactly one permission set.

use std::collections::{BTreeMap, BTreeSet};

use super::{Breach, SourceFile, find};

const LIST: &str = "crates/desk/src/commands.rs";
const HANDLERS: &str = "src-tauri/src/lib.rs";
const PERMISSIONS: &str = "src-tauri/permissions/";
const CAPABILITIES: &str = "src-tauri/capabilities/";

/// What the window may use of Tauri itself: hearing our one event.
const OF_TAURI: &[&str] = &["core:event:allow-listen", "core:event:allow-unlisten"];

pub(super) fn check(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let listed = find(files, LIST).map(|file| listed(&file.text)).unwrap_or_default();
    if listed.is_empty() {
        breaches.push(Breach::new(LIST, "no command was found in the list"));
    }
    let names: BTreeSet<&str> = listed.iter().map(|(name, _)| name.as_str()).collect();
    if names.len() < listed.len() {
        breaches.push(Breach::new(LIST, "a command is listed twice"));
    }

    let handlers = find(files, HANDLERS).map(|file| handlers(&file.text)).unwrap_or_default();
    breaches.extend(missing(&names, &handlers, HANDLERS, "has no handler"));
    breaches.extend(missing(&handlers, &names, HANDLERS, "is handled but not listed in crates/desk/src/commands.rs"));

    let sets = permission_sets(files, &mut breaches);
    let mut place: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (set, commands) in &sets {
        for command in commands {
            place.entry(command).or_default().push(set);
        }
    }
    for (name, set) in &listed {
        match place.get(name.as_str()).map(Vec::as_slice) {
            None => breaches.push(Breach::new(PERMISSIONS, format!("command {name} is in no permission set"))),
            Some([only]) if *only == set.as_str() => {}
            Some([only]) => breaches.push(Breach::new(
                PERMISSIONS,
                format!("command {name} is in {only}, but crates/desk/src/commands.rs puts it in {set}"),
            )),
            Some(several) => breaches.push(Breach::new(
                PERMISSIONS,
                format!("command {name} is in several permission sets: {}", several.join(", ")),
            )),
        }
    }
    for name in place.keys().filter(|name| !names.contains(*name)) {
        breaches.push(Breach::new(PERMISSIONS, format!("{name} is allowed but is no command")));
    }

    breaches.extend(capabilities(files, &sets.keys().map(String::as_str).collect()));
    breaches
}

fn missing(wanted: &BTreeSet<&str>, there: &BTreeSet<&str>, file: &str, what: &str) -> Vec<Breach> {
    wanted.difference(there).map(|name| Breach::new(file, format!("command {name} {what}"))).collect()
}

/// Name and permission set of every `command("…", "…", …)`.
fn listed(text: &str) -> Vec<(String, String)> {
    text.split("command(")
        .skip(1)
        .filter_map(|call| {
            let mut words = call.split('"');
            let before = words.next()?;
            before.trim().is_empty().then_some(())?;
            let name = words.next()?.to_owned();
            words.next()?;
            Some((name, words.next()?.to_owned()))
        })
        .collect()
}

/// The last words of the paths in `generate_handler![…]`.
fn handlers(text: &str) -> BTreeSet<&str> {
    let list =
        text.split_once("generate_handler![").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    list.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .flat_map(|line| line.split(','))
        .filter_map(|path| path.trim().rsplit("::").next())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Each permission set with its commands.
fn permission_sets(files: &[SourceFile], breaches: &mut Vec<Breach>) -> BTreeMap<String, Vec<String>> {
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.starts_with(PERMISSIONS) && file.path.ends_with(".toml")) {
        let table: toml::Table = match toml::from_str(&file.text) {
            Ok(table) => table,
            Err(error) => {
                breaches.push(Breach::new(&file.path, format!("is not TOML: {}", error.message())));
                continue;
            }
        };
        for permission in table.get("permission").and_then(toml::Value::as_array).into_iter().flatten() {
            let name = permission.get("identifier").and_then(toml::Value::as_str).unwrap_or_default();
            let commands = permission
                .get("commands")
                .and_then(|commands| commands.get("allow"))
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_str)
                .map(str::to_owned)
                .collect();
            if sets.insert(name.to_owned(), commands).is_some() {
                breaches.push(Breach::new(&file.path, format!("permission set {name} is there twice")));
            }
        }
    }
    sets
}

fn capabilities(files: &[SourceFile], sets: &BTreeSet<&str>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut granted: BTreeSet<String> = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.starts_with(CAPABILITIES) && file.path.ends_with(".json")) {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&file.text) else {
            breaches.push(Breach::new(&file.path, "is not JSON"));
            continue;
        };
        let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
        if list("windows")
            .iter()
            .chain(&list("webviews"))
            .any(|name| name.as_str().is_some_and(|name| name.contains('*')))
        {
            breaches.push(Breach::new(&file.path, "names a window by \"*\"; name the one window"));
        }
        if !value["remote"].is_null() {
            breaches.push(Breach::new(&file.path, "lets pages from elsewhere call commands"));
        }
        for permission in list("permissions") {
            let name = permission.as_str().or_else(|| permission["identifier"].as_str()).unwrap_or_default();
            if !sets.contains(name) && !OF_TAURI.contains(&name) {
                breaches.push(Breach::new(&file.path, format!("grants {name}, which is no permission set of ours")));
            }
            granted.insert(name.to_owned());
        }
    }
    for set in sets.iter().filter(|set| !granted.contains(**set)) {
        breaches.push(Breach::new(CAPABILITIES, format!("permission set {set} is granted to no window")));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn repository() -> Vec<SourceFile> {
        vec![
            file(
                LIST,
                "const fn command(name: &'static str) {}\npub const COMMANDS: &[Command] = &[\n    command(\"case_open\", \"case-read\", \"string\", \"View\"),\n    command(\n        \"case_close\",\n        \"case-read\",\n        \"\",\n        \"null\",\n    ),\n];\n",
            ),
            file(
                HANDLERS,
                "tauri::generate_handler![\n    commands::case::case_open, // first\n    commands::case::case_close,\n]",
            ),
            file(
                "src-tauri/permissions/case.toml",
                "[[permission]]\nidentifier = \"case-read\"\ncommands.allow = [\"case_open\", \"case_close\"]\n",
            ),
            file(
                "src-tauri/capabilities/main.json",
                "{\"windows\": [\"main\"], \"permissions\": [\"case-read\", \"core:event:allow-listen\"]}",
            ),
        ]
    }

    fn with(path: &str, from: &str, to: &str) -> Vec<String> {
        let mut files = repository();
        for file in &mut files {
            if file.path == path {
                assert!(file.text.contains(from));
                file.text = file.text.replace(from, to);
            }
        }
        check(&files).into_iter().map(|breach| breach.sentence).collect()
    }

    #[test]
    fn what_agrees_is_no_breach() {
        assert_eq!(check(&repository()), []);
    }

    #[test]
    fn a_command_in_no_permission_set_is_a_breach() {
        assert_eq!(
            with("src-tauri/permissions/case.toml", ", \"case_close\"", ""),
            ["command case_close is in no permission set"]
        );
    }

    #[test]
    fn a_command_in_two_sets_or_in_another_one_is_a_breach() {
        let second = "\n[[permission]]\nidentifier = \"case-write\"\ncommands.allow = [\"case_close\"]\n";
        assert_eq!(
            with("src-tauri/permissions/case.toml", "\"case_close\"]\n", &format!("\"case_close\"]\n{second}")),
            [
                "command case_close is in several permission sets: case-read, case-write",
                "permission set case-write is granted to no window"
            ]
        );
        assert_eq!(
            with(LIST, "        \"case-read\",\n", "        \"case-write\",\n"),
            ["command case_close is in case-read, but crates/desk/src/commands.rs puts it in case-write"]
        );
    }

    #[test]
    fn a_command_without_a_handler_and_a_handler_without_a_command_are_breaches() {
        assert_eq!(
            with(HANDLERS, "commands::case::case_close", "commands::case::case_shut"),
            [
                "command case_close has no handler",
                "command case_shut is handled but not listed in crates/desk/src/commands.rs"
            ]
        );
    }

    #[test]
    fn a_window_gets_our_sets_and_nothing_else() {
        let path = "src-tauri/capabilities/main.json";
        assert_eq!(
            with(path, "core:event:allow-listen", "core:default"),
            ["grants core:default, which is no permission set of ours"]
        );
        assert_eq!(with(path, "[\"main\"]", "[\"*\"]"), ["names a window by \"*\"; name the one window"]);
        assert_eq!(with(path, "\"case-read\", ", ""), ["permission set case-read is granted to no window"]);
    }
}
