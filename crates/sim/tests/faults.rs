//! The simulator of faults itself: seeds repeat, kinds of fault are met, and a broken promise is found and made smaller.
//! `.ci/run` runs 500 seeds with `paceline sim fuzz`.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use paceline_sim::faults::{Setup, Stats, run};
use paceline_sim::fuzzed::describe;

#[test]
fn no_seed_breaks_a_promise_and_all_together_meet_failures_and_deaths() {
    let mut all = Stats::default();
    for seed in 0..40 {
        let setup = Setup::of(seed);
        all += run(&setup, None).unwrap_or_else(|broken| panic!("{}", describe(&setup, &broken)));
    }
    assert!(all.events > 2_000 && all.deaths > 40 && all.failures > 40 && all.refused > 10, "{all:?}");
}

#[test]
fn no_seed_of_an_edge_region_breaks_a_promise() {
    let mut all = Stats::default();
    for seed in 0..40 {
        let setup = Setup::edge(seed);
        all += run(&setup, None).unwrap_or_else(|broken| panic!("{}", describe(&setup, &broken)));
    }
    assert!(all.events > 2_000 && all.deaths > 40 && all.failures > 40, "{all:?}");
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
fn the_flags_of_a_smaller_run_say_what_was_taken_from_it() {
    let mut setup = Setup::of(1);
    assert_eq!(setup.flags(), "--seed 1");
    let first = *setup.faults.first().unwrap();
    setup.faults.remove(&first);
    setup.orders = 1;
    assert_eq!(setup.flags(), format!("--seed 1 --without {first} --orders 1"));
}

#[test]
fn no_seed_of_a_bikes_region_breaks_a_promise() {
    let mut all = Stats::default();
    for seed in 0..40 {
        let setup = Setup::bikes(seed);
        all += run(&setup, None).unwrap_or_else(|broken| panic!("{}", describe(&setup, &broken)));
    }
    assert!(all.events > 2_000 && all.deaths > 40 && all.failures > 40, "{all:?}");
}
