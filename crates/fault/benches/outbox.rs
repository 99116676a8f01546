//! What it costs that no decision is lost: decisions committed on the desktop and accepted by the server, each beside bare SQLite with
//! `synchronous = FULL` on the same disk in the same run, and the delivery of 200 queued decisions. Vault, courier, HTTP client, accept loop, rules
//! and databases are the shipped ones. Prints `name<TAB>number` a line (seconds, or decisions a second); it judges nothing, and it is no test.

use std::error::Error;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casework::{AccountId, CaseId, CaseNo, CaseVersion, DecisionId, Fence, Role, Round};
use contract::decision::DecisionPayload;
use contract::device::DeviceRequest;
use contract::lease::LeaseAnswer;
use contract::server_info::ServerInfo;
use contract::{envelope, signature};
use fault::sim::{PORTAL, submit};
use review_server::admin::{self, NewAccount};
use review_server::{AppState, Config, Data, Limits, PasswordCost};
use rusqlite::{Connection, params};
use sync::{
    AccessToken, Api, Courier, CourierSettings, HttpTransport, Outgoing, ServerAddress, SystemClock, SystemJitter,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;
use vault::{KdfCost, MemoryKeychain, NewOutboxRow, NewVault, OutboxState, Vault};

type Failure = Box<dyn Error + Send + Sync>;

/// Commits on the desktop, each beside an insert of bare SQLite: a disk that is slow for a while is slow for both.
const COMMITS: usize = 800;
const CLIENTS: usize = 32;
/// Decisions of each client, one in a round; between two rounds as many inserts of bare SQLite as there are clients.
const ROUNDS: usize = 30;
const QUEUED: usize = 200;
const PASSWORD: &str = "Specimen-2026";
const OFFICE: &str = "样例审核机构";

fn main() -> Result<(), Failure> {
    sync::install_tls();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let office = Office::open(&runtime, folder.path())?;
    let mut out = io::stdout().lock();

    let desk = runtime.block_on(Desk::sign_in(&office, folder.path(), "desk"))?;
    let leases = runtime.block_on(desk.leases(office.cases(0, 1)))?;
    let lease = leases.first().ok_or("no case is leased")?;
    // Rows of made-up cases: what the server would say of them is not asked.
    let rows = desk.rows(lease, COMMITS, true)?;
    let bare = Bare::open(&folder.path().join("bare.db"))?;
    let (mut inserting, mut committing) = (Duration::ZERO, Duration::ZERO);
    for row in &rows {
        inserting += bare.insert(row)?;
        let begun = Instant::now();
        desk.vault.outbox_insert(row)?;
        committing += begun.elapsed();
    }
    told(&mut out, "committed", &Pair { ours: committing, bare: inserting, count: COMMITS })?;

    let pair = runtime.block_on(many_clients(&office, &desk, lease, &folder.path().join("bare-beside-server.db")))?;
    told(&mut out, "accepted", &pair)?;

    let courier = runtime.block_on(Desk::sign_in(&office, folder.path(), "courier"))?;
    let mine = office.cases(1 + CLIENTS * ROUNDS, QUEUED);
    for lease in runtime.block_on(courier.leases(mine))? {
        for row in courier.rows(&lease, 1, false)? {
            courier.vault.outbox_insert(&row)?;
        }
    }
    writeln!(out, "200 delivered, seconds\t{:.3}", runtime.block_on(courier.deliver())?)?;
    Ok(())
}

/// The same number of ours and of bare inserts, with the time that each took in all.
struct Pair {
    ours: Duration,
    bare: Duration,
    count: usize,
}

fn told(out: &mut impl Write, what: &str, pair: &Pair) -> io::Result<()> {
    let a_second = |time: Duration| f64::from(u32::try_from(pair.count).unwrap_or(0)) / time.as_secs_f64();
    let (ours, bare) = (a_second(pair.ours), a_second(pair.bare));
    writeln!(out, "bare inserts a second, beside {what}\t{bare:.1}")?;
    writeln!(out, "decisions {what} a second\t{ours:.1}")?;
    writeln!(out, "{what}, of bare\t{:.3}", ours / bare)
}

/// Bare SQLite: rows of the same size, each in a transaction of its own.
struct Bare(Connection);

impl Bare {
    fn open(file: &Path) -> Result<Self, Failure> {
        let database = Connection::open(file)?;
        database.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE outbox (decision_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, payload_sha256 BLOB NOT NULL,
                                  envelope BLOB NOT NULL, signatures BLOB NOT NULL, author_copy BLOB NOT NULL) STRICT;",
        )?;
        Ok(Self(database))
    }

    fn insert(&self, row: &NewOutboxRow) -> Result<Duration, Failure> {
        let signatures = [row.author_signature, row.device_signature].concat();
        let (id, case) = (row.decision_id.to_string(), row.case_id.to_string());
        let begun = Instant::now();
        self.0.prepare_cached("INSERT INTO outbox VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            id,
            case,
            row.payload_sha256.0,
            row.envelope,
            signatures,
            row.author_copy
        ])?;
        Ok(begun.elapsed())
    }
}

