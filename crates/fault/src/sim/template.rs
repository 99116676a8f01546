//! The office from which every seed starts: a server with people and cases, and computers on which they have signed in once. Made once for a
//! run by the real programs, then copied for each seed, so that a seed costs no making.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use casework::{AccountId, CaseId, Role};
use chrono::{DateTime, TimeDelta, Utc};
use contract::case::DeclaredWire;
use contract::headers::{IDEMPOTENCY_KEY, quoted};
use contract::intake::{IntakeAnswer, IntakeApplication};
use contract::paths;
use review_server::admin::{self, NewAccount};
use review_server::calendar::Building;
use review_server::calendar::{self, KeySlot, NoticeFile};
use rusqlite::Connection;
use sync::{Api, Calls, CourierLink, Engine, Settings, Transport, WireRequest};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use uuid::Uuid;
use vault::{KdfCost, MemoryKeychain, NewVault, Vault};
use working_days::{CalendarKey, CalendarPack, SignedPack};

use super::clock::{OfficeClock, PcClock, Time};
use super::computer::{PASSWORD, VaultIs};
use super::dice::{Dice, DiceJitter};
use super::net::Outcome;
use super::server::{PORTAL, Server, asked};
use crate::network::trouble::{Trouble, unknown};

/// A Tuesday after the program's own calendar pack was issued.
const NOW: &str = "2026-12-01T10:00:00+08:00";
const OFFICE: &str = "样例审核机构";
const CASES: u32 = 18;
/// Every so many cases are an applicant's last attempt, whose rejection needs a second person.
const LAST_ATTEMPT_EVERY: u32 = 3;
const PASSPHRASE: &str = "Specimen-passphrase";
/// Another day off that moves deadlines.
const NOTICE: &str = "year = 2026\nissued = 2026-12-01\noff = [{ holiday = \"元旦\", from = 2026-12-04 }]\n";
/// The keys of the server's database that no seed may see changed: its ids.
const SUPERVISOR: &str = "zhao";

/// What every seed is copied from.
pub(super) struct Template {
    root: TempDir,
    /// The vaults on each computer.
    pub(super) computers: Vec<Vec<VaultIs>>,
    pub(super) keychains: Vec<Arc<MemoryKeychain>>,
    pub(super) server_id: Uuid,
    pub(super) receipt_key: String,
    pub(super) office_id: Uuid,
    pub(super) cases: Vec<CaseId>,
    /// Sorted hashes of the photos of each case.
    pub(super) evidence: BTreeMap<CaseId, Vec<String>>,
    /// Who holds what, by which fence.
    pub(super) grants: BTreeMap<CaseId, (AccountId, u32)>,
    /// A newer calendar pack, signed and trusted, not in force.
    pub(super) newer_pack: SignedPack,
    pub(super) now_ms: i64,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("computers", &self.computers.len()).finish_non_exhaustive()
    }
}

/// A folder in memory, where the computer has such a place.
pub(super) fn scratch() -> Result<TempDir, Trouble> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.map_err(unknown("a folder"))
}

/// Who has a vault on which computer. One person has two computers, and one computer two persons.
fn people(computers: usize) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = [&["li", "wang"][..], &["wang"], &[SUPERVISOR, "chen"]]
        .iter()
        .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
        .collect();
    all.extend((3..computers).map(|no| vec![format!("sun{no}")]));
    all
}

/// The server without any network between.
struct Direct(Router);

#[async_trait]
impl Transport for Direct {
    async fn send(&self, request: WireRequest) -> Outcome {
        asked(self.0.clone(), &request).await
    }
}

