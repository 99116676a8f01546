//! A review server in memory behind the `Transport` port. What a test scripts for a path comes first, in order; afterwards the server
//! behaves. It remembers every request, and every decision that it accepted.

mod behaviour;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contract::access_log::AccessEntry;
use contract::calendar::CalendarAnswer;
use contract::case_work::CaseWorkRequest;
use contract::decision::{DecisionRequest, Receipt};
use contract::feed::ChangesAnswer;
use contract::lease::{LeaseAnswer, LeasesAnswer, LeasesRequest};
use contract::server_info::ServerInfo;
use serde::de::DeserializeOwned;
use sync::{Transport, TransportError, WireAnswer, WireRequest, WireStream};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

pub(crate) use crate::answers::{code, json, raw, refuse, with_header};
use crate::sample;

pub(crate) type Answer = Result<WireAnswer, TransportError>;
pub(crate) type Answered = Result<WireStream, TransportError>;

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
    credential: String,
    credential_no: u32,
    log: Vec<AccessEntry>,
    work: Vec<(String, CaseWorkRequest)>,
    asked_leases: Vec<LeasesRequest>,
    streams: VecDeque<Answered>,
    listens: Vec<WireRequest>,
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
            credential: "rdd_1".to_owned(),
            credential_no: 1,
            log: Vec::new(),
            work: Vec::new(),
            asked_leases: Vec::new(),
            streams: VecDeque::new(),
            listens: Vec::new(),
            pages: BTreeMap::new(),
            newest: sample::page("e1", 0, false, &[]),
            leases: LeasesAnswer { limit: 10, leases: Vec::new(), offline_until_ms: None },
            calendar: CalendarAnswer { pack: "pack".to_owned(), signature: None },
            accepted: BTreeMap::new(),
            photos: HashMap::new(),
            server_ms: Some(1_798_500_000_000),
            is_dead: false,
        }
    }
}

pub(crate) struct Hold {
    asked: oneshot::Sender<()>,
    answer: oneshot::Receiver<WireAnswer>,
}

#[derive(Clone)]
pub(crate) enum Step {
    /// This is the answer; the server does nothing.
    Answer(Answer),
    /// The server does what it is asked, but the answer is lost.
    DoneButLost(TransportError),
    /// Never answers.
    Hang,
    /// Tells that it was asked, and answers when it is told what.
    Held(Arc<Mutex<Option<Hold>>>),
    /// The server behaves.
    Behave,
}

/// How a script names a call.
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
        "/v1/device" => "device",
        "/v1/audit" => "audit",
        "/v1/stuck" => "stuck",
        "/v1/events/wait" => "wait",
        path if path.starts_with("/v1/photos/") => "photos",
        path if path.ends_with("/decisions") => "decisions",
        path if path.ends_with("/lease") => "lease",
        path if path.ends_with("/technical") => "technical",
        path if path.ends_with("/work") => "work",
        path if path.ends_with("/recuse") => "recuse",
        path if path.ends_with("/revoke") => "revoke",
        other => panic!("no such path: {other}"),
    }
}

fn body<T: DeserializeOwned>(request: &WireRequest) -> T {
    serde_json::from_slice(request.body.as_ref().unwrap()).unwrap()
}

fn after(path: &str) -> i64 {
    path.split("after=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap()
}

impl Scripted {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub(crate) fn script(&self, what: &'static str, steps: impl IntoIterator<Item = Step>) {
        self.with(|state| state.scripts.entry(what).or_default().extend(steps));
    }

    /// The next request of this kind is held: told when it is there, answered with what is sent.
    pub(crate) fn hold(&self, what: &'static str) -> (oneshot::Sender<WireAnswer>, oneshot::Receiver<()>) {
        let ((asked, is_asked), (answers, answer)) = (oneshot::channel(), oneshot::channel());
        self.script(what, [Step::Held(Arc::new(Mutex::new(Some(Hold { asked, answer }))))]);
        (answers, is_asked)
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
        self.with(|state| state.leases = LeasesAnswer { limit, leases, offline_until_ms: None });
    }

    /// The server's calendar pack from now on.
    pub(crate) fn put_calendar(&self, pack: &str) {
        let signature = Some("signature".to_owned());
        self.with(|state| state.calendar = CalendarAnswer { pack: pack.to_owned(), signature });
    }

    pub(crate) fn put_photo(&self, sha256: &str, bytes: Vec<u8>) {
        self.with(|state| state.photos.insert(sha256.to_owned(), bytes));
    }

    /// The next streams that are opened; afterwards none is ever answered.
    pub(crate) fn put_streams(&self, streams: impl IntoIterator<Item = Answered>) {
        self.with(|state| state.streams.extend(streams));
    }

    /// The `last-event-id` of every stream that was asked for.
    pub(crate) fn listened_after(&self) -> Vec<String> {
        self.with(|state| {
            let header = |request: &WireRequest| {
                let found = request.headers.iter().find(|(name, _)| *name == "last-event-id");
                found.map(|(_, value)| value.to_string()).unwrap_or_default()
            };
            state.listens.iter().map(header).collect()
        })
    }

    /// The server does not know the delivery credential any more, as after a restore.
    pub(crate) fn forget_credential(&self) {
        self.with(|state| state.credential.clear());
    }

    /// It went back in time: decisions and access log are gone, and the history is another.
    pub(crate) fn restore(&self, history: &str) {
        self.with(|state| {
            state.accepted.clear();
            state.log.clear();
            state.info.history = history.to_owned();
        });
    }

    pub(crate) fn log_len(&self) -> usize {
        self.with(|state| state.log.len())
    }

    pub(crate) fn cut_log(&self, len: usize) {
        self.with(|state| state.log.truncate(len));
    }

    pub(crate) fn work(&self) -> Vec<(String, CaseWorkRequest)> {
        self.with(|state| state.work.clone())
    }

    pub(crate) fn asked_leases(&self) -> Vec<LeasesRequest> {
        self.with(|state| state.asked_leases.clone())
    }

    pub(crate) fn grant_offline_until(&self, until_ms: i64) {
        self.with(|state| state.leases.offline_until_ms = Some(until_ms));
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

    /// The decisions that were sent, in order.
    pub(crate) fn sent_decisions(&self) -> Vec<u128> {
        self.sent().iter().map(|sent| sent.decision_id.as_u128()).collect()
    }

    pub(crate) fn sent(&self) -> Vec<DecisionRequest> {
        self.seen("decisions").iter().map(body).collect()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: WireRequest) -> Answer {
        let mut hold = None;
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
                Some(Step::Held(held)) => {
                    hold = held.lock().unwrap().take();
                    None
                }
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
        if let Some(Hold { asked, answer }) = hold {
            // Nobody has to listen.
            let _ = asked.send(());
            return Ok(answer.await.unwrap());
        }
        match outcome {
            Some(answer) => {
                tokio::task::yield_now().await;
                answer
            }
            None => std::future::pending().await,
        }
    }

    async fn listen(&self, request: WireRequest) -> Answered {
        let stream = self.with(|state| {
            state.listens.push(request);
            self.asked.notify_waiters();
            state.streams.pop_front()
        });
        match stream {
            Some(stream) => stream,
            None => std::future::pending().await,
        }
    }
}
