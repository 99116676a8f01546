//! A server that went back in time: backup, restore, and that every decision of the lost history comes in again, once, and as it was.

use std::path::{Path, PathBuf};

use chrono::Duration;
use contract::decision::{DecisionRequest, Receipt};
use contract::lease::LeaseAnswer;
use contract::paths;
use contract::problem::ProblemCode;
use contract::server_info::ServerInfo;
use review_server::audit_check::{AuditFault, verify};
use review_server::restoring::{self, RestoreError};
use review_server::{AppState, StoreError};
use uuid::Uuid;

use crate::office::{Answer, Desk, Draft, Office};

impl Office {
    /// A backup of this moment, beside the data.
    pub(crate) fn back_up(&self, name: &str) -> PathBuf {
        let to = self.folder.path().with_extension(name);
        restoring::backup(self.folder.path(), &to).unwrap();
        to
    }

    /// The server after it was stopped, restored and started again, a minute later.
    pub(crate) fn restored_from(self, backup: &Path) -> Self {
        let config = self.config();
        drop((self.app, self.state));
        self.clock.advance(Duration::minutes(1));
        restoring::restore(&config, backup).unwrap();
        self.clock.advance(Duration::minutes(1));
        let state = AppState::open(config).unwrap();
        Self {
            app: review_server::app(state.clone()),
            state,
            clock: self.clock,
            folder: self.folder,
            office: self.office,
            other_office: self.other_office,
        }
    }

    /// Delivers as a locked desktop does: the very bytes, by the credential.
    pub(crate) async fn offer(&self, desk: &Desk, draft: &Draft, request: &DecisionRequest) -> Answer {
        self.deliver_with(&desk.delivery, draft, request).await
    }
}

/// A decision that the server accepted, as its desktop keeps it.
struct Kept {
    draft: Draft,
    request: DecisionRequest,
    receipt: Receipt,
}

async fn delivered(office: &Office, desk: &Desk, draft: Draft) -> Kept {
    let mut request = office.seal(&draft);
    let receipt: Receipt = office.offer(desk, &draft, &request).await.json();
    request.receipt = Some(receipt.clone());
    Kept { draft, request, receipt }
}

async fn draft_of(office: &Office, desk: &Desk, case: Uuid, opinion: &str, reasons: &[&str]) -> Draft {
    let lease: LeaseAnswer = office.lease(desk, case).await;
    office.draft(desk, &lease, opinion, reasons)
}

#[tokio::test]
async fn what_a_restored_server_does_not_know_is_accepted_as_it_was_and_once() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let (known, lost) = (office.new_case("a-1").await.case_id, office.new_case("a-2").await.case_id);
    let draft = draft_of(&office, &wang, known, "approve", &[]).await;
    let known = delivered(&office, &wang, draft).await;
    let before: ServerInfo = office.get(paths::SERVER, None).await.json();
    let backup = office.back_up("one");
    office.clock.advance(Duration::minutes(5));
    let draft = draft_of(&office, &wang, lost, "reject", &["blurred"]).await;
    let lost = delivered(&office, &wang, draft).await;

    let office = office.restored_from(&backup);
    let after: ServerInfo = office.get(paths::SERVER, None).await.json();
    assert_ne!(after.history, before.history, "desktops notice");
    assert_eq!((after.server_id, &after.receipt_key), (before.server_id, &before.receipt_key));
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 1);
    office.clock.advance(Duration::days(20));

    // What it knows it answers as it did, whatever comes along.
    let again: Receipt = office.offer(&wang, &known.draft, &known.request).await.json();
    assert_eq!(again, known.receipt);
    let accepted: Receipt = office.offer(&wang, &lost.draft, &lost.request).await.json();
    assert_eq!(accepted.received_at_ms, lost.receipt.received_at_ms, "the legal time stays");
    assert_eq!((accepted.case_version, &accepted.outcome), (lost.receipt.case_version, &lost.receipt.outcome));
    let message = contract::signature::receipt_message(after.server_id, &accepted);
    contract::signature::verify(&after.receipt_key, &message, &accepted.signature).unwrap();
    for _ in 0..3 {
        let again: Receipt = office.offer(&wang, &lost.draft, &lost.request).await.json();
        assert_eq!(again, accepted);
    }
    for table in ["opinions", "conclusions", "notices", "decision_answers"] {
        assert_eq!(office.count(&format!("SELECT count(*) FROM {table}")), 2, "{table}");
    }
    assert_eq!(
        office.count(&format!(
            "SELECT count(*) FROM conclusions c JOIN opinions USING (decision_id)
             WHERE c.concluded_at_ms = {0} AND received_at_ms = {0}",
            lost.receipt.received_at_ms
        )),
        1
    );
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'decision_restored'"), 1);
    let good = verify(&office.state, &office.folder.path().join("audit-heads")).unwrap();
    assert!(good.heads >= 1);
}

