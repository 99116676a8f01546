//! What must hold of the bytes of a calendar pack: they are refused with a reason, or they are a pack that every later question can be
//! asked of. Most made-up bytes are not in canonical form, so the same is asked of the canonical form of whatever can be read at all.

use chrono::{DateTime, NaiveTime, Utc};
use working_days::{
    BeijingDate, Calendar, CalendarHealth, CalendarKey, CalendarPack, Deadline, MAX_PACK_BYTES, PackError, Policy,
    SignedPack, TrustedKeys, calendar_health, deadline, explain, lamp, next_change,
};

/// A public key whose secret nobody has: nothing is signed with it.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

/// Reads the bytes as a pack file, as a pack, and as a text that means a pack.
///
/// # Panics
/// Where something does not hold that must.
pub fn calendar_pack(bytes: &[u8]) {
    if let Ok(file) = SignedPack::parse(bytes) {
        signed(&file);
    }
    as_it_is(bytes);
    if let Ok(pack) = CalendarPack::read_form(bytes) {
        unchecked(&pack);
    }
}

fn as_it_is(bytes: &[u8]) {
    if let Ok(pack) = CalendarPack::parse(bytes) {
        assert_eq!(pack.canonical_bytes(), bytes, "a pack has one form");
        read(&pack);
    }
}

fn signed(file: &SignedPack) {
    let keys = TrustedKeys { slots: [CalendarKey::parse(KEY).ok(), None] };
    assert!(keys.slots[0].is_some(), "the key is one");
    assert!(file.verify(&keys).is_err(), "nobody can sign with this key");
    assert_eq!(SignedPack::parse(&file.to_bytes()).as_ref(), Ok(file), "a pack file is read as it was written");
    as_it_is(file.pack.as_bytes());
    if let Some(signature) = &file.signature {
        let _ = CalendarKey::parse(signature);
    }
}

/// A value of the right shape that may say anything.
fn unchecked(pack: &CalendarPack) {
    let bytes = pack.canonical_bytes();
    let verdict = pack.check();
    let _ =
        (Calendar::of_pack(pack, None), pack.may_follow(CalendarPack::embedded()), pack.id(), pack.official_years());
    let _ = CalendarPack::embedded().may_follow(pack);
    match CalendarPack::parse(&bytes) {
        Ok(again) => {
            assert_eq!(again.canonical_bytes(), bytes, "a pack has one form");
            assert_eq!(verdict, Ok(()), "what can be read keeps the rules");
            read(&again);
        }
        // An instant of a year beyond 9999 in UTC has no canonical form.
        Err(PackError::NotADate { .. }) => {}
        Err(PackError::TooLarge) => assert!(bytes.len() > MAX_PACK_BYTES, "only what is large is too large"),
        Err(reason) => assert_eq!(verdict, Err(reason), "canonical bytes are refused for what they say alone"),
    }
}

/// A pack that was read: nothing may be wrong with it any more.
fn read(pack: &CalendarPack) {
    assert_eq!(pack.check(), Ok(()), "a pack that was read keeps the rules");
    let _ = pack.may_follow(CalendarPack::embedded());
    assert!(pack.may_follow(pack).is_err(), "no pack follows itself");
    let regions = pack.regions.iter().map(|region| Some(region.code.as_str()));
    for region in std::iter::once(None).chain(regions).take(8) {
        match Calendar::of_pack(pack, region) {
            Ok(calendar) => questions(pack, &calendar),
            Err(reason) => assert_eq!(None, Some(reason), "a pack that was read makes a calendar"),
        }
    }
}

fn questions(pack: &CalendarPack, calendar: &Calendar) {
    let (first, official, last) = (calendar.first_day(), calendar.official_until(), calendar.last_day());
    assert!(first <= official && official <= last, "a calendar covers its years");
    let ten = NaiveTime::from_hms_opt(10, 0, 0).unwrap_or_default();
    let crossing = official.plus_days(-8);
    let instants = [
        DateTime::<Utc>::MIN_UTC,
        first.pred().at(ten),
        first.start(),
        pack.issued_at,
        crossing.at(ten),
        official.at(ten),
        last.plus_days(-20).at(ten),
        last.end(),
        DateTime::<Utc>::MAX_UTC,
    ];
    for at in instants {
        for policy in [Policy::p0(), Policy::p1(), Policy::p2()] {
            explained(calendar, &policy, at);
        }
    }
    for day in [first, crossing, official, last] {
        counted(calendar, day);
        assert!(calendar.day(day).is_some(), "a calendar knows the days that it covers");
        let is_good = calendar_health(calendar, day) == CalendarHealth::Good;
        assert_eq!(is_good, day < official.plus_days(-60), "the next year is missed from 1 November on");
    }
}

fn explained(calendar: &Calendar, policy: &Policy, at: DateTime<Utc>) {
    let found = deadline(calendar, policy, at);
    let told = explain(calendar, policy, at);
    assert_eq!(told.deadline, found, "an explanation is of the same deadline");
    let _ = (lamp(calendar, &found, at), next_change(calendar, &found, at));
    let Some(due) = found.due() else {
        assert!(told.days.is_empty(), "out of range there is nothing to tell");
        return;
    };
    let end = told.days.last().map(|day| (day.date, day.number));
    assert_eq!(end, Some((due.date, Some(policy.working_days))), "the last day counted is the due day");
    assert!(due.receipt_day <= due.day1 && due.day1 <= due.date && due.target <= due.breach, "days are in order");
    if let Deadline::Provisional { earliest, latest, .. } = found {
        assert!(earliest <= due.date && due.date <= latest, "the span is around the date");
    }
}

fn counted(calendar: &Calendar, day: BeijingDate) {
    for count in [0, 1, 7, 100, u32::MAX] {
        if let Some(later) = calendar.add(day, count) {
            let between = calendar.between(day, later).and_then(|days| u32::try_from(days).ok());
            assert_eq!(between, Some(count), "between gives back what was added");
        }
    }
    if let Some(before) = calendar.previous(day) {
        assert!(before < day && calendar.is_working_day(before) == Some(true), "the day before works");
    }
}
