//! The real desktop core in a process that the harness may kill: `Desk` with its vault, sync, couriers and photo worker, without a window.
//! It does what is asked line by line, as a person at the keys would, and tells what the window would show. It quits when its standard input
//! ends, so that none outlives the harness.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use desk::view::{
    CaseOpenView, CaseView, CommandError, DecisionRecordRequest, OpinionKindView, OpinionRequest, OtherVaultPassword,
    OutboxStateView, SessionView, SignInRequest, SignOutRequest, UnlockRequest,
};
use desk::{Desk, DeskOptions, KdfCost, SystemClock};
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::file_keychain::FileKeychain;
use crate::talk::{Ask, Choice, Fact};

/// How long something that is waited for may take; whoever asked decides earlier.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often is looked again even when nothing is announced: what ends by time alone announces nothing.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Arguments of the hidden command.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The desktop's data folder.
    #[arg(long)]
    data: PathBuf,
    /// The folder that stands for the keychain.
    #[arg(long)]
    keychain: PathBuf,
    /// The photo worker's program.
    #[arg(long)]
    worker: PathBuf,
}

/// Why the desk did not run.
#[derive(Debug, Error)]
pub enum ChildDeskError {
    /// The runtime, the keychain's folder or the input.
    #[error("the desk cannot run: {0}")]
    Io(#[from] std::io::Error),
}

/// Works until it is asked to quit or its standard input ends.
///
/// # Errors
/// See [`ChildDeskError`].
pub fn run(arguments: &Arguments) -> Result<(), ChildDeskError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut person = Person::sit_down(arguments)?;
        Fact::Started.tell();
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Some(line) = lines.next_line().await? {
            let Ok(ask) = serde_json::from_str::<Ask>(&line) else {
                Fact::Refused { code: "not_understood".to_owned() }.tell();
                continue;
            };
            let is_last = ask == Ask::Quit;
            match person.do_it(ask).await {
                Ok(()) => Fact::Done.tell(),
                Err(code) => Fact::Refused { code }.tell(),
            }
            if is_last {
                return Ok(());
            }
        }
        person.desk.quit().await;
        Ok(())
    })
}

/// Which states were told of which decision.
type Told = Arc<Mutex<HashMap<String, OutboxStateView>>>;

struct Person {
    desk: Desk,
    changes: watch::Receiver<u64>,
    told: Told,
    last: Option<String>,
}

impl Person {
    fn sit_down(arguments: &Arguments) -> Result<Self, ChildDeskError> {
        let (tell, changes) = watch::channel(0u64);
        let desk = Desk::start(DeskOptions {
            data: arguments.data.clone(),
            exports: arguments.data.with_file_name("exports"),
            worker: arguments.worker.clone(),
            server_url: None,
            keychain: Arc::new(FileKeychain::open(&arguments.keychain)?),
            announce: Arc::new(move |_| tell.send_modify(|count| *count += 1)),
            notify: Arc::new(|_| {}),
            clock: Arc::new(SystemClock::new()),
            runtime: Handle::current(),
            kdf_cost: KdfCost::for_tests(),
        });
        let told = Told::default();
        let (watching, mut heard, seen) = (desk.clone(), changes.clone(), told.clone());
        Handle::current().spawn(async move {
            while heard.changed().await.is_ok() {
                tell_states(&watching, &seen).await;
            }
        });
        Ok(Self { desk, changes, told, last: None })
    }

    async fn do_it(&mut self, ask: Ask) -> Result<(), String> {
        match ask {
            Ask::SignIn { server, account, password, new_cache } => {
                let vault = new_cache.then_some(OtherVaultPassword::NewCache);
                let request = SignInRequest { server_url: server, account, password, vault };
                self.desk.sign_in(request).await.map_err(word)?;
                Fact::Usable.tell();
            }
            Ask::Unlock { password } => {
                let vault_id = self.vault_id().await?;
                self.desk.unlock(UnlockRequest { vault_id, password }).await.map_err(word)?;
                Fact::Usable.tell();
            }
            Ask::UntilReady { count } => {
                self.until("never_ready", async |desk| {
                    let status = desk.status_view().await.ok()?;
                    (status.offline_ready >= count && status.pull.is_none()).then_some(())
                })
                .await?;
            }
            Ask::Decide { choice, is_optional } => self.decide(choice, is_optional).await?,
            Ask::Undo => self.undo().await?,
            Ask::Lock => {
                self.desk.lock().await.map_err(word)?;
            }
            Ask::SignOut => {
                self.desk.sign_out(SignOutRequest { with_undelivered: true }).await.map_err(word)?;
            }
            Ask::Connect => self.desk.connect_now().await.map_err(word)?,
            Ask::Settle => self.settle().await?,
            Ask::Quit => self.desk.quit().await,
        }
        Ok(())
    }

