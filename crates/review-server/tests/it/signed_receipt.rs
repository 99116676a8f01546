//! Receipts: signed by the server, with their place in its audit, and repeated byte for byte.

use contract::decision::Receipt;
use contract::paths;
use contract::server_info::ServerInfo;
use contract::signature::{receipt_message, verify};

use crate::office::Office;

#[tokio::test]
async fn a_receipt_is_signed_and_names_its_entry_of_the_audit() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    let receipt = office.decide(&wang, case, "approve", &[]).await;
    let server: ServerInfo = office.get(paths::SERVER, None).await.json();
    let message = receipt_message(server.server_id, &receipt);
    verify(&server.receipt_key, &message, &receipt.signature).unwrap();
    let other = Receipt { received_at_ms: receipt.received_at_ms + 1, ..receipt.clone() };
    assert!(verify(&server.receipt_key, &receipt_message(server.server_id, &other), &receipt.signature).is_err());
    let entry = office.count(&format!(
        "SELECT count(*) FROM audit WHERE seq = {} AND hash = '{}' AND what = 'decision' AND decision_id = '{}'",
        receipt.audit.seq, receipt.audit.hash, receipt.decision_id
    ));
    assert_eq!(entry, 1);
}

/// HTTP-IND, HTTP-DUP: whatever became of the first answer, the next is the same.
#[tokio::test]
async fn a_repetition_is_answered_byte_for_byte_also_after_a_restart() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let draft = office.draft(&wang, &lease, "approve", &[]);
    let first = office.deliver(&wang, &draft).await;
    assert_eq!(first.header("content-type"), "application/json");
    let entries = office.count("SELECT count(*) FROM audit");
    for _ in 0..20 {
        assert_eq!(office.deliver_with(&wang.delivery, &draft, &office.seal(&draft)).await.body, first.body);
    }
    assert_eq!(office.count("SELECT count(*) FROM audit"), entries, "a repetition is no event");
    let office = office.restart();
    assert_eq!(office.deliver_with(&wang.delivery, &draft, &office.seal(&draft)).await.body, first.body);
}

#[tokio::test]
async fn an_answer_from_before_receipts_were_signed_is_signed_when_it_is_repeated() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let draft = office.draft(&wang, &lease, "approve", &[]);
    let first: Receipt = office.deliver(&wang, &draft).await.json();
    let database = office.database();
    let old = "UPDATE decision_answers SET answer = json_remove(answer, '$.audit', '$.signature')";
    assert_eq!(database.execute(old, []).unwrap(), 1);
    let again: Receipt = office.deliver(&wang, &draft).await.json();
    assert_eq!(again, first);
    assert_eq!(
        office.count("SELECT count(*) FROM decision_answers WHERE json_extract(answer, '$.signature') <> ''"),
        1
    );
}
