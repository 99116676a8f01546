//! Leases lapse without being lost.

use casework::{AccountId, Fence, Lease, LeaseStanding};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

#[test]
fn a_lapsed_lease_that_nobody_took_still_stands_and_a_newer_fence_loses_it() {
    let (me, other) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
    let end = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(8);
    let lease = Lease { holder: me, fence: Fence(3), expires_at: end };
    let just_before = end - TimeDelta::milliseconds(1);
    assert_eq!(lease.standing(me, Fence(3), just_before), LeaseStanding::Held);
    assert!(!lease.may_be_taken(just_before));
    assert_eq!(lease.standing(me, Fence(3), end), LeaseStanding::Lapsed);
    assert!(lease.may_be_taken(end));
    assert_eq!(lease.standing(me, Fence(2), just_before), LeaseStanding::Lost);
    assert_eq!(lease.standing(other, Fence(3), just_before), LeaseStanding::Lost);
    let taken = Lease { holder: other, fence: Fence(4), expires_at: end + TimeDelta::hours(1) };
    assert_eq!(taken.standing(me, Fence(3), end), LeaseStanding::Lost);
}
