//! Values from spans, by temporal difference: what a vehicle is worth is what it did next, and what it was worth then.
//!
//! Source: Xu et al., *Large-scale order dispatch in on-demand ride-hailing platforms*, KDD 2018, section 4.1: being free is a step
//! without reward, serving is one with; the day is worked through from its end, so that later values are known.

use super::super::cells::Cell;
use super::function::{BIN, BINS, ValueFunction, bin};
use super::trajectory::TrajectorySpan;
use paceline_model::{Instant, Millis, Position};
use std::collections::BTreeMap;

/// How values are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainingOptions {
    /// H3 resolution of the cells. 8 is 0.7 km²: half a kilometre from edge to edge.
    pub resolution: u8,
    /// What an order served ten minutes later counts, in percent.
    pub discount_percent: u8,
    /// Times that the day is worked through; more than one carry values over midnight.
    pub passes: u8,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self { resolution: 8, discount_percent: 90, passes: 3 }
    }
}

/// Visits that the mean over all cells stands for, so that one lucky ride does not make a place.
const MEAN_VISITS: f64 = 4.0;

/// Learns from the spans of one day or several. The same spans, the same values.
pub fn learn(spans: &[TrajectorySpan], options: &TrainingOptions) -> ValueFunction {
    let mut steps: Vec<Step> = spans.iter().flat_map(|span| steps(span, options.resolution)).collect();
    steps.sort_by_key(|step| std::cmp::Reverse((step.from.1, step.at, step.from.0)));
    let discount = f64::from(options.discount_percent.min(100)) / 100.0;
    let mut table = VisitTable::default();
    for _ in 0..options.passes.max(1) {
        table.visits.clear();
        for step in &steps {
            table.take(step, discount);
        }
    }
    table.values(options)
}

/// One step of a vehicle from a cell and bin to another.
struct Step {
    from: (Cell, usize),
    to: (Cell, usize),
    at: Instant,
    bins: f64,
    reward: f64,
}

/// Being free for long is many steps of a bin, the last of which ends where the vehicle is then.
fn steps(span: &TrajectorySpan, resolution: u8) -> Vec<Step> {
    let cell = |place: Position| Cell::around(place, resolution);
    let (from, to) = (cell(span.from.0), cell(span.to.0));
    let step = |at: Instant, until: Instant, to: Cell, reward| Step {
        from: (from, bin(at)),
        to: (to, bin(until)),
        at,
        bins: f64::from(until.since(at).0) / f64::from(BIN.0),
        reward,
    };
    if span.served {
        return vec![step(span.from.1, span.to.1, to, 1.0)];
    }
    let (mut at, mut steps) = (span.from.1, Vec::new());
    while span.to.1.since(at) > BIN {
        steps.push(step(at, at + BIN, from, 0.0));
        at = at + BIN;
    }
    steps.push(step(at, span.to.1, to, 0.0));
    steps
}

#[derive(Default)]
struct VisitTable {
    values: BTreeMap<(Cell, usize), f64>,
    visits: BTreeMap<(Cell, usize), f64>,
}

impl VisitTable {
    fn take(&mut self, step: &Step, discount: f64) {
        let next = self.values.get(&step.to).copied().unwrap_or(0.0);
        let target = step.reward + discount.powf(step.bins) * next;
        let visits = self.visits.entry(step.from).or_insert(0.0);
        *visits += 1.0;
        let value = self.values.entry(step.from).or_insert(0.0);
        // The mean of what was seen: a step size that falls with each visit.
        *value += (target - *value) / *visits;
    }

    fn values(&self, options: &TrainingOptions) -> ValueFunction {
        let mut sums = [(0.0, 0.0); BINS];
        for (&(cell, bin), &visits) in &self.visits {
            sums[bin].0 += visits * self.values.get(&(cell, bin)).copied().unwrap_or(0.0);
            sums[bin].1 += visits;
        }
        let means = sums.map(|(sum, visits): (f64, f64)| if visits > 0.0 { sum / visits } else { 0.0 });
        let milli = |value: f64| (value * 1e3).round() as i32;
        let elsewhere: Vec<i32> = means.iter().map(|&mean| milli(mean)).collect();
        let mut cells: BTreeMap<Cell, Vec<i32>> = BTreeMap::new();
        for (&(cell, bin), &visits) in &self.visits {
            let seen = self.values.get(&(cell, bin)).copied().unwrap_or(0.0);
            let value = (visits * seen + MEAN_VISITS * means[bin]) / (visits + MEAN_VISITS);
            cells.entry(cell).or_insert_with(|| elsewhere.clone())[bin] = milli(value);
        }
        ValueFunction {
            resolution: options.resolution,
            discount_percent: options.discount_percent.min(100),
            elsewhere,
            cells,
        }
    }
}

/// A step takes at most so long; longer spans of being free are many.
const _: () = assert!(BIN.0 as usize * BINS == Millis::from_secs(86_400).0 as usize);