impl Template {
    /// Makes it, for so many computers.
    pub(super) fn make(runtime: &Runtime, computers: usize) -> Result<Self, Trouble> {
        let root = scratch()?;
        let now: DateTime<Utc> = NOW.parse().map_err(unknown("the time"))?;
        let time = Time::at(now.timestamp_millis());
        let server = Server::start(root.path().join("server"), OfficeClock::new(&time), None)?;
        let state = server.state().ok_or(Trouble::Unknown("no server".into()))?.clone();
        let people = people(computers);
        let mut names: Vec<&String> = people.iter().flatten().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let role = if name == SUPERVISOR { Role::Supervisor } else { Role::Reviewer };
            let new = NewAccount { name, display_name: name, role, office: OFFICE, password: PASSWORD };
            admin::create_account(&state, &new).map_err(unknown("an account"))?;
        }
        let office_id = admin::ensure_office(&state, OFFICE).map_err(unknown("the office"))?.0;
        let newer_pack = newer_pack(&state, now)?;
        let router = review_server::app(state.clone());
        let mut cases = Vec::new();
        for number in 0..CASES {
            cases.push(runtime.block_on(submit(&router, office_id, now, number))?);
        }
        let database = server.database()?;
        let last: Vec<CaseId> = cases.iter().copied().step_by(LAST_ATTEMPT_EVERY as usize).collect();
        for case in last {
            let done = database.execute("UPDATE cases SET round = 3 WHERE case_id = ?1", [case.to_string()]);
            done.map_err(unknown("a last attempt"))?;
        }
        let keychains: Vec<_> = people.iter().map(|_| Arc::new(MemoryKeychain::default())).collect();
        let mut made = Vec::new();
        for (no, names) in people.iter().enumerate() {
            let folder = root.path().join(format!("pc{no}"));
            let mut vaults = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let number = u64::try_from(no * 10 + index).unwrap_or(0);
                let new = Newcomer { name, folder: &folder, keychain: &keychains[no], time: &time, number };
                vaults.push(runtime.block_on(new.signs_in(&router))?);
            }
            made.push(vaults);
        }
        let info =
            runtime.block_on(Api::new(Arc::new(Direct(router)), Arc::new(PcClock::new(&time, 0)), None).server_info());
        let info = info.map_err(unknown("the server's word"))?;
        let (evidence, grants) = looked_up(&database).map_err(unknown("the server's database"))?;
        drop((database, state, server));
        Ok(Self {
            root,
            computers: made,
            keychains,
            server_id: info.server_id,
            receipt_key: info.receipt_key,
            office_id,
            cases,
            evidence,
            grants,
            newer_pack,
            now_ms: time.ms(),
        })
    }

    /// Where the server's or a computer's folder is, by its name.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }
}

/// Somebody who sits at a new computer.
struct Newcomer<'a> {
    name: &'a str,
    folder: &'a Path,
    keychain: &'a MemoryKeychain,
    time: &'a Arc<Time>,
    number: u64,
}

impl Newcomer<'_> {
    /// Signs in for the first time, fetches what there is, and locks.
    async fn signs_in(&self, router: &Router) -> Result<VaultIs, Trouble> {
        let api = Api::new(Arc::new(Direct(router.clone())), Arc::new(PcClock::new(self.time, 0)), None);
        let device_id = Uuid::from_u64_pair(self.number + 1, 0xD);
        let signed_in = sync::sign_in(&api, self.name, PASSWORD, device_id, None).await;
        let signed_in = signed_in.map_err(unknown("signing in"))?;
        let account = AccountId(signed_in.session.person.account_id);
        let server = signed_in.server;
        let vault_id = Uuid::from_u64_pair(self.number + 1, 0xA);
        let new = NewVault {
            vault_id,
            sign_in_name: self.name.to_owned(),
            account_id: account,
            server_id: server.server_id,
            server_url: "https://review.example".to_owned(),
            device_id,
        };
        let made = Vault::create(self.folder, new, PASSWORD, self.keychain, KdfCost::for_tests(), self.time.ms());
        let made = Arc::new(made.map_err(unknown("a vault"))?);
        let text = serde_json::to_string(&server).map_err(unknown("the server's word"))?;
        made.put_server(&text).map_err(unknown("a vault"))?;
        made.put_last_sign_in_ms(self.time.ms()).map_err(unknown("a vault"))?;
        let mut settings = Settings::new(server.server_id, account.0, true);
        settings.calls = Calls::Inline;
        let ledger = desk::harness::ledger(
            made.clone(),
            self.folder.to_owned(),
            PathBuf::from("no-photos-here"),
            api.clock().clone(),
            server,
        );
        let jitter = Arc::new(DiceJitter::new(Dice::of(0)));
        let engine =
            Engine::new(api, ledger.map_err(unknown("the ledger"))?, jitter, settings, CourierLink::detached());
        engine.adopt(signed_in.session).await.map_err(unknown("a session"))?;
        engine.step().await;
        let is_registered = made.delivery_credential().map_err(unknown("a vault"))?.is_some();
        drop(engine);
        made.close().map_err(unknown("closing"))?;
        if !is_registered {
            return Err(Trouble::Unknown(format!("{} got no delivery credential", self.name)));
        }
        Ok(VaultIs { person: self.name.to_owned(), account, vault_id, device_id })
    }
}

