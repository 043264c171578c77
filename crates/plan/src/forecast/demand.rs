//! How many riders will ask, by cell and quarter of an hour, learnt online from those who did.
//!
//! Expected = the city's level now, times the cell's share of it. Where the same quarter of the week has been seen, the
//! cell's own profile of that quarter takes over, scaled by how today compares with it so far (the near-term correction).
//! Every quarter's forecast is judged when the quarter ends, beside "as in the last hour" and "as a week ago".
//!
//! Plain data that is saved and goes on: what it knows depends on the orders seen and their times alone.

use super::cells::Cell;
use paceline_model::{Instant, Position};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A quarter of an hour, the bin of everything here.
pub const QUARTER_MS: u64 = 900_000;
/// Quarters in a week.
const WEEK: u64 = 672;
/// Weight of the newest quarter in the city's level: it comes and goes faster than an average follows.
const LEVEL_WEIGHT: f64 = 0.9;
/// Weight of the newest quarter in a cell's share: half of it is forgotten in about an hour. A cell sees few orders a
/// quarter, so its share needs more of them than the level does.
const SHARE_WEIGHT: f64 = 0.15;
/// Weight of the newest week in the profile.
const PROFILE_WEIGHT: f64 = 0.3;
/// What a cell's forecast weighs against the orders of the quarter under way: orders seen, and quarters watched, at most.
const PRIOR_ORDERS: f64 = 6.0;
const PRIOR_QUARTERS: f64 = 2.0;
/// Most that today's level may differ from the profile's.
const CORRECTION: (f64, f64) = (0.4, 2.5);

/// The forecaster. Equal inputs in equal order, equal state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// H3 resolution of the cells.
    pub resolution: u8,
    /// The quarter under way, counted from 1970; `None` before the first order.
    pub quarter: Option<u64>,
    /// What each cell has seen.
    pub cells: BTreeMap<Cell, CellHistory>,
    /// Orders of the whole city in a quarter, smoothed.
    pub level: f64,
    /// The level of the quarters that the profile knew, and what it said of them: forgotten alike, so that their ratio
    /// is how today compares.
    pub known_level: f64,
    /// What the profile said of those quarters, smoothed alike.
    pub profile_level: f64,
    /// Orders for later quarters: they count when their quarter comes.
    pub booked: BTreeMap<u64, Vec<Position>>,
    /// How good it has been so far.
    pub errors: Errors,
}

/// What is known of a cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CellHistory {
    /// Orders in the quarter under way.
    pub now: u32,
    /// Of these, rides booked ahead: they say nothing about how fast the others come.
    pub booked: u32,
    /// Orders in the four quarters before, newest first.
    pub recent: [u32; 4],
    /// Orders in a quarter, smoothed: its share of the city's.
    pub share: f64,
    /// Smoothed orders by quarter of the week, and last week's.
    pub profile: BTreeMap<u16, (f64, u32)>,
    /// What was forecast for the quarter under way.
    pub expected: f64,
    /// Mean latitude of its orders in degrees, weighted as they are forgotten.
    pub lat: f64,
    /// Mean longitude alike.
    pub lon: f64,
    /// The weight of the orders in that mean.
    pub seen: f64,
}

/// Sums of absolute errors over cells and quarters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// Orders in the judged quarters.
    pub orders: f64,
    /// Of the forecast.
    pub forecast: f64,
    /// Of "as the mean quarter of the last hour".
    pub last_hour: f64,
    /// Orders in the quarters that had been seen a week before.
    pub orders_of_known_weeks: f64,
    /// Of "as a week ago".
    pub last_week: f64,
}

/// What a cell may expect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Where.
    pub cell: Cell,
    /// The middle of its orders.
    pub centre: Position,
    /// Orders per quarter of an hour.
    pub orders: f64,
}

