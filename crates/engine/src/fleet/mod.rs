//! The fleet's world: vehicles, orders, chargers, and the loop that dispatches them.
//!
//! A command is judged in `admit/`, becomes events, and each event is folded in by `apply/`. Events are applied at
//! once, to the *head*, but every reply and publication waits until its events are durable: from outside, only
//! durable events exist, while commands queued behind one fsync are judged against those before them.

mod admit;
mod apply;
mod closures;
mod errand;
mod explain;
mod live;
mod options;
mod places;
mod round;
mod soon;
mod stands;
mod view;
mod world;

pub use errand::Errand;
pub use explain::Explanation;
pub use options::FleetOptions;
pub use world::{ChargerSite, Order, World};

use crate::record::{Record, RecordError};
use closures::Closures;
use live::Live;
use paceline_model::lifecycle::Service;
use paceline_model::{
    Answer, Command, Event, Instant, Millis, OrderId, Reading, Receipt, Refusal, Request, RouteCut,
    VehicleId, Version, Weighing,
};
use paceline_plan::forecast::Errors;
use paceline_plan::forecast::Values;
use paceline_plan::{Degraded, Plan, Snapshot};
use paceline_road::Roads;
use places::Places;
use soon::Soon;
use stands::Stands;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use view::View;

/// Names one command among those under way, so that its answer finds the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Everything that can happen to a fleet.
#[derive(Debug)]
pub enum Input {
    /// Somebody asks for something.
    Command(Ticket, Request),
    /// Vehicles said where they are and how full; the newest of each counts. Unknown vehicles are passed over.
    Positions(Vec<(VehicleId, Reading)>),
    /// Runs the fleet by other options from now on, which the caller has checked.
    Options(Box<FleetOptions>),
    /// Time for a round.
    Tick,
    /// A solver's answer to [`Output::Solve`].
    Proposed(Box<Plan>),
    /// All records up to this version are on disk.
    Durable(Version),
}

/// Everything that a fleet can ask for.
#[derive(Debug)]
pub enum Output {
    /// Write this down and say [`Input::Durable`]; in the order given.
    Append(Record),
    /// Solve this round and say [`Input::Proposed`]. At most one is under way.
    Solve(Box<Snapshot>),
    /// Tell the world: it is durable.
    Publish(Arc<Change>),
    /// Tell the caller: it is durable.
    Reply(Ticket, Answer),
    /// A round is over: for metrics and traces.
    Round(RoundSummary),
}

/// One durable event as the world is told of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// The world after it: dense, from 1; a reader that has seen n asks for n + 1.
    pub version: Version,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub event: Event,
}

/// What one round did.
#[derive(Clone, Debug, Default)]
pub struct RoundSummary {
    /// When it began.
    pub at: Instant,
    /// Orders that were open, vehicles that were free.
    pub orders: u32,
    /// Vehicles that were free.
    pub vehicles: u32,
    /// Pairs priced.
    pub candidates: u32,
    /// Assignments that held at commit.
    pub committed: u32,
    /// Orders that were given to another vehicle than was on its way to them.
    pub moved: u32,
    /// Orders that wait for a vehicle which will soon be free.
    pub held_back: u32,
    /// Orders whose assignment no longer held.
    pub stale: Vec<OrderId>,
    /// Vehicles sent to charge.
    pub sent_to_charge: u32,
    /// Idle vehicles sent to where riders are expected.
    pub sent_to_stand: u32,
    /// Vehicles low on charge for which there was no plug.
    pub stranded: u32,
    /// What ran short.
    pub degraded: Vec<Degraded>,
    /// Work steps used.
    pub steps: u64,
}

/// How many orders the events of shared routes give to vehicles.
fn gained(events: &[Event]) -> u32 {
    let gained = events.iter().map(|event| match event {
        Event::RoutePlanned { gained, .. } => gained.len() as u32,
        _ => 0,
    });
    gained.sum()
}

/// Time between two looks at all vehicles for silence and charge: both move in minutes.
const SWEEP_EVERY: Millis = Millis::from_secs(5);

