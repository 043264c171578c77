//! What stands on the street, by parts of the city: loose bikes counted cell by cell, as a station's are. How a city is cut into cells is the
//! caller's.

use crate::movements::{Movements, StandingBike};
use paceline_model::bikes::{AsOf, BikeState, FeedReading, Room, StationId, Stock};
use paceline_model::{Instant, Position};
use std::collections::BTreeMap;

/// So many bikes do not all leave between two polls: a list that has none of them is not believed.
const MANY_BIKES: usize = 20;

/// What stands in one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct CellBikes {
    /// As many as are sure: those for hire, and broken ones apart. Reserved ones are none. Docks limit nothing.
    pub stock: Stock,
    /// The same bikes, by name.
    pub bikes: Vec<StandingBike>,
}

impl CellBikes {
    /// Nothing stands there.
    pub fn none(as_of: Instant) -> Self {
        let (bikes, room, as_of) = (Default::default(), Room::Unlimited, AsOf::Said(as_of));
        Self { stock: Stock { bikes, bikes_broken: 0, docks_broken: 0, room, as_of }, bikes: Vec::new() }
    }

    /// Counts one more. A count that rests on a bike which the newest poll does not list is as old as the poll that did: so a crew's word that
    /// took the bike between the two is newer than the count.
    fn count(&mut self, bike: StandingBike) {
        let stock = &mut self.stock;
        match (bike.state, &bike.kind) {
            (BikeState::Reserved, _) => return,
            (BikeState::Broken, _) => stock.bikes_broken += 1,
            (BikeState::ForHire, Some(kind)) => *stock.bikes.of_kind.entry(kind.clone()).or_default() += 1,
            (BikeState::ForHire, None) => stock.bikes.of_unknown_kind += 1,
        }
        stock.as_of = AsOf::Said(stock.as_of.instant().min(bike.listed_at));
        self.bikes.push(bike);
    }
}

/// Loose bikes, followed from poll to poll.
#[derive(Clone, Debug, Default)]
pub struct LooseBikes(Movements);

impl LooseBikes {
    /// Takes a poll in. Whether anything may rest on what stands there now: not where the poll is not fresh or older than another, where nobody
    /// ever named a loose bike, and where a list that has none follows one that had many.
    pub fn observe(&mut self, reading: &FeedReading) -> bool {
        let listed = reading.loose().count();
        let as_of = reading.as_of.unwrap_or(reading.asked_at);
        let is_old = self.0.newest().is_some_and(|newest| as_of < newest);
        let stood = self.0.standing().count();
        if !reading.health.is_fresh() || is_old || listed == 0 && (stood >= MANY_BIKES || self.is_new()) {
            return false;
        }
        self.0.observe(reading);
        true
    }

    /// Whether no poll was taken in yet.
    fn is_new(&self) -> bool {
        self.0.newest().is_none()
    }

    /// What stands in each cell that has any bike, reserved ones included.
    pub fn by_cell(&self, cell: impl Fn(Position) -> StationId) -> BTreeMap<StationId, CellBikes> {
        let mut cells = BTreeMap::new();
        let Some(newest) = self.0.newest() else { return cells };
        for bike in self.0.standing() {
            cells.entry(cell(bike.at)).or_insert_with(|| CellBikes::none(newest)).count(bike);
        }
        cells
    }

    /// The time of the newest poll that was taken in: what stands in other cells is nothing, as of then.
    pub fn newest(&self) -> Option<Instant> {
        self.0.newest()
    }
}
