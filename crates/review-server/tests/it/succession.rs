//! Which pack counts where the program and the operator both have one, where another rule or policy held before, and where something
//! happened between a look and a change.

use std::sync::Arc;

use review_server::calendar::{self, CalendarError};
use review_server::{AppState, Config, Data};
use working_days::{CalendarPack, PackError, Policy, Region, RegionalDayOff};

use crate::calendar::restarted;
use crate::notices::{Signer, day, pack_of, with_pack_of};
use crate::office::{Office, at};

/// A server of 2020 on which an operator activated the pack with the extended 春节, and what else `set` adds to that pack.
async fn in_2020(set: impl FnOnce(&mut CalendarPack)) -> Office {
    let office = Office::open_with(with_pack_of("2019-11-21"));
    office.clock.set(at("2020-01-27T10:00:00+08:00"));
    let mut pack = pack_of("2020-01-26");
    set(&mut pack);
    let signer = Signer::trusted_by(&office);
    calendar::activate(&office.state, &signer.sign(&pack), "zhang", None).unwrap();
    office.new_case("a-1").await;
    office
}

/// A pack that a program of February would come with: `content` under a newer serial.
fn of_february(mut content: CalendarPack) -> CalendarPack {
    (content.serial, content.issued_at) = (2_020_020_101, at("2020-02-01T09:00:00+08:00"));
    content
}

fn region(days: &[&str]) -> Region {
    let off = days.iter().map(|date| RegionalDayOff {
        date: day(date),
        holiday: "古尔邦节".to_owned(),
        source: "自治区".to_owned(),
    });
    Region { code: "xj".to_owned(), name: "新疆".to_owned(), off: off.collect() }
}

#[tokio::test]
async fn a_programs_newer_pack_that_would_lose_a_notice_does_not_take_over() {
    let office = in_2020(|_| {}).await;
    let office = restarted(office, of_february(pack_of("2019-11-21")));
    assert_eq!(calendar::in_force(&office.state).unwrap().serial(), 2_020_012_601);
    assert_eq!(calendar::catch_up(&office.state).unwrap(), None);
    assert_eq!(office.new_case("a-2").await.deadline.pack_serial, 2_020_012_601);

    let office = restarted(office, of_february(pack_of("2020-01-26")));
    assert_eq!(calendar::in_force(&office.state).unwrap().serial(), 2_020_020_101);
    assert_eq!(calendar::catch_up(&office.state).unwrap().unwrap().computed, 2);
}

#[tokio::test]
async fn a_programs_newer_pack_with_fewer_days_in_a_region_does_not_take_over() {
    let activated = region(&["2020-07-31", "2020-08-03"]);
    let mut office = in_2020(|pack| pack.regions = vec![activated.clone()]).await;
    for (regions, serial) in [
        (vec![], 2_020_012_601),
        (vec![region(&["2020-07-31"])], 2_020_012_601),
        (vec![region(&["2020-07-31", "2020-08-03", "2020-08-04"])], 2_020_020_101),
    ] {
        let mut embedded = of_february(pack_of("2020-01-26"));
        embedded.regions = regions;
        office = restarted(office, embedded);
        assert_eq!(calendar::in_force(&office.state).unwrap().serial(), serial);
    }
}

#[tokio::test]
async fn an_activated_pack_that_a_rule_of_today_would_refuse_stays_in_force() {
    let office = Office::open_with(with_pack_of("2019-03-21"));
    office.clock.set(at("2019-04-22T10:00:00+08:00"));
    let mut pack = pack_of("2019-03-22");
    pack.serial = 2_019_041_001;
    assert!(matches!(pack.check(), Err(PackError::SerialAheadOfIssue { .. })));
    let text = String::from_utf8(pack.canonical_bytes()).unwrap();
    office
        .database()
        .execute(
            "INSERT INTO calendar_packs VALUES (2019041001, ?1, ?2, 'signed then', 0, 'zhang', 0, 0, 0, 0, 0)",
            [pack.id().sha256_hex(), text],
        )
        .unwrap();
    assert_eq!(office.new_case("a-1").await.deadline.pack_serial, 2_019_041_001);
}

#[tokio::test]
async fn nothing_is_put_in_force_that_was_shown_against_another_pack() {
    let office = Office::open_with(with_pack_of("2019-03-21"));
    office.clock.set(at("2020-01-27T10:00:00+08:00"));
    let signer = Signer::trusted_by(&office);
    let shown = calendar::in_force(&office.state).unwrap().serial();
    calendar::activate(&office.state, &signer.sign(&pack_of("2019-03-22")), "li", Some(shown)).unwrap();
    let next = signer.sign(&pack_of("2019-11-21"));
    let refused = calendar::activate(&office.state, &next, "zhang", Some(shown)).unwrap_err();
    assert!(
        matches!(refused, CalendarError::PackChanged { shown: 2_019_032_101, current: 2_019_032_201 }),
        "{refused}"
    );
    assert_eq!(calendar::in_force(&office.state).unwrap().serial(), 2_019_032_201);
    calendar::activate(&office.state, &next, "zhang", Some(2_019_032_201)).unwrap();
}

#[tokio::test]
async fn a_case_keeps_the_version_of_the_policy_that_it_was_promised_by() {
    let office = Office::open_with(with_pack_of("2019-03-21"));
    office.clock.set(at("2019-04-22T10:00:00+08:00"));
    office.new_case("a-1").await;
    let mut config = Config::new(Data::Folder(office.folder.path().to_owned()));
    config.clock = Arc::clone(&office.clock) as _;
    config.portal_credential = Some(crate::office::PORTAL.to_owned());
    config.embedded_pack = Arc::new(pack_of("2019-03-22"));
    config.policy = Policy { version: 2, working_days: 9, ..Policy::p0() };
    let state = AppState::open(config).unwrap();
    let office = Office { app: review_server::app(state.clone()), state, ..office };
    assert_eq!(calendar::catch_up(&office.state).unwrap().unwrap().moved, 1);
    let next = office.new_case("a-2").await.deadline;
    assert_eq!((next.policy_version, next.first_due_date.as_deref()), (2, Some("2019-05-06")));
    let desk = office.sign_in("wang").await;
    let rows = office.rows(&desk).await;
    let first = rows.iter().find(|row| row.deadline.policy_version == 1).unwrap();
    assert_eq!(first.deadline.outcome.due().unwrap().due_date, "2019-04-30");
}
