//! How many bikes to move at each stop of a fixed tour: exact, over all loads that the van can have on the way.
//!
//! `before[i][load]` is the most that the first `i` stops can save if the van then has `load` aboard; `after[i][load]` what stops from
//! `i` on can save from there. A stop between two others is then tried without going through the tour again.

use super::problem::Gains;
use paceline_model::Millis;

/// Bikes moved at a stop, by change: the columns of [`Gains::at`], and where no change is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choices<'a> {
    rides: &'a [f32],
    take_max: usize,
    /// What each bike that is moved costs, for the time that it takes.
    price: f32,
}

impl<'a> Choices<'a> {
    pub(super) fn of(gains: &'a Gains, at: Millis, price: f32) -> Self {
        Self { rides: gains.at(at), take_max: usize::from(gains.take_max()), price }
    }
    /// What leads from `load` to one of its [`Self::next`].
    fn saved(&self, load: usize, next: usize) -> f32 {
        self.rides[load + self.take_max - next] - self.price * load.abs_diff(next) as f32
    }
    /// Loads that can be had next when `load` is aboard, and a van holds `capacity`.
    fn next(&self, load: usize, capacity: usize) -> std::ops::RangeInclusive<usize> {
        let bring_max = self.rides.len() - 1 - self.take_max;
        load.saturating_sub(bring_max)..=(load + self.take_max).min(capacity)
    }
    /// One stop further: `worth` by load before it becomes worth by load behind it.
    pub(super) fn forth(&self, worth: &[f32]) -> Vec<f32> {
        let mut then = vec![f32::NEG_INFINITY; worth.len()];
        for (load, &worth) in worth.iter().enumerate().filter(|(_, worth)| worth.is_finite()) {
            for next in self.next(load, then.len() - 1) {
                let saved = worth + self.saved(load, next);
                if saved > then[next] {
                    then[next] = saved;
                }
            }
        }
        then
    }
    /// One stop back: `worth` by load behind it becomes worth by load before it.
    fn back(&self, worth: &[f32]) -> Vec<f32> {
        let best = |load| {
            let saved = |next| self.saved(load, next) + worth[next];
            self.next(load, worth.len() - 1).map(saved).fold(f32::NEG_INFINITY, f32::max)
        };
        (0..worth.len()).map(best).collect()
    }
}

/// A tour's loads: what is best before and after each stop.
#[derive(Clone, Debug)]
pub(super) struct Loads {
    before: Vec<Vec<f32>>,
    after: Vec<Vec<f32>>,
}

impl Loads {
    /// Of a van that sets out with `load` and holds `capacity` bikes fit for hire. Steps: loads x choices for each stop.
    pub(super) fn of(load: usize, capacity: usize, stops: &[Choices<'_>]) -> Self {
        let mut start = vec![f32::NEG_INFINITY; capacity + 1];
        start[load] = 0.0;
        let mut before = vec![start];
        for stop in stops {
            before.push(stop.forth(&before[before.len() - 1]));
        }
        let mut after = vec![vec![0.0; capacity + 1]];
        for stop in stops.iter().rev() {
            after.push(stop.back(&after[after.len() - 1]));
        }
        after.reverse();
        Self { before, after }
    }
    /// Work that one more stop takes: its loads.
    pub(super) fn steps(&self) -> u64 {
        self.before[0].len() as u64
    }
    /// What the tour saves.
    pub(super) fn saved(&self) -> f64 {
        join(&self.before[0], &self.after[0])
    }
    /// What it would save with `stops` put in before stop `at`, at the hours that they are said for.
    pub(super) fn saved_with(&self, at: usize, stops: &[Choices<'_>]) -> f64 {
        let mut worth: Option<Vec<f32>> = None;
        for stop in stops {
            worth = Some(stop.forth(worth.as_deref().unwrap_or(&self.before[at])));
        }
        join(worth.as_deref().unwrap_or(&self.before[at]), &self.after[at])
    }
    /// The best change at each stop. Of equal ones that which moves least.
    pub(super) fn changes(&self, load: usize, stops: &[Choices<'_>]) -> Vec<i32> {
        let mut load = load;
        let mut changes = Vec::with_capacity(stops.len());
        for (stop, after) in stops.iter().zip(&self.after[1..]) {
            let mut best = (f32::NEG_INFINITY, load);
            for next in stop.next(load, after.len() - 1) {
                let saved = stop.saved(load, next) + after[next];
                let nearer = saved == best.0 && next.abs_diff(load) < best.1.abs_diff(load);
                if saved > best.0 || nearer {
                    best = (saved, next);
                }
            }
            changes.push(load as i32 - best.1 as i32);
            load = best.1;
        }
        changes
    }
}

fn join(before: &[f32], after: &[f32]) -> f64 {
    f64::from(before.iter().zip(after).map(|(before, after)| before + after).fold(f32::NEG_INFINITY, f32::max))
}
