//! The tables, one file each: their rows and the SQL that reads and changes them.

pub(crate) mod calendar_moves;
pub(crate) mod calendar_packs;
pub(crate) mod calendar_trust;
pub(crate) mod cases;
pub(crate) mod deadline_row;
mod delivery;
pub(crate) mod evidence;
pub(crate) mod feed;
pub(crate) mod held;
pub(crate) mod outbox;
pub(crate) mod outbox_row;
pub(crate) mod reasons;
pub(crate) mod renditions;
pub(crate) mod work_meta;
