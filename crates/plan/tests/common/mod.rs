//! A chessboard town and a script of who is where. Streets run every 100 m both ways at 36 km/h: a block takes 10 s.
//! `B3` is column B, row 3. A line is one of
//!
//! ```text
//! vehicle ID at B3 [seats N] [charge PERCENT] [offers TAG]
//! low ID at B3 [charge PERCENT]
//! order ID from B3 to C4 [party N] [asks TAG] [tag TAG] [within S] [waited S] [ahead S] [inside AREA] [declined ID] [failures N]
//! site ID at B3 free N
//! area ID A1 C1 C3 A3
//! ```
//!
//! Batteries hold 10 kWh and a kilometre takes some 0.19 kWh: a block is about a fifth of a percent.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]
#![allow(dead_code, reason = "each test file uses its own part")]

use paceline_model::{
    Charge, Driver, Excluded, Geofence, GeofenceId, Idx, Instant, Millis, MilliwattHours, OrderId, OrderSpec,
    PassedOver, Position, Powertrain, Reading, Route, Tag, VehicleId, VehicleSpec, Version, Weighing,
};
use paceline_plan::{
    Budget, Demand, Held, Party, Plan, Plug, Policies, PolicySpec, Pool, Sharer, Snapshot, Supply,
    fleet::{charging, dispatch},
};
use paceline_road::{Leg, RoadPoint, Roads, Search, TravelTimes};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

const SIDE: u32 = 8;
const ORIGIN: (f64, f64) = (40.0, -74.0);
const METRES_PER_DEGREE: f64 = 111_195.08;
/// When the round takes place.
pub(crate) const NOW: Instant = Instant(10_000_000);

pub(crate) static ROADS: LazyLock<Roads> = LazyLock::new(town);

fn corner(name: &str) -> Position {
    let (column, row) = name.split_at(1);
    let column = u32::from(column.as_bytes()[0] - b'A');
    let row: u32 = row.parse().unwrap_or_else(|_| panic!("{name} is no corner"));
    place(column, row - 1)
}

fn place(column: u32, row: u32) -> Position {
    let lat = ORIGIN.0 + f64::from(row) * 100.0 / METRES_PER_DEGREE;
    let lon = ORIGIN.1 + f64::from(column) * 100.0 / (METRES_PER_DEGREE * ORIGIN.0.to_radians().cos());
    Position::new(lat, lon).unwrap()
}

