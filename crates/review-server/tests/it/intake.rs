//! The portal's intake.

use axum::body::Body;
use axum::http::{Request, header};
use chrono::Duration;
use contract::case::DeadlineOutcome;
use contract::headers::{IDEMPOTENCY_KEY, quoted};
use contract::intake::IntakeAnswer;
use contract::paths;
use contract::problem::ProblemCode;
use uuid::Uuid;

use crate::office::{Form, Office, PORTAL, at, png, tuesday};

/// One way to spoil an application.
type Spoil = fn(&mut Form);

async fn refused(office: &Office, spoil: impl FnOnce(&mut Form)) -> (ProblemCode, Option<String>) {
    let mut form = office.application("a-1");
    spoil(&mut form);
    let problem = office.submit(&form).await.problem();
    assert_eq!(office.count("SELECT count(*) FROM cases"), 0);
    assert_eq!(office.count("SELECT count(*) FROM photos"), 0);
    (problem.code, problem.field)
}

fn at_field(code: ProblemCode, field: &str) -> (ProblemCode, Option<String>) {
    (code, Some(field.to_owned()))
}

#[tokio::test]
async fn an_application_becomes_a_case_with_number_round_and_deadline() {
    let office = Office::open();
    let answer: IntakeAnswer = office.submit(&office.application("a-1")).await.json();
    assert_eq!(answer.case_no, "2026-0310-0001");
    assert_eq!(answer.round, 1);
    let DeadlineOutcome::Final { due } = &answer.deadline.outcome else { panic!("{:?}", answer.deadline) };
    // Seven working days after Tuesday 10 March 2026: Thursday 19 March.
    assert_eq!((due.due_date.as_str(), answer.deadline.policy.as_str()), ("2026-03-19", "P0"));
    let pack = working_days::CalendarPack::embedded().id();
    assert_eq!((answer.deadline.pack_serial, answer.deadline.pack_sha256.clone()), (pack.serial, pack.sha256_hex()));
    assert_eq!(
        (answer.deadline.reason.as_str(), answer.deadline.first_due_date.as_deref()),
        ("initial", Some("2026-03-19"))
    );
    assert_eq!(answer.deadline.submitted_at_ms, tuesday().timestamp_millis());
    assert_eq!(due.target_ms, at("2026-03-19T17:00:00+08:00").timestamp_millis());
    assert_eq!(due.breach_ms, at("2026-03-20T00:00:00+08:00").timestamp_millis());
    let next: IntakeAnswer = office.submit(&office.application("a-2")).await.json();
    assert_eq!(next.case_no, "2026-0310-0002");
    // What was typed is normalised before it is kept.
    let stored: String =
        office.database().query_row("SELECT document_number FROM cases LIMIT 1", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, "11010519491231002X");
    assert_eq!(office.count("SELECT count(*) FROM case_events WHERE what = 'submitted'"), 2);
}

#[tokio::test]
async fn a_deadline_beyond_the_published_notices_is_provisional() {
    let office = Office::open();
    office.clock.set(at("2026-12-29T10:00:00+08:00"));
    let answer: IntakeAnswer = office.submit(&office.application("a-1")).await.json();
    assert!(matches!(answer.deadline.outcome, DeadlineOutcome::Provisional { .. }), "{:?}", answer.deadline);
    let desk = office.sign_in("wang").await;
    assert_eq!(office.rows(&desk).await[0].deadline, answer.deadline);
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer_and_another_content_is_refused() {
    let office = Office::open();
    let form = office.application("a-1");
    let first: IntakeAnswer = office.submit(&form).await.json();
    // Even when the submission is too old by now, and the case long concluded.
    let desk = office.sign_in("wang").await;
    office.decide(&desk, first.case_id, "approve", &[]).await;
    office.clock.advance(Duration::days(100));
    let again: IntakeAnswer = office.submit(&form).await.json();
    assert_eq!(first, again);
    let mut other = form.clone();
    other.application.declared.name = "李小明".to_owned();
    assert_eq!(office.submit(&other).await.code(), ProblemCode::KeyReused);
    let mut other = form.clone();
    other.photos[1].1 = png("another", 9);
    assert_eq!(office.submit(&other).await.code(), ProblemCode::KeyReused);
    assert_eq!(office.count("SELECT count(*) FROM cases"), 1);
}

#[tokio::test]
async fn without_a_good_credential_nothing_is_read() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    for credential in [None, Some("guessed".to_owned()), Some(desk.token)] {
        let (code, _) = refused(&office, |form| form.credential = credential).await;
        assert_eq!(code, ProblemCode::BadCredential);
    }
    let made = review_server::admin::new_portal_credential(&office.state).unwrap();
    let mut form = office.application("a-1");
    form.credential = Some(made);
    assert!(office.submit(&form).await.status.is_success());
}

