//! The simulated cluster itself: seeds are clean and repeat, and bugs that are planted are found.
//! `.ci/run` runs more seeds with `paceline sim fuzz --cluster`.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod seeds;

use paceline_sim::cluster::{Planted, Setup, run};

/// The first seed that finds each planted bug: the table of `docs/cluster/simulated.md`.
const FOUND_BY: [(Planted, u64); 17] = [
    (Planted::LeaseForAFence, 1),
    (Planted::EpochNotRaised, 1),
    (Planted::RestNotRead, 110),
    (Planted::ClaimInAnyTerm, 209),
    (Planted::ReleaseInAnyTerm, 1),
    (Planted::RepeatWithoutKey, 1),
    (Planted::PositionByServer, 0),
    (Planted::ServedWhenFenced, 1),
    (Planted::ClosedTooEarly, 324),
    (Planted::AppendedAgain, 1),
    (Planted::UnknownIsDone, 0),
    (Planted::GivenBeforeDurable, 220),
    (Planted::TakenBeforeDurable, 0),
    (Planted::ForgottenWhenSent, 0),
    (Planted::NumberedWhenSent, 0),
    (Planted::TellsAllAtOnce, 160),
    (Planted::OutboxByServer, 1),
];

#[test]
fn no_seed_breaks_a_promise_and_all_together_meet_moves_rides_hand_overs_and_deaths() {
    let all = seeds::clean(Setup::of);
    assert!(
        all.orders > 1_000
            && all.rides > 300
            && all.hand_overs > 400
            && all.moves > 400
            && all.deaths > 50
            && all.unanswered > 50,
        "{all:?}"
    );
}

#[test]
fn a_seed_gives_the_same_steps_each_time() {
    seeds::repeat(Setup::of);
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
    seeds::say_what_was_taken(Setup::of(1), "--cluster ", |setup| setup.orders = 1);
}
