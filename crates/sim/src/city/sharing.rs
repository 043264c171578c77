//! Vehicles that share rides: from stop to stop, with whoever is in them.

use super::{Act, City};
use crate::agent::Doing;
use paceline_model::{Command, Instant, Millis, OrderId, Stop, StopKind, VehicleId};
use paceline_road::TravelTimes;

impl City {
    /// The engine planned a route: the vehicle ends what it is doing at a stop, and follows it.
    ///
    /// What it has done and the engine had not heard of when it planned is left out.
    pub(super) fn planned(&mut self, at: Instant, vehicle: &VehicleId, stops: &[Stop]) {
        let Some(agent) = self.number(vehicle) else { return };
        let aboard = self.agents[agent as usize].aboard.clone();
        let fetched =
            |order: &OrderId| stops.iter().any(|stop| stop.kind == StopKind::PickUp && stop.order == *order);
        let ahead = |stop: &&Stop| match stop.kind {
            StopKind::PickUp => !aboard.contains(&stop.order),
            StopKind::DropOff => aboard.contains(&stop.order) || fetched(&stop.order),
        };
        let route: Vec<Stop> = stops.iter().filter(ahead).cloned().collect();
        for stop in &route {
            if let Some(ride) = self.rides.get_mut(&stop.order) {
                ride.agent = Some(agent);
            }
        }
        self.agents[agent as usize].route = route;
        if !matches!(self.agents[agent as usize].doing, Doing::AtStop(_)) {
            self.head_on(at, agent);
        }
    }

    /// Drives to the next stop, unless it is on its way there; waits where it is if there is none.
    fn head_on(&mut self, at: Instant, agent: u32) {
        let Some(stop) = self.agents[agent as usize].route.first().cloned() else {
            if matches!(self.agents[agent as usize].doing, Doing::ToStop(_) | Doing::AtStop(_)) {
                self.release(at, agent);
            }
            return;
        };
        if matches!(&self.agents[agent as usize].doing, Doing::ToStop(to) if is_same(to, &stop)) {
            return;
        }
        let place = self.rides.get(&stop.order).map(|ride| match stop.kind {
            StopKind::PickUp => ride.pickup,
            StopKind::DropOff => ride.dropoff,
        });
        let to = place.and_then(|place| self.snap(place));
        if to.is_some_and(|to| self.set_out(at, agent, to, Doing::ToStop(stop))) {
            self.say(agent);
        } else {
            self.break_down(at, agent);
        }
    }

    fn say(&mut self, agent: u32) {
        let vehicle = &self.agents[agent as usize];
        self.acts.push(Act::Position(vehicle.spec.id.clone(), vehicle.reading()));
    }

    pub(super) fn reach_stop(&mut self, at: Instant, agent: u32, vehicle: VehicleId, stop: Stop) {
        let ride = self.rides.get_mut(&stop.order);
        let earliest = ride.as_ref().map_or(at, |ride| ride.earliest);
        self.turn(at, agent, Doing::AtStop(stop.clone()));
        self.say(agent);
        match stop.kind {
            StopKind::PickUp => {
                self.command(Command::Arrived(vehicle, stop.order));
                self.wait(at, agent, earliest.since(at).saturating_add(self.drivers.pickup_dwell));
            }
            StopKind::DropOff => {
                if let Some(ride) = self.rides.get_mut(&stop.order) {
                    ride.home = Some(at);
                }
                self.wait(at, agent, self.drivers.dropoff_dwell);
            }
        }
    }

    /// The riders are in, or out: on to the next stop.
    pub(super) fn leave_stop(&mut self, at: Instant, agent: u32, vehicle: VehicleId, stop: Stop) {
        self.agents[agent as usize].route.retain(|ahead| !is_same(ahead, &stop));
        match stop.kind {
            StopKind::PickUp => {
                self.command(Command::PickedUp(vehicle, stop.order.clone()));
                self.board(at, agent, stop.order);
            }
            StopKind::DropOff => {
                self.agents[agent as usize].aboard.retain(|order| *order != stop.order);
                let reading = self.agents[agent as usize].reading();
                self.command(Command::DroppedOff(vehicle, stop.order, reading));
            }
        }
        if self.agents[agent as usize].route.is_empty() {
            self.turn(at, agent, Doing::Idle);
        } else {
            self.head_on(at, agent);
        }
    }

    fn board(&mut self, at: Instant, agent: u32, order: OrderId) {
        let others = self.agents[agent as usize].aboard.clone();
        let ends = self.rides.get(&order).map(|ride| (ride.pickup, ride.dropoff));
        let points = ends.and_then(|(from, to)| Some((self.snap(from)?, self.snap(to)?)));
        let direct =
            points.map_or(Millis::ZERO, |(from, to)| self.roads.leg(&mut self.search, from, to).time);
        for known in others.iter().chain([&order]) {
            if let Some(ride) = self.rides.get_mut(known) {
                ride.shared |= !others.is_empty();
            }
        }
        if let Some(ride) = self.rides.get_mut(&order) {
            ride.boarded.get_or_insert((at, direct));
        }
        self.agents[agent as usize].aboard.push(order);
    }

    /// An order is no longer the vehicle's: its stops are left out. `false` if the vehicle does not share.
    pub(super) fn leave_out(&mut self, at: Instant, agent: u32, order: &OrderId) -> bool {
        let vehicle = &mut self.agents[agent as usize];
        let was = vehicle.route.len() + vehicle.aboard.len();
        vehicle.route.retain(|stop| stop.order != *order);
        vehicle.aboard.retain(|aboard| aboard != order);
        let shares = was > vehicle.route.len() + vehicle.aboard.len();
        let about = match &vehicle.doing {
            Doing::ToStop(stop) | Doing::AtStop(stop) => stop.order == *order,
            _ => false,
        };
        if about {
            self.head_on(at, agent);
        }
        shares || about
    }
}

fn is_same(a: &Stop, b: &Stop) -> bool {
    a.order == b.order && a.kind == b.kind
}
