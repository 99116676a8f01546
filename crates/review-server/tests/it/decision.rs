//! The decision protocol: each refusal, the order in which they are told, repetition, and who concludes what.

use chrono::Duration;
use contract::decision::Receipt;
use contract::problem::{Problem, ProblemCode};
use review_server::LeaseTime;
use uuid::Uuid;

use crate::office::{Desk, Draft, Office};
use crate::session::join_all;

/// One way to spoil a decision.
type Spoil = Box<dyn FnOnce(&mut Draft)>;

async fn one_case() -> (Office, Desk, Draft) {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(5));
    let case = office.new_case("a-1").await.case_id;
    let wang = office.sign_in("wang").await;
    let lease = office.lease(&wang, case).await;
    let draft = office.draft(&wang, &lease, "approve", &[]);
    (office, wang, draft)
}

async fn refusal(office: &Office, desk: &Desk, draft: &Draft, spoil: impl FnOnce(&mut Draft)) -> Problem {
    let before = office.count("SELECT count(*) FROM opinions");
    let mut draft = draft.clone();
    spoil(&mut draft);
    let problem = office.deliver(desk, &draft).await.problem();
    assert_eq!(office.count("SELECT count(*) FROM opinions"), before, "a refusal left something");
    problem
}

#[tokio::test]
async fn an_accepted_decision_leaves_conclusion_history_notice_feed_and_a_receipt() {
    let (office, wang, mut draft) = one_case().await;
    draft.payload.opinion = "reject".to_owned();
    draft.payload.reasons = vec!["glare".to_owned(), "other".to_owned()];
    draft.payload.applicant_text = Some("请拍摄证件原件。".to_owned());
    draft.payload.internal_note = Some("canary-internal-note".to_owned());
    draft.payload.reviews_left_shown = Some(2);
    office.clock.advance(Duration::minutes(2));
    let sealed = office.seal(&draft);
    let receipt: Receipt = office.deliver_sealed(&wang, &draft, &sealed).await.json();
    assert_eq!(receipt.decision_id, draft.payload.decision_id);
    assert_eq!(receipt.payload_sha256, sealed.payload_sha256);
    assert_eq!((receipt.case_version, receipt.state.as_str()), (2, "concluded"));
    assert_eq!(receipt.outcome.as_deref(), Some("rejected"));
    assert_eq!(receipt.received_at_ms, office.now().timestamp_millis());

    let database = office.database();
    let text = |sql: &str| database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("SELECT account_id FROM conclusions"), wang.account.to_string());
    assert_eq!(text("SELECT reasons FROM opinions"), r#"["glare","other"]"#);
    assert_eq!(text("SELECT payload_sha256 FROM opinions"), receipt.payload_sha256);
    assert_eq!(
        text("SELECT from_state || '>' || to_state FROM case_events WHERE what = 'opinion'"),
        "pending>concluded"
    );
    let notice = text("SELECT body FROM notices");
    assert!(notice.contains("反光") && notice.contains("请拍摄证件原件。"), "{notice}");
    assert!(!notice.contains("canary"), "the internal note went out: {notice}");
    let flag: Option<String> =
        database.query_row("SELECT decided_at_flag FROM opinions", [], |row| row.get(0)).unwrap();
    assert_eq!(flag, None);
}

#[tokio::test]
async fn the_same_decision_gets_the_same_receipt_however_often_and_late() {
    let (office, wang, draft) = one_case().await;
    let first: Receipt = office.deliver(&wang, &draft).await.json();
    office.clock.advance(Duration::days(6));
    let wang = Desk { token: office.sign_in("wang").await.token, ..wang };
    for _ in 0..3 {
        // Sealed anew each time: other bytes, the same decision.
        let again: Receipt = office.deliver(&wang, &draft).await.json();
        assert_eq!(again, first);
    }
    // Also without the version, since the key is looked up first.
    let mut bare = draft.clone();
    bare.if_match = None;
    assert_eq!(office.deliver(&wang, &bare).await.json::<Receipt>(), first);
    for table in ["opinions", "conclusions", "notices", "decision_answers"] {
        assert_eq!(office.count(&format!("SELECT count(*) FROM {table}")), 1, "{table}");
    }
    let problem = refusal(&office, &wang, &draft, |draft| draft.payload.internal_note = Some("x".to_owned())).await;
    assert_eq!(problem.code, ProblemCode::DecisionIdReused);
}

