//! A vehicle as it stands, in full and in a few bytes.

use super::rows::VehicleRow;
use paceline_api as api;
use paceline_api::stream::PositionRow;
use paceline_engine::PositionFix;
use paceline_model::lifecycle::Service;
use paceline_model::{Heading, Job, Route};

pub(crate) fn vehicle(of: &VehicleRow) -> api::VehicleView {
    let reading = of.newest;
    let stops = of.job.route().map_or(&[][..], Route::stops);
    api::VehicleView {
        id: of.spec.id.clone(),
        position: reading.position.into(),
        fix: fix(of.fix),
        heading_deg: reading.heading.map(Heading::as_degrees),
        battery_percent: reading.charge.as_percent(),
        battery_kwh: reading.charge.of(of.spec.powertrain.capacity).as_kwh(),
        seats: of.spec.seats,
        attributes: of.spec.attributes.clone(),
        operational: of.operational.into(),
        service: of.service.into(),
        job: job(of.service, &of.job),
        order: of.job.order().cloned(),
        charger: of.job.charger().cloned(),
        route: stops.iter().map(api::StopView::from).collect(),
        updated_at: reading.at,
    }
}

fn fix(of: PositionFix) -> api::PositionFix {
    match of {
        PositionFix::Awaited => api::PositionFix::Awaited,
        PositionFix::Current => api::PositionFix::Current,
        PositionFix::Missing => api::PositionFix::Missing,
        PositionFix::OffMap => api::PositionFix::OffMap,
    }
}

/// Its row in the stream's positions.
pub(super) fn position(of: &VehicleRow) -> PositionRow {
    let reading = of.newest;
    let short = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let (lat, lon) = (short(reading.position.lat()), short(reading.position.lon()));
    let percent = reading.charge.as_percent().round() as u8;
    PositionRow(of.spec.id.clone(), lat, lon, percent, job(of.service, &of.job))
}

/// What it does, in one word.
pub(super) fn job<O, C>(service: Service, job: &Job<O, C>) -> api::Job {
    if service == Service::NonContactable { api::Job::Lost } else { job.into() }
}
