//! The search finds each form that it claims to find, wherever it lies, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use testkit::canary::{Canary, CanaryError, Hit, find};

const NAME: &str = "欧阳𠮷㛃·金丝雀";

fn search(folder: &Path, canary: &Canary) -> Vec<Hit> {
    find(&[folder.to_owned()], std::slice::from_ref(canary)).unwrap()
}

/// Plants one content in a file of its own and tells the forms under which it is found.
fn forms(content: &[u8], canary: &Canary) -> BTreeSet<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cases.db-wal"), [b"before ", content, b" after"].concat()).unwrap();
    search(folder.path(), canary).into_iter().map(|hit| hit.form).collect()
}

fn utf16(swap: bool) -> Vec<u8> {
    NAME.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn each_planted_form_of_a_text_is_found() {
    let canary = Canary::text("name", NAME).unwrap();
    let json = |upper| {
        NAME.encode_utf16()
            .map(|unit| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") })
            .collect::<String>()
            .into_bytes()
    };
    let percent = |upper| {
        NAME.bytes()
            .map(|byte| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") })
            .collect::<String>()
            .into_bytes()
    };
    let cases: [(&str, Vec<u8>); 9] = [
        ("utf-8", NAME.as_bytes().to_vec()),
        ("utf-16le", utf16(false)),
        ("utf-16be", utf16(true)),
        ("json-escaped", json(false)),
        ("json-escaped", json(true)),
        ("percent-encoded", percent(false)),
        ("percent-encoded", percent(true)),
        ("hex", hex::encode(NAME).into_bytes()),
        ("hex", hex::encode_upper(NAME).into_bytes()),
    ];
    for (form, content) in cases {
        assert_eq!(forms(&content, &canary), BTreeSet::from([form]));
    }
}

#[test]
fn base64_is_found_at_every_alignment_and_in_both_alphabets() {
    for text in [NAME, "110105199001010029", "龘龘龘???>>>~~~"] {
        let canary = Canary::text("text", text).unwrap();
        for before in ["", "a", "ab", "abc", "{\"name\":\""] {
            for after in ["", "x", "yz", "\"}"] {
                let whole = format!("{before}{text}{after}");
                assert_eq!(forms(STANDARD.encode(&whole).as_bytes(), &canary), BTreeSet::from(["base64"]), "{whole}");
                assert_eq!(forms(URL_SAFE.encode(&whole).as_bytes(), &canary), BTreeSet::from(["base64"]), "{whole}");
            }
        }
    }
}

#[test]
fn json_with_escapes_between_plain_ascii_is_found() {
    let canary = Canary::text("name", "Ouyang 金丝雀 42").unwrap();
    assert_eq!(forms("Ouyang \\u91d1\\u4e1d\\u96c0 42".as_bytes(), &canary), BTreeSet::from(["json-escaped"]));
}

#[test]
fn a_canary_in_a_file_name_or_across_two_chunks_is_found() {
    let canary = Canary::text("number", "110105199001010029").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("110105199001010029.jpg"), b"").unwrap();
    let hits = search(folder.path(), &canary);
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].offset, None);

    std::fs::remove_file(deep.join("110105199001010029.jpg")).unwrap();
    let chunk = 4 * 1024 * 1024;
    for before in [chunk - 1, chunk - 9, chunk - 17, chunk, 2 * chunk - 5] {
        let mut content = vec![b'.'; before];
        content.extend_from_slice(b"110105199001010029");
        std::fs::write(deep.join("work.db"), &content).unwrap();
        let hits = search(folder.path(), &canary);
        assert_eq!(hits.iter().filter_map(|hit| hit.offset).collect::<Vec<_>>(), [before as u64]);
    }
}

#[test]
fn fragments_of_a_photo_are_found_raw_and_in_base64() {
    let now = testkit::cases::DEMONSTRATION_NOW.parse().unwrap();
    let artist = testkit::specimen::Artist::open().unwrap();
    let case = testkit::cases::cases(3, 1, now).unwrap().remove(0);
    let photos = case.draw(&artist).unwrap();
    let file = &photos[0].bytes;
    let canary = Canary::photo("photo", file).unwrap();
    assert_eq!(forms(file, &canary), BTreeSet::from(["bytes"]));
    // A page of a database holds only a part of it.
    assert_eq!(forms(&file[file.len() * 2 / 5..file.len() * 7 / 10], &canary), BTreeSet::from(["bytes"]));
    for before in 0..3 {
        let shifted = [&b"xyz"[..before], file].concat();
        assert_eq!(forms(STANDARD.encode(shifted).as_bytes(), &canary), BTreeSet::from(["base64"]));
    }
    assert_eq!(forms(hex::encode(file).as_bytes(), &canary), BTreeSet::from(["hex"]));
    assert!(forms(&photos[1].bytes, &canary).is_empty());
}

#[test]
fn nothing_is_found_where_nothing_is_and_silence_is_never_a_guess() {
    let canary = Canary::text("name", NAME).unwrap();
    assert!(forms("欧阳𠮷㛃·金丝鸟".as_bytes(), &canary).is_empty());
    assert!(matches!(Canary::text("short", "王伟"), Err(CanaryError::TooShort(_))));
    assert!(matches!(Canary::photo("plain", &[7; 5000]), Err(CanaryError::TooShort(_))));
    let missing = std::path::PathBuf::from("no such folder");
    assert!(matches!(find(&[missing], &[canary]), Err(CanaryError::Unreadable { .. })));
}
