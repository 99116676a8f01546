//! `calendar check`: whether a pack file could be put in force, and what it says otherwise than the pack that is.

use std::path::{Path, PathBuf};

use clap::Args;
use review_server::calendar::{self, Difference};
use working_days::{CalendarKey, CalendarPack, TrustedKeys};

use super::{ServerData, told};
use crate::command::pack_argument::read_pack_file;
use crate::command::{CommandError, DataFolder};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The pack file.
    file: PathBuf,
    /// The server's data folder: check the signature with its keys, and against its pack in force.
    #[arg(long, env = "REVIEW_SERVER_DATA")]
    data: Option<PathBuf>,
    /// Check the signature with this public key, where there is no server. It wins over `--data`.
    #[arg(long)]
    public_key: Option<String>,
    /// Demonstration: as if it were this time (RFC 3339). Never in a release build.
    #[cfg(any(debug_assertions, feature = "demonstration"))]
    #[arg(long)]
    now: Option<chrono::DateTime<chrono::FixedOffset>>,
}

impl Check {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let signed = read_pack_file(&self.file)?;
        let (pack, before, signature) = match (&self.data, &self.public_key) {
            (Some(folder), None) => {
                let state = self.server(folder).open_existing()?;
                let pack = calendar::check(&state, &signed)?;
                (pack, calendar::in_force(&state)?.pack().clone(), "by a key that is trusted here")
            }
            (_, Some(key)) => {
                let keys = TrustedKeys { slots: [Some(CalendarKey::parse(key)?), None] };
                (signed.verify(&keys)?, CalendarPack::embedded().clone(), "by the key that was given")
            }
            (None, None) => {
                let pack = CalendarPack::parse(signed.pack.as_bytes())?;
                (pack, CalendarPack::embedded().clone(), "not checked: neither --data nor --public-key was given")
            }
        };
        pack.may_follow(&before)?;
        output::lines(&told::pack(&pack))?;
        output::line(&told::row("signature", signature))?;
        let difference = Difference::between(&before, &pack)?;
        output::lines(&told::difference(&difference, &pack, before.serial))?;
        Ok(())
    }
    fn server(&self, folder: &Path) -> ServerData {
        ServerData {
            data: DataFolder { data: folder.to_owned() },
            #[cfg(any(debug_assertions, feature = "demonstration"))]
            now: self.now,
        }
    }
}
