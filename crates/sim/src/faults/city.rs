//! Who speaks to the process: riders who ask and call off, vehicles that do as they are told, break down, say where they are, and lie.
//! Drawn from the seed and from what reaches them of what is published.

use super::around::{Around, Said};
use super::fleet_book::FleetBook;
use super::setup::{Fault, Setup};
use crate::agenda::Agenda;
use crate::town::{SIDE, corner, town};
use paceline_engine::Fleet;
use paceline_model::{
    Charge, ChargerId, ChargerSpec, Command, Driver as Asking, Event, FaultReason, Instant, Job, Millis,
    OrderId, OrderSpec, Powertrain, Reading, Stop, StopKind, Vehicle, VehicleId, VehicleSpec,
};
use paceline_plan::{Budget, Plan, Rng, Snapshot};
use paceline_road::Search;
use std::collections::{BTreeMap, BTreeSet};

type Corner = (usize, usize);

/// What a vehicle knows of itself.
struct Driver {
    corner: Corner,
    percent: f64,
    /// Counts what it was told: what it was about to do before is dropped.
    told: u32,
}

/// Who says it, if a vehicle does, and what it was told last.
type Speaker = Option<(VehicleId, u32)>;

const SOLVER_STEPS: u64 = 20_000;

pub(super) struct City {
    search: Search,
    rng: Rng,
    drivers: BTreeMap<VehicleId, Driver>,
    /// What will be said when; of a vehicle, only while it was told nothing else.
    agenda: Agenda<(Speaker, Command)>,
    orders: BTreeMap<OrderId, Corner>,
    lies: usize,
    late_cancels: usize,
    breakdowns: usize,
}

impl Around for City {
    type World = Fleet;
    type Book = FleetBook;

    fn empty(setup: &Setup) -> Fleet {
        Fleet::new(town(), setup.fleet.clone())
    }

    fn book(_: &Setup) -> FleetBook {
        FleetBook::default()
    }

    fn new(setup: &Setup, start: Instant) -> Self {
        let often = |fault| if setup.has(fault) { 20 + 6 * setup.per_mille } else { 0 };
        let mut city = Self {
            search: Search::new(&town()),
            rng: setup.rng("city"),
            drivers: BTreeMap::new(),
            agenda: Agenda::default(),
            orders: BTreeMap::new(),
            lies: often(Fault::Liars),
            late_cancels: often(Fault::LateCancels),
            breakdowns: 10,
        };
        city.open_chargers(start);
        (0..setup.vehicles).for_each(|number| city.join(number, start));
        let at_once = setup.has(Fault::DueAtOnce);
        (0..setup.orders).for_each(|number| city.ask(number, start, setup.lasts, at_once));
        city
    }

    fn calm(&mut self) {
        (self.lies, self.late_cancels, self.breakdowns) = (0, 0, 0);
    }

    fn next_at(&self) -> Option<Instant> {
        self.agenda.next_at()
    }

    fn due(&mut self, now: Instant) -> Vec<Said<Command>> {
        let drivers = &self.drivers;
        let holds = |by: &Speaker| match by {
            Some((vehicle, told)) => drivers.get(vehicle).is_some_and(|driver| driver.told == *told),
            None => true,
        };
        let due = self.agenda.all_due(now).filter(|(by, _)| holds(by));
        due.map(|(by, command)| {
            let party = by.map_or("rider".to_owned(), |(vehicle, _)| vehicle.to_string());
            Said { command, party }
        })
        .collect()
    }

    /// Every vehicle says where it is; some say what is not so, and some break down.
    fn roll_call(&mut self, now: Instant) -> Vec<(String, Vec<(VehicleId, Reading)>)> {
        let ids: Vec<VehicleId> = self.drivers.keys().cloned().collect();
        ids.into_iter().map(|id| (id.to_string(), vec![(id.clone(), self.roll(now, &id))])).collect()
    }

