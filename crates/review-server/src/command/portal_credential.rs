//! `portal-credential`: makes one.

use review_server::admin;

use crate::command::{CommandError, DataFolder};
use crate::output;

pub(crate) fn run(data: &DataFolder) -> Result<(), CommandError> {
    let credential = admin::new_portal_credential(&data.open()?)?;
    output::line(&credential)?;
    Ok(())
}
