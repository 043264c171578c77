//! Stations, and what stands at them.

use crate::bikes::demand::counted;
use crate::bikes::row::StationRow;
use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{StationId, StationReport, StationSpec};
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
            if let Some((before, after)) = before.zip(counted(row)) {
                world.demand.see(offset, (&report.station, place), (before, after));
            }
        }
        world.touch_station(&report.station);
    }
}