impl Errors {
    /// With those of another region.
    pub fn plus(self, other: Self) -> Self {
        Self {
            orders: self.orders + other.orders,
            forecast: self.forecast + other.forecast,
            last_hour: self.last_hour + other.last_hour,
            orders_of_known_weeks: self.orders_of_known_weeks + other.orders_of_known_weeks,
            last_week: self.last_week + other.last_week,
        }
    }
    /// Weighted absolute percentage error of the forecast, 1 being 100 %.
    pub fn wape(&self) -> f64 {
        self.forecast / self.orders.max(1.0)
    }
    /// The same of "as the last hour".
    pub fn wape_last_hour(&self) -> f64 {
        self.last_hour / self.orders.max(1.0)
    }
    /// The same of "as a week ago"; `None` while no quarter has been seen twice.
    pub fn wape_last_week(&self) -> Option<f64> {
        (self.orders_of_known_weeks > 0.0).then(|| self.last_week / self.orders_of_known_weeks)
    }
}

impl CellHistory {
    /// Orders in a quarter, after the part `passed` of the one under way. The forecast is wrong by some two in five of itself
    /// (`docs/kernel/rebalance.md`): as a gamma distribution of that spread it weighs as much as having seen [`PRIOR_ORDERS`], and the orders of a
    /// quarter are Poisson, so this is the mean of what follows from both.
    fn corrected(&self, passed: f64) -> f64 {
        let weight = PRIOR_QUARTERS.min(PRIOR_ORDERS / self.expected.max(f64::MIN_POSITIVE));
        (self.expected * weight + f64::from(self.now - self.booked)) / (weight + passed)
    }
}

impl Forecast {
    /// One that knows nothing yet, over cells of this H3 resolution.
    pub fn new(resolution: u8) -> Self {
        Self {
            resolution,
            quarter: None,
            cells: BTreeMap::new(),
            level: 0.0,
            known_level: 0.0,
            profile_level: 0.0,
            booked: BTreeMap::new(),
            errors: Errors::default(),
        }
    }
    /// H3 resolution of its cells.
    pub fn resolution(&self) -> u8 {
        self.resolution
    }
    /// Whether time has come to the quarter of `at`: then there is nothing to let pass.
    pub fn has_reached(&self, at: Instant) -> bool {
        self.quarter.is_some_and(|quarter| quarter >= at.0 / QUARTER_MS)
    }
    /// Takes in that somebody asked at `at` for a ride from `place`, to begin at `pickup_at` at the earliest.
    pub fn see(&mut self, at: Instant, pickup_at: Instant, place: Position) {
        self.advance(at);
        let quarter = pickup_at.0 / QUARTER_MS;
        if self.quarter.is_some_and(|under_way| quarter > under_way) {
            self.booked.entry(quarter).or_default().push(place);
        } else {
            self.count(place);
        }
    }
    fn count(&mut self, place: Position) {
        let cell = self.cells.entry(Cell::around(place, self.resolution)).or_default();
        cell.now += 1;
        cell.seen += 1.0;
        cell.lat += (place.lat() - cell.lat) / cell.seen;
        cell.lon += (place.lon() - cell.lon) / cell.seen;
    }
    /// Lets time pass: quarters that are over are judged and learnt from. A clock that jumps back is held here.
    pub fn advance(&mut self, at: Instant) {
        let now = at.0 / QUARTER_MS;
        let mut under_way = *self.quarter.get_or_insert(now);
        // After a longer silence than a day only its last quarters are worth folding in.
        under_way = under_way.max(now.saturating_sub(96));
        while under_way < now {
            self.close(under_way);
            under_way += 1;
            self.open(under_way);
        }
        self.quarter = Some(under_way);
    }
    /// What each cell may expect in a quarter from `at` on, by cell: the forecast for the quarter under way, and what it has brought
    /// so far, each as far as it can be trusted.
    pub fn expected(&self, at: Instant) -> Vec<Expected> {
        let passed = (at.0 % QUARTER_MS) as f64 / QUARTER_MS as f64;
        let place = |known: &CellHistory| Position::new(known.lat, known.lon).ok();
        let row = |(&cell, known): (&Cell, &CellHistory)| {
            Some(Expected { cell, centre: place(known)?, orders: known.corrected(passed) })
        };
        self.cells.iter().filter_map(row).collect()
    }
    /// How the busiest hour of the `quarters` after the present hour compares with the present hour, 1 being alike, as far as this
    /// part of the week is known; `None` where it is not.
    pub fn outlook(&self, quarters: u64) -> Option<f64> {
        let now = self.quarter?;
        let usual = |quarter: u64| -> Option<f64> {
            let slot = (quarter % WEEK) as u16;
            let known = self.cells.values().filter_map(|cell| cell.profile.get(&slot));
            known.map(|usual| usual.0).reduce(|sum, usual| sum + usual)
        };
        let level: Vec<f64> = (now..now + 4 + quarters).map(usual).collect::<Option<_>>()?;
        let hours = level.windows(4).map(|hour| hour.iter().sum::<f64>());
        let busiest = hours.skip(4).fold(0.0, f64::max);
        Some(busiest / level.iter().take(4).sum::<f64>().max(1.0))
    }
    /// The cell of a place.
    pub fn cell(&self, place: Position) -> Cell {
        Cell::around(place, self.resolution)
    }
    /// How good it has been so far.
    pub fn errors(&self) -> Errors {
        self.errors
    }

