//! What is asked of every simulator of faults.

use paceline_sim::fuzzed::{Fuzzed, describe};
use std::fmt::Debug;
use std::ops::AddAssign;

/// Plays what forty seeds set up, none of which breaks a promise, and gives what all together met.
pub(crate) fn clean<S: Fuzzed<Stats: Default + AddAssign>>(of: impl Fn(u64) -> S) -> S::Stats {
    let mut all = S::Stats::default();
    for seed in 0..40 {
        let setup = of(seed);
        all += setup.run(None).unwrap_or_else(|broken| panic!("{}", describe(&setup, &broken)));
    }
    all
}

/// A seed gives the same steps each time, and another seed gives others.
pub(crate) fn repeat<S: Fuzzed<Stats: Debug, Promise: Debug>>(of: impl Fn(u64) -> S) {
    let steps = |seed| {
        let mut lines = Vec::new();
        of(seed).run(Some(&mut |line| lines.push(line))).unwrap();
        lines
    };
    assert_eq!(steps(3), steps(3));
    assert_ne!(steps(3), steps(4));
}

/// The flags of a smaller run say what was taken from it; `common` are those that every run of this kind has.
pub(crate) fn say_what_was_taken<S: Fuzzed<Fault: std::fmt::Display>>(
    mut setup: S,
    common: &str,
    fewer: impl FnOnce(&mut S),
) {
    assert_eq!(setup.flags(), format!("{common}--seed 1"));
    let first = *setup.faults().first().unwrap();
    setup.faults().remove(&first);
    fewer(&mut setup);
    assert_eq!(setup.flags(), format!("{common}--seed 1 --without {first} --orders 1"));
}
