//! Rules about every file: how long it may get, what must not be written into it, and what a few of them must say.

use super::{Breach, SourceFile, find};

/// Lines that a file of code may have before it should become two.
const CEILING: usize = 450;
/// Generated, or a plain list; each with a reason.
const LONG: &[&str] = &[
    // Made by `cargo xtask gen`.
    "ui/src/ipc/types.ts",
    // Catalogues: one line per sentence.
    "ui/src/text/zh.ts",
    "ui/src/text/en.ts",
];
/// Made by package managers; full of hashes and of what their makers write.
const LOCKS: &[&str] = &["Cargo.lock", "ui/package-lock.json"];

/// Marks of unfinished work. Put together here, so that this file does not break its own rule.
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX:")];
/// Places of one computer, which mean nothing on another one.
const PLACES: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\Users"),
];
/// Package registries: which one is used is set up on a computer, not here.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("py", "pi.org"),
    concat!("deb.", "debian.org"),
    concat!("archive.", "ubuntu.com"),
];

/// Turning another crate's fail points on is for the harness alone (docs/adr/0010).
const FAIL_POINTS: (&str, &str) = ("/failpoints\"", "crates/fault/Cargo.toml");

/// Files that must be there, and words that must be in them.
const REQUIRED: &[(&str, &[&str])] = &[
    ("README.md", &["cargo xtask run", "cargo xtask test"]),
    ("README.zh-CN.md", &["cargo xtask run", "cargo xtask test"]),
    ("LICENSE-MIT", &[]),
    ("LICENSE-APACHE", &[]),
    (".ci/run", &["cargo xtask check", "cargo xtask test", "cargo xtask crosscheck calendar"]),
];

pub(super) fn check(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        breaches.extend(too_long(file));
        if LOCKS.contains(&file.path.as_str()) {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            breaches.extend(unwanted(line).map(|what| Breach::new(&file.path, format!("line {}: {what}", number + 1))));
        }
        if file.path.ends_with("Cargo.toml") && file.path != FAIL_POINTS.1 && turns_fail_points_on(&file.text) {
            breaches.push(Breach::new(&file.path, "turns on fail points, which only the harness may"));
        }
        if file.path.starts_with("crates/") && file.path.ends_with(".rs") && !file.text.trim_start().starts_with("//!")
        {
            breaches.push(Breach::new(&file.path, "does not say at its top what it owns (//!)"));
        }
    }
    for (path, words) in REQUIRED {
        match find(files, path) {
            None => breaches.push(Breach::new(*path, "is missing")),
            Some(file) => breaches.extend(
                words
                    .iter()
                    .filter(|word| !file.text.contains(**word))
                    .map(|word| Breach::new(*path, format!("does not mention `{word}`"))),
            ),
        }
    }
    breaches
}

/// `fail/failpoints` is a crate's own switch and does nothing by itself.
fn turns_fail_points_on(manifest: &str) -> bool {
    manifest.replace("\"fail/failpoints\"", "").contains(FAIL_POINTS.0)
}

fn too_long(file: &SourceFile) -> Option<Breach> {
    let is_code = [".rs", ".ts", ".svelte"].iter().any(|end| file.path.ends_with(end));
    let is_test = file.path.split('/').any(|part| part == "tests" || part == "test") || file.path.ends_with(".test.ts");
    let code = file.text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().count();
    (is_code && !is_test && !LONG.contains(&file.path.as_str()) && lines > CEILING)
        .then(|| Breach::new(&file.path, format!("has {lines} lines, more than {CEILING}")))
}

fn unwanted(line: &str) -> Option<String> {
    let has = |words: &'static [&'static str]| words.iter().find(|word| line.contains(**word));
    if let Some(word) = has(UNFINISHED) {
        return Some(format!("says {word}; finish it, or file an issue and say why it is so"));
    }
    if let Some(place) = PLACES.iter().find(|place| is_path_in(line, place)) {
        return Some(format!("names a place of one computer ({place})"));
    }
    has(REGISTRIES).map(|host| format!("names a package registry ({host})"))
}

/// Whether a path that starts at the root of a disk begins with `place`; `sql/work/0001.sql` does not.
fn is_path_in(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-})".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn sentences(path: &str, text: &str) -> Vec<String> {
        let mut files: Vec<SourceFile> = REQUIRED.iter().map(|(path, words)| file(path, &words.join("\n"))).collect();
        files.retain(|file| file.path != path);
        files.push(file(path, text));
        check(&files).into_iter().map(|breach| breach.sentence).collect()
    }

    #[test]
    fn long_files_of_code_are_breaches_and_tests_are_not() {
        let long = "//! x\n".repeat(CEILING + 1);
        assert_eq!(sentences("crates/a/src/b.rs", &long), ["has 451 lines, more than 450"]);
        assert_eq!(sentences("crates/a/tests/it/b.rs", &long), [] as [&str; 0]);
        assert_eq!(sentences("docs/a.md", &long), [] as [&str; 0]);
        let mostly_tests = format!("//! x\nfn a() {{}}\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(sentences("crates/a/src/b.rs", &mostly_tests), [] as [&str; 0]);
    }

    #[test]
    fn unfinished_work_places_and_registries_are_breaches() {
        for word in UNFINISHED.iter().chain(PLACES).chain(REGISTRIES) {
            assert_eq!(sentences("docs/a.md", &format!("fine\nsee \"{word}x\"")).len(), 1, "{word}");
        }
        assert_eq!(sentences("Cargo.lock", REGISTRIES[0]), [] as [&str; 0]);
        assert_eq!(sentences("docs/a.md", &format!("see sql{}0001.sql", PLACES[0])), [] as [&str; 0]);
    }

    #[test]
    fn only_the_harness_turns_fail_points_on() {
        let own = "[features]\nfailpoints = [\"dep:fail\", \"fail/failpoints\"]\n";
        assert_eq!(sentences("crates/vault/Cargo.toml", own), [] as [&str; 0]);
        let others = "[features]\ndriven = [\"vault/failpoints\"]\n";
        assert_eq!(sentences("src-tauri/Cargo.toml", others).len(), 1);
        assert_eq!(sentences(FAIL_POINTS.1, others), [] as [&str; 0]);
    }

    #[test]
    fn the_readme_names_both_commands() {
        assert_eq!(sentences("README.md", "cargo xtask run"), ["does not mention `cargo xtask test`"]);
    }

    #[test]
    fn a_file_of_code_opens_with_what_it_owns() {
        assert_eq!(sentences("crates/a/src/b.rs", "fn a() {}\n"), ["does not say at its top what it owns (//!)"]);
    }
}
