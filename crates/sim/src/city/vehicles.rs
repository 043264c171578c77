//! Vehicles: what they do with what the engine tells them, step by step, and what they say on the way.

use super::streets::Before;
use super::wake::Wake;
use super::{Act, City};
use crate::agent::Doing;
use paceline_model::{
    ChargerId, ChargerIdx, Command, Instant, Millis, OrderId, OrderIdx, Position, VehicleId, VehicleIdx,
};
use paceline_road::RoadPoint;

/// A vehicle on its way to a rank can be given an order at any moment: where it is must be known more exactly.
const RANK_REPORT: Millis = Millis::from_secs(15);

impl City {
    pub(super) fn is_about(&self, agent: VehicleIdx, order: &OrderId) -> bool {
        match &self.agents[agent].doing {
            Doing::Thinking(offered) => offered == order,
            doing => doing.order().is_some_and(|ride| self.rides.id(ride) == Some(order)),
        }
    }
    pub(super) fn about(&self, vehicle: &VehicleId, order: &OrderId) -> Option<VehicleIdx> {
        self.agents.find(vehicle).filter(|&agent| self.is_about(agent, order))
    }

    /// Changes what a vehicle does: appointments made for what it did before are void.
    pub(super) fn turn(&mut self, at: Instant, agent: VehicleIdx, doing: Doing) {
        self.settle(at, agent);
        let vehicle = &mut self.agents[agent];
        vehicle.epoch += 1;
        vehicle.doing = doing;
        let (epoch, every) = (vehicle.epoch, self.report_interval(agent));
        self.appoint(at + every, Wake::Report { agent, epoch });
        if self.agents[agent].doing == Doing::Idle {
            self.await_idleness(at, agent);
            if self.agents[agent].leaves {
                // After what it has to say of its last ride.
                self.appoint(at, Wake::End(agent));
            }
        }
    }

    /// A vehicle that has had nothing to do for a while goes to where vehicles wait.
    pub(super) fn await_idleness(&mut self, at: Instant, agent: VehicleIdx) {
        if !self.ranks.is_empty() {
            let epoch = self.agents[agent].epoch;
            self.appoint(at + self.habits.idle.after, Wake::Next { agent, epoch });
        }
    }

    /// Sets out to the nearest rank, and stops as soon as it is near enough. Who must charge, or would have to on the way, stays
    /// where it is.
    fn go_wait(&mut self, at: Instant, agent: VehicleIdx) {
        let near = self.habits.idle.near;
        let from = self.agents[agent].place;
        let ways = self.ranks.iter().map(|&rank| (self.streets.leg(from, rank), rank));
        let Some((way, rank)) = ways.min_by_key(|(way, _)| way.time) else { return };
        let time = way.time;
        if time > near
            && way.is_reachable()
            && self.agents[agent].can_drive(way, self.habits.kinds[self.agents[agent].kind].draws)
            && self.set_out(at, agent, rank, Doing::ToRank)
        {
            let epoch = self.agents[agent].epoch;
            self.appoint(at + time.saturating_sub(near), Wake::Next { agent, epoch });
        }
    }

