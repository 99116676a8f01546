//! A lease (领取): the right of one person to decide one case, with an expiry and a fencing number.
//! An expired lease that nobody took is still current; only a grant to another person, or a revocation, raises the fence.

use chrono::{DateTime, Utc};

use crate::{AccountId, Fence};

/// The current grant of a case. It stays on record after its expiry until somebody else takes the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub holder: AccountId,
    /// The fencing number of this grant.
    pub fence: Fence,
    /// When others may take the case.
    pub expires_at: DateTime<Utc>,
}

/// How a person stands to the lease of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseStanding {
    /// Held by this person and not expired.
    Held,
    /// Held by this person, expired, and not taken by anyone: still good for delivering a decision.
    Lapsed,
    /// Held by somebody else, or never granted with this fence.
    Lost,
}

impl Lease {
    /// Whether somebody other than the holder may take the case at `now`.
    #[must_use]
    pub fn may_be_taken(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
    }

    /// How `account`, naming `fence`, stands at `now`.
    #[must_use]
    pub fn standing(&self, account: AccountId, fence: Fence, now: DateTime<Utc>) -> LeaseStanding {
        if self.holder != account || self.fence != fence {
            LeaseStanding::Lost
        } else if self.may_be_taken(now) {
            LeaseStanding::Lapsed
        } else {
            LeaseStanding::Held
        }
    }
}
