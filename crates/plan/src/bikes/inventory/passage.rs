//! Whether and when a station runs empty or full.

use super::chain::{Chain, End, Flow};
use super::station::Station;
use paceline_model::Millis;

/// A chance below this has no expected time: too few digits of it are left.
const CHANCE_MIN: f64 = 1e-6;
const HOUR_MS: f64 = 3_600_000.0;

/// Whether a station comes to an end within the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Passage {
    /// The chance of it, in 0 to 1.
    pub chance: f64,
    /// How long it takes in the mean, if it happens; `None` where the chance is below a millionth.
    pub after: Option<Millis>,
}

/// The first time without a bike and the first without a free dock, for each stock at the beginning of the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstPassage {
    empty: Vec<Passage>,
    full: Vec<Passage>,
}

impl FirstPassage {
    /// Solves the station's chain backwards with the end in question as a place where it stops. Error: as of [`super::LostRides::of`].
    pub fn of(station: Station<'_>) -> Self {
        let empty = to(station, End::Stops, End::TurnsAway);
        let full = match station.capacity() {
            Some(_) => to(station, End::TurnsAway, End::Stops),
            None => vec![Passage::default(); station.top() + 1],
        };
        Self { empty, full }
    }
    /// To no bike, from `stock`. More bikes than docks count as full; more than the table of a station without a capacity, as its last entry.
    pub fn empty(&self, stock: u32) -> Passage {
        self.empty[(stock as usize).min(self.empty.len() - 1)]
    }
    /// To no free dock, alike.
    pub fn full(&self, stock: u32) -> Passage {
        self.full[(stock as usize).min(self.full.len() - 1)]
    }
}

/// To the end that stops the chain, from each stock.
fn to(station: Station<'_>, empty: End, full: End) -> Vec<Passage> {
    let top = station.top();
    let end = if empty == End::Stops { 0 } else { top };
    let mut there = vec![0.0; top + 1];
    there[end] = 1.0;
    let mut chain = Chain::new(station).ending(empty, full);
    // An hour on the way counts as an hour, one at the end as nothing.
    let time = |end| if end == End::Stops { 0.0 } else { 1.0 };
    let on_the_way = Flow { empty: time(empty), between: 1.0, full: time(full) };
    let still = Flow { empty: 0.0, between: 0.0, full: 0.0 };
    let chances = chain.back(there, |_| still);
    let hours = chain.back(vec![0.0; top + 1], |_| on_the_way);
    let horizon = station.horizon_h();
    let passage = |(chance, hours): (f64, f64)| Passage {
        chance: chance.clamp(0.0, 1.0),
        after: after(chance, hours, horizon),
    };
    let mut passages: Vec<Passage> = chances.into_iter().zip(hours).map(passage).collect();
    passages[end] = Passage { chance: 1.0, after: Some(Millis::ZERO) };
    passages
}

/// The mean time of a passage that happens with this `chance`, if `hours` is the mean of it where one that does not happen counts as the horizon.
fn after(chance: f64, hours: f64, horizon: f64) -> Option<Millis> {
    let mean = (hours - horizon * (1.0 - chance)) / chance;
    (chance >= CHANCE_MIN).then(|| Millis((mean.clamp(0.0, horizon) * HOUR_MS).round() as u32))
}
