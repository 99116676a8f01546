//! Where each row of the test catalogue's part B (network and server) is covered: which run of this package, which test of which crate. A row
//! that is covered only in part says so. Kept by hand; a test compares it with the runs that there are.

use crate::network;
use crate::table::Table;

/// A row of the catalogue and one place that covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The row's id.
    pub id: &'static str,
    /// The crate, or `fault network` for a run of this package.
    pub place: &'static str,
    /// The test's path or name, or the name of the run.
    pub test: &'static str,
}

const fn by(id: &'static str, place: &'static str, test: &'static str) -> Covered {
    Covered { id, place, test }
}

/// The tests of other crates that cover a row or a part of it.
const ELSEWHERE: &[Covered] = &[
    by("HTTP-5xx", "sync", "unsure_answers, backoff"),
    by("HTTP-IND", "sync", "unsure_answers::http_ind_a_lost_answer_is_asked_again_and_the_decision_stands_once"),
    by("HTTP-HALF", "sync", "unsure_answers::http_half_*, http::broken_and_half_answers_are_incomplete"),
    by("HTTP-DUP", "sync", "unsure_answers::http_dup_*, disposition"),
    by("HTTP-DUP", "review-server", "replay, decision"),
    by("AUTH-MID", "sync", "session::auth_mid_*, session::many_calls_with_a_stale_token_refresh_it_once, credential"),
    by("AUTH-MID", "review-server", "session"),
    by("AUTH-SWITCH", "sync", "credential::auth_switch_*, session::auth_switch_*"),
    by("AUTH-SWITCH", "vault", "work_store"),
    by("SYNC-EMPTY", "sync", "pull::sync_empty_an_empty_answer_wipes_nothing"),
    by("SYNC-CANCEL", "sync", "pull::sync_cancel_*"),
    by("CONF-2", "review-server", "replay"),
    by("CONF-2", "vault", "redelivery"),
    by("LEASE-EXP", "review-server", "lapse, succession, standing_back"),
    by("LEASE-EXP", "sync", "leases::lease_exp_*"),
    by("CLK", "sync", "clocks, server_clock"),
    by("CLK", "vault", "guessing"),
    by(
        "VERSION-GATE",
        "sync",
        "credential::version_gate_*, session::version_gate_*, api::fields_of_a_newer_server_do_no_harm",
    ),
    by("SL-1", "review-server", "serving"),
    by("BIG", "sync", "unsure_answers::big_*, http::a_body_is_counted_against_its_cap"),
    by(
        "EVIL",
        "sync",
        "http::a_refused_handshake_is_not_trusted (certificates), address (https only), api::a_photo_is_its_hash_and_nothing_else",
    ),
    by("EVIL", "sync", "unsure_answers::evil_a_redirect_is_no_answer_and_is_not_followed, history (restore)"),
];

/// What of a row nobody covers, or is done differently on purpose.
pub const NOTES: &[(&str, &str)] = &[
    ("T-NET", "the window's latency is not measured here: nothing that a person does waits for the network"),
    ("AUTH-MID", "the desktop has one window, so that no second one can use up a refresh token"),
    ("CONF-VER", "an applicant cannot submit again or withdraw while a case is open; only the photos can change"),
    ("SL-1", "200 idle clients and tenths of the shipped limits; 5,000 and the TLS handshake are the proxy's part"),
    (
        "EVIL",
        "open: mass tombstones are applied without asking. The queue is fetched again and decisions stay, drafts of these cases go",
    ),
];

/// Every row with each place, the runs of this package first.
#[must_use]
pub fn all() -> Vec<Covered> {
    let mut all: Vec<Covered> = Vec::new();
    let runs = network::names();
    let mut ids: Vec<&'static str> = Vec::new();
    for (id, _) in &runs {
        if !ids.contains(id) {
            ids.push(id);
        }
    }
    for id in ids {
        all.extend(runs.iter().filter(|run| run.0 == id).map(|(id, name)| by(id, "fault network", name)));
        all.extend(ELSEWHERE.iter().filter(|covered| covered.id == id));
    }
    all
}

/// The table that `fault catalogue` prints.
#[must_use]
pub fn text() -> String {
    let mut table = Table::new(["row", "where", "test"]);
    for covered in all() {
        table.row([covered.id, covered.place, covered.test]);
    }
    let notes = NOTES.iter().map(|(id, note)| format!("  {id}: {note}"));
    format!("{}\n\n{}", table.text(), notes.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Part B of the catalogue, in its order.
    const PART_B: [&str; 16] = [
        "T-NET",
        "HTTP-5xx",
        "HTTP-IND",
        "HTTP-HALF",
        "HTTP-DUP",
        "AUTH-MID",
        "AUTH-SWITCH",
        "SYNC-EMPTY",
        "SYNC-CANCEL",
        "CONF-2",
        "CONF-VER",
        "LEASE-EXP",
        "CLK",
        "VERSION-GATE",
        "SL-1",
        "BIG",
    ];

    #[test]
    fn every_row_of_part_b_has_a_run_here() {
        let runs = network::names();
        for id in PART_B.iter().chain(&["EVIL"]) {
            assert!(runs.iter().any(|(known, _)| known == id), "{id} has no run");
        }
        for covered in ELSEWHERE {
            assert!(runs.iter().any(|(known, _)| *known == covered.id), "{} is no row", covered.id);
        }
    }

    #[test]
    fn no_two_runs_have_one_name() {
        let mut names = network::names();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
