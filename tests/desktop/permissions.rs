//! The three places that name the commands agree: the list in `desk`, the permission files, the capability.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use desk::commands::COMMANDS;

fn shell(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri").join(path)
}

/// Permission set by command, from the files; a command that is named twice fails.
fn sets_by_command() -> BTreeMap<String, String> {
    let mut sets = BTreeMap::new();
    for entry in std::fs::read_dir(shell("permissions")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let file: toml::Table = text.parse().unwrap();
        for permission in file["permission"].as_array().unwrap() {
            let set = permission["identifier"].as_str().unwrap();
            for command in permission["commands"]["allow"].as_array().unwrap() {
                let command = command.as_str().unwrap().to_owned();
                assert_eq!(sets.insert(command.clone(), set.to_owned()), None, "{command} is in two sets");
            }
        }
    }
    sets
}

#[test]
fn each_command_is_in_exactly_the_permission_set_that_the_list_names() {
    let listed: BTreeMap<_, _> =
        COMMANDS.iter().map(|command| (command.name.to_owned(), command.permission.to_owned())).collect();
    assert_eq!(listed.len(), COMMANDS.len(), "a command is listed twice");
    assert_eq!(sets_by_command(), listed);
}

#[test]
fn the_capability_gives_our_sets_to_one_window_and_nothing_else_but_hearing_events() {
    let text = std::fs::read_to_string(shell("capabilities/main.json")).unwrap();
    let capability: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert!(capability.get("remote").is_none());
    let given: BTreeSet<_> =
        capability["permissions"].as_array().unwrap().iter().map(|set| set.as_str().unwrap().to_owned()).collect();
    let mut wanted: BTreeSet<_> = COMMANDS.iter().map(|command| command.permission.to_owned()).collect();
    wanted.extend(["core:event:allow-listen".to_owned(), "core:event:allow-unlisten".to_owned()]);
    assert_eq!(given, wanted);
}

#[test]
fn the_content_security_policy_is_strict_and_no_plugin_or_global_is_on() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tauri.conf.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let security = &config["app"]["security"];
    assert_eq!(security["csp"]["default-src"], "'none'");
    assert_eq!(security["csp"]["script-src"], "'self'");
    assert_eq!(security["csp"]["style-src"], "'self'");
    assert_eq!(security["csp"]["img-src"], "'self' photo: http://photo.localhost");
    assert_eq!(security["csp"]["connect-src"], "ipc: http://ipc.localhost");
    for (directive, sources) in security["csp"].as_object().unwrap() {
        let sources = sources.as_str().unwrap();
        assert!(!sources.contains("unsafe") && !sources.contains('*') && !sources.contains("data:"), "{directive}");
    }
    assert_eq!(security["freezePrototype"], true);
    assert_eq!(security["assetProtocol"]["enable"], false);
    assert!(security.get("dangerousDisableAssetCspModification").is_none());
    assert_eq!(config["app"]["withGlobalTauri"], false);
    assert!(config.get("plugins").is_none());
}
