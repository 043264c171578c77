//! A fleet on a small chessboard town, driven by a script: one line is one thing that happens.
//!
//! Streets run every 100 m in both directions, at 36 km/h: one block takes 10 s. `B3` is column B, row 3.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

mod town;

pub use town::{corner, town};

use expect_test::Expect;
use paceline_engine::{Fleet, FleetOptions, Input, Ledger, Output, Record, Setting, Ticket};
use paceline_model::{
    Answer, Charge, ChargerId, ChargerSpec, Command, Driver, Event, FaultReason, Fingerprint, HandOverNumber,
    IdempotencyKey, Instant, Millis, OrderId, OrderSpec, Position, Powertrain, Reading, RegionId, Request,
    Stop, StopKind, Tag, VehicleId, VehicleSpec,
};
use paceline_plan::{Budget, Plan, Snapshot};
use paceline_road::{Roads, Search};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// `null` is where a receiver without a fix says that it is. Columns beyond the town's are off the map.
fn named_corner(name: &str) -> Position {
    if name == "null" {
        return Position::NULL_ISLAND;
    }
    let mut letters = name.chars();
    let column = letters.next().map_or(0, |letter| u32::from(letter) - u32::from('A'));
    let row: u32 = letters.as_str().parse().unwrap_or_else(|_| panic!("{name} is no corner"));
    corner(column, row - 1)
}

/// A fleet with everything around it that a host provides.
pub struct Bench {
    pub fleet: Ledger<Fleet>,
    pub roads: Arc<Roads>,
    pub options: FleetOptions,
    pub records: Vec<Record>,
    pub transcript: String,
    pub answers: Vec<Answer>,
    /// Plans wait here while the script holds the solver.
    pub held_plan: Option<Plan>,
    hold_solver: bool,
    hold_disk: bool,
    unwritten: Vec<Record>,
    search: Search,
    tickets: u64,
    pub now: Instant,
}

impl Bench {
    pub fn new(options: FleetOptions) -> Self {
        let roads = town();
        Self {
            fleet: Ledger::new(Fleet::new(roads.clone(), options.clone())),
            search: Search::new(&roads),
            roads,
            options,
            records: Vec::new(),
            transcript: String::new(),
            answers: Vec::new(),
            held_plan: None,
            hold_solver: false,
            hold_disk: false,
            unwritten: Vec::new(),
            tickets: 0,
            now: Instant(1_000_000),
        }
    }

    /// Gives the fleet one input and does what it asks for.
    pub fn input(&mut self, input: Input<Fleet>) {
        self.fleet.handle(self.now, input);
        while let Some(output) = self.fleet.poll() {
            match output {
                Output::Append(record) if self.hold_disk => self.unwritten.push(record),
                Output::Append(record) => self.write(record),
                Output::Solve(snapshot) => self.solve(&snapshot),
                Output::Publish(change) => {
                    let line = describe(&change.event);
                    _ = writeln!(self.transcript, "{:<4} {line}", self.clock());
                }
                Output::Reply(_, answer) => {
                    if let Err(refusal) = &answer {
                        _ = writeln!(self.transcript, "{:<4} refused: {refusal}", self.clock());
                    }
                    self.answers.push(answer);
                }
                Output::Round(round) => {
                    for order in round.stale {
                        _ = writeln!(self.transcript, "{:<4} stale: {order}", self.clock());
                    }
                }
            }
        }
    }

    fn write(&mut self, record: Record) {
        let version = record.version;
        self.records.push(record);
        self.input(Input::Durable(version));
    }

    fn solve(&mut self, snapshot: &Snapshot) {
        let budget = &mut Budget::unlimited();
        let roads = self.fleet.roads();
        let plan = paceline_plan::solve(roads, &mut self.search, snapshot, &snapshot.policies, budget);
        if self.hold_solver {
            self.held_plan = Some(plan);
        } else {
            self.input(Input::Proposed(Box::new(plan)));
        }
    }

    fn clock(&self) -> String {
        format!("{}s", (self.now.0 - 1_000_000) / 1_000)
    }

