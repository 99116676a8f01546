//! Bytes of any kind in the place of a pack: they are refused with a reason, or they are a pack. The fuzz target asks the same for longer.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use working_days::{
    Calendar, CalendarHealth, CalendarKey, CalendarPack, Policy, SignedPack, TrustedKeys, calendar_health, deadline,
    explain, lamp, next_change,
};

use super::day;

const EMBEDDED: &str = include_str!("../../data/calendar-pack.json");

fn asked(bytes: &[u8]) {
    if let Ok(file) = SignedPack::parse(bytes) {
        let _ = file.verify(&TrustedKeys::default());
    }
    if let Ok(pack) = CalendarPack::parse(bytes) {
        assert_eq!(pack.canonical_bytes(), bytes);
        assert_eq!(pack.check(), Ok(()));
        assert!(Calendar::of_pack(&pack, None).is_ok());
    }
    if let Ok(pack) = CalendarPack::read_form(bytes) {
        let _ = (pack.check(), Calendar::of_pack(&pack, None), pack.may_follow(CalendarPack::embedded()), pack.id());
        let _ = CalendarPack::embedded().may_follow(&pack);
    }
}

/// One way to spoil a text: flip a bit, cut a passage out, put one of its passages elsewhere, put a character in.
#[derive(Debug, Clone)]
enum Harm {
    Flip { at: usize, bit: u8 },
    Cut { at: usize, length: usize },
    Splice { from: usize, length: usize, to: usize },
    Put { at: usize, byte: u8 },
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = || 0..EMBEDDED.len();
    prop_oneof![
        (at(), 0..8u8).prop_map(|(at, bit)| Harm::Flip { at, bit }),
        (at(), 1..2000usize).prop_map(|(at, length)| Harm::Cut { at, length }),
        (at(), 1..2000usize, at()).prop_map(|(from, length, to)| Harm::Splice { from, length, to }),
        (at(), prop_oneof![Just(b'9'), Just(b'-'), Just(b'"'), Just(b'['), any::<u8>()])
            .prop_map(|(at, byte)| Harm::Put { at, byte }),
    ]
}

fn harmed(harms: &[Harm]) -> Vec<u8> {
    let mut bytes = EMBEDDED.as_bytes().to_vec();
    for harm in harms {
        let end = |from: usize, length: usize, bytes: &[u8]| (from + length).min(bytes.len());
        match *harm {
            Harm::Flip { at, bit } if at < bytes.len() => bytes[at] ^= 1 << bit,
            Harm::Put { at, byte } if at < bytes.len() => bytes[at] = byte,
            Harm::Cut { at, length } if at < bytes.len() => drop(bytes.drain(at..end(at, length, &bytes))),
            Harm::Splice { from, length, to } if from < bytes.len() && to < bytes.len() => {
                let passage = bytes[from..end(from, length, &bytes)].to_vec();
                bytes.splice(to..to, passage);
            }
            _ => {}
        }
    }
    bytes
}

/// The end of a list entry is a good place to cut: whole years and notices vanish or are doubled, and the text stays canonical.
fn lines_moved(from: usize, count: usize, to: usize, is_doubled: bool) -> Vec<u8> {
    let mut lines: Vec<_> = EMBEDDED.lines().collect();
    let passage: Vec<_> = lines.iter().skip(from).take(count).copied().collect();
    if !is_doubled {
        let from = from.min(lines.len());
        lines.drain(from..(from + count).min(lines.len()));
    }
    let to = to.min(lines.len());
    lines.splice(to..to, passage);
    (lines.join("\n") + "\n").into_bytes()
}

#[test]
fn a_year_at_the_end_of_numbers_is_refused_and_overflows_nothing() {
    for number in ["2147483647", "2147483646", "-2147483648"] {
        asked(EMBEDDED.replace("\"year\": 2016", &format!("\"year\": {number}")).as_bytes());
        asked(EMBEDDED.replace("\"year\": 2027", &format!("\"year\": {number}")).as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(CalendarPack::parse(&bytes).is_err());
        asked(&bytes);
    }

    #[test]
    fn any_text_is_no_key(text in "\\PC{0,80}") {
        let _ = CalendarKey::parse(&text);
        let file = SignedPack { pack: text.clone(), signature: Some(text) };
        prop_assert!(file.verify(&TrustedKeys::default()).is_err());
    }

    #[test]
    fn a_harmed_pack_is_refused_or_a_pack(harms in proptest::collection::vec(harm(), 1..4)) {
        asked(&harmed(&harms));
    }

    #[test]
    fn a_pack_with_lines_out_of_place_is_refused_or_a_pack(
        from in 0..1159usize, count in 1..200usize, to in 0..1159usize, is_doubled in any::<bool>(),
    ) {
        asked(&lines_moved(from, count, to, is_doubled));
    }

    #[test]
    fn no_instant_and_no_count_is_too_far(seconds in prop_oneof![any::<i64>(), -9_000_000_000_000..9_000_000_000_000i64], nanos in 0..2_000_000_000u32, n in any::<u32>(), days in any::<i32>()) {
        let calendar = Calendar::embedded();
        let at = DateTime::from_timestamp(seconds, nanos)
            .unwrap_or(if seconds < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC });
        for policy in [Policy::p0(), Policy::p1(), Policy::p2(), Policy { working_days: u8::MAX, ..Policy::p2() }] {
            let found = deadline(calendar, &policy, at);
            prop_assert_eq!(explain(calendar, &policy, at).deadline, found);
            let _ = (lamp(calendar, &found, at), next_change(calendar, &found, at));
        }
        let date = day("2020-01-01").plus_days(days);
        let _ = (calendar.add(date, n), calendar.between(date, day("2020-01-01")), calendar.next(date));
        let _ = (calendar.previous(date), calendar.day(date), calendar.is_provisional(date), date.start(), date.end());
        let _: CalendarHealth = calendar_health(calendar, date);
    }
}