#[tokio::test]
async fn a_decision_id_of_another_person_is_refused_without_a_word_about_it() {
    let (office, wang, draft) = one_case().await;
    let _: Receipt = office.deliver(&wang, &draft).await.json();
    let other = office.new_case("a-2").await.case_id;
    let li = office.sign_in("li").await;
    let lease = office.lease(&li, other).await;
    let mut stolen = office.draft(&li, &lease, "approve", &[]);
    let id = draft.payload.decision_id;
    stolen.payload.decision_id = id;
    stolen.header_decision = id;
    stolen.idempotency_key = Some(contract::headers::quoted(&id.to_string()));
    stolen.sealed_for = (id, other);
    let problem = office.deliver(&li, &stolen).await.problem();
    assert_eq!((problem.code, problem.standing), (ProblemCode::DecisionIdReused, None));
}

#[tokio::test]
async fn the_envelope_must_open_and_belong_to_its_header_case_and_author() {
    let (office, wang, draft) = one_case().await;
    let other = Uuid::now_v7();
    let fields: Vec<(&str, Spoil)> = vec![
        (
            "idempotency-key",
            Box::new(move |draft| draft.idempotency_key = Some(contract::headers::quoted(&other.to_string()))),
        ),
        ("envelope", Box::new(move |draft| draft.sealed_for.0 = other)),
        ("envelope", Box::new(move |draft| draft.sealed_for.1 = other)),
        ("decision_id", Box::new(move |draft| draft.payload.decision_id = other)),
        ("case_id", Box::new(move |draft| draft.payload.case_id = other)),
        ("author", Box::new(move |draft| draft.payload.author = other)),
        ("round", Box::new(|draft| draft.payload.round = 2)),
        ("case_version", Box::new(|draft| draft.payload.case_version = 2)),
    ];
    for (field, spoil) in fields {
        let problem = refusal(&office, &wang, &draft, spoil).await;
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadEnvelope, Some(field)));
    }
    for (field, spoil) in [
        ("key_id", (|sealed| sealed.key_id = "0000".to_owned()) as fn(&mut contract::decision::DecisionRequest)),
        ("payload_sha256", |sealed| sealed.payload_sha256 = "0".repeat(64)),
        ("payload_sha256", |sealed| sealed.payload_sha256 = "x".to_owned()),
        ("envelope", |sealed| sealed.envelope = "!!".to_owned()),
        ("envelope", |sealed| sealed.envelope = String::new()),
        ("envelope", |sealed| {
            sealed.envelope.replace_range(60..61, if &sealed.envelope[60..61] == "A" { "B" } else { "A" })
        }),
    ] {
        let mut sealed = office.seal(&draft);
        spoil(&mut sealed);
        let problem = office.deliver_sealed(&wang, &draft, &sealed).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadEnvelope, Some(field)));
    }
    let problem = refusal(&office, &wang, &draft, |draft| draft.idempotency_key = None).await;
    assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadRequest, Some("idempotency-key")));
    assert!(office.deliver(&wang, &draft).await.status.is_success());
}