/// The fleet of one region.
pub struct Fleet {
    roads: Arc<Roads>,
    options: FleetOptions,
    world: World,
    live: Live,
    places: Places,
    stands: Stands,
    soon: Soon,
    /// What vehicles are worth where and when, if that is known.
    values: Option<Arc<Values>>,
    /// What the last round found for orders that it left open.
    findings: BTreeMap<OrderId, Weighing>,
    /// What closed roads have done to the drives of orders that are under way.
    cuts: BTreeMap<OrderId, RouteCut>,
    /// Closed roads whose drives have not all been looked at.
    closures: Option<Closures>,
    /// The latest moment seen; a clock that jumps back is held here.
    now: Instant,
    /// When this engine first heard anything.
    began: Option<Instant>,
    swept: Instant,
    /// Whether a vehicle has become free since orders could last be moved.
    freed: bool,
    /// The round under way.
    solving: Option<RoundSummary>,
    /// Events of the input at hand, already applied.
    happened: Vec<Event>,
    durable: Version,
    /// What may be said once its version is durable, oldest first.
    held: VecDeque<(Version, Output)>,
    outbox: VecDeque<Output>,
}

impl Fleet {
    /// Decides on other travel times of the same streets from now on. A round under way goes on with those that it was given:
    /// whoever solves takes [`Fleet::roads`] together with the snapshot. Drives that a closed road cuts are planned anew in the next
    /// ticks, and published.
    pub fn drive_on(&mut self, roads: Arc<Roads>) {
        closures::note(self, &roads);
        self.roads = roads;
        self.places.forget_rides();
    }
    /// Policies that look ahead do so by these values from now on.
    pub fn look_ahead_by(&mut self, values: Arc<Values>) {
        self.values = Some(values);
    }
    /// The streets under the travel times that the next round is decided on.
    pub fn roads(&self) -> &Arc<Roads> {
        &self.roads
    }
    /// An empty world.
    pub fn new(roads: Arc<Roads>, options: FleetOptions) -> Self {
        Self {
            places: Places::new(&roads),
            stands: Stands::new(options.rebalance),
            values: None,
            soon: Soon::default(),
            roads,
            options,
            world: World::default(),
            live: Live::default(),
            findings: BTreeMap::new(),
            cuts: BTreeMap::new(),
            closures: None,
            now: Instant::ZERO,
            began: None,
            swept: Instant::ZERO,
            freed: false,
            solving: None,
            happened: Vec::new(),
            durable: Version(0),
            held: VecDeque::new(),
            outbox: VecDeque::new(),
        }
    }

    /// The world of a snapshot that [`Fleet::state`] made, and the forecast that was learnt by then; one of before forecasts were
    /// saved begins with none. Errors: bytes that are not one.
    pub fn restore(roads: Arc<Roads>, options: FleetOptions, state: &[u8]) -> Result<Self, RecordError> {
        let mut fleet = Self::new(roads, options);
        let (world, learnt) = postcard::take_from_bytes(state)?;
        fleet.world = world;
        if !learnt.is_empty() {
            fleet.stands = Stands::restore(postcard::from_bytes(learnt)?, fleet.options.rebalance);
        }
        fleet.world.reindex();
        fleet.durable = fleet.world.version;
        let sites: Vec<_> = fleet.world.chargers.values().map(|site| site.spec.clone()).collect();
        for site in &sites {
            fleet.places.put_charger(&fleet.roads, site, fleet.options.snap_m_max);
        }
        Ok(fleet)
    }

    /// Folds in a durable record: recovery. Errors: a record that does not follow the world as it is.
    pub fn replay(&mut self, record: &Record) -> Result<(), RecordError> {
        let expected = Version(self.world.version.0 + record.events.len() as u64);
        if record.version != expected || record.events.is_empty() {
            return Err(RecordError::Gap { expected: expected.0, found: record.version.0 });
        }
        self.now = self.now.max(record.at);
        self.happen_at(record.at, record.events.clone());
        self.happened.clear();
        self.durable = self.world.version;
        Ok(())
    }

    /// The world and what was learnt of its riders, in canonical bytes: equal histories, equal bytes.
    pub fn state(&self) -> Vec<u8> {
        postcard::to_stdvec(&(&self.world, self.stands.learnt())).expect("plain data: it always encodes")
    }

    /// A checksum of [`Fleet::state`]: 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv).
    pub fn digest(&self) -> u64 {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        self.state().iter().fold(0xcbf2_9ce4_8422_2325, fold)
    }

    /// The world at the head: everything admitted, durable or not yet.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The version up to which everything is on disk.
    pub fn durable(&self) -> Version {
        self.durable
    }

    /// How the fleet is run.
    pub fn options(&self) -> &FleetOptions {
        &self.options
    }

    /// The newest that is known of a vehicle.
    pub fn reading(&self, vehicle: &VehicleId) -> Option<Reading> {
        self.world.vehicle(vehicle).map(|known| self.view().reading(known))
    }

    /// How good the forecast of riders has been.
    pub fn forecast_errors(&self) -> Errors {
        self.stands.errors()
    }

