//! Rows of a bikes region as the wire shows them.

use super::loose::LooseBikes;
use super::model::BikesModel;
use paceline_api::bikes as api;
use paceline_engine::bikes::{OrderExplained, OrderRow, StationExplained, StationRow, VanRow};
use paceline_gbfs::StandingBike;
use paceline_model::Instant;
use paceline_model::bikes::{BikeReading, Hotspot, OrderCause, OrderPhase, StockReading, Task, VanState};

/// A station, with the bikes that stand there one by one where it is a cell.
pub(crate) fn station(row: &StationRow, loose: &LooseBikes) -> api::StationView {
    let (reported, believed) = (row.stock.reported.known(), row.stock.believed());
    let unknown = match &believed {
        StockReading::Known(_) => None,
        StockReading::Unknown(why) => Some(why.to_string()),
    };
    let believed = believed.known();
    api::StationView {
        id: row.spec.id.to_string(),
        spec: (&*row.spec).into(),
        service: row.in_service().into(),
        closed: row.closed,
        bikes: believed.map(|stock| stock.bikes.total()),
        bikes_reported: reported.map(|stock| stock.bikes.total()),
        bikes_broken: reported.map(|stock| stock.bikes_broken),
        docks_free: believed.and_then(|stock| stock.room.bikes()),
        docks_broken: believed.map_or(row.stock.docks_broken, |stock| stock.docks_broken),
        locked_in: row.stock.locked_in,
        batteries_low: row.stock.low_batteries(),
        batteries_flat: row.stock.batteries.flat(),
        counted_at: row.counted_at(),
        unknown,
        hotspot: row.hotspot.map(|(hotspot, _)| hotspot.into()),
        hotspot_since: row.hotspot.map(|(_, since)| since),
        work_orders: row.orders.iter().map(ToString::to_string).collect(),
        loose_bikes: loose.of_cell(&row.spec.id).iter().map(loose_bike).collect(),
    }
}

/// A bike that stands at no station.
fn loose_bike(of: &StandingBike) -> api::LooseBikeView {
    api::LooseBikeView {
        id: of.id.to_string(),
        position: of.at.into(),
        kind: of.kind.as_ref().map(ToString::to_string),
        state: of.state.into(),
        range_m: of.range_m,
    }
}

/// A bike whose battery is to be changed.
fn low_bike(of: &BikeReading) -> api::LowBikeView {
    api::LowBikeView {
        id: of.id.to_string(),
        position: of.loose_at().map(Into::into),
        kind: of.kind.as_ref().map(ToString::to_string),
        charge_percent: of.charge.map(|charge| charge.as_percent()),
        range_m: of.range_m,
    }
}

/// What is wrong at a station, if anything is.
pub(crate) fn hotspot(model: &BikesModel, row: &StationRow) -> Option<api::HotspotView> {
    let (what, since) = row.hotspot?;
    let believed = row.stock.believed();
    let orders = || row.orders.iter().filter_map(|id| model.orders.get(id));
    Some(api::HotspotView {
        station: row.spec.id.to_string(),
        name: row.spec.name.clone(),
        what: what.into(),
        since,
        bikes: believed.known().map(|stock| stock.bikes.total()),
        docks_free: believed.known().and_then(|stock| stock.room.bikes()),
        batteries_low: row.stock.low_batteries(),
        silence: silence(row, orders()).filter(|_| what == Hotspot::GivesNone),
        work_orders: row.orders.iter().map(ToString::to_string).collect(),
        vans: orders().filter_map(|order| order.van.as_ref().map(ToString::to_string)).collect(),
    })
}

/// Departures that did not happen.
fn silence<'a>(
    row: &StationRow,
    mut orders: impl Iterator<Item = &'a OrderRow>,
) -> Option<api::NoRentalsView> {
    let silence = row.watch.silence;
    let one_in = orders.find_map(|order| match order.cause {
        OrderCause::NoRentals { one_in, .. } => Some(one_in),
        _ => None,
    });
    Some(api::NoRentalsView { since: silence.since?, rentals_expected: silence.expected, rentals: 0, one_in })
}

