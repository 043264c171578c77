//! The read model beside the world that it shows: fed by changes it is what it would be if it were read anew, and nothing is in it, or
//! told, that is not durable.

use super::feed::{Fed, Feed, Shared};
use super::model::Model;
use super::rows::Delta;
use super::{charger, geofence, order, vehicle};
use crate::kind::ReadModel as _;
use paceline_api::{NewGeofence, NewOrder, NewVehicle, Place};
use paceline_engine::{Fleet, FleetOptions, Input, Ledger, Output, Ticket};
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{
    ChargerId, ChargerSpec, Command, FaultReason, GeofenceId, Instant, Job, Millis, OrderId, Request,
    VehicleId, Version,
};
use paceline_plan::{Budget, Rng};
use paceline_road::Search;
use paceline_supervise::sync::mpsc;
use serde_json::{Value, json};
use std::ops::Bound;
use std::sync::atomic::Ordering;

#[allow(unreachable_pub, reason = "others show it to more than one file")]
#[path = "../../../engine/tests/common/town.rs"]
mod town;

use town::{SIDE, corner, town};

/// A world with its read model, and a disk that a test makes durable.
struct Bench {
    ledger: Ledger<Fleet>,
    search: Search,
    feed: Feed,
    fed: mpsc::Receiver<Fed>,
    shared: Shared,
    model: Model,
    now: Instant,
    rng: Rng,
}

impl Bench {
    fn new(seed: u64) -> Self {
        let (roads, shared) = (town(), Shared::default());
        let (feed, fed) = Feed::new(Version(0), shared.clone());
        Self {
            ledger: Ledger::new(Fleet::new(roads.clone(), FleetOptions::default())),
            search: Search::new(&roads),
            feed,
            fed,
            shared,
            model: Model::default(),
            now: Instant(1_767_225_600_000),
            rng: Rng::of(seed, "read model"),
        }
    }

    /// Gives the world one input, as the region does.
    fn input(&mut self, input: Input<Fleet>) {
        self.ledger.handle(self.now, input);
        let changes = self.ledger.take_changes();
        self.feed.changed(&self.ledger, changes);
        while let Some(output) = self.ledger.poll() {
            match output {
                Output::Publish(change) => self.feed.publish(&self.ledger, change),
                Output::Solve(snapshot) => {
                    let (roads, budget) = (self.ledger.roads(), &mut Budget::unlimited());
                    let plan =
                        paceline_plan::solve(roads, &mut self.search, &snapshot, &snapshot.policies, budget);
                    self.input(Input::Proposed(Box::new(plan)));
                }
                Output::Append(_) | Output::Reply(..) | Output::Round(_) => {}
            }
        }
    }

    fn command(&mut self, command: Command) {
        self.input(Input::Command(Ticket(0), Request { command, key: None }));
    }

    /// All that has happened is on disk; what is told of it is taken in.
    fn durable(&mut self) {
        self.input(Input::Durable(self.ledger.version()));
        self.take_in();
    }

    fn take_in(&mut self) {
        while let Ok(fed) = self.fed.try_recv() {
            match fed {
                Fed::Change(change, Some(rows)) => self.model.apply(change.version, *rows),
                Fed::Whole(version, rows) => self.model.apply(version, *rows),
                Fed::Heard(heard) => self.model.hear(heard),
                Fed::Change(_, None) | Fed::Round { .. } | Fed::Publish => {}
            }
        }
    }

    fn below(&mut self, most: u32) -> u32 {
        self.rng.below(most as usize) as u32
    }

    fn anywhere(&mut self) -> Place {
        corner(self.below(SIDE), self.below(SIDE)).into()
    }

    /// One of a few vehicles, and the order that it is about.
    fn somebody(&mut self) -> (VehicleId, Option<OrderId>) {
        let id = vehicle_id(self.below(6));
        let known = self.model.vehicles.get(&id).and_then(|row| row.job.order().cloned());
        (id, known)
    }

    /// Something that may happen, or be refused.
    fn anything(&mut self) {
        let (place, (vehicle, order)) = (self.anywhere(), self.somebody());
        let described = NewVehicle::electric(place, 20.0 + f64::from(self.below(80)));
        let (spec, reading) = described.parts(vehicle.clone(), self.now).expect("a good vehicle");
        let command = match self.below(16) {
            0 | 1 => Command::PutVehicle(spec, reading),
            2 => Command::RetireVehicle(vehicle),
            3 => Command::Fault(vehicle, FaultReason::Other),
            4 => Command::Recover(vehicle),
            5 => {
                let position = place.position("position").expect("on earth");
                let id = ChargerId::new(&format!("c{}", self.below(3))).expect("a name");
                Command::PutCharger(ChargerSpec::new(id, position, 1, 50.0).expect("a good site"))
            }
            6 => {
                let id = GeofenceId::new(&format!("g{}", self.below(3))).expect("a name");
                let to = self.anywhere();
                let ring = vec![[place.lon, place.lat], [to.lon, to.lat], [0.0, 0.0]];
                let area = NewGeofence { kind: "Polygon".into(), coordinates: vec![ring] };
                let Ok(area) = area.area(id) else { return };
                Command::PutGeofence(area)
            }
            7 => Command::PlugIn(vehicle, ChargerId::new(&format!("c{}", self.below(3))).expect("a name")),
            8 => Command::Unplug(vehicle, reading),
            9 => Command::CancelOrder(order_id(self.below(40))),
            10 => return self.input(Input::Telemetry(vec![(vehicle, reading)])),
            11..14 => match order {
                Some(order) => self.drive(vehicle, order, reading),
                None => return self.input(Input::Tick),
            },
            _ => {
                let asked = NewOrder::between(place, self.anywhere());
                let id = order_id(self.below(40));
                let wait = Millis::from_secs(300);
                Command::PlaceOrder(asked.spec(self.now, wait, id.as_str()).expect("a good order"))
            }
        };
        self.command(command);
    }

