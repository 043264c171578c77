//! The forecast of a region's stations: both sides, the calendar and who learns from whom. Plain data that is saved and goes on.

use super::calendar::{Stretch, stretches};
use super::neighbours::Neighbours;
use super::predictive::Predictive;
use super::rates::{RateSlot, Rates};
use super::seen::{Seen, Side};
use super::side::SideRates;
use paceline_model::{Instant, Millis, Position, UtcOffset};
use serde::{Deserialize, Serialize};

const DAY_MS: u64 = 86_400_000;
/// What is kept of profiles from one day to the next: half of a season is forgotten in three months.
const KEPT_A_DAY: f64 = 0.9925;
/// A span of more than this says nothing of its hours.
const SPAN_MS_MAX: u32 = 6 * 3_600_000;

/// How fast riders come to each station. Equal inputs in equal order, equal state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StationForecast {
    offset: UtcOffset,
    /// The day that was learnt from last, counted from 1970.
    day: Option<u64>,
    stations: usize,
    neighbours: Neighbours,
    rentals: SideRates,
    returns: SideRates,
}

impl StationForecast {
    /// One that knows nothing yet, of a region whose clock is `offset` ahead of UTC.
    pub fn new(offset: UtcOffset) -> Self {
        Self { offset, ..Self::default() }
    }
    /// The region's clock goes by another offset from now on.
    pub fn set_offset(&mut self, offset: UtcOffset) {
        self.offset = offset;
    }
    /// One more station, with its number: they count from 0. Where its place is known it learns its shape of the day from those around it too.
    pub fn add_station(&mut self, place: Option<Position>) -> usize {
        self.neighbours.add(place);
        self.rentals.add_station();
        self.returns.add_station();
        self.stations += 1;
        self.stations - 1
    }
    /// How many stations it knows.
    pub fn stations(&self) -> usize {
        self.stations
    }
    /// Learns from riders who were seen. What lasted longer than six hours, or no time, is left out, as is a station that was never added.
    pub fn learn(&mut self, seen: &Seen) {
        let lasted = seen.to.since(seen.from).0;
        if seen.station >= self.stations || lasted == 0 || lasted > SPAN_MS_MAX {
            return;
        }
        self.begin_day(seen.to.0 / DAY_MS);
        let stretches = self.cut(seen.from, seen.to);
        let pupils = self.neighbours.pupils(seen.station);
        self.rentals.learn(seen.station, &stretches, seen.rentals, pupils);
        self.returns.learn(seen.station, &stretches, seen.returns, pupils);
    }
    /// How many riders will be counted at a station in a span of time, by what is known now.
    ///
    /// Panics where no such station was added.
    pub fn predict(&self, station: usize, side: Side, from: Instant, to: Instant) -> Predictive {
        self.side(side).predict(station, &self.cut(from, to))
    }
    /// Riders that what is known of a station rests on: those that were seen, of whom the older ones fade.
    ///
    /// Panics where no such station was added.
    pub fn riders_seen(&self, station: usize, side: Side) -> f64 {
        self.side(side).seen(station)
    }
    /// Rates of a station from `from` on, for as long as `horizon`: a slot for each quarter of an hour, the first and the last perhaps shorter.
    ///
    /// Panics where no such station was added.
    pub fn rates(&self, station: usize, from: Instant, horizon: Millis) -> Vec<RateSlot> {
        let to = Instant(from.0.saturating_add(horizon.0.into()));
        let slot = |stretch: Stretch| RateSlot {
            lasts: stretch.span.1.since(stretch.span.0),
            rates: Rates {
                rentals_per_hour: self.rentals.per_hour(station, stretch),
                returns_per_hour: self.returns.per_hour(station, stretch),
            },
        };
        self.cut(from, to).into_iter().map(slot).collect()
    }

    fn side(&self, side: Side) -> &SideRates {
        match side {
            Side::Rental => &self.rentals,
            Side::Return => &self.returns,
        }
    }
    fn cut(&self, from: Instant, to: Instant) -> Vec<Stretch> {
        stretches(from, to, self.offset).collect()
    }
    /// Days that are over fade. A clock that jumps back fades nothing.
    fn begin_day(&mut self, day: u64) {
        let last = *self.day.get_or_insert(day);
        if day > last {
            let kept = KEPT_A_DAY.powf((day - last) as f64);
            self.rentals.fade(kept);
            self.returns.fade(kept);
            self.day = Some(day);
        }
    }
}