    pub fn command(&mut self, command: Command) {
        self.request(Request { command, key: None });
    }

    pub fn request(&mut self, request: Request) {
        self.tickets += 1;
        self.input(Input::Command(Ticket(self.tickets), request));
    }

    pub fn set(&mut self, setting: Setting) {
        self.tickets += 1;
        self.input(Input::Set(Ticket(self.tickets), setting));
    }

    /// Ticks once a second until `seconds` after the start of the script.
    pub fn run_until(&mut self, seconds: u64) {
        while self.now.0 < 1_000_000 + seconds * 1_000 {
            self.now.0 += 1_000;
            self.input(Input::Tick);
        }
    }

    /// Runs a script. A line is `SECONDS WHAT...`; time passes with a tick each second.
    pub fn script(&mut self, script: &str) -> &mut Self {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (seconds, words) = words.split_first().expect("a line has words");
            self.run_until(seconds.parse().unwrap_or_else(|_| panic!("`{line}` begins with no time")));
            self.line(words);
        }
        self
    }

    /// Goes on as a restart does: from all records, or from a snapshot of now.
    fn restart(&mut self, from_snapshot: bool) {
        let empty = Fleet::new(self.roads.clone(), self.options.clone());
        let stored = self.fleet.checkpoint().encode();
        self.fleet = if from_snapshot {
            Ledger::restore(empty, stored.format, &stored.bytes).expect("its own state")
        } else {
            Ledger::new(empty)
        };
        for record in if from_snapshot { &[][..] } else { &self.records } {
            self.fleet.replay(record.clone()).expect("records follow each other");
        }
    }

    fn line(&mut self, words: &[&str]) {
        match *words {
            ["vehicle", id, "at", corner, ref extras @ ..] => {
                self.command(vehicle(id, corner, extras, self.now))
            }
            ["order", id, "from", from, "to", to, ref extras @ ..] => {
                self.command(order(id, from, to, extras, self.now));
            }
            ["charger", id, "at", corner, "plugs", plugs] => self.command(charger(id, corner, plugs)),
            ["cancel", order] => self.command(Command::CancelOrder(order_id(order))),
            ["retire", vehicle] => self.command(Command::RetireVehicle(vehicle_id(vehicle))),
            ["tick"] | ["end"] => {}
            ["hold", "solver"] => self.hold_solver = true,
            ["release", "solver"] => {
                self.hold_solver = false;
                let plan = self.held_plan.take().expect("the solver held a plan");
                self.input(Input::Proposed(Box::new(plan)));
            }
            ["hold", "disk"] => self.hold_disk = true,
            ["release", "disk"] => {
                self.hold_disk = false;
                for record in std::mem::take(&mut self.unwritten) {
                    self.write(record);
                }
            }
            ["restart"] => self.restart(false),
            ["restart", "from", "snapshot"] => self.restart(true),
            ["key", key, fingerprint, ref rest @ ..] => {
                let command = order(rest[1], rest[3], rest[5], &[], Instant(1_000_000));
                let fingerprint = Fingerprint(fingerprint.parse().expect("a number"));
                let key = IdempotencyKey::new(key).expect("a good key");
                self.request(Request { command, key: Some((key, fingerprint)) });
            }
            [region, "gives", vehicle, "as", number, "at", corner] => {
                let Command::PutVehicle(spec, reading) =
                    self::vehicle(vehicle, corner, &["automatic"], self.now)
                else {
                    unreachable!("it puts a vehicle");
                };
                self.command(Command::ReceiveHandOver(region_id(region), hand_over(number), spec, reading));
            }
            [region, "has", number] => {
                self.command(Command::AcknowledgeHandOver(region_id(region), hand_over(number)));
            }
            [vehicle, ref rest @ ..] => self.vehicle_line(vehicle_id(vehicle), rest),
            [] => {}
        }
    }

    fn vehicle_line(&mut self, vehicle: VehicleId, words: &[&str]) {
        let command = match *words {
            ["accepts", order] => Command::Accept(vehicle, order_id(order)),
            ["declines", order] => Command::Decline(vehicle, order_id(order)),
            ["arrives", order] => Command::Arrived(vehicle, order_id(order)),
            ["picks-up", order] => Command::PickedUp(vehicle, order_id(order)),
            ["drops-off", order, "at", corner] => {
                Command::DroppedOff(vehicle, order_id(order), reading(corner, 70.0, self.now))
            }
            ["goes-to", region] => Command::HandOver(vehicle, region_id(region)),
            ["faults"] => Command::Fault(vehicle, FaultReason::Breakdown),
            ["recovers"] => Command::Recover(vehicle),
            ["plugs-in", charger] => Command::PlugIn(vehicle, ChargerId::new(charger).expect("a good name")),
            ["unplugs", "at", corner, percent] => {
                Command::Unplug(vehicle, reading(corner, percent.parse().expect("a number"), self.now))
            }
            ["says", corner, percent] => {
                let reading = reading(corner, percent.parse().expect("a number"), self.now);
                self.input(Input::Telemetry(vec![(vehicle, reading)]));
                return;
            }
            _ => panic!("`{words:?}` is no line"),
        };
        self.command(command);
    }
}

