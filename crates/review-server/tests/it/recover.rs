//! Recovery files: taken in by the operator, with the signatures as the only credential.

use contract::decision::Receipt;
use contract::problem::ProblemCode;
use contract::recovery::{FORMAT, RecoveryCopy, RecoveryFile};
use review_server::admin;
use review_server::recovering::{Outcome, RecoverError, parse, recover};

use crate::office::{Desk, Draft, Office};
use crate::program::{run, text};

fn copy_of(office: &Office, draft: &Draft) -> RecoveryCopy {
    RecoveryCopy {
        case_id: draft.path_case,
        case_no: "as printed".to_owned(),
        case_version: draft.payload.case_version,
        request: office.seal(draft),
    }
}

fn file_of(office: &Office, decisions: Vec<RecoveryCopy>) -> RecoveryFile {
    RecoveryFile {
        format: FORMAT.to_owned(),
        server_id: office.state.server_id(),
        made_at_ms: office.now().timestamp_millis(),
        decisions,
    }
}

async fn drafted(office: &Office, desk: &Desk, applicant: &str) -> Draft {
    let case = office.new_case(applicant).await.case_id;
    let lease = office.lease(desk, case).await;
    office.draft(desk, &lease, "approve", &[])
}

fn outcomes(office: &Office, file: &RecoveryFile, from_revoked: bool) -> Vec<Outcome> {
    recover(&office.state, file, from_revoked).unwrap().into_iter().map(|one| one.outcome).collect()
}

#[tokio::test]
async fn each_decision_is_accepted_known_or_refused_by_the_rules_of_a_delivery() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let (one, two) = (drafted(&office, &wang, "a-1").await, drafted(&office, &wang, "a-2").await);
    let mut stale = drafted(&office, &li, "a-3").await;
    stale.payload.fence += 1;
    let mut forged = copy_of(&office, &drafted(&office, &li, "a-4").await);
    forged.request.author_signature = forged.request.device_signature.clone();
    let _: Receipt = office.deliver(&wang, &two).await.json();
    let file = file_of(&office, vec![copy_of(&office, &one), copy_of(&office, &two), copy_of(&office, &stale), forged]);
    // Both came through a file on disk.
    let file = parse(&serde_json::to_vec(&file).unwrap()).unwrap();
    let expected = [
        Outcome::Accepted,
        Outcome::Known,
        Outcome::Refused(ProblemCode::LeaseLost),
        Outcome::Refused(ProblemCode::BadSignature),
    ];
    assert_eq!(outcomes(&office, &file, false), expected);
    assert_eq!(outcomes(&office, &file, false)[..2], [Outcome::Known, Outcome::Known]);
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 2);
    // A delivery afterwards gets the receipt of what was recovered.
    let receipt: Receipt = office.deliver_with(&wang.delivery, &one, &office.seal(&one)).await.json();
    assert_eq!(receipt.outcome.as_deref(), Some("approved"));
}

#[tokio::test]
async fn what_is_no_file_of_this_server_is_refused_whole() {
    let office = Office::open();
    let file = RecoveryFile { server_id: uuid::Uuid::nil(), ..file_of(&office, Vec::new()) };
    assert!(matches!(recover(&office.state, &file, false), Err(RecoverError::OtherServer)));
    let newer = RecoveryFile { format: "review-desk recovery 2".to_owned(), ..file_of(&office, Vec::new()) };
    for bytes in [serde_json::to_vec(&newer).unwrap(), b"{}".to_vec(), b"\xff".to_vec(), Vec::new()] {
        assert!(matches!(parse(&bytes), Err(RecoverError::NotOurs)));
    }
}

#[tokio::test]
async fn decisions_of_a_closed_account_come_in_and_those_of_a_revoked_device_only_by_the_offices_word() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let (closed, revoked) = (drafted(&office, &wang, "a-1").await, drafted(&office, &li, "a-2").await);
    admin::disable_account(&office.state, "wang").unwrap();
    admin::revoke_device(&office.state, "li", li.device).unwrap();
    let file = file_of(&office, vec![copy_of(&office, &closed), copy_of(&office, &revoked)]);
    let expected = [Outcome::Accepted, Outcome::Refused(ProblemCode::DeviceRevoked)];
    assert_eq!(outcomes(&office, &file, false), expected);
    assert_eq!(outcomes(&office, &file, true), [Outcome::Known, Outcome::Accepted]);
}

#[tokio::test]
async fn the_program_prints_a_line_for_each_and_fails_when_one_was_refused() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let good = drafted(&office, &wang, "a-1").await;
    let mut bad = drafted(&office, &wang, "a-2").await;
    bad.payload.fence += 1;
    let path = office.folder.path().join("copies.json");
    let file = file_of(&office, vec![copy_of(&office, &good), copy_of(&office, &bad)]);
    std::fs::write(&path, serde_json::to_vec(&file).unwrap()).unwrap();
    let data = office.folder.path().to_str().unwrap();
    let ran = run(&["recover", "--data", data, path.to_str().unwrap()], "");
    assert!(!ran.status.success());
    assert_eq!(
        text(&ran.stdout),
        format!(
            "{} 2026-0310-0001 accepted\n{} 2026-0310-0002 refused (lease_lost)\n",
            good.payload.decision_id, bad.payload.decision_id
        )
    );
    assert!(text(&ran.stderr).contains("refused: 1"), "{}", text(&ran.stderr));
    let file = file_of(&office, vec![copy_of(&office, &good)]);
    std::fs::write(&path, serde_json::to_vec(&file).unwrap()).unwrap();
    let ran = run(&["recover", "--data", data, "--as-json", path.to_str().unwrap()], "");
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let line: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((line["outcome"].as_str(), line["case_no"].as_str()), (Some("known"), Some("2026-0310-0001")));
    let missing = run(&["recover", "--data", data, "nowhere.json"], "");
    assert!(!missing.status.success() && text(&missing.stderr).contains("nowhere.json"));
}
