//! The simulator of faults itself: seeds repeat, kinds of fault are met, and a broken promise is found and made smaller.
//! `.ci/run` runs 500 seeds with `paceline sim fuzz`.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod seeds;

use paceline_sim::faults::Setup;

#[test]
fn no_seed_breaks_a_promise_and_all_together_meet_failures_and_deaths() {
    let all = seeds::clean(Setup::of);
    assert!(all.events > 2_000 && all.deaths > 40 && all.failures > 40 && all.refused > 10, "{all:?}");
}

#[test]
fn no_seed_of_an_edge_region_breaks_a_promise() {
    let all = seeds::clean(Setup::edge);
    assert!(all.events > 2_000 && all.deaths > 40 && all.failures > 40, "{all:?}");
}

#[test]
fn a_seed_gives_the_same_steps_each_time() {
    seeds::repeat(Setup::of);
}

#[test]
fn the_flags_of_a_smaller_run_say_what_was_taken_from_it() {
    seeds::say_what_was_taken(Setup::of(1), "", |setup| setup.orders = 1);
}

#[test]
fn no_seed_of_a_bikes_region_breaks_a_promise() {
    let all = seeds::clean(Setup::bikes);
    assert!(all.events > 2_000 && all.deaths > 40 && all.failures > 40, "{all:?}");
}