    /// Whoever is told something sets about doing it.
    fn hear(&mut self, now: Instant, event: &Event) {
        self.call_off_late(now, event);
        self.do_as_told(now, event);
    }

    /// Vehicles read how they stand.
    fn catch_up(&mut self, now: Instant, fleet: &Fleet) {
        let world = fleet.world();
        world.vehicles().for_each(|vehicle| self.go_on(now, &world.named(vehicle)));
    }

    fn party(event: &Event) -> String {
        event.vehicle().map_or("rider".to_owned(), ToString::to_string)
    }

    fn solve(&mut self, snapshot: &Snapshot) -> Plan {
        let mut budget = Budget::steps(SOLVER_STEPS);
        paceline_plan::solve(&town(), &mut self.search, snapshot, &snapshot.policies, &mut budget)
    }

    fn is_new_work(command: &Command) -> bool {
        matches!(command, Command::PlaceOrder(_))
    }

    fn missing(book: &FleetBook, command: &Command) -> Option<String> {
        match command {
            Command::PlaceOrder(spec) if !book.knows(&spec.id) => Some(spec.id.to_string()),
            _ => None,
        }
    }
}

impl City {
    fn roll(&mut self, now: Instant, id: &VehicleId) -> Reading {
        let [lie, breakdown, far] = [(); 3].map(|()| self.rng.below(1_000));
        let moved = (self.rng.below(3), self.rng.below(3));
        if breakdown < self.breakdowns {
            self.say(now + Millis(1), None, Command::Fault(id.clone(), FaultReason::Breakdown));
            let again = now + Millis::from_secs(5 + self.rng.below(20) as u32);
            self.say(again, None, Command::Recover(id.clone()));
        }
        if lie < self.lies {
            let lie = self.lie(now);
            self.say(now + Millis(1), None, lie);
        }
        let Some(driver) = self.drivers.get_mut(id) else { return reading((0, 0), 50.0, now) };
        let step = |place: usize, way: usize| (place + way).saturating_sub(1).min(SIDE - 1);
        driver.corner = (step(driver.corner.0, moved.0), step(driver.corner.1, moved.1));
        driver.percent = (driver.percent - 0.2).max(20.0);
        match far < self.lies {
            true => reading((far % 400, 0), (far % 101) as f64, now + Millis((far * 100) as u32)),
            false => reading(driver.corner, driver.percent, now),
        }
    }

    /// Anything that a vehicle can say, about anybody.
    fn lie(&mut self, now: Instant) -> Command {
        let vehicle = self.pick_vehicle();
        let Some(order) = self.pick_order() else { return Command::Recover(vehicle) };
        let charger = charger_id(self.rng.below(2));
        match self.rng.below(9) {
            0 => Command::Accept(vehicle, order),
            1 => Command::Decline(vehicle, order),
            2 => Command::Arrived(vehicle, order),
            3 => Command::PickedUp(vehicle, order),
            4 => Command::DroppedOff(vehicle, order, reading((3, 3), 40.0, now)),
            5 => {
                charger.map_or(Command::Recover(vehicle.clone()), |charger| Command::PlugIn(vehicle, charger))
            }
            6 => Command::Unplug(vehicle, reading((1, 1), 99.0, now)),
            7 => Command::Fault(vehicle, FaultReason::Other),
            _ => Command::Recover(vehicle),
        }
    }

    fn do_as_told(&mut self, now: Instant, event: &Event) {
        match event {
            Event::OfferMade { order, vehicle, .. } => {
                let answer = if self.rng.below(5) == 0 { Command::Decline } else { Command::Accept };
                self.tell(vehicle);
                self.act(now, 1, vehicle, answer(vehicle.clone(), order.clone()));
            }
            Event::OfferAccepted { order, vehicle } | Event::OrderAssigned { order, vehicle, .. } => {
                self.drive(now, vehicle, order);
            }
            Event::OrderMoved { order, from, vehicle, .. } => {
                self.tell(from);
                self.drive(now, vehicle, order);
            }
            Event::RoutePlanned { vehicle, stops, .. } => self.share(now, vehicle, stops),
            Event::ChargeOrdered { vehicle, decision, .. } => {
                self.tell(vehicle);
                self.act(now, 10, vehicle, Command::PlugIn(vehicle.clone(), decision.charger.clone()));
            }
            Event::DispatchFailed { vehicle, .. } | Event::VehicleFaulted { vehicle, .. } => {
                self.tell(vehicle);
            }
            _ => {}
        }
    }

