//! The operator's tasks by the program: devices, backup, restore, and checking the audit, beside a running server and without one.

use chrono::Duration;

use crate::office::Office;
use crate::program::{Served, run, text};

#[tokio::test]
async fn devices_are_listed_and_revoked() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let data = office.folder.path().to_str().unwrap();
    let device = wang.device.to_string();
    let listed = run(&["device", "list", "--data", data, "--account", "wang"], "");
    assert_eq!(text(&listed.stdout), format!("{device} registered 2026-03-10T10:00:00+08:00 open\n"));
    let revoke = ["device", "revoke", "--data", data, "--account", "wang", "--device", &device];
    assert!(run(&revoke, "").status.success());
    let listed = run(&["device", "list", "--data", data, "--account", "wang"], "");
    assert!(text(&listed.stdout).contains(" revoked 20"), "{}", text(&listed.stdout));
    let unknown = run(&["device", "revoke", "--data", data, "--account", "li", "--device", &device], "");
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("no such device"));
    assert!(!run(&["device", "list", "--data", data, "--account", "nobody"], "").status.success());
}

#[tokio::test]
async fn verifying_the_audit_ends_well_or_names_the_first_bad_entry() {
    let office = Office::open();
    for day in 0..2 {
        office.new_case(&format!("a-{day}")).await;
        office.clock.advance(Duration::days(1));
    }
    let data = office.folder.path().to_str().unwrap();
    let good = run(&["audit", "verify", "--data", data], "");
    assert!(good.status.success(), "{}", text(&good.stderr));
    assert!(text(&good.stdout).contains("heads: 2\n"), "{}", text(&good.stdout));
    let elsewhere = tempfile::tempdir().unwrap();
    let without = run(&["audit", "verify", "--data", data, "--heads", elsewhere.path().to_str().unwrap()], "");
    assert!(without.status.success() && text(&without.stderr).contains("no heads"), "{}", text(&without.stderr));
    let change = "DROP TRIGGER audit_is_not_changed; UPDATE audit SET what = 'nothing' WHERE seq = 4";
    office.database().execute_batch(change).unwrap();
    let bad = run(&["audit", "verify", "--data", data], "");
    assert!(!bad.status.success());
    assert!(text(&bad.stderr).contains("entry 4 of the audit"), "{}", text(&bad.stderr));
    let nothing = run(&["audit", "verify", "--data", elsewhere.path().to_str().unwrap()], "");
    assert!(!nothing.status.success(), "no data is no good data");
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_made_beside_a_running_server_and_restored_only_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let (data, heads) = (folder.path().join("data"), folder.path().join("heads"));
    let (data_text, heads_text) = (data.to_str().unwrap(), heads.to_str().unwrap());
    let now = "2026-12-29T10:00:00+08:00";
    let serve = ["serve", "--data", data_text, "--audit-heads", heads_text, "--listen", "127.0.0.1:0", "--now", now];
    let served = Served::start(&serve);
    let copy = folder.path().join("copy.db");
    let copy_text = copy.to_str().unwrap();
    let made = run(&["portal-credential", "--data", data_text], "");
    assert!(made.status.success());
    let made = run(&["backup", "--data", data_text, "--to", copy_text], "");
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(!run(&["backup", "--data", data_text, "--to", copy_text], "").status.success(), "never over a backup");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let restore = ["restore", "--data", data_text, "--from", copy_text, "--audit-heads", heads_text, "--now", now];
    let refused = run(&restore, "");
    assert!(!refused.status.success() && text(&refused.stderr).contains("running"), "{}", text(&refused.stderr));
    let second = run(&serve, "");
    assert!(!second.status.success() && text(&second.stderr).contains("running"), "{}", text(&second.stderr));
    let (is_well, log) = served.stop();
    assert!(is_well, "{log}");
    let restored = run(&restore, "");
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert!(text(&restored.stdout).contains("before-restore"));
    let (is_well, log) = Served::start(&serve).stop();
    assert!(is_well, "{log}");
    let good = run(&["audit", "verify", "--data", data_text, "--heads", heads_text], "");
    assert!(good.status.success(), "{}", text(&good.stderr));
    // One at each start, one at each stop, and the restore's own.
    let lines: usize = std::fs::read_dir(&heads)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap().lines().count())
        .sum();
    assert!(lines >= 4, "{lines}");
}