fn town() -> Roads {
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column))) {
        let (id, place) = (row * SIDE + column, place(column, row));
        nodes.push(format!(r#"{{"id":{id},"x":{},"y":{}}}"#, place.lon(), place.lat()));
        for (right, up) in [(1, 0), (0, 1)] {
            if column + right < SIDE && row + up < SIDE {
                let other = (row + up) * SIDE + column + right;
                links.extend([link(id, other), link(other, id)]);
            }
        }
    }
    let json = format!(
        r#"{{"directed":true,"multigraph":true,"graph":{{}},"nodes":[{}],"links":[{}]}}"#,
        nodes.join(","),
        links.join(",")
    );
    Roads::import_node_link(json.as_bytes()).unwrap().0
}

fn link(from: u32, to: u32) -> String {
    format!(
        r#"{{"source":{from},"target":{to},"key":0,"length":100.0,"speed_kmph":36.0,"travel_time":10.0}}"#
    )
}

fn snap(position: Position) -> RoadPoint {
    ROADS.snap(position, 50.0).expect("the town has streets everywhere").point
}

/// A corner, and where it is on the road.
pub(crate) fn spot(name: &str) -> (Position, RoadPoint) {
    (corner(name), snap(corner(name)))
}

/// A round in the town.
pub(crate) struct Town {
    pub(crate) snapshot: Snapshot,
    pub(crate) search: Search,
}

impl Town {
    pub(crate) fn new(script: &str) -> Self {
        let snapshot = Snapshot {
            version: Version(7),
            at: NOW,
            policies: Arc::new(PolicySpec::default().into()),
            shadow: None,
            metric: ROADS.metric().digest(),
            vehicles: Vec::new(),
            orders: Vec::new(),
            low: Vec::new(),
            plugs: Vec::new(),
            geofences: Vec::new(),
            pool: None,
            standing: None,
            reserve: MilliwattHours::from_kwh(0.1),
            auxiliary_w: 0,
        };
        let mut town = Self { snapshot, search: Search::new(&ROADS) };
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            town.line(&line.split_whitespace().collect::<Vec<_>>());
        }
        town.arrange();
        town
    }

    pub(crate) fn with(mut self, policies: impl Into<Policies>) -> Self {
        self.snapshot.policies = Arc::new(policies.into());
        self
    }

    fn line(&mut self, words: &[&str]) {
        match *words {
            ["vehicle", id, "at", corner, ref extras @ ..] => {
                self.snapshot.vehicles.push(vehicle(id, corner, extras));
            }
            ["low", id, "at", corner, ref extras @ ..] => self.snapshot.low.push(vehicle(id, corner, extras)),
            ["order", id, "from", from, "to", to, ref extras @ ..] => {
                let order = self.order(id, from, to, extras);
                self.snapshot.orders.push(order);
            }
            ["site", id, "at", at, "free", free] => self.snapshot.plugs.push(Plug {
                idx: row(id),
                place: snap(corner(at)),
                free: free.parse().unwrap(),
            }),
            ["heating", watts] => self.snapshot.auxiliary_w = watts.parse().unwrap(),
            ["area", id, ref corners @ ..] => {
                let ring = corners.iter().map(|name| corner(name)).collect();
                let area = Geofence::new(GeofenceId::new(id).unwrap(), ring).unwrap();
                self.snapshot.geofences.push(Arc::new(area));
            }
            _ => panic!("{words:?} is no line"),
        }
    }

    fn order(&mut self, id: &str, from: &str, to: &str, extras: &[&str]) -> Demand {
        let seconds = |key: &str, default: u32| number(extras, key).map_or(default, |value| value as u32);
        let earliest = NOW + Millis::from_secs(seconds("ahead", 0));
        let spec = OrderSpec {
            id: OrderId::new(id).unwrap(),
            pickup: corner(from),
            dropoff: corner(to),
            party: seconds("party", 1) as u8,
            earliest_pickup: if seconds("ahead", 0) > 0 { earliest } else { Instant::ZERO },
            latest_pickup: NOW + Millis::from_secs(seconds("within", 900)),
            desired_arrival: None,
            priority: tags(extras, "tag"),
            attributes: tags(extras, "asks"),
            geofence: texts(extras, "inside").next().map(|id| GeofenceId::new(id).unwrap()),
        };
        let (pickup, dropoff) = (snap(spec.pickup), snap(spec.dropoff));
        Demand {
            idx: row(id),
            spec: Arc::new(spec),
            pickup,
            ride: ROADS.leg(&mut self.search, pickup, dropoff),
            onward: Leg::UNREACHABLE,
            since: NOW - Millis::from_secs(seconds("waited", 0)),
            failures: seconds("failures", 0) as u8,
            value_milli: number(extras, "value").unwrap_or(0.0) as i32,
            held: texts(extras, "held")
                .next()
                .map(|id| Held { by: row(id), promised: NOW + Millis::from_secs(seconds("promised", 0)) }),
            declined: texts(extras, "declined").map(row).collect(),
        }
    }

    /// Puts the lists in order, and lets each order know its way on to a site.
    fn arrange(&mut self) {
        for order in &mut self.snapshot.orders {
            let dropoff = snap(order.spec.dropoff);
            let legs =
                self.snapshot.plugs.iter().map(|site| ROADS.leg(&mut self.search, dropoff, site.place));
            order.onward = legs.min_by_key(|leg| leg.time).unwrap_or(Leg::UNREACHABLE);
        }
        self.snapshot.vehicles.sort_by_key(|row| row.idx);
        self.snapshot.orders.sort_by_key(|row| row.idx);
        self.snapshot.low.sort_by_key(|row| row.idx);
        self.snapshot.plugs.sort_by_key(|row| row.idx);
        self.snapshot.geofences.sort_by(|a, b| a.id().cmp(b.id()));
    }

    /// All free vehicles and open orders may share rides.
    pub(crate) fn share(&mut self) {
        let sharer = |supply| Sharer { supply, route: Route::default(), since: NOW };
        let party = |demand: &Demand| Party {
            demand: demand.clone(),
            dropoff: snap(demand.spec.dropoff),
            latest_pickup: demand.spec.latest_pickup,
            vehicle: None,
        };
        self.snapshot.pool = Some(Pool {
            vehicles: self.snapshot.vehicles.drain(..).map(sharer).collect(),
            parties: self.snapshot.orders.iter().map(party).collect(),
        });
    }

    pub(crate) fn leg(&mut self, from: RoadPoint, to: RoadPoint) -> Leg {
        ROADS.leg(&mut self.search, from, to)
    }

    /// Solves the round under `budget`; the answer keeps every rule.
    pub(crate) fn solve(&mut self, mut budget: Budget) -> Plan {
        let policies = self.snapshot.policies.clone();
        let plan = paceline_plan::solve(&ROADS, &mut self.search, &self.snapshot, &policies, &mut budget);
        let notes = dispatch::check(&ROADS, &mut self.search, &self.snapshot, &policies, &plan.assignments);
        assert_eq!(notes, []);
        assert_eq!(charging::check(&ROADS, &mut self.search, &self.snapshot, &plan.charges), []);
        plan
    }

    pub(crate) fn notes(&mut self, plan: &Plan) -> String {
        let policies = self.snapshot.policies.clone();
        let orders = dispatch::check(&ROADS, &mut self.search, &self.snapshot, &policies, &plan.assignments);
        let charges = charging::check(&ROADS, &mut self.search, &self.snapshot, &plan.charges);
        let orders = orders.iter().map(ToString::to_string);
        orders.chain(charges.iter().map(ToString::to_string)).map(|note| note + "\n").collect()
    }
}

