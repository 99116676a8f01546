//! The simulation itself: a seed repeats, honest programs pass, a power cut takes exactly what was not synced, and a planted bug is found.

use fault::sim::{Plant, Simulation};
use fault::verdict::Verdict;

#[test]
fn a_seed_gives_the_same_run_again_and_an_honest_program_passes() {
    let simulation = Simulation::prepare(3, 200, false).unwrap();
    for seed in 1..=3 {
        let (one, other) = (simulation.run(seed, None), simulation.run(seed, None));
        assert_eq!(one.verdict, Verdict::Pass, "seed {seed}");
        assert_eq!((one.print, one.decisions), (other.print, other.decisions), "seed {seed}");
    }
    // Made anew, with other keys and ids.
    let again = Simulation::prepare(3, 200, false).unwrap();
    assert_eq!(simulation.run(2, None).print, again.run(2, None).print);
}

#[test]
fn more_desktops_take_part_when_asked_for() {
    let simulation = Simulation::prepare(5, 200, false).unwrap();
    assert_eq!(simulation.run(1, None).verdict, Verdict::Pass);
}

#[test]
fn a_desktop_that_does_not_sync_and_one_that_is_hasty_are_found() {
    let simulation = Simulation::prepare(3, 240, false).unwrap();
    for plant in [Plant::FullOff, Plant::DeliveredEarly, Plant::NoKeyReplay] {
        let is_found = (1..=20).any(|seed| matches!(simulation.run(seed, Some(plant)).verdict, Verdict::Fail(_)));
        assert!(is_found, "{}", plant.word());
    }
}