#[tokio::test]
async fn an_opinion_must_keep_the_catalogues_rules() {
    let (office, wang, draft) = one_case().await;
    let reject = |reasons: &'static [&'static str]| {
        move |draft: &mut Draft| {
            draft.payload.opinion = "reject".to_owned();
            draft.payload.reasons = reasons.iter().map(|&code| code.to_owned()).collect();
            draft.payload.reviews_left_shown = Some(2);
        }
    };
    let bad: Vec<(&str, Spoil)> = vec![
        ("opinion", Box::new(|draft| draft.payload.opinion = "maybe".to_owned())),
        ("reasons", Box::new(|draft| draft.payload.reasons = vec!["blurred".to_owned()])),
        ("reasons", Box::new(reject(&[]))),
        ("reasons", Box::new(reject(&["made_up"]))),
        ("reasons", Box::new(reject(&["blurred", "blurred"]))),
        ("reasons", Box::new(reject(&["other"]))),
        ("reasons", Box::new(reject(&["suspected_tampering"]))),
        (
            "reviews_left_shown",
            Box::new(move |draft| {
                reject(&["blurred"])(draft);
                draft.payload.reviews_left_shown = None;
            }),
        ),
        ("reasons_version", Box::new(|draft| draft.payload.reasons_version = 2)),
        ("internal_note", Box::new(|draft| draft.payload.internal_note = Some("x".repeat(2001)))),
        ("internal_note", Box::new(|draft| draft.payload.internal_note = Some("\u{1b}[2J".to_owned()))),
        (
            "reasons",
            Box::new(|draft| {
                draft.payload.opinion = "escalate".to_owned();
                draft.payload.reasons = vec!["blurred".to_owned()];
            }),
        ),
    ];
    for (field, spoil) in bad {
        let problem = refusal(&office, &wang, &draft, spoil).await;
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadOpinion, Some(field)));
    }
}

/// Spoils a decision in every way at once, then mends one after the other: each time the next rule of the order is told.
#[tokio::test]
async fn an_earlier_check_wins_over_every_later_one() {
    let (office, wang, good) = one_case().await;
    let other_photo = "0".repeat(64);
    let mut draft = good.clone();
    draft.sealed_for.0 = Uuid::now_v7(); // 2 envelope
    draft.if_match = None; // 4 version required
    draft.payload.fence += 7; // 6 lease
    draft.payload.evidence = vec![other_photo]; // 7 photos
    draft.payload.case_version = 9; // 8 version
    draft.payload.opinion = "reject".to_owned();
    draft.payload.reasons = Vec::new(); // 10 opinion
    draft.payload.reviews_left_shown = Some(2);

    // 1: nobody, the wrong role, the wrong office.
    let nobody = Desk { token: "x".to_owned(), ..wang.clone() };
    assert_eq!(office.deliver(&nobody, &draft).await.code(), ProblemCode::SignInRequired);
    let sun = office.sign_in("sun").await;
    assert_eq!(office.deliver(&sun, &draft).await.code(), ProblemCode::RoleMayNot);
    let chen = office.sign_in("chen").await;
    assert_eq!(office.deliver(&chen, &draft).await.code(), ProblemCode::NotFound);
    // 2
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::BadEnvelope);
    draft.sealed_for.0 = draft.payload.decision_id;
    // 4, also when the case is concluded
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::VersionRequired);
    draft.if_match = Some("17".to_owned());
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::BadRequest);
    draft.if_match = Some("\"9\"".to_owned());
    // 6
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::LeaseLost);
    draft.payload.fence -= 7;
    // 7
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!(problem.code, ProblemCode::EvidenceChanged);
    assert_eq!(problem.standing.unwrap().version, 1);
    draft.payload.evidence = good.payload.evidence.clone();
    // 8
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!((problem.code, problem.standing.unwrap().version), (ProblemCode::VersionChanged, 1));
    draft.payload.case_version = 1;
    draft.if_match = Some("\"1\"".to_owned());
    // 10
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::BadOpinion);
    draft.payload.reasons = vec!["blurred".to_owned()];
    let receipt: Receipt = office.deliver(&wang, &draft).await.json();
    assert_eq!(receipt.outcome.as_deref(), Some("rejected"));

    // 3 before 4 and 5: the same id with another content.
    draft.payload.reasons = vec!["glare".to_owned()];
    draft.if_match = None;
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::DecisionIdReused);
    // 4 before 5, and 5 before 6, 7, 8, 10: a new decision on a concluded case with everything else wrong.
    let id = Uuid::now_v7();
    draft.payload.decision_id = id;
    draft.header_decision = id;
    draft.sealed_for.0 = id;
    draft.idempotency_key = Some(contract::headers::quoted(&id.to_string()));
    draft.payload.fence = 99;
    draft.payload.evidence = Vec::new();
    draft.payload.reasons = Vec::new();
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::VersionRequired);
    draft.if_match = Some("\"1\"".to_owned());
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!(problem.code, ProblemCode::AlreadyDecided);
    let standing = problem.standing.unwrap();
    assert_eq!(standing.decision_id, Some(good.payload.decision_id));
    assert_eq!(standing.by_name.as_deref(), Some("wang 老师"));
    assert_eq!((standing.outcome.as_deref(), standing.reasons), (Some("rejected"), vec!["blurred".to_owned()]));
    assert_eq!(standing.at_ms, Some(receipt.received_at_ms));
}

