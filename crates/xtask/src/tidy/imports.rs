//! Who may import whom inside `ui/src`: features do not know each other, only the shell composes them, and only the port to the shell
//! imports Tauri's package. Reads import lines; does not resolve packages.

use super::{Breach, SourceFile};

const SOURCE: &str = "ui/src/";
/// The package that belongs to the port alone.
const TAURI: &str = "@tauri-apps/";

/// Each part of the page and the parts that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("app", &["app", "features", "shared", "platform", "text", "ipc"]),
    ("features", &["shared", "platform", "text", "ipc"]),
    ("shared", &["shared", "platform", "text", "ipc"]),
    ("platform", &["platform", "ipc"]),
    ("text", &["text", "shared", "ipc"]),
    ("ipc", &["ipc"]),
];

pub(super) fn check(files: &[SourceFile]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        let Some(inner) = file.path.strip_prefix(SOURCE) else {
            continue;
        };
        if !inner.ends_with(".ts") && !inner.ends_with(".svelte") {
            continue;
        }
        for import in imports(&file.text) {
            breaches.extend(judge(inner, &import).map(|sentence| Breach::new(&file.path, sentence)));
        }
    }
    breaches
}

fn judge(from: &str, import: &str) -> Option<String> {
    let part = part(from);
    if import.starts_with(TAURI) {
        return (part != "platform").then(|| format!("only platform imports {import}"));
    }
    let to = resolve(from, import)?;
    let other = self::part(&to);
    if part.is_empty() {
        // The entry point, which only starts the shell.
        return None;
    }
    if let (Some(own), Some(others)) = (feature(from), feature(&to)) {
        return (own != others).then(|| format!("feature {own} must not import feature {others}"));
    }
    let Some((_, may)) = MAY_IMPORT.iter().find(|(name, _)| *name == part) else {
        return Some(format!("{part} is no part of the page (crates/xtask/src/tidy/imports.rs)"));
    };
    (!other.is_empty() && !may.contains(&other)).then(|| format!("{part} must not import {other}"))
}

/// What stands in the quotes of import and export lines, lines that go on included.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let line = line.trim();
        let is_start = line.starts_with("import ") || line.starts_with("import{") || line.starts_with("export ");
        if is_start {
            is_open = true;
        }
        let after = ["from ", "from\"", "from'", "import(", "import \"", "import '"]
            .iter()
            .filter(|word| is_open || **word == "import(")
            .filter_map(|word| line.rfind(word).map(|at| &line[at + word.trim_end_matches(['"', '\'']).len()..]))
            .find_map(quoted);
        if let Some(name) = after {
            found.push(name.to_owned());
            is_open = false;
        }
        if line.ends_with(';') {
            is_open = false;
        }
    }
    found
}

fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let rest = &text[1..];
    rest.find(quote).map(|end| &rest[..end])
}

/// The path of a relative import from `ui/src`; nothing for a package.
fn resolve(from: &str, import: &str) -> Option<String> {
    if !import.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for step in import.split('/') {
        match step {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The first folder; empty for a file that lies directly in `ui/src`.
fn part(path: &str) -> &str {
    path.split_once('/').map_or("", |(first, _)| first)
}

fn feature(path: &str) -> Option<&str> {
    path.strip_prefix("features/")?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn sentences(path: &str, text: &str) -> Vec<String> {
        check(&[file(path, text)]).into_iter().map(|breach| breach.sentence).collect()
    }

    #[test]
    fn a_feature_does_not_import_another_feature() {
        let path = "ui/src/features/queue/Queue.svelte";
        assert_eq!(
            sentences(path, "<script lang=\"ts\">\n  import Case from \"../case/Case.svelte\";\n</script>"),
            ["feature queue must not import feature case"]
        );
        assert_eq!(
            sentences(path, "import {\n  a,\n  b,\n} from '../case/parts';\n"),
            ["feature queue must not import feature case"]
        );
        assert_eq!(
            sentences(path, "import Row from './Row.svelte';\nimport { lamp } from \"../../shared/lamp\";"),
            [] as [&str; 0]
        );
        assert_eq!(
            sentences(path, "const later = await import(\"../../app/router\");"),
            ["features must not import app"]
        );
    }

    #[test]
    fn only_the_port_imports_tauri() {
        let text = "import { invoke } from \"@tauri-apps/api/core\";";
        assert_eq!(sentences("ui/src/shared/lamp.ts", text), ["only platform imports @tauri-apps/api/core"]);
        assert_eq!(sentences("ui/src/main.ts", text), ["only platform imports @tauri-apps/api/core"]);
        assert_eq!(sentences("ui/src/platform/shell.ts", text), [] as [&str; 0]);
    }

    #[test]
    fn what_is_shared_knows_no_feature() {
        assert_eq!(
            sentences("ui/src/shared/lamp.ts", "export { a } from \"../features/queue/a\";"),
            ["shared must not import features"]
        );
        assert_eq!(sentences("ui/src/text/zh.ts", "import type { E } from \"../ipc/types\";"), [] as [&str; 0]);
        assert_eq!(sentences("ui/src/main.ts", "import App from \"./app/App.svelte\";"), [] as [&str; 0]);
    }

    #[test]
    fn a_sentence_that_says_from_is_no_import() {
        let text = "export const zh = {\n  a: \"taken from \\\"../features/case/x\\\"\",\n};\n";
        assert_eq!(sentences("ui/src/text/zh.ts", "const a = 'from \"../features/case/x\"';"), [] as [&str; 0]);
        assert_eq!(sentences("ui/src/shared/a.ts", text), [] as [&str; 0]);
    }
}
