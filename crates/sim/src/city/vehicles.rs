//! Vehicles: what they do with what the engine tells them, step by step, and what they say on the way.

use super::{Act, City, Wake};
use crate::agent::Doing;
use paceline_model::{ChargerId, Command, Instant, Millis, OrderId, Position, VehicleId};
use paceline_road::{Path, RoadPoint, Roads, TravelTimes};
use std::sync::Arc;

/// A vehicle on its way to a rank can be given an order at any moment: where it is must be known more exactly.
const RANK_REPORT: Millis = Millis::from_secs(15);
/// A drive is planned anew when an edge of it takes this share more or less than before.
const CHANGE: f64 = 0.3;

impl City {
    pub(super) fn number(&self, vehicle: &VehicleId) -> Option<u32> {
        self.by_name.get(vehicle).copied()
    }
    pub(super) fn is_about(&self, agent: u32, order: &OrderId) -> bool {
        self.agents[agent as usize].doing.order() == Some(order)
    }
    pub(super) fn about(&self, vehicle: &VehicleId, order: &OrderId) -> Option<u32> {
        self.number(vehicle).filter(|&agent| self.is_about(agent, order))
    }

    /// Changes what a vehicle does: appointments made for what it did before are void.
    pub(super) fn turn(&mut self, at: Instant, agent: u32, doing: Doing) {
        self.settle(at, agent);
        let vehicle = &mut self.agents[agent as usize];
        vehicle.epoch += 1;
        vehicle.doing = doing;
        let (epoch, every) = (vehicle.epoch, self.report_interval(agent));
        self.appoint(at + every, Wake::Report { agent, epoch });
        if self.agents[agent as usize].doing == Doing::Idle {
            self.await_idleness(at, agent);
        }
    }

    /// A vehicle that has had nothing to do for a while goes to where vehicles wait.
    pub(super) fn await_idleness(&mut self, at: Instant, agent: u32) {
        if !self.ranks.is_empty() {
            let epoch = self.agents[agent as usize].epoch;
            self.appoint(at + self.idle.after, Wake::Next { agent, epoch });
        }
    }

    /// Sets out to the nearest rank, and stops as soon as it is near enough. Who must charge, or would have to on the way, stays
    /// where it is.
    fn go_wait(&mut self, at: Instant, agent: u32) {
        let near = self.idle.near;
        let from = self.agents[agent as usize].place;
        let ways = self.ranks.iter().map(|&rank| (self.roads.leg(&mut self.search, from, rank), rank));
        let Some((way, rank)) = ways.min_by_key(|(way, _)| way.time) else { return };
        let time = way.time;
        if time > near
            && way.is_reachable()
            && self.agents[agent as usize].can_drive(way, self.draws)
            && self.set_out(at, agent, rank, Doing::ToRank)
        {
            let epoch = self.agents[agent as usize].epoch;
            self.appoint(at + time.saturating_sub(near), Wake::Next { agent, epoch });
        }
    }

    /// The engine sends a vehicle with nothing to do to where riders are expected.
    pub(super) fn go_stand(&mut self, at: Instant, vehicle: &VehicleId, to: Position) {
        let Some(agent) = self.number(vehicle) else { return };
        if matches!(self.agents[agent as usize].doing, Doing::Idle | Doing::ToRank)
            && let Some(to) = self.snap(to)
        {
            self.set_out(at, agent, to, Doing::ToRank);
        }
    }

    pub(super) fn report_interval(&self, agent: u32) -> Millis {
        match self.agents[agent as usize].doing {
            Doing::ToPickup(_) | Doing::Aboard(_) | Doing::ToStop(_) | Doing::ToCharger(_) => {
                self.reports.moving
            }
            Doing::ToRank => self.reports.moving.min(RANK_REPORT),
            Doing::Charging(..) => self.reports.charging,
            _ => self.reports.idle,
        }
    }

    pub(super) fn report(&mut self, at: Instant, agent: u32) {
        self.settle(at, agent);
        let vehicle = &self.agents[agent as usize];
        if vehicle.doing == Doing::Broken {
            return;
        }
        if vehicle.battery.is_empty() && !matches!(vehicle.doing, Doing::Charging(..)) {
            // Standing counts too: nobody can send it to a plug any more.
            self.run_empty(at, agent);
            return;
        }
        let epoch = vehicle.epoch;
        self.acts.push(Act::Position(vehicle.spec.id.clone(), vehicle.reading()));
        self.appoint(at + self.report_interval(agent), Wake::Report { agent, epoch });
    }

    /// Leaves whatever it was about and stands where it is.
    pub(super) fn release(&mut self, at: Instant, agent: u32) {
        self.stop(at, agent);
        self.turn(at, agent, Doing::Idle);
        let vehicle = &self.agents[agent as usize];
        self.acts.push(Act::Position(vehicle.spec.id.clone(), vehicle.reading()));
    }

