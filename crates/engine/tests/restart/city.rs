//! A day outside of the engine: riders who ask and call off, vehicles that do as they are told, break down and say where they are.
//! Drawn from a seed and from what the engine publishes.

use crate::common::{order, order_id, reading, vehicle, vehicle_id};
use paceline_model::{
    ChargerId, ChargerSpec, Command, Event, FaultReason, Instant, OrderId, Reading, Stop, StopKind, VehicleId,
};
use paceline_plan::Rng;
use std::collections::BTreeMap;

const VEHICLES: usize = 12;
const SIDE: usize = 8;

/// What a vehicle knows of itself.
struct Driver {
    corner: (usize, usize),
    percent: f64,
    charging: bool,
    /// Counts what it was told: what it was about to do before is dropped.
    told: u32,
}

/// Who says it, if a vehicle does, and what it was told last.
type Speaker = Option<(VehicleId, u32)>;

pub(crate) struct City {
    rng: Rng,
    drivers: BTreeMap<VehicleId, Driver>,
    /// What will be said when, by number; of a vehicle, only while it was told nothing else.
    agenda: BTreeMap<(Instant, u64), (Speaker, Command)>,
    /// Where riders want to go.
    dropoffs: BTreeMap<OrderId, (usize, usize)>,
    said: u64,
}

impl City {
    pub(crate) fn new(seed: u64, start: Instant) -> Self {
        let mut city = Self {
            rng: Rng::of(seed, "city"),
            drivers: BTreeMap::new(),
            agenda: BTreeMap::new(),
            dropoffs: BTreeMap::new(),
            said: 0,
        };
        for number in 1..=2 {
            let id = ChargerId::new(&format!("c{number}")).expect("a good name");
            let place = crate::common::corner(city.rng.below(SIDE) as u32, city.rng.below(SIDE) as u32);
            let spec = ChargerSpec::new(id, place, 2, 50.0).expect("within limits");
            city.say(start, None, Command::PutCharger(spec));
        }
        for number in 0..VEHICLES {
            let (name, corner) = (format!("v{number}"), city.corner());
            let percent = 20.0 + city.rng.below(60) as f64;
            let battery = format!("battery={percent}");
            let kind = if number % 4 == 3 { "wheelchair" } else { "automatic" };
            city.say(start, None, vehicle(&name, &named(corner), &[kind, &battery], start));
            let driver = Driver { corner, percent, charging: false, told: 0 };
            city.drivers.insert(vehicle_id(&name), driver);
        }
        city
    }

    /// What is said from `from` on, before `to`.
    pub(crate) fn between(&mut self, from: Instant, to: Instant) -> Vec<(Instant, Command)> {
        if self.rng.below(3) == 0 {
            self.ask(from);
        }
        if self.rng.below(60) == 0 {
            self.call_off(from);
        }
        if self.rng.below(90) == 0 {
            let broken = vehicle_id(&format!("v{}", self.rng.below(VEHICLES)));
            let (at, again) = (self.after(from, 0), self.after(from, 40));
            self.say(at, None, Command::Fault(broken.clone(), FaultReason::Breakdown));
            self.say(again, None, Command::Recover(broken));
        }
        let later = self.agenda.split_off(&(to, 0));
        let now = std::mem::replace(&mut self.agenda, later);
        let drivers = &self.drivers;
        let holds = |by: &Speaker| match by {
            Some((vehicle, told)) => drivers.get(vehicle).is_some_and(|driver| driver.told == *told),
            None => true,
        };
        let due = now.into_iter().filter(|(_, (by, _))| holds(by));
        due.map(|((at, _), (_, command))| (at, command)).collect()
    }

    /// Every vehicle drives on a little and says where it is.
    pub(crate) fn roll_call(&mut self, at: Instant) -> Vec<(VehicleId, Reading)> {
        let mut readings = Vec::new();
        for (id, driver) in &mut self.drivers {
            let (column, row) = driver.corner;
            let step = |place: usize, way: usize| (place + way).saturating_sub(1).min(SIDE - 1);
            driver.corner = (step(column, self.rng.below(3)), step(row, self.rng.below(3)));
            let used = if driver.charging { 6.0 } else { -0.7 };
            driver.percent = (driver.percent + used).clamp(3.0, 100.0);
            readings.push((id.clone(), reading(&named(driver.corner), driver.percent, at)));
        }
        readings
    }