#[tokio::test]
async fn a_receipt_must_be_this_servers_and_of_this_decision() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let (one, two) = (office.new_case("a-1").await.case_id, office.new_case("a-2").await.case_id);
    let backup = office.back_up("one");
    let draft = draft_of(&office, &wang, one, "approve", &[]).await;
    let one = delivered(&office, &wang, draft).await;
    let draft = draft_of(&office, &wang, two, "approve", &[]).await;
    let two = delivered(&office, &wang, draft).await;
    let office = office.restored_from(&backup);
    let spoils: [fn(&mut Receipt, &Receipt); 5] = [
        |receipt, _| receipt.received_at_ms -= 1,
        |receipt, _| receipt.case_version += 1,
        |receipt, _| receipt.outcome = Some("rejected".to_owned()),
        |receipt, _| receipt.signature = String::new(),
        |receipt, other| *receipt = other.clone(),
    ];
    for spoil in spoils {
        let mut request = one.request.clone();
        spoil(request.receipt.as_mut().unwrap(), &two.receipt);
        let problem = office.offer(&wang, &one.draft, &request).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadSignature, Some("receipt")));
    }
    assert_eq!(office.count("SELECT count(*) FROM opinions"), 0);
    assert!(office.offer(&wang, &one.draft, &one.request).await.status.is_success());
}

#[tokio::test]
async fn first_and_second_opinions_come_back_in_either_order() {
    for is_second_first in [false, true] {
        let office = Office::open();
        let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
        let case = office.new_case("a-1").await.case_id;
        let backup = office.back_up("one");
        let draft = draft_of(&office, &wang, case, "escalate", &["suspected_tampering"]).await;
        let first = delivered(&office, &wang, draft).await;
        assert_eq!(first.receipt.state, "second_opinion");
        // Taken for a first opinion it would end alike.
        let draft = draft_of(&office, &li, case, "reject", &["blurred"]).await;
        let second = delivered(&office, &li, draft).await;
        assert_eq!(second.receipt.outcome.as_deref(), Some("rejected"));
        let office = office.restored_from(&backup);
        if is_second_first {
            let problem = office.offer(&li, &second.draft, &second.request).await.problem();
            assert_eq!((problem.code, problem.retry_after_s), (ProblemCode::DecisionInProgress, Some(300)));
        }
        let one: Receipt = office.offer(&wang, &first.draft, &first.request).await.json();
        let two: Receipt = office.offer(&li, &second.draft, &second.request).await.json();
        assert_eq!((one.state, one.case_version), (first.receipt.state, first.receipt.case_version));
        assert_eq!((two.outcome, two.case_version), (second.receipt.outcome, second.receipt.case_version));
        let positions = "SELECT count(*) FROM opinions WHERE (position = 'first') = (account_id = (SELECT account_id FROM accounts WHERE name = 'wang'))";
        assert_eq!(office.count(positions), 2);
        assert_eq!(office.count("SELECT count(*) FROM notices"), 1);
    }
}

#[tokio::test]
async fn where_something_else_stands_by_now_a_person_looks() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let backup = office.back_up("one");
    let late = office.new_case("a-2").await.case_id;
    let draft = draft_of(&office, &wang, case, "approve", &[]).await;
    let mine = delivered(&office, &wang, draft).await;
    let draft = draft_of(&office, &wang, late, "approve", &[]).await;
    let unknown = delivered(&office, &wang, draft).await;

    let office = office.restored_from(&backup);
    assert_eq!(office.offer(&wang, &unknown.draft, &unknown.request).await.code(), ProblemCode::NotFound);
    let li = office.sign_in_on("li", li.device).await;
    office.decide(&li, case, "reject", &["blurred"]).await;
    let problem = office.offer(&wang, &mine.draft, &mine.request).await.problem();
    assert_eq!(problem.code, ProblemCode::AlreadyDecided);
    assert_eq!(problem.standing.unwrap().by_name.as_deref(), Some("li 老师"));
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 1);
}

