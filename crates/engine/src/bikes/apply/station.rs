//! Stations, and what stands at them.

use crate::bikes::demand::counted;
use crate::bikes::row::StationRow;
use crate::bikes::watch::{Counted, Said};
use crate::bikes::world::Bikes;
use paceline_model::bikes::{BatteryReport, StationId, StationReport, StationSpec};
use paceline_model::{Instant, Position, UtcOffset};
use std::sync::Arc;

pub(super) fn put(world: &mut Bikes, spec: Arc<StationSpec>) {
    let id = spec.id.clone();
    match world.station_mut(&id) {
        Some(row) => row.spec = spec,
        None => _ = world.stations.insert(StationRow::new(spec)),
    }
    world.touch_station(&id);
}

pub(super) fn remove(world: &mut Bikes, station: &StationId) {
    if let Some(idx) = world.stations.find(station) {
        world.stations.remove(idx);
    }
    world.changes.station(station);
}

pub(super) fn close(world: &mut Bikes, station: &StationId, closed: bool) {
    if let Some(row) = world.station_mut(station) {
        row.closed = closed;
    }
    world.touch_station(station);
}

pub(super) fn read(world: &mut Bikes, at: Instant, reports: &[StationReport]) {
    let offset = world.options.time_zone.offset(at);
    for report in reports {
        if let Some(row) = world.station_mut(&report.station) {
            let (before, place) = (counted(row), row.spec.position);
            row.report(at, report);
            if let Some(counts) = before.zip(counted(row)) {
                riders(world, offset, (&report.station, place), counts);
            }
        }
        world.touch_station(&report.station);
    }
}

pub(super) fn batteries(world: &mut Bikes, reports: &[BatteryReport]) {
    for BatteryReport { station, count } in reports {
        if let Some(row) = world.station_mut(station) {
            row.stock.batteries.report(*count);
        }
        world.touch_station(station);
    }
}

/// What two counts of a station say of riders, one after the other.
fn riders(
    world: &mut Bikes,
    offset: UtcOffset,
    (id, place): (&StationId, Position),
    counts: (Counted, Counted),
) {
    let Some(row) = world.station_mut(id) else { return };
    let said = row.watch.said(counts);
    if said == Said::Rentals {
        let held = row.watch.begin_anew(counts.1.0);
        world.demand.see_quiet(offset, id, &held);
    }
    let expected = world.demand.see(offset, (id, place), counts, said);
    if let (Some(expected), Some(row)) = (expected.filter(|_| said != Said::Rentals), world.station_mut(id)) {
        row.watch.quiet(said, counts, expected);
    }
}
