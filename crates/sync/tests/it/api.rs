//! What counts as an answer of a review server, and what is asked for.

use std::sync::Arc;
use std::time::Duration;

use casework::{CaseId, Sha256};
use contract::problem::ProblemCode;
use contract::session::SignInRequest;
use sha2::Digest;
use sync::{
    AccessToken, Api, ApiError, LocalClock, Method, SyncError, SyncErrorKind, TransportError, WireAnswer, WireRequest,
    sign_in,
};
use uuid::Uuid;

use crate::sample;
use crate::scripted::{Scripted, Step, code, json, raw, refuse, with_header};
use crate::stage::{PausedClock, WALL_AT_START};

fn api() -> (Arc<Scripted>, Api) {
    let server = Arc::new(Scripted::default());
    let clock: Arc<dyn LocalClock> = Arc::new(PausedClock::new());
    (server.clone(), Api::new(server, clock, None))
}

fn token() -> AccessToken {
    AccessToken::new("secret-token".to_owned())
}

async fn decide_with(step: Step) -> Result<contract::decision::Receipt, ApiError> {
    let (server, api) = api();
    server.script("decisions", [step]);
    api.decide(&token(), &sample::decision(1)).await
}

fn answer(answer: WireAnswer) -> Step {
    Step::Answer(Ok(answer))
}

