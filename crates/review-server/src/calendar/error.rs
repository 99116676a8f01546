//! Why something with calendar packs, their keys or an office's region could not be done. Whatever it is, the pack in force stays.

use thiserror::Error;
use working_days::PackError;

use crate::refusal::ServerError;
use crate::store::StoreError;

/// Why it could not be done.
#[derive(Debug, Error)]
pub enum CalendarError {
    /// The pack breaks a rule or is not trusted.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// No slot holds a key, so nothing can be trusted.
    #[error("no key is trusted here yet: put one into a slot with `calendar trust`")]
    NoKey,
    /// An office is in a region that the pack does not have: its cases would lose days off that they were promised with.
    #[error("the office {office} is in the region {code}, which this pack does not have")]
    RegionLost {
        /// The office's name.
        office: String,
        /// The region's code.
        code: String,
    },
    /// A case was counted by a pack of this serial or a higher one: the pack's deadlines would look older than those that hold.
    #[error("open cases were computed by calendar pack {counted} already; give this one a higher serial")]
    CasesAhead {
        /// The highest serial that an open case was counted by.
        counted: u32,
    },
    /// Another pack came into force since the effect was shown.
    #[error(
        "calendar pack {current} is in force by now, and the effect was shown against {shown}; nothing was changed, look at it again"
    )]
    PackChanged {
        /// Serial of the pack that the effect was shown against.
        shown: u32,
        /// Serial of the one in force.
        current: u32,
    },
    /// The office got another region since the effect was shown.
    #[error(
        "the office's region was changed since the effect was shown; nothing was changed by this, look at it again"
    )]
    RegionChanged,
    /// There is no office of this name.
    #[error("there is no office of this name")]
    UnknownOffice,
    /// The key stands in the other slot.
    #[error("this key is in the other slot already")]
    KeyTwice,
    /// The change would leave no key that the desktops know.
    #[error(
        "this would leave no key that the desktops trust: they would refuse every pack from then on. Put the new key into the other slot \
         and clear this one later"
    )]
    TrustBroken,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else inside.
    #[error("{0}")]
    Fault(&'static str),
}

impl From<ServerError> for CalendarError {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Store(error) => Self::Store(error),
            ServerError::Fault(what) => Self::Fault(what),
            ServerError::Refused(_) => Self::Fault("refused"),
        }
    }
}

impl From<rusqlite::Error> for CalendarError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(StoreError::Sqlite(error))
    }
}
