//! Riders: they ask for rides when the day says so, some call off, all are remembered until their order has an outcome.

use super::wake::Wake;
use super::{City, Ride};
use crate::day::LeftOut;
use paceline_model::{Command, Instant, Invalid, OrderId, OrderSpec, Refusal};
use std::collections::BTreeSet;

impl City {
    pub(super) fn await_trip(&mut self) {
        if let Some(trip) = self.trips.front() {
            self.appoint(trip.at, Wake::Trip);
        }
    }

    pub(super) fn place_order(&mut self, at: Instant) {
        let Some(trip) = self.trips.pop_front() else { return };
        let number = self.asking.placed;
        self.asking.placed += 1;
        let calls_off = self.dice("riders", &number.to_string()).unit() < self.habits.riders.cancel_share;
        if let Ok(id) = trip.id.map_or_else(|| order_name(number), Ok) {
            self.asking.unanswered.push_back((id.clone(), trip.line));
            if calls_off {
                self.asking.calling_off.insert(number, id.clone());
            }
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
                attributes: trip.attributes,
                geofence: None,
            }));
        }
        if calls_off {
            self.appoint(at + self.habits.riders.cancel_after, Wake::Cancel(number));
        }
        self.await_trip();
    }

    pub(super) fn call_off(&mut self, number: u32) {
        let Some(id) = self.asking.calling_off.remove(&number) else { return };
        let ride = self.rides.find(&id).and_then(|ride| self.rides.get(ride));
        if ride.is_some_and(|ride| ride.boarded.is_none()) {
            self.command(Command::CancelOrder(id));
        }
    }

    /// The line of the trip that an order is of. It is asked for once.
    fn line_of(&mut self, order: &OrderId) -> Option<u64> {
        let place = self.asking.unanswered.iter().position(|(asked, _)| asked == order)?;
        self.asking.unanswered.remove(place).map(|(_, line)| line)
    }

    /// The engine did not take an order: its riders go home.
    pub(super) fn turn_away(&mut self, order: &OrderId, refusal: &Refusal) {
        let line = self.line_of(order).unwrap_or_default();
        self.asking.turned_away.push(LeftOut::refused(line, order, refusal));
    }

    pub(super) fn remember(&mut self, spec: &OrderSpec) {
        self.line_of(&spec.id);
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
pub(crate) fn order_name(number: u32) -> Result<OrderId, Invalid> {
    OrderId::new(&format!("o{number:07}"))
}
