//! What simulators of faults have in common: a seed sets up a run, a run keeps its promises or says which it broke, and one that broke one
//! is made as small as it will go and shown.

use paceline_model::Instant;
use std::collections::{BTreeSet, VecDeque};
use std::fmt::{self, Display};

/// Takes the lines of a trace; `None`: nobody reads them, and they are not made.
pub type Trace<'a> = Option<&'a mut dyn FnMut(String)>;

/// What a seed sets up.
pub trait Fuzzed: Clone + Display + 'static {
    /// A kind of fault.
    type Fault: Copy + Ord;
    /// What must hold.
    type Promise: Copy + Eq + Display;
    /// What was met.
    type Stats;

    /// Ways to make it smaller, each of which is tried again and again.
    const SMALLER: &'static [fn(&Self) -> Self];

    /// The kinds of fault that there are.
    fn faults(&mut self) -> &mut BTreeSet<Self::Fault>;

    /// How the command line says it.
    fn flags(&self) -> String;

    /// Plays it. Errors: the first promise that is broken.
    fn run<'a>(&'a self, trace: Trace<'a>) -> Result<Self::Stats, Broken<Self::Promise>>;
}

/// A promise that was broken.
#[derive(Clone, Debug)]
pub struct Broken<P> {
    /// Which.
    pub promise: P,
    /// When, in the time of the run.
    pub at: Instant,
    /// How.
    pub what: String,
}

impl<P: Display> Display for Broken<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken at {}: {}: {}", self.at, self.promise, self.what)
    }
}

/// The smallest setup that was found to break the same promise: without each kind of fault that it does not take, and then with less of
/// everything.
pub fn minimise<S: Fuzzed>(setup: &S, promise: S::Promise) -> S {
    let breaks = |setup: &S| setup.run(None).is_err_and(|broken| broken.promise == promise);
    let mut small = setup.clone();
    for fault in small.faults().clone() {
        let mut without = small.clone();
        without.faults().remove(&fault);
        if breaks(&without) {
            small = without;
        }
    }
    least(small, S::SMALLER, breaks)
}

/// What to say of a run that broke a promise: how, what of it is needed, its last steps, and how to see all of them.
pub fn describe<S: Fuzzed>(setup: &S, broken: &Broken<S::Promise>) -> String {
    let small = minimise(setup, broken.promise);
    let (again, steps) = last_steps(|keep| small.run(Some(keep)));
    let again = again.err().map_or_else(String::new, |broken| broken.to_string());
    format!(
        "{setup}\n  {broken}\nmade smaller: {small}\n  {again}\n{steps}\nall steps: paceline sim fuzz {} --trace\n",
        small.flags()
    )
}

/// Tries at each way of making a setup smaller: each halves, or nearly, and a dozen go down to nothing.
const TRIES: usize = 12;
/// Steps of a trace that are shown before the one that breaks a promise.
const SHOWN: usize = 40;

/// The smallest of what comes of these ways, one after the other, and still breaks.
fn least<S>(start: S, smaller: &[fn(&S) -> S], breaks: impl Fn(&S) -> bool) -> S {
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
fn last_steps<T>(run: impl FnOnce(&mut dyn FnMut(String)) -> T) -> (T, String) {
    let mut steps = VecDeque::new();
    let come_to = run(&mut |line| {
        steps.push_back(line);
        if steps.len() > SHOWN {
            steps.pop_front();
        }
    });
    (come_to, Vec::from(steps).join("\n"))
}
