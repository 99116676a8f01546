//! Notice files: what an operator types becomes the notice, and slips are named with their line.

use review_server::calendar::{BuildError, Building, NoticeFile};
use working_days::{CalendarPack, PackError};

use crate::notices::{day, pack_of};
use crate::office::at;

/// The notice for 2026 as it stands in docs/calendar.md, which is tried here.
fn documented() -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/calendar.md")).unwrap();
    let (_, rest) = text.split_once("```toml\nyear = 2026").unwrap();
    format!("year = 2026{}", rest.split_once("```").unwrap().0)
}

fn built(base: &CalendarPack, files: &[NoticeFile], issued_at: &str) -> Result<CalendarPack, BuildError> {
    Building { base, files, serial: None, issued_at: at(issued_at), is_retroactive: false }.pack()
}

#[test]
fn the_documented_notice_is_the_one_that_the_program_was_built_with() {
    let base = pack_of("2025-11-03");
    assert_eq!(base.official_years(), Some((2016, 2025)));
    let file = NoticeFile::parse(&documented()).unwrap();
    let pack = built(&base, &[file], "2025-11-04T18:00:00+08:00").unwrap();
    assert_eq!((pack.serial, pack.official_years()), (2_025_110_401, Some((2016, 2026))));
    let (typed, embedded) = (&pack.years[10].notices[0], &CalendarPack::embedded().years[10].notices[0]);
    assert_eq!((&typed.off, &typed.make_up), (&embedded.off, &embedded.make_up));
    assert_eq!(typed.notice.issued, embedded.notice.issued);
    // The year after stands there as missing.
    assert!(pack.years.last().is_some_and(|year| year.year == 2027 && !year.is_official()));
    assert_eq!(CalendarPack::parse(&pack.canonical_bytes()).unwrap(), pack);
}

#[test]
fn a_notice_typed_again_takes_its_own_place_and_another_one_is_added() {
    let mut file = NoticeFile::parse(&documented()).unwrap();
    let embedded = CalendarPack::embedded();
    let notice = &mut file.notice.as_mut().unwrap().notice;
    notice.number = Some("国办发明电〔2025〕7号".to_owned());
    let pack = built(embedded, std::slice::from_ref(&file), "2026-11-24T12:00:00+08:00").unwrap();
    assert_eq!(pack.years[10].notices.len(), 1);
    assert_eq!(pack.years[10].notices[0].notice.number.as_deref(), Some("国办发明电〔2025〕7号"));
    assert_eq!(pack.serial, embedded.serial + 1, "the day's first serial is taken by the base");
    let added =
        NoticeFile::parse("year = 2026\nissued = 2026-12-01\noff = [{ holiday = \"元旦\", from = 2026-12-31 }]\n")
            .unwrap();
    let pack = built(embedded, &[added], "2026-12-01T12:00:00+08:00").unwrap();
    assert_eq!((pack.years[10].notices.len(), pack.serial), (2, 2_026_120_101));
    // A file that says what is known already makes no pack.
    let known = NoticeFile { notice: Some(embedded.years[10].notices[0].clone()), regions: Vec::new() };
    assert!(matches!(built(embedded, &[known], "2026-11-24T12:00:00+08:00"), Err(BuildError::NothingNew)));
}

#[test]
fn a_region_is_given_whole_and_replaces_the_one_of_its_code() {
    let text = |name: &str, until: &str| {
        format!(
            "[[region]]\ncode = \"xj\"\nname = \"{name}\"\n[[region.off]]\nholiday = \"古尔邦节\"\nsource = \"自治区\"\nfrom = 2026-12-01\nuntil = {until}\n"
        )
    };
    let first = NoticeFile::parse(&text("新疆", "2026-12-03")).unwrap();
    assert!(first.notice.is_none());
    let pack = built(CalendarPack::embedded(), &[first], "2026-11-25T12:00:00+08:00").unwrap();
    assert_eq!(pack.region("xj").unwrap().off.len(), 3);
    let second = NoticeFile::parse(&text("新疆维吾尔自治区", "2026-12-02")).unwrap();
    let pack = built(&pack, &[second], "2026-11-26T12:00:00+08:00").unwrap();
    let region = pack.region("xj").unwrap();
    assert_eq!((region.name.as_str(), region.off.len()), ("新疆维吾尔自治区", 2));
}

