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

    /// Whether a file is whole, by its rows and indexes and by the seal of every page: `ok`, or what is wrong first.
    #[doc(hidden)]
    pub fn integrity(&self, file: VaultFile) -> Result<String, VaultError> {
        self.sealed(file)?.administer(|connection| {
            let rows: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
            // The seals are those of the file; a page that is newer in the WAL may be torn there.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            let mut seals = connection.prepare("PRAGMA cipher_integrity_check")?;
            let mut broken = seals.query([])?;
            let first = broken.next()?.map(|row| row.get(0)).transpose()?;
            Ok(first.unwrap_or(rows))
        })
    }

    /// Lets decisions be lost by a power cut, as a program with this fault would; for a harness that must find it.
    #[doc(hidden)]
    pub fn sync_off(&self) -> Result<(), VaultError> {
        self.work().administer(|connection| Ok(connection.pragma_update(None, "synchronous", "OFF")?))
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
