//! Vehicles that share rides: from stop to stop, with whoever is in them.

use super::{Act, City};
use crate::agent::Doing;
use paceline_model::{Command, Instant, Millis, OrderId, OrderIdx, Stop, StopKind, VehicleId, VehicleIdx};

impl City {
    /// The engine planned a route: the vehicle ends what it is doing at a stop, and follows it.
    ///
    /// What it has done and the engine had not heard of when it planned is left out.
    pub(super) fn planned(&mut self, at: Instant, vehicle: &VehicleId, stops: &[Stop]) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        let known = |stop: &Stop| stop.map(|order| self.rides.find(order));
        let mut route: Vec<Stop<OrderIdx>> = stops.iter().filter_map(known).collect();
        let aboard = &self.agents[agent].aboard;
        let pickups = route.iter().filter(|stop| stop.kind == StopKind::PickUp);
        let fetched: Vec<OrderIdx> = pickups.map(|stop| stop.order).collect();
        route.retain(|stop| match stop.kind {
            StopKind::PickUp => !aboard.contains(&stop.order),
            StopKind::DropOff => aboard.contains(&stop.order) || fetched.contains(&stop.order),
        });
        for stop in &route {
            if let Some(ride) = self.rides.get_mut(stop.order) {
                ride.agent = Some(agent);
            }
        }
        self.agents[agent].route = route;
        if !matches!(self.agents[agent].doing, Doing::AtStop(_)) {
            self.head_on(at, agent);
        }
    }

    /// Drives to the next stop, unless it is on its way there; waits where it is if there is none.
    fn head_on(&mut self, at: Instant, agent: VehicleIdx) {
        let Some(stop) = self.agents[agent].route.first().cloned() else {
            if matches!(self.agents[agent].doing, Doing::ToStop(_) | Doing::AtStop(_)) {
                self.release(at, agent);
            }
            return;
        };
        if matches!(&self.agents[agent].doing, Doing::ToStop(to) if is_same(to, &stop)) {
            return;
        }
        let place = self.rides.get(stop.order).map(|ride| match stop.kind {
            StopKind::PickUp => ride.pickup,
            StopKind::DropOff => ride.dropoff,
        });
        let to = place.and_then(|place| self.streets.snap(place));
        if to.is_some_and(|to| self.set_out(at, agent, to, Doing::ToStop(stop))) {
            self.say(agent);
        } else {
            self.break_down(at, agent);
        }
    }

    fn say(&mut self, agent: VehicleIdx) {
        let vehicle = &self.agents[agent];
        self.acts.push(Act::Position(vehicle.spec.id.clone(), vehicle.reading()));
    }

    pub(super) fn reach_stop(
        &mut self,
        at: Instant,
        agent: VehicleIdx,
        vehicle: VehicleId,
        stop: Stop<OrderIdx>,
    ) {
        let Some(ride) = self.rides.get(stop.order) else { return };
        let (order, earliest) = (ride.id.clone(), ride.earliest);
        self.turn(at, agent, Doing::AtStop(stop.clone()));
        self.say(agent);
        match stop.kind {
            StopKind::PickUp => {
                self.command(Command::Arrived(vehicle, order));
                self.wait(at, agent, earliest.since(at).saturating_add(self.habits.drivers.pickup_dwell));
            }
            StopKind::DropOff => {
                if let Some(ride) = self.rides.get_mut(stop.order) {
                    ride.home = Some(at);
                }
                self.wait(at, agent, self.habits.drivers.dropoff_dwell);
            }
        }
    }

    /// The riders are in, or out: on to the next stop.
    pub(super) fn leave_stop(
        &mut self,
        at: Instant,
        agent: VehicleIdx,
        vehicle: VehicleId,
        stop: Stop<OrderIdx>,
    ) {
        let Some(order) = self.rides.id(stop.order).cloned() else { return };
        self.agents[agent].route.retain(|ahead| !is_same(ahead, &stop));
        match stop.kind {
            StopKind::PickUp => {
                self.command(Command::PickedUp(vehicle, order));
                self.board(at, agent, stop.order);
            }
            StopKind::DropOff => {
                self.agents[agent].aboard.retain(|aboard| *aboard != stop.order);
                let reading = self.agents[agent].reading();
                self.command(Command::DroppedOff(vehicle, order, reading));
            }
        }
        if self.agents[agent].route.is_empty() {
            self.turn(at, agent, Doing::Idle);
        } else {
            self.head_on(at, agent);
        }
    }

    fn board(&mut self, at: Instant, agent: VehicleIdx, order: OrderIdx) {
        let others = self.agents[agent].aboard.clone();
        let ends = self.rides.get(order).map(|ride| (ride.pickup, ride.dropoff));
        let direct = ends.map_or(Millis::ZERO, |(from, to)| self.streets.direct(from, to));
        for known in others.iter().copied().chain([order]) {
            if let Some(ride) = self.rides.get_mut(known) {
                ride.shared |= !others.is_empty();
            }
        }
        if let Some(ride) = self.rides.get_mut(order) {
            ride.boarded.get_or_insert((at, direct));
        }
        self.agents[agent].aboard.push(order);
    }

    /// An order is no longer the vehicle's: its stops are left out. `false` if the vehicle does not share.
    pub(super) fn leave_out(&mut self, at: Instant, agent: VehicleIdx, order: OrderIdx) -> bool {
        let vehicle = &mut self.agents[agent];
        let was = vehicle.route.len() + vehicle.aboard.len();
        vehicle.route.retain(|stop| stop.order != order);
        vehicle.aboard.retain(|aboard| *aboard != order);
        let shares = was > vehicle.route.len() + vehicle.aboard.len();
        let about = match &vehicle.doing {
            Doing::ToStop(stop) | Doing::AtStop(stop) => stop.order == order,
            _ => false,
        };
        if about {
            self.head_on(at, agent);
        }
        shares || about
    }

    /// The same for names that came in.
    pub(super) fn leave_out_named(&mut self, at: Instant, vehicle: &VehicleId, order: &OrderId) -> bool {
        match (self.agents.find(vehicle), self.rides.find(order)) {
            (Some(agent), Some(order)) => self.leave_out(at, agent, order),
            _ => false,
        }
    }
}

fn is_same(a: &Stop<OrderIdx>, b: &Stop<OrderIdx>) -> bool {
    a.order == b.order && a.kind == b.kind
}
