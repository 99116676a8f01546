//! Which packs are accepted, by which keys, what they move, and what is kept over a restart.

use super::*;

#[tokio::test]
async fn a_pack_of_the_server_and_the_same_pack_from_a_file_move_the_same_cases() {
    let pair = pair();
    let pack = signed(&pair, &next_pack());
    // Two days off and on within the count, one before it, one after the move.
    let submissions = ["2026-12-23T10:00:00+08:00", "2026-12-18T10:00:00+08:00", "2026-12-10T10:00:00+08:00"];
    let mut recounts = Vec::new();
    for is_server in [true, false] {
        let place = Place::trusting(&pair);
        place.put_cases(&submissions);
        if is_server {
            assert_eq!(place.calendars.hear_pack(&answer(&pack)).unwrap(), CalendarStored::InForce);
        } else {
            place.calendars.import(&pack.to_bytes()).unwrap();
            // The server has the same one: no noise.
            assert_eq!(place.calendars.hear_pack(&answer(&pack)).unwrap(), CalendarStored::NothingNew);
        }
        assert_eq!(place.serial(), next_pack().serial);
        let again = open(&place.vault, None).in_force();
        assert_eq!(again.id, place.calendars.in_force().id, "after a restart too");
        let expected = if is_server { PackSourceView::Server } else { PackSourceView::Imported };
        assert_eq!(again.source, expected);
        let id = again.id;
        let moves = place.vault.calendar_moves(id.serial, Sha256(id.sha256), 9).unwrap();
        recounts.push((place.recount().unwrap(), moves));
    }
    assert_eq!(recounts[0], recounts[1]);
    let (sum, moves) = &recounts[0];
    assert_eq!((sum.computed, sum.moved, sum.earlier, sum.later, sum.newly_overdue), (3, 1, 1, 0, 1));
    assert_eq!(moves[0].old_due, Some(day("2026-12-29")));
    assert_eq!(moves[0].new_due, Some(day("2026-12-28")));
}

#[tokio::test]
async fn a_case_that_a_move_alone_makes_late_is_counted_as_such() {
    let pair = pair();
    let place = Place::trusting(&pair);
    // Due on the 29th, today; with the 26th worked it was due on the 28th.
    place.put_cases(&["2026-12-18T10:00:00+08:00"]);
    place.calendars.import(&signed(&pair, &next_pack()).to_bytes()).unwrap();
    let sum = place.recount().unwrap();
    assert_eq!((sum.moved, sum.earlier, sum.newly_overdue), (1, 1, 1));
}

#[tokio::test]
async fn a_case_that_was_promised_by_the_new_pack_from_the_beginning_did_not_move() {
    let pair = pair();
    let place = Place::trusting(&pair);
    place.put_rows(vec![case(1, row("2026-12-18T10:00:00+08:00", &next_pack()))]);
    place.calendars.hear_pack(&answer(&signed(&pair, &next_pack()))).unwrap();
    assert_eq!(place.recount().map(|sum| (sum.computed, sum.moved)), Some((0, 0)));
}

#[tokio::test]
async fn each_bad_file_is_refused_with_its_own_word_and_the_old_pack_stays() {
    let (one, stranger) = (pair(), pair());
    let good = signed(&one, &next_pack());
    let bytes = good.to_bytes();
    let mut weekday = next_pack();
    weekday.years.iter_mut().find(|year| year.year == 2026).unwrap().notices[0].make_up[0].date = day("2026-01-05");
    let mut shrunk = next_pack();
    shrunk.years.remove(0);
    let mut past = next_pack();
    past.years.iter_mut().find(|year| year.year == 2026).unwrap().notices[1].off[0].days = vec![day("2026-12-11")];
    let mut future = next_pack();
    future.issued_at = instant("2026-12-30T10:00:01+08:00");
    let mut newer = good.clone();
    newer.pack = newer.pack.replace("review-desk-calendar/1", "review-desk-calendar/2");
    let signed_bytes = |pack: &CalendarPack| signed(&one, pack).to_bytes();
    let lower = with_serial(next_pack(), CalendarPack::embedded().serial);
    let files: Vec<(&str, Vec<u8>, Refusal)> = vec![
        ("100 MB", vec![b'x'; 100 * 1024 * 1024], Refusal::TooLarge),
        ("cut off", bytes[..bytes.len() / 2].to_vec(), Refusal::Malformed),
        ("no pack", b"<html></html>".to_vec(), Refusal::Malformed),
        ("not text", vec![0xFF, 0xFE, 0x00], Refusal::Malformed),
        ("unsigned", SignedPack { signature: None, ..good.clone() }.to_bytes(), Refusal::Unsigned),
        (
            "no signature",
            SignedPack { signature: Some("minisign".to_owned()), ..good.clone() }.to_bytes(),
            Refusal::SignatureUnreadable,
        ),
        ("unknown key", signed(&stranger, &next_pack()).to_bytes(), Refusal::UnknownKey),
        (
            "tampered with",
            SignedPack { pack: good.pack.replace("2026-12-31", "2026-12-30"), ..good.clone() }.to_bytes(),
            Refusal::WrongSignature,
        ),
        ("another format", newer.to_bytes(), Refusal::WrongSignature),
        ("rolled back", signed_bytes(&lower), Refusal::SerialNotHigher),
        ("a make-up day on a Monday", signed_bytes(&weekday), Refusal::MakeUpOnWeekday),
        ("a year less", signed_bytes(&shrunk), Refusal::YearShrunk),
        ("another past", signed_bytes(&past), Refusal::PastChanged),
        ("issued in the future", signed_bytes(&future), Refusal::Contradictory),
    ];
    let place = Place::trusting(&one);
    for (what, file, expected) in files {
        let refused = place.calendars.import(&file).unwrap_err();
        assert!(matches!(refused, DeskError::CalendarRefused(refusal) if refusal == expected), "{what}: {refused}");
        assert_eq!(place.serial(), CalendarPack::embedded().serial, "{what}");
        assert_eq!(place.refusal(), Some(serde_json::to_value(expected).unwrap().as_str().unwrap().to_owned()));
        assert_eq!(open(&place.vault, None).in_force().id, CalendarPack::embedded().id(), "{what}, after a restart");
    }
    assert!(place.vault.calendar_packs().unwrap().is_empty());
    place.calendars.import(&bytes).unwrap();
    assert_eq!(place.refusal(), None, "a good one puts the refusals away");
    let again = place.calendars.import(&bytes).unwrap_err();
    assert!(matches!(again, DeskError::CalendarRefused(Refusal::SerialNotHigher)));
}

