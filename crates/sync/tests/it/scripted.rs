//! A review server in memory behind the `Transport` port. What a test scripts for a path comes first, in order; afterwards the server
//! behaves. It remembers every request, and every decision that it accepted.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use contract::calendar::CalendarAnswer;
use contract::decision::{DecisionRequest, Receipt};
use contract::feed::ChangesAnswer;
use contract::lease::{LeaseAnswer, LeasesAnswer};
use contract::problem::{Problem, ProblemCode};
use contract::reason::ReasonsAnswer;
use contract::server_info::ServerInfo;
use contract::session::RefreshRequest;
use serde::Serialize;
use sync::{Method, Transport, TransportError, WireAnswer, WireRequest};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::sample;

pub(crate) type Answer = Result<WireAnswer, TransportError>;

#[derive(Default)]
pub(crate) struct Scripted {
    state: Mutex<State>,
    asked: Notify,
}

struct State {
    scripts: HashMap<&'static str, VecDeque<Step>>,
    start: Instant,
    seen: Vec<(Instant, WireRequest)>,
    is_frozen: bool,
    info: ServerInfo,
    session_no: u32,
    access: String,
    refresh: String,
    pages: BTreeMap<i64, ChangesAnswer>,
    newest: ChangesAnswer,
    leases: LeasesAnswer,
    calendar: CalendarAnswer,
    accepted: BTreeMap<Uuid, Receipt>,
    photos: HashMap<String, Vec<u8>>,
    server_ms: Option<i64>,
    is_dead: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            scripts: HashMap::new(),
            start: Instant::now(),
            seen: Vec::new(),
            is_frozen: false,
            info: sample::server_info(),
            session_no: 0,
            access: String::new(),
            refresh: "refresh-0".to_owned(),
            pages: BTreeMap::new(),
            newest: sample::page("e1", 0, false, &[]),
            leases: LeasesAnswer { limit: 10, leases: Vec::new() },
            calendar: CalendarAnswer { pack: "pack".to_owned(), signature: None },
            accepted: BTreeMap::new(),
            photos: HashMap::new(),
            server_ms: Some(1_798_500_000_000),
            is_dead: false,
        }
    }
}

#[derive(Clone)]
pub(crate) enum Step {
    /// This is the answer; the server does nothing.
    Answer(Answer),
    /// The server does what it is asked, but the answer is lost.
    DoneButLost(TransportError),
    /// Never answers.
    Hang,
    /// The server behaves.
    Behave,
}

/// A JSON answer of a review server.
pub(crate) fn json(status: u16, body: &impl Serialize) -> WireAnswer {
    let media_type = if status < 400 { "application/json" } else { contract::problem::MEDIA_TYPE };
    WireAnswer {
        status,
        headers: vec![
            ("content-type".to_owned(), media_type.to_owned()),
            ("x-contract-version".to_owned(), "1".to_owned()),
            ("x-incident".to_owned(), "inc-h".to_owned()),
        ],
        body: serde_json::to_vec(body).unwrap(),
    }
}

/// Any answer.
pub(crate) fn raw(status: u16, content_type: &str, body: &[u8]) -> WireAnswer {
    WireAnswer { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.to_vec() }
}

/// A refusal.
pub(crate) fn refuse(problem: &Problem) -> Step {
    Step::Answer(Ok(json(problem.status, problem)))
}

/// A refusal with this code.
pub(crate) fn code(code: ProblemCode) -> Step {
    refuse(&sample::problem(code))
}

pub(crate) fn with_header(mut answer: WireAnswer, name: &str, value: &str) -> WireAnswer {
    answer.headers.push((name.to_owned(), value.to_owned()));
    answer
}

