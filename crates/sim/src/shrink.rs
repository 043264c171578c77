//! How a run that broke a promise is made smaller and shown.

use std::collections::VecDeque;

/// Tries at each way of making a setup smaller: each halves, or nearly, and a dozen go down to nothing.
const TRIES: usize = 12;
/// Steps of a trace that are shown before the one that breaks a promise.
const SHOWN: usize = 40;

/// The smallest of what comes of these ways, one after the other, and still breaks.
pub(crate) fn least<S>(start: S, smaller: &[fn(&S) -> S], breaks: impl Fn(&S) -> bool) -> S {
    let mut least = start;
    for shrink in smaller {
        for _ in 0..TRIES {
            let shrunk = shrink(&least);
            if !breaks(&shrunk) {
                break;
            }
            least = shrunk;
        }
    }
    least
}

/// What a run comes to, and its last steps.
pub(crate) fn last_steps<T>(run: impl FnOnce(&mut dyn FnMut(String)) -> T) -> (T, String) {
    let mut steps = VecDeque::new();
    let come_to = run(&mut |line| {
        steps.push_back(line);
        if steps.len() > SHOWN {
            steps.pop_front();
        }
    });
    (come_to, Vec::from(steps).join("\n"))
}
