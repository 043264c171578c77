//! The JSON of each change is pinned, and fits the document.
//!
//! `UPDATE_EXPECT=1 cargo test -p paceline-api --test changes` writes the file again: whoever does that changes what others
//! read, and says so in the changelog.

#![allow(clippy::unwrap_used, reason = "samples that are not well-formed are a test that fails")]

mod common;

use common::{against, document};
use expect_test::expect_file;
use paceline_api::Change;
use paceline_model::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const AT: Instant = Instant(1_767_225_600_123);

fn vehicle(name: &str) -> VehicleId {
    VehicleId::new(name).unwrap()
}
fn order(name: &str) -> OrderId {
    OrderId::new(name).unwrap()
}
fn region(name: &str) -> RegionId {
    RegionId::new(name).unwrap()
}
fn place() -> Position {
    Position::new(40.7484, -73.9857).unwrap()
}
fn reading() -> Reading {
    let heading = Some(Heading::from_degrees(90.0).unwrap());
    Reading { position: place(), heading, charge: Charge::from_percent(80.5).unwrap(), at: AT }
}
fn tags(names: &[&str]) -> BTreeSet<Tag> {
    names.iter().map(|name| Tag::new(name).unwrap()).collect()
}
fn vehicle_spec() -> VehicleSpec {
    let powertrain = Powertrain::new(62.0, 160.0, 400).unwrap();
    let attributes = tags(&["wheelchair"]);
    VehicleSpec { id: vehicle("v1"), seats: 4, powertrain, attributes, driver: Driver::Automatic }
}
fn order_spec() -> OrderSpec {
    OrderSpec {
        id: order("o1"),
        pickup: place(),
        dropoff: Position::new(40.75, -73.99).unwrap(),
        party: 2,
        earliest_pickup: AT,
        latest_pickup: AT + Millis::from_secs(600),
        desired_arrival: None,
        priority: tags(&["medical"]),
        attributes: tags(&[]),
        geofence: Some(GeofenceId::new("midtown").unwrap()),
    }
}
fn candidate(name: &str, passed_over: Option<PassedOver>) -> Candidate {
    Candidate {
        vehicle: vehicle(name),
        position: place(),
        pickup_time: Millis(61_500),
        pickup_distance: Centimetres(45_678),
        price: vec![PricePart { kind: PriceKind::Waiting, amount: 61_500 }],
        passed_over,
    }
}
fn weighing() -> Weighing {
    Weighing {
        made_from: Version(41),
        policy: "least-wait".into(),
        candidates: vec![
            candidate("v1", None),
            candidate("v2", Some(PassedOver::Dearer)),
            candidate("v3", Some(PassedOver::ServesInstead(order("o2")))),
            candidate("v4", Some(PassedOver::FreeSoon)),
        ],
        feasible: 5,
        excluded: vec![Excluded { reason: Exclusion::TooFar, vehicles: 7 }],
    }
}
fn route_cut() -> RouteCut {
    RouteCut {
        edge: 12,
        street: Some("Broadway".into()),
        position: place(),
        drive_before: Millis(90_000),
        drive_now: None,
    }
}

fn of_vehicles() -> Vec<Event> {
    let (v1, spec) = (vehicle("v1"), vehicle_spec());
    vec![
        Event::VehicleRegistered { spec: spec.clone(), reading: reading() },
        Event::VehicleStarted { vehicle: v1.clone() },
        Event::VehicleUpdated { spec },
        Event::VehicleRetired { vehicle: v1.clone() },
        Event::VehicleFaulted { vehicle: v1.clone(), reason: FaultReason::EmptyBattery, reading: reading() },
        Event::VehicleRecovered { vehicle: v1.clone() },
        Event::ContactLost { vehicle: v1.clone() },
        Event::ContactRestored { vehicle: v1.clone(), reading: reading() },
    ]
}

fn of_orders() -> Vec<Event> {
    let (v1, o1) = (vehicle("v1"), order("o1"));
    vec![
        Event::OrderPlaced { spec: order_spec() },
        Event::OrderCancelled { order: o1.clone() },
        Event::OrderTimedOut { order: o1.clone() },
        Event::OfferMade {
            order: o1.clone(),
            vehicle: v1.clone(),
            until: AT,
            reading: reading(),
            weighing: weighing(),
        },
        Event::OrderAssigned {
            order: o1.clone(),
            vehicle: v1.clone(),
            reading: reading(),
            weighing: weighing(),
        },
        Event::OfferAccepted { order: o1.clone(), vehicle: v1.clone() },
        Event::DispatchFailed {
            order: o1.clone(),
            vehicle: v1.clone(),
            cause: FailureCause::RoadClosed,
            stranded_at: Some(place()),
            latest_pickup: AT,
        },
        Event::VehicleArrived { order: o1.clone(), vehicle: v1.clone() },
        Event::RidersPickedUp { order: o1.clone(), vehicle: v1.clone() },
        Event::RidersDroppedOff { order: o1.clone(), vehicle: v1.clone(), reading: reading() },
    ]
}

