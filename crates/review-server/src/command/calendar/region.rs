//! `calendar region`: gives an office the extra days off of a region of the pack in force.

use clap::Args;
use review_server::calendar;

use super::{Confirmation, Operator, ServerData, told};
use crate::command::CommandError;
use crate::output;

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["code", "none"])))]
pub(crate) struct Region {
    #[command(flatten)]
    data: ServerData,
    /// The office's name.
    #[arg(long)]
    office: String,
    /// The region's code, as in the pack.
    #[arg(long)]
    code: Option<String>,
    /// No region: the country's days off only.
    #[arg(long)]
    none: bool,
    /// List every moved case.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    operator: Operator,
}

impl Region {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let state = self.data.open()?;
        let region = self.code.as_deref();
        let shown = calendar::region_shown(&state, &self.office)?;
        let expected = calendar::preview_region(&state, &self.office, region)?;
        output::lines(&told::effect(&expected, self.all))?;
        self.confirmation.ask("change the region? type yes: ", "yes")?;
        let effect = calendar::set_region(&state, &self.office, region, &self.operator.by, Some(&shown))?;
        output::line(&format!("{}: region {}", self.office, region.unwrap_or("none")))?;
        if effect != expected {
            output::lines(&told::effect(&effect, self.all))?;
        }
        Ok(())
    }
}
