//! A whole desk at a hostile server: the real `Desk` with vault, engine, couriers and photo worker, in this process. What a person would do
//! at it is done here by the same calls; time is waited for by what the desk announces.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use desk::view::{
    CaseOpenView, DecisionRecordRequest, OpinionKindView, OpinionRequest, OutboxStateView, QueuePageRequest,
    SignInRequest,
};
use desk::{Desk, DeskOptions, KdfCost, MemoryKeychain};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::local_clock::MovableClock;
use super::office::{Office, PASSWORD, scratch};
use super::trouble::{Trouble, must, unknown};
use crate::hostile::Asked;

const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A desk with a person at it.
pub(super) struct Sitting {
    /// The desk.
    pub(super) desk: Desk,
    /// Its clocks.
    pub(super) clock: Arc<MovableClock>,
    changes: watch::Receiver<u64>,
    _folder: TempDir,
}

impl std::fmt::Debug for Sitting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sitting(…)")
    }
}

impl Sitting {
    /// Signs in at a new desk.
    pub(super) async fn sign_in(office: &Office, url: &str, name: &str) -> Result<Self, Trouble> {
        let folder = scratch()?;
        let (tell, changes) = watch::channel(0u64);
        let clock = Arc::new(MovableClock::showing(office.now_ms()));
        let desk = Desk::start(DeskOptions {
            data: folder.path().join("desk"),
            exports: folder.path().join("exports"),
            worker: worker()?,
            server_url: None,
            keychain: Arc::new(MemoryKeychain::default()),
            announce: Arc::new(move |_| tell.send_modify(|count| *count += 1)),
            notify: Arc::new(|_| {}),
            clock: clock.clone(),
            runtime: Handle::current(),
            kdf_cost: KdfCost::for_tests(),
        });
        let request = SignInRequest {
            server_url: url.to_owned(),
            account: name.to_owned(),
            password: PASSWORD.to_owned(),
            vault: None,
        };
        desk.sign_in(request).await.map_err(|error| Trouble::Unknown(format!("signing in: {:?}", error.code)))?;
        Ok(Self { desk, clock, changes, _folder: folder })
    }

    /// How many cases the queue shows.
    pub(super) async fn queue(&self) -> Result<u32, Trouble> {
        let request = QueuePageRequest { offset: 0, limit: 1, only_mine: false };
        let page = self.desk.queue_page(request).await;
        Ok(page.map_err(|error| Trouble::Unknown(format!("the queue: {:?}", error.code)))?.total)
    }

    /// Waits until the queue shows so many cases.
    pub(super) async fn until_queue_is(&self, count: u32) -> Result<(), Trouble> {
        let shown = self.until(async || Ok((self.queue().await? == count).then_some(()))).await;
        match shown {
            Err(Trouble::Broken(_)) => {
                Err(Trouble::Broken(format!("the queue shows {} cases instead of {count}", self.queue().await?)))
            }
            other => other,
        }
    }

    /// Pulls again, and waits until the server was asked this so many times more.
    pub(super) async fn pull(
        &self,
        front: &crate::hostile::Front,
        is_it: fn(&Asked) -> bool,
        times: usize,
    ) -> Result<(), Trouble> {
        let count = || front.script().asked().iter().filter(|asked| is_it(asked)).count();
        let wanted = count() + times;
        self.until(async || {
            // Past any wait of the loop.
            self.clock.pass(Duration::from_secs(6 * 60));
            // Trouble is what this is about.
            drop(self.desk.connect_now().await);
            Ok((count() >= wanted).then_some(()))
        })
        .await
    }

    /// Approves the next case that is ready; gives the decision's id.
    pub(super) async fn decide(&self) -> Result<String, Trouble> {
        let case = self
            .until(async || {
                let Ok(Some(next)) = self.desk.queue_next(None).await else { return Ok(None) };
                match self.desk.case_open(next).await {
                    Ok(CaseOpenView::Held { case }) if case.can_decide => Ok(Some(case)),
                    _ => Ok(None),
                }
            })
            .await?;
        let request = DecisionRecordRequest {
            case_id: case.case_id,
            case_token: case.case_token,
            opinion: OpinionRequest { kind: OpinionKindView::Approve, reasons: Vec::new(), text: String::new() },
            note: "decided before the trouble".to_owned(),
            reviews_left_shown: None,
        };
        let recorded = self.desk.decision_record(request).await;
        Ok(recorded.map_err(|error| Trouble::Unknown(format!("deciding: {:?}", error.code)))?.decision_id)
    }

    /// Where a decision stands, as the outbox shows it.
    pub(super) async fn state(&self, decision: &str) -> Result<OutboxStateView, Trouble> {
        let view = self.desk.outbox_view().await;
        let rows = view.map_err(|error| Trouble::Unknown(format!("the outbox: {:?}", error.code)))?.rows;
        let row = rows.into_iter().find(|row| row.decision_id == decision);
        row.map(|row| row.state).ok_or_else(|| Trouble::Broken(format!("I1: {decision} is not in the outbox")))
    }

    /// The undo window passes, and the decision is delivered.
    pub(super) async fn until_delivered(&self, decision: &str) -> Result<(), Trouble> {
        self.clock.pass(Duration::from_secs(20));
        let shown = self
            .until(async || {
                drop(self.desk.connect_now().await);
                Ok((self.state(decision).await? == OutboxStateView::Delivered).then_some(()))
            })
            .await;
        must(shown.is_ok(), format_args!("I9: {decision} is not delivered: {:?}", self.state(decision).await?))
    }

    async fn until<T>(&self, mut look: impl AsyncFnMut() -> Result<Option<T>, Trouble>) -> Result<T, Trouble> {
        let mut changes = self.changes.clone();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                drop(tokio::time::timeout(LOOK_EVERY, changes.changed()).await);
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => Err(Trouble::Broken("what was waited for does not come".to_owned())),
        }
    }
}

fn worker() -> Result<PathBuf, Trouble> {
    testkit::server::binary("photo-worker").map_err(unknown("the photo worker"))
}
