//! The tables, one file each: their rows and the SQL that reads and changes them.

pub(crate) mod cases;
mod delivery;
pub(crate) mod evidence;
pub(crate) mod feed;
pub(crate) mod held;
pub(crate) mod outbox;
pub(crate) mod outbox_row;
pub(crate) mod reasons;
pub(crate) mod renditions;
pub(crate) mod work_meta;
