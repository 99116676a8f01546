//! Ships the access log to the server, in order, after the decisions: trouble with it never holds up one of them. The server says how far it
//! has the log; one that has less than it said (it was restored) gets it again from there.

use contract::access_log::AccessLogRequest;
use contract::problem::ProblemCode;

use crate::api::AccessToken;
use crate::api_error::ApiError;
use crate::backoff::delay;
use crate::courier::{Courier, CourierMemory, Refusal};
use crate::cycle::{End, Stop};
use crate::delivery::millis;
use crate::error::SyncError;

/// How many entries go in one request.
const BATCH: usize = 200;
/// How many requests one cycle makes at most.
const BATCHES: usize = 50;

/// What to do after an attempt to ship.
enum Next {
    GoOn,
    Rewind(u64),
    Later(&'static str),
    Refused(Refusal, bool),
}

impl Courier {
    pub(crate) fn is_log_due(&self, memory: &CourierMemory) -> bool {
        memory.log_due_ms.is_none_or(|due_ms| due_ms <= self.api.clock().mono_ms())
    }

    pub(crate) async fn ship_access_log(
        &self,
        memory: &mut CourierMemory,
        stop: &Stop,
        credential: &AccessToken,
    ) -> Result<(), End> {
        if !self.is_log_due(memory) {
            return Ok(());
        }
        let mut has_rewound = false;
        for _ in 0..BATCHES {
            let entries = self.store.call(|ledger| ledger.access_log_unshipped(BATCH)).await?;
            let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
                break;
            };
            let (first, last) = (first.seq, last.seq);
            let request = AccessLogRequest { device_id: self.settings.device_id, entries };
            match stop.or(self.ship(credential, &request, first, has_rewound)).await? {
                (Next::GoOn, up_to) => {
                    // What was never sent is not shipped, whatever the server says.
                    self.store.call(move |ledger| ledger.access_log_shipped(up_to.min(last))).await?;
                }
                (Next::Rewind(wanted), _) => {
                    has_rewound = true;
                    self.store.call(move |ledger| ledger.access_log_rewind(wanted)).await?;
                }
                (Next::Later(code), _) => {
                    tracing::warn!(code, "the access log is not shipped, will be tried again");
                    memory.log_failures = memory.log_failures.saturating_add(1);
                    let wait = delay(memory.log_failures.saturating_add(3), self.jitter(), None);
                    memory.log_due_ms = Some(self.api.clock().mono_ms().saturating_add(millis(wait)));
                    return Ok(());
                }
                (Next::Refused(refusal, is_unknown), _) => {
                    return Err(self.refuse(memory, credential, refusal, is_unknown).await?);
                }
            }
        }
        memory.log_failures = 0;
        memory.log_due_ms = None;
        Ok(())
    }

    async fn ship(
        &self,
        credential: &AccessToken,
        request: &AccessLogRequest,
        first: u64,
        has_rewound: bool,
    ) -> (Next, u64) {
        let error = match self.api.ship_access_log(credential, request).await {
            Ok(answer) if answer.up_to_seq >= first => return (Next::GoOn, answer.up_to_seq),
            // It got entries and has none of them: no progress is possible now.
            Ok(_) => return (Next::Later("no_progress"), 0),
            Err(error) => error,
        };
        let next = match &error {
            ApiError::Problem { problem, .. } => match problem.code {
                ProblemCode::AuditChainBroken => {
                    let wanted = problem.field.as_deref().and_then(|field| field.parse::<u64>().ok());
                    match wanted {
                        Some(wanted) if wanted >= 1 && wanted < first && !has_rewound => Next::Rewind(wanted),
                        _ => Next::Later("audit_chain_broken"),
                    }
                }
                ProblemCode::DeviceRevoked => Next::Refused(Refusal::Revoked, false),
                ProblemCode::DeviceUnknown => Next::Refused(Refusal::NotKnown, true),
                code if code.status() == 401 => Next::Refused(Refusal::NotKnown, false),
                _ => Next::Later("refused"),
            },
            _ => {
                tracing::debug!(code = SyncError::from(error).kind.word(), "shipping the access log failed");
                Next::Later("no_answer")
            }
        };
        (next, 0)
    }
}
