//! Pushes drafts, notes and holds to the server, so that a case that goes to another holder brings them along. They go under the lease that
//! they were made under; one that the server will not take any more is kept here and not sent again.

use casework::CaseId;

use crate::cycle::{End, Stop};
use crate::engine::Engine;
use crate::error::{SyncError, SyncErrorKind};
use crate::ledger::{LedgerError, UnsentWork};

/// How many are pushed in one cycle.
const AT_MOST: usize = 100;

impl Engine {
    /// Pushes what changed. A refusal keeps nobody from the rest.
    pub(crate) async fn push_case_work(&self, stop: &Stop) -> Result<(), End> {
        for unsent in self.on_ledger(|ledger| ledger.case_work_dirty(AT_MOST)).await? {
            match stop.or(self.push(&unsent)).await? {
                Ok(()) => self.settled(&unsent).await?,
                Err(error) if is_final(&error) => {
                    tracing::warn!(code = error.kind.word(), "the server does not take case work");
                    self.settled(&unsent).await?;
                }
                Err(error) if matches!(error.kind, SyncErrorKind::ServerFault(_)) => {
                    tracing::warn!(code = error.kind.word(), "case work will be pushed again");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Pushes the draft, note and hold of one case now; `true` when the server has them. Where there is nothing to push, it has.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store. What was made here is kept in every case.
    pub async fn put_case_work(&self, case_id: CaseId) -> Result<bool, SyncError> {
        let dirty = self.on_ledger(|ledger| ledger.case_work_dirty(usize::MAX)).await?;
        let Some(unsent) = dirty.into_iter().find(|unsent| unsent.case_id == case_id) else {
            return Ok(true);
        };
        match self.push(&unsent).await {
            Ok(()) => {
                self.settled(&unsent).await?;
                Ok(true)
            }
            Err(error) if is_final(&error) => {
                self.settled(&unsent).await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn push(&self, unsent: &UnsentWork) -> Result<(), SyncError> {
        let api = &self.api;
        let UnsentWork { case_id, request } = unsent;
        Ok(self.session.call(|token| async move { api.put_case_work(&token, *case_id, request).await }).await?)
    }

    async fn settled(&self, unsent: &UnsentWork) -> Result<(), LedgerError> {
        let (case_id, updated_at_ms) = (unsent.case_id, unsent.request.work.updated_at_ms);
        self.on_ledger(move |ledger| ledger.case_work_synced(case_id, updated_at_ms)).await
    }
}

/// The lease is gone, the case is closed, or the server finds it malformed: asking again changes nothing.
fn is_final(error: &SyncError) -> bool {
    matches!(error.kind, SyncErrorKind::Problem(_) | SyncErrorKind::Refused(_))
}
