//! The simulated city: riders who ask for rides, vehicles that do what they are told, drivers who answer, batteries
//! that drain. A deterministic state machine without I/O: the simulator drives it in virtual time inside one process,
//! the demo in real time over HTTP. It learns of the engine only what the engine publishes, and tolerates that late.
//!
//! ```text
//!   step(at)   -> acts: commands and positions, for the engine
//!   react(at, change)      <- what the engine published
//!   refused(at, command)   <- what it did not take
//! ```

use crate::agent::{Account, Agent, Doing};
use crate::battery::PowerCurve;
use crate::day::{Day, Trip};
use crate::kpi::STATES;
use crate::rng::Rng;
use crate::scenario::{Drivers, Faults, Reports, Riders, Scenario};
use paceline_engine::Change;
use paceline_model::{
    ChargerId, ChargerSpec, Command, Event, FaultReason, Instant, Millis, OrderId, OrderSpec, Position,
    Reading, Refusal, Request, VehicleId,
};
use paceline_road::{RoadPoint, Roads, Search, TravelTimes};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

/// Something that the city does towards the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Asks for something.
    Command(Request),
    /// A vehicle says where it is and how full.
    Position(VehicleId, Reading),
}

/// An appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    /// The next trip of the day is due.
    Trip,
    /// A rider's patience ends, by the trip's number.
    Cancel(u32),
    /// A vehicle reaches the next thing to do, if its epoch still holds.
    Next { agent: u32, epoch: u32 },
    /// A vehicle says where it is, if its epoch still holds.
    Report { agent: u32, epoch: u32 },
    /// A vehicle breaks down.
    Fault(u32),
    /// A vehicle is repaired.
    Repaired(u32),
}

/// A ride that the engine has taken and that has no outcome yet.
struct Ride {
    pickup: Position,
    dropoff: Position,
    earliest: Instant,
    agent: Option<u32>,
    /// When the riders first got in, and how long the direct ride takes.
    boarded: Option<(Instant, Millis)>,
    /// When the vehicle reached the drop-off.
    home: Option<Instant>,
}

/// The city.
pub struct City {
    roads: Arc<Roads>,
    search: Search,
    seed: u64,
    drivers: Drivers,
    riders: Riders,
    faults: Faults,
    reports: Reports,
    idle_watts: f64,
    snap_m: f64,
    curve: PowerCurve,
    agents: Vec<Agent>,
    by_name: BTreeMap<VehicleId, u32>,
    chargers: BTreeMap<ChargerId, (RoadPoint, u32)>,
    trips: VecDeque<Trip>,
    placed: u32,
    rides: BTreeMap<OrderId, Ride>,
    wakes: BinaryHeap<Reverse<(Instant, u64, Wake)>>,
    appointments: u64,
    acts: Vec<Act>,
    account: Account,
}

impl City {
    /// The city at the start of `day`: its first step opens the chargers and registers the vehicles.
    pub fn new(scenario: &Scenario, roads: Arc<Roads>, day: Day, seed: u64) -> Self {
        let mut city = Self {
            search: Search::new(&roads),
            roads,
            seed,
            drivers: scenario.drivers.clone(),
            riders: scenario.riders.clone(),
            faults: scenario.faults.clone(),
            reports: scenario.reports.clone(),
            idle_watts: scenario.vehicle.idle_kw * 1_000.0,
            snap_m: f64::from(scenario.far_m_max.max(500)),
            curve: day.curve,
            agents: Vec::new(),
            by_name: BTreeMap::new(),
            chargers: BTreeMap::new(),
            trips: day.trips.into(),
            placed: 0,
            rides: BTreeMap::new(),
            wakes: BinaryHeap::new(),
            appointments: 0,
            acts: Vec::new(),
            account: Account::default(),
        };
        for charger in day.chargers {
            city.open(charger);
        }
        for (spec, reading) in day.vehicles {
            city.join(spec, reading, day.start);
        }
        city.await_trip();
        city
    }

    /// Changes how often vehicles report: a demo wants to see them move.
    pub fn report_every(&mut self, reports: Reports) {
        self.reports = reports;
    }

    /// When something happens next; `None` when nothing will.
    pub fn next_at(&self) -> Option<Instant> {
        if !self.acts.is_empty() {
            return Some(Instant::ZERO);
        }
        self.wakes.peek().map(|Reverse((at, ..))| *at)
    }

