//! Drafts, notes and holds on their way to the server: under their lease, without ever holding up anything else or losing what was made here.

use casework::CaseId;
use contract::case_work::{CaseWork, CaseWorkRequest};
use contract::problem::ProblemCode;
use sync::{ConnectionState, SyncErrorKind, TransportError, UnsentWork};
use uuid::Uuid;

use crate::scripted::{Step, code};
use crate::stage::{Stage, connection};

fn case(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(1000 + n))
}

fn note(stage: &Stage, n: u128, updated_at_ms: i64) {
    let work = CaseWork { note: Some(format!("note {updated_at_ms}")), updated_at_ms, ..CaseWork::default() };
    let request = CaseWorkRequest { fence: 3, work };
    stage.book.with(|state| {
        state.work.retain(|unsent| unsent.case_id != case(n));
        state.work.push(UnsentWork { case_id: case(n), request });
    });
}

fn left(stage: &Stage) -> Vec<i64> {
    stage.book.with(|state| state.work.iter().map(|unsent| unsent.request.work.updated_at_ms).collect())
}

#[tokio::test(start_paused = true)]
async fn what_changed_is_pushed_with_the_next_cycle_before_leases_are_asked_for() {
    let stage = Stage::new();
    note(&stage, 1, 11);
    note(&stage, 2, 22);
    stage.engine.step().await;
    let calls = stage.server.calls();
    let at = |name: &str| calls.iter().position(|call| *call == name).unwrap();
    assert!(at("work") < at("leases"), "{calls:?}");
    let sent = stage.server.work();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].0, format!("/v1/cases/{}/work", case(1)));
    assert_eq!((sent[0].1.fence, sent[0].1.work.note.as_deref()), (3, Some("note 11")));
    assert!(left(&stage).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_changed_again_while_it_was_pushed_is_pushed_again() {
    let stage = Stage::new();
    note(&stage, 1, 11);
    stage.server.script("work", [Step::Hang]);
    stage.run(stage.server.until_asked("work", 1)).await;
    assert_eq!(left(&stage), [11], "stopped in the middle, still to be sent");
    stage.engine.put_case_work(case(1)).await.unwrap();
    note(&stage, 1, 12);
    assert_eq!(stage.engine.put_case_work(case(1)).await, Ok(true));
    assert_eq!(stage.server.work().len(), 2);
    assert_eq!(stage.engine.put_case_work(case(1)).await, Ok(true), "nothing to push");
    assert_eq!(stage.server.work().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn work_whose_lease_is_gone_is_kept_here_and_not_sent_again() {
    for given in [
        ProblemCode::LeaseLost,
        ProblemCode::LeaseRequired,
        ProblemCode::AlreadyDecided,
        ProblemCode::NotFound,
        ProblemCode::Recused,
        ProblemCode::BadRequest,
    ] {
        let stage = Stage::new();
        note(&stage, 1, 11);
        note(&stage, 2, 22);
        stage.server.script("work", [code(given)]);
        stage.engine.step().await;
        assert_eq!(stage.server.work().len(), 1, "the other one went");
        assert!(left(&stage).is_empty());
        assert!(!stage.book.with(|state| state.log.contains(&"lease_lost".to_owned())), "only the mark is dropped");
        stage.server.script("work", [code(given)]);
        note(&stage, 1, 12);
        assert_eq!(stage.engine.put_case_work(case(1)).await, Ok(false));
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_keeps_it_to_be_pushed() {
    let stage = Stage::new();
    note(&stage, 1, 11);
    stage.server.script("work", [code(ProblemCode::Internal)]);
    stage.engine.step().await;
    assert_eq!(left(&stage), [11]);
    assert_eq!(stage.server.seen("changes").len(), 1, "the pull goes on");
    stage.server.script("work", [Step::Answer(Err(TransportError::Unreachable))]);
    let error = stage.engine.put_case_work(case(1)).await.unwrap_err();
    assert_eq!(error.kind, SyncErrorKind::Unreachable);
    stage.server.script("work", [Step::DoneButLost(TransportError::Timeout)]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            connection(&mut events, |state| matches!(state, ConnectionState::Offline(_))).await;
            connection(&mut events, |state| *state == ConnectionState::Online).await;
            crate::stage::heard(&mut events).await;
        })
        .await;
    assert!(left(&stage).is_empty());
    assert_eq!(stage.server.work().len(), 2, "the same contents twice do no harm");
}
