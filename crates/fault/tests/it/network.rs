//! Every row of `fault network`, with one seed and a few contests; more of them are run by hand.

use fault::network::{Arguments, names, run_one};

fn arguments() -> Arguments {
    Arguments { only: None, seed: 1, seeds: 10 }
}

/// Runs every row of an id; there must be some.
async fn every_row_of(id: &str) {
    let rows: Vec<_> = names().into_iter().filter(|(known, _)| *known == id).collect();
    assert!(!rows.is_empty(), "no rows of {id}");
    for (id, name) in rows {
        let outcome = run_one(id, name, &arguments()).await;
        assert!(outcome.is_ok(), "{id}/{name}: {outcome:?}");
    }
}

/// T-NET
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_toxic_in_both_directions_loses_and_doubles_nothing() {
    every_row_of("T-NET").await;
}

/// HTTP-5xx
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_in_trouble_is_asked_again_whatever_it_says_about_when() {
    every_row_of("HTTP-5xx").await;
}

/// HTTP-IND
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_up_to_twenty_times_leaves_one_decision() {
    every_row_of("HTTP-IND").await;
}

/// HTTP-HALF
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_half_answer_is_a_delivery_wherever_it_is_cut() {
    every_row_of("HTTP-HALF").await;
}

/// HTTP-DUP
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_receipt_but_the_own_and_signed_one_is_a_delivery() {
    every_row_of("HTTP-DUP").await;
}

/// AUTH-MID
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_that_ends_in_mid_batch_keeps_every_row_in_its_place() {
    every_row_of("AUTH-MID").await;
}

/// AUTH-SWITCH
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_at_one_computer_are_never_credited_with_each_others_decisions() {
    every_row_of("AUTH-SWITCH").await;
}

/// SYNC-EMPTY
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_shows_nothing_wipes_nothing() {
    every_row_of("SYNC-EMPTY").await;
}

/// SYNC-CANCEL
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_is_cut_or_repeated_leaves_neither_gap_nor_double() {
    every_row_of("SYNC-CANCEL").await;
}

/// CONF-2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_desktops_with_one_case_one_wins_and_the_other_keeps_its_text() {
    every_row_of("CONF-2").await;
}

/// CONF-VER
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_that_changed_bring_the_decision_back_to_a_person() {
    every_row_of("CONF-VER").await;
}

/// LEASE-EXP
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_ended_offline_delivers_only_where_nobody_took_the_case() {
    every_row_of("LEASE-EXP").await;
}

/// CLK
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_clock_keeps_a_decision_or_changes_their_order() {
    every_row_of("CLK").await;
}

/// VERSION-GATE
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_another_version_stops_new_work_and_not_delivery() {
    every_row_of("VERSION-GATE").await;
}

/// SL-1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_are_closed_and_hold_up_nobody() {
    every_row_of("SL-1").await;
}

/// BIG
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_without_measure_is_read_to_its_end() {
    every_row_of("BIG").await;
}

/// EVIL
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malicious_server_gets_no_secret_and_takes_no_decision_away() {
    every_row_of("EVIL").await;
}
