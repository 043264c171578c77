//! The rates of one side, rentals or returns, as a product of factors, each learnt from riders seen beside riders expected by all the others.
//!
//! ```text
//!   rate = region's mean x station x kind of day and quarter x hour of the week x shape of the neighbourhood x shape of the station
//!          x (now: region's last days x region's last hours x station's last days)
//! ```
//! Where little was seen a factor stays near 1, and so the rate near what the factors above it say.

use super::calendar::{HOURS, QUARTERS, Stretch, WEEK_HOURS, WeekTime};
use super::censored::share_counted;
use super::evidence::{Evidence, Fading};
use super::predictive::Predictive;
use super::seen::Count;
use super::shapes::Shapes;
use paceline_model::{Instant, Millis};
use serde::{Deserialize, Serialize};

// What each factor weighs before anything is seen, in riders, and how fast those of now are forgotten. Chosen on Oslo in May 2023 (learnt from the 1st to the
// 17th, judged from the 18th on, right away and three hours ahead); the score changes in the third digit at most where one of them is halved or doubled.
const STATION: f64 = 5.0;
const QUARTER: f64 = 8.0;
const WEEK_HOUR: f64 = 50.0;
const AROUND: f64 = 15.0;
const OWN: f64 = 10.0;
const LAST_DAYS: (f64, Millis) = (200.0, Millis(72 * HOUR_MS));
const LAST_HOURS: (f64, Millis) = (150.0, Millis(3 * HOUR_MS));
const STATION_NOW: (f64, Millis) = (20.0, Millis(72 * HOUR_MS));
/// Riders of a station in an hour before anything is known, as if seen in an hour.
const BEFORE: f64 = 0.5;
/// A quarter of an hour is read with its neighbours, which have this weight at one and at two quarters from it.
const SMOOTHING: [(i32, f64); 5] = [(-2, 0.25), (-1, 0.6), (0, 1.0), (1, 0.6), (2, 0.25)];
/// No mean is below this: what never happened yet may happen.
const MEAN_MIN: f64 = 1e-5;
const HOUR_MS: u32 = 3_600_000;

/// What is known of one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SideRates {
    /// Riders, and hours of stations.
    mean: Evidence,
    quarters: Vec<Evidence>,
    week_hours: Vec<Evidence>,
    last_days: Fading,
    last_hours: Fading,
    stations: Vec<StationRates>,
    shapes: Shapes,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StationRates {
    level: Evidence,
    now: Fading,
    /// By kind of day and hour: of the neighbourhood, and of the station itself.
    around: Vec<Evidence>,
    own: Vec<Evidence>,
}

/// The factors of a rate in one quarter of an hour.
#[derive(Clone, Copy)]
struct Factors {
    mean: f64,
    station: f64,
    quarter: f64,
    week_hour: f64,
    around: f64,
    own: f64,
}

impl Factors {
    fn product(self) -> f64 {
        self.mean * self.station * self.quarter * self.week_hour * self.around * self.own
    }
}

/// The factors of now.
#[derive(Clone, Copy)]
struct Level {
    days: f64,
    hours: f64,
    station: f64,
}

/// What one quarter of an hour says.
#[derive(Clone, Copy)]
struct Learnt {
    riders: f64,
    /// Riders expected on a usual day, in the part of it that counts.
    usual: f64,
    factors: Factors,
    level: Level,
}

impl Level {
    fn product(self) -> f64 {
        self.days * self.hours * self.station
    }
}

impl Default for SideRates {
    fn default() -> Self {
        Self {
            mean: Evidence::of(BEFORE, 1.0),
            quarters: vec![Evidence::default(); QUARTERS],
            week_hours: vec![Evidence::default(); WEEK_HOURS],
            last_days: Fading::default(),
            last_hours: Fading::default(),
            stations: Vec::new(),
            shapes: Shapes::default(),
        }
    }
}