#[tokio::test]
async fn a_changed_consequence_comes_after_the_version_and_before_the_opinion() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let third = office.third_attempt(&wang, "a-1").await;
    let lease = office.lease(&wang, third).await;
    let mut draft = office.draft(&wang, &lease, "reject", &["made_up"]);
    draft.payload.reviews_left_shown = Some(3);
    draft.payload.case_version = 5;
    draft.if_match = Some("\"5\"".to_owned());
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::VersionChanged);
    draft.payload.case_version = 1;
    draft.if_match = Some("\"1\"".to_owned());
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!((problem.code, problem.standing.unwrap().state.as_str()), (ProblemCode::ConsequenceChanged, "pending"));
    draft.payload.reviews_left_shown = Some(0);
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::BadOpinion);
    draft.payload.reasons = vec!["blurred".to_owned()];
    assert!(office.deliver(&wang, &draft).await.status.is_success());
}

#[tokio::test]
async fn reviews_left_are_counted_in_the_period_of_the_rejection() {
    let office = Office::open();
    office.clock.set(crate::office::at("2026-08-31T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    let third = office.third_attempt(&wang, "a-1").await;
    office.clock.set(crate::office::at("2026-09-05T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    let lease = office.lease(&wang, third).await;
    let mut draft = office.draft(&wang, &lease, "reject", &["blurred"]);
    draft.payload.reviews_left_shown = Some(3);
    let receipt: Receipt = office.deliver(&wang, &draft).await.json();
    // Still the third attempt: a second person looks.
    assert_eq!(receipt.state, "second_opinion");
}

#[tokio::test]
async fn a_lapsed_lease_that_nobody_took_still_delivers_and_a_taken_one_does_not() {
    let (office, wang, draft) = one_case().await;
    let mut second = office.application("a-2");
    second.application.submitted_at_ms -= 1000;
    let other: contract::intake::IntakeAnswer = office.submit(&second).await.json();
    let lease = office.lease(&wang, other.case_id).await;
    let late = office.draft(&wang, &lease, "approve", &[]);
    let li = office.sign_in("li").await;
    office.clock.advance(Duration::minutes(10));
    office.lease(&li, other.case_id).await;
    let receipt: Receipt = office.deliver(&wang, &draft).await.json();
    assert_eq!(receipt.outcome.as_deref(), Some("approved"));
    let problem = office.deliver(&wang, &late).await.problem();
    assert_eq!(problem.code, ProblemCode::LeaseLost);
    let standing = problem.standing.unwrap();
    assert_eq!((standing.state.as_str(), standing.by_name.as_deref()), ("pending", Some("li 老师")));
    // The other's lease and decision stand, whatever the first one tries.
    let problem = refusal(&office, &wang, &late, |draft| draft.payload.fence += 1).await;
    assert_eq!(problem.code, ProblemCode::LeaseLost);
    office.decide(&li, other.case_id, "reject", &["copy"]).await;
    let problem = office.deliver(&wang, &late).await.problem();
    assert_eq!(problem.code, ProblemCode::AlreadyDecided);
    assert_eq!(problem.standing.unwrap().by_name.as_deref(), Some("li 老师"));
}

#[tokio::test]
async fn a_third_rejection_needs_a_second_person_who_agrees() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.third_attempt(&wang, "a-1").await;
    let lease = office.lease(&wang, case).await;
    let first: Receipt = office.deliver(&wang, &office.draft(&wang, &lease, "reject", &["blurred"])).await.json();
    assert_eq!((first.state.as_str(), first.outcome), ("second_opinion", None));
    assert_eq!(office.count("SELECT count(*) FROM notices"), 2);

    // The same person never seconds it, not even with a fresh version and fence.
    let mut own = office.draft(&wang, &lease, "reject", &["blurred"]);
    own.payload.case_version = 2;
    own.if_match = Some("\"2\"".to_owned());
    own.payload.fence += 1;
    assert_eq!(office.deliver(&wang, &own).await.code(), ProblemCode::OwnFirstOpinion);

    let second = office.decide(&li, case, "reject", &["cropped"]).await;
    assert_eq!((second.state.as_str(), second.outcome.as_deref()), ("concluded", Some("rejected")));
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 3);
    assert_eq!(office.count("SELECT count(*) FROM opinions"), 4);
    assert_eq!(office.submit(&office.application("a-1")).await.code(), ProblemCode::NoReviewsLeft);
}

#[tokio::test]
async fn two_opinions_that_differ_are_settled_by_the_supervisor() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let first = office.decide(&wang, case, "escalate", &["suspected_tampering"]).await;
    assert_eq!(first.state, "second_opinion");
    let second = office.decide(&li, case, "approve", &[]).await;
    assert_eq!((second.state.as_str(), second.outcome), ("supervisor_decides", None));
    let last = office.decide(&zhao, case, "approve", &[]).await;
    assert_eq!((last.state.as_str(), last.outcome.as_deref()), ("concluded", Some("approved")));
    let states: String = office
        .database()
        .query_row("SELECT group_concat(to_state, ' ') FROM case_events ORDER BY version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(states, "pending second_opinion supervisor_decides concluded");
}

#[tokio::test]
async fn who_was_overtaken_by_a_first_opinion_is_told_that_the_lease_is_lost_and_not_by_whom() {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(5));
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.third_attempt(&wang, "a-1").await;
    let lease = office.lease(&li, case).await;
    let late = office.draft(&li, &lease, "approve", &[]);
    office.clock.advance(Duration::minutes(6));
    office.decide(&wang, case, "reject", &["blurred"]).await;
    let problem = office.deliver(&li, &late).await.problem();
    assert_eq!(problem.code, ProblemCode::LeaseLost);
    let standing = problem.standing.unwrap();
    assert_eq!((standing.state.as_str(), standing.version, standing.by_name), ("second_opinion", 2, None));
    assert!(standing.reasons.is_empty());
}

#[tokio::test]
async fn a_decision_on_a_case_that_went_elsewhere_is_told_where_it_is() {
    let (office, wang, draft) = one_case().await;
    let zhao = office.sign_in("zhao").await;
    let case = draft.path_case;
    let fence = serde_json::json!({ "fence": draft.payload.fence });
    office.post(&format!("/v1/cases/{case}/technical"), Some(&wang.token), &fence).await;
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!((problem.code, problem.standing.unwrap().state.as_str()), (ProblemCode::StateChanged, "technical"));
    // Repaired, it is a new version that has to be leased again.
    office.post_empty(&format!("/v1/cases/{case}/repaired"), Some(&zhao.token)).await;
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::LeaseLost);
    office
        .post(&format!("/v1/cases/{case}/void"), Some(&zhao.token), &serde_json::json!({ "reason": "照片丢失" }))
        .await;
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!((problem.code, problem.standing.unwrap().state.as_str()), (ProblemCode::AlreadyDecided, "void"));
}

