//! What an admission may look at, and the questions that several of them ask. Nothing here changes anything.

use super::live::Live;
use super::options::FleetOptions;
use super::world::{Order, World};
use paceline_model::lifecycle::{OperationalTrigger, OrderPhase, OrderTrigger};
use paceline_model::{Event, FailureCause, Instant, OrderId, Position, Reading, Refusal, Vehicle, VehicleId};
use paceline_road::{RoadPoint, Roads};

/// The events that a command becomes, or why it does not.
pub(super) type Verdict = Result<Vec<Event>, Refusal>;

/// The world at one moment, with what surrounds it.
pub(super) struct View<'a> {
    pub(super) at: Instant,
    pub(super) world: &'a World,
    pub(super) live: &'a Live,
    pub(super) options: &'a FleetOptions,
    pub(super) roads: &'a Roads,
}

impl<'a> View<'a> {
    pub(super) fn vehicle(&self, id: &VehicleId) -> Result<&'a Vehicle, Refusal> {
        self.world.vehicle(id).ok_or_else(|| unknown("vehicle", id.as_str()))
    }
    pub(super) fn order(&self, id: &OrderId) -> Result<&'a Order, Refusal> {
        self.world.order(id).ok_or_else(|| unknown("order", id.as_str()))
    }
    /// The order, if it is with this vehicle and `trigger` can happen to it.
    pub(super) fn own_order(
        &self,
        vehicle: &VehicleId,
        order: &OrderId,
        trigger: OrderTrigger,
    ) -> Result<(), Refusal> {
        self.vehicle(vehicle)?;
        let found = self.order(order)?;
        let theirs = found.vehicle.as_ref() == Some(vehicle) && !found.phase.is_final();
        if !theirs && found.phase.after(trigger).is_some() {
            return Err(Refusal::NotYours { order: order.clone(), vehicle: vehicle.clone() });
        }
        movable(found, trigger)
    }
    /// The newest that is known of where a vehicle is and how full.
    pub(super) fn reading(&self, vehicle: &Vehicle) -> Reading {
        self.live.reading(&vehicle.spec.id).unwrap_or(vehicle.reading)
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
pub(super) fn all_failed(view: &View, vehicle: &Vehicle, cause: FailureCause) -> Vec<Event> {
    let orders = vehicle.job.orders();
    orders.into_iter().filter_map(|order| dispatch_failed(view, vehicle, order, cause)).collect()
}

/// The event that takes one order from the vehicle that has it because of `cause`.
pub(super) fn dispatch_failed(
    view: &View,
    vehicle: &Vehicle,
    id: &OrderId,
    cause: FailureCause,
) -> Option<Event> {
    let order = view.world.order(id)?;
    let aboard = order.phase == OrderPhase::Aboard;
    let rescued_by = view.at + view.options.rescue_wait;
    Some(Event::DispatchFailed {
        order: id.clone(),
        vehicle: vehicle.spec.id.clone(),
        cause,
        stranded_at: aboard.then(|| view.reading(vehicle).position),
        latest_pickup: if aboard { rescued_by } else { order.latest_pickup },
    })
}

/// Refuses a trigger that the vehicle's operational state does not allow.
pub(super) fn drivable(vehicle: &Vehicle, trigger: OperationalTrigger) -> Result<(), Refusal> {
    match vehicle.operational.after(trigger) {
        Some(_) => Ok(()),
        None => Err(Refusal::WrongState { vehicle: vehicle.spec.id.clone(), state: vehicle.operational }),
    }
}
