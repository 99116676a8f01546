//! What author, device and server sign: each field counts, and each kind is under its own label.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casework::{CaseId, DecisionId, Sha256};
use contract::access_log::AuditPosition;
use contract::decision::Receipt;
use contract::signature::{
    SignatureError, audit_head_message, decision_message, is_public_key, public_key, receipt_message, sign, verify,
};
use uuid::Uuid;

const SEED: [u8; 32] = [5; 32];
const SERVER: Uuid = Uuid::from_u128(9);

fn receipt() -> Receipt {
    Receipt {
        decision_id: Uuid::from_u128(1),
        payload_sha256: "0a".repeat(32),
        case_version: 4,
        state: "concluded".into(),
        outcome: Some("rejected".into()),
        received_at_ms: 1_798_500_000_001,
        audit: AuditPosition { seq: 12, hash: "0b".repeat(32) },
        signature: String::new(),
    }
}

/// One way to alter a receipt.
type Alter = fn(&mut Receipt);

#[test]
fn a_signature_fits_its_message_and_key_only() {
    let message = decision_message(DecisionId(Uuid::from_u128(1)), CaseId(Uuid::from_u128(2)), Sha256([3; 32]));
    let signature = sign(&SEED, &message);
    assert_eq!(verify(&public_key(&SEED), &message, &signature), Ok(()));
    assert_eq!(verify(&public_key(&[6; 32]), &message, &signature), Err(SignatureError::DoesNotFit));
    for (decision, case, payload) in [(7, 2, 3), (1, 7, 3), (1, 2, 7), (2, 1, 3)] {
        let (decision, case) = (DecisionId(Uuid::from_u128(decision)), CaseId(Uuid::from_u128(case)));
        let other = decision_message(decision, case, Sha256([payload; 32]));
        assert_eq!(verify(&public_key(&SEED), &other, &signature), Err(SignatureError::DoesNotFit));
    }
    // The formula itself, so that another team's program signs the same.
    assert_eq!(
        hex::encode(message),
        format!("{}00{:032x}{:032x}{}", hex::encode("review-desk decision v1"), 1, 2, "03".repeat(32))
    );
}

#[test]
fn every_field_of_a_receipt_is_signed() {
    let signature = sign(&SEED, &receipt_message(SERVER, &receipt()));
    let alterations: [Alter; 8] = [
        |receipt| receipt.decision_id = Uuid::from_u128(2),
        |receipt| receipt.payload_sha256 = "0c".repeat(32),
        |receipt| receipt.case_version = 5,
        |receipt| receipt.state = "second_opinion".into(),
        |receipt| receipt.outcome = None,
        |receipt| receipt.received_at_ms += 1,
        |receipt| receipt.audit.seq += 1,
        |receipt| receipt.audit.hash = "0c".repeat(32),
    ];
    for alter in alterations {
        let mut other = receipt();
        alter(&mut other);
        let refused = verify(&public_key(&SEED), &receipt_message(SERVER, &other), &signature);
        assert_eq!(refused, Err(SignatureError::DoesNotFit), "{other:?}");
    }
    let of_another_server = receipt_message(Uuid::from_u128(8), &receipt());
    assert_eq!(verify(&public_key(&SEED), &of_another_server, &signature), Err(SignatureError::DoesNotFit));
    // Letters that move from one field to the next are another message.
    let (mut one, mut two) = (receipt(), receipt());
    (one.state, one.outcome) = ("concluded".into(), Some("rejected".into()));
    (two.state, two.outcome) = ("concludedr".into(), Some("ejected".into()));
    assert_ne!(receipt_message(SERVER, &one), receipt_message(SERVER, &two));
    // The signature itself is not part of what is signed.
    let signed = Receipt { signature, ..receipt() };
    assert_eq!(receipt_message(SERVER, &signed), receipt_message(SERVER, &receipt()));
}

#[test]
fn the_three_kinds_of_messages_begin_with_their_own_labels() {
    let decision = decision_message(DecisionId(SERVER), CaseId(SERVER), Sha256([0; 32]));
    let head = audit_head_message(SERVER, 1, Sha256([0; 32]), 2);
    let labels = [
        (decision, &b"review-desk decision v1\0"[..]),
        (receipt_message(SERVER, &receipt()), b"review-desk receipt v1\0"),
        (head, b"review-desk audit head v1\0"),
    ];
    for (message, label) in &labels {
        assert!(message.starts_with(label));
        assert_eq!(labels.iter().filter(|(other, _)| other.starts_with(label)).count(), 1);
    }
}

#[test]
fn what_is_no_key_or_signature_is_told_apart_and_weak_keys_are_refused() {
    let message = b"message";
    let signature = sign(&SEED, message);
    for key in ["", "AAAA", "!!", &public_key(&SEED)[1..]] {
        assert_eq!(verify(key, message, &signature), Err(SignatureError::Malformed));
        assert!(!is_public_key(key));
    }
    for bad in ["", "AAAA", "!!"] {
        assert_eq!(verify(&public_key(&SEED), message, bad), Err(SignatureError::Malformed));
    }
    assert!(is_public_key(&public_key(&SEED)));
    // The neutral element: any signature would fit.
    let mut neutral = [0u8; 32];
    neutral[0] = 1;
    for weak in [neutral, [0; 32]] {
        let weak = STANDARD.encode(weak);
        assert!(!is_public_key(&weak));
        assert!(verify(&weak, message, &signature).is_err());
    }
}
