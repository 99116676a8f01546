//! All that `work.db` holds as comparable text, and a story of changes that moves decisions into every state. Each step of the story is one
//! transaction, so that what a fault left can be told from what was committed. Deliberately no fault in here.

use std::path::Path;

use casework::{CaseVersion, Fence};
use tempfile::TempDir;
use vault::{
    CalendarRefusalRow, CaseWorkRow, DueTold, NewOutboxRow, Problem, ReceiptRow, SecretName, Vault, VaultFile,
};
use working_days::BeijingDate;
use zeroize::Zeroizing;

use crate::fixture::{NOW, case_id, decision, decision_id, sha};
use crate::outbox::{problem, receipt};

/// Decisions that a story uses have a number below this.
pub(crate) const DECISIONS: u32 = 40;

/// A step: what it is called, and the one change that it makes.
pub(crate) type Step = (&'static str, Box<dyn Fn(&Vault)>);

/// A folder in memory where the system has one: these tests open thousands of vaults, and none of them is about the disk's speed.
pub(crate) fn fast_folder() -> TempDir {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { tempfile::tempdir_in(shared).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// Everything that the owner would find again, one line each.
pub(crate) fn work_state(vault: &Vault) -> Vec<String> {
    let mut lines = Vec::new();
    for number in 0..DECISIONS {
        let Some(row) = vault.outbox_row(decision_id(number)).unwrap() else { continue };
        let copy = vault.author_copy(decision_id(number)).unwrap();
        lines.push(format!("{number}: {row:?} {}", String::from_utf8_lossy(&copy)));
    }
    for row in vault.outbox_due(i64::MAX, 1000).unwrap() {
        lines.push(format!("due {} {:?} {}", row.decision_id, row.payload_sha256, hex::encode(&row.envelope)));
    }
    for row in vault.case_works().unwrap() {
        lines.push(format!("draft {} {} {:?} {}", row.case_id, row.is_dirty, row.remind_at_ms, hex::encode(&row.work)));
    }
    lines.extend(vault.opened_untold().unwrap().iter().map(|opened| format!("{opened:?}")));
    lines.extend(vault.access_log_unshipped(10_000).unwrap().iter().map(|entry| format!("{entry:?}")));
    lines.push(format!("credential {:?}", vault.delivery_credential().unwrap()));
    lines.push(format!("person {:?}", vault.person().unwrap()));
    lines.push(format!("server {:?}", vault.server().unwrap()));
    lines.push(format!("secret {:?}", vault.secret(SecretName::RefreshToken).unwrap()));
    lines.push(format!("clock {:?}", vault.clock_offset().unwrap()));
    lines.push(format!("told {:?}", vault.due_told().unwrap()));
    lines.push(format!("keys {:?}", vault.calendar_keys().unwrap()));
    lines.push(format!("refusal {:?}", vault.calendar_refusal().unwrap()));
    lines
}

/// A draft whose text has so many bytes.
pub(crate) fn draft(number: u32, bytes: usize) -> CaseWorkRow {
    CaseWorkRow {
        case_id: case_id(number),
        fence: Fence(number),
        work: Zeroizing::new(vec![number as u8; bytes]),
        remind_at_ms: Some(NOW + 5),
        updated_at_ms: NOW,
        is_dirty: true,
    }
}

/// A decision whose envelope needs `pages` pages of its own.
pub(crate) fn large_decision(number: u32, pages: usize) -> NewOutboxRow {
    let mut large = decision(number);
    large.envelope = (0..pages * 4000).map(|at| (at % 251) as u8 ^ (number as u8)).collect();
    large
}

fn step(name: &'static str, change: impl Fn(&Vault) + 'static) -> Step {
    (name, Box::new(change))
}

/// Decisions in every state, the things that are remembered beside them, one decision taken back.
pub(crate) fn story() -> Vec<Step> {
    let mut story = Vec::new();
    for number in 1..=10 {
        story.push(step("insert", move |vault| vault.outbox_insert(&decision(number)).unwrap()));
    }
    story.push(step("insert over several pages", |vault| vault.outbox_insert(&large_decision(11, 3)).unwrap()));
    for number in 1..=7 {
        story.push(step("sending", move |vault| assert!(vault.outbox_mark_sending(decision_id(number)).unwrap())));
    }
    story.extend([
        step("delivered", |vault| delivered(vault, 1, &receipt())),
        step("retry later", |vault| {
            vault.outbox_retry_later(decision_id(2), NOW + 99, &problem("server_error")).unwrap()
        }),
        step("conflict", |vault| {
            vault
                .outbox_conflict(decision_id(3), &problem("already_decided"), Some(b"{\"by\":\"a colleague\"}"), NOW)
                .unwrap();
        }),
        step("park", |vault| vault.outbox_park(decision_id(4), &problem("invalid"), NOW).unwrap()),
        step("park another", |vault| vault.outbox_park(decision_id(5), &problem("not_found"), NOW).unwrap()),
        step("retry now", |vault| vault.outbox_retry_now(decision_id(5), NOW + 5).unwrap()),
        step("put away", |vault| vault.outbox_dismiss(decision_id(3)).unwrap()),
        step("draft", |vault| vault.put_case_work(&draft(1, 200)).unwrap()),
        step("a longer draft", |vault| vault.put_case_work(&draft(1, 9000)).unwrap()),
        step("draft synced", |vault| assert!(vault.case_work_synced(case_id(1), NOW).unwrap())),
        step("opened", |vault| vault.put_opened(case_id(2), Fence(2), NOW).unwrap()),
        step("credential", |vault| vault.put_delivery_credential("rdd_a").unwrap()),
        step("person", |vault| vault.put_person("{\"name\":\"somebody\"}").unwrap()),
        step("server", |vault| vault.put_server("{\"url\":\"https://review.example.org\"}").unwrap()),
        step("secret", |vault| vault.put_secret(SecretName::RefreshToken, b"a token").unwrap()),
        step("clock", |vault| vault.put_clock_offset(-1234).unwrap()),
        step("told", |vault| {
            vault.put_due_told(DueTold { date: BeijingDate::from_ymd(2026, 12, 29).unwrap(), count: 3 }).unwrap();
        }),
        step("keys", |vault| vault.put_calendar_keys(&["key one".to_owned(), "key two".to_owned()]).unwrap()),
        step("refusal", |vault| {
            let refusal = CalendarRefusalRow { word: "bad_signature".to_owned(), sha256: Some(sha(3)), at_ms: NOW };
            vault.put_calendar_refusal(&refusal).unwrap();
        }),
        // What taking a decision back does; the real one empties the WAL behind it.
        step("taken back", |vault| {
            let id = decision_id(9);
            vault.run_sql(VaultFile::Work, &format!("DELETE FROM outbox WHERE decision_id = '{id}'")).unwrap();
        }),
        step("sending again", |vault| assert!(vault.outbox_mark_sending(decision_id(2)).unwrap())),
        step("delivered to a second person", |vault| {
            let second = ReceiptRow { case_version: CaseVersion(3), state: "second_opinion".to_owned(), ..receipt() };
            delivered(vault, 2, &ReceiptRow { outcome: None, ..second });
        }),
        step("insert after all", |vault| vault.outbox_insert(&decision(12)).unwrap()),
    ]);
    story
}

fn delivered(vault: &Vault, number: u32, receipt: &ReceiptRow) {
    let hash = decision(number).payload_sha256;
    vault.outbox_delivered(decision_id(number), hash, receipt, NOW + 100).unwrap();
}

/// A problem whose words need room.
pub(crate) fn large_problem(bytes: usize) -> Problem {
    Problem { code: "x".repeat(bytes), status: Some(503), incident: None }
}
