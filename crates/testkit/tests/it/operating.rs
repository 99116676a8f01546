//! A reviewer without a desktop against the real server, and what an operator does with its data meanwhile.

use casework::CaseId;
use contract::decision::Receipt;
use testkit::author::{Author, AuthorError};
use testkit::office::{Office, PASSWORD};
use testkit::server::{ServerProcess, ServerProcessError};
use testkit::server_tasks::{backup, restore, verify_audit};
use uuid::Uuid;

#[tokio::test]
async fn a_decision_survives_a_restore_when_it_is_offered_again_with_its_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let (office, server) = Office::open(folder.path(), 1, |_| {}).await.unwrap();
    let data = &office.options.data;
    let wrong = Author::sign_in(server.url(), "li", "wrong password", Uuid::new_v4()).await.unwrap_err();
    assert!(matches!(wrong, AuthorError::Refused(401, _)), "{wrong}");
    let li = Author::sign_in(server.url(), "li", PASSWORD, Uuid::new_v4()).await.unwrap();
    let copy = folder.path().join("copy.db");
    backup(data, &copy).unwrap();

    let database = rusqlite::Connection::open(data.join(testkit::server_data::DATABASE)).unwrap();
    let case: String = database.query_row("SELECT case_id FROM cases", [], |row| row.get(0)).unwrap();
    drop(database);
    let lease = li.lease(case.parse::<CaseId>().unwrap()).await.unwrap();
    let payload = li.payload(&lease, "approve", &[], office.options.now.unwrap().timestamp_millis());
    let mut request = li.seal(&payload).unwrap();
    let (status, body) = li.deliver(&payload, &request).await.unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let receipt: Receipt = serde_json::from_slice(&body).unwrap();

    let running = restore(data, &copy, office.options.now).unwrap_err();
    assert!(matches!(&running, ServerProcessError::CommandFailed { message, .. } if message.contains("running")));
    assert!(server.stop().unwrap().success());
    restore(data, &copy, office.options.now).unwrap();
    let server = ServerProcess::start(&office.options).unwrap();
    request.receipt = Some(receipt.clone());
    let (status, body) = li.deliver(&payload, &request).await.unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let again: Receipt = serde_json::from_slice(&body).unwrap();
    assert_eq!((again.received_at_ms, again.outcome), (receipt.received_at_ms, receipt.outcome));
    assert!(server.stop().unwrap().success());
    let said = verify_audit(data).unwrap();
    assert!(said.starts_with("entries: "), "{said}");
}
