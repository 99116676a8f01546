//! Leaving the desk: decisions go out while it is locked, signed out, taken by a colleague, or its password is forgotten; and what a person had
//! on a case is still there afterwards.

use desk::view::{
    CaseOpenView, CaseWhyRequest, CaseWorkRequest, DeliveryStateView, DraftView, ErrorCode, OpinionKindView,
    OtherVaultPassword, OutboxStateView, QueueLeaseView, SessionView, SignInRequest, SignOutRequest,
    TakeOfflineRequest, WaitingView,
};
use testkit::office::{Office, PASSWORD};
use testkit::server::run_alone;

use crate::bench::{Computer, Running, folder, opinion, path};

async fn waiting(program: &Running) -> Vec<WaitingView> {
    match program.desk.session_view().await.unwrap() {
        SessionView::Closed { waiting, .. } => waiting,
        _ => panic!("somebody sits at the desk"),
    }
}

fn reset(office: &Office, account: &str, password: &str) {
    let data = office.options.data.display().to_string();
    let arguments = ["account", "reset", "--account", account, "--password-stdin", "--data", &data];
    run_alone("account reset", &arguments, password).unwrap();
}

async fn sign_in_with(
    program: &Running,
    server: &str,
    password: &str,
    vault: Option<OtherVaultPassword>,
) -> Result<SessionView, desk::view::CommandError> {
    let request = SignInRequest { server_url: server.into(), account: "li".into(), password: password.into(), vault };
    program.desk.sign_in(request).await
}

/// Locking ends the undo window, and the courier delivers without the vault.
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_delivered_while_the_desk_is_locked() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    program.approve(&program.ready_cases().await[0]).await;
    program.desk.lock().await.unwrap();
    program
        .until("delivery while locked", async |_| (office.database().decisions().unwrap().len() == 1).then_some(()))
        .await;
    program.quit().await;
    server.stop().unwrap();
}

/// AUTH-SWITCH: A queues and signs out, B signs in on the same computer: A's rows go out as A's, and B reads nothing of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_decided_goes_out_as_theirs_while_another_works() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let case_id = program.ready_cases().await[0].clone();
    server.stop().unwrap();
    program.approve(&case_id).await;
    program.desk.sign_out(SignOutRequest { with_undelivered: true }).await.unwrap();
    let left = waiting(&program).await;
    assert_eq!((left.len(), left[0].account.as_str(), left[0].undelivered), (1, "li", Some(1)));
    assert!(left[0].connect_before_ms.is_some());

    let server = office.start_again().unwrap();
    program.sign_in(server.url().as_str(), "wang").await;
    assert!(program.desk.outbox_view().await.unwrap().rows.is_empty());
    program
        .until("delivery beside a colleague", async |desk| {
            desk.status_view().await.ok().filter(|status| status.others.is_empty()).map(drop)
        })
        .await;
    let stored = office.database().decisions().unwrap();
    assert_eq!((stored.len(), stored[0].account.as_str()), (1, "li"));
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_elsewhere_is_taken_over_with_the_one_from_before() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    let url = server.url().to_string();
    program.sign_in(&url, "li").await;
    program.until_ready(4).await;
    program.desk.lock().await.unwrap();
    reset(&office, "li", "another password 7");

    let differs = sign_in_with(&program, &url, "another password 7", None).await.unwrap_err();
    assert_eq!(differs.code, ErrorCode::VaultPasswordDiffers);
    let wrong = Some(OtherVaultPassword::Before { password: "no idea 12345".into() });
    let refused = sign_in_with(&program, &url, "another password 7", wrong).await.unwrap_err();
    assert_eq!((refused.code, refused.params.tries_left), (ErrorCode::UnlockFailed, Some(8)));
    let before = Some(OtherVaultPassword::Before { password: PASSWORD.into() });
    sign_in_with(&program, &url, "another password 7", before).await.unwrap();
    program.until_ready(4).await;
    program.desk.lock().await.unwrap();
    assert_eq!(program.try_unlock(PASSWORD).await.unwrap_err().code, ErrorCode::UnlockFailed);
    program.try_unlock("another password 7").await.unwrap();
    program.quit().await;
    server.stop().unwrap();
}