/// `what` names the call: `server`, `session`, `refresh`, `changes`, `leases`, `lease`, `technical`, `reasons`, `calendar`, `photos`, `decisions`.
fn what(path: &str) -> &'static str {
    let path = path.split('?').next().unwrap();
    match path {
        "/v1/server" => "server",
        "/v1/session" => "session",
        "/v1/session/refresh" => "refresh",
        "/v1/changes" => "changes",
        "/v1/leases" => "leases",
        "/v1/reasons" => "reasons",
        "/v1/calendar" => "calendar",
        path if path.starts_with("/v1/photos/") => "photos",
        path if path.ends_with("/decisions") => "decisions",
        path if path.ends_with("/lease") => "lease",
        path if path.ends_with("/technical") => "technical",
        other => panic!("no such path: {other}"),
    }
}

impl Scripted {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub(crate) fn script(&self, what: &'static str, steps: impl IntoIterator<Item = Step>) {
        self.with(|state| state.scripts.entry(what).or_default().extend(steps));
    }

    pub(crate) fn set_dead(&self, is_dead: bool) {
        self.with(|state| state.is_dead = is_dead);
    }

    pub(crate) fn set_server_ms(&self, server_ms: Option<i64>) {
        self.with(|state| state.server_ms = server_ms);
    }

    /// The server's clock stands still from now on.
    pub(crate) fn freeze(&self) {
        self.with(|state| state.is_frozen = true);
    }

    /// Waits until there were this many requests of a kind.
    pub(crate) async fn until_asked(&self, name: &'static str, count: usize) {
        loop {
            let asked = self.asked.notified();
            if self.seen(name).len() >= count {
                return;
            }
            asked.await;
        }
    }

    /// When the requests of a kind came, in whole seconds since the start.
    pub(crate) fn seen_at(&self, name: &str) -> Vec<u64> {
        self.with(|state| {
            let seen = state.seen.iter().filter(|(_, request)| what(&request.path) == name);
            seen.map(|(at, _)| (*at - state.start).as_secs()).collect()
        })
    }

    pub(crate) fn set_info(&self, change: impl FnOnce(&mut ServerInfo)) {
        self.with(|state| change(&mut state.info));
    }

    /// A page that answers `after`; the answer after the last one is empty.
    pub(crate) fn put_page(&self, after: i64, page: ChangesAnswer) {
        self.with(|state| {
            state.newest = ChangesAnswer { has_more: false, changes: Vec::new(), ..page.clone() };
            state.pages.insert(after, page);
        });
    }

    pub(crate) fn clear_pages(&self) {
        self.with(|state| state.pages.clear());
    }

    pub(crate) fn put_leases(&self, limit: u32, leases: Vec<LeaseAnswer>) {
        self.with(|state| state.leases = LeasesAnswer { limit, leases });
    }

    /// The server's calendar pack from now on.
    pub(crate) fn put_calendar(&self, pack: &str) {
        let signature = Some("signature".to_owned());
        self.with(|state| state.calendar = CalendarAnswer { pack: pack.to_owned(), signature });
    }

    pub(crate) fn put_photo(&self, sha256: &str, bytes: Vec<u8>) {
        self.with(|state| state.photos.insert(sha256.to_owned(), bytes));
    }

    /// The access token ends now.
    pub(crate) fn expire(&self) {
        self.with(|state| state.access.clear());
    }

    pub(crate) fn accepted(&self) -> Vec<Uuid> {
        self.with(|state| state.accepted.keys().copied().collect())
    }

    pub(crate) fn seen(&self, name: &str) -> Vec<WireRequest> {
        self.with(|state| {
            state
                .seen
                .iter()
                .map(|(_, request)| request)
                .filter(|request| what(&request.path) == name)
                .cloned()
                .collect()
        })
    }

    /// The calls so far by their names.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.with(|state| state.seen.iter().map(|(_, request)| what(&request.path)).collect())
    }

    /// The cases of the decisions that were sent, in order.
    pub(crate) fn sent_decisions(&self) -> Vec<u128> {
        self.seen("decisions")
            .iter()
            .map(|request| {
                let sent: DecisionRequest = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
                sent.decision_id.as_u128()
            })
            .collect()
    }
}

