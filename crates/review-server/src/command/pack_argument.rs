//! `--pack` and `--region`: the calendar that a question is answered by. Asking needs no database and no key, so a pack file's signature is
//! not looked at here; `calendar check` is for that.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use working_days::{Calendar, CalendarPack, MAX_PACK_BYTES, SignedPack};

use crate::command::CommandError;

#[derive(Debug, Args)]
pub(crate) struct PackArgument {
    /// A pack file to answer by, instead of the pack that the program was built with. Its signature is not checked.
    #[arg(long)]
    pack: Option<PathBuf>,
    /// Count the extra days off of this region of the pack.
    #[arg(long)]
    region: Option<String>,
}

impl PackArgument {
    /// The pack, and its calendar for the region.
    pub(crate) fn calendar(&self) -> Result<(CalendarPack, Calendar), CommandError> {
        let pack = match &self.pack {
            Some(file) => CalendarPack::parse(read_pack_file(file)?.pack.as_bytes())?,
            None => CalendarPack::embedded().clone(),
        };
        let calendar = Calendar::of_pack(&pack, self.region.as_deref())?;
        Ok((pack, calendar))
    }
}

/// Reads a pack file, and no more of it than a pack file can have.
pub(crate) fn read_pack_file(path: &Path) -> Result<SignedPack, CommandError> {
    let failed = |source| CommandError::Io { what: format!("{} cannot be read", path.display()), source };
    let most = u64::try_from(2 * MAX_PACK_BYTES + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(SignedPack::parse(&bytes)?)
}
