//! A run that breaks a promise, made as small as it will go and still break it.

use super::promise::{Broken, Promise};
use super::setup::Setup;
use super::simulation::run;
use paceline_model::Millis;
use std::collections::VecDeque;

/// The smallest setup that was found to break the same promise: without each kind of fault that it does not take, with fewer orders
/// and vehicles, and in less time.
pub fn minimise(setup: &Setup, promise: Promise) -> Setup {
    let breaks = |setup: &Setup| run(setup, None).is_err_and(|broken| broken.promise == promise);
    let mut least = setup.clone();
    for fault in setup.faults.iter() {
        let mut without = least.clone();
        without.faults.remove(fault);
        if breaks(&without) {
            least = without;
        }
    }
    let smaller: [fn(&Setup) -> Setup; 3] = [
        |setup| Setup { orders: setup.orders / 2, ..setup.clone() },
        |setup| Setup { vehicles: (setup.vehicles / 2).max(1), ..setup.clone() },
        |setup| Setup { lasts: Millis(setup.lasts.0 * 3 / 4), ..setup.clone() },
    ];
    for shrink in smaller {
        // Each halves, or nearly: a dozen go down to nothing.
        for _ in 0..12 {
            let shrunk = shrink(&least);
            if !breaks(&shrunk) {
                break;
            }
            least = shrunk;
        }
    }
    least
}

/// Steps of a trace that are shown before the one that breaks a promise.
const SHOWN: usize = 40;

/// What to say of a run that broke a promise: how, what of it is needed, its last steps, and how to see all of them.
pub fn describe(setup: &Setup, broken: &Broken) -> String {
    let least = minimise(setup, broken.promise);
    let mut steps = VecDeque::new();
    let mut keep = |line: String| {
        steps.push_back(line);
        if steps.len() > SHOWN {
            steps.pop_front();
        }
    };
    let again = run(&least, Some(&mut keep));
    let again = again.err().map_or_else(String::new, |broken| broken.to_string());
    let steps: Vec<String> = steps.into();
    format!(
        "{setup}\n  {broken}\nmade smaller: {least}\n  {again}\n{}\nall steps: paceline sim fuzz {} --trace\n",
        steps.join("\n"),
        least.flags()
    )
}
