//! Handles for tests of this and other crates: full disks, schemas, states that cannot be reached by hand. Not part of the API; none of them
//! weakens the encryption or reads a row.

use crate::error::{VaultError, VaultFile};
use crate::sealed_file::SealedFile;
use crate::vault::Vault;

impl Vault {
    /// Lets a file grow by at most so many pages, as if the disk were full then; `None` lifts the limit.
    #[doc(hidden)]
    pub fn limit_pages(&self, file: VaultFile, more: Option<u32>) -> Result<(), VaultError> {
        self.sealed(file)?.administer(|connection| {
            let now: u32 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let most = more.map_or(4_294_967_294, |more| i64::from(now) + i64::from(more));
            let _: i64 = connection.query_row(&format!("PRAGMA max_page_count = {most}"), [], |row| row.get(0))?;
            Ok(())
        })
    }

    /// The schema of a file as text, in a stable order.
    #[doc(hidden)]
    pub fn schema_text(&self, file: VaultFile) -> Result<String, VaultError> {
        self.sealed(file)?.read(|tx| {
            let mut schema = tx.prepare(
                "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name",
            )?;
            let entries = schema
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            Ok(entries.join("\n\n") + "\n")
        })
    }

    /// Makes a file look as if a program with this schema had written it.
    #[doc(hidden)]
    pub fn pretend_schema(&self, file: VaultFile, version: u32) -> Result<(), VaultError> {
        self.sealed(file)?.administer(|connection| Ok(connection.pragma_update(None, "user_version", version)?))
    }

    /// Changes a file past every rule, to make what an older program left behind.
    #[doc(hidden)]
    pub fn run_sql(&self, file: VaultFile, sql: &str) -> Result<(), VaultError> {
        self.sealed(file)?.administer(|connection| Ok(connection.execute_batch(sql)?))
    }

    fn sealed(&self, file: VaultFile) -> Result<&SealedFile, VaultError> {
        match file {
            VaultFile::Header => Err(VaultError::NotFound),
            VaultFile::Cases => Ok(self.cases()),
            VaultFile::Photos => Ok(self.photos()),
            VaultFile::Work => Ok(self.work()),
        }
    }
}
