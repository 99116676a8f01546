//! The list of cases: the same every time, legal for the intake, and with every lamp.

use std::collections::{BTreeSet, HashSet};

use casework::{DocumentNumber, DocumentType, EvidenceKind, PersonName, check_sides};
use chrono::{DateTime, Duration, Utc};
use testkit::cases::{DEMONSTRATION_NOW, Oddity, cases};
use testkit::specimen::Artist;
use working_days::{Calendar, Lamp, Policy, deadline, lamp};

fn now() -> DateTime<Utc> {
    DEMONSTRATION_NOW.parse().unwrap()
}

#[test]
fn same_seed_same_cases_same_bytes() {
    let artist = Artist::open().unwrap();
    let (one, two) = (cases(7, 6, now()).unwrap(), cases(7, 6, now()).unwrap());
    assert_eq!(one, two);
    let other = Artist::open().unwrap();
    for (a, b) in one.iter().zip(&two) {
        assert_eq!(a.draw(&artist).unwrap(), b.draw(&other).unwrap());
    }
    assert_ne!(one, cases(8, 6, now()).unwrap());
}

#[test]
fn every_case_is_legal_for_the_intake() {
    for case in cases(1, 400, now()).unwrap() {
        let declared = &case.declared;
        PersonName::parse(&declared.name).unwrap();
        DocumentNumber::parse(&declared.document_number).unwrap();
        let document_type = DocumentType::from_word(&declared.document_type).unwrap();
        let kinds: Vec<EvidenceKind> = case.photos.iter().map(|photo| photo.kind).collect();
        check_sides(document_type, &kinds).unwrap();
        assert!(case.submitted_at < now() && case.submitted_at > now() - Duration::days(60));
    }
}

#[test]
fn the_queue_shows_every_lamp_and_most_cases_have_time() {
    let (mut overdue, mut today, mut near, mut normal, mut provisional) = (0, 0, 0, 0, 0);
    for case in cases(1, 200, now()).unwrap() {
        let due = deadline(Calendar::embedded(), &Policy::p0(), case.submitted_at);
        provisional += u32::from(due.is_provisional());
        match lamp(Calendar::embedded(), &due, now()) {
            Lamp::Overdue { .. } => overdue += 1,
            Lamp::DueToday => today += 1,
            Lamp::Near { .. } => near += 1,
            Lamp::Normal { .. } => normal += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((4..=8).contains(&overdue), "{overdue}");
    assert!((12..=20).contains(&today), "{today}");
    assert!(near > 20 && normal > 100 && provisional > 100, "{near} {normal} {provisional}");
}

#[test]
fn even_a_short_list_shows_every_type_oddity_and_lamp() {
    let list = cases(1, 24, now()).unwrap();
    let types: BTreeSet<_> = list.iter().map(|case| case.specimen.document_type).collect();
    assert_eq!(types.len(), 4);
    let oddities: HashSet<_> = list.iter().map(|case| case.oddity).collect();
    assert_eq!(oddities.len(), 5);
    let refs: BTreeSet<_> = list.iter().map(|case| &case.applicant_ref).collect();
    assert_eq!(refs.len(), list.len());
}

#[test]
fn oddities_are_what_they_say() {
    for case in cases(5, 300, now()).unwrap() {
        let (declared, card) = (&case.declared, &case.specimen);
        assert_eq!(declared.name != card.name, case.oddity == Oddity::NameDiffers);
        assert_eq!(declared.document_number != card.number, case.oddity == Oddity::NumberDiffers);
        assert_eq!(declared.former_name.is_some(), case.oddity == Oddity::NameChanged);
        let until = declared.valid_until.as_deref().map(|text| text.parse::<chrono::NaiveDate>().unwrap());
        let has_run_out = until.is_some_and(|last| last < working_days::BeijingDate::of(case.submitted_at).naive());
        assert_eq!(has_run_out, case.oddity == Oddity::Expired);
    }
}

#[test]
fn other_moments_work_as_well() {
    for moment in ["2026-10-01T00:00:30+08:00", "2026-02-28T08:00:00+08:00", "2024-05-11T23:59:00+08:00"] {
        let now: DateTime<Utc> = moment.parse().unwrap();
        assert!(cases(1, 100, now).unwrap().iter().all(|case| case.submitted_at < now));
    }
    assert!(cases(1, 100, "1990-01-01T00:00:00Z".parse().unwrap()).is_err());
}

#[test]
fn drawn_files_are_what_the_intake_accepts() {
    let artist = Artist::open().unwrap();
    for case in cases(2, 12, now()).unwrap() {
        for photo in case.draw(&artist).unwrap() {
            let probe = photo::probe_whole(&photo.bytes).unwrap();
            assert_eq!(probe.photo_type.media_type(), photo.media_type);
            let pixels = u64::from(probe.width) * u64::from(probe.height);
            assert!((290_000..12_500_000).contains(&pixels), "{pixels}");
        }
    }
}
