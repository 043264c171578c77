//! Riders: they ask for rides when the day says so, some call off, all are remembered until their order has an outcome.

use super::wake::Wake;
use super::{City, Ride};
use paceline_model::{Command, Instant, Invalid, OrderId, OrderSpec};
use std::collections::BTreeSet;

impl City {
    pub(super) fn await_trip(&mut self) {
        if let Some(trip) = self.trips.front() {
            self.appoint(trip.at, Wake::Trip);
        }
    }

    pub(super) fn place_order(&mut self, at: Instant) {
        let Some(trip) = self.trips.pop_front() else { return };
        let number = self.placed;
        self.placed += 1;
        if let Ok(id) = order_name(number) {
            let latest = at + self.habits.riders.wait_max;
            self.command(Command::PlaceOrder(OrderSpec {
                id,
                pickup: trip.pickup,
                dropoff: trip.dropoff,
                party: trip.party,
                earliest_pickup: at,
                latest_pickup: latest,
                desired_arrival: None,
                priority: BTreeSet::new(),
                attributes: BTreeSet::new(),
                geofence: None,
            }));
        }
        if self.dice("riders", &number.to_string()).unit() < self.habits.riders.cancel_share {
            self.appoint(at + self.habits.riders.cancel_after, Wake::Cancel(number));
        }
        self.await_trip();
    }

    pub(super) fn call_off(&mut self, number: u32) {
        let Ok(id) = order_name(number) else { return };
        let ride = self.rides.find(&id).and_then(|ride| self.rides.get(ride));
        if ride.is_some_and(|ride| ride.boarded.is_none()) {
            self.command(Command::CancelOrder(id));
        }
    }

    pub(super) fn remember(&mut self, spec: &OrderSpec) {
        self.rides.insert(Ride {
            id: spec.id.clone(),
            pickup: spec.pickup,
            dropoff: spec.dropoff,
            earliest: spec.earliest_pickup,
            agent: None,
            boarded: None,
            home: None,
            shared: false,
        });
    }

    /// The order came to nothing: whoever was about it is free.
    pub(super) fn forget(&mut self, at: Instant, order: &OrderId) {
        let Some(ride) = self.rides.find(order) else { return };
        if let Some(agent) = self.rides.get(ride).and_then(|ride| ride.agent)
            && !self.leave_out(at, agent, ride)
            && self.is_about(agent, order)
        {
            self.release(at, agent);
        }
        self.rides.remove(ride);
    }

    pub(super) fn arrived_home(&mut self, at: Instant, order: &OrderId) {
        let Some(ride) = self.rides.find(order).and_then(|ride| self.rides.remove(ride)) else { return };
        if let Some((boarded, direct)) = ride.boarded {
            let home = ride.home.unwrap_or(at);
            let account = &mut self.account.rides;
            account.riding_ms += u64::from(home.since(boarded).0);
            account.direct_ms += u64::from(direct.0);
            account.delay_ms += u64::from(home.since(ride.earliest + direct).0);
            account.shared_orders += u64::from(ride.shared);
        }
    }
}

/// Names of orders, padded so that their order is that of their times.
fn order_name(number: u32) -> Result<OrderId, Invalid> {
    OrderId::new(&format!("o{number:07}"))
}