#[tokio::test]
async fn the_servers_bad_pack_is_kept_for_the_person_and_an_older_one_is_no_news() {
    let one = pair();
    let place = Place::trusting(&one);
    let good = signed(&one, &next_pack());
    let hear = |signed: &SignedPack| place.calendars.hear_pack(&answer(signed)).unwrap();
    assert_eq!(hear(&signed(&pair(), &next_pack())), CalendarStored::Refused);
    assert_eq!(place.refusal().as_deref(), Some("unknown_key"));
    let embedded =
        SignedPack { signature: None, pack: String::from_utf8(CalendarPack::embedded().canonical_bytes()).unwrap() };
    assert_eq!(hear(&embedded), CalendarStored::NothingNew);
    let of_a_newer_server = SignedPack { signature: None, ..good.clone() };
    assert_eq!(hear(&of_a_newer_server), CalendarStored::Refused);
    assert_eq!(place.refusal().as_deref(), Some("unsigned"));
    assert_eq!(hear(&good), CalendarStored::InForce);
    assert_eq!(place.refusal(), None);
    // The server fell behind: it keeps its own pack, and this desktop its newer one, without a word of refusal.
    for older in [embedded, signed(&one, &with_serial(next_pack(), next_pack().serial - 1))] {
        assert_eq!(hear(&older), CalendarStored::NothingNew);
    }
    assert_eq!(place.refusal(), None);
    let mut twin = next_pack();
    twin.issued_at = instant("2026-12-21T10:00:00+08:00");
    assert_eq!(hear(&signed(&one, &twin)), CalendarStored::Refused);
    assert_eq!(place.refusal().as_deref(), Some("serial_not_higher"), "two packs of one serial");
    assert_eq!(place.serial(), next_pack().serial);
}

#[tokio::test]
async fn what_is_refused_again_unchanged_is_neither_kept_nor_told_again() {
    let (one, stranger) = (pair(), pair());
    let place = Place::trusting(&one);
    let mark = || {
        let kept = place.vault.calendar_refusal().unwrap().unwrap();
        place.vault.put_calendar_refusal(&CalendarRefusalRow { at_ms: 1, ..kept }).unwrap();
    };
    let is_marked = || place.vault.calendar_refusal().unwrap().unwrap().at_ms == 1;
    let hear = |pack: &CalendarPack| place.calendars.hear_pack(&answer(&signed(&stranger, pack))).unwrap();
    assert_eq!(hear(&next_pack()), CalendarStored::Refused);
    mark();
    assert_eq!(hear(&next_pack()), CalendarStored::Refused);
    assert!(is_marked());
    hear(&with_serial(next_pack(), next_pack().serial + 1));
    assert!(!is_marked(), "another pack");
    let keys = |pair: &KeyPair| place.calendars.hear_keys(&[pair.pk.to_base64()]).unwrap();
    keys(&stranger);
    assert_eq!(place.refusal().as_deref(), Some("keys_changed"));
    mark();
    keys(&stranger);
    assert!(is_marked());
    keys(&pair());
    assert!(!is_marked(), "other keys");
}

#[tokio::test]
async fn keys_are_pinned_at_first_and_replaced_slot_by_slot_only() {
    let (a, b, c) = (pair(), pair(), pair());
    let place = Place::new();
    let text = |pair: &KeyPair| pair.pk.to_base64();
    let hear = |keys: &[String]| {
        place.calendars.hear_keys(keys).unwrap();
        place.vault.calendar_keys().unwrap()
    };
    assert!(hear(&[]).is_empty());
    assert_eq!(hear(&["nonsense".to_owned(), text(&a)]), [text(&a)], "what is no key is left out");
    assert_eq!(hear(&[]), [text(&a)], "naming none takes nothing away");
    assert_eq!(hear(&[text(&b), text(&c)]), [text(&a)]);
    assert_eq!(place.refusal().as_deref(), Some("keys_changed"));
    assert_eq!(hear(&[text(&a), text(&b)]), [text(&a), text(&b)]);
    place.calendars.hear_pack(&answer(&signed(&a, &next_pack()))).unwrap();
    assert_eq!(hear(&[text(&b)]), [text(&b)]);
    assert_eq!(hear(&[text(&b), text(&c), text(&a)]), [text(&b), text(&c)], "two slots");
    assert_eq!(hear(&[text(&c)]), [text(&c)]);
    let again = open(&place.vault, None);
    assert_eq!(again.in_force().id.serial, next_pack().serial, "what the first key signed is still good");
    let later = with_serial(next_pack(), next_pack().serial + 1);
    let refused = again.import(&signed(&a, &later).to_bytes()).unwrap_err();
    assert!(matches!(refused, DeskError::CalendarRefused(Refusal::UnknownKey)), "but it signs nothing more");
    again.import(&signed(&c, &later).to_bytes()).unwrap();
}
