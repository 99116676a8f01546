//! A small office to test with: a server on a database file of its own, its people, a portal, and what they send. Everything goes through
//! the router as HTTP; the database is only looked into where a test says so.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casework::{CaseId, DecisionId, Role};
use chrono::{DateTime, Duration, Utc};
use contract::case::{CaseRow, DeclaredWire};
use contract::decision::{DecisionPayload, DecisionRequest, Receipt};
use contract::envelope;
use contract::feed::{Change, ChangesAnswer, GoneWhy};
use contract::headers::{IDEMPOTENCY_KEY, IF_MATCH, quoted};
use contract::intake::{IntakeAnswer, IntakeApplication};
use contract::lease::{LeaseAnswer, LeasesAnswer};
use contract::paths;
use contract::problem::{Problem, ProblemCode};
use contract::signature;
use review_server::admin::{self, NewAccount};
use review_server::{AppState, Config, Data, ManualClock, PasswordCost};
use serde::de::DeserializeOwned;
use tower::ServiceExt;
use uuid::Uuid;

use crate::enrolling::{author_seed, device_seed};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const PORTAL: &str = "the-portal-credential-of-the-tests";

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{} {}", self.status, String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem that it is: status, media type and code agree.
    pub(crate) fn problem(&self) -> Problem {
        assert!(!self.status.is_success(), "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.code.status(), self.status.as_u16());
        assert_eq!(problem.incident, self.header("x-incident"));
        problem
    }

    pub(crate) fn code(&self) -> ProblemCode {
        self.problem().code
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }
}

/// A signed-in person.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) account: Uuid,
    pub(crate) device: Uuid,
    /// The credential that can only deliver.
    pub(crate) delivery: String,
}

pub(crate) struct Office {
    pub(crate) state: AppState,
    pub(crate) app: Router,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) office: Uuid,
    pub(crate) other_office: Uuid,
}

