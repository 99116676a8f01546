//! T-FULL without a full disk: the files may grow by 0, 1, 2 … 50 pages, and every function that writes is tried at each. What is refused
//! is refused as a full disk and leaves everything as it was; as soon as there is room, the same call succeeds.

use casework::AccessEvent;
use vault::{
    CalendarPackRow, CalendarRefusalRow, NewAccess, PackSource, ReceiptRow, RenditionRow, SecretName, Vault,
    VaultError, VaultFile,
};

use crate::fixture::{Home, NOW, case, case_id, decision, decision_id, delta, held_with, sha, whole_feed};
use crate::outbox::{problem, receipt};
use crate::work_state::{draft, large_decision, large_problem, work_state};

const MOST_PAGES: u32 = 50;
/// Needs more than half of the sweep's pages, so that both answers are seen.
const LARGE: usize = 30 * 4000;

/// A function that writes, with data that need many pages.
struct Writer {
    name: &'static str,
    file: VaultFile,
    /// Makes what `write` needs, with room.
    prepare: fn(&Vault, u32),
    write: fn(&Vault, u32) -> Result<(), VaultError>,
}

/// A decision that is being sent.
fn sending(vault: &Vault, _: u32) {
    vault.outbox_insert(&decision(1)).unwrap();
    vault.outbox_mark_sending(decision_id(1)).unwrap();
}

/// A vault of its own for every attempt would take minutes: the file is emptied past all rules instead.
fn empty_work(vault: &Vault) {
    let empty = "DELETE FROM outbox; DELETE FROM work_meta; DELETE FROM case_work; DELETE FROM opened; DELETE FROM calendar_keys; DELETE FROM calendar_refusal;
                 PRAGMA wal_checkpoint(TRUNCATE); VACUUM";
    vault.run_sql(VaultFile::Work, empty).unwrap();
}

const fn of_work(
    name: &'static str,
    prepare: fn(&Vault, u32),
    write: fn(&Vault, u32) -> Result<(), VaultError>,
) -> Writer {
    Writer { name, file: VaultFile::Work, prepare, write }
}

fn nothing(_: &Vault, _: u32) {}

/// What is written to `work.db`.
fn writers_of_work() -> Vec<Writer> {
    vec![
        of_work("insert", nothing, |vault, _| vault.outbox_insert(&large_decision(1, 30))),
        of_work("retry later", sending, |vault, _| {
            vault.outbox_retry_later(decision_id(1), NOW, &large_problem(LARGE))
        }),
        of_work("conflict", sending, |vault, _| {
            vault.outbox_conflict(decision_id(1), &problem("already_decided"), Some(&vec![7; LARGE]), NOW)
        }),
        of_work("park", sending, |vault, _| vault.outbox_park(decision_id(1), &large_problem(LARGE), NOW)),
        of_work("delivered", sending, |vault, _| {
            let large = ReceiptRow { outcome: Some("x".repeat(LARGE)), ..receipt() };
            vault.outbox_delivered(decision_id(1), decision(1).payload_sha256, &large, NOW)
        }),
        of_work("draft", nothing, |vault, _| vault.put_case_work(&draft(1, LARGE))),
        of_work("credential", nothing, |vault, _| vault.put_delivery_credential(&"x".repeat(LARGE))),
        of_work("person", nothing, |vault, _| vault.put_person(&"x".repeat(LARGE))),
        of_work("server", nothing, |vault, _| vault.put_server(&"x".repeat(LARGE))),
        of_work("secret", nothing, |vault, _| vault.put_secret(SecretName::RefreshToken, &vec![b'x'; LARGE])),
        of_work("calendar keys", nothing, |vault, pages| {
            // In the table and in its index.
            vault.put_calendar_keys(&[format!("{pages}{}", "x".repeat(LARGE / 2)), "second".to_owned()])
        }),
        of_work("calendar refusal", nothing, |vault, _| {
            let refusal = CalendarRefusalRow { word: "x".repeat(LARGE), sha256: None, at_ms: NOW };
            vault.put_calendar_refusal(&refusal)
        }),
    ]
}

