//! Leases: what is told, what is granted, and that a list that is out of date neither brings a case back nor takes one away.

use casework::CaseId;
use contract::lease::{LeaseAnswer, LeasesAnswer, OpenedCase, TakeOffline};
use contract::problem::ProblemCode;
use sync::{SyncErrorKind, SyncEvent, TakenOffline, TransportError};
use tokio::sync::broadcast::Receiver;
use uuid::Uuid;

use crate::sample;
use crate::scripted::{Step, code, json, refuse};
use crate::stage::Stage;

fn case(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(1000 + n))
}

fn opened(n: u128) -> OpenedCase {
    OpenedCase { case_id: case(n).0, fence: 3 }
}

fn told(events: &mut Receiver<SyncEvent>) -> Vec<SyncEvent> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

fn lists(stage: &Stage) -> Vec<Vec<u128>> {
    stage.book.with(|state| {
        let cases = |leases: &Vec<LeaseAnswer>| leases.iter().map(|l| l.case.row.case_id.as_u128() - 1000).collect();
        state.leases.iter().map(|answer| cases(&answer.leases)).collect()
    })
}

#[tokio::test(start_paused = true)]
async fn what_was_opened_is_told_once_and_again_when_the_answer_was_lost() {
    let stage = Stage::new();
    stage.book.with(|state| state.opened = vec![opened(1), opened(2)]);
    stage.server.script("leases", [Step::Answer(Err(TransportError::Timeout))]);
    stage.engine.step().await;
    assert_eq!(stage.book.with(|state| state.opened.len()), 2);
    stage.engine.step().await;
    assert_eq!(stage.server.asked_leases()[0].opened, [opened(1), opened(2)]);
    assert!(stage.book.with(|state| state.opened.is_empty()));
    stage.engine.take_offline(5, 1).await.unwrap();
    assert!(stage.server.asked_leases()[1].opened.is_empty());
}

#[tokio::test(start_paused = true)]
async fn taking_offline_says_what_was_granted_and_is_asked_for_once() {
    let stage = Stage::new();
    stage.server.put_leases(10, vec![sample::lease(1), sample::lease(2)]);
    stage.server.grant_offline_until(500);
    let taken = stage.engine.take_offline(900, 60).await.unwrap();
    assert_eq!(taken, TakenOffline { until_ms: Some(500), held: 2, limit: 10 });
    assert_eq!(stage.server.asked_leases()[0].offline, Some(TakeOffline { until_ms: 900, count: 60 }));
    assert_eq!(lists(&stage), [vec![1, 2]]);
    stage.engine.step().await;
    assert_eq!(stage.server.asked_leases()[1].offline, None);
    stage.server.script("leases", [code(ProblemCode::RoleMayNot)]);
    let error = stage.engine.take_offline(900, 60).await.unwrap_err();
    assert_eq!(error.kind, SyncErrorKind::Problem(ProblemCode::RoleMayNot));
}

/// LEASE-EXP: a list that was on its way while a case was given away does not bring it back; one that was on its way while a case was taken
/// does not take it away.
#[tokio::test(start_paused = true)]
async fn lease_exp_a_list_that_is_out_of_date_is_not_applied_but_asked_for_again() {
    for is_given_away in [true, false] {
        let stage = Stage::new();
        stage.engine.step().await;
        let before = lists(&stage).len();
        // When it was asked for, the server had this.
        let had = if is_given_away { vec![sample::lease(1)] } else { Vec::new() };
        let out_of_date = LeasesAnswer { limit: 10, leases: had, offline_until_ms: None };
        stage.server.put_leases(10, vec![sample::lease(1)]);
        let (answered, is_asked) = stage.server.hold("leases");
        let play = async {
            stage.engine.give_back(case(9), 3).await.unwrap();
            is_asked.await.unwrap();
            if is_given_away {
                stage.engine.give_back(case(1), 3).await.unwrap();
                stage.server.put_leases(10, Vec::new());
            } else {
                stage.engine.lease_case(case(1)).await.unwrap();
            }
            answered.send(json(200, &out_of_date)).unwrap();
            stage.server.until_asked("leases", before + 2).await;
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        };
        stage.run(play).await;
        let lists = lists(&stage);
        assert_eq!(lists.len(), before + 1, "the one in between was not applied: {lists:?}");
        let expected: &[u128] = if is_given_away { &[] } else { &[1] };
        assert_eq!(lists.last().unwrap().as_slice(), expected);
    }
}

/// LEASE-EXP: a case that lapsed or came back under another grant is told, so that a screen that shows it starts anew; it is never taken
/// again by itself.
#[tokio::test(start_paused = true)]
async fn lease_exp_a_lease_that_lapsed_is_told_and_never_taken_again_silently() {
    let stage = Stage::new();
    stage.server.put_leases(10, vec![sample::lease(1), sample::lease(2)]);
    stage.engine.take_offline(0, 0).await.unwrap();
    stage.engine.step().await;
    stage.server.put_leases(10, vec![LeaseAnswer { fence: 5, ..sample::lease(2) }]);
    let mut events = stage.engine.subscribe();
    stage.engine.ask_for_leases();
    stage.engine.step().await;
    let told = told(&mut events);
    assert!(told.contains(&SyncEvent::CaseChanged(case(1))), "{told:?}");
    assert!(told.contains(&SyncEvent::CaseChanged(case(2))), "{told:?}");
    for _ in 0..50 {
        stage.engine.step().await;
    }
    assert!(stage.server.seen("lease").is_empty(), "only a person takes a case");
}

/// LEASE-EXP: a delivery was told that the case went to another holder.
#[tokio::test(start_paused = true)]
async fn lease_exp_a_stale_fence_drops_what_is_held_and_asks_for_leases_again() {
    let stage = Stage::new();
    stage.engine.step().await;
    stage.book.queue(sample::decision(1), 0);
    let mut problem = sample::problem(ProblemCode::LeaseLost);
    problem.standing = Some(sample::standing(None));
    stage.server.script("decisions", [refuse(&problem)]);
    stage.run_both(stage.until_row(1, |row| matches!(row, crate::book::Row::Conflict(_)))).await;
    stage.engine.step().await;
    assert_eq!(stage.book.with(|state| state.lost.clone()), [case(1)]);
    assert_eq!(stage.server.seen("leases").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_was_delivered_makes_room_for_another_case() {
    let stage = Stage::new();
    let mut heard = stage.engine.subscribe();
    stage
        .run_both(async {
            crate::stage::heard(&mut heard).await;
            stage.book.queue(sample::decision(1), 0);
            stage.courier.nudge();
            stage.server.until_asked("leases", 2).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn who_stands_back_holds_the_case_no_longer_and_a_supervisor_ends_the_lease_of_another() {
    let stage = Stage::new();
    stage.engine.recuse(case(1), "a cousin").await.unwrap();
    stage.engine.revoke(case(2), "on leave").await.unwrap();
    assert_eq!(stage.book.with(|state| state.lost.clone()), [case(1), case(2)]);
    let sent = String::from_utf8(stage.server.seen("recuse")[0].body.as_ref().unwrap().to_vec()).unwrap();
    assert_eq!(sent, r#"{"reason":"a cousin"}"#);
    stage.server.script("recuse", [code(ProblemCode::AlreadyDecided)]);
    assert!(stage.engine.recuse(case(3), "late").await.is_err());
    assert_eq!(stage.book.with(|state| state.lost.len()), 2);
    assert!(stage.engine.stuck().await.unwrap().stuck.is_empty());
}