/// 2026-03-10, a Tuesday, 10:00 in Beijing.
pub(crate) fn tuesday() -> DateTime<Utc> {
    at("2026-03-10T10:00:00+08:00")
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

impl Office {
    pub(crate) fn open() -> Self {
        Self::open_with(|_| {})
    }

    /// A server at ten on a Tuesday, with two offices and people in both.
    pub(crate) fn open_with(set: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(tuesday()));
        let mut config = Config::new(Data::Folder(folder.path().to_owned()));
        config.clock = Arc::clone(&clock) as _;
        config.password_cost = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
        config.portal_credential = Some(PORTAL.to_owned());
        set(&mut config);
        let state = AppState::open(config).unwrap();
        for (name, role, office) in [
            ("wang", Role::Reviewer, "海淀"),
            ("li", Role::Reviewer, "海淀"),
            ("zhao", Role::Supervisor, "海淀"),
            ("sun", Role::Auditor, "海淀"),
            ("chen", Role::Reviewer, "朝阳"),
            ("zhou", Role::Supervisor, "朝阳"),
        ] {
            let display_name = format!("{name} 老师");
            let new = NewAccount { name, display_name: &display_name, role, office, password: PASSWORD };
            admin::create_account(&state, &new).unwrap();
        }
        let office = admin::ensure_office(&state, "海淀").unwrap().0;
        let other_office = admin::ensure_office(&state, "朝阳").unwrap().0;
        Self { app: review_server::app(state.clone()), state, clock, folder, office, other_office }
    }

    /// The same data and clock under a new server.
    pub(crate) fn restart(self) -> Self {
        let state = AppState::open(self.config()).unwrap();
        Self { app: review_server::app(state.clone()), state, ..self }
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(Data::Folder(self.folder.path().to_owned()));
        config.clock = Arc::clone(&self.clock) as _;
        config.portal_credential = Some(PORTAL.to_owned());
        config.password_cost = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
        config
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.state.now()
    }

    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("review-server.db")).unwrap()
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The details of what the audit says of one kind, oldest first.
    pub(crate) fn audited(&self, what: &str) -> Vec<serde_json::Value> {
        let database = self.database();
        let mut statement = database.prepare("SELECT detail FROM audit WHERE what = ?1 ORDER BY seq").unwrap();
        let details = statement.query_map([what], |row| row.get::<_, String>(0)).unwrap();
        details.map(|detail| serde_json::from_str(&detail.unwrap()).unwrap()).collect()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(with_token(Request::get(path), token).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &impl serde::Serialize) -> Answer {
        let request = with_token(Request::post(path), token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(serde_json::to_vec(body).unwrap())).unwrap()).await
    }

    pub(crate) async fn post_empty(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(with_token(Request::post(path), token).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str, token: Option<&str>, body: Option<serde_json::Value>) -> Answer {
        let request = with_token(Request::delete(path), token);
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    pub(crate) async fn changes(&self, desk: &Desk, after: i64) -> ChangesAnswer {
        self.get(&format!("{}?after={after}&limit=500", paths::CHANGES), Some(&desk.token)).await.json()
    }

    /// The rows that a person sees who starts from nothing.
    pub(crate) async fn rows(&self, desk: &Desk) -> Vec<CaseRow> {
        let changes = self.changes(desk, 0).await.changes;
        changes
            .into_iter()
            .map(|change| match change {
                Change::Case { row } => row,
                Change::Gone { .. } => panic!("a first page tells of something gone"),
            })
            .collect()
    }

    pub(crate) async fn fill(&self, desk: &Desk) -> LeasesAnswer {
        self.post(paths::LEASES, Some(&desk.token), &serde_json::json!({})).await.json()
    }

    pub(crate) async fn try_lease(&self, desk: &Desk, case: Uuid) -> Answer {
        self.post_empty(&paths::lease(CaseId(case)), Some(&desk.token)).await
    }

    pub(crate) async fn lease(&self, desk: &Desk, case: Uuid) -> LeaseAnswer {
        self.try_lease(desk, case).await.json()
    }

    /// A decision on a leased case, as its desktop would write it down.
    pub(crate) fn draft(&self, desk: &Desk, lease: &LeaseAnswer, opinion: &str, reasons: &[&str]) -> Draft {
        let mut evidence: Vec<String> = lease.case.evidence.iter().map(|one| one.sha256.clone()).collect();
        evidence.sort();
        let decision = Uuid::now_v7();
        let payload = DecisionPayload {
            decision_id: decision,
            case_id: lease.case.row.case_id,
            author: desk.account,
            device_id: desk.device,
            round: lease.case.row.round,
            case_version: lease.case.row.version,
            fence: lease.fence,
            opinion: opinion.to_owned(),
            reasons: reasons.iter().map(|&code| code.to_owned()).collect(),
            reasons_version: 1,
            applicant_text: None,
            internal_note: None,
            evidence,
            // An escalation by anybody but the first person counts as a rejection.
            reviews_left_shown: (opinion == "reject" || (opinion == "escalate" && lease.case.row.state != "pending"))
                .then(|| 3 - lease.case.row.round),
            decided_at_ms: self.now().timestamp_millis(),
            clock: None,
        };
        let if_match = Some(quoted(&payload.case_version.to_string()));
        Draft {
            path_case: payload.case_id,
            idempotency_key: Some(quoted(&decision.to_string())),
            if_match,
            header_decision: decision,
            sealed_for: (decision, payload.case_id),
            payload,
        }
    }

    pub(crate) fn seal(&self, draft: &Draft) -> DecisionRequest {
        let envelope_key = self.state.offered_envelope_key();
        let bytes = serde_json::to_vec(&draft.payload).unwrap();
        let key = STANDARD.decode(&envelope_key.public_key).unwrap();
        let (decision, case) = draft.sealed_for;
        let sealed = envelope::seal(&key, DecisionId(decision), CaseId(case), &bytes).unwrap();
        let sha256 = envelope::payload_sha256(&bytes);
        let message = signature::decision_message(DecisionId(draft.header_decision), CaseId(draft.path_case), sha256);
        DecisionRequest {
            decision_id: draft.header_decision,
            payload_sha256: sha256.to_string(),
            key_id: envelope_key.key_id,
            envelope: STANDARD.encode(sealed),
            author_signature: signature::sign(&author_seed(draft.payload.device_id), &message),
            device_signature: signature::sign(&device_seed(draft.payload.device_id), &message),
            receipt: None,
        }
    }

    pub(crate) async fn deliver(&self, desk: &Desk, draft: &Draft) -> Answer {
        self.deliver_sealed(desk, draft, &self.seal(draft)).await
    }

    pub(crate) async fn deliver_sealed(&self, desk: &Desk, draft: &Draft, sealed: &DecisionRequest) -> Answer {
        self.deliver_with(&desk.token, draft, sealed).await
    }

    /// The same with another token, such as a delivery credential.
    pub(crate) async fn deliver_with(&self, token: &str, draft: &Draft, sealed: &DecisionRequest) -> Answer {
        let mut request = with_token(Request::post(paths::decisions(CaseId(draft.path_case))), Some(token))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = &draft.idempotency_key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        if let Some(version) = &draft.if_match {
            request = request.header(IF_MATCH, version);
        }
        self.send(request.body(Body::from(serde_json::to_vec(sealed).unwrap())).unwrap()).await
    }

    /// Leases a case and decides it.
    pub(crate) async fn decide(&self, desk: &Desk, case: Uuid, opinion: &str, reasons: &[&str]) -> Receipt {
        let lease = self.lease(desk, case).await;
        self.deliver(desk, &self.draft(desk, &lease, opinion, reasons)).await.json()
    }

    /// An application of a made-up applicant, submitted now.
    pub(crate) fn application(&self, applicant_ref: &str) -> Form {
        let application = IntakeApplication {
            applicant_ref: applicant_ref.to_owned(),
            office_id: self.office,
            submitted_at_ms: self.now().timestamp_millis(),
            declared: DeclaredWire {
                name: "阿卜杜拉·测试".to_owned(),
                former_name: None,
                document_type: "resident_id_card".to_owned(),
                document_number: "11010519491231002x".to_owned(),
                valid_from: "2020-01-01".to_owned(),
                valid_until: None,
            },
        };
        let photos = vec![
            ("portrait_side".to_owned(), png(applicant_ref, 1)),
            ("emblem_side".to_owned(), png(applicant_ref, 2)),
        ];
        Form {
            key: Some(quoted(&Uuid::new_v4().to_string())),
            credential: Some(PORTAL.to_owned()),
            application,
            photos,
        }
    }

    pub(crate) async fn submit(&self, form: &Form) -> Answer {
        let mut request = with_token(Request::post(paths::INTAKE), form.credential.as_deref())
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XBOUNDARYX");
        if let Some(key) = &form.key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        self.send(request.body(Body::from(form.multipart())).unwrap()).await
    }

    pub(crate) async fn new_case(&self, applicant_ref: &str) -> IntakeAnswer {
        self.submit(&self.application(applicant_ref)).await.json()
    }

    /// A case whose clock started this long ago.
    pub(crate) async fn case_of(&self, applicant_ref: &str, ago: Duration) -> Uuid {
        let mut form = self.application(applicant_ref);
        form.application.submitted_at_ms = (self.now() - ago).timestamp_millis();
        self.submit(&form).await.json::<IntakeAnswer>().case_id
    }

    /// An applicant's third case of the period: two earlier ones were rejected.
    pub(crate) async fn third_attempt(&self, desk: &Desk, applicant_ref: &str) -> Uuid {
        for round in 1..=2 {
            let case = self.new_case(applicant_ref).await;
            assert_eq!(case.round, round);
            self.decide(desk, case.case_id, "reject", &["blurred"]).await;
        }
        let third = self.new_case(applicant_ref).await;
        assert_eq!(third.round, 3);
        third.case_id
    }
}

/// A decision before it is sealed and sent; every part can be spoilt.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) path_case: Uuid,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) if_match: Option<String>,
    pub(crate) header_decision: Uuid,
    pub(crate) sealed_for: (Uuid, Uuid),
    pub(crate) payload: DecisionPayload,
}