impl SideRates {
    pub(super) fn add_station(&mut self) {
        let hours = vec![Evidence::default(); HOURS];
        let (level, now) = (Evidence::default(), Fading::default());
        self.stations.push(StationRates { level, now, around: hours.clone(), own: hours });
    }
    /// Riders per hour in one quarter of an hour.
    pub(super) fn per_hour(&self, station: usize, stretch: Stretch) -> f64 {
        self.factors(station, stretch.when).product() * self.level(station, stretch.span.0).product()
    }
    /// Riders over all stretches.
    pub(super) fn predict(&self, station: usize, stretches: &[Stretch]) -> Predictive {
        let mean: f64 = stretches.iter().map(|part| part.hours * self.per_hour(station, *part)).sum();
        self.shapes.around(mean.max(MEAN_MIN))
    }
    /// Riders that what is known of a station rests on.
    pub(super) fn seen(&self, station: usize) -> f64 {
        self.stations[station].level.riders()
    }
    /// Learns from a count; `pupils` are the stations whose neighbourhood this one belongs to.
    pub(super) fn learn(&mut self, station: usize, stretches: &[Stretch], seen: Count, pupils: &[u32]) {
        let Some(&Stretch { span: (from, _), .. }) = stretches.first().filter(|_| seen.room > 0) else {
            return;
        };
        let mean = self.predict(station, stretches).mean;
        self.shapes.learn(mean, seen);
        let counted = if seen.is_cut() { share_counted(seen.room, mean) } else { 1.0 };
        let level = self.level(station, from);
        let parts: Vec<(WeekTime, Factors, f64)> = stretches
            .iter()
            .map(|part| {
                let factors = self.factors(station, part.when);
                (part.when, factors, factors.product() * part.hours)
            })
            .collect();
        let usual: f64 = parts.iter().map(|(_, _, usual)| usual).sum();
        for (when, factors, expected) in parts {
            // Where in the span riders came is not known: as they were expected.
            let riders = f64::from(seen.riders) * expected / usual;
            let learnt = Learnt { riders, usual: expected * counted, factors, level };
            self.learn_factors(station, when, learnt, pupils);
        }
        self.learn_level(station, from, level, (f64::from(seen.riders), usual * counted));
    }
    /// Forgets all but this share of what is not of now.
    pub(super) fn fade(&mut self, kept: f64) {
        let of_stations = self.stations.iter_mut().flat_map(|station| {
            std::iter::once(&mut station.level).chain(&mut station.around).chain(&mut station.own)
        });
        let of_region = std::iter::once(&mut self.mean).chain(&mut self.quarters).chain(&mut self.week_hours);
        of_region.chain(of_stations).for_each(|evidence| evidence.fade(kept));
    }

    fn factors(&self, station: usize, when: WeekTime) -> Factors {
        let known = &self.stations[station];
        Factors {
            mean: self.mean.factor(0.0),
            station: known.level.factor(STATION),
            quarter: self.quarter(when),
            week_hour: self.week_hours[when.week_hour()].factor(WEEK_HOUR),
            around: known.around[when.hour()].factor(AROUND),
            own: known.own[when.hour()].factor(OWN),
        }
    }

    fn quarter(&self, when: WeekTime) -> f64 {
        let beside = |(ahead, weight)| self.quarters[when.quarter_beside(ahead)].weighing(weight);
        SMOOTHING.map(beside).into_iter().fold(Evidence::default(), Evidence::and).factor(QUARTER)
    }

    fn level(&self, station: usize, at: Instant) -> Level {
        Level {
            days: self.last_days.factor(at, LAST_DAYS.0, LAST_DAYS.1),
            hours: self.last_hours.factor(at, LAST_HOURS.0, LAST_HOURS.1),
            station: self.stations[station].now.factor(at, STATION_NOW.0, STATION_NOW.1),
        }
    }

    /// Each factor is held against what all the others expected. Region and station are long-run means, so that the factors of now stay around 1: they are
    /// held against what was expected without these.
    fn learn_factors(&mut self, station: usize, when: WeekTime, learnt: Learnt, pupils: &[u32]) {
        let Learnt { riders, usual, factors, level } = learnt;
        let expected = usual * level.product();
        self.mean.add(riders, usual / factors.mean);
        self.quarters[when.quarter_beside(0)].add(riders, expected / factors.quarter);
        self.week_hours[when.week_hour()].add(riders, expected / factors.week_hour);
        let known = &mut self.stations[station];
        known.level.add(riders, usual * level.days * level.hours / factors.station);
        known.own[when.hour()].add(riders, expected / factors.own);
        for pupil in pupils {
            self.stations[*pupil as usize].around[when.hour()].add(riders, expected / factors.around);
        }
    }

    fn learn_level(&mut self, station: usize, at: Instant, level: Level, (riders, usual): (f64, f64)) {
        let Level { days, hours, station: now } = level;
        self.last_days.add(at, riders, usual * hours * now, LAST_DAYS.1);
        self.last_hours.add(at, riders, usual * days * now, LAST_HOURS.1);
        self.stations[station].now.add(at, riders, usual * days * hours, STATION_NOW.1);
    }
}