/// A van, with what its crew has before it.
pub(crate) fn van(model: &BikesModel, loose: &LooseBikes, row: &VanRow, now: Instant) -> api::VanView {
    let orders = row.orders.iter().filter_map(|id| model.orders.get(id));
    api::VanView {
        id: row.spec.id.to_string(),
        spec: api::NewVan::of(&row.spec),
        state: row.state.into(),
        since: row.since,
        off_shift: row.is_off(now),
        aboard: row.aboard,
        batteries: row.batteries.into(),
        position: row.position().into(),
        stops: orders.map(|order| stop(model, loose, order)).collect(),
    }
}

fn stop(model: &BikesModel, loose: &LooseBikes, order: &OrderRow) -> api::VanStopView {
    let station = model.stations.get(&order.station);
    api::VanStopView {
        work_order: order.id.to_string(),
        task: order.task.into(),
        station: order.station.to_string(),
        name: station.and_then(|row| row.spec.name.clone()),
        position: station.map(|row| row.spec.position.into()),
        bikes: order.bikes.into(),
        phase: order.phase.into(),
        why: order.cause.to_string(),
        low_bikes: match order.task {
            Task::SwapBattery => loose.low_at(&order.station).iter().map(low_bike).collect(),
            _ => Vec::new(),
        },
        loose_bikes: match order.task {
            Task::Collect => loose.of_cell(&order.station).iter().map(loose_bike).collect(),
            _ => Vec::new(),
        },
    }
}

/// What stands at a station, in a few bytes.
pub(super) fn stock_row(row: &StationRow) -> api::StockRow {
    let believed = row.stock.believed();
    let stock = believed.known();
    api::StockRow(
        row.spec.id.to_string(),
        stock.map(|stock| stock.bikes.total()),
        stock.and_then(|stock| stock.room.bikes()),
        row.hotspot.map(|(hotspot, _)| hotspot.into()),
    )
}

/// Where a van is, in a few bytes.
pub(super) fn van_position(model: &BikesModel, row: &VanRow, now: Instant) -> api::VanPositionRow {
    let short = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let at = row.position();
    let (lat, lon) = (short(at.lat()), short(at.lon()));
    api::VanPositionRow(row.spec.id.to_string(), lat, lon, row.aboard, van_job(model, row, now))
}

/// What a van does.
pub(super) fn van_job(model: &BikesModel, row: &VanRow, now: Instant) -> api::VanJob {
    let first = row.orders.first().and_then(|id| model.orders.get(id));
    match first {
        _ if row.state == VanState::BrokenDown => api::VanJob::BrokenDown,
        Some(order) if order.phase == OrderPhase::UnderWay => api::VanJob::Working,
        Some(_) => api::VanJob::Driving,
        None if row.is_off(now) => api::VanJob::OffShift,
        None => api::VanJob::Free,
    }
}

/// A work order.
pub(crate) fn work_order(row: &OrderRow) -> api::WorkOrderView {
    let steps = row.steps.iter();
    api::WorkOrderView {
        id: row.id.to_string(),
        task: row.task.into(),
        station: row.station.to_string(),
        bikes: row.bikes.into(),
        phase: row.phase.into(),
        van: row.van.as_ref().map(ToString::to_string),
        cause: row.cause.to_string(),
        supplies: row.supplies().map(ToString::to_string),
        since: row.since(),
        steps: steps.map(|(at, step)| api::WorkOrderStep { at: *at, what: step.to_string() }).collect(),
    }
}

/// Why a work order stands as it does.
pub(crate) fn order_explained(of: &OrderExplained) -> api::WorkOrderExplained {
    let decision = of.order.decision.as_deref();
    let next = decision.and_then(|decision| decision.next_best.as_ref());
    api::WorkOrderExplained {
        work_order: work_order(&of.order),
        arrives_in_s: decision.map(|decision| decision.arrives_in.0 / 1_000),
        next_best: next.map(|(van, _)| van.to_string()),
        words: of.words.clone(),
    }
}

/// Why a station has work orders or none.
pub(crate) fn station_explained(of: &StationExplained, loose: &LooseBikes) -> api::StationExplained {
    api::StationExplained { station: station(&of.station, loose), words: of.words.clone() }
}
