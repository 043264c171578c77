//! The simulated city: riders who ask for rides, vehicles that do what they are told, drivers who answer, batteries
//! that drain. A deterministic state machine without I/O: the simulator drives it in virtual time inside one process,
//! the demo in real time over HTTP. It learns of the engine only what the engine publishes, and tolerates that late.
//!
//! ```text
//!   step(at)   -> acts: commands and positions, for the engine
//!   react(at, change)      <- what the engine published
//!   refused(at, command)   <- what it did not take
//! ```

mod agents;
mod asking;
mod breakdowns;
mod habits;
mod riders;
mod sharing;
mod shifts;
mod streets;
mod vehicles;
mod wake;

use crate::account::Account;
use crate::agenda::Agenda;
use crate::agent::Agent;
use crate::day::{Day, LeftOut, Starting, Trip};
use crate::kpi::STATES;
use crate::scenario::{Reports, Scenario};
pub(crate) use riders::order_name;

use agents::Agents;
use asking::Asking;
use habits::Habits;
use paceline_engine::Change;
use paceline_model::{
    ChargerId, ChargerSpec, Command, Event, Instant, Millis, OrderId, Position, Reading, Refusal, Request,
    Row, Table, VehicleId, VehicleIdx,
};
use paceline_plan::Rng;
use paceline_road::{RoadPoint, Roads};
use std::collections::VecDeque;
use std::sync::Arc;
use streets::Streets;
use wake::Wake;

/// Something that the city does towards the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Asks for something.
    Command(Request),
    /// A vehicle says where it is and how full.
    Position(VehicleId, Reading),
}

/// A ride that the engine has taken and that has no outcome yet.
#[derive(Clone)]
struct Ride {
    id: OrderId,
    pickup: Position,
    dropoff: Position,
    earliest: Instant,
    agent: Option<VehicleIdx>,
    /// When the riders first got in, and how long the direct ride takes.
    boarded: Option<(Instant, Millis)>,
    /// When the vehicle reached the drop-off.
    home: Option<Instant>,
    /// Whether another party was ever in the vehicle with them.
    shared: bool,
}

impl Row for Ride {
    type Id = OrderId;
    fn id(&self) -> &OrderId {
        &self.id
    }
}

/// A charger site on the roads.
#[derive(Clone)]
struct Site {
    id: ChargerId,
    place: RoadPoint,
    plug_watts: u32,
}

impl Row for Site {
    type Id = ChargerId;
    fn id(&self) -> &ChargerId {
        &self.id
    }
}

/// The city. What the engine publishes and refuses names vehicles, orders and chargers: each name is looked up once, where it
/// comes in.
pub struct City {
    streets: Streets,
    habits: Habits,
    seed: u64,
    /// Where vehicles with nothing to do wait.
    ranks: Vec<RoadPoint>,
    agents: Agents,
    chargers: Table<Site>,
    /// Vehicles whose shifts begin later.
    later: Vec<Starting>,
    trips: VecDeque<Trip>,
    asking: Asking,
    rides: Table<Ride>,
    agenda: Agenda<Wake>,
    acts: Vec<Act>,
    account: Account,
}

impl City {
    /// The city at the start of `day`: its first step opens the chargers and registers the vehicles.
    pub fn new(scenario: &Scenario, roads: Arc<Roads>, day: Day, seed: u64) -> Self {
        let mut city = Self {
            streets: Streets::new(roads, scenario.near_m()),
            habits: Habits::new(scenario, day.kinds),
            seed,
            ranks: Vec::new(),
            agents: Agents::default(),
            chargers: Table::default(),
            later: Vec::new(),
            trips: day.trips.into(),
            asking: Asking::default(),
            rides: Table::default(),
            agenda: Agenda::default(),
            acts: Vec::new(),
            account: Account::default(),
        };
        let directed = scenario.fleet.rebalance.is_some();
        // Told where to stand, they do not go by themselves.
        let ranks = if directed { Vec::new() } else { scenario.idle.positions().unwrap_or_default() };
        city.ranks = ranks.into_iter().filter_map(|place| city.streets.snap(place)).collect();
        // Scenarios are checked when they are read: an area that is none has not come so far.
        for area in scenario.areas.iter().filter_map(|area| area.geofence().ok()) {
            city.command(Command::PutGeofence(area));
        }
        for charger in day.chargers {
            city.open(charger);
        }
        for vehicle in day.vehicles {
            city.expect(vehicle, day.start);
        }
        city.await_trip();
        city
    }

    /// Changes how often vehicles report: a demo wants to see them move.
    pub fn report_every(&mut self, reports: Reports) {
        self.habits.reports = reports;
    }

    /// From now on drives take what `roads` says, and ways are chosen by what `believed` says. Drives under way whose rest is
    /// affected are planned anew from where they are; gives how many.
    pub fn traffic(&mut self, at: Instant, roads: Arc<Roads>, believed: Arc<Roads>) -> usize {
        let before = self.streets.change(roads, believed);
        let mut planned = 0;
        for agent in self.agents.all() {
            planned += usize::from(self.plan_again(at, agent, &before));
        }
        planned
    }

    /// When something happens next; `None` when nothing will.
    pub fn next_at(&self) -> Option<Instant> {
        if !self.acts.is_empty() {
            return Some(Instant::ZERO);
        }
        self.agenda.next_at()
    }