/// A server on a loopback port, with its data on the disk that is measured.
struct Office {
    url: String,
    all: Vec<CaseId>,
    _folder: TempDir,
}

impl Office {
    fn open(runtime: &Runtime, folder: &Path) -> Result<Self, Failure> {
        let data = tempfile::tempdir_in(folder)?;
        let mut config = Config::new(Data::Folder(data.path().to_owned()));
        config.password_cost = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
        config.portal_credential = Some(PORTAL.to_owned());
        config.lease_extra = 10_000;
        let clock = Arc::clone(&config.clock);
        let state = AppState::open(config)?;
        let clients = (0..CLIENTS).map(|number| format!("client{number}"));
        for name in clients.chain(["desk".to_owned(), "courier".to_owned()]) {
            let new = NewAccount {
                name: &name,
                display_name: &name,
                role: Role::Reviewer,
                office: OFFICE,
                password: PASSWORD,
            };
            admin::create_account(&state, &new)?;
        }
        let office_id = admin::ensure_office(&state, OFFICE)?.0;
        let router = review_server::app(state);
        let count = u32::try_from(1 + CLIENTS * ROUNDS + QUEUED)?;
        let mut all = Vec::new();
        for number in 0..count {
            all.push(runtime.block_on(submit(&router, office_id, clock.now(), number))?);
        }
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let url = format!("http://{}", listener.local_addr()?);
        runtime.spawn(review_server::serve(listener, router, Limits::default(), std::future::pending()));
        Ok(Self { url, all, _folder: data })
    }

    /// So many cases from this place on.
    fn cases(&self, from: usize, count: usize) -> &[CaseId] {
        self.all.get(from..from + count).unwrap_or_default()
    }

    fn api(&self) -> Result<Api, Failure> {
        let transport = HttpTransport::new(ServerAddress::parse(&self.url)?)?;
        Ok(Api::new(Arc::new(transport), Arc::new(SystemClock::new()), None))
    }
}

/// A computer with one person signed in.
struct Desk {
    vault: Vault,
    api: Api,
    token: AccessToken,
    credential: AccessToken,
    server: ServerInfo,
    account: AccountId,
    _keychain: MemoryKeychain,
}

impl Desk {
    async fn sign_in(office: &Office, folder: &Path, name: &str) -> Result<Self, Failure> {
        let (api, device_id, keychain) = (office.api()?, Uuid::new_v4(), MemoryKeychain::default());
        let signed_in = sync::sign_in(&api, name, PASSWORD, device_id, None).await?;
        let account = AccountId(signed_in.session.person.account_id);
        let new = NewVault {
            vault_id: Uuid::new_v4(),
            sign_in_name: name.to_owned(),
            account_id: account,
            server_id: signed_in.server.server_id,
            server_url: office.url.clone(),
            device_id,
        };
        let data = folder.join(name);
        let vault = Vault::create(&data, new, PASSWORD, &keychain, KdfCost::for_tests(), api.clock().now().ms)?;
        let keys = DeviceRequest {
            device_key: STANDARD.encode(vault.device_public_key()),
            author_key: STANDARD.encode(vault.author_public_key()?),
        };
        let token = AccessToken::new(signed_in.session.access_token);
        let credential = api.register_device(&token, &keys).await?;
        vault.put_delivery_credential(&credential)?;
        let credential = AccessToken::new(credential.to_string());
        Ok(Self { vault, api, token, credential, server: signed_in.server, account, _keychain: keychain })
    }

    async fn leases(&self, cases: &[CaseId]) -> Result<Vec<LeaseAnswer>, Failure> {
        let mut leases = Vec::new();
        for case in cases {
            leases.push(self.api.lease_case(&self.token, *case).await?);
        }
        Ok(leases)
    }

