//! Packs, keys and moves on a real vault with real minisign signatures, without a server.

use std::io::Cursor;
use std::sync::Arc;

use casework::{AccountId, CaseId, CaseNo, CaseVersion, DocumentType, Round, Sha256};
use chrono::{DateTime, Utc};
use contract::calendar::CalendarAnswer;
use minisign::KeyPair;
use sync::{CalendarStored, LocalClock, SharedClock};
use tempfile::TempDir;
use tokio::runtime::Handle;
use uuid::Uuid;
use vault::{
    CalendarPackRow, CalendarRecountRow, CalendarRefusalRow, CaseRow, ChangesPage, DeadlineFacts, DeadlineReason,
    DeadlineRow, DueRow, KdfCost, NewVault, NoKeychain, OutcomeRow, PackSource, StateWord, Vault,
};
use working_days::{
    Arrangement, BeijingDate, Calendar, CalendarPack, DaysOff, MakeUpDay, Notice, Policy, Region, RegionalDayOff,
    SignedPack, deadline, trusted_comment,
};

mod deadlines;
mod packs;
mod starts;

use super::in_force::Calendars;
use crate::announce::Announcer;
use crate::deadline::{deadline_view, lamp_view, server_pack_serial};
use crate::error::DeskError;
use crate::view::{CalendarRefusalView as Refusal, MoveReasonView, PackSourceView, WhyDiffersView};

const NOW: &str = "2026-12-29T10:00:00+08:00";

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn day(text: &str) -> BeijingDate {
    BeijingDate::parse(text).unwrap()
}

struct Standing;

impl LocalClock for Standing {
    fn mono_ms(&self) -> i64 {
        0
    }

    fn wall_ms(&self) -> i64 {
        instant(NOW).timestamp_millis()
    }
}

struct Place {
    _folder: TempDir,
    vault: Arc<Vault>,
    calendars: Calendars,
}

fn open(vault: &Arc<Vault>, region: Option<&str>) -> Calendars {
    let announcer = Announcer::start(&Handle::current(), Arc::new(|_| {}));
    let clock = SharedClock::new(Arc::new(Standing), None);
    Calendars::open(vault.clone(), clock, announcer, region.map(str::to_owned)).unwrap()
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let new = NewVault {
            vault_id: Uuid::from_u128(1),
            sign_in_name: "li".to_owned(),
            account_id: AccountId(Uuid::from_u128(2)),
            server_id: Uuid::from_u128(3),
            server_url: "https://review.example.cn".to_owned(),
            device_id: Uuid::from_u128(4),
        };
        let vault = Vault::create(folder.path(), new, "password", &NoKeychain, KdfCost::for_tests(), 0).unwrap();
        let vault = Arc::new(vault);
        Self { _folder: folder, calendars: open(&vault, None), vault }
    }

    fn trusting(pair: &KeyPair) -> Self {
        let place = Self::new();
        place.calendars.hear_keys(&[pair.pk.to_base64()]).unwrap();
        place
    }

    /// An accepted pack as an earlier program left it.
    fn keep(&self, pair: &KeyPair, pack: &CalendarPack) {
        let signed = signed(pair, pack);
        self.vault
            .put_calendar_pack(&CalendarPackRow {
                serial: pack.serial,
                sha256: Sha256(pack.id().sha256),
                pack: signed.pack,
                signature: signed.signature.unwrap(),
                key: pair.pk.to_base64(),
                source: PackSource::Server,
                accepted_at_ms: 0,
            })
            .unwrap();
    }

    fn serial(&self) -> u32 {
        self.calendars.in_force().id.serial
    }

    fn refusal(&self) -> Option<String> {
        self.vault.calendar_refusal().unwrap().map(|refusal| refusal.word)
    }

    /// Cases with these submissions, as the server counted them by the embedded pack.
    fn put_cases(&self, submissions: &[&str]) {
        let upserts = (1..).zip(submissions).map(|(number, at)| case(number, row(at, CalendarPack::embedded())));
        self.put_rows(upserts.collect());
    }

    fn put_rows(&self, upserts: Vec<CaseRow>) {
        let page = ChangesPage {
            epoch: "e1".to_owned(),
            cursor: 1,
            is_first_of_epoch: true,
            is_last: true,
            upserts,
            gone: Vec::new(),
        };
        self.vault.apply_changes(&page, &[]).unwrap();
    }

    fn recount(&self) -> Option<CalendarRecountRow> {
        let id = self.calendars.in_force().id;
        self.vault.calendar_recount(id.serial, Sha256(id.sha256)).unwrap()
    }
}

fn case(number: u32, deadline: DeadlineRow) -> CaseRow {
    CaseRow {
        case_id: CaseId(Uuid::from_u128(u128::from(number))),
        case_no: CaseNo(format!("RD-{number}")),
        version: CaseVersion(1),
        state: StateWord::Pending,
        name: "王小明".to_owned(),
        last_four: "002X".to_owned(),
        document_type: DocumentType::ResidentIdCard,
        round: Round::new(1).unwrap(),
        deadline,
        lease: None,
    }
}

/// A row as a server with this pack counts it at the submission.
fn row(submitted_at: &str, pack: &CalendarPack) -> DeadlineRow {
    let calendar = Calendar::of_pack(pack, None).unwrap();
    let counted = deadline(&calendar, &Policy::p0(), instant(submitted_at));
    let due = counted.due().map(|due| DueRow {
        due_date: due.date,
        target_ms: due.target.timestamp_millis(),
        breach_ms: due.breach.timestamp_millis(),
    });
    DeadlineRow {
        policy: "P0".to_owned(),
        facts: Some(DeadlineFacts {
            submitted_at_ms: instant(submitted_at).timestamp_millis(),
            policy_version: 1,
            region: None,
            pack_serial: pack.serial,
            pack_sha256: Some(Sha256(pack.id().sha256)),
            reason: DeadlineReason::Initial,
            computed_at_ms: instant(submitted_at).timestamp_millis(),
            first_due_date: due.as_ref().map(|due| due.due_date),
        }),
        outcome: due.map_or(OutcomeRow::OutOfRange, |due| OutcomeRow::Final { due }),
    }
}

/// The embedded pack, later, with one more notice: 31 December 2026 is off, and Saturday the 26th was worked for it.
fn next_pack() -> CalendarPack {
    let mut pack = CalendarPack::embedded().clone();
    pack.serial += 100;
    pack.issued_at = instant("2026-12-20T10:00:00+08:00");
    let year = pack.years.iter_mut().find(|year| year.year == 2026).unwrap();
    year.notices.push(Arrangement {
        notice: Notice { year: 2026, number: None, issued: day("2026-12-20"), source: None },
        off: vec![DaysOff { holiday: "样例节".to_owned(), days: vec![day("2026-12-31")] }],
        make_up: vec![MakeUpDay { date: day("2026-12-26"), holiday: "样例节".to_owned() }],
    });
    pack
}

fn with_serial(mut pack: CalendarPack, serial: u32) -> CalendarPack {
    pack.serial = serial;
    pack
}

fn pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

fn signed(pair: &KeyPair, pack: &CalendarPack) -> SignedPack {
    let bytes = pack.canonical_bytes();
    let comment = trusted_comment(pack);
    let signature = minisign::sign(Some(&pair.pk), &pair.sk, Cursor::new(&bytes), Some(&comment), None).unwrap();
    SignedPack { pack: String::from_utf8(bytes).unwrap(), signature: Some(signature.into_string()) }
}

fn answer(signed: &SignedPack) -> CalendarAnswer {
    CalendarAnswer { pack: signed.pack.clone(), signature: signed.signature.clone() }
}