/// Runs a script under default options and compares what was published and refused.
pub fn check(script: &str, expected: Expect) {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(script);
    expected.assert_eq(&bench.transcript);
}

pub fn vehicle_id(name: &str) -> VehicleId {
    VehicleId::new(name).expect("a good name")
}
pub fn order_id(name: &str) -> OrderId {
    OrderId::new(name).expect("a good name")
}
pub fn region_id(name: &str) -> RegionId {
    RegionId::new(name).expect("a good name")
}
fn hand_over(number: &str) -> HandOverNumber {
    HandOverNumber(number.parse().expect("a number"))
}
pub fn reading(corner: &str, percent: f64, at: Instant) -> Reading {
    let charge = Charge::from_percent(percent).expect("within 0 and 100");
    Reading { position: named_corner(corner), heading: None, charge, at }
}

/// `automatic`, `seats=N`, `battery=N`, and anything else as an attribute.
pub fn vehicle(id: &str, corner: &str, extras: &[&str], now: Instant) -> Command {
    let mut spec = VehicleSpec {
        id: vehicle_id(id),
        seats: 4,
        powertrain: Powertrain::new(50.0, 140.0, 400).expect("within limits"),
        attributes: BTreeSet::new(),
        driver: Driver::Asked,
    };
    let mut percent = 80.0;
    for extra in extras {
        match extra.split_once('=') {
            Some(("seats", seats)) => spec.seats = seats.parse().expect("a number"),
            Some(("battery", battery)) => percent = battery.parse().expect("a number"),
            _ if *extra == "automatic" => spec.driver = Driver::Automatic,
            _ => _ = spec.attributes.insert(Tag::new(extra).expect("a good tag")),
        }
    }
    Command::PutVehicle(spec, reading(corner, percent, now))
}

/// `party=N`, `within=SECONDS`, `in=SECONDS` if it is booked ahead, and anything else as an attribute.
pub fn order(id: &str, from: &str, to: &str, extras: &[&str], now: Instant) -> Command {
    let (mut party, mut within, mut attributes) = (1, 600, BTreeSet::new());
    let mut ahead = 0;
    for extra in extras {
        match extra.split_once('=') {
            Some(("party", riders)) => party = riders.parse().expect("a number"),
            Some(("within", seconds)) => within = seconds.parse().expect("a number"),
            Some(("in", seconds)) => ahead = seconds.parse().expect("a number"),
            _ => _ = attributes.insert(Tag::new(extra).expect("a good tag")),
        }
    }
    Command::PlaceOrder(OrderSpec {
        id: order_id(id),
        pickup: named_corner(from),
        dropoff: named_corner(to),
        party,
        earliest_pickup: Instant(now.0 + ahead * 1_000),
        latest_pickup: Instant(now.0 + (ahead + within) * 1_000),
        desired_arrival: None,
        priority: BTreeSet::new(),
        attributes,
        geofence: None,
    })
}

