//! Whoever sits at the desk: the unlocked vault, the running sync engine, and what the window has open. It ends with lock or sign-out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use casework::{AccountId, CaseId, CaseVersion, Declared, Fence, Role, Round, Sha256};
use contract::access_log::StuckAnswer;
use contract::server_info::ServerInfo;
use contract::session::Person;
use serde::{Deserialize, Serialize};
use sync::{ConnectionState, Engine};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;
use vault::{CaseRow, DueTold, HeldCase, Recovered, StateWord, VaultHeader};

use crate::calendar::Calendars;
use crate::courier::{Deliveries, Delivery};
use crate::desk::SharedVault;
use crate::error::DeskError;
use crate::view::NotHeldReason;

/// Who is signed in, as remembered in `work.db` for starts without the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reviewer {
    pub(crate) account_id: Uuid,
    pub(crate) account: String,
    pub(crate) display_name: String,
    pub(crate) role: String,
    pub(crate) office_id: Uuid,
    pub(crate) office_name: String,
    /// Code of the region whose extra days off the office has.
    #[serde(default)]
    pub(crate) office_region: Option<String>,
}

impl From<&Person> for Reviewer {
    fn from(person: &Person) -> Self {
        Self {
            account_id: person.account_id,
            account: person.account.clone(),
            display_name: person.display_name.clone(),
            role: person.role.clone(),
            office_id: person.office_id,
            office_name: person.office_name.clone(),
            office_region: person.office_region.clone(),
        }
    }
}

/// The case that the window shows: its token, what was shown under it, and the photo tokens that are good while it is shown.
#[derive(Debug)]
pub(crate) struct OpenCase {
    pub(crate) token: String,
    pub(crate) shown: Shown,
    pub(crate) photos: HashMap<String, Sha256>,
}

/// Everything of a case that a decision is about. A decision is recorded only on what was shown; when any of it changes, the token does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) case_id: CaseId,
    pub(crate) version: CaseVersion,
    pub(crate) state: StateWord,
    pub(crate) round: Round,
    pub(crate) fence: Fence,
    pub(crate) submitted_at_ms: i64,
    pub(crate) declared: Declared,
    pub(crate) evidence: Vec<Sha256>,
    pub(crate) reasons_version: u32,
}

impl Shown {
    pub(crate) fn of(row: &CaseRow, held: &HeldCase, reasons_version: u32) -> Self {
        Self {
            case_id: row.case_id,
            version: row.version,
            state: row.state,
            round: row.round,
            fence: held.fence,
            submitted_at_ms: held.submitted_at_ms,
            declared: held.declared.clone(),
            evidence: held.evidence.iter().map(|photo| photo.sha256).collect(),
            reasons_version,
        }
    }
}

/// Why a lease was not given.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) reason: NotHeldReason,
    pub(crate) holder: Option<String>,
}

/// What the window has open and what the engine last said.
#[derive(Debug, Default)]
pub(crate) struct Open {
    pub(crate) case: Option<OpenCase>,
    /// A lease is being asked for.
    pub(crate) fetching: Option<CaseId>,
    /// The last lease that was not given.
    pub(crate) refused: Option<(CaseId, Refusal)>,
    /// The case that was on the screen when its lease ended. It is not leased again before a person opens it again.
    pub(crate) lost: Option<CaseId>,
}

/// What the seat and its engine's ledger both know.
pub(crate) struct Common {
    /// What the server said of itself last.
    pub(crate) server: Mutex<ServerInfo>,
    /// Until when cases are taken offline, as the server said last.
    pub(crate) offline_until_ms: Mutex<Option<i64>>,
    /// The case that the window shows: a lapsed lease that nobody took does not take it off the screen.
    pub(crate) on_screen: Mutex<Option<CaseId>>,
}

/// What a seat begins with.
pub(crate) struct Seating {
    pub(crate) vault: SharedVault,
    pub(crate) engine: Arc<Engine>,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) deliveries: Deliveries,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) reviewer: Reviewer,
    pub(crate) common: Arc<Common>,
    pub(crate) calendars: Arc<Calendars>,
    pub(crate) told: Option<DueTold>,
    pub(crate) recovered: Vec<Recovered>,
}