/// Tries a writer at every limit; returns how often it was refused and how often not.
fn sweep(vault: &Vault, writer: &Writer, reset: impl Fn(&Vault), state: impl Fn(&Vault) -> Vec<String>) -> (u32, u32) {
    let (mut refused, mut kept) = (0, 0);
    for pages in 0..=MOST_PAGES {
        reset(vault);
        (writer.prepare)(vault, pages);
        let before = state(vault);
        vault.limit_pages(writer.file, Some(pages)).unwrap();
        let answer = (writer.write)(vault, pages);
        vault.limit_pages(writer.file, None).unwrap();
        let what = format!("{} with {pages} more pages", writer.name);
        match answer {
            Ok(()) => kept += 1,
            Err(error) => {
                refused += 1;
                assert_eq!(error, VaultError::DiskFull { file: writer.file }, "{what}");
                assert!(state(vault) == before, "{what}: refused, and yet something was kept");
                (writer.write)(vault, pages).unwrap_or_else(|error| panic!("{what}, then room: {error}"));
            }
        }
        assert!(state(vault) != before, "{what}: said to be kept, and is not");
    }
    assert_eq!(vault.integrity(writer.file).unwrap(), "ok", "{}", writer.name);
    (refused, kept)
}

#[test]
fn every_change_of_the_work_is_refused_whole_at_each_of_fifty_limits_and_kept_when_there_is_room() {
    for writer in writers_of_work() {
        let (home, vault) = Home::fast();
        let (refused, kept) = sweep(&vault, &writer, empty_work, work_state);
        assert!(refused >= 20 && kept >= 5, "{}: {refused} refused, {kept} kept", writer.name);
        let last = work_state(&vault);
        assert!(work_state(&home.reopen(&vault)) == last, "{}", writer.name);
    }
}

type Move<'a> = &'a dyn Fn() -> Result<(), VaultError>;

/// Moves that need no room must go through, or be refused like the others.
#[test]
fn small_moves_on_a_full_disk_are_made_or_refused_but_never_half_made() {
    let (_home, vault) = Home::fast();
    for pages in 0..=MOST_PAGES {
        empty_work(&vault);
        vault.outbox_insert(&decision(1)).unwrap();
        let moves: [(&str, Move<'_>); 7] = [
            ("log entry", &|| {
                let [what, ..] = AccessEvent::ALL else { return Ok(()) };
                let entry = NewAccess { at_ms: NOW, what: *what, case_id: None, decision_id: None, detail: None };
                vault.access_log_append(&entry).map(drop)
            }),
            ("sending", &|| vault.outbox_mark_sending(decision_id(1)).map(drop)),
            ("requeue", &|| vault.outbox_requeue_interrupted().map(drop)),
            ("park", &|| vault.outbox_park(decision_id(1), &problem("invalid"), NOW)),
            ("retry now", &|| vault.outbox_retry_now(decision_id(1), NOW)),
            ("delivered", &|| vault.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW)),
            ("put away", &|| vault.outbox_dismiss(decision_id(1))),
        ];
        for (name, make) in moves {
            let before = work_state(&vault);
            vault.limit_pages(VaultFile::Work, Some(pages)).unwrap();
            let answer = make();
            vault.limit_pages(VaultFile::Work, None).unwrap();
            if let Err(error) = answer {
                assert_eq!(error, VaultError::DiskFull { file: VaultFile::Work }, "{name}");
                assert!(work_state(&vault) == before, "{name}");
                make().unwrap();
            }
            assert!(work_state(&vault) != before, "{name}");
        }
    }
}

