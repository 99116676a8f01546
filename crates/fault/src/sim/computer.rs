//! A computer of a run: the vaults on it, each with its courier whoever sits there, and at most one person at the desk with an engine. What runs
//! is a set of futures that are polled by hand, so that nothing happens by itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};

use casework::AccountId;
use contract::server_info::ServerInfo;
use futures::future::BoxFuture;
use futures::task::noop_waker_ref;
use sync::{Api, Calls, Courier, CourierSettings, Engine, LocalClock, Settings};
use uuid::Uuid;
use vault::{MemoryKeychain, SecretName, Vault, VaultFile, WorkStore};

use super::clock::PcClock;
use super::dice::{Dice, DiceJitter};
use super::disks;
use super::net::{Net, Place};
use super::plant::Plant;
use crate::network::trouble::{Trouble, unknown};

/// The password of everybody.
pub(super) const PASSWORD: &str = "Specimen-2026";

/// What is known of a vault from outside.
#[derive(Debug, Clone)]
pub(super) struct VaultIs {
    pub(super) person: String,
    pub(super) account: AccountId,
    pub(super) vault_id: Uuid,
    pub(super) device_id: Uuid,
}

/// What runs for a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Delivery; it outlives the seat.
    Courier,
    /// The loop of the seat.
    Engine,
    /// Something that a person waits for.
    Person,
}

/// What is left to do when something has run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Nothing,
    /// The session has ended as far as possible: what came from the server goes.
    SignedOut,
}

struct Task {
    vault: usize,
    kind: Kind,
    future: BoxFuture<'static, After>,
}

/// Who sits at the desk.
pub(super) struct Seat {
    pub(super) vault: Arc<Vault>,
    pub(super) engine: Arc<Engine>,
    /// Signing out has begun: nothing else does.
    pub(super) is_leaving: bool,
}

/// A vault on this computer.
pub(super) struct VaultHere {
    pub(super) is: VaultIs,
    pub(super) work: Arc<WorkStore>,
    pub(super) courier: Arc<Courier>,
    pub(super) api: Api,
    pub(super) seat: Option<Seat>,
    /// Whether the disk is full for it.
    pub(super) is_full: bool,
}

/// A computer.
pub(super) struct Computer {
    pub(super) no: usize,
    pub(super) clock: Arc<PcClock>,
    pub(super) vaults: Vec<VaultHere>,
    folder: PathBuf,
    keychain: Arc<MemoryKeychain>,
    net: Net,
    dice: Dice,
    plant: Option<Plant>,
    tasks: Vec<Task>,
}

impl std::fmt::Debug for Computer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Computer").field("no", &self.no).field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}

/// What a computer is started with.
pub(super) struct Setup {
    pub(super) no: usize,
    pub(super) folder: PathBuf,
    pub(super) keychain: Arc<MemoryKeychain>,
    pub(super) clock: Arc<PcClock>,
    pub(super) net: Net,
    pub(super) dice: Dice,
    pub(super) plant: Option<Plant>,
}

impl Computer {
    /// Starts it: every vault that can be opened without a password delivers.
    pub(super) fn start(setup: Setup, vaults: &[VaultIs]) -> Result<Self, Trouble> {
        let Setup { no, folder, keychain, clock, net, dice, plant } = setup;
        let mut computer =
            Self { no, clock, vaults: Vec::new(), folder, keychain, net, dice, plant, tasks: Vec::new() };
        computer.open(vaults.to_vec())?;
        Ok(computer)
    }

    fn open(&mut self, vaults: Vec<VaultIs>) -> Result<(), Trouble> {
        for (index, is) in vaults.into_iter().enumerate() {
            let opened = WorkStore::open(&self.folder, is.vault_id, &*self.keychain, self.clock.wall_ms());
            let work = opened.map_err(unknown("work.db"))?.ok_or(Trouble::Unknown("no keychain".into()))?;
            let offset_ms = work.clock_offset().map_err(unknown("work.db"))?;
            let wire = self.net.wire(Place { pc: self.no, vault: index });
            let api = Api::new(wire, self.clock.clone(), offset_ms);
            let header = work.header();
            let mut settings = CourierSettings::new(header.server_id, header.account_id.0, header.device_id);
            settings.calls = Calls::Inline;
            let ledger = Arc::new(desk::WorkLedger::new(work.clone()));
            let courier = Arc::new(Courier::new(api.clone(), ledger, self.jitter(), settings));
            self.vaults.push(VaultHere { is, work, courier, api, seat: None, is_full: false });
        }
        Ok(())
    }

