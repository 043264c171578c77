//! What an admission may look at, and the questions that several of them ask. Nothing here changes anything.

use super::borders::Borders;
use super::options::FleetOptions;
use super::position_fix::Named;
use super::row::{Event, Order, Vehicle};
use super::world::World;
use paceline_model::lifecycle::{OperationalTrigger, OrderPhase, OrderTrigger};
use paceline_model::{
    ChargerId, ChargerIdx, FailureCause, Instant, OrderId, OrderIdx, Position, Reading, Refusal, VehicleId,
    VehicleIdx,
};
use paceline_road::{RoadPoint, Roads};

/// The events that a command becomes, or why it does not.
pub(super) type Verdict = Result<Vec<Event>, Refusal>;

/// The world at one moment, with what surrounds it.
pub(super) struct View<'a> {
    pub(super) at: Instant,
    pub(super) world: &'a World,
    pub(super) options: &'a FleetOptions,
    pub(super) roads: &'a Roads,
    pub(super) borders: &'a Borders,
}

impl<'a> View<'a> {
    /// The row of a vehicle that somebody named.
    pub(super) fn vehicle(&self, id: &VehicleId) -> Result<(VehicleIdx, &'a Vehicle), Refusal> {
        let vehicles = &self.world.vehicles;
        let found = vehicles.find(id).and_then(|idx| Some((idx, vehicles.get(idx)?)));
        found.ok_or_else(|| self.gone(id).unwrap_or_else(|| unknown("vehicle", id.as_str())))
    }
    /// The refusal for a vehicle that was handed over.
    pub(super) fn gone(&self, id: &VehicleId) -> Option<Refusal> {
        let to = self.world.hand_overs.gone_to(id)?.clone();
        Some(Refusal::HandedOver { vehicle: id.clone(), to })
    }
    /// What is believed of what a vehicle says of itself; all of it, while the vehicle is not known.
    pub(super) fn believed(&self, id: &VehicleId, reading: Reading) -> Reading {
        let named = || Named::by(self.roads, reading.position, self.options.snap_m_max);
        self.world.vehicle(id).map_or(reading, |known| known.believed(reading, named()))
    }
    /// The row of an order that somebody named.
    pub(super) fn order(&self, id: &OrderId) -> Result<(OrderIdx, &'a Order), Refusal> {
        let orders = &self.world.orders;
        let found = orders.find(id).and_then(|idx| Some((idx, orders.get(idx)?)));
        found.ok_or_else(|| unknown("order", id.as_str()))
    }
    /// The row of a charger site that somebody named.
    pub(super) fn charger(&self, id: &ChargerId) -> Result<ChargerIdx, Refusal> {
        self.world.chargers.find(id).ok_or_else(|| unknown("charger", id.as_str()))
    }
    /// The rows of an order and its vehicle, if the order is with this vehicle and `trigger` can happen to it.
    pub(super) fn own_order(
        &self,
        vehicle: &VehicleId,
        order: &OrderId,
        trigger: OrderTrigger,
    ) -> Result<(OrderIdx, VehicleIdx), Refusal> {
        let (by, _) = self.vehicle(vehicle)?;
        let (idx, found) = self.order(order)?;
        let theirs = found.vehicle == Some(by) && !found.phase.is_final();
        if !theirs && found.phase.after(trigger).is_some() {
            return Err(Refusal::NotYours { order: order.clone(), vehicle: vehicle.clone() });
        }
        movable(found, trigger)?;
        Ok((idx, by))
    }
    /// Where `position` is on the road. Errors: too far from any.
    pub(super) fn snap(&self, field: &str, position: Position) -> Result<RoadPoint, Refusal> {
        let max_m = self.options.snap_m_max;
        let snapped = self.roads.snap(position, f64::from(max_m));
        snapped.map(|s| s.point).ok_or_else(|| Refusal::OffTheMap { field: field.into(), position, max_m })
    }
}

/// The refusal for a name that is not known.
pub(super) fn unknown(kind: &str, id: &str) -> Refusal {
    Refusal::Unknown { kind: kind.into(), id: id.into() }
}

/// Refuses a trigger that the order's phase does not allow.
pub(super) fn movable(order: &Order, trigger: OrderTrigger) -> Result<(), Refusal> {
    match order.phase.after(trigger) {
        Some(_) => Ok(()),
        None => Err(Refusal::WrongPhase { order: order.spec.id.clone(), phase: order.phase }),
    }
}

/// The events that take all its orders from a vehicle because of `cause`; several, if it shares a route.
pub(super) fn all_failed(view: &View, vehicle: VehicleIdx, cause: FailureCause) -> Vec<Event> {
    let job = view.world.vehicles.get(vehicle).map(|vehicle| vehicle.job.orders());
    let orders = job.into_iter().flatten();
    orders.filter_map(|order| dispatch_failed(view, vehicle, *order, cause)).collect()
}

/// The event that takes one order from the vehicle that has it because of `cause`.
pub(super) fn dispatch_failed(
    view: &View,
    vehicle: VehicleIdx,
    idx: OrderIdx,
    cause: FailureCause,
) -> Option<Event> {
    let (order, by) = (view.world.orders.get(idx)?, view.world.vehicles.get(vehicle)?);
    let aboard = order.phase == OrderPhase::Aboard;
    let rescued_by = view.at + view.options.rescue_wait;
    Some(Event::DispatchFailed {
        order: idx,
        vehicle,
        cause,
        stranded_at: aboard.then(|| riders_of(order, by)),
        latest_pickup: if aboard { rescued_by } else { order.latest_pickup },
    })
}

/// Where the riders aboard a vehicle are: where it is, or where they got in, if it has not said since where it is.
fn riders_of(order: &Order, by: &Vehicle) -> Position {
    let placed = by.placed_at().is_some_and(|at| at >= order.since);
    if placed { by.newest().position } else { order.spec.pickup }
}

/// Refuses a trigger that the vehicle's operational state does not allow.
pub(super) fn drivable(vehicle: &Vehicle, trigger: OperationalTrigger) -> Result<(), Refusal> {
    match vehicle.operational.after(trigger) {
        Some(_) => Ok(()),
        None => Err(Refusal::WrongState { vehicle: vehicle.spec.id.clone(), state: vehicle.operational }),
    }
}
