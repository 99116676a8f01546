//! A desk with its data folder, and waiting for what a person would wait for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use desk::view::{
    CaseOpenView, CaseView, DecisionRecordRequest, DecisionRecordedView, OpinionKindView, OpinionRequest,
    OutboxStateView, QueuePageRequest, QueuePageView, SessionView, SignInRequest, StatusView, TopicView, UnlockRequest,
};
use desk::{Desk, DeskOptions, KdfCost, LocalClock, NoKeychain, Notice, NoticeKind, SystemClock};
use tempfile::TempDir;
use testkit::office::PASSWORD;
use testkit::server::binary;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Generous: two cores run server, desk and photo worker at once. Nothing waits for this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(90);

/// A computer with the program on it.
pub(crate) struct Computer {
    folder: TempDir,
    clock: Arc<dyn LocalClock>,
    notices: Arc<Mutex<Vec<Notice>>>,
    topics: Arc<Mutex<Vec<TopicView>>>,
}

impl Computer {
    pub(crate) fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock::new()))
    }

    pub(crate) fn with_clock(clock: Arc<dyn LocalClock>) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock, notices: Arc::default(), topics: Arc::default() }
    }

    /// The numbers that the system's notifications told so far.
    pub(crate) fn told(&self) -> Vec<u32> {
        let notices = self.notices.lock().unwrap();
        notices.iter().filter(|notice| notice.kind == NoticeKind::DueToday).map(|notice| notice.count).collect()
    }

    /// The topics that were announced since this was asked last.
    pub(crate) fn announced(&self) -> Vec<TopicView> {
        std::mem::take(&mut *self.topics.lock().unwrap())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the program on a computer that nobody needs afterwards.
    pub(crate) fn start_kept(self) -> Running {
        let mut running = self.start();
        running.computer = Some(self);
        running
    }

    /// Starts the program.
    pub(crate) fn start(&self) -> Running {
        let (tell, changes) = watch::channel(0u64);
        let (notices, topics) = (self.notices.clone(), self.topics.clone());
        let desk = Desk::start(DeskOptions {
            data: self.data(),
            worker: binary("photo-worker").unwrap(),
            server_url: None,
            exports: self.folder.path().join("exports"),
            keychain: Arc::new(NoKeychain),
            announce: Arc::new(move |event| {
                topics.lock().unwrap().push(event.topic);
                tell.send_modify(|count| *count += 1);
            }),
            notify: Arc::new(move |notice| notices.lock().unwrap().push(notice)),
            clock: self.clock.clone(),
            runtime: Handle::current(),
            kdf_cost: KdfCost::for_tests(),
        });
        Running { desk, changes, computer: None }
    }
}

/// A running program.
pub(crate) struct Running {
    pub(crate) desk: Desk,
    changes: watch::Receiver<u64>,
    computer: Option<Computer>,
}

impl Running {
    pub(crate) async fn sign_in(&self, server: &str, account: &str) {
        self.try_sign_in(server, account, PASSWORD).await.unwrap();
    }

    pub(crate) async fn try_sign_in(
        &self,
        server: &str,
        account: &str,
        password: &str,
    ) -> Result<SessionView, desk::view::CommandError> {
        let request = SignInRequest {
            server_url: server.into(),
            account: account.into(),
            password: password.into(),
            vault: None,
        };
        self.desk.sign_in(request).await
    }

    pub(crate) async fn unlock(&self) {
        self.try_unlock(PASSWORD).await.unwrap();
    }

    pub(crate) async fn try_unlock(&self, password: &str) -> Result<SessionView, desk::view::CommandError> {
        let SessionView::Closed { vaults, .. } = self.desk.session_view().await.unwrap() else {
            panic!("somebody sits at the desk already");
        };
        let request = UnlockRequest { vault_id: vaults[0].vault_id.clone(), password: password.into() };
        self.desk.unlock(request).await
    }

    /// Gives the server the password again.
    pub(crate) async fn renew(&self) {
        let SessionView::Open { vault_id, .. } = self.desk.session_view().await.unwrap() else {
            panic!("nobody sits at the desk");
        };
        self.desk.renew(UnlockRequest { vault_id, password: PASSWORD.into() }).await.unwrap();
    }

