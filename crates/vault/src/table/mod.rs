//! The tables, one file each: their rows and the SQL that reads and changes them.

pub(crate) mod access_log;
pub(crate) mod calendar_moves;
pub(crate) mod calendar_packs;
pub(crate) mod calendar_trust;
pub(crate) mod case_work;
pub(crate) mod cases;
pub(crate) mod deadline_row;
mod delivery;
pub(crate) mod evidence;
pub(crate) mod feed;
pub(crate) mod held;
pub(crate) mod opened;
pub(crate) mod outbox;
pub(crate) mod outbox_row;
pub(crate) mod reasons;
pub(crate) mod recovery_row;
pub(crate) mod redelivery;
pub(crate) mod renditions;
pub(crate) mod work_meta;
