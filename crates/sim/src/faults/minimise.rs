//! A run that breaks a promise, made as small as it will go and still break it.

use super::promise::{Broken, Promise};
use super::setup::Setup;
use super::simulation::run;
use crate::shrink::{last_steps, least};
use paceline_model::Millis;

/// The smallest setup that was found to break the same promise: without each kind of fault that it does not take, with fewer orders
/// and vehicles, and in less time.
pub fn minimise(setup: &Setup, promise: Promise) -> Setup {
    let breaks = |setup: &Setup| run(setup, None).is_err_and(|broken| broken.promise == promise);
    let mut small = setup.clone();
    for fault in setup.faults.iter() {
        let mut without = small.clone();
        without.faults.remove(fault);
        if breaks(&without) {
            small = without;
        }
    }
    let smaller: [fn(&Setup) -> Setup; 3] = [
        |setup| Setup { orders: setup.orders / 2, ..setup.clone() },
        |setup| Setup { vehicles: (setup.vehicles / 2).max(1), ..setup.clone() },
        |setup| Setup { lasts: Millis(setup.lasts.0 * 3 / 4), ..setup.clone() },
    ];
    least(small, &smaller, breaks)
}

/// What to say of a run that broke a promise: how, what of it is needed, its last steps, and how to see all of them.
pub fn describe(setup: &Setup, broken: &Broken) -> String {
    let small = minimise(setup, broken.promise);
    let (again, steps) = last_steps(|keep| run(&small, Some(keep)));
    let again = again.err().map_or_else(String::new, |broken| broken.to_string());
    format!(
        "{setup}\n  {broken}\nmade smaller: {small}\n  {again}\n{steps}\nall steps: paceline sim fuzz {} --trace\n",
        small.flags()
    )
}
