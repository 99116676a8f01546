//! The text catalogue: every error code that the shell can send has a sentence in every language. That all languages have the same
//! keys is the TypeScript compiler's business.

use super::{Breach, SourceFile, find};
use crate::generated::IPC_TYPES;

const CATALOGUES: &[&str] = &["ui/src/text/zh.ts", "ui/src/text/en.ts"];

pub(super) fn check(files: &[SourceFile]) -> Vec<Breach> {
    let codes = find(files, IPC_TYPES).map(|file| codes(&file.text)).unwrap_or_default();
    if codes.is_empty() {
        return vec![Breach::new(IPC_TYPES, "no error code was found")];
    }
    let mut breaches = Vec::new();
    for path in CATALOGUES {
        let Some(file) = find(files, path) else {
            breaches.push(Breach::new(*path, "the catalogue is missing"));
            continue;
        };
        let keys = keys_of_errors(&file.text);
        for code in codes.iter().filter(|code| !keys.contains(code)) {
            breaches.push(Breach::new(*path, format!("error code {code} has no sentence")));
        }
    }
    breaches
}

/// The members of the union `ErrorCode`.
fn codes(types: &str) -> Vec<&str> {
    types
        .split_once("type ErrorCode =")
        .and_then(|(_, rest)| rest.split_once(';'))
        .map(|(union, _)| union.split('"').skip(1).step_by(2).collect())
        .unwrap_or_default()
}

/// The keys of the catalogue's block `errors: { … }`.
fn keys_of_errors(catalogue: &str) -> Vec<&str> {
    let Some((before, block)) = catalogue.split_once("errors: {") else {
        return Vec::new();
    };
    let indent = before.len() - before.trim_end_matches(' ').len();
    let end = format!("\n{}}}", " ".repeat(indent));
    block
        .split(end.as_str())
        .next()
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.trim_start().split_once([':', '(']))
        .map(|(key, _)| key.trim().trim_matches(['"', '\'']))
        .filter(|key| !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    const TYPES: &str = "export type ErrorCode = \"locked\" | \"disk_full\";\n\nexport type Other = \"x\";\n";
    const WHOLE: &str = "export const zh = {\n  errors: {\n    locked: () => \"a\",\n    disk_full: (p) =>\n      `b: ${p.count}`,\n  },\n};\n";

    fn sentences(zh: &str, en: &str) -> Vec<String> {
        let files = [file(IPC_TYPES, TYPES), file(CATALOGUES[0], zh), file(CATALOGUES[1], en)];
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_code_without_a_sentence_in_one_language_is_a_breach() {
        assert_eq!(sentences(WHOLE, WHOLE), [] as [&str; 0]);
        let lacking = WHOLE.replace("    locked: () => \"a\",\n", "");
        assert_eq!(sentences(WHOLE, &lacking), ["ui/src/text/en.ts: error code locked has no sentence"]);
        let elsewhere = lacking.replace("};", "  state: { locked: \"a\" },\n};");
        assert_eq!(sentences(&elsewhere, WHOLE), ["ui/src/text/zh.ts: error code locked has no sentence"]);
    }

    #[test]
    fn no_codes_at_all_are_a_breach() {
        assert_eq!(check(&[]).len(), 1);
    }
}