#[tokio::test]
async fn a_reviewer_who_comes_late_to_a_supervisors_case_is_told_the_state() {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(5));
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    office.decide(&wang, case, "escalate", &["portrait_in_doubt"]).await;
    let lease = office.lease(&li, case).await;
    let late = office.draft(&li, &lease, "approve", &[]);
    office.clock.advance(Duration::minutes(6));
    office.decide(&zhao, case, "approve", &[]).await;
    let problem = office.deliver(&li, &late).await.problem();
    assert_eq!(
        (problem.code, problem.standing.unwrap().state.as_str()),
        (ProblemCode::StateChanged, "supervisor_decides")
    );
}

#[tokio::test]
async fn claims_of_time_that_cannot_be_true_are_kept_with_a_flag() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let flag_of = async |applicant: &str, shift: Duration| {
        let case = office.new_case(applicant).await.case_id;
        let lease = office.lease(&wang, case).await;
        let mut draft = office.draft(&wang, &lease, "approve", &[]);
        draft.payload.decided_at_ms += shift.num_milliseconds();
        assert!(office.deliver(&wang, &draft).await.status.is_success());
        let sql = "SELECT decided_at_flag FROM opinions WHERE case_id = ?1";
        office.database().query_row(sql, [case.to_string()], |row| row.get::<_, Option<String>>(0)).unwrap()
    };
    assert_eq!(flag_of("a-1", Duration::zero()).await, None);
    assert_eq!(flag_of("a-2", Duration::minutes(5)).await, None);
    assert_eq!(flag_of("a-3", Duration::minutes(6)).await.as_deref(), Some("in_future"));
    assert_eq!(flag_of("a-4", -Duration::seconds(1)).await.as_deref(), Some("before_lease"));
}