    /// The next word of a ride.
    fn drive(&self, vehicle: VehicleId, order: OrderId, reading: paceline_model::Reading) -> Command {
        match self.model.vehicles.get(&vehicle).map(|row| &row.job) {
            Some(Job::ToPickup(_)) => Command::Arrived(vehicle, order),
            Some(Job::AtPickup(_)) => Command::PickedUp(vehicle, order),
            _ => Command::DroppedOff(vehicle, order, reading),
        }
    }
}

fn vehicle_id(number: u32) -> VehicleId {
    VehicleId::new(&format!("v{number}")).expect("a good name")
}

fn order_id(number: u32) -> OrderId {
    OrderId::new(&format!("o{number}")).expect("a good name")
}

/// All that can be read of a model.
fn shown(of: &Model) -> Value {
    let all = (Bound::Unbounded, Bound::Unbounded);
    let live: Vec<_> = of.orders.between(all, true).map(|(_, row)| row.spec.id.clone()).collect();
    json!({
        "vehicles": of.vehicles.after(None).map(vehicle).collect::<Vec<_>>(),
        "by row": of.vehicles.slots(0, 1_000).map_or(0, Iterator::count),
        "jobs": of.vehicles.jobs(),
        "orders": of.orders.between(all, false).map(|(_, row)| order(row)).collect::<Vec<_>>(),
        "live": live,
        "open": of.orders.open(),
        "chargers": of.chargers.values().map(charger).collect::<Vec<_>>(),
        "geofences": of.geofences.values().map(|area| geofence(area)).collect::<Vec<_>>(),
    })
}

/// The model as it would be if it were read anew.
fn anew(of: &Ledger<Fleet>) -> Model {
    let mut model = Model::default();
    model.apply(of.version(), Delta::whole(of.world()));
    model
}

#[test]
fn fed_by_changes_it_is_what_it_would_be_if_it_were_read_anew() {
    let (mut ended, mut served) = (0, 0);
    for seed in 0..12 {
        let mut bench = Bench::new(seed);
        for step in 0..400 {
            // Past the silence of vehicles and the wait of orders, and past the day for which ended orders are kept.
            bench.now.0 += if step % 150 == 149 { 90_000_000 } else { u64::from(bench.below(4_000)) };
            bench.anything();
            if bench.below(3) == 0 {
                bench.durable();
                assert_eq!(shown(&bench.model), shown(&anew(&bench.ledger)), "seed {seed}, step {step}");
                assert_eq!(bench.model.version, bench.ledger.version());
            }
        }
        let rows = bench.ledger.world().orders();
        ended += rows.filter(|order| order.phase.is_final()).count();
        served += bench.ledger.world().orders().filter(|order| order.phase == OrderPhase::Served).count();
    }
    assert!(ended > 20 && served > 0, "much happened: {ended} orders ended, {served} were served");
}

#[test]
fn nothing_is_told_before_it_is_durable() {
    let mut bench = Bench::new(1);
    let described = NewVehicle::electric(corner(0, 0).into(), 80.0);
    let (spec, reading) = described.parts(vehicle_id(1), bench.now).expect("a good vehicle");
    bench.command(Command::PutVehicle(spec, reading));
    bench.take_in();
    assert_eq!(shown(&bench.model), shown(&Model::default()));
    assert_eq!(bench.shared.promised.load(Ordering::SeqCst), 0);
    bench.durable();
    assert!(bench.model.vehicles.get(&vehicle_id(1)).is_some());
    assert_eq!(bench.shared.promised.load(Ordering::SeqCst), bench.ledger.version().0);
}

#[test]
fn who_lost_something_is_sent_all_rows_once_they_are_durable() {
    let mut bench = Bench::new(2);
    for _ in 0..50 {
        bench.anything();
        bench.durable();
    }
    bench.shared.lost.store(true, Ordering::SeqCst);
    let described = NewVehicle::electric(corner(0, 0).into(), 80.0);
    let (spec, reading) = described.parts(vehicle_id(9), bench.now).expect("a good vehicle");
    bench.command(Command::PutVehicle(spec, reading));
    bench.feed.due(&bench.ledger);
    bench.take_in();
    assert!(bench.model.vehicles.get(&vehicle_id(9)).is_none(), "it is not durable yet");
    bench.durable();
    assert_eq!(shown(&bench.model), shown(&anew(&bench.ledger)));
}