    /// The engine sends a vehicle with nothing to do to where riders are expected.
    pub(super) fn go_stand(&mut self, at: Instant, vehicle: &VehicleId, to: Position) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        if matches!(self.agents[agent].doing, Doing::Idle | Doing::ToRank)
            && let Some(to) = self.streets.snap(to)
        {
            self.set_out(at, agent, to, Doing::ToRank);
        }
    }

    pub(super) fn report_interval(&self, agent: VehicleIdx) -> Millis {
        match self.agents[agent].doing {
            Doing::ToPickup(_) | Doing::Aboard(_) | Doing::ToStop(_) | Doing::ToCharger(_) => {
                self.habits.reports.moving
            }
            Doing::ToRank => self.habits.reports.moving.min(RANK_REPORT),
            Doing::Charging(..) => self.habits.reports.charging,
            _ => self.habits.reports.idle,
        }
    }

    pub(super) fn report(&mut self, at: Instant, agent: VehicleIdx) {
        self.settle(at, agent);
        let vehicle = &self.agents[agent];
        if vehicle.is_out() {
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
    pub(super) fn release(&mut self, at: Instant, agent: VehicleIdx) {
        self.stop(at, agent);
        self.turn(at, agent, Doing::Idle);
        let vehicle = &self.agents[agent];
        self.acts.push(Act::Position(vehicle.spec.id.clone(), vehicle.reading()));
    }

    pub(super) fn stop(&mut self, at: Instant, agent: VehicleIdx) {
        self.settle(at, agent);
        let vehicle = &mut self.agents[agent];
        if vehicle.drive.take().is_some()
            && let Some(place) = self.streets.snap(vehicle.reading().position)
        {
            vehicle.place = place;
        }
    }

    /// Sets out; `false` when no road leads there.
    pub(super) fn set_out(&mut self, at: Instant, agent: VehicleIdx, to: RoadPoint, doing: Doing) -> bool {
        self.stop(at, agent);
        let from = self.agents[agent].place;
        let Some(path) = self.streets.way(from, to) else { return false };
        self.turn(at, agent, doing);
        let vehicle = &mut self.agents[agent];
        let arrival = vehicle.set_out(path, at);
        // Where it will stand. Until it arrives nobody asks.
        vehicle.place = to;
        let epoch = vehicle.epoch;
        self.appoint(arrival, Wake::Next { agent, epoch });
        true
    }

    /// Plans a drive under way anew if what is left of it takes another time than before, or is believed to.
    pub(super) fn plan_again(&mut self, at: Instant, agent: VehicleIdx, before: &Before) -> bool {
        let vehicle = &self.agents[agent];
        let drive = vehicle.drive.as_ref();
        let affected = drive.is_some_and(|drive| self.streets.has_changed(&drive.path, before));
        if !affected || vehicle.is_out() || vehicle.doing == Doing::ToRank {
            return false;
        }
        let (to, doing) = (vehicle.place, vehicle.doing.clone());
        self.stop(at, agent);
        if self.agents[agent].battery.is_empty() {
            self.run_empty(at, agent);
            return false;
        }
        self.set_out(at, agent, to, doing)
    }

    /// A driver is asked, and answers after a while.
    pub(super) fn offered(&mut self, at: Instant, order: &OrderId, vehicle: &VehicleId) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        let delay = self.dice("answer", &format!("{order} {vehicle}")).unit()
            * self.habits.drivers.answer_max.as_secs_f64();
        self.stop(at, agent);
        self.turn(at, agent, Doing::Thinking(order.clone()));
        let epoch = self.agents[agent].epoch;
        self.appoint(at + Millis((delay * 1_000.0) as u32), Wake::Next { agent, epoch });
    }

    /// The order is the vehicle's: it sets out to the pick-up.
    pub(super) fn fetch(&mut self, at: Instant, order: &OrderId, vehicle: &VehicleId) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        let Some(idx) = self.rides.find(order) else { return };
        let Some(ride) = self.rides.get_mut(idx) else { return };
        ride.agent = Some(agent);
        let to = self.streets.snap(ride.pickup);
        let reached = to.is_some_and(|to| self.set_out(at, agent, to, Doing::ToPickup(idx)));
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
        let ride = self.rides.find(order);
        if let Some(ride) = ride.and_then(|ride| self.rides.get_mut(ride)) {
            ride.agent = None;
            ride.pickup = stranded_at.unwrap_or(ride.pickup);
        }
        if self.leave_out_named(at, vehicle, order) {
            return;
        }
        if let Some(agent) = self.about(vehicle, order) {
            self.release(at, agent);
        }
    }

    pub(super) fn go_charge(&mut self, at: Instant, vehicle: &VehicleId, charger: &ChargerId) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        let site = self.chargers.find(charger);
        let reached = site.is_some_and(|idx| {
            let place = self.chargers.get(idx).map(|site| site.place);
            place.is_some_and(|to| self.set_out(at, agent, to, Doing::ToCharger(idx)))
        });
        if !reached {
            let reading = self.agents[agent].reading();
            self.command(Command::Unplug(vehicle.clone(), reading));
        }
    }

    pub(super) fn unplugged(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        if matches!(self.agents[agent].doing, Doing::ToCharger(_) | Doing::Charging(..)) {
            self.release(at, agent);
        }
    }

    /// What a vehicle does when it gets to where it was going, or has done what it was doing.
    pub(super) fn next(&mut self, at: Instant, agent: VehicleIdx) {
        if self.agents[agent].doing == Doing::ToRank {
            self.release(at, agent);
            return;
        }
        self.settle(at, agent);
        if self.agents[agent].drive.take().is_some() && self.agents[agent].battery.is_empty() {
            self.run_empty(at, agent);
            return;
        }
        let (vehicle, doing) = (self.agents[agent].spec.id.clone(), self.agents[agent].doing.clone());
        if let Some(order) = doing.order().filter(|&order| self.rides.get(order).is_none()) {
            // Somebody else has ended the order while the vehicle was about it.
            if !self.leave_out(at, agent, order) {
                self.release(at, agent);
            }
            return;
        }
        match doing {
            Doing::Thinking(order) => self.answer(at, agent, vehicle, order),
            Doing::ToPickup(order) => self.reach_pickup(at, agent, vehicle, order),
            Doing::AtPickup(order) => self.take_in(at, agent, vehicle, order),
            Doing::Aboard(order) => self.reach_dropoff(at, agent, order),
            Doing::AtDropoff(order) => self.let_out(at, agent, vehicle, order),
            Doing::ToStop(stop) => self.reach_stop(at, agent, vehicle, stop),
            Doing::AtStop(stop) => self.leave_stop(at, agent, vehicle, stop),
            Doing::ToCharger(charger) => self.plug_in(at, agent, vehicle, charger),
            Doing::Idle => self.go_wait(at, agent),
            Doing::ToRank | Doing::Charging(..) | Doing::Broken | Doing::Away => {}
        }
    }

    /// Comes back to [`City::next`] after a while; at once if there is nothing to wait for.
    pub(super) fn wait(&mut self, at: Instant, agent: VehicleIdx, span: Millis) {
        if span == Millis::ZERO {
            self.next(at, agent);
            return;
        }
        let epoch = self.agents[agent].epoch;
        self.appoint(at + span, Wake::Next { agent, epoch });
    }

    fn answer(&mut self, at: Instant, agent: VehicleIdx, vehicle: VehicleId, order: OrderId) {
        if self.dice("accept", &format!("{order} {vehicle}")).unit() < self.habits.drivers.accept {
            self.command(Command::Accept(vehicle, order));
        } else {
            self.turn(at, agent, Doing::Idle);
            self.command(Command::Decline(vehicle, order));
        }
    }

    fn reach_pickup(&mut self, at: Instant, agent: VehicleIdx, vehicle: VehicleId, order: OrderIdx) {
        let Some(ride) = self.rides.get(order) else { return };
        let early = ride.earliest.since(at);
        self.command(Command::Arrived(vehicle, ride.id.clone()));
        self.turn(at, agent, Doing::AtPickup(order));
        self.wait(at, agent, early.saturating_add(self.habits.drivers.pickup_dwell));
    }

    fn take_in(&mut self, at: Instant, agent: VehicleIdx, vehicle: VehicleId, order: OrderIdx) {
        let Some(ride) = self.rides.get(order) else { return };
        let to = self.streets.snap(ride.dropoff);
        self.command(Command::PickedUp(vehicle, ride.id.clone()));
        let reached = to.is_some_and(|to| self.set_out(at, agent, to, Doing::Aboard(order)));
        if !reached {
            self.break_down(at, agent);
            return;
        }
        let direct = self.agents[agent].drive.as_ref().map_or(Millis::ZERO, |drive| drive.path.leg.time);
        if let Some(ride) = self.rides.get_mut(order) {
            ride.boarded.get_or_insert((at, direct));
        }
    }

    fn reach_dropoff(&mut self, at: Instant, agent: VehicleIdx, order: OrderIdx) {
        if let Some(ride) = self.rides.get_mut(order) {
            ride.home = Some(at);
        }
        self.turn(at, agent, Doing::AtDropoff(order));
        self.wait(at, agent, self.habits.drivers.dropoff_dwell);
    }

    fn let_out(&mut self, at: Instant, agent: VehicleIdx, vehicle: VehicleId, order: OrderIdx) {
        self.turn(at, agent, Doing::Idle);
        let reading = self.agents[agent].reading();
        if let Some(order) = self.rides.id(order).cloned() {
            self.command(Command::DroppedOff(vehicle, order, reading));
        }
    }

    fn plug_in(&mut self, at: Instant, agent: VehicleIdx, vehicle: VehicleId, charger: ChargerIdx) {
        let Some(site) = self.chargers.get(charger) else { return };
        let (id, watts) = (site.id.clone(), site.plug_watts);
        let reading = self.agents[agent].reading();
        self.acts.push(Act::Position(vehicle.clone(), reading));
        self.command(Command::PlugIn(vehicle, id));
        self.turn(at, agent, Doing::Charging(charger, watts));
        self.account.charges += 1;
    }
}