    /// Lets everything happen that is due by `at`.
    pub fn step(&mut self, at: Instant) -> Vec<Act> {
        while let Some(Reverse((due, _, wake))) = self.wakes.peek().copied() {
            if due > at {
                break;
            }
            self.wakes.pop();
            self.wake(at, wake);
        }
        std::mem::take(&mut self.acts)
    }

    /// Takes in what the engine published.
    pub fn react(&mut self, at: Instant, change: &Change) {
        match &change.event {
            Event::OrderPlaced { spec } => self.remember(spec),
            Event::OrderCancelled { order } | Event::OrderTimedOut { order } => self.forget(at, order),
            Event::OfferMade { order, vehicle, .. } => self.offered(at, order, vehicle),
            Event::OrderAssigned { order, vehicle, .. } | Event::OfferAccepted { order, vehicle } => {
                self.fetch(at, order, vehicle);
            }
            Event::DispatchFailed { order, vehicle, stranded_at, .. } => {
                self.lost(at, order, vehicle, *stranded_at);
            }
            Event::RidersDroppedOff { order, .. } => self.arrived_home(change.at, order),
            Event::ChargeOrdered { vehicle, decision, .. } => self.go_charge(at, vehicle, &decision.charger),
            Event::ChargeEnded { vehicle, .. } => self.unplugged(at, vehicle),
            Event::VehicleFaulted { vehicle, .. } | Event::VehicleRetired { vehicle } => {
                self.halt(at, vehicle)
            }
            Event::VehicleRecovered { vehicle } => self.resume(at, vehicle),
            _ => {}
        }
    }

    /// Takes in that the engine did not take a command.
    pub fn refused(&mut self, at: Instant, command: &Command, _refusal: &Refusal) {
        match command {
            Command::PlaceOrder(_) => self.account.refused_orders += 1,
            Command::Accept(vehicle, order)
            | Command::Arrived(vehicle, order)
            | Command::PickedUp(vehicle, order)
            | Command::DroppedOff(vehicle, order, _) => {
                self.account.refused_commands += 1;
                if let Some(agent) = self.about(vehicle, order) {
                    self.release(at, agent);
                }
            }
            Command::PlugIn(vehicle, _) => {
                self.account.refused_commands += 1;
                self.unplugged(at, vehicle);
            }
            // A rider may call off in the moment of getting in; a repair may come after a retirement.
            _ => self.account.refused_commands += 1,
        }
    }

    /// Orders that the engine has taken and that have no outcome yet.
    pub fn unsettled(&self) -> usize {
        self.rides.len()
    }
    /// Orders that are still to be placed.
    pub fn to_come(&self) -> usize {
        self.trips.len()
    }
    /// Orders placed so far.
    pub fn placed(&self) -> u32 {
        self.placed
    }
    /// How many vehicles are in each of [`STATES`].
    pub fn states(&self) -> [u32; STATES.len()] {
        let mut counts = [0; STATES.len()];
        for agent in &self.agents {
            counts[agent.doing.state()] += 1;
        }
        counts
    }
    /// What has been driven, used and charged so far, up to `at`.
    pub fn account(&mut self, at: Instant) -> Account {
        for agent in 0..self.agents.len() {
            self.settle(at, agent as u32);
        }
        self.account
    }

    fn open(&mut self, charger: ChargerSpec) {
        if let Some(snapped) = self.roads.snap(charger.position, self.snap_m) {
            self.chargers.insert(charger.id.clone(), (snapped.point, charger.plug_watts));
        }
        self.command(Command::PutCharger(charger));
    }

    fn join(&mut self, spec: paceline_model::VehicleSpec, reading: Reading, start: Instant) {
        let Some(snapped) = self.roads.snap(reading.position, self.snap_m) else { return };
        let number = self.agents.len() as u32;
        self.by_name.insert(spec.id.clone(), number);
        self.command(Command::PutVehicle(spec.clone(), reading));
        self.agents.push(Agent::new(spec, reading, snapped.point));
        // Spread over the interval, so that vehicles do not all speak at once.
        let every = self.reports.idle_s;
        let first = start + Millis(every * 1_000 / 64 * (number % 64 + 1));
        self.appoint(first, Wake::Report { agent: number, epoch: 0 });
        self.await_fault(start, number);
    }

    fn command(&mut self, command: Command) {
        self.acts.push(Act::Command(Request { command, key: None }));
    }

