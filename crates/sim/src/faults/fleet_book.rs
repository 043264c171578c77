//! What riders and drivers can hold the fleet to, kept from what was published alone: who has which order, who sits where.

use super::around::Book;
use super::promise::Promise;
use paceline_model::{Event, Instant, OrderId, StopKind, VehicleId};
use std::collections::BTreeMap;

/// How an order stands, as far as its rider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Open,
    With(VehicleId),
    Aboard(VehicleId),
    Ended,
}

struct Ride {
    party: u8,
    standing: Standing,
}

/// The books of a fleet.
#[derive(Default)]
pub(crate) struct FleetBook {
    rides: BTreeMap<OrderId, Ride>,
    seats: BTreeMap<VehicleId, u8>,
    /// Orders that a new route left out, and that another route must have taken by the next event.
    passed_on: Vec<(OrderId, VehicleId)>,
}

/// A promise that is broken, and how.
type Wrong = (Promise, String);

impl Book<Event> for FleetBook {
    fn enter(&mut self, _: Instant, event: &Event) -> Result<(), Wrong> {
        self.write_down(event)
    }

    /// Orders that have not ended.
    fn under_way(&self) -> usize {
        self.rides.values().filter(|ride| ride.standing != Standing::Ended).count()
    }
}

impl FleetBook {
    /// Something was published.
    pub(crate) fn write_down(&mut self, event: &Event) -> Result<(), Wrong> {
        if !matches!(event, Event::RoutePlanned { .. }) {
            self.all_taken()?;
        }
        match event {
            Event::VehicleRegistered { spec, .. } | Event::VehicleUpdated { spec } => {
                self.seats.insert(spec.id.clone(), spec.seats);
                Ok(())
            }
            Event::OrderPlaced { spec } => {
                let ride = Ride { party: spec.party, standing: Standing::Open };
                let before = self.rides.insert(spec.id.clone(), ride);
                one(before.is_none(), || format!("{} is placed twice", spec.id))
            }
            Event::OfferMade { order, vehicle, .. } | Event::OrderAssigned { order, vehicle, .. } => {
                self.change(order, |standing| *standing == Standing::Open, Standing::With(vehicle.clone()))
            }
            Event::OfferAccepted { order, vehicle } | Event::VehicleArrived { order, vehicle } => {
                self.has(order, vehicle)
            }
            Event::OrderMoved { order, from, vehicle, .. } => {
                let from = Standing::With(from.clone());
                self.change(order, |standing| *standing == from, Standing::With(vehicle.clone()))
            }
            Event::RoutePlanned { vehicle, stops, gained, .. } => {
                let stops = stops.iter().map(|stop| (stop.kind, &stop.order)).collect();
                self.plan(vehicle, stops, gained.iter().map(|(order, _)| order))
            }
            Event::DispatchFailed { order, vehicle, .. } => self.change(
                order,
                |standing| matches!(standing, Standing::With(with) | Standing::Aboard(with) if with == vehicle),
                Standing::Open,
            ),
            Event::RidersPickedUp { order, vehicle } => self.pick_up(order, vehicle),
            Event::RidersDroppedOff { order, vehicle, .. } => {
                let aboard = Standing::Aboard(vehicle.clone());
                self.change(order, |standing| *standing == aboard, Standing::Ended)
            }
            Event::OrderCancelled { order } => {
                let may = |standing: &Standing| matches!(standing, Standing::Open | Standing::With(_));
                self.change(order, may, Standing::Ended)
            }
            Event::OrderTimedOut { order } => {
                self.change(order, |standing| *standing == Standing::Open, Standing::Ended)
            }
            _ => Ok(()),
        }
    }

    /// An order that a vehicle has.
    pub(crate) fn order_of(&self, vehicle: &VehicleId) -> Option<&OrderId> {
        self.carried().find(|(_, by)| *by == vehicle).map(|(order, _)| order)
    }

    /// Orders that vehicles have, and which.
    pub(crate) fn carried(&self) -> impl Iterator<Item = (&OrderId, &VehicleId)> {
        self.rides.iter().filter_map(|(order, ride)| match &ride.standing {
            Standing::With(vehicle) | Standing::Aboard(vehicle) => Some((order, vehicle)),
            Standing::Open | Standing::Ended => None,
        })
    }

    /// How many orders have ended.
    pub(crate) fn ended(&self) -> usize {
        self.rides.values().filter(|ride| ride.standing == Standing::Ended).count()
    }

    /// Whether there is an order of this name.
    pub(super) fn knows(&self, order: &OrderId) -> bool {
        self.rides.contains_key(order)
    }

    fn change(
        &mut self,
        order: &OrderId,
        may: impl Fn(&Standing) -> bool,
        to: Standing,
    ) -> Result<(), Wrong> {
        let Some(ride) = self.rides.get_mut(order) else {
            return Err((Promise::OneAssignment, format!("{order} is not known and becomes {to:?}")));
        };
        let from = std::mem::replace(&mut ride.standing, to);
        one(may(&from), || format!("{order} was {from:?} and becomes {:?}", ride.standing))
    }

    fn has(&self, order: &OrderId, vehicle: &VehicleId) -> Result<(), Wrong> {
        let standing = self.rides.get(order).map(|ride| &ride.standing);
        let has = standing == Some(&Standing::With(vehicle.clone()));
        one(has, || format!("{vehicle} acts for {order}, which is {standing:?}"))
    }

    fn pick_up(&mut self, order: &OrderId, vehicle: &VehicleId) -> Result<(), Wrong> {
        let with = Standing::With(vehicle.clone());
        self.change(order, |standing| *standing == with, Standing::Aboard(vehicle.clone()))?;
        let aboard = Standing::Aboard(vehicle.clone());
        let riders: u32 = self
            .rides
            .values()
            .filter(|ride| ride.standing == aboard)
            .map(|ride| u32::from(ride.party))
            .sum();
        let seats = u32::from(self.seats.get(vehicle).copied().unwrap_or_default());
        match riders <= seats {
            true => Ok(()),
            false => Err((Promise::Seats, format!("{vehicle} has {riders} riders on {seats} seats"))),
        }
    }

    fn plan<'a>(
        &mut self,
        vehicle: &VehicleId,
        stops: Vec<(StopKind, &OrderId)>,
        gained: impl Iterator<Item = &'a OrderId>,
    ) -> Result<(), Wrong> {
        for order in gained {
            self.passed_on.retain(|(passed, _)| passed != order);
            // From the queue, or from another's route, which is planned again beside this one.
            let may = |standing: &Standing| matches!(standing, Standing::Open | Standing::With(_));
            self.change(order, may, Standing::With(vehicle.clone()))?;
        }
        let with = Standing::With(vehicle.clone());
        for (order, ride) in &self.rides {
            if ride.standing == with && !stops.iter().any(|(_, stop)| *stop == order) {
                self.passed_on.push((order.clone(), vehicle.clone()));
            }
        }
        Ok(())
    }

    fn all_taken(&mut self) -> Result<(), Wrong> {
        for (order, from) in std::mem::take(&mut self.passed_on) {
            let left =
                self.rides.get(&order).map(|ride| &ride.standing) == Some(&Standing::With(from.clone()));
            one(!left, || format!("{order} fell out of the route of {from} and nobody has it"))?;
        }
        Ok(())
    }
}

fn one(holds: bool, what: impl FnOnce() -> String) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err((Promise::OneAssignment, what())) }
}
