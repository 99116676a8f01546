//! An opinion against the catalogue.

use casework::{Language, Opinion, OpinionError, Reason, ReasonCatalogue, ReasonCode, ReasonKind};

fn code(code: &str) -> ReasonCode {
    ReasonCode(code.to_owned())
}

fn catalogue() -> ReasonCatalogue {
    let reason = |name: &str, kind, needs_text| Reason {
        code: code(name),
        kind,
        needs_text,
        label: [name.to_owned(), name.to_owned()],
        applicant_text: [name.to_owned(), name.to_owned()],
    };
    ReasonCatalogue {
        version: 1,
        reasons: vec![
            reason("blurred", ReasonKind::Retry, false),
            reason("other", ReasonKind::Retry, true),
            reason("suspected_tampering", ReasonKind::Escalate, false),
        ],
    }
}

fn reject(reasons: &[&str], text: Option<&str>) -> Result<(), OpinionError> {
    Opinion::Reject { reasons: reasons.iter().map(|name| code(name)).collect(), text: text.map(str::to_owned) }
        .check(&catalogue())
}

fn escalate(reasons: &[&str]) -> Result<(), OpinionError> {
    Opinion::Escalate { reasons: reasons.iter().map(|name| code(name)).collect(), text: None }.check(&catalogue())
}

#[test]
fn a_rejection_needs_known_reasons_each_once() {
    assert_eq!(reject(&["blurred"], None), Ok(()));
    assert_eq!(reject(&[], None), Err(OpinionError::ReasonRequired));
    assert_eq!(reject(&["bad_hair"], None), Err(OpinionError::UnknownReason(code("bad_hair"))));
    assert_eq!(reject(&["blurred", "blurred"], None), Err(OpinionError::ReasonTwice(code("blurred"))));
}

#[test]
fn a_suspicion_is_never_a_rejection() {
    assert_eq!(reject(&["suspected_tampering"], None), Err(OpinionError::EscalateReason(code("suspected_tampering"))));
    assert_eq!(escalate(&["suspected_tampering", "blurred"]), Ok(()));
    assert_eq!(escalate(&["blurred"]), Err(OpinionError::NoEscalateReason));
}

#[test]
fn other_needs_a_text_that_is_bounded_and_plain() {
    assert_eq!(reject(&["other"], None), Err(OpinionError::TextRequired(code("other"))));
    assert_eq!(reject(&["other"], Some("  \n ")), Err(OpinionError::TextRequired(code("other"))));
    assert_eq!(reject(&["other"], Some("第一行\n第二行")), Ok(()));
    assert_eq!(reject(&["other"], Some("a\u{7}b")), Err(OpinionError::BadText));
    assert_eq!(reject(&["other"], Some(&"长".repeat(500))), Ok(()));
    assert_eq!(reject(&["other"], Some(&"长".repeat(501))), Err(OpinionError::BadText));
}

#[test]
fn the_applicant_gets_each_fixed_text_in_catalogue_order_and_the_reviewers_words_once() {
    let opinion = Opinion::Reject { reasons: vec![code("other"), code("blurred")], text: Some(" 请补拍 ".into()) };
    assert_eq!(catalogue().applicant_text(&opinion, Language::Zh), "blurred\nother\n请补拍");
    let added = Opinion::Reject { reasons: vec![code("blurred")], text: Some("added".into()) };
    assert_eq!(catalogue().applicant_text(&added, Language::En), "blurred\nadded");
    assert_eq!(catalogue().applicant_text(&Opinion::Approve, Language::Zh), "");
}