    fn close(&mut self, quarter: u64) {
        let slot = (quarter % WEEK) as u16;
        let total: f64 = self.cells.values().map(|cell| f64::from(cell.now)).sum();
        let usual: f64 = self.cells.values().filter_map(|cell| cell.profile.get(&slot)).map(|p| p.0).sum();
        self.level += LEVEL_WEIGHT * (total - self.level);
        if usual > 0.0 {
            self.known_level += LEVEL_WEIGHT * (total - self.known_level);
            self.profile_level += LEVEL_WEIGHT * (usual - self.profile_level);
        }
        for cell in self.cells.values_mut() {
            self.errors.judge(cell, slot);
            let orders = f64::from(cell.now);
            cell.share += SHARE_WEIGHT * (orders - cell.share);
            cell.seen *= 1.0 - SHARE_WEIGHT;
            let learnt = cell.profile.entry(slot).or_insert((orders, cell.now));
            *learnt = (learnt.0 + PROFILE_WEIGHT * (orders - learnt.0), cell.now);
            cell.recent.rotate_right(1);
            cell.recent[0] = std::mem::take(&mut cell.now);
        }
    }

    fn open(&mut self, quarter: u64) {
        let slot = (quarter % WEEK) as u16;
        let shares: f64 = self.cells.values().map(|cell| cell.share).sum();
        let known = self.cells.values().any(|cell| cell.profile.contains_key(&slot));
        let correction = if self.profile_level > 0.0 {
            (self.known_level / self.profile_level).clamp(CORRECTION.0, CORRECTION.1)
        } else {
            1.0
        };
        for cell in self.cells.values_mut() {
            cell.expected = match cell.profile.get(&slot) {
                Some((usual, _)) => usual * correction,
                None if known || shares <= 0.0 => 0.0,
                None => self.level * cell.share / shares,
            };
        }
        while let Some(booked) = self.booked.first_entry().filter(|booked| *booked.key() <= quarter) {
            booked.remove().into_iter().for_each(|place| self.count(place));
        }
        self.cells.values_mut().for_each(|cell| cell.booked = cell.now);
    }
}

impl Errors {
    fn judge(&mut self, cell: &CellHistory, slot: u16) {
        let orders = f64::from(cell.now);
        let last_hour = f64::from(cell.recent.iter().sum::<u32>()) / 4.0;
        self.orders += orders;
        self.forecast += (cell.expected - orders).abs();
        self.last_hour += (last_hour - orders).abs();
        if let Some((_, last_week)) = cell.profile.get(&slot) {
            self.orders_of_known_weeks += orders;
            self.last_week += (f64::from(*last_week) - orders).abs();
        }
    }
}
