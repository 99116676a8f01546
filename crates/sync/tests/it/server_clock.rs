//! CLK: the server's time from answers, whatever the clocks of this computer do.

use sync::{ServerClock, TimeSample};

const NOW: i64 = 1_798_500_000_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// An answer that took `took` ms and arrived at `mono`; the wall clock of this computer is off by `wall_off`.
fn sample(mono: i64, took: i64, wall_off: i64) -> TimeSample {
    TimeSample {
        t0_mono_ms: mono - took,
        t1_mono_ms: mono,
        server_ms: NOW + mono - took / 2,
        wall_ms: NOW + mono + wall_off,
    }
}

#[test]
fn before_any_answer_the_wall_clock_with_the_remembered_offset_is_an_estimate_without_bound() {
    let time = ServerClock::new(Some(-5_000)).now(100, NOW);
    assert_eq!((time.ms, time.error_ms, time.age_ms), (NOW - 5_000, None, None));
    assert!(time.is_estimate);
    assert_eq!(time.claim(), None);
    assert_eq!(ServerClock::new(None).now(100, NOW).ms, NOW);
}

#[test]
fn offset_is_taken_at_the_middle_and_the_error_is_half_the_round_trip() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(1_000, 200, 0));
    let time = clock.now(1_000, NOW + 1_000);
    assert_eq!((time.ms, time.error_ms, time.age_ms), (NOW + 1_000, Some(100), Some(0)));
    assert!(!time.is_estimate);
    let claim = time.claim().unwrap();
    assert_eq!((claim.offset_ms, claim.error_ms), (0, 100));
}

#[test]
fn a_wrong_wall_clock_changes_nothing_but_the_offset() {
    for wall_off in [-10 * YEAR, -NOW, 20 * YEAR, DAY, 8 * HOUR, -8 * HOUR] {
        let mut clock = ServerClock::new(None);
        clock.hear(sample(1_000, 20, wall_off));
        let time = clock.now(61_000, NOW + 61_000 + wall_off);
        assert_eq!(time.ms, NOW + 61_000);
        assert_eq!(time.offset_ms, -wall_off);
        assert!(!time.is_estimate);
    }
}

#[test]
fn the_time_runs_on_by_the_forward_clock_with_a_growing_error() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(1_000, 20, 0));
    let later = clock.now(1_000 + HOUR, NOW + 1_000 + HOUR);
    assert_eq!(later.ms, NOW + 1_000 + HOUR);
    assert_eq!(later.error_ms, Some(10 + 360));
    assert!(!later.is_estimate);
    assert!(clock.now(1_001 + HOUR, NOW + 1_001 + HOUR).is_estimate, "older than an hour");
}

#[test]
fn the_best_recent_answer_counts_and_a_worse_one_still_makes_it_fresh() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(1_000, 20, 0));
    let mut slow = sample(60_000, 8_000, 0);
    slow.server_ms += 3_000; // all its delay was on the way back
    clock.hear(slow);
    let time = clock.now(60_000, NOW + 60_000);
    assert_eq!((time.ms, time.age_ms), (NOW + 60_000, Some(0)));
    assert!(time.error_ms.unwrap() < 20);
    // After ten minutes the good one is too old.
    let mut slow = sample(700_000, 8_000, 0);
    slow.server_ms += 3_000;
    clock.hear(slow);
    assert_eq!(clock.now(700_000, NOW + 700_000).ms, NOW + 703_000);
}

#[test]
fn a_rough_answer_is_an_estimate() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(200_000, 130_000, 0));
    let time = clock.now(200_000, NOW + 200_000);
    assert_eq!(time.error_ms, Some(65_000));
    assert!(time.is_estimate);
}

#[test]
fn a_server_whose_clock_was_set_is_followed_at_once() {
    for step in [-10 * YEAR, -HOUR, HOUR, 12 * YEAR] {
        let mut clock = ServerClock::new(None);
        clock.hear(sample(1_000, 20, 0));
        let mut after = sample(2_000, 200, 0);
        after.server_ms += step;
        clock.hear(after);
        assert_eq!(clock.now(2_000, NOW + 2_000).ms, NOW + 2_000 + step);
    }
}

#[test]
fn a_sleep_of_three_days_makes_an_estimate_of_the_later_time_until_the_next_answer() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(1_000, 20, 0));
    // The forward clock stood still for three days.
    let woken = clock.now(2_000, NOW + 2_000 + 3 * DAY);
    assert_eq!(woken.ms, NOW + 2_000 + 3 * DAY);
    assert!(woken.is_estimate);
    assert!(woken.error_ms.unwrap() >= 3 * DAY);
    let mut answer = sample(3_000, 400, 3 * DAY);
    answer.server_ms += 3 * DAY;
    clock.hear(answer);
    let time = clock.now(3_000, NOW + 3_000 + 3 * DAY);
    assert_eq!(time.ms, NOW + 3_000 + 3 * DAY);
    assert!(!time.is_estimate);
}

#[test]
fn a_wall_clock_that_goes_back_does_not_take_the_time_back() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(1_000, 20, 0));
    let time = clock.now(61_000, NOW + 61_000 - 10 * YEAR);
    assert_eq!(time.ms, NOW + 61_000);
    assert!(time.is_estimate);
}

#[test]
fn a_frozen_forward_clock_shows_as_an_estimate() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(1_000, 20, 0));
    let time = clock.now(1_000, NOW + 1_000 + HOUR);
    assert_eq!(time.ms, NOW + 1_000 + HOUR);
    assert!(time.is_estimate);
}

#[test]
fn a_small_drift_of_the_wall_clock_is_no_jump() {
    let mut clock = ServerClock::new(None);
    clock.hear(sample(1_000, 20, 0));
    assert!(!clock.now(61_000, NOW + 61_000 + 1_900).is_estimate);
}

#[test]
fn answers_that_cannot_be_true_are_not_heard() {
    for hostile in [
        TimeSample { server_ms: -1, ..sample(1_000, 20, 0) },
        TimeSample { server_ms: i64::MAX, ..sample(1_000, 20, 0) },
        TimeSample { server_ms: i64::MIN, ..sample(1_000, 20, 0) },
        TimeSample { t0_mono_ms: 2_000, ..sample(1_000, 20, 0) },
        TimeSample { t0_mono_ms: -1, ..sample(1_000, 20, 0) },
    ] {
        let mut clock = ServerClock::new(None);
        clock.hear(hostile);
        assert_eq!(clock.now(1_000, NOW).error_ms, None);
    }
    // And the extremes of the local clocks do not overflow.
    let mut clock = ServerClock::new(Some(i64::MAX));
    let _ = clock.now(i64::MAX, i64::MAX);
    clock.hear(TimeSample { wall_ms: i64::MIN, ..sample(1_000, 20, 0) });
    let _ = clock.now(i64::MAX, i64::MAX);
    let _ = clock.now(i64::MIN, i64::MIN);
}
