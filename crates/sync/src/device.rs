//! Registers this device: its public keys go to the server, the credential that comes back goes to where the courier finds it. Done once with
//! the first session, and again whenever the courier has none that the server takes. A refusal keeps nobody from the rest.

use crate::cycle::{End, Memory, Stop};
use crate::engine::Engine;
use crate::error::{SyncError, SyncErrorKind};
use crate::event::{CourierState, SyncEvent};

/// A server that gives credentials and does not take them is not asked more often than this.
const AGAIN_MS: i64 = 60 * 1000;

impl Engine {
    pub(crate) async fn register_device(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        let has_one = self.on_ledger(|ledger| ledger.has_delivery_credential()).await?;
        if has_one && self.courier.state() != CourierState::NeedsSignIn {
            return Ok(());
        }
        let now = self.api.clock().mono_ms();
        if memory.registered_ms.is_some_and(|asked| now.saturating_sub(asked) < AGAIN_MS) {
            return Ok(());
        }
        memory.registered_ms = Some(now);
        let keys = &self.on_ledger(|ledger| ledger.device_keys()).await?;
        let api = &self.api;
        let answer = stop.or(self.session.call(|token| async move { api.register_device(&token, keys).await })).await?;
        let credential = match answer.map_err(SyncError::from) {
            Ok(credential) => credential,
            Err(error) if matches!(error.kind, SyncErrorKind::Problem(_) | SyncErrorKind::Refused(_)) => {
                tracing::warn!(code = error.kind.word(), "the server does not register this device");
                self.emit(SyncEvent::DeviceRefused(error));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.on_ledger(move |ledger| ledger.put_delivery_credential(&credential)).await?;
        self.courier.nudge();
        Ok(())
    }
}
