//! Nothing readable on the disk: not in the databases, not in their WALs, not in the header, open or closed.

use casework::{DocumentNumber, PersonName};
use rusqlite::Connection;
use vault::{RenditionRow, SecretName};

use crate::fixture::{Home, PASSWORD, decision, held, sha, whole_feed};

const NAME: &str = "欧阳娜娜·阿卜杜拉";
const NUMBER: &str = "440524188001010014";
const NOTE: &str = "内部备注 canary note";
const TOKEN: &str = "refresh-token-canary-1234567890";

/// The ways in which a text could stand in a file.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let escaped: String = utf16.iter().map(|unit| format!("\\u{unit:04x}")).collect();
    let mut ways = vec![
        text.as_bytes().to_vec(),
        utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        escaped.into_bytes(),
        hex::encode(text).into_bytes(),
    ];
    // The three alignments in which base64 can cut it, without their ends.
    for shift in 0..3 {
        let shifted = [&vec![b'x'; shift], text.as_bytes()].concat();
        let encoded = base64::engine::general_purpose::STANDARD.encode(shifted);
        ways.push(encoded.as_bytes()[4..encoded.len() - 4].to_vec());
    }
    ways
}

pub(crate) fn assert_no_canary(home: &Home, when: &str) {
    let mut canaries: Vec<Vec<u8>> = [NAME, NUMBER, NOTE, TOKEN, PASSWORD].into_iter().flat_map(spellings).collect();
    canaries.push(photo_canary()[100..164].to_vec());
    for file in home.all_files() {
        let bytes = std::fs::read(&file).unwrap();
        for canary in &canaries {
            let found = bytes.windows(canary.len()).any(|window| window == canary);
            assert!(!found, "{} holds a canary, {when}", file.display());
        }
    }
}

fn photo_canary() -> Vec<u8> {
    (0..40_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

pub(crate) fn plant(vault: &vault::Vault) {
    let (mut row, mut detail) = held(1);
    row.name = NAME.to_owned();
    row.last_four = NUMBER[14..].to_owned();
    detail.declared.name = PersonName::parse(NAME).unwrap();
    detail.declared.document_number = DocumentNumber::parse(NUMBER).unwrap();
    vault.apply_changes(&whole_feed("e1", 1, vec![row.clone()]), &[]).unwrap();
    vault.put_held(&[(row, detail)], true, &[]).unwrap();
    let picture = RenditionRow { jpeg: photo_canary(), width: 200, height: 200 };
    assert_eq!(vault.put_rendition(sha(10), &picture).unwrap().len(), 1);
    let mut decision = decision(1);
    decision.author_copy = format!("{{\"note\":\"{NOTE}\",\"name\":\"{NAME}\"}}").into_bytes();
    vault.outbox_insert(&decision).unwrap();
    vault.put_secret(SecretName::RefreshToken, TOKEN.as_bytes()).unwrap();
    vault.put_person(&format!("{{\"name\":\"{NAME}\"}}")).unwrap();
}

#[test]
fn no_file_holds_anything_readable_while_open_or_after_closing() {
    for (home, vault) in [Home::with_keychain(), Home::without_keychain()] {
        plant(&vault);
        assert!(home.file("cases.db-wal").metadata().unwrap().len() > 0, "the WAL is looked at too");
        assert_no_canary(&home, "while open");
        vault.close().unwrap();
        assert_no_canary(&home, "after closing");
        let vault = home.unlock().unwrap();
        assert_eq!(vault.rendition(sha(10)).unwrap().unwrap().jpeg, photo_canary(), "and yet it is there");
        assert_eq!(vault.held(held(1).0.case_id).unwrap().unwrap().declared.name.as_str(), NAME);
    }
}

#[test]
fn nobody_opens_the_files_without_the_key() {
    let (home, vault) = Home::with_keychain();
    plant(&vault);
    vault.close().unwrap();
    for name in ["cases.db", "photos.db", "work.db"] {
        let path = home.file(name);
        assert_ne!(&std::fs::read(&path).unwrap()[..15], b"SQLite format 3");
        let plain = Connection::open(&path).unwrap();
        let refused = plain.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        assert!(refused.unwrap_err().to_string().contains("not a database"));
        let wrong = Connection::open(&path).unwrap();
        wrong.execute_batch(&format!("PRAGMA key = \"x'{}'\"", "ab".repeat(32))).unwrap();
        assert!(wrong.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).is_err());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the question is what the system's own tool sees")]
fn the_sqlite3_command_opens_no_file() {
    let (home, vault) = Home::with_keychain();
    plant(&vault);
    for is_open in [true, false] {
        if !is_open {
            vault.close().unwrap();
        }
        for name in ["cases.db", "photos.db", "work.db"] {
            // `cargo xtask test` installs it.
            let output = std::process::Command::new("sqlite3").arg(home.file(name)).arg(".tables").output().unwrap();
            assert!(!output.status.success());
            assert!(String::from_utf8_lossy(&output.stderr).contains("not a database"));
        }
    }
    home.unlock().unwrap();
}

#[test]
fn the_device_key_and_the_vault_key_open_different_files() {
    let (home, vault) = Home::with_keychain();
    vault.close().unwrap();
    std::fs::copy(home.file("cases.db"), home.file("work.db")).unwrap();
    let recovered = home.unlock().unwrap().work_recovered().unwrap().unwrap();
    assert_eq!((recovered.rows_kept, recovered.rows_lost), (0, None));
}

#[test]
fn nothing_personal_is_in_debug_texts() {
    let (row, detail) = held(1);
    let texts = format!("{row:?} {detail:?} {:?} {:?}", decision(1), crate::fixture::rendition(1));
    for personal in ["王小1", "002X", "11010519491231002X", "approve"] {
        assert!(!texts.contains(personal), "{personal} in {texts}");
    }
}
