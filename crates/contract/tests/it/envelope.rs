//! The sealed envelope.

use casework::{CaseId, DecisionId};
use contract::envelope::{EnvelopeError, EnvelopeKeyPair, MAX_PAYLOAD, payload_sha256, seal};
use uuid::Uuid;

const DECISION: DecisionId = DecisionId(Uuid::from_u128(7));
const CASE: CaseId = CaseId(Uuid::from_u128(8));

#[test]
fn only_the_right_key_and_header_open_an_envelope() {
    let pair = EnvelopeKeyPair::from_seed(&[1; 32]);
    let sealed = seal(&pair.public(), DECISION, CASE, b"payload").unwrap();
    assert_eq!(pair.open(DECISION, CASE, &sealed).unwrap(), b"payload");
    let other = EnvelopeKeyPair::from_seed(&[2; 32]);
    assert_eq!(other.open(DECISION, CASE, &sealed), Err(EnvelopeError::DoesNotOpen));
    assert_eq!(pair.open(DecisionId(Uuid::from_u128(9)), CASE, &sealed), Err(EnvelopeError::DoesNotOpen));
    assert_eq!(pair.open(DECISION, CaseId(Uuid::from_u128(9)), &sealed), Err(EnvelopeError::DoesNotOpen));
}

#[test]
fn an_altered_or_cut_envelope_does_not_open() {
    let pair = EnvelopeKeyPair::from_seed(&[1; 32]);
    let sealed = seal(&pair.public(), DECISION, CASE, b"payload").unwrap();
    for cut in 0..sealed.len() {
        assert_eq!(pair.open(DECISION, CASE, &sealed[..cut]), Err(EnvelopeError::DoesNotOpen));
        let mut altered = sealed.clone();
        altered[cut] ^= 1;
        assert_eq!(pair.open(DECISION, CASE, &altered), Err(EnvelopeError::DoesNotOpen), "byte {cut}");
    }
}

#[test]
fn sealing_twice_gives_other_bytes_of_the_same_payload_hash() {
    let pair = EnvelopeKeyPair::from_seed(&[1; 32]);
    let one = seal(&pair.public(), DECISION, CASE, b"payload").unwrap();
    let two = seal(&pair.public(), DECISION, CASE, b"payload").unwrap();
    assert_ne!(one, two);
    assert_eq!(
        payload_sha256(b"payload").to_string(),
        "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5"
    );
}

#[test]
fn a_bad_key_and_a_huge_payload_are_refused() {
    assert_eq!(seal(&[0; 31], DECISION, CASE, b"x"), Err(EnvelopeError::BadKey));
    let pair = EnvelopeKeyPair::from_seed(&[1; 32]);
    assert_eq!(seal(&pair.public(), DECISION, CASE, &vec![0; MAX_PAYLOAD + 1]), Err(EnvelopeError::TooLarge));
    assert_eq!(pair.open(DECISION, CASE, &vec![0; 2 * MAX_PAYLOAD]), Err(EnvelopeError::TooLarge));
}
