//! The birth-death chain of a station, and its backward recursion: from what is expected after a stretch of constant rates to what
//! is expected before it, for all stocks at once.
//!
//! Uniformisation (Jensen, 1953): with `L` = rentals + returns per hour, jumps come as a Poisson process of rate `L`, and each takes or brings
//! a bike with its share. If `V` is expected at the end of a stretch of `T` hours and `c` flows in per hour on the way,
//! then before it `sum over n of P^n (Pr(N = n) V + Pr(N > n) / L c)` is, `N` being Poisson with mean `L T`. The sum is evaluated from its last term
//! inwards, so that one product with the tridiagonal `P` is made a term and no power of it is ever kept.

use super::poisson::{self, Weight};
use super::station::Station;
use crate::forecast::stations::{RateSlot, Rates};

/// What happens to the chain at an end of its stocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The rider is turned away and the stock stays.
    TurnsAway,
    /// The chain stops there: what is asked is whether and when it comes there.
    Stops,
}

/// What flows in per hour: at no bike, between the ends, and at no free dock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flow {
    pub(super) empty: f64,
    pub(super) between: f64,
    pub(super) full: f64,
}

/// A station's chain with room to reckon in.
pub(super) struct Chain<'a> {
    station: Station<'a>,
    empty: End,
    full: End,
    weights: Vec<Weight>,
    sum: Vec<f64>,
    next: Vec<f64>,
}

/// The jumps of a stretch: shares of rentals and returns, and how many there are per hour.
#[derive(Clone, Copy)]
struct Jumps {
    per_hour: f64,
    rentals: f64,
    returns: f64,
}

impl Jumps {
    /// `None`: nobody comes.
    fn of(rates: &Rates) -> Option<Self> {
        let per_hour = rates.rentals_per_hour + rates.returns_per_hour;
        let [rentals, returns] = [rates.rentals_per_hour, rates.returns_per_hour].map(|rate| rate / per_hour);
        (per_hour > 0.0).then_some(Self { per_hour, rentals, returns })
    }
}

impl<'a> Chain<'a> {
    /// A chain that turns riders away at both ends.
    pub(super) fn new(station: Station<'a>) -> Self {
        Self::up_to(station, station.top())
    }
    /// The same, whose largest stock is `top`.
    pub(super) fn up_to(station: Station<'a>, top: usize) -> Self {
        let room = top + 1;
        let (sum, next) = (vec![0.0; room], vec![0.0; room]);
        Self { station, empty: End::TurnsAway, full: End::TurnsAway, weights: Vec::new(), sum, next }
    }
    /// The same with other ends.
    pub(super) fn ending(mut self, empty: End, full: End) -> Self {
        (self.empty, self.full) = (empty, full);
        self
    }
    /// What is expected from each stock now, if `after` is expected from each at the end of the horizon and `flow` says what comes in on the way.
    pub(super) fn back(&mut self, mut after: Vec<f64>, flow: impl Fn(&Rates) -> Flow) -> Vec<f64> {
        for slot in self.station.slots().iter().rev() {
            self.back_over(slot, &mut after, flow(&slot.rates));
        }
        after
    }
    /// The same over one stretch of constant rates.
    pub(super) fn back_over(&mut self, slot: &RateSlot, after: &mut Vec<f64>, flow: Flow) {
        let Some(jumps) = Jumps::of(&slot.rates) else { return add_flow(after, flow, slot.hours()) };
        let steps = poisson::steps(jumps.per_hour * slot.hours());
        poisson::fill(&mut self.weights, jumps.per_hour * slot.hours() / f64::from(steps));
        for _ in 0..steps {
            self.step(after, jumps, flow);
        }
    }

    fn step(&mut self, value: &mut Vec<f64>, jumps: Jumps, flow: Flow) {
        self.sum.fill(0.0);
        for at in (0..self.weights.len()).rev() {
            let weight = self.weights[at];
            self.jump(jumps);
            for (next, value) in self.next.iter_mut().zip(value.iter()) {
                *next += weight.exactly * value;
            }
            add_flow(&mut self.next, flow, weight.more / jumps.per_hour);
            std::mem::swap(&mut self.sum, &mut self.next);
        }
        std::mem::swap(value, &mut self.sum);
    }

    /// The chances of each stock at the end of a stretch of constant rates, if `now` has those of each stock at its beginning.
    pub(super) fn forth_over(&mut self, slot: &RateSlot, now: &mut Vec<f64>) {
        let Some(jumps) = Jumps::of(&slot.rates) else { return };
        let steps = poisson::steps(jumps.per_hour * slot.hours());
        poisson::fill(&mut self.weights, jumps.per_hour * slot.hours() / f64::from(steps));
        for _ in 0..steps {
            let mut then = vec![0.0; now.len()];
            for weight in &self.weights {
                then.iter_mut().zip(now.iter()).for_each(|(then, chance)| *then += weight.exactly * chance);
                spread(jumps, now, &mut self.next);
                now.copy_from_slice(&self.next);
            }
            *now = then;
        }
    }

    /// `next = P sum`.
    fn jump(&mut self, Jumps { rentals, returns, .. }: Jumps) {
        let (sum, next) = (&self.sum, &mut self.next);
        let top = sum.len() - 1;
        for (next, three) in next.iter_mut().skip(1).zip(sum.windows(3)) {
            *next = rentals * three[0] + returns * three[2];
        }
        next[0] = match self.empty {
            End::Stops => sum[0],
            End::TurnsAway => rentals * sum[0] + returns * sum[top.min(1)],
        };
        // A station without docks is empty and full at once; where both ends are one stock, either rule leaves it where it is.
        if top > 0 {
            next[top] = match self.full {
                End::Stops => sum[top],
                End::TurnsAway => rentals * sum[top - 1] + returns * sum[top],
            };
        }
    }
}

/// One jump of chances: `next = chances P`, riders turned away at both ends.
fn spread(Jumps { rentals, returns, .. }: Jumps, chances: &[f64], next: &mut [f64]) {
    let top = chances.len() - 1;
    next.fill(0.0);
    for (stock, chance) in chances.iter().enumerate() {
        next[stock.saturating_sub(1)] += rentals * chance;
        next[(stock + 1).min(top)] += returns * chance;
    }
}

/// Adds `flow` over `hours` to each stock; a station without docks has both ends at once.
fn add_flow(value: &mut [f64], flow: Flow, hours: f64) {
    let top = value.len() - 1;
    if top == 0 {
        value[0] += (flow.empty + flow.full) * hours;
        return;
    }
    value[0] += flow.empty * hours;
    value[top] += flow.full * hours;
    if flow.between != 0.0 {
        value[1..top].iter_mut().for_each(|value| *value += flow.between * hours);
    }
}