    /// Why an order stands where it does.
    pub fn explain(&self, order: &OrderId) -> Option<Explanation> {
        let (finding, cut) = (self.findings.get(order), self.cuts.get(order));
        self.world.order(order).map(|known| explain::explain(known, finding, cut))
    }

    /// Takes in one thing that happened. Then [`Fleet::poll`] until it has no more to say.
    pub fn handle(&mut self, at: Instant, input: Input) {
        self.now = self.now.max(at);
        self.began.get_or_insert(self.now);
        match input {
            Input::Command(ticket, request) => self.command(ticket, request),
            Input::Positions(readings) => self.positions(readings),
            Input::Options(options) => self.run_by(*options),
            Input::Tick => self.tick(),
            Input::Proposed(plan) => self.adopt(*plan),
            Input::Durable(version) => self.durable = self.durable.max(version),
        }
        self.release();
    }

    /// The next thing that the fleet asks for.
    pub fn poll(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    fn view(&self) -> View<'_> {
        View {
            at: self.now,
            world: &self.world,
            live: &self.live,
            options: &self.options,
            roads: &self.roads,
        }
    }

    fn command(&mut self, ticket: Ticket, request: Request) {
        let kept = request.key.as_ref().and_then(|(key, _)| self.world.kept.get(key));
        let answer = match (kept, request.key) {
            (Some(kept), Some((_, fingerprint))) if kept.fingerprint != fingerprint => {
                Err(Refusal::KeyReused)
            }
            (Some(kept), _) => kept.answer.clone(),
            (None, key) => {
                let answer = self.effect(request.command);
                if let Some((key, fingerprint)) = key {
                    self.happen(vec![Event::Remembered { key, fingerprint, answer: answer.clone() }]);
                }
                answer
            }
        };
        self.seal();
        self.held.push_back((self.world.version, Output::Reply(ticket, answer)));
    }

    fn effect(&mut self, command: Command) -> Answer {
        let spoke = admit::speaker(&command).map(|(vehicle, reading)| (vehicle.clone(), reading));
        let events = admit::admit(&self.view(), command)?;
        self.happen(events);
        match spoke {
            Some((vehicle, Some(reading))) => self.live.hear(self.now, &vehicle, reading),
            Some((vehicle, None)) => self.live.touch(self.now, &vehicle),
            None => {}
        }
        Ok(Receipt { version: self.world.version })
    }

    fn positions(&mut self, readings: Vec<(VehicleId, Reading)>) {
        for (vehicle, reading) in readings {
            let Some(known) = self.world.vehicle(&vehicle) else { continue };
            let lost = known.service == Service::NonContactable;
            self.live.hear(self.now, &vehicle, reading);
            if lost {
                self.happen(vec![Event::ContactRestored { vehicle, reading }]);
            }
        }
        self.seal();
    }

    /// A round under way goes on by what its snapshot says.
    fn run_by(&mut self, options: FleetOptions) {
        if options == self.options {
            return;
        }
        let written = serde_json::to_string(&options).expect("options are plain data: they always encode");
        self.stands.run_by(options.rebalance);
        self.options = options;
        self.happen(vec![Event::OptionsChanged { options: written }]);
        self.seal();
    }

    fn tick(&mut self) {
        let lapsed = round::expire(&self.view());
        self.happen(lapsed);
        let cut = closures::look(self);
        self.happen(cut);
        let sweeping = self.now.since(self.swept) >= SWEEP_EVERY;
        if sweeping {
            self.swept = self.now;
            let noticed = round::sweep(&self.view(), self.began.unwrap_or(self.now));
            self.happen(noticed);
        }
        self.seal();
        if self.solving.is_some() {
            return;
        }
        let low = if sweeping { round::low(self) } else { BTreeSet::new() };
        if let Some(snapshot) = round::snapshot(self, &low) {
            self.solving = Some(RoundSummary {
                at: self.now,
                orders: snapshot.orders.iter().filter(|order| order.held.is_none()).count() as u32,
                vehicles: snapshot.vehicles.iter().filter(|row| row.free_in == Millis::ZERO).count() as u32,
                ..RoundSummary::default()
            });
            self.outbox.push_back(Output::Solve(snapshot));
        }
    }

