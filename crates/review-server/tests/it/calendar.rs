//! Calendar packs on a server that runs: who may put one in force, what stays when it is refused, and how everybody learns of it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::Duration;
use contract::calendar::CalendarAnswer;
use contract::paths;
use contract::server_info::ServerInfo;
use review_server::calendar::{self, CalendarError, KeySlot};
use review_server::{AppState, Config, Data};
use working_days::{CalendarPack, PackError, SignedPack, TrustedKeys, trusted_comment};

use crate::notices::{Signer, pack_of, with_pack_of};
use crate::office::{Answer, Office, at};

/// A server in March 2019, before the notice that changes 劳动节, with one case that it will move.
async fn before_the_notice() -> Office {
    let office = Office::open_with(with_pack_of("2019-03-21"));
    office.clock.set(at("2019-04-22T10:00:00+08:00"));
    let case = office.new_case("a-1").await;
    assert_eq!(case.deadline.first_due_date.as_deref(), Some("2019-05-02"));
    office
}

async fn asked(office: &Office, known: Option<&str>) -> Answer {
    let request = Request::get(paths::CALENDAR);
    let request = match known {
        Some(tag) => request.header(header::IF_NONE_MATCH, tag),
        None => request,
    };
    office.send(request.body(Body::empty()).unwrap()).await
}

async fn told_keys(office: &Office) -> Vec<String> {
    office.get(paths::SERVER, None).await.json::<ServerInfo>().calendar_keys
}

/// Another process on the same data, as the operator's program is one.
fn beside(office: &Office, pack: CalendarPack) -> AppState {
    let mut config = Config::new(Data::Folder(office.folder.path().to_owned()));
    config.clock = Arc::clone(&office.clock) as _;
    config.embedded_pack = Arc::new(pack);
    AppState::open(config).unwrap()
}

#[tokio::test]
async fn whatever_cannot_be_trusted_is_refused_and_the_old_pack_stays() {
    let office = before_the_notice().await;
    let (old, new) = (pack_of("2019-03-21"), pack_of("2019-03-22"));
    let stranger = Signer::new();
    let refused = |signed: &SignedPack| {
        let error = calendar::activate(&office.state, signed, "zhang", None).unwrap_err();
        let previewed = calendar::preview(&office.state, signed).unwrap_err();
        assert_eq!(error.to_string(), previewed.to_string());
        error
    };
    assert!(matches!(refused(&stranger.sign(&new)), CalendarError::NoKey));

    let signer = Signer::trusted_by(&office);
    let good = signer.sign(&new);
    let pack_error = |signed: &SignedPack| match refused(signed) {
        CalendarError::Pack(error) => error,
        error => panic!("{error}"),
    };
    assert_eq!(pack_error(&stranger.sign(&new)), PackError::UnknownKey);
    assert_eq!(pack_error(&SignedPack { signature: None, ..good.clone() }), PackError::Unsigned);
    let tampered = SignedPack { pack: good.pack.replacen("2019-05-02", "2019-05-03", 1), ..good.clone() };
    assert_eq!(pack_error(&tampered), PackError::WrongSignature);
    let truncated = SignedPack { pack: good.pack[..good.pack.len() / 2].to_owned(), ..good.clone() };
    assert_eq!(pack_error(&truncated), PackError::WrongSignature);
    let borrowed = signer.sign_text(good.pack.clone(), &trusted_comment(&old));
    assert_eq!(pack_error(&borrowed), PackError::SerialNotSigned);
    let half = signer.sign_text(good.pack[..good.pack.len() / 2].to_owned(), &trusted_comment(&new));
    assert!(matches!(pack_error(&half), PackError::Malformed { .. }));
    let mut rolled_back = new.clone();
    rolled_back.serial = old.serial;
    assert!(matches!(pack_error(&signer.sign(&rolled_back)), PackError::SerialNotHigher { .. }));
    let mut shrunken = new.clone();
    shrunken.years[3].notices.truncate(1);
    shrunken.years[3].notices[0].off.pop();
    let refusal = pack_error(&signer.sign(&shrunken));
    assert!(matches!(refusal, PackError::WorkingDays { year: 2019, .. }), "{refusal}");
    let mut past = new.clone();
    past.issued_at = at("2019-06-01T00:00:00+08:00");
    assert!(matches!(pack_error(&signer.sign(&past)), PackError::PastChanged { .. }));

    assert_eq!(calendar::in_force(&office.state).unwrap().pack(), &old);
    assert_eq!(office.count("SELECT count(*) FROM calendar_packs"), 0);
    assert_eq!(office.count("SELECT count(*) FROM deadlines"), 1);
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what LIKE 'calendar_activated'"), 0);

    calendar::activate(&office.state, &good, "zhang", None).unwrap();
    assert!(matches!(pack_error(&good), PackError::SerialNotHigher { .. }), "not twice either");
    assert_eq!(calendar::in_force(&office.state).unwrap().pack(), &new);
}

