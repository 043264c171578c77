//! The examples of STYLE.md, compiled: each stands here word for word, with what it needs around it, and works.
//! A block of the page that this file does not hold fails a test.

#![expect(missing_docs, reason = "an example shows the documents that it is about")]

use expect_test::{Expect, expect};
use std::fmt;

/// A moment of engine time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instant(pub u64);

/// A number of the world's states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A vehicle's lasting name.
#[derive(Clone, Debug, PartialEq)]
pub struct VehicleId(pub String);

/// When a pick-up may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Not before.
    pub from: Instant,
    /// Not after.
    pub until: Instant,
}

/// What a plan is made from.
pub struct Snapshot;

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
/// A span of engine time in milliseconds, never negative. `Millis::MAX` means "cannot be reached".
pub struct Millis(u32);
/// A row in one [`Snapshot`]: dense, from 0, meaningless in the next one. [`VehicleId`] is the lasting name.
pub struct VehicleIdx(u32);
/// Where a ride stands:  Open -> Promised -> Aboard -> Done;  Open or Promised -> Withdrawn.
pub enum Ride {
    /// Nobody has said yes; any round may move it.
    Open { since: Instant },
    /// The rider has been told. The window may shrink, never slide later.
    Promised { by: VehicleId, pickup: Window },
    // ...one variant per state, each holding exactly what that state needs.
}

impl Millis {
    const MAX: Self = Self(u32::MAX);

    const fn times(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl VehicleIdx {
    fn of<T>(self, rows: &[T]) -> &T {
        &rows[self.0 as usize]
    }
}

/// Why a plan was turned away. All of these happen in a healthy system.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The world moved while we were solving. Solve again from the newest snapshot.
    #[error("E0301 plan was made at {made}, world is at {now}")]
    Stale { made: Version, now: Version },
}

/// Rows of equal length.
pub struct Table<T>(Vec<Vec<T>>);

/// The order in which stops are visited.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan(pub Vec<usize>);

/// Steps that may be taken.
pub struct Budget(pub u32);

/// How often a step was taken that was no worse.
#[derive(Debug, PartialEq)]
pub struct Report(pub u32);

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) >> 33) as usize % bound
    }
}

impl Plan {
    fn cost(&self, times: &Table<Millis>) -> u32 {
        self.0.windows(2).map(|pair| times.0[pair[0]][pair[1]].0).sum()
    }
}

/// Improves a plan by late-acceptance hill climbing until `budget` is spent; never returns a worse one.
///
/// Shape: `times` is stops x stops, row = from, column = to. Units: ms; the plan's cost is in cents.
/// Errors: none; an infeasible `start` is the caller's bug and panics. Same input and seed, same plan.
/// Source: Burke and Bykov, EJOR 258(1), 2017, with both refinements of its section 4.2.
pub fn improve(start: Plan, times: &Table<Millis>, budget: Budget, rng: &mut Rng) -> (Plan, Report) {
    const HISTORY: usize = 8;
    let mut late = [start.cost(times); HISTORY];
    let (mut best, mut now, mut report) = (start.clone(), start, Report(0));
    for step in 0..budget.0 {
        let mut next = now.clone();
        next.0.swap(rng.below(now.0.len()), rng.below(now.0.len()));
        let slot = &mut late[step as usize % HISTORY];
        if next.cost(times) <= (*slot).max(now.cost(times)) {
            now = next;
            report.0 += 1;
        }
        // Refined: history only gets better, and the best is kept apart.
        *slot = now.cost(times).min(*slot);
        if now.cost(times) < best.cost(times) {
            best = now.clone();
        }
    }
    (best, report)
}

const ROUND: Millis = Millis(200);

// A round can lose the race with one slow fsync, so a promise has to outlive two of them.
const PROMISE_SLACK: Millis = ROUND.times(2);

/// Reads a street with vehicles and one request on it, and says who picks up when.
fn check(case: &str, expected: Expect) {
    let (street, rest) = case.split_once("   ").expect("a street, then what a dash is");
    let words: Vec<&str> = rest.split_whitespace().map(|word| word.trim_end_matches([',', ';'])).collect();
    let find = |word: &str| words.iter().position(|other| *other == word).expect("the word is there");
    let number_before = |unit: &str| words[find(unit) - 1].parse::<usize>().expect("a number");
    let corner = |name: &str| street.find(name).expect("the corner is drawn");
    let vehicle = words[find("promised") + 2];
    let (start, pickup) = (corner(words[find(vehicle) + 2]), corner(words[find("from") + 1]));
    let between = &street[start.min(pickup)..start.max(pickup)];
    let metres = between.matches('-').count() * number_before("m");
    expected.assert_eq(&format!("r1: {vehicle} picks up at {} s", metres / number_before("m/s")));
}

#[test]
fn a_nearer_vehicle_does_not_break_a_promise() {
    check(
        "A----B--C    a dash is 100 m at 10 m/s
           v1 at A, v2 at C;  r1 from B to C, promised to v1",
        expect!["r1: v1 picks up at 40 s"],
    );
}

#[test]
fn every_example_of_the_page_stands_in_this_file() {
    // How lines are broken is the formatter's business.
    let plain = |text: &str| text.split_whitespace().collect::<String>().replace(",)", ")");
    let this_file = plain(include_str!("style.rs"));
    let page = include_str!("../../STYLE.md");
    let blocks: Vec<&str> =
        page.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(blocks.len() >= 5, "the page has examples");
    for block in blocks {
        assert!(this_file.contains(&plain(block)), "this example of STYLE.md is compiled nowhere:\n{block}");
    }
}

#[test]
fn what_the_examples_say_holds() {
    let times = Table((0..6_u32).map(|from| (0..6).map(|to| Millis(from.abs_diff(to))).collect()).collect());
    let start = Plan(vec![3, 0, 5, 1, 4, 2]);
    let (plan, report) = improve(start.clone(), &times, Budget(10_000), &mut Rng(1));
    assert_eq!(plan.cost(&times), 5, "the stops lie on a line");
    assert_eq!(
        (plan.clone(), report),
        improve(start, &times, Budget(10_000), &mut Rng(1)),
        "same seed, same plan"
    );
    assert_eq!(PROMISE_SLACK, Millis(400));
    assert!(Millis::MAX > PROMISE_SLACK);
    assert_eq!(VehicleIdx(1).of(&["a", "b"]), &"b");
    let refusal = Refusal::Stale { made: Version(4), now: Version(7) };
    assert_eq!(refusal.to_string(), "E0301 plan was made at 4, world is at 7");
    let promised =
        Ride::Promised { by: VehicleId("v1".into()), pickup: Window { from: Instant(0), until: Instant(9) } };
    assert!(
        matches!(&promised, Ride::Promised { by, pickup } if by.0 == "v1" && pickup.from.0 < pickup.until.0)
    );
    assert!(matches!(Ride::Open { since: Instant(1) }, Ride::Open { since } if since == Instant(1)));
    _ = Snapshot;
}
