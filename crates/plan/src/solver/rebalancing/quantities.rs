//! How many bikes where, for a route whose stops and order are fixed. The tours of `plan::bikes` call it for every route
//! that they weigh; the static problem beside it does not, its quantities are given.
//!
//! Exact for any values, concave or not: a dynamic programme over the load. Loads that cannot be reached, or from which
//! the rest of the route is impossible, are worth minus infinity.

use std::ops::Add;

/// What a stop may be given, and what each change is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopValues<'a> {
    /// The change of the station's stock that `values[0]` belongs to, in bikes; below 0, bikes are collected.
    pub delta_min: i32,
    /// For each change from `delta_min` on, what it is worth; more is better. Minus infinity or NaN: not allowed.
    pub values: &'a [f64],
}

/// A route with its stops in order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouteStops<'a> {
    /// Bikes aboard before the first stop.
    pub start_load: u32,
    /// Bikes that fit aboard.
    pub capacity: u32,
    /// In the order of driving.
    pub stops: &'a [StopValues<'a>],
    /// For each load from 0 on, what it is worth to end with it; loads beyond are not allowed. Empty: any load, worth 0.
    pub end_values: &'a [f64],
}

/// The best quantities of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantities {
    /// For each stop, the change of its stock; below 0, bikes are collected.
    pub deltas: Vec<i32>,
    /// What the changes and the last load are worth together.
    pub value: f64,
}

/// The changes that are worth most together, with the load between 0 and the capacity all the way. Of several that are
/// worth the same, one that moves the fewest bikes.
///
/// `None`: no choice keeps the rules, or `start_load` does not fit. Values of opposite infinite sign must not meet.
/// Time: stops x loads x changes. Memory: stops x loads.
/// Source: Raviv, Tzur and Forma, EURO Journal on Transportation and Logistics 2(3), 2013, for the problem; the programme
/// over loads is the textbook's.
pub fn best_quantities(route: &RouteStops) -> Option<Quantities> {
    let mut behind = vec![LoadValues::at_end(route.capacity, route.end_values)];
    for stop in route.stops.iter().rev() {
        behind.push(behind[behind.len() - 1].before(stop));
    }
    let mut load = route.start_load;
    let value = behind[behind.len() - 1].value(load)?;
    let mut deltas = Vec::with_capacity(route.stops.len());
    for (stop, rest) in route.stops.iter().zip(behind.iter().rev().skip(1)) {
        let (delta, _) = rest.best_change(load, stop)?;
        load = u32::try_from(i64::from(load) - i64::from(delta)).ok()?;
        deltas.push(delta);
    }
    Some(Quantities { deltas, value })
}

/// For each load at one point of a route, what the best choices on one side of that point are worth: of the stops before
/// it, or of those behind it. Kept for the points of a route, they tell in one step what a stop more would bring
/// ([`LoadValues::joined`]).
#[derive(Clone, Debug, PartialEq)]
pub struct LoadValues(Vec<Worth>);

/// More value first, then fewer bikes moved.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Worth {
    value: f64,
    moved: u32,
}

impl Worth {
    const NONE: Self = Self { value: f64::NEG_INFINITY, moved: 0 };

    fn is_possible(self) -> bool {
        self.value > f64::NEG_INFINITY
    }
    fn is_better(self, than: Self) -> bool {
        self.value > than.value || self.value == than.value && self.moved < than.moved
    }
}

impl Add for Worth {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, moved: self.moved + other.moved }
    }
}

impl LoadValues {
    /// Before the first stop: `load` is aboard, worth 0, and nothing else can be.
    pub fn at_start(capacity: u32, load: u32) -> Self {
        let worth = |aboard| if aboard == load { Worth { value: 0.0, moved: 0 } } else { Worth::NONE };
        Self((0..=capacity).map(worth).collect())
    }

    /// Behind the last stop: what it is worth to end with each load, as in [`RouteStops::end_values`].
    pub fn at_end(capacity: u32, end_values: &[f64]) -> Self {
        let value = |load: u32| match end_values {
            [] => 0.0,
            _ => end_values.get(load as usize).copied().unwrap_or(f64::NEG_INFINITY),
        };
        Self((0..=capacity).map(|load| Worth { value: value(load), moved: 0 }).collect())
    }

    /// Values of the loads behind `stop`, where these are values of the loads before it and of what lies before.
    pub fn after(&self, stop: &StopValues) -> Self {
        // Whoever leaves with `left` came with `left + delta`.
        let cell = |left: usize| {
            let (left, top) = (left as i64, self.0.len() as i64 - 1);
            let first = i64::from(stop.delta_min).max(-left);
            let last = stop.delta_max().min(top - left);
            let Some(values) = stop.slice(first, last) else { return Worth::NONE };
            let loads = &self.0[(left + first) as usize..=(left + last) as usize];
            best((first..).zip(values).zip(loads)).map_or(Worth::NONE, |(_, worth)| worth)
        };
        Self((0..self.0.len()).map(cell).collect())
    }

    /// Values of the loads before `stop`, where these are values of the loads behind it and of what lies behind.
    pub fn before(&self, stop: &StopValues) -> Self {
        let worth = |load| self.best_change(load, stop).map_or(Worth::NONE, |(_, worth)| worth);
        Self((0..self.0.len() as u32).map(worth).collect())
    }

    /// What a route is worth whose part up to some point says `self` and whose part from there on says `behind`; `None` if
    /// the two cannot be joined.
    pub fn joined(&self, behind: &Self) -> Option<f64> {
        let sums = self.0.iter().zip(&behind.0).map(|(&before, &behind)| before + behind);
        sums.filter(|worth| worth.is_possible()).map(|worth| worth.value).reduce(f64::max)
    }

    /// What `load` is worth; `None` if it is not possible here.
    pub fn value(&self, load: u32) -> Option<f64> {
        self.0.get(load as usize).filter(|worth| worth.is_possible()).map(|worth| worth.value)
    }

    /// The best change at `stop` with `load` aboard before it, where these are the values behind it.
    fn best_change(&self, load: u32, stop: &StopValues) -> Option<(i32, Worth)> {
        let (load, top) = (i64::from(load), self.0.len() as i64 - 1);
        let (first, last) = (i64::from(stop.delta_min).max(load - top), stop.delta_max().min(load));
        let values = stop.slice(first, last)?;
        let rests = &self.0[(load - last) as usize..=(load - first) as usize];
        best((first..).zip(values).zip(rests.iter().rev())).map(|(delta, worth)| (delta as i32, worth))
    }
}

impl StopValues<'_> {
    fn delta_max(&self) -> i64 {
        i64::from(self.delta_min) + self.values.len() as i64 - 1
    }
    /// Values of the changes from `first` to `last`, which are within the stop's; `None`: there are none.
    fn slice(&self, first: i64, last: i64) -> Option<&[f64]> {
        let at = |delta: i64| (delta - i64::from(self.delta_min)) as usize;
        (first <= last).then(|| &self.values[at(first)..=at(last)])
    }
}

/// The best of some changes, each with what lies on the other side of it. What is not possible, minus infinity or NaN, is never better.
fn best<'a>(changes: impl Iterator<Item = ((i64, &'a f64), &'a Worth)>) -> Option<(i64, Worth)> {
    let mut best = (0, Worth::NONE);
    for ((delta, value), other) in changes {
        let whole = Worth { value: value + other.value, moved: other.moved + delta.unsigned_abs() as u32 };
        if whole.is_better(best.1) {
            best = (delta, whole);
        }
    }
    best.1.is_possible().then_some(best)
}
