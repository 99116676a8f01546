//! Random sequences of moves against a small model: every move that the model allows happens, every other one is refused and changes nothing,
//! and a restart at any point loses and invents nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vault::{OutboxState, Vault, VaultError};

use crate::fixture::{Home, NOW, decision_id, decision_on};
use crate::outbox::{problem, receipt};

#[derive(Debug, Clone)]
enum Move {
    Insert { decision: u32, case: u32 },
    Send(u32),
    Deliver { decision: u32, is_right: bool },
    RetryLater(u32),
    Conflict(u32),
    Park(u32),
    RetryNow(u32),
    Undo(u32),
    Dismiss(u32),
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let id = 0..5u32;
    let one = prop_oneof![
        4 => (id.clone(), 0..3u32).prop_map(|(decision, case)| Move::Insert { decision, case }),
        6 => id.clone().prop_map(Move::Send),
        3 => (id.clone(), any::<bool>()).prop_map(|(decision, is_right)| Move::Deliver { decision, is_right }),
        2 => id.clone().prop_map(Move::RetryLater),
        2 => id.clone().prop_map(Move::Conflict),
        2 => id.clone().prop_map(Move::Park),
        2 => id.clone().prop_map(Move::RetryNow),
        2 => id.clone().prop_map(Move::Undo),
        2 => id.prop_map(Move::Dismiss),
        1 => Just(Move::Restart),
    ];
    prop::collection::vec(one, 1..40)
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    case: u32,
    state: OutboxState,
    attempts: u32,
    is_dismissed: bool,
}

type Model = BTreeMap<u32, Row>;

/// What the model says of a move; it changes only with `Ok`.
fn step(model: &mut Model, what: &Move) -> Result<(), VaultError> {
    use OutboxState::{Conflict, Delivered, Parked, Queued, Sending};
    let row = |model: &Model, id: &u32| model.get(id).cloned().ok_or(VaultError::UnknownDecision);
    let refused = |row: &Row| Err(VaultError::IllegalMove { from: row.state });
    let (id, row) = match what {
        Move::Restart => {
            for row in model.values_mut().filter(|row| row.state == Sending) {
                row.state = Queued;
            }
            return Ok(());
        }
        Move::Insert { decision, case } => {
            // A receipt leaves version 2, and all decisions here saw version 1.
            let blocks = |row: &Row| row.case == *case && (row.state == Delivered || !row.is_dismissed);
            if model.contains_key(decision) || model.values().any(blocks) {
                return Err(VaultError::AlreadyDecided);
            }
            (decision, Row { case: *case, state: Queued, attempts: 0, is_dismissed: false })
        }
        Move::Send(id) => match model.get(id) {
            Some(row) if row.state == Queued => (id, Row { state: Sending, attempts: row.attempts + 1, ..row.clone() }),
            // `false`, not an error.
            _ => return Ok(()),
        },
        Move::Deliver { decision, is_right } => {
            let row = row(model, decision)?;
            match (is_right, row.state, row.attempts) {
                (false, ..) => return Err(VaultError::WrongReceipt),
                (true, Delivered, _) => return Ok(()),
                (true, _, 0) => return refused(&row),
                (true, ..) => (decision, Row { state: Delivered, is_dismissed: false, ..row }),
            }
        }
        Move::RetryLater(id) | Move::Conflict(id) => {
            let row = row(model, id)?;
            if row.state != Sending {
                return refused(&row);
            }
            let state = if matches!(what, Move::Conflict(_)) { Conflict } else { Queued };
            (id, Row { state, ..row })
        }
        Move::Park(id) => {
            let row = row(model, id)?;
            if !matches!(row.state, Queued | Sending) {
                return refused(&row);
            }
            (id, Row { state: Parked, ..row })
        }
        Move::RetryNow(id) => {
            let row = row(model, id)?;
            if !matches!(row.state, Queued | Parked) || row.is_dismissed {
                return refused(&row);
            }
            (id, Row { state: Queued, ..row })
        }
        Move::Undo(id) => {
            let row = row(model, id)?;
            if row.state != Queued || row.attempts > 0 {
                return Err(VaultError::TooLate);
            }
            model.remove(id);
            return Ok(());
        }
        Move::Dismiss(id) => {
            let row = row(model, id)?;
            if matches!(row.state, Queued | Sending) {
                return refused(&row);
            }
            (id, Row { is_dismissed: true, ..row })
        }
    };
    model.insert(*id, row);
    Ok(())
}

fn run(home: &Home, vault: &mut Vault, what: &Move) -> Result<(), VaultError> {
    match what {
        Move::Insert { decision, case } => vault.outbox_insert(&decision_on(*decision, *case)),
        Move::Send(id) => vault.outbox_mark_sending(decision_id(*id)).map(drop),
        Move::Deliver { decision, is_right } => {
            let hash = decision_on(if *is_right { *decision } else { 77 }, 0).payload_sha256;
            vault.outbox_delivered(decision_id(*decision), hash, &receipt(), NOW)
        }
        Move::RetryLater(id) => vault.outbox_retry_later(decision_id(*id), NOW, &problem("x")),
        Move::Conflict(id) => vault.outbox_conflict(decision_id(*id), &problem("x"), Some(b"{}"), NOW),
        Move::Park(id) => vault.outbox_park(decision_id(*id), &problem("x"), NOW),
        Move::RetryNow(id) => vault.outbox_retry_now(decision_id(*id), NOW),
        Move::Undo(id) => vault.outbox_undo(decision_id(*id), NOW),
        Move::Dismiss(id) => vault.outbox_dismiss(decision_id(*id)),
        Move::Restart => {
            *vault = home.reopen(vault);
            vault.outbox_requeue_interrupted().map(drop)
        }
    }
}

fn seen(vault: &Vault) -> Model {
    let rows = (0..5).filter_map(|id| {
        let row = vault.outbox_row(decision_id(id)).unwrap()?;
        let copy = vault.author_copy(decision_id(id)).unwrap();
        assert_eq!(copy.as_slice(), decision_on(id, 0).author_copy);
        let case = u32::try_from(row.case_id.0.as_u128() - 0xca5e_0000).unwrap();
        let (state, attempts, is_dismissed) = (row.state, row.attempts, row.is_dismissed);
        assert_eq!(row.receipt.is_some(), state == OutboxState::Delivered);
        Some((id, Row { case, state, attempts, is_dismissed }))
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_outbox_moves_as_the_model_moves(moves in moves()) {
        let (home, mut vault) = Home::with_keychain();
        let mut model = Model::new();
        for what in &moves {
            let expected = step(&mut model, what);
            let found = run(&home, &mut vault, what);
            prop_assert_eq!(&found, &expected, "{:?}", what);
            prop_assert_eq!(&seen(&vault), &model, "after {:?}", what);
        }
        let open = model.values().filter(|row| !row.is_dismissed && row.state != OutboxState::Delivered).count();
        prop_assert_eq!(vault.outbox_undelivered_cases().unwrap().len(), open);
        prop_assert_eq!(vault.outbox_counts().unwrap().undelivered() as usize, open);
    }
}