    /// A vehicle has read what it should be doing, having missed what was said to it, and goes on from there.
    fn go_on(&mut self, now: Instant, vehicle: &Vehicle) {
        let id = &vehicle.spec.id;
        self.tell(id);
        match &vehicle.job {
            Job::Free => {}
            Job::Offered(order) => self.act(now, 1, id, Command::Accept(id.clone(), order.clone())),
            Job::ToPickup(order) | Job::AtPickup(order) => self.pick_up(now, 1, id, order),
            Job::Aboard(order) => self.drop_off(now, 1, id, order),
            Job::Sharing(route) => match route.stops().first() {
                Some(Stop { kind: StopKind::PickUp, order, .. }) => self.pick_up(now, 1, id, order),
                Some(Stop { kind: StopKind::DropOff, order, .. }) => self.drop_off(now, 1, id, order),
                None => {}
            },
            Job::ToCharger(_) | Job::AtCharger(_) => {
                self.act(now, 1, id, Command::Unplug(id.clone(), vehicle.reading));
            }
            Job::Out => self.act(now, 1, id, Command::Recover(id.clone())),
        }
    }

    /// The worst moment is when something has just happened to the order.
    fn call_off_late(&mut self, now: Instant, event: &Event) {
        let order = match event {
            Event::OfferMade { order, .. }
            | Event::OrderAssigned { order, .. }
            | Event::OfferAccepted { order, .. }
            | Event::VehicleArrived { order, .. }
            | Event::OrderMoved { order, .. }
            | Event::RidersPickedUp { order, .. } => order,
            _ => return,
        };
        if self.rng.below(1_000) < self.late_cancels {
            self.say(now + Millis(1), None, Command::CancelOrder(order.clone()));
        }
    }

    fn open_chargers(&mut self, start: Instant) {
        for number in 0..2 {
            let place = self.corner();
            let spec = charger_id(number).and_then(|id| ChargerSpec::new(id, corner(place), 2, 50.0).ok());
            if let Some(spec) = spec {
                self.say(start, None, Command::PutCharger(spec));
            }
        }
    }

    fn join(&mut self, number: usize, start: Instant) {
        let (Ok(id), Ok(powertrain)) =
            (VehicleId::new(&format!("v{number}")), Powertrain::new(50.0, 140.0, 400))
        else {
            return;
        };
        let (corner, percent) = (self.corner(), 30.0 + self.rng.below(60) as f64);
        let driver = if self.rng.below(2) == 0 { Asking::Asked } else { Asking::Automatic };
        let seats = 2 + self.rng.below(3) as u8;
        let spec = VehicleSpec { id: id.clone(), seats, powertrain, attributes: BTreeSet::new(), driver };
        self.say(start, None, Command::PutVehicle(spec, reading(corner, percent, start)));
        self.drivers.insert(id, Driver { corner, percent, told: 0 });
    }

