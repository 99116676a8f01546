//! The bytes of a pack: one canonical form, and what is refused before any rule is asked.

use working_days::{CalendarPack, MAX_PACK_BYTES, PackError};

use super::region;

const EMBEDDED: &str = include_str!("../../data/calendar-pack.json");

fn refusal(text: &str) -> PackError {
    CalendarPack::parse(text.as_bytes()).unwrap_err()
}

/// The embedded text with one passage replaced, which must be there.
fn with(passage: &str, other: &str) -> String {
    assert!(EMBEDDED.contains(passage), "{passage}");
    EMBEDDED.replacen(passage, other, 1)
}

#[test]
fn the_embedded_pack_is_its_own_canonical_form() {
    let pack = CalendarPack::parse(EMBEDDED.as_bytes()).unwrap();
    assert_eq!(&pack, CalendarPack::embedded());
    assert_eq!(pack.canonical_bytes(), EMBEDDED.as_bytes());
    assert_eq!(pack.check(), Ok(()));
    assert_eq!((pack.serial, pack.official_years()), (2_026_112_401, Some((2016, 2026))));
    assert_eq!(pack.notices().len(), 13);
    assert!(pack.notices().is_sorted_by_key(|arrangement| arrangement.notice.issued));
}

#[test]
fn the_id_names_serial_and_bytes() {
    let id = CalendarPack::embedded().id();
    assert_eq!(id, CalendarPack::parse(EMBEDDED.as_bytes()).unwrap().id());
    assert_eq!(id.serial, 2_026_112_401);
    let hex = id.sha256_hex();
    assert_eq!(hex.len(), 64);
    assert!(hex.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit)));
    let mut other = CalendarPack::embedded().clone();
    other.is_retroactive = true;
    assert_ne!(other.id(), id);
    other.is_retroactive = false;
    assert_eq!(other.id(), id);
}

#[test]
fn a_pack_with_regions_survives_writing_and_reading() {
    let mut pack = CalendarPack::embedded().clone();
    pack.regions = vec![region("nx", &["2026-05-27", "2026-05-28"]), region("xz", &[])];
    pack.regions[1].name = "\"西藏\" \\ 自治区".to_owned();
    pack.is_retroactive = true;
    let bytes = pack.canonical_bytes();
    assert_eq!(CalendarPack::parse(&bytes).unwrap(), pack);
    assert_eq!(pack.region("nx"), pack.regions.first());
    assert_eq!(pack.region("gx"), None);
}

#[test]
fn the_same_content_in_another_form_is_refused() {
    let value = EMBEDDED.trim_end();
    let tight: String = EMBEDDED.lines().map(str::trim_start).collect();
    for (what, text) in [
        ("CRLF", EMBEDDED.replace('\n', "\r\n")),
        ("no line feed at the end", value.to_owned()),
        ("two line feeds at the end", format!("{EMBEDDED}\n")),
        ("white space before", format!(" {EMBEDDED}")),
        ("tabs", EMBEDDED.replace("  ", "\t")),
        ("one line", tight),
        (
            "order of keys",
            with("\"serial\": 2026112401,\n  \"follows\": null,", "\"follows\": null,\n  \"serial\": 2026112401,"),
        ),
        ("an absent field for null", with("          \"source\": null,\n", "")),
        ("an escape for a character", with("元旦", "\\u5143\\u65e6")),
        ("an offset for Z", with("00:00:00Z", "00:00:00+00:00")),
        ("a small t", with("24T00", "24t00")),
        ("a fraction of a second", with("00:00:00Z", "00:00:00.000Z")),
    ] {
        assert_eq!(refusal(&text), PackError::NotCanonical, "{what}");
        // What it means can be read, and is the same pack.
        assert_eq!(CalendarPack::read_form(text.as_bytes()).as_ref(), Ok(CalendarPack::embedded()), "{what}");
    }
    assert_eq!(refusal(&format!("\u{feff}{EMBEDDED}")), PackError::Malformed { line: 1, column: 1 });
}

