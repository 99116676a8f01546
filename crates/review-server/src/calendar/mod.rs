//! The working-day calendar on the server: which pack is in force, what an operator does with packs, and how packs are made.

mod building;
mod difference;
mod effect;
mod error;
mod in_force;
mod notice_file;
mod operating;
mod signing;

pub use building::{BuildError, Building};
pub use difference::{ChangedDay, Difference};
pub use effect::{Effect, MovedCase};
pub use error::CalendarError;
pub use in_force::{Activation, PackInForce};
pub use notice_file::{NoticeError, NoticeFile};
pub use operating::{
    ShownRegion, activate, catch_up, check, distrust, in_force, keys, offices, preview, preview_region, region_shown,
    set_region, trust,
};
pub use signing::{NewKey, SigningError, new_key, sign};

pub use crate::store::calendar_key::KeySlot;

pub(crate) use in_force::InForce;
