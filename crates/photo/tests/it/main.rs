//! The crate from outside: what is refused by its header, what honest photos become, what cut-off and hostile ones do
//! not become, and how the real worker binary is fed, bounded and buried. Every input is drawn here; no picture of a
//! person is involved.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what draws and inspects the photos is part of the test")]

mod cut_off;
mod draw;
mod pictures;
mod process;
mod sniffing;