#[tokio::test]
async fn a_key_is_required_and_has_a_form() {
    let office = Office::open();
    for key in [None, Some("not-quoted"), Some("\"\""), Some("\"with space\"")] {
        let refusal = refused(&office, |form| form.key = key.map(str::to_owned)).await;
        assert_eq!(refusal, at_field(ProblemCode::BadApplication, "idempotency-key"));
    }
    let long = quoted(&"x".repeat(65));
    assert_eq!(refused(&office, |form| form.key = Some(long)).await.0, ProblemCode::BadApplication);
}

#[tokio::test]
async fn declared_data_is_bounded_field_by_field() {
    let office = Office::open();
    let cases: Vec<(&str, Spoil)> = vec![
        ("declared.name", |form| form.application.declared.name = "  ".to_owned()),
        ("declared.name", |form| form.application.declared.name = "王\u{0}小明".to_owned()),
        ("declared.name", |form| form.application.declared.name = "长".repeat(101)),
        ("declared.former_name", |form| form.application.declared.former_name = Some(String::new())),
        ("declared.document_type", |form| form.application.declared.document_type = "passport".to_owned()),
        ("declared.document_number", |form| form.application.declared.document_number = "1".repeat(33)),
        ("declared.valid_from", |form| form.application.declared.valid_from = "2020-1-1".to_owned()),
        ("declared.valid_from", |form| form.application.declared.valid_from = "2021-02-29".to_owned()),
        ("declared.valid_until", |form| form.application.declared.valid_until = Some("长期".to_owned())),
        ("applicant_ref", |form| form.application.applicant_ref = "王小明".to_owned()),
        ("applicant_ref", |form| form.application.applicant_ref = String::new()),
        ("office_id", |form| form.application.office_id = Uuid::new_v4()),
    ];
    for (field, spoil) in cases {
        assert_eq!(refused(&office, spoil).await, at_field(ProblemCode::BadApplication, field));
    }
}

#[tokio::test]
async fn a_photo_is_what_its_bytes_say() {
    let office = Office::open();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".to_vec();
    for bytes in [svg, gif, Vec::new(), b"%PDF-1.7".to_vec()] {
        let refusal = refused(&office, |form| form.photos[1].1 = bytes).await;
        assert_eq!(refusal, at_field(ProblemCode::BadPhoto, "emblem_side"));
    }
    let mut large = png("a-1", 1);
    large.resize(20 * 1024 * 1024 + 1, 0);
    let refusal = refused(&office, |form| form.photos[0].1 = large).await;
    assert_eq!(refusal, at_field(ProblemCode::BadPhoto, "portrait_side"));
}

#[tokio::test]
async fn each_required_side_is_there_exactly_once() {
    let office = Office::open();
    let refusal = refused(&office, |form| drop(form.photos.remove(1))).await;
    assert_eq!(refusal, at_field(ProblemCode::SideMissing, "emblem_side"));
    let refusal = refused(&office, |form| form.photos.push(form.photos[0].clone())).await;
    assert_eq!(refusal, at_field(ProblemCode::SideMissing, "portrait_side"));
    let refusal = refused(&office, |form| {
        form.photos.extend((0..7).map(|salt| ("supporting".to_owned(), png("page", salt))));
    })
    .await;
    assert_eq!(refusal, at_field(ProblemCode::BadApplication, "supporting"));
    let refusal = refused(&office, |form| form.photos[0].0 = "../../etc/passwd".to_owned()).await;
    assert_eq!(refusal, at_field(ProblemCode::BadApplication, "multipart"));
    // Up to eight are fine, and are shown sides first.
    let mut form = office.application("a-1");
    form.photos.reverse();
    form.photos.insert(0, ("supporting".to_owned(), png("page", 0)));
    form.photos.insert(0, ("holding".to_owned(), png("page", 1)));
    let case: IntakeAnswer = office.submit(&form).await.json();
    let desk = office.sign_in("wang").await;
    let lease = office.lease(&desk, case.case_id).await;
    let kinds: Vec<_> = lease.case.evidence.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["portrait_side", "emblem_side", "holding", "supporting"]);
    assert_eq!((lease.case.evidence[0].width, lease.case.evidence[0].height), (8, 6));
}

#[tokio::test]
async fn a_submission_lies_between_sixty_days_ago_and_five_minutes_ahead() {
    let office = Office::open();
    let now = office.now();
    for out in
        [now + Duration::minutes(5) + Duration::milliseconds(1), now - Duration::days(60) - Duration::milliseconds(1)]
    {
        let refusal = refused(&office, |form| form.application.submitted_at_ms = out.timestamp_millis()).await;
        assert_eq!(refusal, at_field(ProblemCode::SubmittedAtOutOfBounds, "submitted_at_ms"));
    }
    let refusal = refused(&office, |form| form.application.submitted_at_ms = i64::MAX).await;
    assert_eq!(refusal.0, ProblemCode::SubmittedAtOutOfBounds);
    office.case_of("a-1", Duration::days(60)).await;
    office.case_of("a-2", -Duration::minutes(5)).await;
}