    /// Waits, from one announced change to the next, until something holds.
    pub(crate) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut(&Desk) -> Option<T>) -> T {
        let mut changes = self.changes.clone();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look(&self.desk).await {
                    return found;
                }
                changes.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("{what} did not happen; the strip says {:?}", self.desk.status_view().await),
        }
    }

    pub(crate) async fn status(&self) -> StatusView {
        self.desk.status_view().await.unwrap()
    }

    pub(crate) async fn queue(&self) -> QueuePageView {
        self.desk.queue_page(QueuePageRequest { offset: 0, limit: 200, only_mine: false }).await.unwrap()
    }

    /// Waits until this many cases are leased with all their photos.
    pub(crate) async fn until_ready(&self, count: u32) {
        self.until("cases getting ready", async |desk| {
            let status = desk.status_view().await.ok()?;
            (status.offline_ready >= count && status.pull.is_none()).then_some(())
        })
        .await;
    }

    /// The ids of the cases that are ready, most urgent first.
    pub(crate) async fn ready_cases(&self) -> Vec<String> {
        let rows = self.queue().await.rows;
        let is_ready = |row: &desk::view::QueueRowView| {
            matches!(row.lease, desk::view::QueueLeaseView::Mine { is_offline_ready: true, .. })
        };
        rows.into_iter().filter(is_ready).map(|row| row.case_id).collect()
    }

    pub(crate) async fn open(&self, case_id: &str) -> CaseView {
        match self.desk.case_open(case_id.to_owned()).await.unwrap() {
            CaseOpenView::Held { case } => case,
            CaseOpenView::NotHeld { reason, .. } => panic!("the case is not held: {reason:?}"),
        }
    }

    pub(crate) async fn approve(&self, case_id: &str) -> DecisionRecordedView {
        let case = self.open(case_id).await;
        self.record(&case, opinion(OpinionKindView::Approve, &[], ""), None).await.unwrap()
    }

    pub(crate) async fn reject(&self, case_id: &str, reasons: &[&str], text: &str) -> DecisionRecordedView {
        let case = self.open(case_id).await;
        let left = 3 - case.round;
        self.record(&case, opinion(OpinionKindView::Reject, reasons, text), Some(left)).await.unwrap()
    }

    pub(crate) async fn record(
        &self,
        case: &CaseView,
        opinion: OpinionRequest,
        reviews_left_shown: Option<u8>,
    ) -> Result<DecisionRecordedView, desk::view::CommandError> {
        self.desk
            .decision_record(DecisionRecordRequest {
                case_id: case.case_id.clone(),
                case_token: case.case_token.clone(),
                opinion,
                note: String::new(),
                reviews_left_shown,
            })
            .await
    }

    /// Waits until this many decisions are delivered, and nothing else is left.
    pub(crate) async fn until_delivered(&self, count: usize) {
        self.until("delivery", async |desk| {
            let rows = desk.outbox_view().await.ok()?.rows;
            let delivered = rows.iter().filter(|row| row.state == OutboxStateView::Delivered).count();
            (delivered == count && rows.len() == count).then_some(())
        })
        .await;
    }

    /// Waits until the one row of this decision is in this state.
    pub(crate) async fn until_state(&self, decision_id: &str, state: OutboxStateView) -> desk::view::OutboxRowView {
        self.until("the decision's state", async |desk| {
            let rows = desk.outbox_view().await.ok()?.rows;
            rows.into_iter().find(|row| row.decision_id == decision_id && row.state == state)
        })
        .await
    }

    /// Ends the program as a person does, by closing its window.
    pub(crate) async fn quit(self) {
        self.desk.quit().await;
        drop(self.computer);
    }
}

pub(crate) fn opinion(kind: OpinionKindView, reasons: &[&str], text: &str) -> OpinionRequest {
    OpinionRequest { kind, reasons: reasons.iter().map(|&code| code.to_owned()).collect(), text: text.to_owned() }
}

/// A folder for an office's server.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn path(folder: &TempDir) -> &Path {
    folder.path()
}
