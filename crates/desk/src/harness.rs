//! For the simulation of `crates/fault`: the engine's port over an open vault without a whole desk and its tasks, so that a seed repeats. It is
//! the ledger that the desk uses. No shipped program calls this.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use contract::server_info::ServerInfo;
use sync::{Ledger, SharedClock};

use crate::announce::Announcer;
use crate::calendar::Calendars;
use crate::desk::SharedVault;
use crate::ledger::VaultLedger;
use crate::seat::Common;

/// The ledger of whoever sits at this vault.
///
/// # Errors
/// The vault cannot be read; the text says why.
pub fn ledger(
    vault: SharedVault,
    data: PathBuf,
    worker: PathBuf,
    clock: SharedClock,
    server: ServerInfo,
) -> Result<Arc<dyn Ledger>, String> {
    let region = None;
    let calendars = Calendars::open(vault.clone(), clock.clone(), Announcer::silent(), region)
        .and_then(|calendars| calendars.hear_keys(&server.calendar_keys).map(|()| calendars))
        .map_err(|error| error.to_string())?;
    let offline_until_ms = vault.offline_until_ms().map_err(|error| error.to_string())?;
    let common = Common {
        server: Mutex::new(server),
        offline_until_ms: Mutex::new(offline_until_ms),
        on_screen: Mutex::new(None),
    };
    Ok(Arc::new(VaultLedger {
        vault,
        data,
        worker: ::photo::Worker::new(worker),
        calendars: Arc::new(calendars),
        common: Arc::new(common),
        clock,
    }))
}