#[tokio::test]
async fn an_activation_beside_the_running_server_is_seen_by_the_next_request() {
    let office = before_the_notice().await;
    let first = asked(&office, None).await;
    let operator = beside(&office, pack_of("2019-03-21"));
    let signer = Signer::trusted_by(&office);
    calendar::activate(&operator, &signer.sign(&pack_of("2019-03-22")), "zhang", None).unwrap();

    let case = office.new_case("a-2").await;
    assert_eq!(
        (case.deadline.pack_serial, case.deadline.first_due_date.as_deref()),
        (2_019_032_201, Some("2019-04-30"))
    );
    let desk = office.sign_in("wang").await;
    let rows = office.rows(&desk).await;
    assert!(rows.iter().all(|row| row.deadline.pack_serial == 2_019_032_201));
    // The next working day after Saturday 27 April is Sunday 28 April now.
    office.clock.set(at("2019-04-27T10:00:00+08:00"));
    let lease = office.lease(&office.sign_in("wang").await, case.case_id).await;
    assert_eq!(lease.expires_at_ms, at("2019-04-29T00:00:00+08:00").timestamp_millis());
    assert_ne!(asked(&office, None).await.header("etag"), first.header("etag"));
    assert_eq!(told_keys(&office).await, [signer.key().text()]);
}

#[tokio::test]
async fn the_pack_in_force_is_served_to_anybody_with_its_hash_as_tag() {
    let office = before_the_notice().await;
    let own = asked(&office, None).await;
    let answer: CalendarAnswer = own.json();
    assert_eq!((answer.pack.as_bytes(), answer.signature), (&pack_of("2019-03-21").canonical_bytes()[..], None));
    assert_eq!(own.header("etag"), format!("\"{}\"", pack_of("2019-03-21").id().sha256_hex()));
    assert_eq!((own.header("cache-control"), own.header("content-type")), ("no-cache", "application/json"));

    let signer = Signer::trusted_by(&office);
    let signed = signer.sign(&pack_of("2019-03-22"));
    calendar::activate(&office.state, &signed, "zhang", None).unwrap();
    let activated = asked(&office, Some(own.header("etag"))).await;
    assert_eq!(activated.status, StatusCode::OK);
    // The body is a pack file, and a desktop that trusts the key takes it.
    let file = SignedPack::parse(&activated.body).unwrap();
    assert_eq!(file, signed);
    let keys = TrustedKeys { slots: [None, Some(signer.key())] };
    assert_eq!(file.verify(&keys).unwrap(), pack_of("2019-03-22"));

    let tag = activated.header("etag");
    for known in [tag.to_owned(), format!("W/{tag}"), format!("{}, {tag}", own.header("etag")), "*".to_owned()] {
        let answer = asked(&office, Some(&known)).await;
        assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag));
        assert_eq!(answer.header("cache-control"), "no-cache");
    }
}

#[tokio::test]
async fn keys_are_replaced_one_slot_after_the_other() {
    let office = Office::open();
    let (old, new) = (Signer::new(), Signer::new());
    let trust = |slot, signer: &Signer, force| calendar::trust(&office.state, slot, &signer.key(), force);
    trust(KeySlot::One, &old, false).unwrap();
    assert!(matches!(trust(KeySlot::One, &new, false), Err(CalendarError::TrustBroken)));
    assert!(matches!(calendar::distrust(&office.state, KeySlot::One, false), Err(CalendarError::TrustBroken)));
    assert!(matches!(trust(KeySlot::Two, &old, false), Err(CalendarError::KeyTwice)));
    assert_eq!(told_keys(&office).await, [old.key().text()]);
    trust(KeySlot::Two, &new, false).unwrap();
    assert_eq!(told_keys(&office).await, [old.key().text(), new.key().text()]);
    calendar::distrust(&office.state, KeySlot::One, false).unwrap();
    assert_eq!(told_keys(&office).await, [new.key().text()]);
    // What is there already is no change; what must be, can be forced.
    trust(KeySlot::Two, &new, false).unwrap();
    trust(KeySlot::Two, &old, true).unwrap();
    assert_eq!(told_keys(&office).await, [old.key().text()]);
    let history = office.audited("calendar_key_changed");
    assert_eq!(history.len(), 4);
    assert_eq!(history[2]["before"], old.key().text());
}

#[tokio::test]
async fn a_pack_signed_by_a_key_that_was_removed_stays_in_force() {
    let office = before_the_notice().await;
    let (old, new) = (Signer::trusted_by(&office), Signer::new());
    calendar::activate(&office.state, &old.sign(&pack_of("2019-03-22")), "zhang", None).unwrap();
    calendar::trust(&office.state, KeySlot::Two, &new.key(), false).unwrap();
    calendar::distrust(&office.state, KeySlot::One, false).unwrap();
    let office = restarted(office, pack_of("2019-03-21"));
    assert_eq!(office.new_case("a-2").await.deadline.pack_serial, 2_019_032_201);
}

