//! `calendar build`: a signed pack file from notice files. Needs no database unless `--data` names the base.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use review_server::calendar::{self, Building, Difference, NoticeFile};
use review_server::{Clock, SystemClock};
use working_days::CalendarPack;

use super::file::{Readers, create, text};
use super::passphrase::Passphrase;
use super::{ServerData, told};
use crate::command::instant::argument;
use crate::command::pack_argument::read_pack_file;
use crate::command::{CommandError, DataFolder};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// A notice file; may be given several times.
    #[arg(long, required = true)]
    notice: Vec<PathBuf>,
    /// The pack file to add to; without it, the pack in force of `--data`, or the one that the program was built with.
    #[arg(long)]
    base: Option<PathBuf>,
    /// The server's data folder, for the pack in force there; `--base` wins over it.
    #[arg(long, env = "REVIEW_SERVER_DATA")]
    data: Option<PathBuf>,
    /// The serial; without it, the issue day's first (YYYYMMDD01) or the base's next, whichever is higher.
    #[arg(long)]
    serial: Option<u32>,
    /// The pack is meant to change days before its issue.
    #[arg(long)]
    retroactive: bool,
    /// When it is issued; now, without it.
    #[arg(long, value_parser = argument)]
    issued_at: Option<DateTime<Utc>>,
    /// The file of the secret key.
    #[arg(long)]
    sign_with: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Where the pack file goes: a new file.
    #[arg(long)]
    out: PathBuf,
}

impl Build {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let base = self.base()?;
        let files = self.notice.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
        let building = Building {
            base: &base,
            files: &files,
            serial: self.serial,
            issued_at: self.issued_at.unwrap_or_else(|| SystemClock.now()),
            is_retroactive: self.retroactive,
        };
        let pack = building.pack()?;
        let secret = zeroize::Zeroizing::new(text(&self.sign_with)?);
        let signed = calendar::sign(&pack, &secret, &self.passphrase.get()?)?;
        create(&self.out, &signed.to_bytes(), Readers::Everybody)?;
        output::lines(&told::pack(&pack))?;
        output::lines(&told::difference(&Difference::between(&base, &pack)?, &pack, base.serial))?;
        Ok(())
    }

    fn base(&self) -> Result<CalendarPack, CommandError> {
        match (&self.base, &self.data) {
            (Some(file), _) => Ok(CalendarPack::parse(read_pack_file(file)?.pack.as_bytes())?),
            (None, Some(folder)) => {
                let state = ServerData::at(DataFolder { data: folder.clone() }).open_existing()?;
                Ok(calendar::in_force(&state)?.pack().clone())
            }
            (None, None) => Ok(CalendarPack::embedded().clone()),
        }
    }
}

fn read(path: &Path) -> Result<NoticeFile, CommandError> {
    NoticeFile::parse(&text(path)?)
        .map_err(|source| CommandError::NoticeFile { file: path.display().to_string(), source })
}
