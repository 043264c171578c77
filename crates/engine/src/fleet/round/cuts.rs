//! Drives that closed roads cut.
//!
//! The engine knows where a vehicle is and where it is going, not which path it takes: the one that was fastest before stands for it.

use crate::fleet::Fleet;
use crate::fleet::closures::Closures;
use crate::fleet::places::{Places, place_of};
use crate::fleet::row::{Event, Job};
use crate::fleet::trip_leg::TripLeg;
use crate::fleet::view::{View, dispatch_failed};
use paceline_model::{FailureCause, Millis, OrderIdx, Position, Reading, RouteCut, StopKind, VehicleIdx};
use paceline_road::{EdgeId, RoadPoint, Roads};

/// Drives looked at in one tick, at some 0.3 ms each.
const DRIVES_PER_TICK: usize = 64;

/// The events of the next few drives on the list.
pub(in crate::fleet) fn cuts(fleet: &mut Fleet) -> Vec<Event> {
    let Some(mut closures) = fleet.closures.take() else { return Vec::new() };
    let mut events = Vec::new();
    for _ in 0..DRIVES_PER_TICK.min(closures.todo.len()) {
        let Some((vehicle, leg)) = closures.todo.pop_front() else { break };
        events.extend(cut(fleet, &closures, vehicle, leg));
    }
    fleet.closures = (!closures.todo.is_empty()).then_some(closures);
    events
}

fn cut(fleet: &mut Fleet, closures: &Closures, vehicle: VehicleIdx, leg: TripLeg) -> Vec<Event> {
    // Whoever has set out for something else since has done so on the new travel times.
    let known = fleet.world.vehicles.get(vehicle).filter(|known| TripLeg::of(known) == Some(leg));
    let Some((job, reading)) = known.map(|known| (known.job.clone(), known.newest())) else {
        return Vec::new();
    };
    let places = goals(fleet, vehicle, &job);
    let Some(found) = places.and_then(|places| cut_between(fleet, closures, &places)) else {
        return Vec::new();
    };
    let lost = found.drive_now.is_none();
    let orders = job.orders().into_iter().copied().collect();
    let mut events = vec![Event::RouteCut { vehicle, reading, orders, cut: found }];
    if lost {
        events.extend(given_up(&fleet.view(), vehicle, &job, reading));
    }
    events
}

/// Where a vehicle is, and where it is going, in that order. `None`: not near a road.
fn goals(fleet: &mut Fleet, vehicle: VehicleIdx, job: &Job) -> Option<Vec<RoadPoint>> {
    let m_max = fleet.options.snap_m_max;
    let position = |order: OrderIdx, kind: StopKind| {
        let spec = &fleet.world.orders.get(order)?.spec;
        Some(if kind == StopKind::PickUp { spec.pickup } else { spec.dropoff })
    };
    let to: Vec<Position> = match job {
        Job::ToPickup(order) => vec![position(*order, StopKind::PickUp)?],
        Job::Aboard(order) => vec![position(*order, StopKind::DropOff)?],
        Job::Sharing(route) => {
            route.stops().iter().map(|stop| position(stop.order, stop.kind)).collect::<Option<_>>()?
        }
        Job::ToCharger(charger) => vec![fleet.world.chargers.get(*charger)?.spec.position],
        Job::Free | Job::Offered(_) | Job::AtPickup(_) | Job::AtCharger(_) | Job::Out => return None,
    };
    let from = place_of(fleet.world.vehicles.get_mut(vehicle)?, &fleet.roads, m_max)?;
    let snap = |at: &Position| fleet.roads.snap(*at, f64::from(m_max)).map(|snapped| snapped.point);
    std::iter::once(Some(from)).chain(to.iter().map(snap)).collect()
}

/// What closed roads do to a drive from place to place, if they cut it.
fn cut_between(fleet: &mut Fleet, closures: &Closures, places: &[RoadPoint]) -> Option<RouteCut> {
    let (roads, search) = (&fleet.roads, &mut fleet.places);
    let mut first = None;
    let mut before = Millis::ZERO;
    for pair in places.windows(2) {
        let path = search.path(&closures.before, pair[0], pair[1])?;
        before = before.saturating_add(path.leg.time);
        // Whoever is on a road that is closed drives it to its end.
        let ahead = path.edges.iter().filter(|edge| **edge != places[0].edge);
        // It may have been opened again since.
        let shut = |edge: &EdgeId| closures.closed.contains(edge) && !roads.edge_leg(*edge).is_reachable();
        first = first.or_else(|| ahead.copied().find(shut));
    }
    let edge = first?;
    let drive_now = drive(search, roads, places);
    Some(RouteCut {
        edge: edge.0,
        street: roads.edge_name(edge).map(str::to_owned),
        position: roads.edge_geometry(edge).first().copied().unwrap_or_default(),
        drive_before: before,
        drive_now,
    })
}

/// The drive from place to place as the roads are now; `None`: there is none.
fn drive(search: &mut Places, roads: &Roads, places: &[RoadPoint]) -> Option<Millis> {
    let mut places = places.to_vec();
    if let Some(first) = places.first_mut()
        && !roads.edge_leg(first.edge).is_reachable()
    {
        first.fraction = u16::MAX;
    }
    let mut legs = places.windows(2).map(|pair| search.leg(roads, pair[0], pair[1]));
    legs.try_fold(Millis::ZERO, |sum, leg| leg.is_reachable().then(|| sum.saturating_add(leg.time)))
}

/// What a vehicle that cannot get to where it was going gives up. Riders who are aboard stay.
fn given_up(view: &View, vehicle: VehicleIdx, job: &Job, reading: Reading) -> Vec<Event> {
    let failed = |order: &OrderIdx| dispatch_failed(view, vehicle, *order, FailureCause::RoadClosed);
    match job {
        Job::ToCharger(_) => vec![Event::ChargeEnded { vehicle, reading }],
        Job::ToPickup(order) => failed(order).into_iter().collect(),
        Job::Sharing(route) => {
            route.orders().filter(|order| !route.is_aboard(order)).filter_map(failed).collect()
        }
        _ => Vec::new(),
    }
}
