//! Tells the window that something changed: a topic and a revision, at most ten times a second, never the thing itself.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::view::{ChangedEvent, TopicView};

/// What the shell gives: pushes one event to the window.
pub type Announce = dyn Fn(ChangedEvent) + Send + Sync;

/// A shorter pause between two rounds would make the window re-query faster than it can draw.
const PAUSE: Duration = Duration::from_millis(100);

const TOPICS: [TopicView; 6] =
    [TopicView::Session, TopicView::Status, TopicView::Queue, TopicView::Case, TopicView::Outbox, TopicView::Calendar];

/// Counts revisions and pushes the changed ones.
pub(crate) struct Announcer {
    revisions: [AtomicU32; TOPICS.len()],
    changed: Notify,
}

impl fmt::Debug for Announcer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announcer").field("revisions", &self.revisions).finish_non_exhaustive()
    }
}

impl Announcer {
    /// One that counts and tells nobody.
    pub(crate) fn silent() -> Arc<Self> {
        Arc::new(Self { revisions: Default::default(), changed: Notify::new() })
    }

    /// Starts the task that pushes; it ends with the announcer.
    pub(crate) fn start(runtime: &Handle, push: Arc<Announce>) -> Arc<Self> {
        let announcer = Arc::new(Self { revisions: Default::default(), changed: Notify::new() });
        let weak = Arc::downgrade(&announcer);
        runtime.spawn(async move {
            let mut told = [0u32; TOPICS.len()];
            while let Some(announcer) = weak.upgrade() {
                // Waiting must not keep the announcer alive for ever, so the wait is bounded and the reference dropped in between.
                let _ = tokio::time::timeout(Duration::from_secs(5), announcer.changed.notified()).await;
                for (index, topic) in TOPICS.into_iter().enumerate() {
                    let revision = announcer.revisions[index].load(Ordering::Acquire);
                    if revision != told[index] {
                        told[index] = revision;
                        push(ChangedEvent { topic, revision });
                    }
                }
                drop(announcer);
                tokio::time::sleep(PAUSE).await;
            }
        });
        announcer
    }

    /// Something of this topic changed.
    pub(crate) fn changed(&self, topic: TopicView) {
        self.revisions[index_of(topic)].fetch_add(1, Ordering::AcqRel);
        self.changed.notify_one();
    }

    /// The revision of a topic, for answers that carry it.
    pub(crate) fn revision(&self, topic: TopicView) -> u32 {
        self.revisions[index_of(topic)].load(Ordering::Acquire)
    }
}

fn index_of(topic: TopicView) -> usize {
    TOPICS.iter().position(|&known| known == topic).unwrap_or(0)
}
