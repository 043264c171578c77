//! The yardstick: each station's mean of the same hour of the week. Learnt online as the forecast is, and its width too, so that the two differ in
//! the mean alone.

use super::calendar::{WEEK_HOURS, WeekTime};
use super::predictive::Predictive;
use super::seen::{Count, Seen, Side};
use super::shapes::Shapes;
use paceline_model::{Instant, UtcOffset};

/// What the station's own mean weighs in each hour of the week, in hours, and the region's in each station: without, an hour in which nobody
/// came yet would make the next rider impossible. On Oslo in May 2023 two hours scored better than
/// one and three.
const PRIOR_H: f64 = 2.0;
const MEAN_MIN: f64 = 1e-5;

/// Riders and hours.
type Sum = (f64, f64);

/// Mean rentals and returns of each station by hour of the week.
#[derive(Clone, Debug)]
pub struct SeasonalMean {
    offset: UtcOffset,
    sides: [SideMeans; 2],
}

#[derive(Clone, Debug, Default)]
struct SideMeans {
    region: Sum,
    stations: Vec<Sum>,
    week_hours: Vec<Sum>,
    shapes: Shapes,
}

impl SeasonalMean {
    /// One that knows nothing yet.
    pub fn new(offset: UtcOffset) -> Self {
        Self { offset, sides: [SideMeans::default(), SideMeans::default()] }
    }
    /// One more station: they count from 0.
    pub fn add_station(&mut self) {
        for side in &mut self.sides {
            side.stations.push((0.0, 0.0));
            side.week_hours.extend([(0.0, 0.0); WEEK_HOURS]);
        }
    }
    /// The region's clock goes by another offset from now on.
    pub fn set_offset(&mut self, offset: UtcOffset) {
        self.offset = offset;
    }
    /// Learns from riders who were seen, where there was room.
    pub fn learn(&mut self, seen: &Seen) {
        let row = self.row(seen.station, seen.from, seen.to);
        let hours = hours(seen.from, seen.to);
        for (side, of) in self.sides.iter_mut().zip(Side::BOTH) {
            side.learn(seen.station, row, hours, seen.of(of));
        }
    }
    /// How many riders will be counted: around the mean with the width that was learnt.
    pub fn predict(&self, station: usize, side: Side, from: Instant, to: Instant) -> Predictive {
        let known = match side {
            Side::Rental => &self.sides[0],
            Side::Return => &self.sides[1],
        };
        let mean = known.per_hour(station, self.row(station, from, to)) * hours(from, to);
        known.shapes.around(mean.max(MEAN_MIN))
    }

    /// The hour in which the middle of the span lies.
    fn row(&self, station: usize, from: Instant, to: Instant) -> usize {
        let middle = Instant(from.0 + to.0.saturating_sub(from.0) / 2);
        station * WEEK_HOURS + WeekTime::at(middle, self.offset).week_hour()
    }
}

impl SideMeans {
    fn per_hour(&self, station: usize, row: usize) -> f64 {
        let mean = |(riders, hours): Sum, prior: f64| (riders + prior * PRIOR_H) / (hours + PRIOR_H);
        mean(self.week_hours[row], mean(self.stations[station], mean(self.region, 1.0)))
    }
    fn learn(&mut self, station: usize, row: usize, hours: f64, seen: Count) {
        if seen.room == 0 {
            return;
        }
        let mean = self.per_hour(station, row) * hours;
        self.shapes.learn(mean.max(MEAN_MIN), seen);
        for sum in [&mut self.region, &mut self.stations[station], &mut self.week_hours[row]] {
            sum.0 += f64::from(seen.riders);
            sum.1 += hours;
        }
    }
}

fn hours(from: Instant, to: Instant) -> f64 {
    f64::from(to.since(from).0) / 3_600_000.0
}
