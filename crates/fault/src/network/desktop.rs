//! A reviewer's computer in a network run, as far as deciding and delivering go: a real vault, the real courier over real HTTP, and what the
//! desk does when a decision is confirmed. No window, no photos; what was confirmed is remembered, to be held against both sides.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casework::{AccountId, CaseId, CaseNo, CaseVersion, DecisionId, Fence, Round, Sha256};
use chrono::TimeDelta;
use contract::decision::{DecisionPayload, Standing};
use contract::device::DeviceRequest;
use contract::lease::{LeaseAnswer, LeasesRequest};
use contract::server_info::ServerInfo;
use contract::{envelope, signature};
use desk::WorkLedger;
use review_server::ManualClock;
use sync::{AccessToken, Api, Courier, CourierSettings, CourierState, HttpTransport, Jitter, ServerAddress, Transport};
use tempfile::TempDir;
use uuid::Uuid;
use vault::{KdfCost, MemoryKeychain, NewOutboxRow, NewVault, OutboxRow, OutboxState, Vault, WorkStore};

use super::hasty::Hasty;
use super::local_clock::MovableClock;
use super::office::{Office, PASSWORD, scratch};
use super::trouble::{Trouble, unknown};

/// Longer than any wait between two attempts.
const PAST_ANY_WAIT: Duration = Duration::from_secs(16 * 60);
const PAST_ANY_WAIT_THERE: TimeDelta = TimeDelta::minutes(16);
/// How long an exchange may take.
const PATIENCE: Duration = Duration::from_millis(400);
/// An exchange on a network that is only slow.
const LONG_PATIENCE: Duration = Duration::from_secs(20);

/// What was confirmed at this desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Saved {
    /// The decision.
    pub(super) decision_id: DecisionId,
    /// The case.
    pub(super) case_id: CaseId,
    /// The hash of what was confirmed.
    pub payload_sha256: Sha256,
    /// The internal note, of its own for every decision.
    pub(super) note: String,
    /// Who confirmed it.
    pub(super) author: AccountId,
}

/// Half of every jitter.
#[derive(Debug)]
struct Steady;

impl Jitter for Steady {
    fn next(&self) -> f64 {
        0.5
    }
}

/// A computer with one person signed in.
pub(super) struct Desktop {
    /// Its clocks.
    pub(super) clock: Arc<MovableClock>,
    /// The store, open.
    pub(super) vault: Vault,
    /// Delivery.
    pub(super) courier: Arc<Courier>,
    /// The calls to the server.
    pub(super) api: Api,
    /// The account.
    pub(super) account: AccountId,
    /// What was confirmed here, in order.
    pub(super) saved: Mutex<Vec<Saved>>,
    token: Mutex<AccessToken>,
    server_clock: Arc<ManualClock>,
    name: String,
    keychain: MemoryKeychain,
    data: TempDir,
}

