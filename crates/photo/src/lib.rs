//! Hostile bytes in, safe pictures out. Every pixel of an applicant's photo is chosen by the applicant, so this crate
//! decides the type by magic bytes alone, reads dimensions before anything is decoded, decodes only inside a small
//! process that can be killed, and hands on nothing but freshly encoded JPEGs. It says why a photo was refused, never
//! whether a case should be.
//!
//! The server's intake uses [`probe`] and [`probe_whole`]; the desktop uses [`Worker`]. Neither ever decodes in its
//! own process.

mod fit;
mod parts;
mod pixels;
mod refusal;
mod rendition;
mod sniff;
mod worker;

pub mod frame;

pub use fit::{FIT_SIDE, MAX_SIDE_WANTED, RENDITION_LIMIT, fit_in_process};
pub use parts::probe_whole;
pub use refusal::RefusalCode;
pub use rendition::Rendition;
pub use sniff::{FILE_LIMIT, OtherType, PIXEL_LIMIT, PhotoType, Probe, ProbeError, SIDE_LIMIT, probe};
pub use worker::{RenderError, WORKER_NAME, Worker, worker_path};