    async fn vault_id(&self) -> Result<String, String> {
        match self.desk.session_view().await.map_err(word)? {
            SessionView::Closed { vaults, problem, .. } => match vaults.into_iter().next() {
                Some(vault) => Ok(vault.vault_id),
                None => Err(problem.map_or_else(|| "no_vault".to_owned(), word)),
            },
            SessionView::Open { .. } => Err("open_already".to_owned()),
            SessionView::Unavailable { error } => Err(word(error)),
        }
    }

    async fn decide(&mut self, choice: Choice, is_optional: bool) -> Result<(), String> {
        let case = match next_case(&self.desk).await {
            Some(case) => case,
            None if is_optional => return Ok(()),
            None => self.until("no_case_to_decide", next_case).await?,
        };
        Fact::Confirmed { case_id: case.case_id.clone(), choice: choice.clone() }.tell();
        let recorded = self.desk.decision_record(request(&case, &choice)).await.map_err(word)?;
        Fact::Saved { decision_id: recorded.decision_id.clone(), case_id: case.case_id }.tell();
        self.last = Some(recorded.decision_id);
        Ok(())
    }

    async fn undo(&mut self) -> Result<(), String> {
        let decision_id = self.last.take().ok_or("nothing_to_undo")?;
        Fact::TakingBack { decision_id: decision_id.clone() }.tell();
        self.desk.decision_undo(decision_id.clone()).await.map_err(word)?;
        Fact::TakenBack { decision_id }.tell();
        Ok(())
    }

    async fn settle(&self) -> Result<(), String> {
        let desk = self.desk.clone();
        let waits = |state| matches!(state, OutboxStateView::Queued | OutboxStateView::Sending);
        self.until("not_delivered", async |_| {
            let rows = desk.outbox_view().await.ok()?.rows;
            (!rows.iter().any(|row| waits(row.state))).then_some(())
        })
        .await?;
        tell_states(&desk, &self.told).await;
        Ok(())
    }

    /// Waits, from one announced change to the next, until something holds.
    async fn until<T>(&self, otherwise: &str, mut look: impl AsyncFnMut(&Desk) -> Option<T>) -> Result<T, String> {
        let mut changes = self.changes.clone();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look(&self.desk).await {
                    return found;
                }
                let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| otherwise.to_owned())
    }
}

/// The next case that is held, opened, if it can be decided now.
async fn next_case(desk: &Desk) -> Option<CaseView> {
    let next = desk.queue_next(None).await.ok()??;
    match desk.case_open(next).await.ok()? {
        CaseOpenView::Held { case } if case.can_decide => Some(case),
        _ => None,
    }
}

fn request(case: &CaseView, choice: &Choice) -> DecisionRecordRequest {
    let is_rejection = choice.opinion == "reject";
    DecisionRecordRequest {
        case_id: case.case_id.clone(),
        case_token: case.case_token.clone(),
        opinion: OpinionRequest {
            kind: if is_rejection { OpinionKindView::Reject } else { OpinionKindView::Approve },
            reasons: choice.reasons.clone(),
            text: String::new(),
        },
        note: choice.note.clone(),
        // First rounds only, submitted in the period of today: two are left after this one.
        reviews_left_shown: is_rejection.then(|| 3u8.saturating_sub(case.round)),
    }
}

/// Tells each state that the list of decisions shows and that was not told yet. Nobody can look while the desk is locked.
async fn tell_states(desk: &Desk, told: &Told) {
    let Ok(outbox) = desk.outbox_view().await else { return };
    for row in outbox.rows {
        let before = told.lock().unwrap_or_else(PoisonError::into_inner).insert(row.decision_id.clone(), row.state);
        if before == Some(row.state) {
            continue;
        }
        let decision_id = row.decision_id;
        let code = || row.problem.as_ref().map_or_else(String::new, |problem| word(problem.clone()));
        match row.state {
            OutboxStateView::Queued | OutboxStateView::Sending => {}
            OutboxStateView::Delivered => Fact::Delivered { decision_id }.tell(),
            OutboxStateView::Conflict => Fact::Stands { decision_id, state: "conflict".into(), code: code() }.tell(),
            OutboxStateView::Parked => Fact::Stands { decision_id, state: "parked".into(), code: code() }.tell(),
        }
    }
}

/// The error's code as the window knows it.
fn word(error: CommandError) -> String {
    let code = serde_json::to_value(error.code).ok();
    code.and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_else(|| "unknown_code".to_owned())
}
