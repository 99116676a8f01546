//! How long it takes to put a pack in force over 100,000 open cases in a real database file: the notice of 2019-03-22, with the commit. The
//! cases are written by SQL and are not real applications. Prints lines of a name, a tab and a number.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench fails by panicking and prints what it measured")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use review_server::calendar::{self, KeySlot};
use review_server::{AppState, Config, Data, ManualClock, admin};
use rusqlite::{Connection, params};
use working_days::{BeijingDate, Calendar, CalendarKey, CalendarPack, Policy, SignedPack, deadline, trusted_comment};

const CASES: u32 = 100_000;
/// Each on a new database; the best one counts.
const PASSES: usize = 3;

fn main() {
    let (old, new) = (pack_of("2019-03-21"), pack_of("2019-03-22"));
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let text = String::from_utf8(new.canonical_bytes()).unwrap();
    let signature = minisign::sign(None, &pair.sk, text.as_bytes(), Some(&trusted_comment(&new)), None).unwrap();
    let signed = SignedPack { pack: text, signature: Some(signature.into_string()) };
    let key = CalendarKey::parse(&pair.pk.to_base64()).unwrap();

    let mut best: Option<(f64, f64)> = None;
    let mut effect = calendar::Effect::default();
    for _ in 0..PASSES {
        let folder = tempfile::tempdir().unwrap();
        let state = open(folder.path(), &old);
        fill(folder.path(), &state, &old);
        calendar::trust(&state, KeySlot::One, &key, false).unwrap();
        let started = Instant::now();
        let previewed = calendar::preview(&state, &signed).unwrap();
        let computed = started.elapsed().as_secs_f64();
        let started = Instant::now();
        effect = calendar::activate(&state, &signed, "bench", None).unwrap();
        let whole = started.elapsed().as_secs_f64();
        assert_eq!(effect, previewed);
        assert_eq!(effect.computed, CASES);
        best = Some(best.map_or((whole, computed), |(w, c)| (w.min(whole), c.min(computed))));
    }
    let (whole, computed) = best.unwrap();
    println!("recompute_100k\t{whole:.3}");
    println!("recompute_100k_read_and_compute\t{computed:.3}");
    println!("recompute_100k_write_and_commit\t{:.3}", whole - computed);
    println!("recompute_100k_arithmetic\t{:.4}", arithmetic(&new));
    println!("recompute_100k_moved\t{}", effect.moved);
}

/// The pack as it was on a day.
fn pack_of(issued_until: &str) -> CalendarPack {
    let until = BeijingDate::parse(issued_until).unwrap();
    let mut pack = CalendarPack::embedded().clone();
    for year in &mut pack.years {
        year.notices.retain(|arrangement| arrangement.notice.issued <= until);
    }
    pack.serial = issued_until.replace('-', "").parse::<u32>().unwrap() * 100 + 1;
    pack.issued_at = until.start();
    pack
}

fn now() -> DateTime<Utc> {
    "2019-05-10T10:00:00+08:00".parse().unwrap()
}

fn open(folder: &Path, pack: &CalendarPack) -> AppState {
    let mut config = Config::new(Data::Folder(folder.to_owned()));
    config.clock = Arc::new(ManualClock::at(now()));
    config.embedded_pack = Arc::new(pack.clone());
    AppState::open(config).unwrap()
}

/// Instants spread over the 58 days before now, always the same ones, in the order in which they would have come in.
fn submissions() -> Vec<DateTime<Utc>> {
    let mut random = 0x2019_0322_u64;
    let instants = std::iter::repeat_with(move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        now() - Duration::seconds(i64::try_from(random % (58 * 86_400)).unwrap())
    });
    let mut instants: Vec<_> = instants.take(CASES as usize).collect();
    instants.sort_unstable();
    instants
}

/// The computation alone, without the database.
fn arithmetic(pack: &CalendarPack) -> f64 {
    let calendar = Calendar::of_pack(pack, None).unwrap();
    let submissions = submissions();
    let started = Instant::now();
    let breaches =
        submissions.iter().filter_map(|at| deadline(&calendar, &Policy::p0(), *at).due().map(|due| due.breach));
    let sum: i64 = breaches.map(|at| at.timestamp()).sum();
    std::hint::black_box(sum);
    started.elapsed().as_secs_f64()
}

fn fill(folder: &Path, state: &AppState, pack: &CalendarPack) {
    let office = admin::ensure_office(state, "海淀").unwrap().to_string();
    let calendar = Calendar::of_pack(pack, None).unwrap();
    let (serial, sha256) = (pack.serial, pack.id().sha256_hex());
    let mut database = Connection::open(folder.join("review-server.db")).unwrap();
    database.pragma_update(None, "cache_size", -256 * 1024).unwrap();
    let transaction = database.transaction().unwrap();
    {
        let mut applicant = transaction.prepare("INSERT INTO applicants VALUES (?1, 'bench-' || ?1, 0)").unwrap();
        let mut case = transaction
            .prepare(
                "INSERT INTO cases (case_id, case_no, office_id, applicant_id, period_year, period_autumn, round, state, submitted_at_ms,
                     received_at_ms, breach_ms, name, document_type, document_number, valid_from)
                 VALUES (?1, ?2, ?3, ?4, 2019, 0, 1, ?5, ?6, ?6, ?7, '测试', 'resident_id_card', '11010519491231002X', '2019-01-01')",
            )
            .unwrap();
        let mut row = transaction
            .prepare(
                "INSERT INTO deadlines (case_id, status, policy, policy_version, pack_serial, pack_sha256, reason, due_date, target_ms,
                     breach_ms, engine, computed_by, computed_at_ms)
                 VALUES (?1, 'final', 'P0', 1, ?2, ?3, 'initial', ?4, ?5, ?6, '0.1.0', 'portal', ?7)",
            )
            .unwrap();
        let mut feed = transaction.prepare("INSERT INTO feed (case_id, office_id) VALUES (?1, ?2)").unwrap();
        for (number, submitted_at) in (1u32..).zip(submissions()) {
            let at_ms = submitted_at.timestamp_millis();
            let seconds = u64::try_from(submitted_at.timestamp()).unwrap();
            let id = uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0)).to_string();
            let due = *deadline(&calendar, &Policy::p0(), submitted_at).due().unwrap();
            let (target_ms, breach_ms) = (due.target.timestamp_millis(), due.breach.timestamp_millis());
            let state = if number % 20 == 0 { "technical" } else { "pending" };
            applicant.execute([number]).unwrap();
            case.execute(params![id, format!("bench-{number}"), office, number, state, at_ms, breach_ms]).unwrap();
            row.execute(params![id, serial, sha256, due.date.to_string(), target_ms, breach_ms, at_ms]).unwrap();
            feed.execute(params![id, office]).unwrap();
        }
    }
    transaction.commit().unwrap();
}
