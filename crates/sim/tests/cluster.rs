//! The simulated cluster itself: seeds are clean and repeat, and bugs that are planted are found.
//! `.ci/run` runs more seeds with `paceline sim fuzz --cluster`.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use paceline_sim::cluster::{Planted, Setup, Stats, run};
use paceline_sim::fuzzed::describe;

/// The first seed that finds each planted bug: the table of `docs/cluster/simulated.md`.
const FOUND_BY: [(Planted, u64); 11] = [
    (Planted::LeaseForAFence, 1),
    (Planted::EpochNotRaised, 1),
    (Planted::RestNotRead, 73),
    (Planted::ClaimInAnyTerm, 209),
    (Planted::ReleaseInAnyTerm, 1),
    (Planted::RepeatWithoutKey, 1),
    (Planted::PositionByServer, 0),
    (Planted::ServedWhenFenced, 1),
    (Planted::ClosedTooEarly, 549),
    (Planted::AppendedAgain, 18),
    (Planted::UnknownIsDone, 0),
];

#[test]
fn no_seed_breaks_a_promise_and_all_together_meet_moves_and_deaths() {
    let mut all = Stats::default();
    for seed in 0..40 {
        let setup = Setup::of(seed);
        all += run(&setup, None).unwrap_or_else(|broken| panic!("{}", describe(&setup, &broken)));
    }
    assert!(all.orders > 1_000 && all.moves > 400 && all.deaths > 50 && all.unanswered > 50, "{all:?}");
}

#[test]
fn a_seed_gives_the_same_steps_each_time() {
    let steps = |seed| {
        let mut lines = Vec::new();
        run(&Setup::of(seed), Some(&mut |line| lines.push(line))).unwrap();
        lines
    };
    assert_eq!(steps(3), steps(3));
    assert_ne!(steps(3), steps(4));
}

#[test]
fn each_planted_bug_is_found_and_its_seed_is_clean_without_it() {
    assert!(FOUND_BY.iter().map(|(planted, _)| planted).eq(Planted::ALL), "each has its seed");
    for (planted, seed) in FOUND_BY {
        let mut setup = Setup::of(seed);
        assert!(run(&setup, None).is_ok(), "seed {seed}");
        setup.planted = Some(planted);
        assert!(run(&setup, None).is_err(), "{planted} is not found by seed {seed}");
    }
}

#[test]
fn the_flags_of_a_smaller_run_say_what_was_taken_from_it() {
    let mut setup = Setup::of(1);
    assert_eq!(setup.flags(), "--cluster --seed 1");
    let first = *setup.faults.first().unwrap();
    setup.faults.remove(&first);
    setup.orders = 1;
    assert_eq!(setup.flags(), format!("--cluster --seed 1 --without {first} --orders 1"));
}
