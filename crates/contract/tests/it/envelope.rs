//! The sealed envelope.

use casework::{CaseId, DecisionId};
use contract::envelope::{
    EnvelopeError, EnvelopeKeyPair, MAX_PAYLOAD, SEALED_DEVICE_KEY, payload_sha256, seal, seal_device_key,
};
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

#[test]
fn a_sealed_device_key_opens_for_its_device_only() {
    let pair = EnvelopeKeyPair::from_seed(&[1; 32]);
    let device = Uuid::from_u128(3);
    let sealed = seal_device_key(&pair.public(), device, &[7; 32]).unwrap();
    assert_eq!(sealed.len(), SEALED_DEVICE_KEY);
    assert_eq!(*pair.open_device_key(device, &sealed).unwrap(), [7; 32]);
    assert!(pair.open_device_key(Uuid::from_u128(4), &sealed).is_err());
    assert!(EnvelopeKeyPair::from_seed(&[2; 32]).open_device_key(device, &sealed).is_err());
    assert_eq!(pair.open_device_key(device, &[0; SEALED_DEVICE_KEY + 1]).unwrap_err(), EnvelopeError::TooLarge);
    for length in 0..sealed.len() {
        assert_eq!(pair.open_device_key(device, &sealed[..length]).unwrap_err(), EnvelopeError::DoesNotOpen);
    }
    assert_eq!(seal_device_key(&[0; 31], device, &[7; 32]), Err(EnvelopeError::BadKey));
}

#[test]
fn a_device_key_and_a_decision_never_open_as_each_other() {
    let pair = EnvelopeKeyPair::from_seed(&[1; 32]);
    let sealed = seal_device_key(&pair.public(), DECISION.0, &[7; 32]).unwrap();
    assert_eq!(pair.open(DECISION, CASE, &sealed), Err(EnvelopeError::DoesNotOpen));
    let decision = seal(&pair.public(), DECISION, CASE, &[7; 32]).unwrap();
    assert_eq!(pair.open_device_key(DECISION.0, &decision).unwrap_err(), EnvelopeError::DoesNotOpen);
}
