//! Riders: who comes where and when, and where they go. Rates are those of the city at that hour; who goes where follows from where riders
//! arrive then.

use super::town::Town;
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use paceline_plan::forecast::stations::StationForecast;

/// Rates hold for a quarter of an hour.
pub(super) const QUARTER: Millis = Millis::from_secs(900);
/// How much longer than the straight line people ride and walk.
const DETOUR: f64 = 1.3;
/// A brisk walk, in metres a millisecond: 5 km/h.
const WALK_M_PER_MS: f64 = 5.0 / 3_600.0;
/// Taking a bike and leaving it takes so long.
const HANDLING: Millis = Millis::from_secs(60);
/// Nobody rides to a station nearer than this, in metres: it is walked.
const RIDE_M_MIN: f64 = 400.0;
/// Draws of a destination before one that is near is taken after all.
const DRAWS: usize = 8;

/// All riders of a city.
pub(super) struct Crowd {
    forecast: StationForecast,
    /// The number of each station in the forecast.
    numbers: Vec<usize>,
    metres_per_ms: f64,
    rng: Rng,
    /// Destinations of this quarter: sums of rates of return, station by station.
    sums: Vec<f64>,
}

impl Crowd {
    pub(super) fn new(forecast: StationForecast, numbers: Vec<usize>, ride_kmh: f64, seed: u64) -> Self {
        let (rng, sums) = (Rng::of(seed, "riders"), Vec::new());
        Self { forecast, numbers, metres_per_ms: ride_kmh / 3_600.0, rng, sums }
    }
    /// Who comes in the quarter of an hour from `from` on: when, and to which station.
    pub(super) fn quarter(&mut self, from: Instant) -> Vec<(Instant, usize)> {
        let mut comes = Vec::new();
        let mut sum = 0.0;
        self.sums.clear();
        for (station, number) in self.numbers.iter().enumerate() {
            let slots = self.forecast.rates(*number, from, QUARTER);
            let mean: f64 = slots.iter().map(|slot| slot.rates.rentals_per_hour * slot.hours()).sum();
            sum += slots.iter().map(|slot| slot.rates.returns_per_hour * slot.hours()).sum::<f64>();
            self.sums.push(sum);
            for _ in 0..poisson(&mut self.rng, mean) {
                let after = Millis((self.rng.unit() * f64::from(QUARTER.0)) as u32);
                comes.push((from + after, station));
            }
        }
        comes.sort_unstable();
        comes
    }
    /// Where a rider from `station` goes.
    pub(super) fn destination(&mut self, town: &Town, station: usize) -> usize {
        let from = town.stands[station].position;
        let mut drawn = station;
        for _ in 0..DRAWS {
            let at = self.rng.unit() * self.sums.last().copied().unwrap_or_default();
            drawn = self.sums.partition_point(|sum| *sum <= at).min(self.sums.len().saturating_sub(1));
            if from.distance_m(town.stands[drawn].position) >= RIDE_M_MIN {
                break;
            }
        }
        drawn
    }
    /// How long a ride of so many metres by the straight line takes.
    pub(super) fn ride(&self, metres: f64) -> Millis {
        HANDLING.saturating_add(Millis((metres * DETOUR / self.metres_per_ms) as u32))
    }
}

/// How long a walk of so many metres by the straight line takes.
pub(super) fn walk(metres: f64) -> Millis {
    Millis((metres * DETOUR / WALK_M_PER_MS) as u32)
}

/// A Poisson number by counting exponential gaps: means are a few riders.
fn poisson(rng: &mut Rng, mean: f64) -> u32 {
    let mut count = 0;
    let mut gaps = -(1.0 - rng.unit()).ln();
    while gaps < mean {
        count += 1;
        gaps -= (1.0 - rng.unit()).ln();
    }
    count
}
