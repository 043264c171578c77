//! The value of inventory beside two oracles that know nothing of uniformisation: a matrix exponential of small stations, and riders
//! who come one by one. And what must hold for every station.

mod oracle;
mod riders;

use oracle::Dense;
use paceline_model::Millis;
use paceline_plan::bikes::inventory::{FirstPassage, LostRides, Station, TargetInterval};
use paceline_plan::forecast::stations::{RateSlot, Rates};
use proptest::prelude::*;
use riders::Riders;

fn slot(minutes: u32, rentals_per_hour: f64, returns_per_hour: f64) -> RateSlot {
    RateSlot { lasts: Millis(minutes * 60_000), rates: Rates { rentals_per_hour, returns_per_hour } }
}

fn station(capacity: Option<u32>, slots: &[RateSlot]) -> Station<'_> {
    Station::new(capacity, slots).expect("the station is within its limits")
}

/// A morning: the first quarter has five minutes left, then riders leave, then some come.
fn morning() -> Vec<RateSlot> {
    vec![
        slot(5, 4.0, 2.0),
        slot(15, 14.0, 3.0),
        slot(15, 20.0, 2.0),
        slot(15, 9.0, 9.0),
        slot(15, 0.0, 0.0),
        slot(15, 3.0, 16.0),
    ]
}

#[test]
fn a_station_without_riders_loses_nothing() {
    let lost = LostRides::of(station(Some(3), &[slot(60, 0.0, 0.0)]));
    assert_eq!(lost.by_stock(), [0.0; 4]);
    assert_eq!(lost.target(0.0), TargetInterval { least: 0, best: 0, most: Some(3) });
}

#[test]
fn an_empty_station_that_nobody_returns_to_loses_every_rental() {
    let lost = LostRides::of(station(Some(2), &[slot(30, 6.0, 0.0)]));
    // Three rentals in the mean: the first is lost with one bike less, and so on down the Poisson distribution.
    let none = (-3.0_f64).exp();
    let expected = [3.0, 3.0 - (1.0 - none), 3.0 - (1.0 - none) - (1.0 - 4.0 * none)];
    for (lost, expected) in lost.by_stock().iter().zip(expected) {
        assert!((lost - expected).abs() < 1e-10, "{lost} {expected}");
    }
    assert!((lost.next_bike_saves(0).expect("a dock is free") - (1.0 - none)).abs() < 1e-10);
    assert_eq!(lost.next_bike_saves(2), None);
    assert_eq!(lost.rides(7), lost.rides(2), "more bikes than docks count as full");
}

#[test]
fn a_station_without_docks_turns_everybody_away() {
    let slots = [slot(30, 6.0, 2.0)];
    let lost = LostRides::of(station(Some(0), &slots));
    assert!((lost.rentals(0) - 3.0).abs() < 1e-10 && (lost.returns(0) - 1.0).abs() < 1e-10);
    let first = FirstPassage::of(station(Some(0), &slots));
    assert_eq!((first.empty(0).chance, first.full(0).chance), (1.0, 1.0));
}

#[test]
fn the_morning_of_a_station_is_known_by_its_exponential() {
    let slots = morning();
    let (lost, first) = (LostRides::of(station(Some(9), &slots)), FirstPassage::of(station(Some(9), &slots)));
    let dense = Dense::of(9, &slots);
    for stock in 0..=9 {
        dense.compare(stock, &lost, &first).expect("the exponential agrees");
    }
}

#[test]
fn a_long_simulation_agrees_within_its_error() {
    let slots = morning();
    let (lost, first) =
        (LostRides::of(station(Some(12), &slots)), FirstPassage::of(station(Some(12), &slots)));
    for stock in [0, 2, 6, 11, 12] {
        let seen = Riders::play(12, &slots, stock, 200_000);
        seen.compare(lost.rentals(stock), lost.returns(stock), first.empty(stock), first.full(stock));
    }
}

#[test]
fn without_a_limit_the_only_end_is_at_no_bike() {
    let slots = morning();
    let (open, wide) = (LostRides::of(station(None, &slots)), LostRides::of(station(Some(400), &slots)));
    for stock in 0..60 {
        assert!((open.rides(stock) - wide.rentals(stock)).abs() < 1e-3, "{stock}");
        assert_eq!(open.returns(stock), 0.0);
    }
    assert!(open.rides(60) < 1e-3 && open.next_bike_saves(1_000) == Some(0.0));
    assert_eq!(open.target(0.1).most, None);
    assert_eq!(FirstPassage::of(station(None, &slots)).full(50).chance, 0.0);
}

