//! Signatures of packs, made by minisign itself.

use std::io::Cursor;

use minisign::KeyPair;
use working_days::{CalendarKey, CalendarPack, MAX_PACK_BYTES, PackError, SignedPack, TrustedKeys, trusted_comment};

use super::pack_as_of;

fn key_pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn public(pair: &KeyPair) -> CalendarKey {
    CalendarKey::parse(&pair.pk.to_base64()).unwrap()
}

fn slots(first: Option<&KeyPair>, second: Option<&KeyPair>) -> TrustedKeys {
    TrustedKeys { slots: [first.map(public), second.map(public)] }
}

fn signature(pair: &KeyPair, bytes: &[u8], comment: &str) -> String {
    minisign::sign(Some(&pair.pk), &pair.sk, Cursor::new(bytes), Some(comment), None).unwrap().into_string()
}

fn signed(pair: &KeyPair, pack: &CalendarPack) -> SignedPack {
    let bytes = pack.canonical_bytes();
    let signature = signature(pair, &bytes, &trusted_comment(pack));
    SignedPack { pack: String::from_utf8(bytes).unwrap(), signature: Some(signature) }
}

#[test]
fn a_good_signature_is_taken_by_the_key_in_either_slot() {
    let (one, other) = (key_pair(), key_pair());
    let pack = CalendarPack::embedded();
    for keys in [slots(Some(&one), Some(&other)), slots(Some(&other), Some(&one)), slots(None, Some(&one))] {
        assert_eq!(signed(&one, pack).verify(&keys).as_ref(), Ok(pack));
    }
    let both = slots(Some(&one), Some(&other));
    assert_eq!(signed(&other, pack).verify(&both).as_ref(), Ok(pack));
}

#[test]
fn a_pack_file_is_read_as_it_was_written() {
    let file = signed(&key_pair(), CalendarPack::embedded());
    assert_eq!(SignedPack::parse(&file.to_bytes()), Ok(file.clone()));
    let unsigned = SignedPack { signature: None, ..file };
    assert_eq!(SignedPack::parse(&unsigned.to_bytes()), Ok(unsigned));
}

#[test]
fn without_a_signature_a_key_or_the_right_key_nothing_is_accepted() {
    let (one, other) = (key_pair(), key_pair());
    let file = signed(&one, CalendarPack::embedded());
    let unsigned = SignedPack { signature: None, ..file.clone() };
    assert_eq!(unsigned.verify(&slots(Some(&one), None)), Err(PackError::Unsigned));
    assert_eq!(file.verify(&TrustedKeys::default()), Err(PackError::UnknownKey));
    assert_eq!(file.verify(&slots(Some(&other), None)), Err(PackError::UnknownKey));
    assert_eq!(file.verify(&slots(Some(&other), Some(&key_pair()))), Err(PackError::UnknownKey));
}

#[test]
fn one_flipped_bit_anywhere_in_the_pack_is_noticed() {
    let pair = key_pair();
    let keys = slots(Some(&pair), None);
    let file = signed(&pair, CalendarPack::embedded());
    for at in (0..file.pack.len()).step_by(997) {
        let mut bytes = file.pack.clone().into_bytes();
        bytes[at] ^= 1;
        // Some flips leave no text; a text is all that a pack file can hold.
        if let Ok(pack) = String::from_utf8(bytes) {
            let flipped = SignedPack { pack, ..file.clone() };
            assert_eq!(flipped.verify(&keys), Err(PackError::WrongSignature), "byte {at}");
        }
    }
    // A day off less, and every rule still kept.
    let changed = file.pack.replacen("2026-09-26", "2026-07-27", 1);
    assert!(CalendarPack::parse(changed.as_bytes()).is_ok());
    assert_eq!(SignedPack { pack: changed, ..file }.verify(&keys), Err(PackError::WrongSignature));
}

#[test]
fn one_changed_character_anywhere_in_the_signature_is_noticed() {
    let pair = key_pair();
    let keys = slots(Some(&pair), None);
    let file = signed(&pair, CalendarPack::embedded());
    let text = file.signature.clone().unwrap();
    let vouched_for = text.find('\n').unwrap() + 1;
    let mut accepted = Vec::new();
    for at in vouched_for..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = SignedPack { signature: Some(String::from_utf8(bytes).unwrap()), ..file.clone() };
        match changed.verify(&keys) {
            Ok(_) => accepted.push(at),
            Err(PackError::WrongSignature | PackError::SignatureUnreadable | PackError::UnknownKey) => {}
            Err(other) => panic!("{other:?} at {at}"),
        }
    }
    // The last line feed vouches for nothing; a text after the fourth line is not read.
    assert!(accepted.iter().all(|at| at + 1 == text.len()), "{accepted:?}");
}

#[test]
fn the_signature_of_another_pack_by_the_same_key_does_not_fit() {
    let pair = key_pair();
    let keys = slots(None, Some(&pair));
    let (old, new) = (signed(&pair, &pack_as_of("2020-01-25")), signed(&pair, &pack_as_of("2020-01-26")));
    assert!(old.verify(&keys).is_ok() && new.verify(&keys).is_ok());
    let swapped = SignedPack { pack: old.pack, signature: new.signature };
    assert_eq!(swapped.verify(&keys), Err(PackError::WrongSignature));
}

