//! What the regions of a run keep: real fleets in one small town, whose vehicles go from region to region. Orders have another name each time
//! that they are sent, so that keys alone hold that they are placed once.

use crate::town::{SIDE, columns, corner, town};
use paceline_engine::ledger::Change;
use paceline_engine::{Borders, Fleet, FleetOptions, Ledger};
use paceline_model::{
    Charge, Command, Driver, Event, Fingerprint, Geofence, GeofenceId, HandOver, IdempotencyKey, Instant,
    Job, Millis, OrderId, OrderSpec, Position, Powertrain, Reading, RegionId, Request, VehicleId,
    VehicleSpec,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a region's log holds.
pub(super) type Recorded = Event;
/// What a region's stream says.
pub(super) type Told = Arc<Change<Recorded>>;

/// How long riders wait: longer than any run lasts and any two clocks differ by.
const PATIENCE: Millis = Millis(20 * 3_600_000);

/// A region in which nothing has happened. Servers' clocks differ by more than vehicles are silent: none is lost for that.
pub(super) fn empty() -> Ledger<Fleet> {
    let options = FleetOptions { silence_max: PATIENCE, ..FleetOptions::default() };
    Ledger::new(Fleet::new(town(), options))
}

/// Where regions begin: each has some columns of the town, as far as there are.
pub(super) fn borders(regions: &[RegionId]) -> BTreeMap<RegionId, Arc<Borders>> {
    let starts = |number: usize| number * SIDE / regions.len().max(1);
    let area = |(number, region): (usize, &RegionId)| {
        let ring = columns(starts(number), starts(number + 1));
        Some((region.clone(), Geofence::new(GeofenceId::new(region.as_str()).ok()?, ring).ok()?))
    };
    let areas: Vec<_> = regions
        .iter()
        .enumerate()
        .filter(|(number, _)| starts(*number) < starts(number + 1))
        .filter_map(area)
        .collect();
    let of = |region: &RegionId| Arc::new(Borders::of(region, areas.iter().map(|(name, area)| (name, area))));
    regions.iter().map(|region| (region.clone(), of(region))).collect()
}

/// What a client sends: an order under a key of its own, or without one. `None`: never, since such names are good.
pub(super) fn place(now: Instant, order: u64, attempt: u64, keyed: bool) -> Option<Request> {
    let key = keyed.then(|| IdempotencyKey::new(&format!("k{order}")).ok()).flatten();
    let spec = OrderSpec {
        id: OrderId::new(&format!("o{order}x{attempt}")).ok()?,
        pickup: place_of(order),
        dropoff: place_of(order * 7 + 3),
        party: 1,
        earliest_pickup: now,
        latest_pickup: now + PATIENCE,
        desired_arrival: None,
        priority: BTreeSet::new(),
        attributes: BTreeSet::new(),
        geofence: None,
    };
    Some(Request { command: Command::PlaceOrder(spec), key: key.map(|key| (key, Fingerprint(order))) })
}

/// Which client's order it is.
pub(super) fn number_of(order: &OrderId) -> Option<u64> {
    order.as_str().strip_prefix('o')?.split('x').next()?.parse().ok()
}

/// A vehicle's name.
pub(super) fn vehicle(number: usize) -> Option<VehicleId> {
    VehicleId::new(&format!("v{number}")).ok()
}

/// What a vehicle says when it joins.
pub(super) fn join(now: Instant, id: VehicleId) -> Option<Request> {
    let place = id.as_str().bytes().map(u64::from).sum();
    let reading = Reading {
        position: place_of(place),
        heading: None,
        charge: Charge::from_percent(80.0).ok()?,
        at: now,
    };
    let powertrain = Powertrain::new(50.0, 140.0, 400).ok()?;
    let spec =
        VehicleSpec { id, seats: 4, powertrain, attributes: BTreeSet::new(), driver: Driver::Automatic };
    Some(plain(Command::PutVehicle(spec, reading)))
}

/// What a vehicle does next.
pub(super) enum Next {
    /// It says where it is.
    Say(Reading),
    Do(Command),
}

/// What a vehicle does next that goes from one thing that it has to do to the other. One that is not here is told so.
pub(super) fn next(fleet: &Fleet, now: Instant, id: &VehicleId) -> Next {
    let world = fleet.world();
    let Some(known) = world.vehicle(id) else { return Next::Do(Command::Recover(id.clone())) };
    let reading = Reading { at: now, ..known.newest() };
    match world.named(known).job {
        Job::ToPickup(order) => Next::Do(Command::Arrived(id.clone(), order)),
        Job::AtPickup(order) => Next::Do(Command::PickedUp(id.clone(), order)),
        Job::Aboard(order) => {
            let there = world.order(&order).map_or(reading.position, |order| order.spec.dropoff);
            Next::Do(Command::DroppedOff(id.clone(), order, Reading { position: there, ..reading }))
        }
        _ => Next::Say(reading),
    }
}

/// What a region is told of a vehicle that left another for it.
pub(super) fn take(from: RegionId, given: HandOver) -> Request {
    plain(Command::ReceiveHandOver(from, given.number, given.vehicle, given.reading))
}

/// A command without a key.
pub(super) fn plain(command: Command) -> Request {
    Request { command, key: None }
}

fn place_of(number: u64) -> Position {
    // The first corner is where receivers without a fix say that they are.
    let number = number as usize % (SIDE * SIDE - 1) + 1;
    corner((number % SIDE, number / SIDE))
}
