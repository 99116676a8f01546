//! A deadline as it stands in a row of `cases`: what the server computed last, and the facts to compute and explain it again. Rows that
//! were kept by schema 1 lack those facts until the server shows them again; they have a date all the same. Counting is not done here.

use casework::Sha256;
use rusqlite::Row;
use working_days::BeijingDate;

use crate::column;

/// The due date and its two instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRow {
    /// Beijing date of the 7th working day.
    pub due_date: BeijingDate,
    /// Close of business of that day.
    pub target_ms: i64,
    /// 24:00 of that day.
    pub breach_ms: i64,
}

/// What came of the server's computation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeRow {
    /// Every day up to it is published.
    Final {
        /// The date and its instants.
        due: DueRow,
    },
    /// 暂定
    Provisional {
        /// The date and its instants, by statutory holidays only.
        due: DueRow,
        /// The earliest date that it may become.
        earliest: BeijingDate,
        /// The latest date that it may become.
        latest: BeijingDate,
    },
    /// Beyond the calendar.
    OutOfRange,
}

/// Why the server computed a deadline last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeadlineReason {
    /// At the submission.
    Initial,
    /// A new calendar pack.
    Calendar,
    /// The office got other regional days off.
    Region,
}

impl DeadlineReason {
    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Calendar => "calendar",
            Self::Region => "region",
        }
    }

    /// The reason of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Initial, Self::Calendar, Self::Region].into_iter().find(|reason| reason.word() == word)
    }
}

/// All that is needed to compute and explain a deadline again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineFacts {
    /// The instant of the submission.
    pub submitted_at_ms: i64,
    /// Version of the policy.
    pub policy_version: u32,
    /// Code of the region whose extra days off were counted.
    pub region: Option<String>,
    /// Serial of the pack by which the server computed.
    pub pack_serial: u32,
    /// SHA-256 of that pack's canonical bytes; `None` where the server named no readable one.
    pub pack_sha256: Option<Sha256>,
    /// Why it was computed last.
    pub reason: DeadlineReason,
    /// When the server computed it, server time.
    pub computed_at_ms: i64,
    /// Beijing date that was promised first, if there was one to promise.
    pub first_due_date: Option<BeijingDate>,
}

/// A deadline as the server computed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineRow {
    /// What came of it.
    pub outcome: OutcomeRow,
    /// The policy by which the server counted: `P0`, `P1` or `P2`.
    pub policy: String,
    /// The facts behind it; `None` for a row that was kept by schema 1 and did not come again yet.
    pub facts: Option<DeadlineFacts>,
}

impl DeadlineRow {
    /// The date and its instants, if there is one.
    #[must_use]
    pub fn due(&self) -> Option<&DueRow> {
        match &self.outcome {
            OutcomeRow::Final { due } | OutcomeRow::Provisional { due, .. } => Some(due),
            OutcomeRow::OutOfRange => None,
        }
    }

    /// Whether the server computed it after the other one. The pack's serial does not tell: a server can go back to an earlier pack.
    pub(crate) fn was_computed_after(&self, other: &Self) -> bool {
        let computed_at_ms = |row: &Self| row.facts.as_ref().map(|facts| facts.computed_at_ms);
        computed_at_ms(self) > computed_at_ms(other)
    }
}

/// The texts of a deadline's columns.
pub(crate) struct DeadlineTexts {
    pub(crate) status: &'static str,
    pub(crate) due_date: Option<String>,
    pub(crate) earliest: Option<String>,
    pub(crate) latest: Option<String>,
    pub(crate) first_due_date: Option<String>,
}

impl DeadlineTexts {
    pub(crate) fn of(row: &DeadlineRow) -> Self {
        let (status, earliest, latest) = match &row.outcome {
            OutcomeRow::Final { .. } => ("final", None, None),
            OutcomeRow::Provisional { earliest, latest, .. } => {
                ("provisional", Some(earliest.to_string()), Some(latest.to_string()))
            }
            OutcomeRow::OutOfRange => ("out_of_range", None, None),
        };
        let first = row.facts.as_ref().and_then(|facts| facts.first_due_date);
        Self {
            status,
            due_date: row.due().map(|due| due.due_date.to_string()),
            earliest,
            latest,
            first_due_date: first.map(|date| date.to_string()),
        }
    }
}

/// The deadline of a row of `cases`.
pub(crate) fn deadline_row(row: &Row<'_>) -> rusqlite::Result<DeadlineRow> {
    let missing = || column::unreadable("due_date");
    let due = || -> rusqlite::Result<DueRow> {
        Ok(DueRow {
            due_date: column::date(row, "due_date")?.ok_or_else(missing)?,
            target_ms: row.get("target_ms")?,
            breach_ms: row.get("breach_ms")?,
        })
    };
    let outcome = match row.get_ref("deadline_status")?.as_str().map_err(|_| column::unreadable("deadline_status"))? {
        "final" => OutcomeRow::Final { due: due()? },
        "provisional" => OutcomeRow::Provisional {
            due: due()?,
            earliest: column::date(row, "earliest")?.ok_or_else(missing)?,
            latest: column::date(row, "latest")?.ok_or_else(missing)?,
        },
        "out_of_range" => OutcomeRow::OutOfRange,
        _ => return Err(column::unreadable("deadline_status")),
    };
    let facts = match row.get::<_, Option<i64>>("submitted_at_ms")? {
        Some(submitted_at_ms) => Some(DeadlineFacts {
            submitted_at_ms,
            policy_version: row.get("policy_version")?,
            region: row.get("region")?,
            pack_serial: row.get("pack_serial")?,
            pack_sha256: column::optional_sha256(row, "pack_sha256")?,
            reason: column::word(row, "deadline_reason", DeadlineReason::from_word)?,
            computed_at_ms: row.get("computed_at_ms")?,
            first_due_date: column::date(row, "first_due_date")?,
        }),
        None => None,
    };
    Ok(DeadlineRow { outcome, policy: row.get("policy")?, facts })
}
