//! The words of the access log and the formula of its chain.

use casework::{AccessEvent, CHAIN_START, CaseId, ChainEntry, Sha256, chain_hash};
use uuid::Uuid;

fn entry() -> ChainEntry<'static> {
    ChainEntry {
        seq: 1,
        at_ms: 1_700_000_000_000,
        what: "case_opened",
        account: None,
        case_id: Some(CaseId(Uuid::from_u128(7))),
        decision_id: None,
        detail: None,
    }
}

#[test]
fn every_word_of_the_access_log_leads_back_to_its_event() {
    for event in AccessEvent::ALL {
        assert_eq!(AccessEvent::from_word(event.word()), Some(*event));
    }
    assert_eq!(AccessEvent::from_word("other"), None);
}

#[test]
fn every_field_and_the_entry_before_change_the_hash() {
    let plain = chain_hash(CHAIN_START, &entry());
    let others = [
        chain_hash(Sha256([1; 32]), &entry()),
        chain_hash(CHAIN_START, &ChainEntry { seq: 2, ..entry() }),
        chain_hash(CHAIN_START, &ChainEntry { at_ms: 0, ..entry() }),
        chain_hash(CHAIN_START, &ChainEntry { what: "case_opene", ..entry() }),
        chain_hash(CHAIN_START, &ChainEntry { account: Some("a"), ..entry() }),
        chain_hash(CHAIN_START, &ChainEntry { case_id: None, ..entry() }),
        chain_hash(CHAIN_START, &ChainEntry { detail: Some(""), ..entry() }),
        chain_hash(CHAIN_START, &ChainEntry { account: Some("d"), detail: None, ..entry() }),
        chain_hash(CHAIN_START, &ChainEntry { account: None, detail: Some("d"), ..entry() }),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_ne!(*other, plain);
        assert!(others[index + 1..].iter().all(|later| later != other), "{index}");
    }
}

/// The formula is part of what is kept for years: it must not change by accident.
#[test]
fn the_formula_of_the_chain_stays_as_it_is() {
    assert_eq!(
        chain_hash(CHAIN_START, &entry()).to_string(),
        "cad657fbf1b4de436db1530304c36c325f341f405e1e68cd9564071759844fc7"
    );
}