    pub(super) fn stop(&mut self, at: Instant, agent: u32) {
        self.settle(at, agent);
        let vehicle = &mut self.agents[agent as usize];
        if vehicle.drive.take().is_some()
            && let Some(snapped) = self.roads.snap(vehicle.reading().position, self.snap_m)
        {
            vehicle.place = snapped.point;
        }
    }

    /// Sets out; `false` when no road leads there.
    pub(super) fn set_out(&mut self, at: Instant, agent: u32, to: RoadPoint, doing: Doing) -> bool {
        self.stop(at, agent);
        let from = self.agents[agent as usize].place;
        let Some(path) = self.way(from, to) else { return false };
        self.turn(at, agent, doing);
        let vehicle = &mut self.agents[agent as usize];
        let arrival = vehicle.set_out(path, at);
        // Where it will stand. Until it arrives nobody asks.
        vehicle.place = to;
        let epoch = vehicle.epoch;
        self.appoint(arrival, Wake::Next { agent, epoch });
        true
    }

    /// The way that is believed to be fastest, with what it really takes.
    fn way(&mut self, from: RoadPoint, to: RoadPoint) -> Option<Path> {
        let path = self.believed.path(&mut self.search, from, to)?;
        if Arc::ptr_eq(&self.believed, &self.roads) {
            return Some(path);
        }
        Some(self.roads.drive_along(&path, from, to))
    }

    /// Plans a drive under way anew if what is left of it takes another time than before, or is believed to.
    pub(super) fn plan_again(&mut self, at: Instant, agent: u32, roads: &Roads, believed: &Roads) -> bool {
        let changed = |old: &Roads, new: &Roads, edge| {
            let (old, new) = (f64::from(old.edge_leg(edge).time.0), f64::from(new.edge_leg(edge).time.0));
            (old - new).abs() > CHANGE * old.min(new)
        };
        let vehicle = &self.agents[agent as usize];
        let Some(drive) = &vehicle.drive else { return false };
        let affected = drive
            .path
            .edges
            .iter()
            .any(|&edge| changed(roads, &self.roads, edge) || changed(believed, &self.believed, edge));
        if !affected || matches!(vehicle.doing, Doing::ToRank | Doing::Broken) {
            return false;
        }
        let (to, doing) = (vehicle.place, vehicle.doing.clone());
        self.stop(at, agent);
        if self.agents[agent as usize].battery.is_empty() {
            self.run_empty(at, agent);
            return false;
        }
        self.set_out(at, agent, to, doing)
    }

    pub(super) fn snap(&self, place: Position) -> Option<RoadPoint> {
        self.roads.snap(place, self.snap_m).map(|snapped| snapped.point)
    }

    /// A driver is asked, and answers after a while.
    pub(super) fn offered(&mut self, at: Instant, order: &OrderId, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        let delay =
            self.dice("answer", &format!("{order} {vehicle}")).unit() * self.drivers.answer_max.as_secs_f64();
        self.stop(at, agent);
        self.turn(at, agent, Doing::Thinking(order.clone()));
        let epoch = self.agents[agent as usize].epoch;
        self.appoint(at + Millis((delay * 1_000.0) as u32), Wake::Next { agent, epoch });
    }

    /// The order is the vehicle's: it sets out to the pick-up.
    pub(super) fn fetch(&mut self, at: Instant, order: &OrderId, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        let Some(ride) = self.rides.get_mut(order) else { return };
        ride.agent = Some(agent);
        let pickup = ride.pickup;
        let reached =
            self.snap(pickup).is_some_and(|to| self.set_out(at, agent, to, Doing::ToPickup(order.clone())));
        if !reached {
            self.command(Command::Decline(vehicle.clone(), order.clone()));
        }
    }

    /// Another vehicle takes the order over. The one that had it stands still until it is told what to do instead; where
    /// two swap, it has been told already.
    pub(super) fn moved(&mut self, at: Instant, order: &OrderId, from: &VehicleId, to: &VehicleId) {
        if let Some(agent) = self.about(from, order) {
            self.release(at, agent);
        }
        self.fetch(at, order, to);
    }

    pub(super) fn lost(
        &mut self,
        at: Instant,
        order: &OrderId,
        vehicle: &VehicleId,
        stranded_at: Option<Position>,
    ) {
        if let Some(ride) = self.rides.get_mut(order) {
            ride.agent = None;
            ride.pickup = stranded_at.unwrap_or(ride.pickup);
        }
        if self.number(vehicle).is_some_and(|agent| self.leave_out(at, agent, order)) {
            return;
        }
        if let Some(agent) = self.about(vehicle, order) {
            self.release(at, agent);
        }
    }

