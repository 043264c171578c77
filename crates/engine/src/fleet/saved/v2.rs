//! Snapshots of layout 2: the rows of the tables where they stand.

use super::checkpoint::Saved;
use crate::fleet::reposition::Learnt;
use crate::fleet::row::{ChargerSite, Order, Vehicle};
use crate::fleet::world::World;
use crate::ledger::{Head, IdempotentReply};
use crate::record::v1::Geofence as StoredArea;
use crate::record::v1::convert::{Load, Store, same_fields};
use crate::record::v1::world::ChargerSite as StoredSite;
use crate::record::v2::{
    self as stored, Idx, Learnt as StoredLearnt, Reply, Snapshot, append_pages, append_table,
};
use crate::record::{RecordError, append, from_bytes};
use paceline_model::{Geofence, GeofenceId, Invalid, Refusal};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The bytes of a [`Snapshot`], written row by row: a second copy of a large world has no room.
pub(super) fn encode(head: &Head<Refusal>, saved: &Saved) -> Vec<u8> {
    let Head { version, replies } = head;
    let Saved { vehicles, orders, chargers, geofences, ended_by_age, freed_at, learnt, hand_overs: _ } =
        saved;
    let mut bytes = Vec::new();
    append::<u64>(&mut bytes, &version.store());
    append_table::<_, stored::Vehicle>(&mut bytes, vehicles);
    append_table::<_, stored::Order>(&mut bytes, orders);
    append_table::<_, StoredSite>(&mut bytes, chargers);
    let areas: Vec<StoredArea> = geofences.values().map(Store::store).collect();
    append(&mut bytes, &areas);
    append_pages::<_, (u64, Idx)>(&mut bytes, ended_by_age);
    append::<u64>(&mut bytes, &freed_at.store());
    append_pages::<_, (u64, Reply)>(&mut bytes, replies);
    append::<StoredLearnt>(&mut bytes, &learnt.store());
    bytes
}

/// Errors: bytes that are not of this layout, or rows that refer to others that are not there.
pub(super) fn decode(bytes: &[u8]) -> Result<(Head<Refusal>, World, Learnt), RecordError> {
    load(from_bytes(bytes)?)
}

/// Errors: a value that the model refuses, or rows that refer to others that are not there.
pub(super) fn load(snapshot: Snapshot) -> Result<(Head<Refusal>, World, Learnt), RecordError> {
    let Snapshot { version, world, replies, learnt } = snapshot;
    let head = Head { version: version.load()?, replies: replies.load()? };
    let world: World = world.load()?;
    if !is_closed(&world) {
        return Err(RecordError::Unknown);
    }
    Ok((head, world, learnt.load()?))
}

/// Whether all that a job is about, and whoever has an order, is there. Who declined an order may have left.
fn is_closed(world: &World) -> bool {
    let known = |vehicle: &Vehicle| {
        let charger = vehicle.job.charger();
        vehicle.job.orders().iter().all(|order| world.orders.get(**order).is_some())
            && charger.is_none_or(|charger| world.chargers.get(*charger).is_some())
    };
    let held = |order: &Order| order.vehicle.is_none_or(|vehicle| world.vehicles.get(vehicle).is_some());
    world.vehicles.rows().all(known) && world.orders.rows().all(held)
}

same_fields!(Reply<'a>, IdempotentReply<Refusal>, { key, fingerprint, answer });
same_fields!(StoredSite<'a>, ChargerSite, { spec, taken });
same_fields!(StoredLearnt, Learnt, { forecast, sent });

impl Load<World> for stored::World<'_> {
    fn load(self) -> Result<World, Invalid> {
        let areas: Vec<Arc<Geofence>> = self.geofences.load()?;
        let by_name = |area: Arc<Geofence>| (area.id().clone(), area);
        let geofences: BTreeMap<GeofenceId, _> = areas.into_iter().map(by_name).collect();
        Ok(World {
            vehicles: self.vehicles.load()?,
            orders: self.orders.load()?,
            chargers: self.chargers.load()?,
            geofences,
            ended_by_age: self.ended_by_age.load()?,
            freed_at: self.freed_at_ms.load()?,
            ..World::default()
        })
    }
}

impl<'a> Store<'a, stored::Vehicle<'a>> for Vehicle {
    fn store(&'a self) -> stored::Vehicle<'a> {
        let Self { spec, reading, operational, service, job, since, sensed: _ } = self;
        stored::Vehicle {
            spec: spec.store(),
            reading: reading.store(),
            operational: operational.store(),
            service: service.store(),
            job: job.store(),
            since_ms: since.store(),
        }
    }
}

impl Load<Vehicle> for stored::Vehicle<'_> {
    fn load(self) -> Result<Vehicle, Invalid> {
        Ok(Vehicle {
            operational: self.operational.load()?,
            service: self.service.load()?,
            job: self.job.load()?,
            ..Vehicle::new(self.spec.load()?, self.reading.load()?, self.since_ms.load()?)
        })
    }
}

impl<'a> Store<'a, stored::Order<'a>> for Order {
    fn store(&'a self) -> stored::Order<'a> {
        stored::Order {
            spec: self.spec.store(),
            phase: self.phase.store(),
            vehicle: self.vehicle.store(),
            ended_with: self.ended_with.store(),
            placed_at_ms: self.placed_at.store(),
            since_ms: self.since.store(),
            latest_pickup_ms: self.latest_pickup.store(),
            offer_until_ms: self.offer_until.store(),
            picked_up_at_ms: self.picked_up_at.store(),
            ended_at_ms: self.ended_at.store(),
            failures: self.failures,
            declined: self.declined.store(),
            weighing: self.weighing.store(),
        }
    }
}

impl Load<Order> for stored::Order<'_> {
    fn load(self) -> Result<Order, Invalid> {
        Ok(Order {
            phase: self.phase.load()?,
            vehicle: self.vehicle.load()?,
            ended_with: self.ended_with.load()?,
            since: self.since_ms.load()?,
            latest_pickup: self.latest_pickup_ms.load()?,
            offer_until: self.offer_until_ms.load()?,
            picked_up_at: self.picked_up_at_ms.load()?,
            ended_at: self.ended_at_ms.load()?,
            failures: self.failures,
            declined: self.declined.load()?,
            weighing: self.weighing.load()?,
            ..Order::new(self.spec.load()?, self.placed_at_ms.load()?)
        })
    }
}