#[test]
fn an_imported_calendar_is_refused_whole_at_each_limit() {
    let (_home, vault) = Home::fast();
    let (mut refused, mut kept) = (0, 0);
    for pages in 0..=MOST_PAGES {
        let pack = CalendarPackRow {
            serial: pages + 1,
            sha256: sha(pages),
            pack: "x".repeat(LARGE),
            signature: "s".to_owned(),
            key: "k".to_owned(),
            source: PackSource::Imported,
            accepted_at_ms: NOW,
        };
        let serials =
            |vault: &Vault| vault.calendar_packs().unwrap().iter().map(|pack| pack.serial).collect::<Vec<_>>();
        let before = serials(&vault);
        vault.limit_pages(VaultFile::Work, Some(pages)).unwrap();
        let answer = vault.put_calendar_pack(&pack);
        vault.limit_pages(VaultFile::Work, None).unwrap();
        if let Err(error) = answer {
            refused += 1;
            assert_eq!(error, VaultError::DiskFull { file: VaultFile::Work });
            assert_eq!(serials(&vault), before);
            vault.put_calendar_pack(&pack).unwrap();
        } else {
            kept += 1;
        }
        assert_eq!(serials(&vault).len(), before.len() + 1);
    }
    assert!(refused >= 20 && kept >= 5, "{refused} refused, {kept} kept");
}

/// What came from the server: nothing half, and the cursor stays with the rows.
#[test]
fn every_change_of_the_cases_is_refused_whole_at_each_of_fifty_limits() {
    let state = |vault: &Vault| {
        let mut lines = vec![format!("{:?}", vault.feed_position().unwrap())];
        lines.extend((0..400).filter_map(|number| Some(format!("{:?}", vault.case_row(case_id(number)).unwrap()?))));
        lines.extend(
            (0..400).filter_map(|number| Some(format!("{:?}", vault.held(case_id(number)).unwrap()?.evidence))),
        );
        lines
    };
    let writers = [
        Writer {
            name: "apply changes",
            file: VaultFile::Cases,
            prepare: nothing,
            write: |vault, _| {
                vault.apply_changes(&delta("e1", 8, (2..250).map(case).collect(), Vec::new()), &[]).map(drop)
            },
        },
        Writer {
            name: "put held",
            file: VaultFile::Cases,
            prepare: nothing,
            write: |vault, _| {
                let held: Vec<_> = (2..100).map(|number| held_with(number, &[sha(number)])).collect();
                vault.put_held(&held, false, &[]).map(drop)
            },
        },
    ];
    for writer in writers {
        let (_home, vault) = Home::fast();
        let reset = |vault: &Vault| {
            let empty =
                "DELETE FROM evidence; DELETE FROM held; DELETE FROM cases; PRAGMA wal_checkpoint(TRUNCATE); VACUUM";
            vault.run_sql(VaultFile::Cases, empty).unwrap();
            vault.apply_changes(&whole_feed("e1", 7, vec![case(1)]), &[]).unwrap();
        };
        let (refused, kept) = sweep(&vault, &writer, reset, state);
        assert!(refused >= 10 && kept >= 5, "{}: {refused} refused, {kept} kept", writer.name);
    }
}

#[test]
fn a_picture_is_refused_whole_at_each_of_fifty_limits_and_not_called_ready() {
    let (_home, vault) = Home::fast();
    let photos: Vec<_> = (0..=MOST_PAGES).map(sha).collect();
    let held: Vec<_> = photos.iter().enumerate().map(|(at, photo)| held_with(at as u32 + 1, &[*photo])).collect();
    vault.put_held(&held, true, &[]).unwrap();
    let picture = RenditionRow { jpeg: vec![3; 30 * 16_000], width: 1600, height: 1200 };
    let (mut refused, mut wanted) = (0, photos.len());
    for (pages, photo) in (0..).zip(&photos) {
        vault.limit_pages(VaultFile::Photos, Some(pages)).unwrap();
        let answer = vault.put_rendition(*photo, &picture);
        vault.limit_pages(VaultFile::Photos, None).unwrap();
        if let Err(error) = answer {
            refused += 1;
            assert_eq!(error, VaultError::DiskFull { file: VaultFile::Photos });
            assert_eq!(vault.photos_wanted(99).unwrap().len(), wanted);
            assert!(vault.rendition(*photo).unwrap().is_none());
            vault.put_rendition(*photo, &picture).unwrap();
        }
        wanted -= 1;
        assert_eq!(vault.photos_wanted(99).unwrap().len(), wanted);
        assert!(vault.rendition(*photo).unwrap().unwrap() == picture);
    }
    assert!((20..40).contains(&refused), "{refused} refused");
}
