//! Work without a network: nothing is lost, nothing doubled, nothing claimed delivered that is not.

use desk::view::{ConnectionView, OutboxStateView, SessionView};
use testkit::office::Office;

use crate::bench::{Computer, folder, path};

#[tokio::test(flavor = "multi_thread")]
async fn ten_decisions_made_without_a_network_arrive_once_each_after_two_restarts() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 50, |options| options.lease_limit = Some(10)).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(10).await;
    assert_eq!(program.queue().await.total, 50);
    program.quit().await;
    server.stop().unwrap();

    let program = computer.start();
    program.unlock().await;
    let SessionView::Open { account, .. } = program.desk.session_view().await.unwrap() else { panic!("not open") };
    assert_eq!(account, "li");
    let ready = program.ready_cases().await;
    assert_eq!(ready.len(), 10);
    for (index, case_id) in ready.iter().enumerate() {
        if index % 3 == 2 {
            program.reject(case_id, &["glare"], "").await;
        } else {
            program.approve(case_id).await;
        }
    }
    let rows = program.desk.outbox_view().await.unwrap().rows;
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|row| row.state != OutboxStateView::Delivered));
    let status = program
        .until("being offline", async |desk| {
            desk.status_view().await.ok().filter(|status| status.connection == ConnectionView::Offline)
        })
        .await;
    assert_eq!((status.undelivered, status.offline_ready), (10, 0));
    let nearest = status.nearest.unwrap();
    let to_come = rows.iter().find(|row| row.breach_ms > Some(status.clock.now_ms)).unwrap();
    assert_eq!(nearest.case_no, to_come.case_no, "the strip names the next deadline that can still be met");
    program.quit().await;

    let program = computer.start();
    program.unlock().await;
    assert_eq!(program.status().await.undelivered, 10, "all ten survived the restart");
    let server = office.start_again().unwrap();
    program.desk.connect_now().await.unwrap();
    program.until_delivered(10).await;
    assert_eq!(program.status().await.undelivered, 0);
    let stored = office.database().decisions().unwrap();
    assert_eq!(stored.len(), 10);
    let cases: std::collections::BTreeSet<_> = stored.iter().map(|decision| &decision.case_no).collect();
    assert_eq!(cases.len(), 10, "once each");
    assert_eq!(office.database().number("SELECT count(*) FROM conclusions").unwrap(), 10);
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_and_unlocking_loses_nothing_and_signing_out_names_what_is_undelivered() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(10).await;
    let ready = program.ready_cases().await;
    server.stop().unwrap();
    program.approve(&ready[0]).await;
    program.desk.lock().await.unwrap();
    assert_eq!(serde_json::to_value(program.desk.status_view().await.unwrap_err().code).unwrap(), "locked");
    program.unlock().await;
    assert_eq!(program.status().await.undelivered, 1);

    let refused = program.desk.sign_out(desk::view::SignOutRequest { with_undelivered: false }).await.unwrap_err();
    assert_eq!(serde_json::to_value(refused.code).unwrap(), "undelivered_left");
    assert_eq!(refused.params.count, Some(1));
    program.desk.sign_out(desk::view::SignOutRequest { with_undelivered: true }).await.unwrap();
    program.unlock().await;
    assert_eq!(program.queue().await.total, 0, "what came from the server is gone");
    assert_eq!(program.status().await.undelivered, 1, "what was made here is not");

    let server = office.start_again().unwrap();
    program.desk.connect_now().await.unwrap();
    program
        .until("the password being asked for", async |desk| {
            desk.status_view().await.ok().filter(|status| status.connection == ConnectionView::SignInNeeded)
        })
        .await;
    program.renew().await;
    program.until_delivered(1).await;
    assert_eq!(office.database().decisions().unwrap().len(), 1);
    server.stop().unwrap();
}
