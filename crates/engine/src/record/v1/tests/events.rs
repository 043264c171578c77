//! A sample of each event, each field with a value of its own, and each variant of what an event holds at least once. Bytes are
//! above 127, where a byte and a varint differ.

use crate::record::v1::answer::{Malformed, Refusal, Rule};
use crate::record::v1::event::{
    ChargeDecision, Cut, Event, FailureCause, FaultReason, MoveReason, StandDecision,
};
use crate::record::v1::values::{
    ChargerSpec, Driver, Geofence, Operational, OrderPhase, OrderSpec, Position, Powertrain, Reading, Stop,
    StopKind, VehicleSpec,
};
use crate::record::v1::weighing::{
    Candidate, Excluded, Exclusion, PassedOver, PriceKind, PricePart, Weighing,
};

const fn place(number: i32) -> Position {
    Position { lat_e7: 407_000_000 + number, lon_e7: -739_000_000 - 2 * number }
}

pub(crate) const READING: Reading =
    Reading { position: place(1), heading_deg: Some(271), charge: 8_125, at_ms: 1_790_000_000_123 };
pub(crate) const LATER: Reading =
    Reading { position: place(2), heading_deg: None, charge: 10_000, at_ms: 1_790_000_060_007 };

pub(crate) fn vehicle_spec(id: &str, driver: Driver) -> VehicleSpec<'_> {
    let powertrain =
        Powertrain { capacity_mwh: 50_000_000, consumption_mwh_per_km: 140_500, grams_per_kwh: 401 };
    VehicleSpec { id, seats: 205, powertrain, attributes: vec!["pets", "wheelchair"], driver }
}

pub(crate) fn order_spec(id: &str) -> OrderSpec<'_> {
    OrderSpec {
        id,
        pickup: place(3),
        dropoff: place(4),
        party: 202,
        earliest_pickup_ms: 1_790_000_100_001,
        latest_pickup_ms: 1_790_000_700_002,
        desired_arrival_ms: Some(1_790_001_500_003),
        priority: vec!["medical"],
        attributes: vec!["child-seat", "wheelchair"],
        geofence: Some("midtown"),
    }
}

pub(crate) fn charger_spec(id: &str) -> ChargerSpec<'_> {
    ChargerSpec { id, position: place(5), plugs: 300, plug_watts: 150_000 }
}

pub(crate) fn geofence(id: &str) -> Geofence<'_> {
    Geofence { id, ring: vec![place(6), place(60), Position { lat_e7: -338_000_000, lon_e7: 1_512_000_000 }] }
}

/// With every kind of price part, every reason to pass over and every reason to exclude.
pub(crate) fn weighing() -> Weighing<'static> {
    let kinds = [
        PriceKind::EmptyDistance,
        PriceKind::Waiting,
        PriceKind::Carbon,
        PriceKind::VehicleTime,
        PriceKind::Delay,
        PriceKind::Switching,
        PriceKind::Future,
        PriceKind::Holding,
    ];
    let part = |(number, kind)| PricePart { kind, amount: (number as i64 - 2) * 1_000_003 };
    let passed_over = [
        None,
        Some(PassedOver::Dearer),
        Some(PassedOver::ServesInstead("order-7")),
        Some(PassedOver::DearerThanWaiting),
        Some(PassedOver::FreeSoon),
    ];
    let candidate = |(number, passed_over): (usize, _)| Candidate {
        vehicle: ["v1", "v2", "v3", "v4", "v5"][number],
        position: place(70 + number as i32),
        pickup_time_ms: 61_000 + number as u32,
        pickup_distance_cm: 54_300 + number as u32,
        price: kinds.into_iter().enumerate().skip(2 * number).map(part).collect(),
        passed_over,
    };
    let exclusions = [
        Exclusion::TooFar,
        Exclusion::Seats,
        Exclusion::Attributes,
        Exclusion::Range,
        Exclusion::Geofence,
        Exclusion::Declined,
    ];
    let excluded = |(number, reason)| Excluded { reason, vehicles: 1_000 * number as u32 + 11 };
    Weighing {
        made_from: 123_456,
        policy: "least-wait",
        candidates: passed_over.into_iter().enumerate().map(candidate).collect(),
        feasible: 17,
        excluded: exclusions.into_iter().enumerate().map(excluded).collect(),
    }
}

