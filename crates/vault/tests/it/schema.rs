//! The schemas as they are committed. When a migration is added, run the ignored test beside to write them, and read the difference.

use std::fs;
use std::path::PathBuf;

use vault::VaultFile;

use crate::fixture::Home;

const FILES: [(VaultFile, &str); 3] =
    [(VaultFile::Cases, "cases.sql"), (VaultFile::Photos, "photos.sql"), (VaultFile::Work, "work.sql")];

fn committed(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema").join(name)
}

#[test]
fn the_committed_schemas_are_what_the_migrations_make() {
    let (_home, vault) = Home::with_keychain();
    for (file, name) in FILES {
        let made = vault.schema_text(file).unwrap();
        let text = fs::read_to_string(committed(name)).unwrap().replace("\r\n", "\n");
        assert!(text == made, "schema/{name} differs from what the migrations make:\n{made}");
    }
}

#[test]
#[ignore = "writes the files that the test above reads"]
fn write_the_schemas() {
    let (_home, vault) = Home::with_keychain();
    for (file, name) in FILES {
        fs::write(committed(name), vault.schema_text(file).unwrap()).unwrap();
    }
}
