//! Brings a file's schema up to date: numbered steps, each in a transaction of its own together with the new `user_version`, so that a kill
//! between two statements leaves the step undone. A newer schema is refused, never touched.

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, Connection, TransactionBehavior};

use crate::error::{Fault, VaultError, VaultFile};
use crate::failpoint::fail_point;

/// The steps of a file, in order; step n makes schema n + 1. Published steps are never edited.
pub(crate) fn steps(file: VaultFile) -> &'static [&'static str] {
    match file {
        VaultFile::Header => &[],
        VaultFile::Cases => {
            &[include_str!("../migrations/cases/0001_queue.sql"), include_str!("../migrations/cases/0002_calendar.sql")]
        }
        VaultFile::Photos => &[include_str!("../migrations/photos/0001_renditions.sql")],
        VaultFile::Work => &[
            include_str!("../migrations/work/0001_outbox.sql"),
            include_str!("../migrations/work/0002_calendar.sql"),
            include_str!("../migrations/work/0003_delivery.sql"),
            include_str!("../migrations/work/0004_log_again.sql"),
        ],
    }
}

/// The schema that this program writes.
pub(crate) fn newest(file: VaultFile) -> u32 {
    u32::try_from(steps(file).len()).unwrap_or(u32::MAX)
}

/// The schema of an open file; 0 when it has none yet.
pub(crate) fn found(connection: &Connection) -> Result<u32, Fault> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Runs the steps that are missing.
pub(crate) fn migrate(connection: &mut Connection, file: VaultFile) -> Result<(), Fault> {
    let found = found(connection)?;
    let supported = newest(file);
    if found > supported {
        return Err(VaultError::TooNew { file, found, supported }.into());
    }
    for (step, sql) in (1u32..).zip(steps(file)).filter(|(step, _)| *step > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut statements = Batch::new(&transaction, sql);
        while let Some(mut statement) = statements.next()? {
            statement.execute([])?;
            fail_point!("vault::migration::between-statements");
        }
        transaction.pragma_update(None, "user_version", step)?;
        fail_point!("vault::migration::before-commit");
        transaction.commit()?;
    }
    Ok(())
}
