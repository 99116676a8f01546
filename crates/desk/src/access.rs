//! The access log as the desk writes it: one line for each thing that a person did with the desk or a case. Moves of decisions write their own
//! lines in the vault. A line that cannot be written keeps nobody from working; it is a fault that the program's log tells.

use casework::{AccessEvent, CaseId, DecisionId};
use vault::{NewAccess, WorkStore};

/// A line without more than its time.
pub(crate) fn note(work: &WorkStore, at_ms: i64, what: AccessEvent) {
    write(work, &NewAccess { at_ms, what, case_id: None, decision_id: None, detail: None });
}

/// A line about a case.
pub(crate) fn note_case(work: &WorkStore, at_ms: i64, what: AccessEvent, case_id: CaseId) {
    write(work, &NewAccess { at_ms, what, case_id: Some(case_id), decision_id: None, detail: None });
}

/// A line about a decision.
pub(crate) fn note_decision(work: &WorkStore, at_ms: i64, what: AccessEvent, case_id: CaseId, decision_id: DecisionId) {
    write(work, &NewAccess { at_ms, what, case_id: Some(case_id), decision_id: Some(decision_id), detail: None });
}

/// A line with a code that says more.
pub(crate) fn note_detail(work: &WorkStore, at_ms: i64, what: AccessEvent, detail: &str) {
    write(work, &NewAccess { at_ms, what, case_id: None, decision_id: None, detail: Some(detail) });
}

fn write(work: &WorkStore, entry: &NewAccess<'_>) {
    if let Err(error) = work.access_log_append(entry) {
        tracing::error!(%error, what = entry.what.word(), "a line of the access log is missing");
    }
}
