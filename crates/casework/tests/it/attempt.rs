//! Rounds and periods (rule 6).

use casework::{Period, Round, consequence_of_rejection, reviews_left};
use working_days::BeijingDate;

fn day(text: &str) -> BeijingDate {
    BeijingDate::parse(text).unwrap()
}

#[test]
fn a_period_ends_on_31_august_and_on_31_december() {
    assert_eq!(Period::of(day("2026-08-31")), Period { year: 2026, is_autumn: false });
    assert_eq!(Period::of(day("2026-09-01")), Period { year: 2026, is_autumn: true });
    assert_eq!(Period::of(day("2026-12-31")), Period { year: 2026, is_autumn: true });
    assert_eq!(Period::of(day("2027-01-01")), Period { year: 2027, is_autumn: false });
    assert_eq!(Period::of(day("2026-12-31")).following().first_day(), Some(day("2027-01-01")));
}

#[test]
fn a_rejection_in_the_same_period_leaves_what_the_round_says() {
    for (round, left) in [(1, 2), (2, 1), (3, 0)] {
        let cost = consequence_of_rejection(Round::new(round).unwrap(), day("2026-10-12"), day("2026-10-20"));
        assert_eq!((cost.attempt, cost.left), (round, left));
        assert_eq!(cost.again_from, (left == 0).then(|| day("2027-01-01")));
    }
}

#[test]
fn a_review_submitted_on_31_august_and_rejected_in_september_leaves_three() {
    let cost = consequence_of_rejection(Round::new(3).unwrap(), day("2026-08-31"), day("2026-09-05"));
    assert_eq!((cost.attempt, cost.left, cost.again_from), (3, 3, None));
}

#[test]
fn a_pc_clock_that_runs_behind_does_not_give_reviews_back() {
    let cost = consequence_of_rejection(Round::new(3).unwrap(), day("2026-09-02"), day("2026-08-30"));
    assert_eq!((cost.left, cost.again_from), (0, Some(day("2027-01-01"))));
}

#[test]
fn only_rounds_one_to_three_exist() {
    assert!(Round::new(0).is_err());
    assert!(Round::new(4).is_err());
    assert_eq!(Round::after(2).map(Round::number), Some(3));
    assert_eq!(Round::after(3), None);
    assert_eq!(Round::after(255), None);
    assert!(Round::new(3).unwrap().is_last());
    assert_eq!(reviews_left(7), 0);
}
