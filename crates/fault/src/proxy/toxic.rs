//! The toxics and where they are kept: a list per direction that the connections read again for every piece that they carry. What each
//! does is said here, how it is done beside the carrying.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the desktop to the server.
    Up,
    /// From the server to the desktop.
    Down,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Up, Self::Down];

    /// toxiproxy's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "upstream",
            Self::Down => "downstream",
        }
    }
}

/// What is done to the bytes of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toxic {
    /// Every piece waits this long, more or less `jitter`.
    Latency {
        /// On average.
        delay: Duration,
        /// At most so much more or less.
        jitter: Duration,
    },
    /// Nothing passes: with the first byte of this direction the connection is cut.
    Down,
    /// So many bytes pass in a second.
    Bandwidth {
        /// At least 1.
        bytes_per_second: u32,
    },
    /// The end of the stream is told this much later.
    SlowClose {
        /// How much later.
        delay: Duration,
    },
    /// Bytes are swallowed; after this time the connection is cut. Zero: never.
    Timeout {
        /// After the first swallowed byte.
        after: Duration,
    },
    /// Bytes are swallowed; after this time the connection is reset (RST).
    ResetPeer {
        /// After the first swallowed byte.
        after: Duration,
    },
    /// Pieces of about this size, each after a pause.
    Slicer {
        /// Bytes in a piece, at least 1.
        size: u32,
        /// At most so many bytes more or less.
        variation: u32,
        /// Before each piece.
        pause: Duration,
    },
    /// So many bytes of a connection pass, then it is cut.
    LimitData {
        /// Counted from the connection's first byte of this direction.
        bytes: u64,
    },
}

/// The toxics of a proxy. Cheap to clone; all clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct Toxics(Arc<Mutex<[Vec<Toxic>; 2]>>);

impl Toxics {
    /// Adds one.
    pub fn add(&self, direction: Direction, toxic: Toxic) {
        self.lists()[direction as usize].push(toxic);
    }

    /// Takes all away.
    pub fn clear(&self) {
        for list in self.lists().iter_mut() {
            list.clear();
        }
    }

    /// Those of a direction now.
    #[must_use]
    pub fn of(&self, direction: Direction) -> Vec<Toxic> {
        self.lists()[direction as usize].clone()
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, [Vec<Toxic>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
