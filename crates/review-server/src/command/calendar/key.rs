//! `calendar key` makes a key pair, `calendar trust` puts a public key into one of the server's two slots.

use std::path::PathBuf;

use clap::Args;
use review_server::calendar::{self, KeySlot};
use working_days::CalendarKey;

use super::ServerData;
use super::file::{Readers, create};
use super::passphrase::Passphrase;
use crate::command::CommandError;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Key {
    /// Where the secret key goes: a new file, encrypted by the passphrase, readable by you only.
    #[arg(long)]
    secret: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
}

impl Key {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let key = calendar::new_key(&self.passphrase.get_new()?)?;
        create(&self.secret, key.secret.as_bytes(), Readers::Owner)?;
        output::line(&format!("public key: {}", key.public))?;
        Ok(())
    }
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["public_key", "clear"])))]
pub(crate) struct Trust {
    #[command(flatten)]
    data: ServerData,
    /// 1 or 2.
    #[arg(long, value_parser = slot)]
    slot: KeySlot,
    /// The public key, as `calendar key` printed it.
    #[arg(long)]
    public_key: Option<String>,
    /// Empty the slot.
    #[arg(long)]
    clear: bool,
    /// Do it even if the desktops then know none of the keys: they refuse packs until each of them is set up anew.
    #[arg(long)]
    break_trust: bool,
}

fn slot(text: &str) -> Result<KeySlot, String> {
    match text {
        "1" => Ok(KeySlot::One),
        "2" => Ok(KeySlot::Two),
        _ => Err("there are the slots 1 and 2".to_owned()),
    }
}

impl Trust {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let key = self.public_key.as_deref().map(CalendarKey::parse).transpose()?;
        let state = self.data.open()?;
        match &key {
            Some(key) => calendar::trust(&state, self.slot, key, self.break_trust)?,
            None => calendar::distrust(&state, self.slot, self.break_trust)?,
        }
        output::lines(&super::told::keys(&calendar::keys(&state)?))?;
        Ok(())
    }
}
