//! Looks into the reference server's database from outside, as an auditor with a shell would: what really was stored.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};
use thiserror::Error;

/// The server's database in its data folder.
pub const DATABASE: &str = "review-server.db";

/// Why it cannot be looked into.
#[derive(Debug, Error)]
#[error("the server's database cannot be read: {0}")]
pub struct ServerDataError(#[from] rusqlite::Error);

/// A reader of one server's database; opens it anew for every look, read-only.
#[derive(Debug, Clone)]
pub struct ServerData {
    path: PathBuf,
}

/// An accepted decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDecision {
    /// Its id.
    pub decision_id: String,
    /// The case's number.
    pub case_no: String,
    /// Sign-in name of its author.
    pub account: String,
    /// `approve`, `reject` or `escalate`.
    pub opinion: String,
    /// Codes of reasons.
    pub reasons: Vec<String>,
    /// Free text for the applicant.
    pub applicant_text: Option<String>,
    /// Hashes of the photos that its author saw, sorted.
    pub evidence: Vec<String>,
    /// The conclusion that it led to, if it was the concluding one.
    pub outcome: Option<String>,
}

impl ServerData {
    /// The database of the server with this data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { path: data.join(DATABASE) }
    }

    fn open(&self) -> Result<Connection, ServerDataError> {
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(connection)
    }

    /// Case numbers of the open cases in the order of their deadlines.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn open_cases_by_deadline(&self) -> Result<Vec<String>, ServerDataError> {
        let connection = self.open()?;
        let mut query = connection.prepare(
            "SELECT case_no FROM cases WHERE state IN ('pending', 'second_opinion')
             ORDER BY breach_ms IS NULL, breach_ms, case_no",
        )?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every decision that was accepted, in the order of acceptance.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn decisions(&self) -> Result<Vec<StoredDecision>, ServerDataError> {
        let connection = self.open()?;
        let mut query = connection.prepare(
            "SELECT o.decision_id, c.case_no, a.name, o.opinion, o.reasons, o.applicant_text, o.evidence, e.outcome
             FROM opinions o JOIN cases c USING (case_id) JOIN accounts a ON a.account_id = o.account_id
             LEFT JOIN conclusions e ON e.decision_id = o.decision_id
             ORDER BY o.received_at_ms, o.decision_id",
        )?;
        let rows = query.query_map([], |row| {
            let list = |text: String| serde_json::from_str::<Vec<String>>(&text).unwrap_or_default();
            Ok(StoredDecision {
                decision_id: row.get(0)?,
                case_no: row.get(1)?,
                account: row.get(2)?,
                opinion: row.get(3)?,
                reasons: list(row.get(4)?),
                applicant_text: row.get(5)?,
                evidence: list(row.get(6)?),
                outcome: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The originals of a case by its id: kind, hash, bytes; in the order in which they were uploaded.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn photos(&self, case_id: &str) -> Result<Vec<(String, String, Vec<u8>)>, ServerDataError> {
        let connection = self.open()?;
        let mut query = connection.prepare(
            "SELECT e.kind, e.sha256, p.bytes FROM evidence e JOIN photos p USING (sha256)
             WHERE e.case_id = ?1 ORDER BY e.position",
        )?;
        let rows = query.query_map(params![case_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number of a case by its id.
    ///
    /// # Errors
    /// The database cannot be read, or has no such case.
    pub fn case_no(&self, case_id: &str) -> Result<String, ServerDataError> {
        let connection = self.open()?;
        Ok(connection.query_row("SELECT case_no FROM cases WHERE case_id = ?1", params![case_id], |row| row.get(0))?)
    }

    /// The hashes of a case's photos by its number, sorted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn evidence(&self, case_no: &str) -> Result<Vec<String>, ServerDataError> {
        let connection = self.open()?;
        let mut query = connection
            .prepare("SELECT e.sha256 FROM evidence e JOIN cases c USING (case_id) WHERE c.case_no = ?1 ORDER BY 1")?;
        let rows = query.query_map(params![case_no], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Runs a query that gives one number, such as a count.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn number(&self, sql: &str) -> Result<i64, ServerDataError> {
        Ok(self.open()?.query_row(sql, [], |row| row.get(0))?)
    }
}