/// Signs a pack that moves deadlines, and has the server trust its key.
fn newer_pack(state: &review_server::AppState, now: DateTime<Utc>) -> Result<SignedPack, Trouble> {
    let key = calendar::new_key(PASSPHRASE).map_err(unknown("a calendar key"))?;
    let public = CalendarKey::parse(&key.public).map_err(unknown("a calendar key"))?;
    calendar::trust(state, KeySlot::One, &public, false).map_err(unknown("trusting a calendar key"))?;
    let files = [NoticeFile::parse(NOTICE).map_err(unknown("a notice"))?];
    let base = CalendarPack::embedded();
    let building = Building { base, files: &files, serial: None, issued_at: now, is_retroactive: false };
    let pack = building.pack().map_err(unknown("a calendar pack"))?;
    calendar::sign(&pack, &key.secret, PASSPHRASE).map_err(unknown("signing a calendar pack"))
}

/// The photos of every case and who holds it.
type LookedUp = (BTreeMap<CaseId, Vec<String>>, BTreeMap<CaseId, (AccountId, u32)>);

fn looked_up(database: &Connection) -> rusqlite::Result<LookedUp> {
    let mut evidence: BTreeMap<CaseId, Vec<String>> = BTreeMap::new();
    let mut query = database.prepare("SELECT case_id, sha256 FROM evidence ORDER BY case_id, sha256")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        if let Ok(case) = row.get::<_, String>(0)?.parse() {
            evidence.entry(case).or_default().push(row.get(1)?);
        }
    }
    let mut grants = BTreeMap::new();
    let mut query = database.prepare("SELECT case_id, holder, fence FROM leases WHERE holder IS NOT NULL")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (case, holder): (String, String) = (row.get(0)?, row.get(1)?);
        if let (Ok(case), Ok(holder)) = (case.parse(), holder.parse::<Uuid>()) {
            grants.insert(case, (AccountId(holder), row.get(2)?));
        }
    }
    Ok((evidence, grants))
}

/// Submits a case of a new applicant, as the portal would.
///
/// # Errors
/// The intake refuses it.
pub async fn submit(router: &Router, office_id: Uuid, now: DateTime<Utc>, number: u32) -> Result<CaseId, Trouble> {
    // Some days old, a few overdue, each at an instant of its own.
    let age = TimeDelta::days(i64::from(number % 9)) + TimeDelta::minutes(i64::from(number));
    let application = IntakeApplication {
        applicant_ref: format!("simulated-{number}"),
        office_id,
        submitted_at_ms: (now - age).timestamp_millis(),
        declared: DeclaredWire {
            name: "样本·测试".to_owned(),
            former_name: None,
            document_type: "resident_id_card".to_owned(),
            document_number: "11010519491231002X".to_owned(),
            valid_from: "2020-01-01".to_owned(),
            valid_until: None,
        },
    };
    let application = serde_json::to_vec(&application).map_err(unknown("an application"))?;
    let mut body = part("application", &application);
    body.extend(part("portrait_side", &photo(number, 1)));
    body.extend(part("emblem_side", &photo(number, 2)));
    body.extend_from_slice(b"--BOUNDARY--\r\n");
    let request = Request::post(paths::INTAKE)
        .header(header::AUTHORIZATION, format!("Bearer {PORTAL}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=BOUNDARY")
        .header(IDEMPOTENCY_KEY, quoted(&format!("simulated-{number}")))
        .body(Body::from(body))
        .map_err(unknown("an application"))?;
    let answer = match router.clone().oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let body = to_bytes(answer.into_body(), 1 << 20).await.map_err(unknown("the intake's answer"))?;
    let answer: IntakeAnswer = serde_json::from_slice(&body)
        .map_err(|_| Trouble::Unknown(format!("the intake refuses a case: {}", String::from_utf8_lossy(&body))))?;
    Ok(CaseId(answer.case_id))
}

fn part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

/// A picture of one pixel, then bytes of its own: the server keeps it by its hash and decodes nothing.
fn photo(number: u32, side: u8) -> Vec<u8> {
    const ONE_PIXEL: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\x0a\
        IDAT\x78\x9c\x63\0\x01\0\0\x05\0\x01\x0d\x0a\x2d\xb4\0\0\0\0IEND\xae\x42\x60\x82";
    [ONE_PIXEL, format!("{number} {side}").as_bytes()].concat()
}
