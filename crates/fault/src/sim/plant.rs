//! Bugs that are planted on purpose: each takes one guard away, and the simulation must notice. They exist in this harness and in fail points
//! only; nothing of them is in a shipped program.

use clap::ValueEnum;
use rusqlite::Connection;

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// The server does not compare fences.
    NoFence,
    /// The server forgets the answers that it gave under an idempotency key.
    NoKeyReplay,
    /// The server's tables have no UNIQUE for a conclusion, and a case that is concluded is taken for open.
    NoUnique,
    /// The desktop's `work.db` is not synced when a decision is confirmed.
    FullOff,
    /// The desktop marks a decision delivered when it is sent, not when the answer came.
    DeliveredEarly,
}

/// Conclusions, opinions and notices again, without any UNIQUE, and a case that never stays concluded: so nothing but UNIQUE would keep a second
/// conclusion out.
const NO_UNIQUE: &str = "
    PRAGMA foreign_keys = OFF;
    PRAGMA legacy_alter_table = ON;
    BEGIN;
    CREATE TABLE IF NOT EXISTS planted (done INTEGER);
    ALTER TABLE conclusions RENAME TO conclusions_before;
    CREATE TABLE conclusions AS SELECT * FROM conclusions_before;
    DROP TABLE conclusions_before;
    ALTER TABLE opinions RENAME TO opinions_before;
    CREATE TABLE opinions AS SELECT * FROM opinions_before;
    CREATE UNIQUE INDEX opinions_by_id ON opinions (decision_id);
    DROP TABLE opinions_before;
    ALTER TABLE notices RENAME TO notices_before;
    CREATE TABLE notices (notice_id INTEGER PRIMARY KEY, case_id TEXT, kind TEXT, body TEXT, made_at_ms INTEGER,
                          sent_at_ms INTEGER);
    INSERT INTO notices SELECT * FROM notices_before;
    DROP TABLE notices_before;
    DROP INDEX IF EXISTS cases_one_open;
    CREATE TRIGGER planted_open AFTER UPDATE OF state ON cases WHEN NEW.state = 'concluded'
    BEGIN UPDATE cases SET state = 'pending' WHERE case_id = NEW.case_id; END;
    COMMIT;";

const NO_KEY_REPLAY: &str = "
    CREATE TRIGGER IF NOT EXISTS planted_forgets AFTER INSERT ON decision_answers
    BEGIN DELETE FROM decision_answers WHERE decision_id = NEW.decision_id; END;";

impl Plant {
    /// Every bug.
    pub const ALL: [Self; 5] = [Self::NoFence, Self::NoKeyReplay, Self::NoUnique, Self::FullOff, Self::DeliveredEarly];

    /// Its name on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NoFence => "no-fence",
            Self::NoKeyReplay => "no-key-replay",
            Self::NoUnique => "no-unique",
            Self::FullOff => "full-off",
            Self::DeliveredEarly => "delivered-early",
        }
    }

    /// Plants what stands in the server's database, whenever it is opened.
    pub(super) fn in_database(self, database: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::NoUnique => {
                let is_there = "SELECT count(*) FROM sqlite_schema WHERE name = 'planted'";
                let count: i64 = database.query_row(is_there, [], |row| row.get(0))?;
                if count == 0 { database.execute_batch(NO_UNIQUE) } else { Ok(()) }
            }
            Self::NoKeyReplay => database.execute_batch(NO_KEY_REPLAY),
            Self::NoFence | Self::FullOff | Self::DeliveredEarly => Ok(()),
        }
    }

    /// Plants what is a fail point, for the whole process.
    #[cfg(feature = "failpoints")]
    pub(super) fn in_program(planted: Option<Self>) -> Result<(), String> {
        let action = if planted == Some(Self::NoFence) { "return" } else { "off" };
        fail::cfg("server::lease::no-fence-check", action)
    }

    #[cfg(not(feature = "failpoints"))]
    pub(super) fn in_program(planted: Option<Self>) -> Result<(), String> {
        match planted {
            Some(Self::NoFence) => Err("this program was built without the feature failpoints".to_owned()),
            _ => Ok(()),
        }
    }
}
