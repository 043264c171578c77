//! Snapshots of commit 5df1171: maps by name. Rows are given out in the order of the names.

use crate::fleet::row::{ChargerSite, Order, Vehicle};
use crate::fleet::stands::Learnt;
use crate::fleet::world::{Rows, World};
use crate::ledger::{Head, IdempotentReply};
use crate::record::RecordError;
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{
    Answer, ChargerId, Fingerprint, Geofence, GeofenceId, IdempotencyKey, Instant, OrderId, OrderSpec,
    Position, Refer, Refusal, VehicleId, Version, Weighing,
};
use paceline_plan::forecast::Forecast;
use serde::Deserialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

#[derive(Deserialize)]
struct Stored {
    version: Version,
    vehicles: BTreeMap<VehicleId, paceline_model::Vehicle>,
    orders: BTreeMap<OrderId, StoredOrder>,
    chargers: BTreeMap<ChargerId, ChargerSite>,
    geofences: BTreeMap<GeofenceId, Arc<Geofence>>,
    replies: BTreeMap<IdempotencyKey, (Fingerprint, Answer)>,
    replies_by_age: VecDeque<(Instant, IdempotencyKey)>,
    ended_by_age: VecDeque<(Instant, OrderId)>,
}

#[derive(Deserialize)]
struct StoredOrder {
    spec: Arc<OrderSpec>,
    phase: OrderPhase,
    vehicle: Option<VehicleId>,
    placed_at: Instant,
    since: Instant,
    latest_pickup: Instant,
    offer_until: Option<Instant>,
    picked_up_at: Option<Instant>,
    ended_at: Option<Instant>,
    failures: u8,
    declined: Vec<VehicleId>,
    weighing: Option<Weighing>,
}

/// What was learnt, which follows the world.
#[derive(Deserialize)]
struct StoredLearnt {
    forecast: Forecast,
    sent: BTreeMap<VehicleId, (Instant, Position)>,
}

/// Errors: bytes that are not of this format, or that speak of what is not in them.
pub(super) fn decode(bytes: &[u8]) -> Result<(Head<Refusal>, World, Option<Learnt>), RecordError> {
    let (stored, learnt) = postcard::take_from_bytes::<Stored>(bytes)?;
    let learnt: Option<StoredLearnt> =
        if learnt.is_empty() { None } else { Some(postcard::from_bytes(learnt)?) };
    let mut replies = stored.replies;
    let by_age = stored.replies_by_age.into_iter().filter_map(|(at, key)| {
        let (fingerprint, answer) = replies.remove(&key)?;
        Some((at, IdempotentReply { key, fingerprint, answer }))
    });
    let head = Head { version: stored.version, replies: by_age.collect() };
    let mut world = World { geofences: stored.geofences, ..World::default() };
    stored.chargers.into_values().for_each(|site| _ = world.chargers.insert(site));
    for (id, vehicle) in &stored.vehicles {
        let row = Vehicle::new((*vehicle.spec).clone(), vehicle.reading, vehicle.since);
        debug_assert_eq!(*id, row.spec.id);
        world.vehicles.insert(row);
    }
    let orders = stored.orders.into_values().map(|order| order_row(&world, order)).collect::<Vec<_>>();
    orders.into_iter().for_each(|order| _ = world.orders.insert(order));
    for (id, vehicle) in stored.vehicles {
        let job = {
            let rows = Rows(&world);
            vehicle.job.map(|order| rows.order(order), |charger| rows.charger(charger))
        };
        let job = job.ok_or(RecordError::Unknown)?;
        if let Some(row) = world.vehicles.find(&id).and_then(|idx| world.vehicles.get_mut(idx)) {
            (row.operational, row.service, row.job) = (vehicle.operational, vehicle.service, job);
        }
    }
    let ended = stored.ended_by_age.into_iter();
    world.ended_by_age = ended.filter_map(|(at, id)| Some((at, world.orders.find(&id)?))).collect();
    let learnt = learnt.map(|learnt| {
        let sent = learnt.sent.into_iter();
        let sent = sent.filter_map(|(id, way)| Some((world.vehicles.find(&id)?, way))).collect();
        Learnt::new(learnt.forecast, sent)
    });
    Ok((head, world, learnt))
}

fn order_row(world: &World, order: StoredOrder) -> Order {
    let ended = order.phase.is_final();
    let vehicle = order.vehicle.as_ref().and_then(|id| world.vehicles.find(id));
    Order {
        phase: order.phase,
        vehicle: vehicle.filter(|_| !ended),
        ended_with: order.vehicle.filter(|_| ended),
        since: order.since,
        latest_pickup: order.latest_pickup,
        offer_until: order.offer_until,
        picked_up_at: order.picked_up_at,
        ended_at: order.ended_at,
        failures: order.failures,
        // Whoever has left the fleet is not asked again anyhow.
        declined: order.declined.iter().filter_map(|id| world.vehicles.find(id)).collect(),
        weighing: order.weighing,
        ..Order::new(Arc::unwrap_or_clone(order.spec), order.placed_at)
    }
}