#[test]
fn slips_are_named_with_their_line() {
    let whole = documented();
    let wrong = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        let text = whole.replacen(from, to, 1);
        let line = text.lines().zip(whole.lines()).position(|(one, other)| one != other).unwrap() + 1;
        let error = NoticeFile::parse(&text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        error.what
    };
    assert_eq!(wrong("weekday = \"周日\"", "weekday = \"周六\""), "2026-01-04 is 周日, not 周六");
    assert_eq!(wrong("from_weekday = \"周四\"", "from_weekday = \"Thursday\""), "Thursday is no weekday such as 周六");
    assert_eq!(wrong("total = 3", "total = 4"), "these are 3 days, not 4");
    assert!(wrong("until = 2026-02-23", "until = 2026-12-23").contains("no span of 1 to 31 days"));
    assert!(wrong("until = 2026-02-23", "until = 2026-02-03").contains("no span of 1 to 31 days"));
    // The weekday that the notice quotes catches a wrong date.
    let error = NoticeFile::parse(&whole.replacen("date = 2026-02-14", "date = 2026-02-13", 1)).unwrap_err();
    assert_eq!(error.what, "2026-02-13 is 周五, not 周六");
    assert!(wrong("total = 3", "totl = 3").contains("unknown field"));
    assert!(wrong("until = 2026-02-23", "until = 2026-02-30").to_lowercase().contains("date"));
    assert!(wrong("issued = 2025-11-04", "issued = 2025-11-04T08:00:00Z").contains("is no date such as"));
    assert!(wrong("issued = 2025-11-04", "issued = \"2025-11-04\"").contains("invalid type"));
    for (text, what) in [
        ("", "neither a notice nor a region"),
        ("year = 2027\n", "needs `year` and `issued`"),
        ("[[off]]\nholiday = \"元旦\"\nfrom = 2027-01-01\n", "needs `year` and `issued`"),
        ("year = 2027\nissued = 2026-11-25\n[[off]]\nholiday = \"元旦\"\n", "either `from`"),
        ("year = 2027\nissued = 2026-11-25\n[[make_up]]\nfor = \"元旦\"\ndate = 2027-01-04\n", "is a 周一"),
        ("year = \n", ""),
        ("issued = 2026-11-25\nyear = 99999\n", "99999 is no year from 2014 to 2100"),
        ("issued = 2026-11-25\nyear = -2147483648\n", "is no year"),
        ("issued = 2026-11-25\nyear = 2147483647\n", "is no year"),
        ("issued = 2026-11-25\nyear = 2013\n", "is no year"),
    ] {
        let error = NoticeFile::parse(text).unwrap_err();
        assert!(error.what.contains(what), "{text}: {error}");
        assert!(!what.contains("is no year") || error.line == 2, "{text}: {error}");
    }
}

#[test]
fn what_no_pack_may_say_is_not_built() {
    let notice = |text: &str| NoticeFile::parse(text).unwrap();
    let pack_error = |text: &str, issued_at: &str| match built(CalendarPack::embedded(), &[notice(text)], issued_at) {
        Err(BuildError::Pack(error)) => error,
        other => panic!("{other:?}"),
    };
    // A year with one holiday only.
    let thin = "year = 2027\nissued = 2026-11-25\n[[off]]\nholiday = \"元旦\"\nfrom = 2027-01-01\n";
    assert!(matches!(pack_error(thin, "2026-11-25T12:00:00+08:00"), PackError::WorkingDays { year: 2027, .. }));
    // A day of the past.
    let past = "year = 2026\nissued = 2026-11-25\n[[off]]\nholiday = \"元旦\"\nfrom = 2026-11-09\n";
    let refusal = pack_error(past, "2026-11-25T12:00:00+08:00");
    assert_eq!(refusal, PackError::PastChanged { day: day("2026-11-09") });
    // A year that does not follow.
    let far = "year = 2030\nissued = 2026-11-25\n[[off]]\nholiday = \"元旦\"\nfrom = 2030-01-01\n";
    assert!(matches!(pack_error(far, "2026-11-25T12:00:00+08:00"), PackError::YearOutOfOrder { .. }));
    // A region whose code nobody could type.
    let code = "[[region]]\ncode = \"新疆\"\nname = \"新疆\"\n";
    assert_eq!(pack_error(code, "2026-11-25T12:00:00+08:00"), PackError::BadName);
}
