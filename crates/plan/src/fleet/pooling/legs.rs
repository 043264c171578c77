//! How long between two places, asked millions of times a round: a trait, and its answer by look-up on the roads.
//!
//! Every drive of a shared route ends at somebody's stop. So the table has a column per stop, filled when the order is
//! first seen and kept from round to round; vehicles, which move all the time, cost nothing.

use crate::Budget;
use paceline_model::{Centimetres, Millis};
use paceline_road::{Leg, PreparedPoint, RoadPoint, Roads, Search, TravelTimes};

/// A place in one problem: dense, from 0, given out by whoever makes the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub u32);

/// Time and effort between places.
pub trait Legs {
    /// The drive from one place to another that is somebody's stop; [`Leg::UNREACHABLE`] if there is none.
    fn leg(&self, from: Place, to: Place) -> Leg;
}

/// A square table, row = from, column = to: for tests and small problems.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// How many places.
    pub places: usize,
    /// Drives, row by row.
    pub legs: Vec<Leg>,
}

impl Table {
    /// Shape: `ms` is places × places, row = from; a metre a tenth of a second.
    pub fn of_times(places: usize, ms: &[u32]) -> Self {
        let leg = |&ms: &u32| Leg { time: Millis(ms), distance: Centimetres(ms), effort: Centimetres(ms) };
        Self { places, legs: ms.iter().map(leg).collect() }
    }
}

impl Legs for Table {
    fn leg(&self, from: Place, to: Place) -> Leg {
        self.legs[from.0 as usize * self.places + to.0 as usize]
    }
}

/// Answers from the network's kept columns.
pub(super) struct RoadLegs<'a> {
    roads: &'a Roads,
    search: &'a Search,
    points: Vec<PreparedPoint>,
}

impl<'a> RoadLegs<'a> {
    /// Prepares `stops`, and answers for them and for `others`, which are numbered first. Stops whose column the budget
    /// did not allow are never reached; says how many those are.
    pub(super) fn new(
        roads: &'a Roads,
        search: &'a mut Search,
        others: &[RoadPoint],
        stops: &[RoadPoint],
        budget: &mut Budget,
    ) -> (Self, u32) {
        let points: Vec<PreparedPoint> =
            others.iter().chain(stops).map(|&place| roads.prepare_point(place)).collect();
        let mut missing = 0;
        for stop in &points[others.len()..] {
            if budget.is_over() {
                missing += 1;
            } else {
                let settled = roads.cache_drives_to(search, stop);
                budget.spend(settled.max(1));
            }
        }
        (Self { roads, search, points }, missing)
    }
}

impl Legs for RoadLegs<'_> {
    fn leg(&self, from: Place, to: Place) -> Leg {
        self.roads.cached_leg(self.search, &self.points[from.0 as usize], &self.points[to.0 as usize])
    }
}

/// Answers by one search each, as the check wants it: slow, and nothing in common with the columns.
pub(super) struct SearchedLegs<'a> {
    roads: &'a Roads,
    search: std::cell::RefCell<&'a mut Search>,
    places: Vec<RoadPoint>,
}

impl<'a> SearchedLegs<'a> {
    /// Places in the order of their numbers.
    pub(super) fn new(roads: &'a Roads, search: &'a mut Search, places: Vec<RoadPoint>) -> Self {
        Self { roads, search: std::cell::RefCell::new(search), places }
    }
}

impl Legs for SearchedLegs<'_> {
    fn leg(&self, from: Place, to: Place) -> Leg {
        let search = &mut **self.search.borrow_mut();
        self.roads.leg(search, self.places[from.0 as usize], self.places[to.0 as usize])
    }
}
