//! `calendar preview` and `calendar activate`: what a pack does to the open cases, shown before it is done.

use std::path::PathBuf;

use clap::Args;
use review_server::calendar::{self, Difference};

use super::{Confirmation, Operator, ServerData, told};
use crate::command::CommandError;
use crate::command::pack_argument::read_pack_file;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    data: ServerData,
    /// The pack file.
    file: PathBuf,
    /// List every moved case.
    #[arg(long)]
    all: bool,
}

impl Preview {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let signed = read_pack_file(&self.file)?;
        let state = self.data.open_existing()?;
        output::lines(&told::effect(&calendar::preview(&state, &signed)?, self.all))?;
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(crate) struct Activate {
    #[command(flatten)]
    data: ServerData,
    /// The pack file.
    file: PathBuf,
    /// List every moved case.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    operator: Operator,
}

impl Activate {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let signed = read_pack_file(&self.file)?;
        let state = self.data.open()?;
        let pack = calendar::check(&state, &signed)?;
        let before = calendar::in_force(&state)?;
        let difference = Difference::between(before.pack(), &pack)?;
        output::lines(&told::difference(&difference, &pack, before.serial()))?;
        let expected = calendar::preview(&state, &signed)?;
        output::lines(&told::effect(&expected, self.all))?;
        let serial = pack.serial.to_string();
        self.confirmation.ask("activate? type the serial: ", &serial)?;
        let effect = calendar::activate(&state, &signed, &self.operator.by, Some(before.serial()))?;
        output::line(&format!("calendar pack {serial} is in force"))?;
        // Cases may have come in or been concluded since the effect was shown.
        if effect != expected {
            output::lines(&told::effect(&effect, self.all))?;
        }
        Ok(())
    }
}
