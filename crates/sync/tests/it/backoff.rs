//! Waiting times are bounded on both sides whatever anybody asks for.

use std::time::Duration;

use sync::{Jitter, SystemJitter, delay};

#[test]
fn steps_double_from_two_seconds_to_five_minutes() {
    let whole: Vec<u64> = (0..12).map(|attempts| delay(attempts, 1.0, None).as_secs()).collect();
    assert_eq!(whole, [2, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert_eq!(delay(u32::MAX, 1.0, None), Duration::from_secs(300));
    assert_eq!(delay(9, 0.0, None), Duration::from_secs(150));
    assert_eq!(delay(9, 0.5, None), Duration::from_secs(225));
}

#[test]
fn a_wait_is_never_shorter_than_two_seconds_and_never_longer_than_fifteen_minutes() {
    for attempts in [0, 1, 2, 5, 40, u32::MAX] {
        for jitter in [0.0, 0.3, 1.0, -5.0, 7.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for asked in [None, Some(0), Some(1), Some(60), Some(999_999_999), Some(u64::MAX)] {
                let wait = delay(attempts, jitter, asked.map(Duration::from_secs));
                assert!(wait >= Duration::from_secs(2), "{attempts} {jitter} {asked:?}");
                assert!(wait <= Duration::from_secs(900), "{attempts} {jitter} {asked:?}");
            }
        }
    }
}

#[test]
fn what_the_server_asks_for_is_a_lower_bound_up_to_fifteen_minutes() {
    assert_eq!(delay(1, 0.0, Some(Duration::from_secs(60))), Duration::from_secs(60));
    assert_eq!(delay(1, 0.0, Some(Duration::from_secs(999_999_999))), Duration::from_secs(900));
    assert_eq!(delay(9, 1.0, Some(Duration::from_secs(1))), Duration::from_secs(300));
}

#[test]
fn system_jitter_stays_between_nought_and_one() {
    let drawn: Vec<f64> = (0..100).map(|_| SystemJitter.next()).collect();
    assert!(drawn.iter().all(|jitter| (0.0..=1.0).contains(jitter)));
    assert!(drawn.iter().any(|jitter| (jitter - drawn[0]).abs() > f64::EPSILON));
}