    /// Decisions on this lease, sealed and signed; each on a case of its own where the server is not asked.
    fn rows(&self, lease: &LeaseAnswer, count: usize, are_made_up: bool) -> Result<Vec<NewOutboxRow>, Failure> {
        let key = STANDARD.decode(&self.server.envelope_key.public_key)?;
        let made = (0..count).map(|_| {
            let case = if are_made_up { CaseId(Uuid::now_v7()) } else { CaseId(lease.case.row.case_id) };
            let (id, row) = (DecisionId(Uuid::now_v7()), &lease.case.row);
            let mut evidence: Vec<String> = lease.case.evidence.iter().map(|photo| photo.sha256.clone()).collect();
            evidence.sort_unstable();
            let now = self.api.clock().now();
            let payload = DecisionPayload {
                decision_id: id.0,
                case_id: case.0,
                author: self.account.0,
                device_id: self.vault.header().device_id,
                round: row.round,
                case_version: row.version,
                fence: lease.fence,
                opinion: "approve".to_owned(),
                reasons: Vec::new(),
                reasons_version: 1,
                applicant_text: None,
                internal_note: Some("Seen with a colleague; the photo is a little dark and still legible.".to_owned()),
                evidence,
                reviews_left_shown: None,
                decided_at_ms: now.ms,
                clock: now.claim(),
            };
            let bytes = serde_json::to_vec(&payload)?;
            let payload_sha256 = envelope::payload_sha256(&bytes);
            let message = signature::decision_message(id, case, payload_sha256);
            let due = row.deadline.outcome.due();
            Ok(NewOutboxRow {
                decision_id: id,
                case_id: case,
                case_no: CaseNo(row.case_no.clone()),
                round: Round::new(row.round)?,
                case_version: CaseVersion(row.version),
                fence: Fence(lease.fence),
                target_ms: due.map(|due| due.target_ms),
                breach_ms: due.map(|due| due.breach_ms),
                created_at_ms: now.ms,
                not_before_ms: now.ms,
                payload_sha256,
                key_id: self.server.envelope_key.key_id.clone(),
                envelope: envelope::seal(&key, id, case, &bytes)?,
                author_signature: self.vault.sign_as_author(&message)?,
                device_signature: self.vault.sign_as_device(&message)?,
                author_copy: bytes,
            })
        });
        made.collect()
    }

    /// Seconds until the courier has delivered everything that is queued.
    async fn deliver(&self) -> Result<f64, Failure> {
        let header = self.vault.header();
        let settings = CourierSettings::new(header.server_id, header.account_id.0, header.device_id);
        let ledger = Arc::new(desk::WorkLedger::new(self.vault.work_store()));
        let courier = Courier::new(self.api.clone(), ledger, Arc::new(SystemJitter), settings);
        let begun = Instant::now();
        courier.step().await;
        let seconds = begun.elapsed().as_secs_f64();
        let rows = self.vault.outbox_list()?;
        let delivered = rows.iter().filter(|row| row.state == OutboxState::Delivered).count();
        if delivered == QUEUED { Ok(seconds) } else { Err(format!("{delivered} of {QUEUED} are delivered").into()) }
    }
}

/// In each round every client delivers a decision, all at one time, each on a connection of its own.
async fn many_clients(office: &Office, desk: &Desk, lease: &LeaseAnswer, file: &Path) -> Result<Pair, Failure> {
    let scratch = tempfile::tempdir()?;
    let (mut clients, mut work) = (Vec::new(), Vec::new());
    for number in 0..CLIENTS {
        let client = Desk::sign_in(office, scratch.path(), &format!("client{number}")).await?;
        let mut decisions = Vec::new();
        for lease in client.leases(office.cases(1 + number * ROUNDS, ROUNDS)).await? {
            decisions.extend(client.rows(&lease, 1, false)?.into_iter().map(outgoing));
        }
        clients.push(client);
        work.push(decisions);
    }
    let bare = Bare::open(file)?;
    let rows = desk.rows(lease, CLIENTS * ROUNDS, true)?;
    let mut pair = Pair { ours: Duration::ZERO, bare: Duration::ZERO, count: CLIENTS * ROUNDS };
    for (round, rows) in rows.chunks(CLIENTS).enumerate() {
        for row in rows {
            pair.bare += bare.insert(row)?;
        }
        let begun = Instant::now();
        let all = clients.iter().zip(&work).map(|(client, decisions)| async move {
            let decision = decisions.get(round).ok_or("a client got too few cases")?;
            client.api.decide(&client.credential, decision).await?;
            Ok::<(), Failure>(())
        });
        futures::future::try_join_all(all).await?;
        pair.ours += begun.elapsed();
    }
    Ok(pair)
}

fn outgoing(row: NewOutboxRow) -> Outgoing {
    Outgoing {
        decision_id: row.decision_id,
        case_id: row.case_id,
        case_version: row.case_version,
        payload_sha256: row.payload_sha256,
        key_id: row.key_id,
        envelope: row.envelope,
        author_signature: STANDARD.encode(row.author_signature),
        device_signature: STANDARD.encode(row.device_signature),
        receipt: None,
        attempts: 0,
        next_attempt_ms: 0,
    }
}