/// Whoever sits at the desk.
pub(crate) struct Seat {
    pub(crate) vault: SharedVault,
    pub(crate) engine: Arc<Engine>,
    /// Delivery of this vault; it outlives the seat.
    pub(crate) delivery: Arc<Delivery>,
    /// Delivery of every vault on this computer.
    deliveries: Deliveries,
    pub(crate) stop: watch::Sender<bool>,
    /// The engine at work.
    pub(crate) running: Mutex<Option<JoinHandle<()>>>,
    /// What else goes on for this seat; aborted when it ends.
    pub(crate) tasks: Mutex<Vec<JoinHandle<()>>>,
    pub(crate) reviewer: Mutex<Reviewer>,
    pub(crate) common: Arc<Common>,
    pub(crate) connection: Mutex<ConnectionState>,
    pub(crate) photos_progress: Mutex<Option<(u32, u32)>>,
    pub(crate) last_contact_ms: Mutex<Option<i64>>,
    pub(crate) calendars: Arc<Calendars>,
    /// Of how many due cases the person knows: told, or fell to since.
    pub(crate) told: Mutex<Option<DueTold>>,
    /// Time, queue or calendar changed: what waits for the clock looks again.
    pub(crate) woken: Notify,
    /// Cache files that were made anew at the unlock, until somebody was told.
    pub(crate) recovered: Mutex<Vec<Recovered>>,
    /// For supervisors: what colleagues' desktops cannot deliver, and when the server said so, server time.
    pub(crate) stuck_elsewhere: Mutex<Option<(i64, StuckAnswer)>>,
    open: Mutex<Open>,
}

impl Seat {
    pub(crate) fn new(seating: Seating) -> Self {
        let Seating { vault, engine, delivery, deliveries, stop, reviewer, common, calendars, told, recovered } =
            seating;
        Self {
            vault,
            engine,
            delivery,
            deliveries,
            stop,
            running: Mutex::new(None),
            tasks: Mutex::new(Vec::new()),
            reviewer: Mutex::new(reviewer),
            common,
            connection: Mutex::new(ConnectionState::Connecting),
            photos_progress: Mutex::new(None),
            last_contact_ms: Mutex::new(None),
            calendars,
            told: Mutex::new(told),
            woken: Notify::new(),
            recovered: Mutex::new(recovered),
            stuck_elsewhere: Mutex::new(None),
            open: Mutex::new(Open::default()),
        }
    }

    pub(crate) fn open(&self) -> MutexGuard<'_, Open> {
        held(&self.open)
    }

    pub(crate) fn account_id(&self) -> AccountId {
        AccountId(held(&self.reviewer).account_id)
    }

    /// The role; an unknown word may do nothing.
    pub(crate) fn role(&self) -> Role {
        Role::from_word(&held(&self.reviewer).role).unwrap_or(Role::Auditor)
    }

    /// What the server said of itself last.
    pub(crate) fn server(&self) -> ServerInfo {
        held(&self.common.server).clone()
    }

    /// Cases that the queue does not offer: a decision of mine is on its way or just delivered, also from a vault that I gave up.
    pub(crate) fn hidden_cases(&self) -> Result<Vec<CaseId>, DeskError> {
        let here = self.vault.header();
        let is_mine_elsewhere = |header: &VaultHeader| {
            header.vault_id != here.vault_id
                && (header.server_id, header.account_id) == (here.server_id, here.account_id)
        };
        let others: Vec<_> = held(&self.deliveries)
            .iter()
            .filter(|delivery| is_mine_elsewhere(&delivery.work.header()))
            .map(|delivery| delivery.work.clone())
            .collect();
        Ok(self.vault.outbox_live_cases_beside(&others)?)
    }
}

/// Locks; a panic elsewhere does not make plain data unusable.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