fn charger(id: &str, corner: &str, plugs: &str) -> Command {
    let id = ChargerId::new(id).expect("a good name");
    let plugs = plugs.parse().expect("a number");
    Command::PutCharger(ChargerSpec::new(id, named_corner(corner), plugs, 50.0).expect("within limits"))
}

/// One event in a few words.
fn describe(event: &Event) -> String {
    match event {
        Event::VehicleRegistered { spec, .. } => format!("{} registered", spec.id),
        Event::VehicleStarted { vehicle } => format!("{vehicle} started"),
        Event::VehicleUpdated { spec } => format!("{} updated", spec.id),
        Event::VehicleRetired { vehicle } => format!("{vehicle} retired"),
        Event::VehicleHandedOver { vehicle, to, number, .. } => {
            format!("{vehicle} handed over to {to} as {}", number.0)
        }
        Event::HandOverReceived { from, number } => format!("{} of {from} came", number.0),
        Event::HandOverAcknowledged { to, number } => format!("{} is with {to}", number.0),
        Event::VehicleFaulted { vehicle, .. } => format!("{vehicle} faulted"),
        Event::VehicleRecovered { vehicle } => format!("{vehicle} recovered"),
        Event::ContactLost { vehicle } => format!("{vehicle} lost"),
        Event::ContactRestored { vehicle, .. } => format!("{vehicle} heard again"),
        Event::OrderPlaced { spec } => format!("{} placed", spec.id),
        Event::OrderCancelled { order } => format!("{order} cancelled"),
        Event::OrderTimedOut { order } => format!("{order} timed out"),
        Event::OfferMade { order, vehicle, .. } => format!("{order} offered to {vehicle}"),
        Event::OrderAssigned { order, vehicle, .. } => format!("{order} assigned to {vehicle}"),
        Event::OfferAccepted { order, vehicle } => format!("{order} accepted by {vehicle}"),
        Event::DispatchFailed { order, vehicle, cause, stranded_at, .. } => {
            let stranded = if stranded_at.is_some() { ", riders stranded" } else { "" };
            format!("{order} lost {vehicle}: {cause:?}{stranded}")
        }
        Event::VehicleArrived { order, vehicle } => format!("{vehicle} at the pick-up of {order}"),
        Event::RidersPickedUp { order, vehicle } => format!("{order} aboard {vehicle}"),
        Event::RidersDroppedOff { order, vehicle, .. } => format!("{order} served by {vehicle}"),
        Event::ChargeOrdered { vehicle, decision, .. } => format!("{vehicle} sent to {}", decision.charger),
        Event::ChargeStarted { vehicle, charger } => format!("{vehicle} charges at {charger}"),
        Event::ChargeEnded { vehicle, .. } => format!("{vehicle} ends charging"),
        Event::ChargerPut { spec } => format!("{} opened", spec.id),
        Event::GeofencePut { geofence } => format!("{} drawn", geofence.id()),
        Event::Remembered { key, .. } => format!("{key} remembered"),
        Event::StandOrdered { vehicle, decision, .. } => {
            format!("{vehicle} sent to stand at {:?}", decision.position)
        }
        Event::OrderMoved { order, from, vehicle, reason, .. } => {
            format!("{order} moved from {from} to {vehicle}: {reason:?}")
        }
        Event::OptionsChanged { .. } => "options changed".into(),
        Event::RouteCut { vehicle, orders, cut, .. } => {
            let seconds = |span: Millis| (span.as_secs_f64()).round();
            let orders: Vec<_> = orders.iter().map(ToString::to_string).collect();
            let what = if orders.is_empty() { "itself".into() } else { orders.join(" ") };
            let now = cut.drive_now.map_or("no way".into(), |now| format!("{} s", seconds(now)));
            let before = seconds(cut.drive_before);
            format!("{vehicle} for {what}: road closed, {now} instead of {before} s")
        }
        Event::RoutePlanned { vehicle, stops, .. } => {
            let sign = |stop: &Stop| if stop.kind == StopKind::PickUp { '+' } else { '-' };
            let stops = stops.iter().map(|stop| format!("{}{}", sign(stop), stop.order));
            format!("{vehicle} goes {}", stops.collect::<Vec<_>>().join(" "))
        }
    }
}