    /// Whoever is told something sets about doing it.
    pub(crate) fn hear(&mut self, at: Instant, event: &Event) {
        match event {
            Event::OfferMade { order, vehicle, .. } => {
                let answer = if self.rng.below(5) == 0 { Command::Decline } else { Command::Accept };
                self.tell(vehicle);
                self.act(at, 2, vehicle, answer(vehicle.clone(), order.clone()));
            }
            Event::OfferAccepted { order, vehicle } | Event::OrderAssigned { order, vehicle, .. } => {
                self.drive(at, vehicle, order);
            }
            Event::OrderMoved { order, from, vehicle, .. } => {
                self.tell(from);
                self.drive(at, vehicle, order);
            }
            Event::RoutePlanned { vehicle, stops, .. } => self.share(at, vehicle, stops),
            Event::ChargeOrdered { vehicle, decision, .. } => {
                self.tell(vehicle);
                let in_s = 10 + self.rng.below(30) as u64;
                self.act(at, in_s, vehicle, Command::PlugIn(vehicle.clone(), decision.charger.clone()));
            }
            Event::ChargeStarted { vehicle, .. } => self.charge(vehicle, true),
            Event::ChargeEnded { vehicle, .. } => self.charge(vehicle, false),
            Event::DispatchFailed { vehicle, .. } | Event::VehicleFaulted { vehicle, .. } => {
                self.charge(vehicle, false);
                self.tell(vehicle);
            }
            _ => {}
        }
    }

    fn ask(&mut self, from: Instant) {
        let (pickup, dropoff) = (self.corner(), self.corner());
        let (at, name) = (self.after(from, 0), format!("o{}", self.said));
        let party = format!("party={}", 1 + self.rng.below(3));
        let mut extras = vec!["within=120", &party];
        if self.rng.below(12) == 0 {
            extras.push("wheelchair");
        }
        self.dropoffs.insert(order_id(&name), dropoff);
        self.say(at, None, order(&name, &named(pickup), &named(dropoff), &extras, at));
    }

    fn call_off(&mut self, from: Instant) {
        let count = self.dropoffs.len().max(1);
        let newest = self.dropoffs.keys().nth(self.rng.below(count)).cloned();
        if let Some(order) = newest {
            let at = self.after(from, 0);
            self.say(at, None, Command::CancelOrder(order));
        }
    }

    fn drive(&mut self, at: Instant, vehicle: &VehicleId, order: &OrderId) {
        self.tell(vehicle);
        let there = 8 + self.rng.below(40) as u64;
        let aboard = there + 4;
        let end = aboard + 15 + self.rng.below(80) as u64;
        self.pick_up(at, there, vehicle, order);
        self.drop_off(at, end, vehicle, order);
    }

    fn share(&mut self, at: Instant, vehicle: &VehicleId, stops: &[Stop]) {
        self.tell(vehicle);
        let mut in_s = 0;
        for stop in stops {
            in_s += 12 + self.rng.below(30) as u64;
            match stop.kind {
                StopKind::PickUp => self.pick_up(at, in_s, vehicle, &stop.order),
                StopKind::DropOff => self.drop_off(at, in_s, vehicle, &stop.order),
            }
            in_s += 5;
        }
    }

    fn pick_up(&mut self, at: Instant, in_s: u64, vehicle: &VehicleId, order: &OrderId) {
        self.act(at, in_s, vehicle, Command::Arrived(vehicle.clone(), order.clone()));
        self.act(at, in_s + 4, vehicle, Command::PickedUp(vehicle.clone(), order.clone()));
    }

    fn drop_off(&mut self, at: Instant, in_s: u64, vehicle: &VehicleId, order: &OrderId) {
        let Some(driver) = self.drivers.get(vehicle) else { return };
        let corner = self.dropoffs.get(order).copied().unwrap_or_default();
        let said = reading(&named(corner), driver.percent, Instant(at.0 + in_s * 1_000));
        self.act(at, in_s, vehicle, Command::DroppedOff(vehicle.clone(), order.clone(), said));
    }

    fn tell(&mut self, vehicle: &VehicleId) {
        if let Some(driver) = self.drivers.get_mut(vehicle) {
            driver.told += 1;
        }
    }

    fn charge(&mut self, vehicle: &VehicleId, charging: bool) {
        if let Some(driver) = self.drivers.get_mut(vehicle) {
            driver.charging = charging;
        }
    }

    /// A vehicle does something in some seconds, if it is told nothing else by then.
    fn act(&mut self, at: Instant, in_s: u64, vehicle: &VehicleId, command: Command) {
        let told = self.drivers.get(vehicle).map_or(0, |driver| driver.told);
        let at = self.after(at, in_s);
        self.say(at, Some((vehicle.clone(), told)), command);
    }

    fn say(&mut self, at: Instant, by: Speaker, command: Command) {
        self.said += 1;
        self.agenda.insert((at, self.said), (by, command));
    }

    /// Some time within the second that begins `in_s` after the one of `at`.
    fn after(&mut self, at: Instant, in_s: u64) -> Instant {
        Instant((at.0 / 1_000 + in_s) * 1_000 + 1 + self.rng.below(900) as u64)
    }

    fn corner(&mut self) -> (usize, usize) {
        (self.rng.below(SIDE), self.rng.below(SIDE))
    }
}

fn named((column, row): (usize, usize)) -> String {
    format!("{}{}", char::from(b'A' + column as u8), row + 1)
}