#[test]
fn the_signed_comment_names_the_serial_and_nothing_else() {
    let pair = key_pair();
    let keys = slots(Some(&pair), None);
    let pack = CalendarPack::embedded();
    let bytes = pack.canonical_bytes();
    assert_eq!(trusted_comment(pack), "review-desk-calendar serial 2026112401");
    for comment in [
        "review-desk-calendar serial 2026112402",
        "review-desk-calendar serial 2026112401 ",
        "review-desk-calendar serial 02026112401",
        "timestamp:1764000000\tfile:calendar-pack.json",
        "",
    ] {
        let file = SignedPack {
            pack: String::from_utf8(bytes.clone()).unwrap(),
            signature: Some(signature(&pair, &bytes, comment)),
        };
        assert_eq!(file.verify(&keys), Err(PackError::SerialNotSigned), "{comment:?}");
    }
}

/// Both signatures are published test vectors of minisign over the four bytes `test`, by one key.
#[test]
fn a_signature_of_the_old_kind_without_prehash_is_refused() {
    let key = CalendarKey::parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").unwrap();
    let keys = TrustedKeys { slots: [Some(key), None] };
    let file = |signature: &str| SignedPack { pack: "test".to_owned(), signature: Some(signature.to_owned()) };
    let legacy = file(
        "untrusted comment: signature from minisign secret key\n\
         RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n\
         trusted comment: timestamp:1555779966\tfile:test\n\
         QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==\n",
    );
    assert_eq!(legacy.verify(&keys), Err(PackError::WrongSignature));
    // Prehashed, it is accepted, and what fails next is that `test` is no pack.
    let prehashed = file(
        "untrusted comment: signature from minisign secret key\n\
         RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
         trusted comment: timestamp:1556193335\tfile:test\n\
         y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==\n",
    );
    assert!(matches!(prehashed.verify(&keys), Err(PackError::Malformed { .. })));
}

#[test]
fn a_signed_pack_still_has_to_keep_every_rule() {
    let pair = key_pair();
    let mut pack = CalendarPack::embedded().clone();
    pack.years[10].notices[0].off.pop();
    let file = signed(&pair, &pack);
    assert!(matches!(file.verify(&slots(Some(&pair), None)), Err(PackError::StatutoryDays { year: 2026, .. })));
}

#[test]
fn what_is_no_signature_is_unreadable() {
    let pair = key_pair();
    let file = signed(&pair, CalendarPack::embedded());
    let good = file.signature.clone().unwrap();
    let lines: Vec<_> = good.lines().collect();
    for text in [
        String::new(),
        "\n\n\n\n".to_owned(),
        "not a signature".to_owned(),
        lines[..3].join("\n"),
        [lines[0], lines[1], "comment: x", lines[3]].join("\n"),
        [lines[0], lines[3], lines[2], lines[1]].join("\n"),
        [lines[0], "AAAA", lines[2], lines[3]].join("\n"),
        [lines[0], "元旦", lines[2], lines[3]].join("\n"),
        [lines[0], lines[1], lines[2], ""].join("\n"),
    ] {
        let spoiled = SignedPack { signature: Some(text.clone()), ..file.clone() };
        assert_eq!(spoiled.verify(&slots(Some(&pair), None)), Err(PackError::SignatureUnreadable), "{text:?}");
    }
}

#[test]
fn a_key_is_read_from_its_line_or_its_file_and_from_nothing_else() {
    let pair = key_pair();
    let line = pair.pk.to_base64();
    let file = pair.pk.to_box().unwrap().into_string();
    assert_eq!(CalendarKey::parse(&file).unwrap(), public(&pair));
    assert_eq!(CalendarKey::parse(&format!("\r\n  {line} \r\n\r\n")).unwrap().text(), line);
    assert!(format!("{:?}", public(&pair)).contains(&line));
    let secret = pair.sk.to_box(None).unwrap().into_string();
    for text in ["", "   ", "no key", &line[..line.len() - 2], &format!("{line}AAAA"), "元旦", &secret] {
        assert_eq!(CalendarKey::parse(text).unwrap_err(), PackError::KeyUnreadable, "{text:?}");
    }
}

#[test]
fn a_pack_file_that_is_none_or_too_large_is_refused() {
    for text in ["", "{}", "[]", "{\"pack\": 1, \"signature\": null}", "{\"signature\": null}"] {
        assert!(matches!(SignedPack::parse(text.as_bytes()), Err(PackError::Malformed { .. })), "{text:?}");
    }
    let unknown = b"{\"pack\": \"\", \"signature\": null, \"more\": 1}";
    assert!(matches!(SignedPack::parse(unknown), Err(PackError::Malformed { .. })));
    assert_eq!(SignedPack::parse(&vec![b' '; 100 * 1024 * 1024]), Err(PackError::TooLarge));
    let pair = key_pair();
    let large = SignedPack { pack: " ".repeat(MAX_PACK_BYTES + 1), signature: Some(String::new()) };
    assert_eq!(large.verify(&slots(Some(&pair), None)), Err(PackError::TooLarge));
}