#[tokio::test]
async fn two_reviewers_at_once_make_exactly_one_conclusion() {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(5));
    for n in 0..12 {
        let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
        let case = office.new_case(&format!("a-{n}")).await.case_id;
        let one = office.draft(&wang, &office.lease(&wang, case).await, "approve", &[]);
        office.clock.advance(Duration::minutes(6));
        let two = office.draft(&li, &office.lease(&li, case).await, "reject", &["blurred"]);
        let (first, second) = tokio::join!(office.deliver(&wang, &one), office.deliver(&li, &two));
        assert!(second.status.is_success(), "the current holder wins");
        assert!(matches!(first.code(), ProblemCode::LeaseLost | ProblemCode::AlreadyDecided));
    }
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 12);
    assert_eq!(office.count("SELECT count(*) FROM notices"), 12);
}

#[tokio::test]
async fn the_same_decision_twenty_times_at_once_has_one_effect() {
    let (office, wang, draft) = one_case().await;
    let answers = join_all((0..20).map(|_| office.deliver(&wang, &draft)).collect()).await;
    let receipts: Vec<Receipt> = answers.iter().map(super::office::Answer::json).collect();
    assert!(receipts.windows(2).all(|pair| pair[0] == pair[1]));
    for table in ["opinions", "conclusions", "notices"] {
        assert_eq!(office.count(&format!("SELECT count(*) FROM {table}")), 1, "{table}");
    }
}

#[tokio::test]
async fn many_deciders_with_many_decisions_on_one_lease_make_one_conclusion() {
    let (office, wang, draft) = one_case().await;
    let drafts: Vec<Draft> = (0..20)
        .map(|_| {
            let mut draft = draft.clone();
            let id = Uuid::now_v7();
            draft.payload.decision_id = id;
            draft.header_decision = id;
            draft.sealed_for.0 = id;
            draft.idempotency_key = Some(contract::headers::quoted(&id.to_string()));
            draft
        })
        .collect();
    let answers = join_all(drafts.iter().map(|draft| office.deliver(&wang, draft)).collect()).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 1);
    let winner: Receipt = answers.iter().find(|answer| answer.status.is_success()).unwrap().json();
    for answer in answers.iter().filter(|answer| !answer.status.is_success()) {
        let problem = answer.problem();
        assert_eq!(problem.code, ProblemCode::AlreadyDecided);
        assert_eq!(problem.standing.unwrap().decision_id, Some(winner.decision_id));
    }
}