#[test]
fn a_day_of_a_very_busy_station_is_cut_into_steps() {
    // 3,000 riders an hour jump over 500 in a quarter; balanced rates keep a large station away from its ends for a while.
    let slots = [slot(15, 1_500.0, 1_500.0), slot(15, 3_000.0, 0.0)];
    let lost = LostRides::of(station(Some(2_000), &slots));
    assert!(lost.rides(1_000) < 1e-6);
    // From 600 bikes, 750 leave in the mean of the second quarter.
    assert!((lost.rentals(600) - 150.0).abs() < 3.0, "{}", lost.rentals(600));
}

#[test]
fn what_is_no_station_is_refused_with_field_and_rule() {
    let said =
        |capacity, slots: &[RateSlot]| Station::new(capacity, slots).expect_err("it is refused").to_string();
    let quarter = [slot(15, 1.0, 1.0)];
    assert!(said(Some(10_001), &quarter).contains("capacity"));
    assert!(
        said(Some(10), &[slot(15, 1.0, 1.0), slot(15, f64::NAN, 1.0)]).contains("slots.1.rentals_per_hour")
    );
    assert!(said(Some(10), &[slot(15, 1.0, -0.5)]).contains("slots.0.returns_per_hour"));
    assert!(said(None, &[slot(60, 1.0, 1.0); 49]).contains("slots"));
}

fn slots() -> impl Strategy<Value = Vec<RateSlot>> {
    let rate = prop_oneof![Just(0.0), 0.0..3.0, 0.0..40.0];
    prop::collection::vec(
        (1_u32..20, rate.clone(), rate).prop_map(|(minutes, out, back)| slot(minutes, out, back)),
        1..6,
    )
}

proptest! {
    #[test]
    fn any_small_station_equals_its_exponential(capacity in 0_u32..8, slots in slots()) {
        let (lost, first) = (LostRides::of(station(Some(capacity), &slots)), FirstPassage::of(station(Some(capacity), &slots)));
        let dense = Dense::of(capacity, &slots);
        for stock in 0..=capacity {
            prop_assert_eq!(dense.compare(stock, &lost, &first), Ok(()));
        }
    }

    #[test]
    fn each_further_bike_saves_less_than_the_one_before(capacity in 2_u32..60, slots in slots()) {
        let lost = LostRides::of(station(Some(capacity), &slots));
        for stock in 1..capacity {
            let (before, after) = (lost.next_bike_saves(stock - 1), lost.next_bike_saves(stock));
            prop_assert!(after.unwrap() <= before.unwrap() + 1e-10, "{stock}: {before:?} {after:?}");
            prop_assert!(before.unwrap().abs() <= 1.0 + 1e-10, "a bike saves one ride, or costs one, at most");
            prop_assert!(lost.rentals(stock) <= lost.rentals(stock - 1) + 1e-10);
            prop_assert!(lost.returns(stock) + 1e-10 >= lost.returns(stock - 1));
        }
    }

    #[test]
    fn the_target_is_what_a_search_would_find(capacity in 0_u32..40, slots in slots(), tolerance in 0.0..2.0_f64) {
        let lost = LostRides::of(station(Some(capacity), &slots));
        let target = lost.target(tolerance);
        let least = (0..=capacity).map(|stock| lost.rides(stock)).fold(f64::INFINITY, f64::min);
        let good = |stock: u32| lost.rides(stock) <= least + tolerance.max(1e-9);
        prop_assert!((0..=capacity).all(|stock| good(stock) == (target.least..=target.most.unwrap()).contains(&stock)));
        prop_assert!(lost.rides(target.best) <= least + 1e-9);
    }

    #[test]
    fn more_bikes_run_empty_later_and_full_sooner(capacity in 1_u32..40, slots in slots()) {
        let first = FirstPassage::of(station(Some(capacity), &slots));
        prop_assert_eq!((first.empty(0).chance, first.full(capacity).chance), (1.0, 1.0));
        for stock in 1..=capacity {
            prop_assert!(first.empty(stock).chance <= first.empty(stock - 1).chance + 1e-10);
            prop_assert!(first.full(stock).chance + 1e-10 >= first.full(stock - 1).chance);
        }
    }
}
