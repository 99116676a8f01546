//! Offices with days off of their own region.

use contract::case::DeadlineOutcome;
use contract::session::SessionAnswer;
use review_server::calendar::{self, CalendarError, ShownRegion};
use working_days::{CalendarPack, PackError, Region, RegionalDayOff};

use crate::notices::{Signer, day, pack_of, with_pack_of};
use crate::office::{Office, PASSWORD};

/// A pack of the morning of the tests' Tuesday, with three days off in Xinjiang within the seven days after it.
fn regional_pack(serial: u32) -> CalendarPack {
    let mut pack = pack_of("2026-03-10");
    pack.serial = serial;
    let off = ["2026-03-12", "2026-03-13", "2026-03-16"].map(|date| RegionalDayOff {
        date: day(date),
        holiday: "古尔邦节".to_owned(),
        source: "新疆维吾尔自治区人民政府".to_owned(),
    });
    pack.regions = vec![Region { code: "xj".to_owned(), name: "新疆".to_owned(), off: off.to_vec() }];
    pack
}

fn due(outcome: &DeadlineOutcome) -> &str {
    &outcome.due().unwrap().due_date
}

#[tokio::test]
async fn an_office_gets_the_days_off_of_its_region_and_its_open_cases_move() {
    let office = Office::open_with(with_pack_of("2026-03-01"));
    let (case, elsewhere) = (office.new_case("a-1").await, {
        let mut form = office.application("b-1");
        form.application.office_id = office.other_office;
        office.submit(&form).await
    });
    assert!(elsewhere.status.is_success());
    let unknown = calendar::set_region(&office.state, "海淀", Some("xj"), "zhang", None).unwrap_err();
    assert!(matches!(unknown, CalendarError::Pack(PackError::UnknownRegion { .. })), "{unknown}");
    let signer = Signer::trusted_by(&office);
    let effect = calendar::activate(&office.state, &signer.sign(&regional_pack(2_026_030_901)), "zhang", None).unwrap();
    assert_eq!((effect.computed, effect.moved), (2, 0), "a region that no office is in moves nothing");
    let desk = office.sign_in("wang").await;
    let cursor = office.changes(&desk, 0).await.cursor;

    let shown = calendar::region_shown(&office.state, "海淀").unwrap();
    let previewed = calendar::preview_region(&office.state, "海淀", Some("xj")).unwrap();
    let stale = ShownRegion { pack_serial: shown.pack_serial - 1, ..shown.clone() };
    let refused = calendar::set_region(&office.state, "海淀", Some("xj"), "zhang", Some(&stale)).unwrap_err();
    assert!(refused.to_string().starts_with("calendar pack 2026030901 is in force by now"), "{refused}");
    let effect = calendar::set_region(&office.state, "海淀", Some("xj"), "zhang", Some(&shown)).unwrap();
    assert_eq!(effect, previewed);
    assert_eq!((effect.computed, effect.moved, effect.later), (1, 1, 1));
    let rows = office.rows(&desk).await;
    let deadline = &rows[0].deadline;
    assert_eq!((rows[0].version, due(&deadline.outcome)), (1, "2026-03-24"));
    assert_eq!((deadline.region.as_deref(), deadline.reason.as_str()), (Some("xj"), "region"));
    assert_eq!(deadline.first_due_date.as_deref(), Some("2026-03-19"));
    assert_eq!(office.changes(&desk, cursor).await.changes.len(), 1);
    let next = office.new_case("a-2").await;
    assert_eq!((due(&next.deadline.outcome), next.deadline.region.as_deref()), ("2026-03-24", Some("xj")));
    // Whoever signs in is told.
    let session: SessionAnswer = office.try_sign_in("li", PASSWORD).await.json();
    assert_eq!(session.person.office_region.as_deref(), Some("xj"));
    let stranger: SessionAnswer = office.try_sign_in("chen", PASSWORD).await.json();
    assert_eq!(stranger.person.office_region, None);
    let audited = office.audited("office_region_set").remove(0);
    assert_eq!((&audited["region"], &audited["moved"], &audited["by"]), (&"xj".into(), &1.into(), &"zhang".into()));

    // Somebody else was shown the effect before that.
    let refused = calendar::set_region(&office.state, "海淀", None, "zhou", Some(&shown)).unwrap_err();
    assert!(matches!(refused, CalendarError::RegionChanged), "{refused}");
    let back = calendar::set_region(&office.state, "海淀", None, "zhang", None).unwrap();
    assert_eq!((back.computed, back.earlier), (2, 2));
    assert_eq!(due(&office.rows(&desk).await[0].deadline.outcome), "2026-03-19");
    assert_eq!(case.deadline.first_due_date.as_deref(), Some("2026-03-19"));
    assert!(matches!(
        calendar::set_region(&office.state, "没有", None, "zhang", None),
        Err(CalendarError::UnknownOffice)
    ));
}

#[tokio::test]
async fn no_pack_takes_a_region_away_from_an_office_that_is_in_it() {
    let office = Office::open_with(with_pack_of("2026-03-01"));
    let signer = Signer::trusted_by(&office);
    calendar::activate(&office.state, &signer.sign(&regional_pack(2_026_030_901)), "zhang", None).unwrap();
    calendar::set_region(&office.state, "海淀", Some("xj"), "zhang", None).unwrap();
    let mut without = regional_pack(2_026_030_902);
    without.regions.clear();
    let refused = calendar::activate(&office.state, &signer.sign(&without), "zhang", None).unwrap_err();
    assert!(
        matches!(&refused, CalendarError::RegionLost { office, code } if office == "海淀" && code == "xj"),
        "{refused}"
    );

    // Nor does a new program with a newer pack of its own.
    without.serial = 2_026_031_001;
    let mut config = review_server::Config::new(review_server::Data::Folder(office.folder.path().to_owned()));
    config.clock = std::sync::Arc::clone(&office.clock) as _;
    config.embedded_pack = std::sync::Arc::new(without.clone());
    let state = review_server::AppState::open(config).unwrap();
    assert_eq!(calendar::in_force(&state).unwrap().serial(), 2_026_030_901);
    assert_eq!(calendar::catch_up(&state).unwrap(), None);
    // The way out is a pack that is newer than both and has the region.
    let between = calendar::activate(&state, &signer.sign(&regional_pack(2_026_030_903)), "zhang", None).unwrap_err();
    assert!(matches!(between, CalendarError::Pack(PackError::SerialNotHigher { .. })), "{between}");
    calendar::activate(&state, &signer.sign(&regional_pack(2_026_031_002)), "zhang", None).unwrap();
    assert_eq!(calendar::in_force(&state).unwrap().serial(), 2_026_031_002);
}