/// The other person's escalation stands: my conclusion of the lost history is no second opinion to it.
#[tokio::test]
async fn a_first_opinion_of_the_lost_history_never_becomes_a_second_one() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let backup = office.back_up("one");
    let draft = draft_of(&office, &wang, case, "reject", &["blurred"]).await;
    let mine = delivered(&office, &wang, draft).await;
    let office = office.restored_from(&backup);
    let li = office.sign_in_on("li", li.device).await;
    office.decide(&li, case, "escalate", &["suspected_tampering"]).await;
    let problem = office.offer(&wang, &mine.draft, &mine.request).await.problem();
    assert_eq!(problem.code, ProblemCode::AlreadyDecided);
    assert_eq!(problem.standing.unwrap().state, "second_opinion");
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 0);
}

/// LEASE-EXP across a restore: granted after the backup, decided, never delivered.
#[tokio::test]
async fn what_was_never_delivered_under_a_forgotten_lease_comes_in_when_nobody_took_the_case_since() {
    for (is_taken, is_revoked) in [(false, false), (true, false), (false, true)] {
        let office = Office::open();
        let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
        let case = office.new_case("a-1").await.case_id;
        // li had it once, so that a grant is on record.
        let lease = office.lease(&li, case).await;
        let backup = office.back_up("one");
        office.clock.advance(Duration::minutes(1));
        let fence = serde_json::json!({ "fence": lease.fence });
        office.delete(&paths::lease(casework::CaseId(case)), Some(&li.token), Some(fence)).await;
        let draft = draft_of(&office, &wang, case, "approve", &[]).await;
        let request = office.seal(&draft);

        let office = office.restored_from(&backup);
        if is_taken {
            office.clock.advance(Duration::days(3));
            let zhao = office.sign_in("zhao").await;
            office.lease(&zhao, case).await;
            let problem = office.offer(&wang, &draft, &request).await.problem();
            assert_eq!(problem.code, ProblemCode::LeaseLost);
        } else if is_revoked {
            // Still li's by the backup; the supervisor wants it in nobody's hands.
            let zhao = office.sign_in("zhao").await;
            assert!(office.revoke(&zhao, case, "重新分配").await.status.is_success());
            assert_eq!(office.offer(&wang, &draft, &request).await.code(), ProblemCode::LeaseLost);
        } else {
            let receipt: Receipt = office.offer(&wang, &draft, &request).await.json();
            assert_eq!(receipt.outcome.as_deref(), Some("approved"));
            assert_eq!(receipt.received_at_ms, office.now().timestamp_millis(), "it was never received before");
        }
    }
}

#[tokio::test]
async fn a_version_that_is_forgotten_waits_a_day_for_what_came_between() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let backup = office.back_up("one");
    // To the technical desk and back: two versions that nobody will offer again.
    let lease = office.lease(&wang, case).await;
    let fence = serde_json::json!({ "fence": lease.fence });
    let id = casework::CaseId(case);
    assert!(office.post(&paths::technical(id), Some(&wang.token), &fence).await.status.is_success());
    assert!(office.post_empty(&paths::repaired(id), Some(&zhao.token)).await.status.is_success());
    let draft = draft_of(&office, &wang, case, "approve", &[]).await;
    assert_eq!(draft.payload.case_version, 3);
    let request = office.seal(&draft);
    let office = office.restored_from(&backup);
    assert_eq!(office.offer(&wang, &draft, &request).await.code(), ProblemCode::DecisionInProgress);
    office.clock.advance(Duration::hours(25));
    let receipt: Receipt = office.offer(&wang, &draft, &request).await.json();
    assert_eq!((receipt.case_version, receipt.outcome.as_deref()), (4, Some("approved")));
}

#[tokio::test]
async fn restored_twice_everything_comes_back_from_both_lost_histories() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let cases = [office.new_case("a-1").await.case_id, office.new_case("a-2").await.case_id];
    let backup = office.back_up("one");
    let draft = draft_of(&office, &wang, cases[0], "approve", &[]).await;
    let one = delivered(&office, &wang, draft).await;
    let office = office.restored_from(&backup);
    let first: ServerInfo = office.get(paths::SERVER, None).await.json();
    let _: Receipt = office.offer(&wang, &one.draft, &one.request).await.json();
    let wang = office.sign_in_on("wang", wang.device).await;
    let draft = draft_of(&office, &wang, cases[1], "approve", &[]).await;
    let two = delivered(&office, &wang, draft).await;
    // The credential of the second history is lost with it: the person signs in again, and delivery goes on.
    let office = office.restored_from(&backup);
    let second: ServerInfo = office.get(paths::SERVER, None).await.json();
    assert_ne!(first.history, second.history);
    assert_eq!(office.offer(&wang, &two.draft, &two.request).await.code(), ProblemCode::DeviceUnknown);
    let wang = office.sign_in_on("wang", wang.device).await;
    for kept in [&two, &one] {
        let receipt: Receipt = office.offer(&wang, &kept.draft, &kept.request).await.json();
        assert_eq!(receipt.received_at_ms, kept.receipt.received_at_ms);
    }
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 2);
    let good = verify(&office.state, &office.folder.path().join("audit-heads")).unwrap();
    assert!(good.lost_heads > 0, "{good:?}");
    assert_eq!(office.count("SELECT count(*) FROM histories"), 1, "both were made of the same backup");
}