impl std::fmt::Debug for Desktop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desktop").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Desktop {
    /// Signs in on an empty computer, with little patience for the network.
    pub(super) async fn sign_in(office: &Office, url: &str, name: &str) -> Result<Self, Trouble> {
        Self::sign_in_waiting(office, url, name, PATIENCE).await
    }

    /// The same with the patience that a slow network needs.
    pub(super) async fn sign_in_patiently(office: &Office, url: &str, name: &str) -> Result<Self, Trouble> {
        Self::sign_in_waiting(office, url, name, LONG_PATIENCE).await
    }

    async fn sign_in_waiting(office: &Office, url: &str, name: &str, patience: Duration) -> Result<Self, Trouble> {
        let clock = Arc::new(MovableClock::showing(office.now_ms()));
        let api = Api::new(transport(url, patience)?, clock.clone(), None);
        let device_id = Uuid::new_v4();
        let signed_in = sync::sign_in(&api, name, PASSWORD, device_id, None).await.map_err(unknown("signing in"))?;
        let account = AccountId(signed_in.session.person.account_id);
        let (data, keychain) = (scratch()?, MemoryKeychain::default());
        let new = NewVault {
            vault_id: Uuid::new_v4(),
            sign_in_name: name.to_owned(),
            account_id: account,
            server_id: signed_in.server.server_id,
            server_url: url.to_owned(),
            device_id,
        };
        let vault = Vault::create(data.path(), new, PASSWORD, &keychain, KdfCost::for_tests(), office.now_ms())
            .map_err(unknown("a vault"))?;
        let server = serde_json::to_string(&signed_in.server).map_err(unknown("the server's word"))?;
        vault.put_server(&server).map_err(unknown("a vault"))?;
        let token = AccessToken::new(signed_in.session.access_token);
        let settings = CourierSettings::new(signed_in.server.server_id, account.0, device_id);
        let courier = courier(&api, vault.work_store(), settings);
        let desktop = Self {
            clock,
            vault,
            courier,
            api,
            account,
            saved: Mutex::default(),
            token: Mutex::new(token),
            server_clock: office.clock().clone(),
            name: name.to_owned(),
            keychain,
            data,
        };
        desktop.register().await?;
        Ok(desktop)
    }

    /// Registers the device, as the first session of a vault does.
    pub(super) async fn register(&self) -> Result<(), Trouble> {
        let keys = DeviceRequest {
            device_key: STANDARD.encode(self.vault.device_public_key()),
            author_key: STANDARD.encode(self.vault.author_public_key().map_err(unknown("the author's key"))?),
        };
        let token = self.token();
        let credential = self.api.register_device(&token, &keys).await.map_err(unknown("registering"))?;
        self.vault.put_delivery_credential(&credential).map_err(unknown("keeping the credential"))
    }

    /// Signs in again, for another session of the same device.
    pub(super) async fn sign_in_again(&self) -> Result<(), Trouble> {
        let device_id = self.vault.header().device_id;
        let session = self.api.sign_in(&self.name, PASSWORD, device_id).await.map_err(unknown("signing in again"))?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = AccessToken::new(session.access_token);
        Ok(())
    }

    /// A token of the session.
    pub(super) fn token(&self) -> AccessToken {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The computer is started again at this address: a new courier on the same store.
    pub(super) fn restart(&mut self, url: &str) -> Result<(), Trouble> {
        self.api = Api::new(transport(url, PATIENCE)?, self.clock.clone(), None);
        let header = self.vault.header();
        let settings = CourierSettings::new(header.server_id, header.account_id.0, header.device_id);
        self.courier = courier(&self.api, self.vault.work_store(), settings);
        Ok(())
    }

    /// All that this person gets leased ahead, in a session that has just begun.
    pub(super) async fn leases(&self) -> Result<Vec<LeaseAnswer>, Trouble> {
        self.sign_in_again().await?;
        let answer = self.api.leases(&self.token(), &LeasesRequest::default()).await;
        Ok(answer.map_err(unknown("leases"))?.leases)
    }

    /// Opens one case, in a session that has just begun.
    pub(super) async fn open(&self, case: CaseId) -> Result<LeaseAnswer, Trouble> {
        self.sign_in_again().await?;
        self.api.lease_case(&self.token(), case).await.map_err(unknown("opening a case"))
    }

    /// Confirms an approval, or a rejection where `is_approval` says so: on the disk when this returns.
    pub(super) fn decide(&self, lease: &LeaseAnswer, is_approval: bool) -> Result<Saved, Trouble> {
        let now_ms = self.courier.clock().ms;
        let decision = Uuid::now_v7();
        let (case, row) = (CaseId(lease.case.row.case_id), &lease.case.row);
        let mut evidence: Vec<String> = lease.case.evidence.iter().map(|photo| photo.sha256.clone()).collect();
        evidence.sort_unstable();
        let note = format!("note of {} on {decision}", self.name);
        let payload = DecisionPayload {
            decision_id: decision,
            case_id: case.0,
            author: self.account.0,
            device_id: self.vault.header().device_id,
            round: row.round,
            case_version: row.version,
            fence: lease.fence,
            opinion: if is_approval { "approve" } else { "reject" }.to_owned(),
            reasons: if is_approval { Vec::new() } else { vec!["blurred".to_owned()] },
            reasons_version: 1,
            applicant_text: None,
            internal_note: Some(note.clone()),
            evidence,
            reviews_left_shown: (!is_approval).then(|| 3u8.saturating_sub(row.round)),
            decided_at_ms: now_ms,
            clock: self.courier.clock().claim(),
        };
        self.keep(lease, &payload, now_ms, note)
    }

    fn keep(
        &self,
        lease: &LeaseAnswer,
        payload: &DecisionPayload,
        now_ms: i64,
        note: String,
    ) -> Result<Saved, Trouble> {
        let (id, case) = (DecisionId(payload.decision_id), CaseId(payload.case_id));
        let bytes = serde_json::to_vec(payload).map_err(unknown("a payload"))?;
        let server = self.server()?;
        let key = STANDARD.decode(&server.envelope_key.public_key).map_err(unknown("the server's key"))?;
        let payload_sha256 = envelope::payload_sha256(&bytes);
        let message = signature::decision_message(id, case, payload_sha256);
        let due = lease.case.row.deadline.outcome.due();
        let row = NewOutboxRow {
            decision_id: id,
            case_id: case,
            case_no: CaseNo(lease.case.row.case_no.clone()),
            round: Round::new(payload.round).map_err(unknown("the round"))?,
            case_version: CaseVersion(payload.case_version),
            fence: Fence(payload.fence),
            target_ms: due.map(|due| due.target_ms),
            breach_ms: due.map(|due| due.breach_ms),
            created_at_ms: now_ms,
            // The undo window is over; what happens in it is no matter of the network.
            not_before_ms: now_ms,
            payload_sha256,
            key_id: server.envelope_key.key_id,
            envelope: envelope::seal(&key, id, case, &bytes).map_err(unknown("sealing"))?,
            author_signature: self.vault.sign_as_author(&message).map_err(unknown("signing"))?,
            device_signature: self.vault.sign_as_device(&message).map_err(unknown("signing"))?,
            author_copy: bytes,
        };
        self.vault.outbox_insert(&row).map_err(unknown("saving a decision"))?;
        let saved = Saved { decision_id: id, case_id: case, payload_sha256, note, author: self.account };
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).push(saved.clone());
        Ok(saved)
    }

    /// What the server said of itself, as it is kept here.
    pub(super) fn server(&self) -> Result<ServerInfo, Trouble> {
        let text = self.vault.server().map_err(unknown("the vault"))?.unwrap_or_default();
        serde_json::from_str(&text).map_err(unknown("the server's word"))
    }

    /// Everything that was confirmed here.
    pub(super) fn saved(&self) -> Vec<Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One look of the courier at everything that is to be delivered, after the longest wait that there is. Time passes here and there.
    pub(super) async fn deliver(&self) -> CourierState {
        self.server_clock.advance(PAST_ANY_WAIT_THERE);
        self.deliver_while_the_server_stands_still().await
    }

    /// The same, and the server's clock does not move.
    pub(super) async fn deliver_while_the_server_stands_still(&self) -> CourierState {
        self.clock.pass(PAST_ANY_WAIT);
        self.courier.step().await;
        self.courier.state()
    }

    /// Delivers until nothing waits, as it must when the network is good again (I9).
    pub(super) async fn settle(&self) -> Result<(), Trouble> {
        for _ in 0..12 {
            self.deliver().await;
            if self.rows()?.iter().all(|row| !matches!(row.state, OutboxState::Queued | OutboxState::Sending)) {
                return Ok(());
            }
        }
        let state = self.courier.state();
        Err(Trouble::Broken(format!("I9: the fault has stopped and decisions still wait ({state:?})")))
    }

    /// The outbox.
    pub(super) fn rows(&self) -> Result<Vec<OutboxRow>, Trouble> {
        self.vault.outbox_list().map_err(unknown("the outbox"))
    }

    /// One row of it.
    pub(super) fn row(&self, saved: &Saved) -> Result<OutboxRow, Trouble> {
        let row = self.vault.outbox_row(saved.decision_id).map_err(unknown("the outbox"))?;
        row.ok_or_else(|| Trouble::Broken(format!("I1: {} is gone from the outbox", saved.decision_id)))
    }

    /// Whether nothing can be decided here any more.
    pub(super) fn decide_is_refused(&self) -> bool {
        self.vault.sign_as_author(b"anything").is_err()
    }

    /// The code of what went wrong last with it.
    pub(super) fn problem(&self, saved: &Saved) -> Result<String, Trouble> {
        Ok(self.row(saved)?.problem.map(|problem| problem.code).unwrap_or_default())
    }

    /// What stands instead, where it is a conflict.
    pub(super) fn standing(&self, saved: &Saved) -> Result<Option<Standing>, Trouble> {
        let standing = self.row(saved)?.standing;
        standing.map(|bytes| serde_json::from_slice(&bytes).map_err(unknown("what stands"))).transpose()
    }

    /// The text of a decision as its author reads it (I4).
    pub(super) fn own_words(&self, saved: &Saved) -> Result<String, Trouble> {
        let copy = self.vault.author_copy(saved.decision_id).map_err(unknown("the author's copy"))?;
        let payload: DecisionPayload = serde_json::from_slice(&copy).map_err(unknown("the author's copy"))?;
        Ok(payload.internal_note.unwrap_or_default())
    }

    /// Whether this password opens the vault.
    pub(super) fn opens_with(&self, password: &str) -> bool {
        let vault_id = self.vault.header().vault_id;
        Vault::unlock(self.data.path(), vault_id, password, &self.keychain, self.clock_ms()).is_ok()
    }

    fn clock_ms(&self) -> i64 {
        self.courier.clock().ms
    }
}

fn transport(url: &str, patience: Duration) -> Result<Arc<dyn Transport>, Trouble> {
    let address = ServerAddress::parse(url).map_err(unknown("the address"))?;
    let real = HttpTransport::new(address).map_err(unknown("the HTTP client"))?;
    Ok(Arc::new(Hasty::new(real, patience)))
}

fn courier(api: &Api, work: Arc<WorkStore>, settings: CourierSettings) -> Arc<Courier> {
    Arc::new(Courier::new(api.clone(), Arc::new(WorkLedger::new(work)), Arc::new(Steady), settings))
}
