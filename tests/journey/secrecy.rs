//! Nothing personal is on the disk in the clear (Shows 4), neither while signed in nor after.

use std::process::Command;

use contract::case::DeclaredWire;
use testkit::canary::{Canary, find};
use testkit::office::Office;

use crate::bench::{Computer, folder, path};

const NAME: &str = "金丝雀·阿依古丽样例";
const NUMBER: &str = "110105199001010096";

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_name_number_and_photo_are_in_no_file_while_signed_in_and_after_sign_out() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 3, |_| {}).await.unwrap();
    let declared = DeclaredWire {
        name: NAME.into(),
        former_name: None,
        document_type: "resident_id_card".into(),
        document_number: NUMBER.into(),
        valid_from: "2016-03-01".into(),
        valid_until: Some("2036-03-01".into()),
    };
    let photos = office.submit_one(server.url(), "canary", &declared).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let row = program.queue().await.rows.into_iter().find(|row| row.name == NAME).unwrap();
    let case = program.open(&row.case_id).await;
    assert_eq!(case.declared.document_number, NUMBER, "the canary is really here");
    let mut needles = vec![Canary::text("name", NAME).unwrap(), Canary::text("number", NUMBER).unwrap()];
    for (index, photo) in photos.iter().enumerate() {
        needles.push(Canary::photo(&format!("original {index}"), photo).unwrap());
        let rendition = photo::fit_in_process(photo, photo::FIT_SIDE).unwrap();
        needles.push(Canary::photo(&format!("rendition {index}"), &rendition.jpeg).unwrap());
    }
    program.reject(&row.case_id, &["other"], NAME).await;
    let nowhere = |when: &str| {
        let hits = find(&[computer.data(), server.log().to_owned()], &needles).unwrap();
        assert!(hits.is_empty(), "{when}: {hits:?}");
    };
    nowhere("while signed in");
    no_vault_file_opens(&computer);
    program.desk.lock().await.unwrap();
    nowhere("while locked");
    program.unlock().await;
    program.until_delivered(1).await;
    program.desk.sign_out(desk::view::SignOutRequest { with_undelivered: false }).await.unwrap();
    nowhere("after sign-out");
    no_vault_file_opens(&computer);
    // The search itself works: the server's own files do hold the canary.
    let found = find(&[office.data().clone()], &needles).unwrap();
    assert!(found.iter().any(|hit| hit.label == "name") && found.iter().any(|hit| hit.label == "original 0"));
    server.stop().unwrap();
}

#[expect(clippy::disallowed_methods, reason = "runs the sqlite3 shell as somebody with the disk would")]
fn no_vault_file_opens(computer: &Computer) {
    let vaults = std::fs::read_dir(computer.data().join("vaults")).unwrap();
    let mut tried = 0;
    for vault in vaults {
        for file in ["cases.db", "photos.db", "work.db"] {
            let path = vault.as_ref().unwrap().path().join(file);
            let output = Command::new("sqlite3").arg(&path).arg("SELECT count(*) FROM sqlite_schema").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && said.contains("file is not a database"), "{file}: {said}");
            tried += 1;
        }
    }
    assert_eq!(tried, 3);
}
