//! What an applicant may type.

use casework::{
    DocumentNumber, DocumentNumberError, DocumentType, EvidenceError, EvidenceKind, NameError, PersonName, check_sides,
};
use proptest::prelude::*;

#[test]
fn a_number_is_normalised_and_look_alike_letters_are_kept() {
    assert_eq!(DocumentNumber::parse(" １１０１０５１９４９１２３１００２ｘ ").unwrap().as_str(), "11010519491231002X");
    assert_eq!(DocumentNumber::parse("h12345678").unwrap().as_str(), "H12345678");
    assert_eq!(DocumentNumber::parse("11010519491231002Х").unwrap().as_str(), "11010519491231002Х");
    assert_eq!(DocumentNumber::parse("\u{3000} "), Err(DocumentNumberError::Empty));
    assert_eq!(DocumentNumber::parse("1234\u{0}5678"), Err(DocumentNumberError::Control));
    assert_eq!(DocumentNumber::parse(&"9".repeat(33)), Err(DocumentNumberError::TooLong));
}

#[test]
fn the_last_four_never_show_a_whole_number() {
    let last = |number: &str| DocumentNumber::parse(number).unwrap().last_four();
    assert_eq!(last("11010519491231002X"), "002X");
    assert_eq!(last("12345"), "2345");
    assert_eq!(last("1234"), "34");
    assert_eq!(last("1"), "");
}

#[test]
fn names_of_fifty_characters_rare_ones_and_the_middle_dot_are_accepted() {
    assert!(PersonName::parse("阿卜杜拉·买买提").is_ok());
    assert!(PersonName::parse("𠮷㛃").is_ok());
    assert!(PersonName::parse(&"长".repeat(50)).is_ok());
    assert_eq!(PersonName::parse("  "), Err(NameError::Empty));
    assert_eq!(PersonName::parse("a\nb"), Err(NameError::Control));
    assert_eq!(PersonName::parse(&"长".repeat(101)), Err(NameError::TooLong));
}

#[test]
fn debug_output_shows_no_personal_data() {
    assert_eq!(format!("{:?}", PersonName::parse("张三").unwrap()), "PersonName(…)");
    assert_eq!(format!("{:?}", DocumentNumber::parse("H12345678").unwrap()), "DocumentNumber(…)");
}

#[test]
fn each_required_side_must_be_there_exactly_once() {
    use EvidenceKind::{EmblemSide, Holding, PortraitSide, Supporting};
    let check = |kinds: &[EvidenceKind]| check_sides(DocumentType::ResidentIdCard, kinds);
    assert_eq!(check(&[PortraitSide, EmblemSide, Supporting, Supporting, Holding]), Ok(()));
    assert_eq!(check(&[PortraitSide]), Err(EvidenceError::SideMissing(EmblemSide)));
    assert_eq!(check(&[PortraitSide, PortraitSide, EmblemSide]), Err(EvidenceError::SideTwice(PortraitSide)));
    assert_eq!(check(&[Supporting; 9]), Err(EvidenceError::TooMany));
}

#[test]
fn every_word_leads_back_to_its_value() {
    for kind in DocumentType::ALL {
        assert_eq!(DocumentType::from_word(kind.word()), Some(kind));
    }
    for kind in EvidenceKind::ALL {
        assert_eq!(EvidenceKind::from_word(kind.word()), Some(kind));
    }
    assert_eq!(DocumentType::from_word("passport"), None);
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_without_a_panic(text in ".{0,60}") {
        if let Ok(number) = DocumentNumber::parse(&text) {
            prop_assert!(number.last_four().chars().count() <= 4);
            prop_assert_eq!(DocumentNumber::parse(number.as_str()), Ok(number.clone()));
        }
        if let Ok(name) = PersonName::parse(&text) {
            prop_assert_eq!(name.as_str(), text.trim());
        }
    }
}
