//! How the server in memory behaves when no script says otherwise.

use contract::access_log::{AccessLogAnswer, AccessLogRequest, StuckAnswer};
use contract::decision::DecisionRequest;
use contract::device::DeviceAnswer;
use contract::events::WaitAnswer;
use contract::problem::ProblemCode;
use contract::reason::ReasonsAnswer;
use contract::session::RefreshRequest;
use sync::{Method, WireAnswer, WireRequest};

use super::{State, after, body, what};
use crate::answers::{json, nothing, raw, with_header};
use crate::sample;

impl State {
    pub(super) fn behave(&mut self, request: &WireRequest) -> WireAnswer {
        let call = what(&request.path);
        let token = request.headers.iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value.as_str());
        match call {
            "server" | "session" | "refresh" | "calendar" => {}
            "decisions" | "audit" => {
                if self.credential.is_empty() || token != Some(&format!("Bearer {}", self.credential)) {
                    return json(401, &sample::problem(ProblemCode::DeviceUnknown));
                }
            }
            _ => {
                if self.access.is_empty() || token != Some(&format!("Bearer {}", self.access)) {
                    return json(401, &sample::problem(ProblemCode::TokenExpired));
                }
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
            "changes" => json(200, self.pages.get(&after(&request.path)).unwrap_or(&self.newest)),
            "leases" => {
                self.asked_leases.push(body(request));
                json(200, &self.leases)
            }
            "device" => {
                self.credential_no += 1;
                self.credential = format!("rdd_{}", self.credential_no);
                json(200, &DeviceAnswer { delivery_credential: self.credential.clone() })
            }
            "audit" => self.take_log(&body(request)),
            "stuck" => json(200, &StuckAnswer { stuck: Vec::new() }),
            "wait" => json(200, &WaitAnswer { cursor: after(&request.path) + 1 }),
            "lease" if request.method == Method::Post => json(200, &sample::lease(1)),
            "work" => {
                self.work.push((request.path.clone(), body(request)));
                nothing()
            }
            "lease" | "technical" | "recuse" | "revoke" => nothing(),
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
                let sent: DecisionRequest = body(request);
                let receipt = self
                    .accepted
                    .entry(sent.decision_id)
                    .or_insert_with(|| sample::receipt_for(sent.decision_id, &sent.payload_sha256));
                json(200, receipt)
            }
            other => panic!("no such call: {other}"),
        }
    }

    fn take_log(&mut self, log: &AccessLogRequest) -> WireAnswer {
        assert_eq!(log.device_id, sample::DEVICE);
        let next = self.log.len() as u64 + 1;
        if log.entries[0].seq > next {
            let mut problem = sample::problem(ProblemCode::AuditChainBroken);
            problem.field = Some(next.to_string());
            return json(409, &problem);
        }
        self.log.extend(log.entries.iter().filter(|entry| entry.seq >= next).cloned());
        json(200, &AccessLogAnswer { up_to_seq: self.log.len() as u64 })
    }

    fn new_session(&mut self) -> WireAnswer {
        self.session_no += 1;
        let session = sample::session(self.session_no);
        self.access = session.access_token.clone();
        self.refresh = session.refresh_token.clone();
        json(200, &session)
    }
}
