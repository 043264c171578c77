//! What does not come in: each refusal names the field, the value and the rule.

use expect_test::{Expect, expect};
use paceline_model::limits::{CLOCK_SKEW_MS_MAX, ID_BYTES_MAX, TAGS_MAX};
use paceline_model::{
    Charge, ChargerId, ChargerSpec, Driver, Geofence, GeofenceId, Heading, Instant, Invalid, OrderId,
    OrderSpec, Position, Powertrain, Tag, VehicleId, VehicleSpec,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Debug;

fn check<T: Debug>(refused: Result<T, Invalid>, expected: Expect) {
    expected.assert_eq(&refused.expect_err("this must be refused").to_string());
}

const NOW: Instant = Instant(1_000_000_000);

fn order() -> OrderSpec {
    let place = Position::new(40.75, -73.98).expect("on earth");
    OrderSpec {
        id: OrderId::new("o1").expect("a good name"),
        pickup: place,
        dropoff: place,
        party: 1,
        earliest_pickup: NOW,
        latest_pickup: Instant(NOW.0 + 600_000),
        desired_arrival: None,
        priority: BTreeSet::new(),
        attributes: BTreeSet::new(),
        geofence: None,
    }
}

fn vehicle() -> VehicleSpec {
    VehicleSpec {
        id: VehicleId::new("v1").expect("a good name"),
        seats: 4,
        powertrain: Powertrain::new(50.0, 140.0, 400).expect("within limits"),
        attributes: BTreeSet::new(),
        driver: Driver::Asked,
    }
}

fn tags(count: usize) -> BTreeSet<Tag> {
    (0..count).map(|n| Tag::new(&format!("t{n}")).expect("a good name")).collect()
}

#[test]
fn a_battery_is_between_empty_and_full() {
    check(Charge::from_percent(100.5), expect!["battery_percent is 100.5: must lie within 0 and 100"]);
    check(Charge::from_percent(-0.1), expect!["battery_percent is -0.1: must lie within 0 and 100"]);
    check(Charge::from_percent(f64::NAN), expect!["battery_percent is NaN: must lie within 0 and 100"]);
    assert_eq!(Charge::from_percent(100.0), Ok(Charge::FULL));
}

#[test]
fn a_place_is_on_earth() {
    check(Position::new(90.01, 0.0), expect!["lat is 90.01: must lie within -90 and 90"]);
    check(Position::new(0.0, -180.5), expect!["lon is -180.5: must lie within -180 and 180"]);
    check(Position::new(f64::INFINITY, 0.0), expect!["lat is inf: must lie within -90 and 90"]);
}

#[test]
fn a_heading_is_on_the_compass_and_360_is_north() {
    check(Heading::from_degrees(361.0), expect!["heading_deg is 361: must lie within 0 and 360"]);
    assert_eq!(Heading::from_degrees(360.0), Heading::from_degrees(0.0));
}

#[test]
fn a_name_is_short_and_plain() {
    check(VehicleId::new(""), expect!["vehicle_id is : must have between 1 and 64 bytes"]);
    check(OrderId::new("a b"), expect!["order_id is a b: may hold only letters, digits and - _ . : @"]);
    check(OrderId::new("naïve"), expect!["order_id is naïve: may hold only letters, digits and - _ . : @"]);
    assert!(OrderId::new(&"x".repeat(ID_BYTES_MAX)).is_ok());
    assert!(OrderId::new(&"x".repeat(ID_BYTES_MAX + 1)).is_err());
}

#[test]
fn a_long_bad_value_is_cut_in_the_refusal() {
    let refused = OrderId::new(&"x".repeat(10_000)).expect_err("far too long");
    assert!(refused.value.len() < 100, "{refused}");
}

#[test]
fn an_order_has_its_times_in_order() {
    let late = Instant(NOW.0 - CLOCK_SKEW_MS_MAX - 1);
    check(
        OrderSpec { latest_pickup: Instant(NOW.0 - 1), ..order() }.validate(NOW),
        expect![
            "latest_pickup is 1970-01-12T13:46:39.999Z: must not be earlier than earliest_pickup (1970-01-12T13:46:40.000Z)"
        ],
    );
    check(
        OrderSpec { earliest_pickup: late, latest_pickup: late, ..order() }.validate(NOW),
        expect!["latest_pickup is 1970-01-12T13:46:38.999Z: must not be earlier than now"],
    );
    check(
        OrderSpec { desired_arrival: Some(Instant(NOW.0 - 1)), ..order() }.validate(NOW),
        expect![
            "desired_arrival is 1970-01-12T13:46:39.999Z: must not be earlier than earliest_pickup (1970-01-12T13:46:40.000Z)"
        ],
    );
    check(
        OrderSpec { latest_pickup: Instant(NOW.0 + 8 * 86_400_000), ..order() }.validate(NOW),
        expect!["latest_pickup is 1970-01-20T13:46:40.000Z: must not be more than 7 days ahead"],
    );
    assert!(order().validate(NOW).is_ok());
}

#[test]
fn a_party_fits_into_some_vehicle() {
    check(OrderSpec { party: 0, ..order() }.validate(NOW), expect!["party is 0: must lie within 1 and 64"]);
    check(OrderSpec { party: 65, ..order() }.validate(NOW), expect!["party is 65: must lie within 1 and 64"]);
    check(VehicleSpec { seats: 0, ..vehicle() }.validate(), expect!["seats is 0: must lie within 1 and 64"]);
}

#[test]
fn tags_are_few() {
    let many = tags(TAGS_MAX + 1);
    let expected = "attributes is 17 tags: must have between 0 and 16 tags";
    let refused = OrderSpec { attributes: many.clone(), ..order() }.validate(NOW).expect_err("too many");
    assert_eq!(refused.to_string(), expected);
    let refused = VehicleSpec { attributes: many, ..vehicle() }.validate().expect_err("too many");
    assert_eq!(refused.to_string(), expected);
    assert!(OrderSpec { attributes: tags(TAGS_MAX), ..order() }.validate(NOW).is_ok());
}

#[test]
fn a_powertrain_has_the_size_of_something_that_drives() {
    check(Powertrain::new(0.0, 140.0, 0), expect!["battery_kwh is 0: must lie within 0.1 and 2000"]);
    check(
        Powertrain::new(50.0, 140_000.0, 0),
        expect!["consumption_wh_per_km is 140000: must lie within 1 and 5000"],
    );
    check(Powertrain::new(50.0, 140.0, 5_001), expect!["grams_per_kwh is 5001: must lie within 0 and 5000"]);
}

#[test]
fn a_charger_has_plugs_and_power() {
    let site =
        |plugs, kw| ChargerSpec::new(ChargerId::new("c1").expect("good"), Position::default(), plugs, kw);
    check(site(0, 50.0), expect!["plugs is 0: must lie within 1 and 10000"]);
    check(site(1, 0.0), expect!["plug_kw is 0: must lie within 0.1 and 4000"]);
    assert_eq!(site(20, 7.2).map(|site| site.plug_watts), Ok(7_200));
}

fn geofence(corners: &[(f64, f64)]) -> Result<Geofence, Invalid> {
    let ring = corners.iter().map(|&(lat, lon)| Position::new(lat, lon).expect("on earth")).collect();
    Geofence::new(GeofenceId::new("g1").expect("good"), ring)
}

#[test]
fn a_geofence_has_corners() {
    check(
        geofence(&[(0.0, 0.0), (0.0, 1.0), (0.0, 0.0)]),
        expect!["ring is 2 corners: must have between 3 and 10000 corners"],
    );
}

#[test]
fn a_geofence_holds_what_is_inside_it_and_not_what_is_in_its_notch() {
    // An L: the square from 0 to 2 without its upper right quarter.
    let l = geofence(&[(0.0, 0.0), (0.0, 2.0), (1.0, 2.0), (1.0, 1.0), (2.0, 1.0), (2.0, 0.0), (0.0, 0.0)]);
    let l = l.expect("six corners");
    let inside = |lat, lon| l.contains(Position::new(lat, lon).expect("on earth"));
    assert!(inside(0.5, 0.5) && inside(0.5, 1.5) && inside(1.5, 0.5));
    assert!(!inside(1.5, 1.5) && !inside(-0.5, 0.5) && !inside(0.5, 2.5));
}

proptest! {
    #[test]
    fn every_place_on_earth_keeps_its_centimetre(lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64) {
        let place = Position::new(lat, lon).expect("on earth");
        prop_assert!((place.lat() - lat).abs() < 1e-7 && (place.lon() - lon).abs() < 1e-7);
        prop_assert_eq!(Position::from_e7(place.lat_e7(), place.lon_e7()), Ok(place));
    }

    #[test]
    fn a_charge_and_its_energy_agree_to_a_hundredth_of_a_percent(hundredths in 0..=10_000_u32, kwh in 0.1..2_000.0_f64) {
        let charge = Charge::from_percent(f64::from(hundredths) / 100.0).expect("within 0 and 100");
        let capacity = paceline_model::MilliwattHours::from_kwh(kwh);
        let back = Charge::in_battery(charge.of(capacity), capacity);
        prop_assert!((back.as_percent() - charge.as_percent()).abs() <= 0.011, "{charge:?} {back:?}");
    }
}

#[test]
fn json_is_written_for_people_and_the_journal_for_machines() {
    let reading = paceline_model::Reading {
        position: Position::new(40.75, -73.98).expect("on earth"),
        heading: None,
        charge: Charge::from_percent(81.25).expect("within 0 and 100"),
        at: Instant(1_419_138_000_000),
    };
    let json = serde_json::to_string(&reading).expect("plain data");
    expect![[r#"{"position":{"lat":40.75,"lon":-73.98},"heading_deg":null,"battery_percent":81.25,"at":"2014-12-21T05:00:00.000Z"}"#]].assert_eq(&json);
    assert_eq!(serde_json::from_str::<paceline_model::Reading>(&json).expect("its own words"), reading);
    let bytes = postcard::to_stdvec(&reading).expect("plain data");
    assert_eq!(postcard::from_bytes::<paceline_model::Reading>(&bytes).expect("its own bytes"), reading);
    let refused = serde_json::from_str::<Position>(r#"{"lat":95.0,"lon":0.0}"#).expect_err("not on earth");
    expect!["lat is 95: must lie within -90 and 90"].assert_eq(&refused.to_string());
}