/// The server again, built with another pack.
pub(crate) fn restarted(office: Office, pack: CalendarPack) -> Office {
    let mut config = Config::new(Data::Folder(office.folder.path().to_owned()));
    config.clock = Arc::clone(&office.clock) as _;
    config.portal_credential = Some(crate::office::PORTAL.to_owned());
    config.embedded_pack = Arc::new(pack);
    let state = AppState::open(config).unwrap();
    Office { app: review_server::app(state.clone()), state, ..office }
}

#[tokio::test]
async fn a_program_built_with_a_newer_pack_computes_the_open_cases_at_its_start() {
    let office = before_the_notice().await;
    let signer = Signer::trusted_by(&office);
    calendar::activate(&office.state, &signer.sign(&pack_of("2019-03-22")), "zhang", None).unwrap();
    let moves = office.count("SELECT count(*) FROM audit WHERE what = 'deadline_moved'");
    assert_eq!(moves, 1);

    let office = restarted(office, pack_of("2019-03-21"));
    assert_eq!(calendar::catch_up(&office.state).unwrap(), None, "an older program changes nothing");

    // One that knows 2020, too: the case does not move, but its record says by which pack it holds now.
    let newer = pack_of("2019-11-21");
    let office = restarted(office, newer.clone());
    let effect = calendar::catch_up(&office.state).unwrap().unwrap();
    assert_eq!((effect.computed, effect.moved), (1, 0));
    assert_eq!(calendar::catch_up(&office.state).unwrap(), None);
    assert_eq!(calendar::in_force(&office.state).unwrap().pack(), &newer);
    assert_eq!(
        office.count("SELECT count(*) FROM deadlines WHERE pack_serial = 2019112101 AND computed_by = 'program'"),
        1
    );
    assert!(matches!(
        calendar::activate(&office.state, &signer.sign(&pack_of("2019-03-23")), "zhang", None),
        Err(CalendarError::Pack(PackError::SerialNotHigher { current: 2_019_112_101, .. }))
    ));
}

#[tokio::test]
async fn cases_of_every_open_state_are_computed_and_void_and_concluded_ones_are_not() {
    let office = before_the_notice().await;
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let second = office.new_case("second").await.case_id;
    office.decide(&wang, second, "escalate", &["portrait_in_doubt"]).await;
    let supervisor = office.new_case("supervisor").await.case_id;
    office.decide(&wang, supervisor, "escalate", &["portrait_in_doubt"]).await;
    office.decide(&li, supervisor, "approve", &[]).await;
    let technical = office.new_case("technical").await.case_id;
    let fence = office.lease(&wang, technical).await.fence;
    let report = serde_json::json!({ "fence": fence });
    office.post(&paths::technical(casework::CaseId(technical)), Some(&wang.token), &report).await;
    let void = office.new_case("void").await.case_id;
    let reason = serde_json::json!({ "reason": "file lost" });
    office.post(&paths::void(casework::CaseId(void)), Some(&zhao.token), &reason).await;
    let concluded = office.new_case("concluded").await.case_id;
    office.decide(&wang, concluded, "approve", &[]).await;
    let states = office.count("SELECT count(DISTINCT state) FROM cases");
    assert_eq!(states, 6, "one case in each state");

    let signer = Signer::trusted_by(&office);
    let effect = calendar::activate(&office.state, &signer.sign(&pack_of("2019-03-22")), "zhang", None).unwrap();
    assert_eq!((effect.computed, effect.moved, effect.earlier), (4, 4, 4));
    for case in [void, concluded] {
        assert_eq!(office.count(&format!("SELECT count(*) FROM deadlines WHERE case_id = '{case}'")), 1);
    }
}

#[tokio::test]
async fn a_provisional_deadline_becomes_final_without_moving_and_is_told() {
    let office = Office::open_with(with_pack_of("2019-11-20"));
    office.clock.set(at("2019-12-24T10:00:00+08:00"));
    let case = office.new_case("a-1").await;
    assert!(matches!(case.deadline.outcome, contract::case::DeadlineOutcome::Provisional { .. }));
    let desk = office.sign_in("wang").await;
    let cursor = office.changes(&desk, 0).await.cursor;
    office.clock.advance(Duration::minutes(1));
    let signer = Signer::trusted_by(&office);
    let effect = calendar::activate(&office.state, &signer.sign(&pack_of("2019-11-21")), "zhang", None).unwrap();
    assert_eq!((effect.computed, effect.moved), (1, 0));
    let told = office.changes(&desk, cursor).await;
    assert_eq!(told.changes.len(), 1, "the mark of the provisional goes");
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'deadline_moved'"), 0);
}