#[test]
fn what_is_no_pack_is_malformed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_inside = with("\"regions\": []", &format!("\"regions\": {deep}"));
    let deep_and_unknown = with("\"regions\": []", &format!("\"regions\": [],\n  \"more\": {deep}"));
    for (what, text) in [
        ("nothing", String::new()),
        ("white space", "  \n".to_owned()),
        ("another value", "[]".to_owned()),
        ("null", "null".to_owned()),
        ("an object of nothing", "{}".to_owned()),
        ("a web page", "<!doctype html><title>登录</title>".to_owned()),
        ("deep nesting", deep),
        ("deep nesting in a field", deep_inside),
        ("deep nesting in an unknown field", deep_and_unknown),
        ("an unknown field", with("\"retroactive\": false,", "\"retroactive\": false,\n  \"more\": 1,")),
        ("an unknown field of a notice", with("\"number\": null,", "\"number\": null,\n          \"more\": 1,")),
        ("a field twice", with("\"retroactive\": false,", "\"retroactive\": false,\n  \"retroactive\": false,")),
        ("a missing field", with("  \"retroactive\": false,\n", "")),
        ("a negative serial", with("2026112401", "-1")),
        ("a serial of 33 bits", with("2026112401", "4294967296")),
        ("a serial with a fraction", with("2026112401", "2026112401.0")),
        ("a serial as text", with("2026112401", "\"2026112401\"")),
        ("an unknown status", with("\"absent\"", "\"expected\"")),
        ("something after it", format!("{EMBEDDED}{{}}")),
        ("a surrogate alone", with("元旦", "\\ud800")),
        ("a control character", with("元旦", "元\u{1}旦")),
    ] {
        assert!(matches!(refusal(&text), PackError::Malformed { .. }), "{what}: {:?}", refusal(&text));
        assert_eq!(refusal(&text).word(), "malformed");
    }
    let mut bytes = EMBEDDED.as_bytes().to_vec();
    let at = EMBEDDED.find('元').unwrap();
    bytes[at + 1] = 0xff;
    assert!(matches!(CalendarPack::parse(&bytes), Err(PackError::Malformed { .. })));
}

#[test]
fn a_pack_that_is_cut_off_anywhere_is_refused() {
    for length in (0..EMBEDDED.len()).step_by(97).chain(EMBEDDED.len() - 40..EMBEDDED.len()) {
        let refusal = CalendarPack::parse(&EMBEDDED.as_bytes()[..length]).unwrap_err();
        // Only the line feed at the end can be missing without the text falling apart.
        let expected_whole = length == EMBEDDED.len() - 1;
        assert_eq!(refusal == PackError::NotCanonical, expected_whole, "{length}: {refusal:?}");
        assert_eq!(refusal.word(), "malformed", "{length}");
    }
}

#[test]
fn another_format_is_named_as_such_whatever_else_it_holds() {
    assert_eq!(refusal(&with("calendar/1", "calendar/2")), PackError::UnknownFormat);
    assert_eq!(refusal("{\"format\": \"review-desk-calendar/2\", \"days\": [[1, {}], 2]}"), PackError::UnknownFormat);
    assert_eq!(refusal("{\"format\": \"\"}"), PackError::UnknownFormat);
    // Of this format, so not of another one.
    assert!(matches!(refusal("{\"format\": \"review-desk-calendar/1\"}"), PackError::Malformed { .. }));
}

#[test]
fn a_text_that_is_no_date_is_named() {
    let not_a_date = |text: &str| PackError::NotADate { text: text.to_owned() };
    assert_eq!(refusal(&with("2026-01-01", "2026-02-30")), not_a_date("2026-02-30"));
    assert_eq!(refusal(&with("2026-01-04", "2026-1-4")), not_a_date("2026-1-4"));
    assert_eq!(refusal(&with("2015-12-10", "")), not_a_date(""));
    assert_eq!(refusal(&with("2026-11-24T00:00:00Z", "2026-11-24")), not_a_date("2026-11-24"));
    assert_eq!(refusal(&with("2026-11-24T00:00:00Z", "2026-11-24T24:00:00Z")), not_a_date("2026-11-24T24:00:00Z"));
    let long = "日".repeat(5000);
    assert_eq!(refusal(&with("2026-01-01", &long)), not_a_date(&"日".repeat(32)));
}

#[test]
fn too_many_bytes_are_refused_before_they_are_read() {
    // Valid JSON as far as it goes: were it read first, it would be malformed or not canonical.
    let spaces = |bytes: usize| " ".repeat(bytes - EMBEDDED.len()) + EMBEDDED;
    assert_eq!(refusal(&spaces(MAX_PACK_BYTES)), PackError::NotCanonical);
    assert_eq!(refusal(&spaces(MAX_PACK_BYTES + 1)), PackError::TooLarge);
    assert_eq!(CalendarPack::parse(&vec![b'['; 100 * 1024 * 1024]), Err(PackError::TooLarge));
    assert_eq!(CalendarPack::read_form(&vec![b'['; MAX_PACK_BYTES + 1]), Err(PackError::TooLarge));
}

#[test]
fn every_refusal_says_a_word_and_a_sentence() {
    for error in [
        PackError::TooLarge,
        PackError::NotCanonical,
        PackError::NotADate { text: "x".to_owned() },
        PackError::Empty,
        PackError::WorkingDays { year: 2026, count: 243 },
        PackError::PastChanged { day: super::day("2026-01-01") },
        PackError::UnknownRegion { code: "xj".to_owned() },
    ] {
        assert!(error.word().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{error:?}");
        assert!(error.to_string().len() > 10, "{error:?}");
    }
    assert_eq!(
        PackError::WorkingDays { year: 2026, count: 243 }.to_string(),
        "2026 would have 243 working days; 244 to 254 are plausible"
    );
}