/// An application before it is sent; every part can be spoilt.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) key: Option<String>,
    pub(crate) credential: Option<String>,
    pub(crate) application: IntakeApplication,
    pub(crate) photos: Vec<(String, Vec<u8>)>,
}

impl Form {
    pub(crate) fn multipart(&self) -> Vec<u8> {
        let application = serde_json::to_vec(&self.application).unwrap();
        let mut body = part("application", "application/json", &application);
        for (name, bytes) in &self.photos {
            body.extend(part(name, "image/svg+xml", bytes));
        }
        body.extend_from_slice(b"--XBOUNDARYX--\r\n");
        body
    }
}

/// A part whose file name and media type lie.
fn part(name: &str, media_type: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--XBOUNDARYX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"../../{name}.exe\"\r\nContent-Type: {media_type}\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

pub(crate) fn with_token(request: axum::http::request::Builder, token: Option<&str>) -> axum::http::request::Builder {
    match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}

/// A real PNG of its own for every seed.
pub(crate) fn png(seed: &str, salt: u8) -> Vec<u8> {
    let seed: Vec<u8> = seed.bytes().chain([salt]).collect();
    let picture = image::RgbImage::from_fn(8, 6, |x, y| {
        let one = seed[(x as usize + y as usize) % seed.len()];
        image::Rgb([one, salt, u8::try_from(x * y).unwrap()])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// What a page of changes says of each case, shortly.
pub(crate) fn told(changes: &ChangesAnswer) -> Vec<(Uuid, String)> {
    changes
        .changes
        .iter()
        .map(|change| match change {
            Change::Case { row } => (row.case_id, row.state.clone()),
            Change::Gone { case_id, why: GoneWhy::Concluded } => (*case_id, "gone: concluded".to_owned()),
            Change::Gone { case_id, why: GoneWhy::Void } => (*case_id, "gone: void".to_owned()),
            Change::Gone { case_id, why: GoneWhy::Moved } => (*case_id, "gone: moved".to_owned()),
        })
        .collect()
}