/// Forgotten password, no keychain: after a restart nothing of the old vault opens without it, and still its decision arrives.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_forgotten_password_a_new_cache_is_made_and_the_old_decisions_still_arrive() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    let url = server.url().to_string();
    program.sign_in(&url, "li").await;
    program.until_ready(4).await;
    let case_id = program.ready_cases().await[0].clone();
    server.stop().unwrap();
    program.approve(&case_id).await;
    program.quit().await;

    let server = office.start_again().unwrap();
    reset(&office, "li", "another password 7");
    let program = computer.start();
    let left = waiting(&program).await;
    assert_eq!((left[0].undelivered, left[0].state), (None, DeliveryStateView::NeedsUnlock));
    sign_in_with(&program, &url, "another password 7", Some(OtherVaultPassword::NewCache)).await.unwrap();
    program
        .until("the old decision arriving", async |_| (office.database().decisions().unwrap().len() == 1).then_some(()))
        .await;
    assert!(program.desk.outbox_view().await.unwrap().rows.is_empty(), "what was decided there is not read here");
    program.until_ready(4).await;
    assert!(!program.ready_cases().await.contains(&case_id), "nor is it to be decided again here");
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_survives_lock_and_restart_goes_with_a_decision_and_comes_back_when_it_is_taken_back() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let case_id = program.ready_cases().await[0].clone();
    let case = program.open(&case_id).await;
    let draft = DraftView {
        kind: Some(OpinionKindView::Reject),
        reasons: vec!["other".into()],
        text: "请补充材料".into(),
        note: String::new(),
    };
    let keep = |token: &str| CaseWorkRequest {
        case_id: case_id.clone(),
        case_token: token.to_owned(),
        draft: Some(draft.clone()),
        note: "给同事".into(),
        hold: None,
    };
    assert_eq!(program.desk.case_keep_work(keep("another")).await.unwrap_err().code, ErrorCode::CaseChanged);
    program.desk.case_keep_work(keep(&case.case_token)).await.unwrap();
    program.quit().await;
    server.stop().unwrap();

    let program = computer.start();
    program.unlock().await;
    let case = program.open(&case_id).await;
    assert_eq!((case.work.draft.as_ref(), case.work.note.as_str()), (Some(&draft), "给同事"));
    assert!(program.queue().await.rows.iter().any(|row| row.work.is_some_and(|work| work.has_draft)));
    let left = Some(3 - case.round);
    let recorded =
        program.record(&case, opinion(OpinionKindView::Reject, &["other"], "请补充材料"), left).await.unwrap();
    assert_eq!(program.open(&case_id).await.work, desk::view::CaseWorkView::default());
    let rows = program.desk.outbox_view().await.unwrap().rows;
    assert_eq!(rows[0].state, OutboxStateView::Queued);
    assert!(rows[0].can_undo && rows[0].undo_until_ms.is_some());
    program.desk.decision_undo(recorded.decision_id).await.unwrap();
    let case = program.open(&case_id).await;
    assert_eq!((case.work.draft, case.work.note.as_str()), (Some(draft), "给同事"));
    program.quit().await;
    drop(office);
}