fn brief(policy: &str) -> Weighing<'_> {
    Weighing { made_from: 77, policy, candidates: vec![], feasible: 3, excluded: vec![] }
}

pub(crate) fn refusals() -> Vec<Refusal<'static>> {
    let malformed = |(field, rule)| Refusal::Invalid(Malformed { field, value: "what it held", rule });
    let rules = [
        ("seats", Rule::Within { low: 1.0, high: 64.5 }),
        ("id", Rule::Size { least: 1, most: 640, unit: "bytes" }),
        ("tag", Rule::Characters),
        ("latest_pickup", Rule::NotBefore { than: "now" }),
        ("earliest_pickup", Rule::NotBeyond { days: 7 }),
        ("ring", Rule::Shape("must not cross itself")),
        ("time", Rule::Rfc3339),
        ("at", Rule::Without { other: "age_ms" }),
        ("driver", Rule::OneOf("asked, automatic")),
    ];
    let others = [
        Refusal::OffTheMap { field: "pickup", position: place(8), max_m: 250 },
        Refusal::Unknown { kind: "order", id: "nobody" },
        Refusal::DuplicateOrder("order-1"),
        Refusal::NotYours { order: "order-3", vehicle: "v3" },
        Refusal::Busy("v5"),
        Refusal::NoPlug("charger-1"),
        Refusal::KeyReused,
    ];
    let phases = [
        OrderPhase::Open,
        OrderPhase::Offered,
        OrderPhase::Assigned,
        OrderPhase::Arrived,
        OrderPhase::Aboard,
        OrderPhase::Served,
        OrderPhase::TimedOut,
        OrderPhase::Cancelled,
    ];
    let states = [
        Operational::Idle,
        Operational::Running,
        Operational::Charging,
        Operational::Faulted,
        Operational::Recovered,
        Operational::Shutdown,
    ];
    let phases = phases.map(|phase| Refusal::WrongPhase { order: "order-2", phase });
    let states = states.map(|state| Refusal::WrongState { vehicle: "v4", state });
    rules.map(malformed).into_iter().chain(others).chain(phases).chain(states).collect()
}

/// In the order of the list.
pub(crate) fn events() -> Vec<Event<'static>> {
    let mut events = of_vehicles();
    events.extend(of_orders());
    events.extend(of_chargers_and_areas());
    events.extend(of_later_kinds());
    events.extend(of_layout_2());
    events
}

fn of_vehicles() -> Vec<Event<'static>> {
    let mut events = vec![
        Event::VehicleRegistered { spec: vehicle_spec("v1", Driver::Asked), reading: READING },
        Event::VehicleRegistered { spec: vehicle_spec("v2", Driver::Automatic), reading: LATER },
        Event::VehicleStarted { vehicle: "v3" },
        Event::VehicleUpdated { spec: vehicle_spec("v4", Driver::Automatic) },
        Event::VehicleRetired { vehicle: "v5" },
    ];
    let reasons = [
        FaultReason::Breakdown,
        FaultReason::Collision,
        FaultReason::EmptyBattery,
        FaultReason::Automation,
        FaultReason::Other,
    ];
    events.extend(reasons.map(|reason| Event::VehicleFaulted { vehicle: "v6", reason, reading: LATER }));
    events.extend([
        Event::VehicleRecovered { vehicle: "v7" },
        Event::ContactLost { vehicle: "v8" },
        Event::ContactRestored { vehicle: "v9", reading: READING },
    ]);
    events
}

