//! What a person is told outside the window: a number and what it counts, nothing else. When it is told is decided by whoever counts; how it
//! is shown is the shell's.

use crate::desk::Desk;
use crate::seat::held;
use crate::view::LanguageView;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Leased, undecided cases that are due today.
    DueToday,
    /// Decisions on this computer that became undelivered for more than an hour.
    Stuck,
}

/// What the shell is asked to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// What is counted.
    pub kind: NoticeKind,
    /// How many.
    pub count: u32,
    /// In which language; Chinese as long as nobody chose.
    pub language: LanguageView,
}

/// What the shell gives: tells the person, or does not manage to; it never fails towards here.
pub type NoticePort = dyn Fn(Notice) + Send + Sync;

impl Desk {
    pub(crate) fn tell(&self, kind: NoticeKind, count: u32) {
        let language = held(&self.inner.settings).language.unwrap_or(LanguageView::Zh);
        (self.inner.notify)(Notice { kind, count, language });
    }
}