    /// Rides fall due at any time, or many at one moment.
    fn ask(&mut self, number: usize, start: Instant, lasts: Millis, at_once: bool) {
        let Ok(id) = OrderId::new(&format!("o{number}")) else { return };
        let at = start + Millis(2_000 + self.rng.below(lasts.0 as usize) as u32);
        let within = 10_000 + self.rng.below(60_000) as u32;
        let due = start + Millis(lasts.0 / 2);
        let latest_pickup = if at_once && at < due { due } else { at + Millis(within) };
        let (pickup, dropoff) = (self.corner(), self.corner());
        let spec = OrderSpec {
            id: id.clone(),
            pickup: corner(pickup),
            dropoff: corner(dropoff),
            party: 1 + self.rng.below(3) as u8,
            earliest_pickup: at,
            latest_pickup,
            desired_arrival: None,
            priority: BTreeSet::new(),
            attributes: BTreeSet::new(),
            geofence: None,
        };
        self.orders.insert(id.clone(), dropoff);
        self.say(at, None, Command::PlaceOrder(spec));
        let calls_off = at + Millis(self.rng.below(4_000) as u32);
        if self.late_cancels > 0 && self.rng.below(3) == 0 {
            // While it is being decided who comes.
            self.say(calls_off, None, Command::CancelOrder(id));
        }
    }

    fn drive(&mut self, now: Instant, vehicle: &VehicleId, order: &OrderId) {
        self.tell(vehicle);
        let there = 3 + self.rng.below(20) as u32;
        self.pick_up(now, there, vehicle, order);
        let end = there + 10 + self.rng.below(30) as u32;
        self.drop_off(now, end, vehicle, order);
    }

    fn share(&mut self, now: Instant, vehicle: &VehicleId, stops: &[Stop]) {
        self.tell(vehicle);
        let mut in_s = 0;
        for stop in stops {
            in_s += 5 + self.rng.below(20) as u32;
            match stop.kind {
                StopKind::PickUp => self.pick_up(now, in_s, vehicle, &stop.order),
                StopKind::DropOff => self.drop_off(now, in_s, vehicle, &stop.order),
            }
        }
    }

    fn pick_up(&mut self, now: Instant, in_s: u32, vehicle: &VehicleId, order: &OrderId) {
        self.act(now, in_s, vehicle, Command::Arrived(vehicle.clone(), order.clone()));
        self.act(now, in_s + 2, vehicle, Command::PickedUp(vehicle.clone(), order.clone()));
    }

    fn drop_off(&mut self, now: Instant, in_s: u32, vehicle: &VehicleId, order: &OrderId) {
        let percent = self.drivers.get(vehicle).map_or(50.0, |driver| driver.percent);
        let there = self.orders.get(order).copied().unwrap_or_default();
        let said = reading(there, percent, now + Millis::from_secs(in_s));
        self.act(now, in_s, vehicle, Command::DroppedOff(vehicle.clone(), order.clone(), said));
    }

    fn tell(&mut self, vehicle: &VehicleId) {
        if let Some(driver) = self.drivers.get_mut(vehicle) {
            driver.told += 1;
        }
    }

    /// A vehicle does something in some seconds, if it is told nothing else by then.
    fn act(&mut self, now: Instant, in_s: u32, vehicle: &VehicleId, command: Command) {
        let told = self.drivers.get(vehicle).map_or(0, |driver| driver.told);
        let at = now + Millis(in_s * 1_000 + self.rng.below(900) as u32);
        self.say(at, Some((vehicle.clone(), told)), command);
    }

    fn say(&mut self, at: Instant, by: Speaker, command: Command) {
        self.agenda.add(at, (by, command));
    }

    fn corner(&mut self) -> Corner {
        (self.rng.below(SIDE), self.rng.below(SIDE))
    }

    fn pick_vehicle(&mut self) -> VehicleId {
        let at = self.rng.below(self.drivers.len().max(1));
        self.drivers.keys().nth(at).cloned().unwrap_or_else(|| unreachable!("there is a vehicle"))
    }

    fn pick_order(&mut self) -> Option<OrderId> {
        let at = self.rng.below(self.orders.len().max(1));
        self.orders.keys().nth(at).cloned()
    }
}

fn charger_id(number: usize) -> Option<ChargerId> {
    ChargerId::new(&format!("c{number}")).ok()
}

fn reading(place: Corner, percent: f64, at: Instant) -> Reading {
    let charge = Charge::from_percent(percent).unwrap_or_default();
    Reading { position: corner(place), heading: None, charge, at }
}