    fn appoint(&mut self, at: Instant, wake: Wake) {
        self.appointments += 1;
        self.wakes.push(Reverse((at, self.appointments, wake)));
    }

    fn settle(&mut self, at: Instant, agent: u32) {
        self.agents[agent as usize].settle(at, &self.curve, self.idle_watts, &mut self.account);
    }

    fn wake(&mut self, at: Instant, wake: Wake) {
        let holds = |city: &Self, agent: u32, epoch| city.agents[agent as usize].epoch == epoch;
        match wake {
            Wake::Trip => self.place_order(at),
            Wake::Cancel(trip) => self.call_off(trip),
            Wake::Next { agent, epoch } if holds(self, agent, epoch) => self.next(at, agent),
            Wake::Report { agent, epoch } if holds(self, agent, epoch) => self.report(at, agent),
            Wake::Next { .. } | Wake::Report { .. } => {}
            Wake::Fault(agent) => self.break_down(at, agent),
            Wake::Repaired(agent) => self.repaired(at, agent),
        }
    }

    // ---- riders

    fn await_trip(&mut self) {
        if let Some(trip) = self.trips.front() {
            self.appoint(trip.at, Wake::Trip);
        }
    }

    fn place_order(&mut self, at: Instant) {
        let Some(trip) = self.trips.pop_front() else { return };
        let number = self.placed;
        self.placed += 1;
        if let Ok(id) = order_name(number) {
            let latest = at + Millis::from_secs(self.riders.wait_s_max);
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
        if self.dice("riders", &number.to_string()).unit() < self.riders.cancel_share {
            self.appoint(at + Millis::from_secs(self.riders.cancel_after_s), Wake::Cancel(number));
        }
        self.await_trip();
    }

    fn call_off(&mut self, number: u32) {
        let Ok(id) = order_name(number) else { return };
        if self.rides.get(&id).is_some_and(|ride| ride.boarded.is_none()) {
            self.command(Command::CancelOrder(id));
        }
    }

    fn remember(&mut self, spec: &OrderSpec) {
        let (pickup, dropoff, earliest) = (spec.pickup, spec.dropoff, spec.earliest_pickup);
        self.rides.insert(
            spec.id.clone(),
            Ride { pickup, dropoff, earliest, agent: None, boarded: None, home: None },
        );
    }

    /// The order came to nothing: whoever was about it is free.
    fn forget(&mut self, at: Instant, order: &OrderId) {
        let Some(ride) = self.rides.remove(order) else { return };
        if let Some(agent) = ride.agent.filter(|&agent| self.is_about(agent, order)) {
            self.release(at, agent);
        }
    }

    fn arrived_home(&mut self, at: Instant, order: &OrderId) {
        let Some(ride) = self.rides.remove(order) else { return };
        if let Some((boarded, direct)) = ride.boarded {
            self.account.riding_ms += u64::from(ride.home.unwrap_or(at).since(boarded).0);
            self.account.direct_ms += u64::from(direct.0);
        }
    }

    // ---- vehicles

    fn number(&self, vehicle: &VehicleId) -> Option<u32> {
        self.by_name.get(vehicle).copied()
    }
    fn is_about(&self, agent: u32, order: &OrderId) -> bool {
        self.agents[agent as usize].doing.order() == Some(order)
    }
    fn about(&self, vehicle: &VehicleId, order: &OrderId) -> Option<u32> {
        self.number(vehicle).filter(|&agent| self.is_about(agent, order))
    }

    /// Changes what a vehicle does: appointments made for what it did before are void.
    fn turn(&mut self, at: Instant, agent: u32, doing: Doing) {
        self.settle(at, agent);
        let vehicle = &mut self.agents[agent as usize];
        vehicle.epoch += 1;
        vehicle.doing = doing;
        let (epoch, every) = (vehicle.epoch, self.report_interval(agent));
        self.appoint(at + every, Wake::Report { agent, epoch });
    }

    fn report_interval(&self, agent: u32) -> Millis {
        let seconds = match self.agents[agent as usize].doing {
            Doing::ToPickup(_) | Doing::Aboard(_) | Doing::ToCharger(_) => self.reports.moving_s,
            Doing::Charging(..) => self.reports.charging_s,
            _ => self.reports.idle_s,
        };
        Millis::from_secs(seconds)
    }

    fn report(&mut self, at: Instant, agent: u32) {
        self.settle(at, agent);
        let vehicle = &self.agents[agent as usize];
        if vehicle.doing == Doing::Broken {
            return;
        }
        if vehicle.battery.is_empty() && vehicle.drive.is_some() {
            self.run_empty(at, agent);
            return;
        }
        let epoch = vehicle.epoch;
        self.acts.push(Act::Position(vehicle.spec.id.clone(), vehicle.reading()));
        self.appoint(at + self.report_interval(agent), Wake::Report { agent, epoch });
    }

    /// Leaves whatever it was about and stands where it is.
    fn release(&mut self, at: Instant, agent: u32) {
        self.stop(at, agent);
        self.turn(at, agent, Doing::Idle);
        let vehicle = &self.agents[agent as usize];
        self.acts.push(Act::Position(vehicle.spec.id.clone(), vehicle.reading()));
    }

    fn stop(&mut self, at: Instant, agent: u32) {
        self.settle(at, agent);
        let vehicle = &mut self.agents[agent as usize];
        if vehicle.drive.take().is_some()
            && let Some(snapped) = self.roads.snap(vehicle.reading().position, self.snap_m)
        {
            vehicle.place = snapped.point;
        }
    }

    /// Sets out; `false` when no road leads there.
    fn set_out(&mut self, at: Instant, agent: u32, to: RoadPoint, doing: Doing) -> bool {
        self.stop(at, agent);
        let from = self.agents[agent as usize].place;
        let Some(path) = self.roads.path(&mut self.search, from, to) else { return false };
        self.turn(at, agent, doing);
        let vehicle = &mut self.agents[agent as usize];
        let arrival = vehicle.set_out(path, at);
        // Where it will stand. Until it arrives nobody asks.
        vehicle.place = to;
        let epoch = vehicle.epoch;
        self.appoint(arrival, Wake::Next { agent, epoch });
        true
    }

    fn snap(&self, place: Position) -> Option<RoadPoint> {
        self.roads.snap(place, self.snap_m).map(|snapped| snapped.point)
    }

    /// A driver is asked, and answers after a while.
    fn offered(&mut self, at: Instant, order: &OrderId, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        let delay = self.dice("answer", &format!("{order} {vehicle}")).unit() * self.drivers.answer_s_max;
        self.stop(at, agent);
        self.turn(at, agent, Doing::Thinking(order.clone()));
        let epoch = self.agents[agent as usize].epoch;
        self.appoint(at + Millis((delay * 1_000.0) as u32), Wake::Next { agent, epoch });
    }

    /// The order is the vehicle's: it sets out to the pick-up.
    fn fetch(&mut self, at: Instant, order: &OrderId, vehicle: &VehicleId) {
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

    fn lost(&mut self, at: Instant, order: &OrderId, vehicle: &VehicleId, stranded_at: Option<Position>) {
        if let Some(ride) = self.rides.get_mut(order) {
            ride.agent = None;
            ride.pickup = stranded_at.unwrap_or(ride.pickup);
        }
        if let Some(agent) = self.about(vehicle, order) {
            self.release(at, agent);
        }
    }

    fn go_charge(&mut self, at: Instant, vehicle: &VehicleId, charger: &ChargerId) {
        let Some(agent) = self.number(vehicle) else { return };
        let place = self.chargers.get(charger).map(|(place, _)| *place);
        let reached = place.is_some_and(|to| self.set_out(at, agent, to, Doing::ToCharger(charger.clone())));
        if !reached {
            let reading = self.agents[agent as usize].reading();
            self.command(Command::Unplug(vehicle.clone(), reading));
        }
    }

    fn unplugged(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        if matches!(self.agents[agent as usize].doing, Doing::ToCharger(_) | Doing::Charging(..)) {
            self.release(at, agent);
        }
    }

    /// What a vehicle does when it gets to where it was going, or has done what it was doing.
    fn next(&mut self, at: Instant, agent: u32) {
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
                self.wait(at, agent, Millis::from_secs(self.drivers.dropoff_s));
            }
            Doing::AtDropoff(order) => {
                self.turn(at, agent, Doing::Idle);
                let reading = self.agents[agent as usize].reading();
                self.command(Command::DroppedOff(vehicle, order, reading));
            }
            Doing::ToCharger(charger) => self.plug_in(at, agent, vehicle, charger),
            Doing::Idle | Doing::Charging(..) | Doing::Broken => {}
        }
    }

