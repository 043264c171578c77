//! A town of stations along one street, whose rates are known: homes in the west, work in the east, busy and quiet stations, and days that are good
//! or bad for all.

use paceline_model::{Instant, Position, UtcOffset};
use paceline_plan::Rng;
use paceline_plan::forecast::stations::{Count, Seen, StationForecast};

pub(super) const DAY_MS: u64 = 86_400_000;
/// A Monday, 2023-05-01.
pub(super) const BEGIN: Instant = Instant(19_478 * DAY_MS);
const SPAN_MS: u64 = 1_200_000;

pub(super) struct Town {
    stations: usize,
}

impl Town {
    pub(super) fn new(stations: usize) -> Self {
        Self { stations }
    }
    pub(super) fn place(&self, station: usize) -> Option<Position> {
        Position::new(59.9, 10.7 + station as f64 * 0.003).ok()
    }
    pub(super) fn forecast(&self) -> StationForecast {
        let mut forecast = StationForecast::new(UtcOffset::default());
        (0..self.stations).for_each(|station| _ = forecast.add_station(self.place(station)));
        forecast
    }
    /// Rentals per hour on a usual day. Returns are those of the station across the town.
    pub(super) fn per_hour(&self, station: usize, hour: usize) -> f64 {
        let west = station * 2 < self.stations;
        let busy = 0.5 + (station * 7 % 5) as f64 / 2.0;
        let shape = match (hour, west) {
            (0..7, _) => 0.05,
            (7..10, true) | (16..19, false) => 3.0,
            (7..10, false) | (16..19, true) => 0.6,
            _ => 1.0,
        };
        busy * shape
    }
    /// Tells all that is seen on these days, span by span.
    pub(super) fn play(&self, days: std::ops::Range<u64>, seed: u64, mut tell: impl FnMut(&Seen)) {
        for day in days {
            let mut rng = Rng::of(seed + day * 1_000, "town");
            let weather = if rng.unit() < 0.3 { 0.6 } else { 1.2 };
            for span in 0..DAY_MS / SPAN_MS {
                let from = Instant(BEGIN.0 + day * DAY_MS + span * SPAN_MS);
                let hour = (span / 3) as usize;
                for station in 0..self.stations {
                    let mut count = |of: usize| {
                        let room = rng.below(12) as u32;
                        Count {
                            riders: poisson(&mut rng, self.per_hour(of, hour) * weather / 3.0).min(room),
                            room,
                        }
                    };
                    let (rentals, returns) = (count(station), count(self.stations - 1 - station));
                    tell(&Seen { station, from, to: Instant(from.0 + SPAN_MS), rentals, returns });
                }
            }
        }
    }
}

/// A draw by Knuth's product of uniform numbers.
pub(super) fn poisson(rng: &mut Rng, mean: f64) -> u32 {
    let (end, mut product, mut count) = ((-mean).exp(), rng.unit(), 0);
    while product > end {
        product *= rng.unit();
        count += 1;
    }
    count
}
