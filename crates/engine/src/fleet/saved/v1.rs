//! Snapshots of layout 1: maps by name. Rows are given out in the order of the names.

use crate::fleet::reposition::Learnt;
use crate::fleet::row::{ChargerSite, Order, Vehicle};
use crate::fleet::world::{Rows, World};
use crate::ledger::{Head, IdempotentReply};
use crate::record::RecordError;
use crate::record::v1::convert::Load;
use crate::record::v1::world::{self as stored, Kept, Snapshot};
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{Instant, Invalid, Pages, Position, Refer, Refusal, VehicleId};
use std::collections::BTreeMap;

/// Errors: bytes that are not of this layout, or that speak of what is not in them.
pub(super) fn decode(bytes: &[u8]) -> Result<(Head<Refusal>, World, Option<Learnt>), RecordError> {
    let Snapshot { world: stored, learnt } = Snapshot::decode(bytes)?;
    let head = Head { version: stored.version.load()?, replies: replies(stored.kept, stored.keys_by_age)? };
    let mut world = World { geofences: stored.geofences.load()?, ..World::default() };
    for (_, stored::ChargerSite { spec, taken }) in stored.chargers {
        world.chargers.insert(ChargerSite { spec: spec.load()?, taken });
    }
    let vehicles: BTreeMap<VehicleId, paceline_model::Vehicle> = stored.vehicles.load()?;
    for vehicle in vehicles.values() {
        world.vehicles.insert(Vehicle::new((*vehicle.spec).clone(), vehicle.reading, vehicle.since));
    }
    for (_, order) in stored.orders {
        let order = order_row(&world, order)?;
        world.orders.insert(order);
    }
    let free = vehicles.values().filter(|vehicle| vehicle.job == paceline_model::Job::Free);
    world.freed_at = free.map(|vehicle| vehicle.since).max().unwrap_or_default();
    for (id, vehicle) in vehicles {
        let job = {
            let rows = Rows(&world);
            vehicle.job.map(|order| rows.order(order), |charger| rows.charger(charger))
        };
        let job = job.ok_or(RecordError::Unknown)?;
        if let Some(row) = world.vehicles.find(&id).and_then(|idx| world.vehicles.get_mut(idx)) {
            (row.operational, row.service, row.job) = (vehicle.operational, vehicle.service, job);
        }
    }
    let ended: Vec<_> = stored.ended_by_age.load()?;
    world.ended_by_age =
        ended.into_iter().filter_map(|(at, id)| Some((at, world.orders.find(&id)?))).collect();
    let Some(learnt) = learnt else { return Ok((head, world, None)) };
    let sent: BTreeMap<VehicleId, (Instant, Position)> = learnt.sent.load()?;
    let sent = sent.into_iter().filter_map(|(id, way)| Some((world.vehicles.find(&id)?, way))).collect();
    let learnt = Learnt { forecast: learnt.forecast.load()?, sent };
    Ok((head, world, Some(learnt)))
}

/// The kept replies, oldest first.
fn replies(
    kept: Vec<(&str, Kept<'_>)>,
    by_age: Vec<(u64, &str)>,
) -> Result<Pages<(Instant, IdempotentReply<Refusal>)>, Invalid> {
    let mut kept: BTreeMap<_, _> = kept.into_iter().collect();
    let mut replies = Pages::default();
    for (at, key) in by_age {
        if let Some(Kept { fingerprint, answer }) = kept.remove(key) {
            let (key, fingerprint, answer) = (key.load()?, fingerprint.load()?, answer.load()?);
            replies.push((at.load()?, IdempotentReply { key, fingerprint, answer }));
        }
    }
    Ok(replies)
}

fn order_row(world: &World, order: stored::Order<'_>) -> Result<Order, Invalid> {
    let phase: OrderPhase = order.phase.load()?;
    let (ended, vehicle): (bool, Option<VehicleId>) = (phase.is_final(), order.vehicle.load()?);
    let declined: Vec<VehicleId> = order.declined.load()?;
    Ok(Order {
        phase,
        vehicle: vehicle.as_ref().filter(|_| !ended).and_then(|id| world.vehicles.find(id)),
        ended_with: vehicle.filter(|_| ended),
        since: order.since_ms.load()?,
        latest_pickup: order.latest_pickup_ms.load()?,
        offer_until: order.offer_until_ms.load()?,
        picked_up_at: order.picked_up_at_ms.load()?,
        ended_at: order.ended_at_ms.load()?,
        failures: order.failures,
        // Whoever has left the fleet is not asked again anyhow.
        declined: declined.iter().filter_map(|id| world.vehicles.find(id)).collect(),
        weighing: order.weighing.load()?,
        ..Order::new(order.spec.load()?, order.placed_at_ms.load()?)
    })
}