    /// Comes back to [`City::next`] after a while; at once if there is nothing to wait for.
    fn wait(&mut self, at: Instant, agent: u32, span: Millis) {
        if span == Millis::ZERO {
            self.next(at, agent);
            return;
        }
        let epoch = self.agents[agent as usize].epoch;
        self.appoint(at + span, Wake::Next { agent, epoch });
    }

    fn answer(&mut self, at: Instant, agent: u32, vehicle: VehicleId, order: OrderId) {
        if self.dice("accept", &format!("{order} {vehicle}")).unit() < self.drivers.accept {
            self.command(Command::Accept(vehicle, order));
        } else {
            self.turn(at, agent, Doing::Idle);
            self.command(Command::Decline(vehicle, order));
        }
    }

    fn reach_pickup(&mut self, at: Instant, agent: u32, vehicle: VehicleId, order: OrderId) {
        let earliest = self.rides.get(&order).map_or(at, |ride| ride.earliest);
        self.command(Command::Arrived(vehicle, order.clone()));
        self.turn(at, agent, Doing::AtPickup(order));
        let early = earliest.since(at);
        self.wait(at, agent, early.saturating_add(Millis::from_secs(self.drivers.pickup_s)));
    }

    fn take_in(&mut self, at: Instant, agent: u32, vehicle: VehicleId, order: OrderId) {
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

    fn plug_in(&mut self, at: Instant, agent: u32, vehicle: VehicleId, charger: ChargerId) {
        let watts = self.chargers.get(&charger).map_or(0, |(_, watts)| *watts);
        let reading = self.agents[agent as usize].reading();
        self.acts.push(Act::Position(vehicle.clone(), reading));
        self.command(Command::PlugIn(vehicle, charger.clone()));
        self.turn(at, agent, Doing::Charging(charger, watts));
        self.account.charges += 1;
    }

    // ---- breakdowns

    /// Time between breakdowns is exponential: a vehicle has no memory of the last one.
    fn await_fault(&mut self, at: Instant, agent: u32) {
        if self.faults.per_vehicle_day > 0.0 {
            let nth = self.agents[agent as usize].epoch;
            let chance = self.dice("faults", &format!("{agent} {nth}")).unit();
            let days = -(1.0 - chance).ln() / self.faults.per_vehicle_day;
            self.appoint(at + Millis((days * 86_400_000.0).min(4e9) as u32), Wake::Fault(agent));
        }
    }

    fn break_down(&mut self, at: Instant, agent: u32) {
        if self.agents[agent as usize].doing == Doing::Broken {
            return;
        }
        self.account.faults += 1;
        self.fail(at, agent, FaultReason::Breakdown);
        self.appoint(at + Millis::from_secs(self.faults.repair_s), Wake::Repaired(agent));
    }

    fn run_empty(&mut self, at: Instant, agent: u32) {
        self.account.stranded += 1;
        self.fail(at, agent, FaultReason::EmptyBattery);
    }

    fn fail(&mut self, at: Instant, agent: u32, reason: FaultReason) {
        self.stop(at, agent);
        self.turn(at, agent, Doing::Broken);
        let vehicle = &self.agents[agent as usize];
        let (id, reading) = (vehicle.spec.id.clone(), vehicle.reading());
        self.acts.push(Act::Position(id.clone(), reading));
        self.command(Command::Fault(id, reason));
    }

    fn repaired(&mut self, at: Instant, agent: u32) {
        if self.agents[agent as usize].doing != Doing::Broken {
            return;
        }
        self.turn(at, agent, Doing::Idle);
        let id = self.agents[agent as usize].spec.id.clone();
        self.command(Command::Recover(id));
        self.await_fault(at, agent);
    }

    /// The engine says that it is out: it stands.
    fn halt(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        if self.agents[agent as usize].doing != Doing::Broken {
            self.stop(at, agent);
            self.turn(at, agent, Doing::Broken);
        }
    }

    /// The engine says that it is back: somebody else has repaired it.
    fn resume(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        if self.agents[agent as usize].doing == Doing::Broken {
            self.turn(at, agent, Doing::Idle);
        }
    }

    /// Dice for one question: the answer does not depend on what else was asked.
    fn dice(&self, purpose: &str, about: &str) -> Rng {
        Rng::new(self.seed, &format!("{purpose} {about}"))
    }
}

/// Names of orders, padded so that their order is that of their times.
fn order_name(number: u32) -> Result<OrderId, paceline_model::Invalid> {
    OrderId::new(&format!("o{number:07}"))
}
