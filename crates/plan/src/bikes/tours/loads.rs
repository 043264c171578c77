//! What a tour saves by the bikes that the van has on the way, so that a stop between two others is tried without going through the
//! tour again.

use super::problem::Gains;
use crate::solver::rebalancing::{LoadValues, RouteStops, StopValues, best_quantities};
use paceline_model::Millis;
use std::borrow::Cow;

/// What each number of bikes is worth at a stop at its hour.
#[derive(Clone, Debug)]
pub(super) struct Choices<'a> {
    values: Cow<'a, [f64]>,
    take_max: i32,
}

impl<'a> Choices<'a> {
    /// `price` is what each bike that is moved costs, for the time that it takes.
    pub(super) fn of(gains: &'a Gains, at: Millis, price: f64) -> Self {
        let (rides, take_max) = (gains.at(at), i32::from(gains.take_max()));
        let priced = |(&rides, change): (&f64, i32)| rides - price * f64::from(change.abs());
        let values = match price {
            0.0 => Cow::Borrowed(rides),
            _ => Cow::Owned(rides.iter().zip(-take_max..).map(priced).collect()),
        };
        Self { values, take_max }
    }
    fn stop(&self) -> StopValues<'_> {
        StopValues { delta_min: -self.take_max, values: &self.values }
    }
}

/// The best changes at the stops of a van that sets out with `load` and holds `capacity` bikes fit for hire.
pub(super) fn changes(load: u16, capacity: u16, choices: &[Choices<'_>]) -> Option<Vec<i32>> {
    let stops: Vec<StopValues<'_>> = choices.iter().map(Choices::stop).collect();
    let (start_load, capacity) = (u32::from(load), u32::from(capacity));
    best_quantities(&RouteStops { start_load, capacity, stops: &stops, end_values: &[] })
        .map(|best| best.deltas)
}

/// What is best before and after each stop, by load.
#[derive(Clone, Debug)]
pub(super) struct Loads {
    before: Vec<LoadValues>,
    after: Vec<LoadValues>,
    /// What the tour saves as it is.
    pub(super) saved: f64,
}

impl Loads {
    /// Of a van that sets out with `load` and holds `capacity` bikes fit for hire.
    pub(super) fn of(load: u16, capacity: u16, choices: &[Choices<'_>]) -> Self {
        let mut before = vec![LoadValues::at_start(capacity.into(), load.into())];
        for stop in choices {
            before.push(before[before.len() - 1].after(&stop.stop()));
        }
        let mut after = vec![LoadValues::at_end(capacity.into(), &[])];
        for stop in choices.iter().rev() {
            after.push(after[after.len() - 1].before(&stop.stop()));
        }
        after.reverse();
        let saved = before[0].joined(&after[0]).unwrap_or(f64::NEG_INFINITY);
        Self { before, after, saved }
    }
    /// What the tour would save with `stops` put in before stop `at`, at the hours that they are said for.
    pub(super) fn saved_with(&self, at: usize, stops: &[Choices<'_>]) -> Option<f64> {
        let (first, more) = stops.split_first()?;
        let worth = self.before[at].after(&first.stop());
        more.iter().fold(worth, |worth, stop| worth.after(&stop.stop())).joined(&self.after[at])
    }
}