    fn jitter(&mut self) -> Arc<DiceJitter> {
        Arc::new(DiceJitter::new(Dice::of(self.dice.number())))
    }

    /// Who sits there.
    pub(super) fn sitting(&self) -> Option<usize> {
        self.vaults.iter().position(|here| here.seat.is_some())
    }

    /// The seat, unless its person is leaving.
    pub(super) fn seat(&self) -> Option<(usize, &Seat)> {
        let vault = self.sitting()?;
        let seat = self.vaults[vault].seat.as_ref().filter(|seat| !seat.is_leaving)?;
        Some((vault, seat))
    }

    /// Somebody sits down with the password; needs no server. Whoever sat there is locked.
    pub(super) fn sit(&mut self, vault: usize) -> Result<(), Trouble> {
        self.lock()?;
        let (work, api, is) = {
            let here = &self.vaults[vault];
            (here.work.clone(), here.api.clone(), here.is.clone())
        };
        let now_ms = api.clock().now().ms;
        let opened = Vault::unlock_sharing(&self.folder, is.vault_id, PASSWORD, &*self.keychain, now_ms, Some(work));
        let opened = Arc::new(opened.map_err(unknown("unlocking"))?);
        if self.plant == Some(Plant::FullOff) {
            opened.sync_off().map_err(unknown("a planted bug"))?;
        }
        let text = opened.server().map_err(unknown("the vault"))?.unwrap_or_default();
        let server: ServerInfo = serde_json::from_str(&text).map_err(unknown("the server's word"))?;
        let header = opened.header();
        let ledger = desk::harness::ledger(
            opened.clone(),
            self.folder.clone(),
            PathBuf::from("no-photos-here"),
            api.clock().clone(),
            server,
        );
        let ledger = ledger.map_err(unknown("the ledger"))?;
        let mut settings = Settings::new(header.server_id, header.account_id.0, true);
        settings.calls = Calls::Inline;
        let link = self.vaults[vault].courier.link();
        let engine = Arc::new(Engine::new(api, ledger, self.jitter(), settings, link));
        self.vaults[vault].seat = Some(Seat { vault: opened, engine, is_leaving: false });
        Ok(())
    }

    /// Locks: what was confirmed is due, what ran for the seat ends, the keys go.
    pub(super) fn lock(&mut self) -> Result<(), Trouble> {
        self.fill_disk(false)?;
        let Some(vault) = self.sitting() else { return Ok(()) };
        let now_ms = self.now_ms(vault);
        self.tasks.retain(|task| task.vault != vault || task.kind == Kind::Courier);
        let here = &mut self.vaults[vault];
        let Some(seat) = here.seat.take() else { return Ok(()) };
        here.work.end_undo_windows(now_ms, None).map_err(unknown("undo windows"))?;
        seat.vault.close().map_err(unknown("closing"))
    }

    /// Server time as this vault knows it.
    pub(super) fn now_ms(&self, vault: usize) -> i64 {
        self.vaults[vault].api.clock().now().ms
    }

    /// Begins something.
    pub(super) fn begin(&mut self, vault: usize, kind: Kind, future: BoxFuture<'static, After>) {
        self.tasks.push(Task { vault, kind, future });
    }

    pub(super) fn is_busy(&self, vault: usize, kind: Kind) -> bool {
        self.tasks.iter().any(|task| task.vault == vault && task.kind == kind)
    }

    /// One look of the courier, unless one is going on.
    pub(super) fn courier(&mut self, vault: usize) {
        if !self.is_busy(vault, Kind::Courier) {
            let courier = self.vaults[vault].courier.clone();
            self.begin(
                vault,
                Kind::Courier,
                Box::pin(async move {
                    courier.step().await;
                    After::Nothing
                }),
            );
        }
    }