#[tokio::test]
async fn sessions_end_with_a_restore_and_the_old_database_is_kept() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let backup = office.back_up("one");
    let case = office.new_case("a-1").await.case_id;
    let office = office.restored_from(&backup);
    assert_eq!(office.get(paths::REASONS, Some(&wang.token)).await.code(), ProblemCode::SignInRequired);
    let aside: Vec<_> = std::fs::read_dir(office.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("before-restore") && !path.to_string_lossy().ends_with("-wal"))
        .filter(|path| !path.to_string_lossy().ends_with("-shm"))
        .collect();
    assert_eq!(aside.len(), 1);
    let kept = rusqlite::Connection::open(&aside[0]).unwrap();
    let found: i64 =
        kept.query_row("SELECT count(*) FROM cases WHERE case_id = ?1", [case.to_string()], |row| row.get(0)).unwrap();
    assert_eq!((found, office.count("SELECT count(*) FROM cases")), (1, 0));
    assert!(!office.folder.path().join("restoring").exists());
}

#[tokio::test]
async fn a_restore_is_refused_where_it_would_do_harm_and_changes_nothing() {
    let office = Office::open();
    office.new_case("a-1").await;
    let backup = office.back_up("one");
    assert!(matches!(restoring::backup(office.folder.path(), &backup).unwrap_err(), RestoreError::Exists(_)));
    let other = Office::open();
    let of_another = other.back_up("other");
    let text = office.folder.path().with_extension("text");
    std::fs::write(&text, "not a database").unwrap();
    let mut bytes = std::fs::read(&backup).unwrap();
    bytes.truncate(bytes.len() / 2);
    let half = office.folder.path().with_extension("half");
    std::fs::write(&half, bytes).unwrap();
    let history = || office.database().query_row("SELECT feed_epoch FROM server", [], |row| row.get::<_, String>(0));
    let before = history().unwrap();
    let config = office.config();
    let missing = office.folder.path().join("nowhere");
    for (file, what) in [(&text, "text"), (&half, "half"), (&missing, "missing")] {
        let refused = restoring::restore(&config, file).unwrap_err();
        assert!(matches!(refused, RestoreError::Damaged(_)), "{what}: {refused}");
    }
    assert!(matches!(restoring::restore(&config, &of_another).unwrap_err(), RestoreError::OtherServer));
    let newer = rusqlite::Connection::open(&of_another).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let refused = restoring::restore(&config, &of_another).unwrap_err();
    assert!(
        matches!(refused, RestoreError::Open(review_server::OpenError::Store(StoreError::NewerSchema { .. }))),
        "{refused}"
    );
    let held = restoring::lock(office.folder.path()).unwrap();
    assert!(matches!(restoring::restore(&config, &backup).unwrap_err(), RestoreError::Running));
    drop(held);
    assert_eq!(history().unwrap(), before);
    assert_eq!(office.count("SELECT count(*) FROM cases"), 1);
}

/// Somebody puts an old database in place by hand: the heads outside tell.
#[tokio::test]
async fn a_backup_that_was_put_in_place_by_hand_is_found_by_the_audit() {
    let office = Office::open();
    office.new_case("a-1").await;
    let backup = office.back_up("one");
    for n in 2..6 {
        office.new_case(&format!("a-{n}")).await;
    }
    review_server::audit_heads::write(&office.state).unwrap();
    let config = office.config();
    drop((office.app, office.state));
    for name in ["review-server.db-wal", "review-server.db-shm"] {
        let _ = std::fs::remove_file(office.folder.path().join(name));
    }
    std::fs::copy(&backup, office.folder.path().join("review-server.db")).unwrap();
    let state = AppState::open(config).unwrap();
    let fault = verify(&state, &office.folder.path().join("audit-heads")).unwrap_err();
    assert!(matches!(fault, AuditFault::Truncated { .. }), "{fault}");
}