fn vehicle(id: &str, at: &str, extras: &[&str]) -> Supply {
    let powertrain = Powertrain::new(10.0, 200.0, 400).unwrap();
    let charge = Charge::from_percent(number(extras, "charge").unwrap_or(80.0)).unwrap();
    let spec = VehicleSpec {
        id: VehicleId::new(id).unwrap(),
        seats: number(extras, "seats").unwrap_or(4.0) as u8,
        powertrain,
        attributes: tags(extras, "offers"),
        driver: Driver::Automatic,
    };
    Supply {
        idx: row(id),
        spec: Arc::new(spec),
        reading: Reading { position: corner(at), heading: None, charge, at: NOW },
        place: snap(corner(at)),
        energy: charge.of(powertrain.capacity),
        free_in: Millis::from_secs(number(extras, "free-in").unwrap_or(0.0) as u32),
        value_milli: number(extras, "value").unwrap_or(0.0) as i32,
    }
}

/// The row of a name such as `v12`: its number.
pub(crate) fn row<K>(name: &str) -> Idx<K> {
    Idx::first(name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().expect("a name with a number"))
}

fn texts<'a>(extras: &'a [&str], key: &'a str) -> impl Iterator<Item = &'a str> {
    extras.chunks(2).filter(move |pair| pair[0] == key).map(|pair| pair[1])
}

fn number(extras: &[&str], key: &str) -> Option<f64> {
    texts(extras, key).next().map(|text| text.parse().unwrap())
}

fn tags(extras: &[&str], key: &str) -> BTreeSet<Tag> {
    texts(extras, key).map(|text| Tag::new(text).unwrap()).collect()
}

/// The plan in lines: who serves whom after which drive, what was passed over, what was ruled out, who charges where.
pub(crate) fn describe(plan: &Plan) -> String {
    let mut text = String::new();
    for assignment in &plan.assignments {
        let from = assignment.from.map_or(String::new(), |from| format!(" instead of v{}", from.slot()));
        _ = writeln!(text, "r{} -> v{}{from}", assignment.order.slot(), assignment.vehicle.slot());
        weighing(&mut text, &assignment.weighing);
    }
    for (order, found) in &plan.report.undispatched {
        _ = writeln!(text, "r{} stays open", order.slot());
        weighing(&mut text, found);
    }
    for charge in &plan.charges {
        let (decision, left) = (&charge.decision, charge.decision.left_on_arrival.as_kwh());
        let seconds = decision.drive_time.as_secs_f64();
        _ = writeln!(
            text,
            "v{} charges at c{} after {seconds} s, {left:.2} kWh left",
            charge.vehicle.slot(),
            decision.charger.slot()
        );
    }
    for vehicle in &plan.report.stranded {
        _ = writeln!(text, "v{} is stranded", vehicle.slot());
    }
    for degraded in &plan.report.degraded {
        _ = writeln!(text, "{:?}: {}", degraded.stage, degraded.reason);
    }
    text
}

fn weighing(text: &mut String, weighing: &Weighing) {
    for candidate in &weighing.candidates {
        let why = match &candidate.passed_over {
            None => "taken".into(),
            Some(PassedOver::Dearer) => "dearer".into(),
            Some(PassedOver::ServesInstead(order)) => format!("serves {order} instead"),
            Some(PassedOver::FreeSoon) => "waited for".into(),
            Some(PassedOver::DearerThanWaiting) => "dearer than waiting".into(),
        };
        let seconds = candidate.pickup_time.as_secs_f64();
        _ = writeln!(text, "    {} in {seconds} s at {}: {why}", candidate.vehicle, candidate.total());
    }
    let more = weighing.feasible as usize - weighing.candidates.len();
    if more > 0 {
        _ = writeln!(text, "    {more} more");
    }
    for Excluded { reason, vehicles } in &weighing.excluded {
        _ = writeln!(text, "    {vehicles} out: {reason:?}");
    }
}

/// Solves a script under the default policy without a limit, and compares the plan in lines.
pub(crate) fn check(script: &str, expected: expect_test::Expect) {
    let plan = Town::new(script).solve(Budget::unlimited());
    expected.assert_eq(&describe(&plan));
}