/// One of each kind; of those with variants inside, one of each of those that look different.
fn samples() -> Vec<Event> {
    [of_vehicles(), of_orders(), of_the_rest()].concat()
}

fn of_the_rest() -> Vec<Event> {
    let (v1, o1, charger) = (vehicle("v1"), order("o1"), ChargerId::new("c1").unwrap());
    let key = IdempotencyKey::new("k1").unwrap();
    let fingerprint = Fingerprint(7);
    let ring = vec![place(), Position::new(40.75, -73.99).unwrap(), Position::new(40.76, -73.98).unwrap()];
    let area = Geofence::new(GeofenceId::new("midtown").unwrap(), ring).unwrap();
    let moved = |reason| Event::OrderMoved {
        order: order("o1"),
        from: vehicle("v2"),
        vehicle: vehicle("v1"),
        reading: reading(),
        reason,
        weighing: weighing(),
    };
    let (drive_time, drive_distance) = (Millis(120_000), Centimetres(100_000));
    let charge = ChargeDecision {
        charger: charger.clone(),
        drive_time,
        drive_distance,
        left_on_arrival: MilliwattHours::from_kwh(12.5),
    };
    let stand =
        StandDecision { position: place(), drive_time, drive_distance, expected_milli: 1_250, held: 3 };
    let stops = vec![
        Stop { order: o1.clone(), kind: StopKind::PickUp, due: AT },
        Stop { order: o1.clone(), kind: StopKind::DropOff, due: AT },
    ];
    vec![
        Event::ChargeOrdered { vehicle: v1.clone(), reading: reading(), decision: charge },
        Event::ChargeStarted { vehicle: v1.clone(), charger: charger.clone() },
        Event::ChargeEnded { vehicle: v1.clone(), reading: reading() },
        Event::ChargerPut { spec: ChargerSpec::new(charger, place(), 4, 50.0).unwrap() },
        Event::GeofencePut { geofence: area },
        Event::Remembered { key: key.clone(), fingerprint, answer: Ok(Receipt { version: Version(42) }) },
        Event::Remembered { key, fingerprint, answer: Err(Refusal::Busy(v1.clone())) },
        Event::RoutePlanned {
            vehicle: v1.clone(),
            reading: reading(),
            stops,
            gained: vec![(o1.clone(), weighing())],
        },
        Event::StandOrdered { vehicle: v1.clone(), reading: reading(), decision: stand },
        Event::OptionsChanged { options: r#"{"hold":true}"#.into() },
        moved(MoveReason::Better),
        moved(MoveReason::FreesFor(order("o2"))),
        Event::RouteCut { vehicle: v1.clone(), reading: reading(), orders: vec![o1], cut: route_cut() },
        Event::VehicleHandedOver {
            vehicle: v1,
            to: region("north"),
            number: HandOverNumber(7),
            reading: reading(),
        },
        Event::HandOverReceived { from: region("north"), number: HandOverNumber(8) },
        Event::HandOverAcknowledged { to: region("north"), number: HandOverNumber(7) },
    ]
}

fn changes() -> Vec<Change> {
    let change = |(version, event): (u64, Event)| Change { version, at: AT, event: (&event).into() };
    (1..).zip(samples()).map(change).collect()
}

#[test]
fn the_json_of_every_change_is_as_it_was() {
    let mut text = String::new();
    for change in changes() {
        text.push_str(&serde_json::to_string(&change).unwrap());
        text.push('\n');
    }
    expect_file!["golden/changes.jsonl"].assert_eq(&text);
}

#[test]
fn every_kind_has_a_sample_and_a_schema() {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for change in changes() {
        let json = serde_json::to_value(&change).unwrap();
        for kind in json["event"].as_object().unwrap().keys() {
            *kinds.entry(kind.clone()).or_default() += 1;
        }
    }
    let document = document();
    let described = document["components"]["schemas"]["Event"]["oneOf"].as_array().unwrap();
    let kind = |kind: &Value| kind["required"][0].as_str().unwrap().to_owned();
    let described: BTreeSet<String> = described.iter().map(kind).collect();
    assert_eq!(kinds.into_keys().collect::<BTreeSet<_>>(), described);
}

#[test]
fn every_change_fits_its_schema_and_is_read_back_as_it_was() {
    for change in changes() {
        let json = serde_json::to_value(&change).unwrap();
        assert_eq!(against("Change", &json), Vec::<String>::new(), "{json}");
        assert_eq!(serde_json::from_value::<Change>(json).unwrap(), change);
    }
}

#[test]
fn a_field_that_breaks_its_bounds_or_is_left_out_does_not_fit() {
    let mut change = serde_json::to_value(&changes()[1]).unwrap();
    assert!(against("Change", &change).is_empty());
    change["event"]["vehicle_started"]["vehicle"] = "no good name".into();
    assert!(!against("Change", &change).is_empty(), "blanks");
    change["event"]["vehicle_started"] = serde_json::json!({});
    assert!(!against("Change", &change).is_empty(), "left out");
    change["event"] = serde_json::json!({ "vehicle_flown": { "vehicle": "v1" } });
    assert!(!against("Change", &change).is_empty(), "unheard of");
}