/// A conflict is decided again by a person, with the own words; and a recovery copy of it can be written.
#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_can_be_exported_and_is_decided_again_with_the_own_words_once_the_case_is_open() {
    let folder = folder();
    let (_office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let case_id = program.ready_cases().await[0].clone();
    let recorded = program.reject(&case_id, &["other"], "请补充材料").await;
    // Before it is sent a supervisor takes the case away.
    let supervisor = server.sign_in("zhao", PASSWORD).await.unwrap().access_token;
    let revoke = format!("/v1/cases/{case_id}/revoke");
    assert_eq!(server.post(&supervisor, &revoke, &serde_json::json!({ "reason": "换人" })).await.unwrap(), 204);
    let row = program.until_state(&recorded.decision_id, OutboxStateView::Conflict).await;
    assert!(row.changed.contains(&desk::view::CaseChangeView::Holder), "{:?}", row.changed);

    let export = program.desk.outbox_export(vec![recorded.decision_id.clone()]).await.unwrap();
    assert_eq!(export.count, 1);
    let text = std::fs::read_to_string(&export.path).unwrap();
    assert!(text.contains(&recorded.decision_id) && !text.contains("请补充材料"));

    assert!(row.can_redo);
    assert_eq!(program.desk.outbox_redo(recorded.decision_id.clone()).await.unwrap(), case_id);
    let case = program.open(&case_id).await;
    assert_eq!(case.work.draft.unwrap().text, "请补充材料");
    assert!(program.desk.outbox_view().await.unwrap().rows.is_empty());
    assert_eq!(
        program.desk.outbox_redo(recorded.decision_id).await.unwrap_err().code,
        ErrorCode::TooLateToUndo,
        "a decision that was put away is not taken up twice"
    );
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_moved_to_another_address_gets_the_decisions_of_before_from_the_same_device() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    let here = server.url().to_string();
    program.sign_in(&here, "li").await;
    program.until_ready(4).await;
    let ready = program.ready_cases().await;
    server.stop().unwrap();
    program.approve(&ready[0]).await;
    program.desk.lock().await.unwrap();
    let server = office.start_again().unwrap();
    program.sign_in(&here.replace("127.0.0.1", "localhost"), "li").await;
    program.approve(&ready[1]).await;
    program.until_delivered(2).await;
    assert_eq!(office.database().decisions().unwrap().len(), 2);
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_taken_offline_until_a_stated_time_over_a_restart_given_back_and_stood_back_from() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |options| options.lease_limit = Some(6)).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(6).await;
    let before = program.desk.lease_view().await.unwrap();
    assert_eq!((before.until_ms, before.most), (None, 60));
    let until_ms = *before.choices_ms.last().unwrap();
    let taken = program.desk.lease_take_offline(TakeOfflineRequest { until_ms, count: 10 }).await.unwrap();
    assert_eq!((taken.until_ms, taken.held), (Some(until_ms), 10));
    program.until_ready(10).await;
    let ready = program.ready_cases().await;

    // One goes back, from another I stand back; both leave the screen, and the second never comes again.
    program.open(&ready[0]).await;
    program.desk.case_give_back(ready[0].clone()).await.unwrap();
    program.open(&ready[1]).await;
    let why = |reason: &str| CaseWhyRequest { case_id: ready[1].clone(), reason: reason.into() };
    assert_eq!(program.desk.case_recuse(why("  ")).await.unwrap_err().code, ErrorCode::BadText);
    program.desk.case_recuse(why("申请人是亲属")).await.unwrap();
    let is_held = async |id: &String| matches!(program.desk.case_open(id.clone()).await, Ok(CaseOpenView::Held { .. }));
    assert!(!is_held(&ready[1]).await);
    program.quit().await;
    server.stop().unwrap();

    let program = computer.start();
    program.unlock().await;
    assert_eq!(program.status().await.offline_until_ms, Some(until_ms));
    assert!(program.ready_cases().await.len() >= 8);
    let server = office.start_again().unwrap();
    program.desk.connect_now().await.unwrap();
    let ended = program.until("the end of it", async |desk| desk.lease_end_offline().await.ok()).await;
    assert_eq!(ended.until_ms, None);
    let mine = program.queue().await.rows.into_iter().find(|row| row.case_id == ready[1]);
    assert!(mine.is_none_or(|row| !matches!(row.lease, QueueLeaseView::Mine { .. })));
    program.quit().await;
    server.stop().unwrap();
}

/// LEASE-EXP on the screen: taken away, it turns to its row with who has it, and is not leased again by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_taken_away_while_it_is_on_the_screen_is_not_silently_leased_again() {
    let folder = folder();
    let (_office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let case_id = program.ready_cases().await[0].clone();
    program.open(&case_id).await;
    let supervisor = server.sign_in("zhao", PASSWORD).await.unwrap().access_token;
    let revoke = format!("/v1/cases/{case_id}/revoke");
    assert_eq!(server.post(&supervisor, &revoke, &serde_json::json!({ "reason": "换人" })).await.unwrap(), 204);
    program.desk.connect_now().await.unwrap();
    let reason = program
        .until("the screen turning", async |desk| match desk.case_open(case_id.clone()).await {
            Ok(CaseOpenView::NotHeld { reason, .. }) => Some(reason),
            _ => None,
        })
        .await;
    assert_eq!(reason, desk::view::NotHeldReason::Refused);
    // Closed and opened again by the person, it may be asked for.
    program.desk.case_close().await.unwrap();
    program
        .until("the case being leased to whoever asks", async |desk| {
            matches!(desk.case_open(case_id.clone()).await, Ok(CaseOpenView::Held { .. })).then_some(())
        })
        .await;
    program.quit().await;
    server.stop().unwrap();
}