    /// One cycle of the engine of whoever sits there, unless one is going on.
    pub(super) fn engine(&mut self) {
        let Some((vault, seat)) = self.seat() else { return };
        let engine = seat.engine.clone();
        if !self.is_busy(vault, Kind::Engine) {
            self.begin(
                vault,
                Kind::Engine,
                Box::pin(async move {
                    engine.step().await;
                    After::Nothing
                }),
            );
        }
    }

    /// Whoever sits there gives the server the password again.
    pub(super) fn sign_in(&mut self) {
        let Some((vault, seat)) = self.seat() else { return };
        let (engine, open) = (seat.engine.clone(), seat.vault.clone());
        let here = &self.vaults[vault];
        let (api, is, server) = (here.api.clone(), here.is.clone(), here.work.header().server_id);
        self.begin(
            vault,
            Kind::Person,
            Box::pin(async move {
                let signed_in = sync::sign_in(&api, &is.person, PASSWORD, is.device_id, Some(server)).await;
                if let Ok(signed_in) = signed_in
                    && engine.adopt(signed_in.session).await.is_ok()
                {
                    // What a full disk forgets here only makes the time without a sign-in seem longer.
                    let _ = open.put_last_sign_in_ms(api.clock().now().ms);
                }
                After::Nothing
            }),
        );
    }

    /// Whoever sits there begins to sign out.
    pub(super) fn sign_out(&mut self) -> Result<(), Trouble> {
        self.fill_disk(false)?;
        let Some((vault, seat)) = self.seat() else { return Ok(()) };
        let engine = seat.engine.clone();
        let now_ms = self.now_ms(vault);
        self.tasks.retain(|task| task.vault != vault || task.kind == Kind::Courier);
        let here = &mut self.vaults[vault];
        here.work.end_undo_windows(now_ms, None).map_err(unknown("undo windows"))?;
        if let Some(seat) = &mut here.seat {
            seat.is_leaving = true;
        }
        self.begin(
            vault,
            Kind::Person,
            Box::pin(async move {
                // That the server does not hear of it keeps nobody here.
                let _ = engine.sign_out().await;
                After::SignedOut
            }),
        );
        Ok(())
    }

    fn signed_out(&mut self, vault: usize) -> Result<(), Trouble> {
        let now_ms = self.now_ms(vault);
        let here = &self.vaults[vault];
        if let Some(seat) = &here.seat {
            let forget =
                || seat.vault.forget_cases(now_ms).and_then(|()| seat.vault.forget_secret(SecretName::RefreshToken));
            forget().map_err(unknown("forgetting"))?;
        }
        self.lock()
    }

    /// Lets everything go on as far as it can; `true` when something came to its end.
    pub(super) fn poll(&mut self) -> Result<bool, Trouble> {
        let mut context = Context::from_waker(noop_waker_ref());
        let mut ended = Vec::new();
        let mut has_ended = false;
        self.tasks.retain_mut(|task| match task.future.as_mut().poll(&mut context) {
            Poll::Pending => true,
            Poll::Ready(after) => {
                has_ended = true;
                if after != After::Nothing {
                    ended.push((task.vault, after));
                }
                false
            }
        });
        for (vault, _) in ended {
            self.signed_out(vault)?;
        }
        Ok(has_ended)
    }

    /// Whether anything runs.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The program dies, or the computer loses its power, and is started again; nobody sits there.
    pub(super) fn crash(&mut self, power: disks::Power<'_>) -> Result<(), Trouble> {
        self.tasks.clear();
        let vaults = std::mem::take(&mut self.vaults);
        let known: Vec<VaultIs> = vaults.iter().map(|here| here.is.clone()).collect();
        disks::crash(&self.folder, power, || drop(vaults)).map_err(unknown("a crash of a computer"))?;
        self.open(known)
    }

    /// The disk of this computer is full from now on for what is written to `work.db`, or has room again.
    pub(super) fn fill_disk(&mut self, is_full: bool) -> Result<(), Trouble> {
        let Some(vault) = self.sitting() else { return Ok(()) };
        let here = &mut self.vaults[vault];
        if let Some(seat) = &here.seat {
            let limited = seat.vault.limit_pages(VaultFile::Work, is_full.then_some(0));
            limited.map_err(unknown("the limit of the disk"))?;
            here.is_full = is_full;
        }
        Ok(())
    }
}