fn of_orders() -> Vec<Event<'static>> {
    let plain = OrderSpec { desired_arrival_ms: None, geofence: None, ..order_spec("order-2") };
    let mut events = vec![
        Event::OrderPlaced { spec: order_spec("order-1") },
        Event::OrderPlaced { spec: plain },
        Event::OrderCancelled { order: "order-3" },
        Event::OrderTimedOut { order: "order-4" },
        Event::OfferMade {
            order: "order-5",
            vehicle: "v1",
            until_ms: 1_790_000_015_009,
            reading: READING,
            weighing: weighing(),
        },
        Event::OrderAssigned { order: "order-6", vehicle: "v2", reading: LATER, weighing: brief("nearest") },
        Event::OfferAccepted { order: "order-7", vehicle: "v3" },
    ];
    let causes = [
        FailureCause::Declined,
        FailureCause::OfferTimedOut,
        FailureCause::Faulted,
        FailureCause::Vanished,
        FailureCause::Retired,
        FailureCause::RoadClosed,
        FailureCause::NotPickedUp,
    ];
    events.extend(causes.into_iter().enumerate().map(|(number, cause)| Event::DispatchFailed {
        order: "order-8",
        vehicle: "v4",
        cause,
        stranded_at: (number % 2 == 0).then_some(place(9)),
        latest_pickup_ms: 1_790_000_900_000 + number as u64,
    }));
    events.extend([
        Event::VehicleArrived { order: "order-9", vehicle: "v5" },
        Event::RidersPickedUp { order: "order-10", vehicle: "v6" },
        Event::RidersDroppedOff { order: "order-11", vehicle: "v7", reading: READING },
    ]);
    events
}

fn of_chargers_and_areas() -> Vec<Event<'static>> {
    let decision = ChargeDecision {
        charger: "charger-2",
        drive_time_ms: 240_001,
        drive_distance_cm: 210_002,
        left_on_arrival_mwh: 4_000_003,
    };
    let mut events = vec![
        Event::ChargeOrdered { vehicle: "v8", reading: READING, decision },
        Event::ChargeStarted { vehicle: "v9", charger: "charger-3" },
        Event::ChargeEnded { vehicle: "v10", reading: LATER },
        Event::ChargerPut { spec: charger_spec("charger-4") },
        Event::GeofencePut { geofence: geofence("midtown") },
        Event::Remembered { key: "key-0", fingerprint: u64::MAX - 5, answer: Ok(99) },
    ];
    let refused = |(number, refusal)| Event::Remembered {
        key: "key-1",
        fingerprint: 4_000_000_000 + number as u64,
        answer: Err(refusal),
    };
    events.extend(refusals().into_iter().enumerate().map(refused));
    events
}

fn of_later_kinds() -> Vec<Event<'static>> {
    let decision = StandDecision {
        position: place(10),
        drive_time_ms: 180_001,
        drive_distance_cm: 150_002,
        expected_milli: 2_750,
        held: 4,
    };
    let cut = Cut {
        edge: 70_001,
        street: Some("West 42nd Street, Manhattan – \u{1F6A7}"),
        position: place(11),
        drive_before_ms: 90_001,
        drive_now_ms: Some(150_002),
    };
    vec![
        Event::RoutePlanned {
            vehicle: "v11",
            reading: READING,
            stops: vec![
                Stop { order: "order-12", kind: StopKind::PickUp, due_ms: 1_790_000_200_001 },
                Stop { order: "order-12", kind: StopKind::DropOff, due_ms: 1_790_000_800_002 },
            ],
            gained: vec![("order-12", brief("pooled")), ("order-13", brief("pooled-too"))],
        },
        Event::StandOrdered { vehicle: "v12", reading: LATER, decision },
        Event::OptionsChanged { options: r#"{"policy":"least-wait"}"# },
        Event::OrderMoved {
            order: "order-14",
            from: "v13",
            vehicle: "v14",
            reading: READING,
            reason: MoveReason::Better,
            weighing: brief("moves"),
        },
        Event::OrderMoved {
            order: "order-15",
            from: "v15",
            vehicle: "v16",
            reading: LATER,
            reason: MoveReason::FreesFor("order-16"),
            weighing: brief("moves"),
        },
        Event::RouteCut { vehicle: "v17", reading: READING, orders: vec!["order-17", "order-18"], cut },
        Event::RouteCut {
            vehicle: "v18",
            reading: LATER,
            orders: vec![],
            cut: Cut { street: None, drive_now_ms: None, ..cut },
        },
    ]
}

fn of_layout_2() -> Vec<Event<'static>> {
    let number = 1_790_000_000_300;
    vec![
        Event::VehicleHandedOver { vehicle: "v19", to: "north", number, reading: READING },
        Event::HandOverReceived { from: "south", number: number + 1 },
        Event::HandOverAcknowledged { to: "north", number },
        Event::Remembered {
            key: "key-2",
            fingerprint: 4_000_000_300,
            answer: Err(Refusal::HandedOver { vehicle: "v19", to: "north" }),
        },
    ]
}