impl State {
    fn behave(&mut self, request: &WireRequest) -> WireAnswer {
        let call = what(&request.path);
        if !matches!(call, "server" | "session" | "refresh" | "calendar") {
            let token = request
                .headers
                .iter()
                .find(|(name, _)| *name == "authorization")
                .map(|(_, value)| value.as_str().to_owned());
            if self.access.is_empty() || token != Some(format!("Bearer {}", self.access)) {
                return json(401, &sample::problem(ProblemCode::TokenExpired));
            }
        }
        match call {
            "server" => json(200, &self.info),
            "session" if request.method == Method::Delete => json(200, &()),
            "session" => self.new_session(),
            "refresh" => {
                let sent: RefreshRequest = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
                if sent.refresh_token == self.refresh {
                    self.new_session()
                } else {
                    json(401, &sample::problem(ProblemCode::SessionExpired))
                }
            }
            "changes" => {
                let after: i64 =
                    request.path.split("after=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
                json(200, self.pages.get(&after).unwrap_or(&self.newest))
            }
            "leases" => json(200, &self.leases),
            "lease" if request.method == Method::Post => json(200, &sample::lease(1)),
            "lease" | "technical" => WireAnswer {
                status: 204,
                headers: vec![("x-contract-version".to_owned(), "1".to_owned())],
                body: Vec::new(),
            },
            "reasons" => json(200, &ReasonsAnswer { version: 1, reasons: Vec::new() }),
            "calendar" => {
                let etag = contract::headers::quoted(&sample::sha256_hex(&self.calendar.pack));
                let known = request.headers.iter().find(|(name, _)| *name == "if-none-match");
                if known.is_some_and(|(_, known)| known.as_str() == etag) {
                    with_header(WireAnswer { body: Vec::new(), ..json(304, &()) }, "etag", &etag)
                } else {
                    with_header(json(200, &self.calendar), "etag", &etag)
                }
            }
            "photos" => match self.photos.get(request.path.rsplit('/').next().unwrap()) {
                Some(bytes) => raw(200, "image/jpeg", bytes),
                None => json(404, &sample::problem(ProblemCode::NotFound)),
            },
            "decisions" => {
                let sent: DecisionRequest = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
                let receipt = self.accepted.entry(sent.decision_id).or_insert_with(|| Receipt {
                    decision_id: sent.decision_id,
                    payload_sha256: sent.payload_sha256,
                    case_version: 8,
                    state: "concluded".to_owned(),
                    outcome: Some("approved".to_owned()),
                    received_at_ms: 1,
                });
                json(200, receipt)
            }
            other => panic!("no such call: {other}"),
        }
    }

    fn new_session(&mut self) -> WireAnswer {
        self.session_no += 1;
        let session = sample::session(self.session_no);
        self.access = session.access_token.clone();
        self.refresh = session.refresh_token.clone();
        json(200, &session)
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: WireRequest) -> Answer {
        let outcome = self.with(|state| {
            let call = what(&request.path);
            state.seen.push((Instant::now(), request.clone()));
            self.asked.notify_waiters();
            if state.is_dead {
                return Some(Err(TransportError::Unreachable));
            }
            match state.scripts.get_mut(call).and_then(VecDeque::pop_front) {
                Some(Step::Answer(answer)) => Some(answer),
                Some(Step::DoneButLost(error)) => {
                    state.behave(&request);
                    Some(Err(error))
                }
                Some(Step::Hang) => None,
                Some(Step::Behave) | None => Some(Ok(state.behave(&request))),
            }
            .map(|answer| {
                answer.map(|answer| match state.server_ms {
                    Some(ms) => {
                        let elapsed = i64::try_from(state.start.elapsed().as_millis()).unwrap();
                        let ms = if state.is_frozen { ms } else { ms + elapsed };
                        with_header(answer, "x-server-time-ms", &ms.to_string())
                    }
                    None => answer,
                })
            })
        });
        match outcome {
            Some(answer) => {
                tokio::task::yield_now().await;
                answer
            }
            None => std::future::pending().await,
        }
    }
}
