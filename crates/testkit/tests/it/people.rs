//! Synthetic people: their numbers and validity obey the rules that real ones obey.

use casework::{DocumentType, Validity};
use chrono::{Datelike, NaiveDate};
use rand::SeedableRng;
use rand::rngs::StdRng;
use testkit::people::{
    age_at, check_character, mistaken_name, mistaken_number, person, person_with_expired_document, years_valid,
};
use testkit::specimen::{Sex, Specimen};

const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 12, 29).unwrap();

fn many(make: impl Fn(&mut StdRng, DocumentType) -> Specimen) -> Vec<Specimen> {
    let mut random = StdRng::seed_from_u64(3);
    DocumentType::ALL.into_iter().cycle().take(4000).map(|document_type| make(&mut random, document_type)).collect()
}

#[test]
fn check_characters_meet_the_published_vectors() {
    for number in ["11010519491231002X", "440524188001010014", "810000199408230021", "830000199201300022"] {
        assert_eq!(check_character(&number[..17]), number.chars().next_back());
    }
    assert_eq!(check_character("1101051949123100"), None);
    assert_eq!(check_character("1101051949123100٢"), None);
}

#[test]
fn everybody_has_a_number_of_the_documents_pattern_that_agrees_with_birth_and_sex() {
    for one in many(|random, kind| person(random, kind, TODAY)) {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let number = one.number.as_str();
        match one.document_type {
            DocumentType::ResidentIdCard | DocumentType::HmtResidencePermit => {
                assert_eq!(number.len(), 18);
                assert_eq!(check_character(&number[..17]), number.chars().next_back());
                assert_eq!(number[6..14], one.birth.format("%Y%m%d").to_string());
                assert_eq!(number.as_bytes()[16] % 2 == 1, one.sex == Sex::Male);
                let is_hmt = ["810000", "820000", "830000"].contains(&&number[..6]);
                assert_eq!(is_hmt, one.document_type == DocumentType::HmtResidencePermit);
            }
            DocumentType::HmTravelPermit => {
                assert!(number.starts_with(['H', 'M']) && number.len() == 9 && digits(&number[1..]));
            }
            DocumentType::TwTravelPermit5y => assert!(number.len() == 8 && digits(number)),
        }
        assert!((22..=51).contains(&age_at(one.birth, TODAY)));
    }
}

#[test]
fn validity_agrees_with_the_age_at_issue_and_covers_today() {
    let mut long_term = 0;
    for one in many(|random, kind| person(random, kind, TODAY)) {
        assert!(one.valid_from < TODAY);
        match (one.validity, years_valid(one.document_type, age_at(one.birth, one.valid_from))) {
            (Validity::LongTerm, None) => long_term += 1,
            (Validity::Until(last), Some(years)) => {
                assert!(last > TODAY);
                let span = last.year() - one.valid_from.year();
                assert!(span == years as i32 || last.month() == 12 && span + 1 == years as i32);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(long_term > 0);
    for one in many(|random, kind| person_with_expired_document(random, kind, TODAY)) {
        let Validity::Until(last) = one.validity else { panic!("an expired card has an end") };
        assert!(last < TODAY && (TODAY - last).num_days() < 320);
    }
}

#[test]
fn names_hold_rare_characters_and_the_right_separator() {
    let people = many(|random, kind| person(random, kind, TODAY));
    let any = |wanted: fn(char) -> bool| people.iter().any(|one| one.name.chars().any(wanted));
    assert!(any(|c| c == '\u{B7}'));
    assert!(any(|c| u32::from(c) > 0xFFFF));
    assert!(any(|c| c == '㛃') && any(|c| c == '䶮') && any(|c| c == '龘') && any(|c| c == '𠮷'));
    assert!(people.iter().all(|one| one.name.chars().count() >= 2));
}

#[test]
fn slips_change_exactly_what_they_should() {
    let mut random = StdRng::seed_from_u64(4);
    for one in many(|random, kind| person(random, kind, TODAY)) {
        let name = mistaken_name(&mut random, &one.name);
        assert_eq!(name.chars().zip(one.name.chars()).filter(|(a, b)| a != b).count(), 1, "{name} {}", one.name);
        assert_eq!(name.chars().count(), one.name.chars().count());
        let number = mistaken_number(&mut random, &one.number);
        assert_eq!(number.len(), one.number.len());
        let changed = number.bytes().zip(one.number.bytes()).filter(|(a, b)| a != b).count();
        assert!((1..=2).contains(&changed));
    }
}
