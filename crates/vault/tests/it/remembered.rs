//! What is remembered beside the decisions, and the catalogue of reasons.

use casework::{Reason, ReasonCatalogue, ReasonCode, ReasonKind};
use vault::SecretName;

use crate::fixture::Home;

#[test]
fn person_server_clock_and_secret_survive_a_restart() {
    let (home, vault) = Home::with_keychain();
    assert_eq!(vault.person().unwrap(), None);
    assert_eq!(vault.clock_offset().unwrap(), None);
    assert!(vault.secret(SecretName::RefreshToken).unwrap().is_none());
    vault.put_person("{\"name\":\"李娜\"}").unwrap();
    vault.put_server("{\"key\":\"k1\"}").unwrap();
    vault.put_clock_offset(-86_400_000).unwrap();
    vault.put_last_sign_in_ms(1).unwrap();
    vault.put_last_sign_in_ms(2).unwrap();
    vault.put_secret(SecretName::RefreshToken, b"one").unwrap();
    vault.put_secret(SecretName::RefreshToken, b"two").unwrap();
    let vault = home.reopen(&vault);
    assert_eq!(vault.person().unwrap().as_deref(), Some("{\"name\":\"李娜\"}"));
    assert_eq!(vault.server().unwrap().as_deref(), Some("{\"key\":\"k1\"}"));
    assert_eq!(vault.clock_offset().unwrap(), Some(-86_400_000));
    assert_eq!(vault.last_sign_in_ms().unwrap(), Some(2));
    assert_eq!(vault.secret(SecretName::RefreshToken).unwrap().unwrap().as_slice(), b"two");
    vault.forget_secret(SecretName::RefreshToken).unwrap();
    assert!(vault.secret(SecretName::RefreshToken).unwrap().is_none());
}

#[test]
fn the_catalogue_is_replaced_whole_and_keeps_its_order() {
    let (_home, vault) = Home::with_keychain();
    assert_eq!(vault.reasons().unwrap(), None);
    let reason = |code: &str, kind, needs_text| Reason {
        code: ReasonCode(code.to_owned()),
        kind,
        needs_text,
        label: ["模糊".to_owned(), "Blurred".to_owned()],
        applicant_text: ["照片模糊,请重新拍摄。".to_owned(), "The photo is blurred.".to_owned()],
    };
    let first = ReasonCatalogue {
        version: 3,
        reasons: vec![reason("other", ReasonKind::Retry, true), reason("blurred", ReasonKind::Retry, false)],
    };
    vault.put_reasons(&first).unwrap();
    assert_eq!(vault.reasons().unwrap().unwrap(), first);
    let second = ReasonCatalogue { version: 4, reasons: vec![reason("tampering", ReasonKind::Escalate, false)] };
    vault.put_reasons(&second).unwrap();
    assert_eq!(vault.reasons().unwrap().unwrap(), second);
    let twice = ReasonCatalogue {
        version: 5,
        reasons: vec![reason("a", ReasonKind::Retry, false), reason("a", ReasonKind::Retry, false)],
    };
    assert!(vault.put_reasons(&twice).is_err());
    assert_eq!(vault.reasons().unwrap().unwrap(), second, "a bad catalogue changes nothing");
}
