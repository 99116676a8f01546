//! `device`: list the devices of an account, revoke one.

use clap::Subcommand;
use review_server::admin;
use uuid::Uuid;

use crate::command::account::Named;
use crate::command::{CommandError, instant};
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum Device {
    /// List the devices of an account, the newest first.
    List(Named),
    /// Let nothing in from a device any more, and end its sessions. For good; a new vault on that computer is a new device.
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    named: Named,
    /// The device's id, as `device list` prints it.
    #[arg(long)]
    device: Uuid,
}

impl Device {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        match self {
            Self::List(named) => {
                for device in admin::devices(&named.data.open()?, &named.account)? {
                    let registered = shown(device.registered_at_ms);
                    let state = match device.revoked_at_ms {
                        None => "open".to_owned(),
                        Some(at_ms) => format!("revoked {}", shown(at_ms)),
                    };
                    output::line(&format!("{} registered {registered} {state}", device.id))?;
                }
            }
            Self::Revoke(revoke) => {
                admin::revoke_device(&revoke.named.data.open()?, &revoke.named.account, revoke.device)?;
            }
        }
        Ok(())
    }
}

/// Beijing time.
fn shown(at_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at_ms).map_or_else(|| at_ms.to_string(), instant::beijing)
}