    pub(super) fn go_charge(&mut self, at: Instant, vehicle: &VehicleId, charger: &ChargerId) {
        let Some(agent) = self.number(vehicle) else { return };
        let place = self.chargers.get(charger).map(|(place, _)| *place);
        let reached = place.is_some_and(|to| self.set_out(at, agent, to, Doing::ToCharger(charger.clone())));
        if !reached {
            let reading = self.agents[agent as usize].reading();
            self.command(Command::Unplug(vehicle.clone(), reading));
        }
    }

    pub(super) fn unplugged(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        if matches!(self.agents[agent as usize].doing, Doing::ToCharger(_) | Doing::Charging(..)) {
            self.release(at, agent);
        }
    }

    /// What a vehicle does when it gets to where it was going, or has done what it was doing.
    pub(super) fn next(&mut self, at: Instant, agent: u32) {
        if self.agents[agent as usize].doing == Doing::ToRank {
            self.release(at, agent);
            return;
        }
        self.settle(at, agent);
        if self.agents[agent as usize].drive.take().is_some()
            && self.agents[agent as usize].battery.is_empty()
        {
            self.run_empty(at, agent);
            return;
        }
        let vehicle = self.agents[agent as usize].spec.id.clone();
        match self.agents[agent as usize].doing.clone() {
            Doing::Thinking(order) => self.answer(at, agent, vehicle, order),
            Doing::ToPickup(order) => self.reach_pickup(at, agent, vehicle, order),
            Doing::AtPickup(order) => self.take_in(at, agent, vehicle, order),
            Doing::Aboard(order) => {
                if let Some(ride) = self.rides.get_mut(&order) {
                    ride.home = Some(at);
                }
                self.turn(at, agent, Doing::AtDropoff(order));
                self.wait(at, agent, self.drivers.dropoff_dwell);
            }
            Doing::AtDropoff(order) => {
                self.turn(at, agent, Doing::Idle);
                let reading = self.agents[agent as usize].reading();
                self.command(Command::DroppedOff(vehicle, order, reading));
            }
            Doing::ToStop(stop) => self.reach_stop(at, agent, vehicle, stop),
            Doing::AtStop(stop) => self.leave_stop(at, agent, vehicle, stop),
            Doing::ToCharger(charger) => self.plug_in(at, agent, vehicle, charger),
            Doing::Idle => self.go_wait(at, agent),
            Doing::ToRank | Doing::Charging(..) | Doing::Broken => {}
        }
    }

    /// Comes back to [`City::next`] after a while; at once if there is nothing to wait for.
    pub(super) fn wait(&mut self, at: Instant, agent: u32, span: Millis) {
        if span == Millis::ZERO {
            self.next(at, agent);
            return;
        }
        let epoch = self.agents[agent as usize].epoch;
        self.appoint(at + span, Wake::Next { agent, epoch });
    }

    pub(super) fn answer(&mut self, at: Instant, agent: u32, vehicle: VehicleId, order: OrderId) {
        if self.dice("accept", &format!("{order} {vehicle}")).unit() < self.drivers.accept {
            self.command(Command::Accept(vehicle, order));
        } else {
            self.turn(at, agent, Doing::Idle);
            self.command(Command::Decline(vehicle, order));
        }
    }

    pub(super) fn reach_pickup(&mut self, at: Instant, agent: u32, vehicle: VehicleId, order: OrderId) {
        let earliest = self.rides.get(&order).map_or(at, |ride| ride.earliest);
        self.command(Command::Arrived(vehicle, order.clone()));
        self.turn(at, agent, Doing::AtPickup(order));
        let early = earliest.since(at);
        self.wait(at, agent, early.saturating_add(self.drivers.pickup_dwell));
    }

    pub(super) fn take_in(&mut self, at: Instant, agent: u32, vehicle: VehicleId, order: OrderId) {
        self.command(Command::PickedUp(vehicle, order.clone()));
        let to = self.rides.get(&order).map(|ride| ride.dropoff).and_then(|place| self.snap(place));
        let reached = to.is_some_and(|to| self.set_out(at, agent, to, Doing::Aboard(order.clone())));
        if !reached {
            self.break_down(at, agent);
            return;
        }
        let direct =
            self.agents[agent as usize].drive.as_ref().map_or(Millis::ZERO, |drive| drive.path.leg.time);
        if let Some(ride) = self.rides.get_mut(&order) {
            ride.boarded.get_or_insert((at, direct));
        }
    }

    pub(super) fn plug_in(&mut self, at: Instant, agent: u32, vehicle: VehicleId, charger: ChargerId) {
        let watts = self.chargers.get(&charger).map_or(0, |(_, watts)| *watts);
        let reading = self.agents[agent as usize].reading();
        self.acts.push(Act::Position(vehicle.clone(), reading));
        self.command(Command::PlugIn(vehicle, charger.clone()));
        self.turn(at, agent, Doing::Charging(charger, watts));
        self.account.charges += 1;
    }
}