#[tokio::test]
async fn an_applicant_has_one_open_review_and_three_in_a_period() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    let first = office.new_case("a-1").await;
    assert_eq!(office.submit(&office.application("a-1")).await.code(), ProblemCode::ReviewPending);
    office.decide(&desk, first.case_id, "reject", &["glare"]).await;
    let second = office.new_case("a-1").await;
    assert_eq!(second.round, 2);
    office.decide(&desk, second.case_id, "reject", &["glare"]).await;
    let third = office.new_case("a-1").await;
    assert_eq!(third.round, 3);
    office.decide(&desk, third.case_id, "approve", &[]).await;
    assert_eq!(office.submit(&office.application("a-1")).await.code(), ProblemCode::NoReviewsLeft);
    // Another applicant is another count.
    assert_eq!(office.new_case("a-2").await.round, 1);
}

#[tokio::test]
async fn the_period_turns_on_the_first_of_september_in_beijing() {
    let office = Office::open();
    office.clock.set(at("2026-08-31T23:59:59+08:00"));
    let desk = office.sign_in("wang").await;
    for round in 1..=3 {
        let case = office.new_case("a-1").await;
        assert_eq!(case.round, round);
        office.decide(&desk, case.case_id, "approve", &[]).await;
    }
    assert_eq!(office.submit(&office.application("a-1")).await.code(), ProblemCode::NoReviewsLeft);
    office.clock.set(at("2026-09-01T00:00:00+08:00"));
    let case = office.new_case("a-1").await;
    assert_eq!((case.round, case.case_no.as_str()), (1, "2026-0901-0001"));
    // A submission of the old period that comes in late still counts there.
    office.decide(&desk, case.case_id, "approve", &[]).await;
    let mut late = office.application("a-1");
    late.application.submitted_at_ms = at("2026-08-31T12:00:00+08:00").timestamp_millis();
    assert_eq!(office.submit(&late).await.code(), ProblemCode::NoReviewsLeft);
}

#[tokio::test]
async fn earlier_rounds_of_the_period_come_with_the_lease() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    let third = office.third_attempt(&desk, "a-1").await;
    let lease = office.lease(&desk, third).await;
    let rounds: Vec<_> =
        lease.case.earlier_rounds.iter().map(|one| (one.round, one.outcome.as_str(), one.reasons.join(","))).collect();
    assert_eq!(rounds, [(1, "rejected", "blurred".to_owned()), (2, "rejected", "blurred".to_owned())]);
    assert_eq!(lease.case.earlier_rounds[0].submitted_on, "2026-03-10");
}

#[tokio::test]
async fn broken_multipart_is_a_refusal_and_leaves_nothing() {
    let office = Office::open();
    let whole = office.application("a-1").multipart();
    let send = async |content_type: &str, body: Vec<u8>| {
        let request = Request::post(paths::INTAKE)
            .header(header::AUTHORIZATION, format!("Bearer {PORTAL}"))
            .header(IDEMPOTENCY_KEY, "\"key\"")
            .header(header::CONTENT_TYPE, content_type);
        office.send(request.body(Body::from(body)).unwrap()).await.code()
    };
    let multipart = "multipart/form-data; boundary=XBOUNDARYX";
    for cut in [0, 1, 40, 200, whole.len() / 2, whole.len() - 3] {
        let code = send(multipart, whole[..cut].to_vec()).await;
        assert_eq!(code, ProblemCode::BadApplication, "cut at {cut}");
    }
    assert_eq!(send("application/json", whole.clone()).await, ProblemCode::UnsupportedMediaType);
    assert_eq!(send("multipart/form-data", whole).await, ProblemCode::UnsupportedMediaType);
    assert_eq!(office.count("SELECT count(*) FROM cases"), 0);
}

#[tokio::test]
async fn two_submissions_of_one_applicant_at_once_make_one_case() {
    let office = Office::open();
    let forms: Vec<_> = (0..6).map(|_| office.application("a-1")).collect();
    let answers = crate::session::join_all(forms.iter().map(|form| office.submit(form)).collect()).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 1);
    assert!(
        answers
            .iter()
            .filter(|answer| !answer.status.is_success())
            .all(|answer| answer.code() == ProblemCode::ReviewPending)
    );
    assert_eq!(office.count("SELECT count(*) FROM cases"), 1);
}
