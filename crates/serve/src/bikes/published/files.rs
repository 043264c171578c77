//! What the files of a region's feed say, as functions of how the region stands. Source: General Bikeshare Feed Specification 3.0.

use super::options::{GbfsOptions, PublishedKind};
use crate::bikes::{BikesModel, LooseBikes};
use paceline_api::bikes::{
    GBFS_VERSION, GbfsCount, GbfsIndex, GbfsLink, GbfsStation, GbfsStations, GbfsStatus, GbfsStatuses,
    GbfsSystem, GbfsText, GbfsVehicle, GbfsVehicleType, GbfsVehicleTypes, GbfsVehicles, GbfsVersion,
    GbfsVersions,
};
use paceline_engine::bikes::StationRow;
use paceline_gbfs::StandingBike;
use paceline_model::RegionId;
use paceline_model::bikes::{BikeCounts, BikeState, Propulsion};

/// The files, by their names without the ending, as the index lists them.
pub(super) const FILES: [&str; 7] = [
    "gbfs",
    "gbfs_versions",
    "system_information",
    "vehicle_types",
    "station_information",
    "station_status",
    "vehicle_status",
];

/// `folder` is where the files are, with a slash at its end.
pub(super) fn index(folder: &str) -> GbfsIndex {
    let link = |name: &str| GbfsLink { name: name.into(), url: format!("{folder}{name}.json") };
    GbfsIndex { feeds: FILES.map(link).into() }
}

pub(super) fn versions(folder: &str) -> GbfsVersions {
    let version = GbfsVersion { version: GBFS_VERSION.into(), url: format!("{folder}gbfs.json") };
    GbfsVersions { versions: vec![version] }
}

pub(super) fn system(options: &GbfsOptions, region: &RegionId) -> GbfsSystem {
    let system_id = options.system_id(region);
    let name = options.name.clone().unwrap_or_else(|| system_id.clone());
    GbfsSystem {
        system_id,
        languages: vec![options.language.clone()],
        name: said(options, name),
        opening_hours: options.opening_hours.clone(),
        feed_contact_email: options.contact_email.clone(),
        timezone: options.timezone.clone(),
    }
}

pub(super) fn vehicle_types(options: &GbfsOptions) -> GbfsVehicleTypes {
    let kind = |kind: &PublishedKind| GbfsVehicleType {
        vehicle_type_id: kind.id.to_string(),
        form_factor: if kind.cargo { "cargo_bicycle" } else { "bicycle" }.into(),
        propulsion_type: match kind.propulsion {
            Propulsion::Human | Propulsion::Other => "human",
            Propulsion::ElectricAssist => "electric_assist",
            Propulsion::Electric => "electric",
        }
        .into(),
        max_range_meters: kind.range_m_max,
    };
    GbfsVehicleTypes { vehicle_types: options.kinds.iter().map(kind).collect() }
}

pub(super) fn stations(options: &GbfsOptions, model: &BikesModel) -> GbfsStations {
    let station = |row: &StationRow| {
        let spec = &row.spec;
        GbfsStation {
            station_id: spec.id.to_string(),
            name: said(options, spec.name.clone().unwrap_or_else(|| spec.id.to_string())),
            lat: spec.position.lat(),
            lon: spec.position.lon(),
            capacity: spec.docks,
        }
    };
    GbfsStations { stations: of_riders(model).map(station).collect() }
}

pub(super) fn statuses(options: &GbfsOptions, model: &BikesModel) -> GbfsStatuses {
    GbfsStatuses { stations: of_riders(model).filter_map(|row| status(options, row)).collect() }
}

/// `None`: nobody knows what stands there.
fn status(options: &GbfsOptions, row: &StationRow) -> Option<GbfsStatus> {
    let believed = row.stock.believed();
    let (stock, service) = (believed.known()?, row.in_service());
    Some(GbfsStatus {
        station_id: row.spec.id.to_string(),
        num_vehicles_available: stock.bikes.total(),
        vehicle_types_available: by_kind(options, &stock.bikes),
        num_vehicles_disabled: stock.bikes_broken,
        num_docks_available: stock.room.bikes(),
        num_docks_disabled: stock.docks_broken,
        is_installed: service.on_street,
        is_renting: service.renting,
        is_returning: service.returning,
        last_reported: row.counted_at()?,
    })
}

/// All bikes by the kinds that are published: what is of none of these counts as the first.
fn by_kind(options: &GbfsOptions, bikes: &BikeCounts) -> Vec<GbfsCount> {
    let of = |kind: &PublishedKind| bikes.of(&kind.id);
    let named: u32 = options.kinds.iter().map(of).fold(0, u32::saturating_add);
    let count = |(at, kind): (usize, &PublishedKind)| {
        let rest = if at == 0 { bikes.total().saturating_sub(named) } else { 0 };
        GbfsCount { vehicle_type_id: kind.id.to_string(), count: of(kind) + rest }
    };
    options.kinds.iter().enumerate().map(count).collect()
}

/// Bikes that stand at no station, by name. Reserved ones are left out.
pub(super) fn vehicles(options: &GbfsOptions, loose: &LooseBikes) -> GbfsVehicles {
    let vehicle = |bike: &StandingBike| {
        let mut kinds = options.kinds.iter().map(|kind| &kind.id);
        let kind = kinds.clone().find(|kind| bike.kind.as_ref() == Some(*kind)).or(kinds.next())?;
        Some(GbfsVehicle {
            vehicle_id: bike.id.to_string(),
            lat: bike.at.lat(),
            lon: bike.at.lon(),
            vehicle_type_id: kind.to_string(),
            is_reserved: bike.state == BikeState::Reserved,
            is_disabled: bike.state == BikeState::Broken,
            current_range_meters: bike.range_m,
            last_reported: bike.listed_at,
        })
    };
    let cells = loose.cells();
    let mut vehicles: Vec<GbfsVehicle> =
        cells.values().flat_map(|cell| &cell.bikes).filter_map(vehicle).collect();
    vehicles.sort_unstable_by(|one, other| one.vehicle_id.cmp(&other.vehicle_id));
    GbfsVehicles { vehicles }
}

/// Stations that riders come to. What stands in a cell is named bike by bike.
fn of_riders(model: &BikesModel) -> impl Iterator<Item = &StationRow> {
    model.stations.values().filter(|row| !row.is_depot() && !row.is_cell())
}

fn said(options: &GbfsOptions, text: String) -> Vec<GbfsText> {
    vec![GbfsText { text, language: options.language.clone() }]
}
