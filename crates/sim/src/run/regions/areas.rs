//! Where the regions of a run lie: as the scenario says, or cut so that each has as many of the day's pick-ups.
//!
//! The map is halved across its longer side, and each half again: as a k-d tree over pick-ups, whose cells are the regions. Source: Bentley,
//! "Multidimensional binary search trees used for associative searching", Communications of the ACM 18(9), 1975.

use crate::day::Day;
use crate::error::SimError;
use crate::scenario::Scenario;
use paceline_engine::Borders;
use paceline_model::{Geofence, GeofenceId, Invalid, Position, RegionId};
use paceline_road::Roads;
use std::sync::Arc;

/// The areas reach so far beyond the outermost street, in degrees: what is beyond that is of the nearest.
const MARGIN_DEGREES: f64 = 0.1;
/// The only region of a city that is not cut.
const WHOLE: &str = "main";

/// Where each region lies.
pub(super) struct Areas(Vec<(RegionId, Option<Geofence>)>);

impl Areas {
    /// Errors: areas that the scenario gives and that are none.
    pub(super) fn of(scenario: &Scenario, roads: &Roads, day: &Day) -> Result<Self, SimError> {
        let invalid = |invalid: Invalid| SimError::Invalid {
            path: scenario.path.clone(),
            invalid: invalid.within("regions"),
        };
        let named = scenario.regions.named().map_err(invalid)?;
        let areas = match scenario.regions.number {
            _ if !named.is_empty() => named,
            1 => return Ok(Self(vec![(RegionId::new(WHOLE).map_err(invalid)?, None)])),
            number => {
                let pickups = day.trips.iter().map(|trip| trip.pickup).collect();
                cut(roads, pickups, number as usize).map_err(invalid)?
            }
        };
        Ok(Self(areas.into_iter().map(|(name, area)| (name, Some(area))).collect()))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &RegionId> {
        self.0.iter().map(|(name, _)| name)
    }

    /// The number of a region.
    pub(super) fn number(&self, name: &RegionId) -> Option<usize> {
        self.names().position(|known| known == name)
    }

    /// The region whose place this is: the first whose area holds it, or else the nearest.
    pub(super) fn of_place(&self, place: Position) -> usize {
        let away = |area: &Option<Geofence>| match area {
            Some(area) if !area.contains(place) => area.border_m(place),
            _ => 0.0,
        };
        let nearest = self.0.iter().enumerate().map(|(number, (_, area))| (away(area), number));
        nearest.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, number)| number)
    }

    /// Whether another region than that whose place it is lies within `near_m` of it.
    pub(super) fn is_near_border(&self, place: Position, near_m: f64) -> bool {
        let own = self.of_place(place);
        let others = self.0.iter().enumerate().filter(|(number, _)| *number != own);
        others.filter_map(|(_, (_, area))| area.as_ref()).any(|area| area.border_m(place) <= near_m)
    }

    /// What a region is told of where it and the others lie.
    pub(super) fn borders(&self, of: &RegionId) -> Arc<Borders> {
        let with_area = self.0.iter().filter_map(|(name, area)| Some((name, area.as_ref()?)));
        Arc::new(Borders::of(of, with_area))
    }
}

/// Southern, western, northern and eastern end, in degrees.
#[derive(Clone, Copy)]
struct Cell {
    low: [f64; 2],
    high: [f64; 2],
}

fn cut(roads: &Roads, pickups: Vec<Position>, number: usize) -> Result<Vec<(RegionId, Geofence)>, Invalid> {
    let (low, high) = roads.bounds();
    let whole = Cell {
        low: [low.lat() - MARGIN_DEGREES, low.lon() - MARGIN_DEGREES],
        high: [high.lat() + MARGIN_DEGREES, high.lon() + MARGIN_DEGREES],
    };
    let mut cells = Vec::new();
    halve(whole, pickups, number, &mut cells);
    let named = cells.into_iter().enumerate().map(|(number, cell)| {
        let name = format!("r{}", number + 1);
        Ok((RegionId::new(&name)?, cell.area(&name)?))
    });
    named.collect()
}

/// Cuts a cell into `number`, from south to north or from west to east.
fn halve(cell: Cell, mut pickups: Vec<Position>, number: usize, cells: &mut Vec<Cell>) {
    if number <= 1 {
        cells.push(cell);
        return;
    }
    let axis = longer_axis(&pickups);
    pickups.sort_by(|a, b| degrees(*a)[axis].total_cmp(&degrees(*b)[axis]));
    let lower = number / 2;
    let upper = pickups.split_off(pickups.len() * lower / number);
    let ends = [pickups.last(), upper.first()].map(|end| end.map(|place| degrees(*place)[axis]));
    let at = match ends {
        [Some(below), Some(above)] => (below + above) / 2.0,
        _ => (cell.low[axis] + cell.high[axis]) / 2.0,
    };
    let (mut below, mut above) = (cell, cell);
    (below.high[axis], above.low[axis]) = (at, at);
    halve(below, pickups, lower, cells);
    halve(above, upper, number - lower, cells);
}

fn degrees(place: Position) -> [f64; 2] {
    [place.lat(), place.lon()]
}

/// 0 where the places lie further apart from south to north, 1 from west to east.
fn longer_axis(places: &[Position]) -> usize {
    let Some(first) = places.first() else { return 0 };
    let span = |axis: usize| {
        let ends = places.iter().map(|place| degrees(*place)[axis]);
        ends.clone().fold(f64::MIN, f64::max) - ends.fold(f64::MAX, f64::min)
    };
    usize::from(span(1) * first.lat().to_radians().cos() > span(0))
}

impl Cell {
    fn area(self, name: &str) -> Result<Geofence, Invalid> {
        let ([south, west], [north, east]) = (self.low, self.high);
        let corners = [(south, west), (south, east), (north, east), (north, west)];
        let ring = corners.map(|(lat, lon)| Position::new(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0)));
        Geofence::new(GeofenceId::new(name)?, ring.into_iter().collect::<Result<_, _>>()?)
    }
}