    /// Lets everything happen that is due by `at`.
    pub fn step(&mut self, at: Instant) -> Vec<Act> {
        while let Some(wake) = self.agenda.due(at) {
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
            Event::OrderMoved { order, from, vehicle, .. } => self.moved(at, order, from, vehicle),
            Event::RoutePlanned { vehicle, stops, .. } => self.planned(at, vehicle, stops),
            Event::DispatchFailed { order, vehicle, stranded_at, .. } => {
                self.lost(at, order, vehicle, *stranded_at);
            }
            Event::RidersDroppedOff { order, .. } => self.arrived_home(change.at, order),
            Event::ChargeOrdered { vehicle, decision, .. } => self.go_charge(at, vehicle, &decision.charger),
            Event::StandOrdered { vehicle, decision, .. } => self.go_stand(at, vehicle, decision.position),
            Event::ChargeEnded { vehicle, .. } => self.unplugged(at, vehicle),
            Event::VehicleFaulted { vehicle, .. } | Event::VehicleRetired { vehicle } => {
                self.halt(at, vehicle)
            }
            Event::VehicleRecovered { vehicle } => self.resume(at, vehicle),
            _ => {}
        }
    }

    /// A vehicle has come to another region, which counts on it once it has said there where it is. What it asked for on the way comes first.
    pub fn changed_region(&mut self, at: Instant, vehicle: &VehicleId, asked: Vec<Act>) {
        self.acts.extend(asked);
        let Some(agent) = self.agents.find(vehicle).filter(|agent| !self.agents[*agent].is_out()) else {
            return;
        };
        self.settle(at, agent);
        self.acts.push(Act::Position(vehicle.clone(), self.agents[agent].reading()));
    }

    /// Takes in that the engine did not take a command.
    pub fn refused(&mut self, at: Instant, command: &Command, refusal: &Refusal) {
        match command {
            Command::PlaceOrder(order) => self.turn_away(&order.id, refusal),
            Command::Accept(vehicle, order) | Command::DroppedOff(vehicle, order, _) => {
                self.account.refused_commands += 1;
                if self.leave_out_named(at, vehicle, order) {
                    return;
                }
                if let Some(agent) = self.about(vehicle, order) {
                    self.release(at, agent);
                }
            }
            Command::Arrived(vehicle, order) | Command::PickedUp(vehicle, order) => {
                self.account.refused_commands += 1;
                // City and engine have lost each other over this order: it goes back into the queue.
                if self.leave_out_named(at, vehicle, order) {
                    self.command(Command::Decline(vehicle.clone(), order.clone()));
                } else if let Some(agent) = self.about(vehicle, order) {
                    self.release(at, agent);
                    self.command(Command::Decline(vehicle.clone(), order.clone()));
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
        self.asking.placed
    }
    /// How many vehicles are in each of [`STATES`].
    pub fn states(&self) -> [u32; STATES.len()] {
        let mut counts = [0; STATES.len()];
        for agent in self.agents.rows() {
            counts[agent.state()] += 1;
        }
        counts
    }
    /// Orders that the engine did not take, and why.
    pub fn turned_away(&self) -> &[LeftOut] {
        &self.asking.turned_away
    }
    /// What has been driven, used and charged so far, up to `at`.
    pub fn account(&mut self, at: Instant) -> Account {
        for agent in self.agents.all() {
            self.settle(at, agent);
        }
        self.account
    }

    fn open(&mut self, charger: ChargerSpec) {
        if let Some(place) = self.streets.snap(charger.position) {
            let (id, plug_watts) = (charger.id.clone(), charger.plug_watts);
            self.chargers.insert(Site { id, place, plug_watts });
        }
        self.command(Command::PutCharger(charger));
    }

    fn join(&mut self, vehicle: Starting, start: Instant) {
        let Some(place) = self.streets.snap(vehicle.reading.position) else { return };
        let until = vehicle.shift.until;
        self.command(Command::PutVehicle(vehicle.spec.clone(), vehicle.reading));
        let agent = self.agents.add(Agent::new(vehicle, place));
        // Spread over the interval, so that vehicles do not all speak at once.
        let every = self.habits.reports.idle;
        let first = start + Millis(every.0 / 64 * (agent.slot() as u32 % 64 + 1));
        self.appoint(first, Wake::Report { agent, epoch: 0 });
        self.await_fault(start, agent);
        self.await_idleness(start, agent);
        if let Some(until) = until {
            self.appoint(until.max(start), Wake::End(agent));
        }
    }

    fn command(&mut self, command: Command) {
        self.acts.push(Act::Command(Request { command, key: None }));
    }

    fn appoint(&mut self, at: Instant, wake: Wake) {
        self.agenda.add(at, wake);
    }

    fn settle(&mut self, at: Instant, agent: VehicleIdx) {
        let vehicle = &mut self.agents[agent];
        let kind = &self.habits.kinds[vehicle.kind];
        vehicle.settle(at, &kind.curve, kind.draws, &mut self.account);
    }

    fn wake(&mut self, at: Instant, wake: Wake) {
        let holds = |city: &Self, agent: VehicleIdx, epoch| city.agents[agent].epoch == epoch;
        match wake {
            Wake::Trip => self.place_order(at),
            Wake::Cancel(trip) => self.call_off(trip),
            Wake::Next { agent, epoch } if holds(self, agent, epoch) => self.next(at, agent),
            Wake::Report { agent, epoch } if holds(self, agent, epoch) => self.report(at, agent),
            Wake::Next { .. } | Wake::Report { .. } => {}
            Wake::Fault(agent) => self.break_down(at, agent),
            Wake::Begin(number) => self.begin_shift(at, number),
            Wake::End(agent) => self.end_shift(agent),
            Wake::Repaired(agent) => self.repaired(at, agent),
        }
    }

    /// Dice for one question: the answer does not depend on what else was asked.
    fn dice(&self, purpose: &str, about: &str) -> Rng {
        Rng::of(self.seed, &format!("{purpose} {about}"))
    }
}