#[tokio::test(start_paused = true)]
async fn a_decision_carries_its_key_its_version_and_its_envelope() {
    let (server, api) = api();
    let mine = sample::decision(1);
    server.script("decisions", [answer(json(200, &sample::receipt(&mine)))]);
    assert_eq!(api.decide(&token(), &mine).await, Ok(sample::receipt(&mine)));
    let request = &server.seen("decisions")[0];
    let header = |name: &str| request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("idempotency-key"), Some("\"00000000-0000-0000-0000-000000000001\""));
    assert_eq!(header("if-match"), Some("\"7\""));
    assert_eq!(header("authorization"), Some("Bearer secret-token"));
    assert_eq!(request.method, Method::Post);
    let body = String::from_utf8(request.body.as_ref().unwrap().to_vec()).unwrap();
    assert!(body.contains(r#""envelope":"AQID""#), "{body}");
    assert!(body.contains(&mine.payload_sha256.to_string()));
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_shows_in_a_debug_print() {
    let request = WireRequest {
        method: Method::Get,
        path: "/v1/changes?after=5&name=canary".to_owned(),
        headers: vec![("authorization", "canary".to_owned().into())],
        body: Some(b"canary".to_vec().into()),
        body_cap: 1,
        timeout: Duration::from_secs(1),
        is_patient: false,
    };
    let printed = format!("{request:?} {:?} {:?}", raw(200, "canary", b"canary"), token());
    assert!(!printed.contains("canary") && !printed.contains("secret"), "{printed}");
    assert!(printed.contains("/v1/changes"));
}

#[tokio::test(start_paused = true)]
async fn half_and_hostile_json_is_unreadable() {
    let whole = serde_json::to_vec(&sample::receipt(&sample::decision(1))).unwrap();
    let receipt = String::from_utf8(whole.clone()).unwrap();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies: Vec<Vec<u8>> = vec![
        b"{}".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        [b"\xEF\xBB\xBF".as_slice(), &whole].concat(),
        receipt.replace("concluded", "\u{0}").into_bytes(),
        receipt.replace("\"case_version\":8", "\"case_version\":-1").into_bytes(),
        receipt.replace("\"case_version\":8", "\"case_version\":4294967296").into_bytes(),
        receipt.replace("\"case_version\":8", &format!("\"case_version\":1{}", "0".repeat(400))).into_bytes(),
        receipt.replace("\"received_at_ms\":1", "\"received_at_ms\":1e400").into_bytes(),
        receipt.replace("\"case_version\":8", "\"case_version\":8,\"case_version\":9").into_bytes(),
        deep.into_bytes(),
        [whole.as_slice(), b"{}"].concat(),
        whole.iter().map(|&byte| if byte == b'c' { 0xFF } else { byte }).collect(),
    ];
    for body in bodies {
        let outcome = decide_with(answer(raw(200, "application/json", &body))).await;
        assert_eq!(outcome, Err(ApiError::Unreadable), "{:?}", String::from_utf8_lossy(&body));
    }
    for length in 0..whole.len() {
        let outcome = decide_with(answer(raw(200, "application/json", &whole[..length]))).await;
        assert_eq!(outcome, Err(ApiError::Unreadable), "cut at {length}");
    }
}

#[tokio::test(start_paused = true)]
async fn fields_of_a_newer_server_do_no_harm() {
    let receipt = String::from_utf8(serde_json::to_vec(&sample::receipt(&sample::decision(1))).unwrap()).unwrap();
    let newer = receipt.replacen('{', r#"{"new_field":{"x":[1]},"#, 1);
    let outcome = decide_with(answer(raw(200, "application/json; charset=utf-8", newer.as_bytes()))).await;
    assert_eq!(outcome, Ok(sample::receipt(&sample::decision(1))));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_of_the_contract_is_no_review_server() {
    for other in [
        raw(200, "text/html", b"<html>Sign in to the hotel's network</html>"),
        raw(200, "", b"hello"),
        raw(302, "text/html", b""),
        raw(304, "", b""),
        raw(400, "text/html", b"bad"),
        raw(401, "text/html", b"who?"),
        raw(404, "text/html", b"<h1>404</h1>"),
        raw(404, "application/json", b"{}"),
        raw(407, "", b""),
    ] {
        let shown = format!("{other:?}");
        assert_eq!(decide_with(answer(other)).await, Err(ApiError::NotAReviewServer), "{shown}");
    }
    for nothing in [raw(204, "", b""), raw(200, "application/json", b""), raw(200, "", b"")] {
        assert_eq!(decide_with(answer(nothing)).await, Err(ApiError::Unreadable));
    }
    let zipped = with_header(json(200, &sample::receipt(&sample::decision(1))), "content-encoding", "gzip");
    assert_eq!(decide_with(answer(zipped)).await, Err(ApiError::Unreadable));
    let claims = raw(404, "application/problem+json", b"{\"detail\":\"no\"}");
    assert_eq!(decide_with(answer(claims)).await, Err(ApiError::Unreadable));
}

#[tokio::test(start_paused = true)]
async fn a_servers_trouble_is_told_by_its_status_even_in_html() {
    for status in [408, 425, 429, 500, 502, 503, 504, 520] {
        let Err(ApiError::Refused { status: told, .. }) =
            decide_with(answer(raw(status, "text/html", b"<h1>Bad gateway</h1>"))).await
        else {
            panic!("{status}");
        };
        assert_eq!(told, status);
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_codes_and_codes_under_another_status_count_by_status_only() {
    let newer = raw(409, "application/problem+json", br#"{"code":"quota_of_2031","incident":"i9","retry_after_s":5}"#);
    assert_eq!(
        decide_with(answer(newer)).await,
        Err(ApiError::Refused {
            status: 409,
            incident: Some("i9".to_owned()),
            retry_after: Some(Duration::from_secs(5))
        })
    );
    // "Already decided" under a 500 is no word that anybody may rely on.
    let odd = json(500, &sample::problem(ProblemCode::AlreadyDecided));
    assert!(matches!(decide_with(answer(odd)).await, Err(ApiError::Refused { status: 500, .. })));
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_heard_in_seconds_and_as_a_date_and_otherwise_ignored() {
    let busy = || json(503, &sample::problem(ProblemCode::Unavailable));
    for (header, heard) in [
        ("30", Some(30)),
        (" 0 ", Some(0)),
        ("999999999", Some(999_999_999)),
        ("99999999999999999999999999", Some(u64::MAX)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
        ("Mon, 28 Dec 2026 23:21:00 GMT", Some(60)),
        ("Mon, 28 Dec 2020 23:21:00 GMT", None),
        ("Wed, 21 Oct 1915 07:28:00 GMT", None),
    ] {
        let told = with_header(busy(), "retry-after", header);
        let Err(ApiError::Problem { retry_after, .. }) = decide_with(answer(told)).await else {
            panic!("{header}");
        };
        assert_eq!(retry_after, heard.map(Duration::from_secs), "{header}");
    }
    let mut problem = sample::problem(ProblemCode::AccountLocked);
    problem.retry_after_s = Some(600);
    let Err(error) = decide_with(refuse(&problem)).await else {
        panic!("accepted");
    };
    assert_eq!(SyncError::from(error).kind, SyncErrorKind::AccountLocked { retry_after_s: Some(600) });
}

#[tokio::test(start_paused = true)]
async fn a_photo_is_its_hash_and_nothing_else() {
    let (server, api) = api();
    let bytes = vec![7u8; 5000];
    let sha256 = Sha256(sha2::Sha256::digest(&bytes).into());
    let script = |step: WireAnswer| server.script("photos", [answer(step)]);

    script(raw(200, "image/jpeg", &bytes));
    assert_eq!(api.photo(&token(), sha256, 5000).await, Ok(bytes.clone()));
    script(raw(200, "image/jpeg", &bytes));
    assert_eq!(api.photo(&token(), sha256, 4999).await, Err(ApiError::Transport(TransportError::TooLarge)));
    for other in [&bytes[..4999], b"", b"another applicant's photo"] {
        script(raw(200, "image/jpeg", other));
        assert_eq!(api.photo(&token(), sha256, 5000).await, Err(ApiError::PhotoDiffers));
    }
    script(raw(206, "image/jpeg", &bytes));
    assert_eq!(api.photo(&token(), sha256, 5000).await, Err(ApiError::Unreadable));
    script(raw(200, "text/html", &bytes));
    assert_eq!(api.photo(&token(), sha256, 5000).await, Err(ApiError::NotAReviewServer));
    server.script("photos", [code(ProblemCode::LeaseRequired)]);
    let Err(error) = api.photo(&token(), sha256, 5000).await else {
        panic!("given");
    };
    assert_eq!(SyncError::from(error).kind, SyncErrorKind::Problem(ProblemCode::LeaseRequired));
    assert_eq!(server.seen("photos")[0].body_cap, 65_536, "a refusal must fit as well");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_leads_nowhere_is_unreadable() {
    let (server, api) = api();
    for page in [
        sample::page("e", 5, true, &[1]),
        sample::page("e", 4, true, &[1]),
        sample::page("e", -1, false, &[]),
        sample::page("", 6, false, &[]),
    ] {
        server.script("changes", [answer(json(200, &page))]);
        assert_eq!(api.changes(&token(), 5, 200).await, Err(ApiError::Unreadable));
    }
    assert_eq!(server.seen("changes")[0].path, "/v1/changes?after=5&limit=200");
}

#[tokio::test(start_paused = true)]
async fn every_answer_feeds_the_clock_refusals_too() {
    let (server, api) = api();
    assert_eq!(api.clock().now().error_ms, None);
    server.set_server_ms(Some(WALL_AT_START + 90_000));
    server.script("changes", [code(ProblemCode::TokenExpired)]);
    assert!(api.changes(&token(), 0, 1).await.is_err());
    let time = api.clock().now();
    assert_eq!((time.ms, time.error_ms, time.offset_ms), (WALL_AT_START + 90_000, Some(0), 90_000));
}

#[tokio::test(start_paused = true)]
async fn sign_in_asks_first_who_the_server_is_and_never_gives_a_password_to_another() {
    let device = Uuid::from_u128(0xDE);
    let kind = |outcome: Result<sync::SignedIn, SyncError>| outcome.map(drop).map_err(|error| error.kind);

    let (server, api) = api();
    let signed_in = sign_in(&api, "li", "pass word", device, Some(sample::SERVER)).await.unwrap();
    assert_eq!(signed_in.session.person.account_id, sample::ACCOUNT);
    assert_eq!(signed_in.server.server_id, sample::SERVER);
    assert_eq!(server.calls(), ["server", "session"]);
    let sent: SignInRequest = serde_json::from_slice(server.seen("session")[0].body.as_ref().unwrap()).unwrap();
    assert_eq!((sent.account.as_str(), sent.password.as_str(), sent.device_id), ("li", "pass word", device));

    let other = Some(Uuid::from_u128(1));
    assert_eq!(kind(sign_in(&api, "li", "p", device, other).await), Err(SyncErrorKind::OtherServer));
    server.script("server", [answer(raw(200, "text/html", b"<html>"))]);
    assert_eq!(kind(sign_in(&api, "li", "p", device, None).await), Err(SyncErrorKind::NotAReviewServer));
    server.script("server", [answer(raw(200, "application/json", b"{\"name\":\"another program\"}"))]);
    assert_eq!(kind(sign_in(&api, "li", "p", device, None).await), Err(SyncErrorKind::NotAReviewServer));
    server.script("server", [Step::Answer(Err(TransportError::Unreachable))]);
    assert_eq!(kind(sign_in(&api, "li", "p", device, None).await), Err(SyncErrorKind::Unreachable));
    server.set_info(|info| info.oldest_desktop = 99);
    assert_eq!(kind(sign_in(&api, "li", "p", device, None).await), Err(SyncErrorKind::DesktopTooOld));
    server.set_info(|info| (info.oldest_desktop, info.contract_version) = (0, 0));
    assert_eq!(kind(sign_in(&api, "li", "p", device, None).await), Err(SyncErrorKind::ServerTooOld));
    server.set_info(|info| (info.contract_version, info.product) = (1, "another".to_owned()));
    assert_eq!(kind(sign_in(&api, "li", "p", device, None).await), Err(SyncErrorKind::NotAReviewServer));
    assert_eq!(server.seen("session").len(), 1, "only the first got the password");
}

#[tokio::test(start_paused = true)]
async fn sign_in_refusals_have_their_kinds() {
    for (given, expected) in [
        (ProblemCode::WrongPassword, SyncErrorKind::WrongPassword),
        (ProblemCode::AccountLocked, SyncErrorKind::AccountLocked { retry_after_s: None }),
        (ProblemCode::AccountDisabled, SyncErrorKind::AccountDisabled),
        (ProblemCode::DesktopTooOld, SyncErrorKind::DesktopTooOld),
        (ProblemCode::Internal, SyncErrorKind::ServerFault(500)),
        (ProblemCode::Unavailable, SyncErrorKind::ServerFault(503)),
        (ProblemCode::BadRequest, SyncErrorKind::Problem(ProblemCode::BadRequest)),
    ] {
        let (server, api) = api();
        server.script("session", [code(given)]);
        let error = sign_in(&api, "li", "p", Uuid::nil(), None).await.unwrap_err();
        assert_eq!(error.kind, expected);
        assert_eq!(error.incident.as_deref(), Some("inc-1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_body_needs_the_servers_own_header() {
    let (server, api) = api();
    let case = CaseId(Uuid::from_u128(1001));
    server.script("lease", [answer(raw(204, "", b"")), answer(raw(200, "text/html", b"<html>"))]);
    for _ in 0..2 {
        assert_eq!(api.give_back(&token(), case, 3).await, Err(ApiError::NotAReviewServer));
    }
    server.script("lease", [answer(with_header(raw(204, "", b""), "x-contract-version", "1"))]);
    assert_eq!(api.give_back(&token(), case, 3).await, Ok(()));
    assert_eq!(server.seen("lease")[0].method, Method::Delete);
    assert_eq!(server.seen("lease")[0].body.as_ref().unwrap().as_slice(), br#"{"fence":3}"#);
}