    fn adopt(&mut self, plan: Plan) {
        let mut summary = self.solving.take().unwrap_or_default();
        let (routed, stale) = round::routes(&self.view(), plan.routes);
        summary.committed += gained(&routed);
        summary.stale.extend(stale);
        self.happen(routed);
        // Moves first: what they leave free is given away next.
        let (moved, assigned): (Vec<_>, Vec<_>) =
            plan.assignments.into_iter().partition(|planned| planned.from.is_some());
        let (moved, stale) = round::moves(&self.view(), moved);
        summary.moved = moved.iter().filter(|event| matches!(event, Event::OrderMoved { .. })).count() as u32;
        summary.stale.extend(stale);
        self.happen(moved);
        for assignment in assigned {
            let order = assignment.order.clone();
            match round::order(&self.view(), assignment) {
                Some(events) => {
                    self.happen(events);
                    summary.committed += 1;
                }
                None => summary.stale.push(order),
            }
        }
        for charge in plan.charges {
            if let Some(event) = round::charge(&self.view(), charge) {
                self.happen(vec![event]);
                summary.sent_to_charge += 1;
            }
        }
        for stand in plan.stands {
            if let Some(events) = round::stand(&self.view(), stand) {
                self.happen(events);
                summary.sent_to_stand += 1;
            }
        }
        let open = plan.report.undispatched.into_iter().filter(|(order, _)| self.world.open.contains(order));
        self.findings.extend(open);
        summary.held_back = plan.report.held_back;
        summary.candidates = plan.report.candidates;
        summary.degraded = plan.report.degraded;
        summary.steps = plan.report.steps;
        summary.stranded = plan.report.stranded.len() as u32;
        self.seal();
        self.outbox.push_back(Output::Round(summary));
    }

    /// Applies events to the head, at once: what is judged next is judged against them.
    fn happen(&mut self, events: Vec<Event>) {
        self.happen_at(self.now, events);
    }

    fn happen_at(&mut self, at: Instant, events: Vec<Event>) {
        for event in events {
            self.forget_derived(at, &event);
            self.stands.see(at, &event);
            let free = self.world.free.len();
            apply::apply(&mut self.world, at, event.clone());
            self.freed |= self.world.free.len() > free;
            self.happened.push(event);
        }
    }

    /// Drops what was derived from something that is about to change, and keeps what will be needed after it.
    fn forget_derived(&mut self, at: Instant, event: &Event) {
        self.soon.see(event);
        match event {
            Event::OrderCancelled { order } | Event::OrderTimedOut { order } => {
                self.places.forget_order(order);
                self.findings.remove(order);
                self.cuts.remove(order);
            }
            Event::RouteCut { orders, cut, .. } => {
                self.cuts.extend(orders.iter().map(|order| (order.clone(), cut.clone())));
            }
            Event::OfferMade { order, .. } | Event::OrderAssigned { order, .. } => {
                _ = self.findings.remove(order)
            }
            Event::RoutePlanned { gained, .. } => {
                gained.iter().for_each(|(order, _)| _ = self.findings.remove(order));
            }
            Event::RidersPickedUp { order, vehicle } => {
                let to = self.world.order(order).map(|order| order.spec.dropoff);
                if let (Some(ride), Some(to)) = (self.places.known_ride(order), to) {
                    self.soon.set_out(at, vehicle, ride, to);
                }
                // A shared route still has to find its drop-off.
                let shares = self.world.vehicle(vehicle).is_some_and(|known| known.job.route().is_some());
                if !shares {
                    self.places.forget_order(order);
                }
            }
            Event::RidersDroppedOff { order, .. } => {
                self.places.forget_order(order);
                self.cuts.remove(order);
            }
            Event::DispatchFailed { order, stranded_at: Some(_), .. } => self.places.forget_order(order),
            Event::VehicleRetired { vehicle } => {
                self.live.forget(vehicle);
                self.places.forget_vehicle(vehicle);
            }
            Event::ChargerPut { spec } => self.places.put_charger(&self.roads, spec, self.options.snap_m_max),
            _ => {}
        }
    }

    /// Makes one record of what happened during this input, and holds its publication until it is durable.
    fn seal(&mut self) {
        if self.happened.is_empty() {
            return;
        }
        let events = std::mem::take(&mut self.happened);
        let version = self.world.version;
        let mut number = version.0 - events.len() as u64;
        for event in &events {
            number += 1;
            let change = Change { version: Version(number), at: self.now, event: event.clone() };
            self.held.push_back((version, Output::Publish(Arc::new(change))));
        }
        self.outbox.push_back(Output::Append(Record { version, at: self.now, events }));
    }

    /// Says what has become durable.
    fn release(&mut self) {
        while self.held.front().is_some_and(|(version, _)| *version <= self.durable) {
            self.outbox.extend(self.held.pop_front().map(|(_, output)| output));
        }
    }
}
