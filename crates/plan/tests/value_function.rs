//! Looking ahead: values that are learnt from a day, and what they change in a round.

#![allow(clippy::unwrap_used, reason = "a script that does not parse is a broken test")]

mod common;

use common::{Town, describe};
use expect_test::{Expect, expect};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::forecast::{BIN, BINS, TrainingOptions, TrajectorySpan, ValueFunction, learn};
use paceline_plan::policy::LookAheadSpec;
use paceline_plan::{Budget, PolicySpec};
use proptest::prelude::*;

const DAY: Instant = Instant(20_000 * 86_400_000);

/// Far enough apart to be cells of their own.
fn place(number: u32) -> Position {
    Position::new(40.0 + f64::from(number) * 0.05, -74.0).unwrap()
}

fn at(minutes: u64) -> Instant {
    Instant(DAY.0 + minutes * 60_000)
}

fn span(from: u32, began: u64, to: u32, ended: u64, served: bool) -> TrajectorySpan {
    TrajectorySpan { from: (place(from), at(began)), to: (place(to), at(ended)), served }
}

/// `count` times the same, so that the mean over all cells hardly counts.
fn often(count: usize, spans: &[TrajectorySpan]) -> Vec<TrajectorySpan> {
    spans.iter().flat_map(|&span| std::iter::repeat_n(span, count)).collect()
}

#[test]
fn a_place_is_worth_the_ride_that_begins_there_and_what_comes_after_it() {
    // From 0 a ride of ten minutes to 1, and from there at once another of ten minutes to 2, where nothing comes.
    let spans =
        often(4_000, &[span(0, 600, 1, 610, true), span(1, 610, 2, 620, true), span(2, 620, 2, 629, false)]);
    let values = learn(&spans, &TrainingOptions::default());
    let near = |value: i32, expected: i32| (value - expected).abs() <= 3;
    assert!(near(values.at(place(1), at(612)), 1_000), "{}", values.at(place(1), at(612)));
    assert!(
        near(values.at(place(0), at(605)), 1_900),
        "one, and 90 % of one: {}",
        values.at(place(0), at(605))
    );
    assert!(near(values.at(place(2), at(625)), 0));
}

#[test]
fn waiting_for_a_ride_costs_what_is_lost_with_time() {
    let spans = often(4_000, &[span(0, 600, 0, 620, false), span(0, 620, 1, 630, true)]);
    let values = learn(&spans, &TrainingOptions::default());
    let (early, late) = (values.at(place(0), at(600)), values.at(place(0), at(620)));
    assert!((late - 1_000).abs() <= 3 && (early - 810).abs() <= 3, "{early} {late}");
}

#[test]
fn a_place_that_nobody_has_seen_is_worth_the_mean_of_its_time() {
    let spans = often(100, &[span(0, 600, 1, 610, true)]);
    let values = learn(&spans, &TrainingOptions::default());
    assert_eq!(values.at(place(7), at(600)), 1_000);
    assert_eq!(values.at(place(7), at(100)), 0);
}

#[test]
fn what_comes_later_counts_less() {
    let spans = often(100, &[span(0, 600, 1, 610, true)]);
    let values = learn(&spans, &TrainingOptions::default());
    assert_eq!(values.later(place(0), at(590), BIN), 900);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_value_exceeds_what_could_be_served(
        drawn in prop::collection::vec((0..4_u32, 0..1_380_u64, 0..4_u32, 1..60_u64, any::<bool>()), 1..200),
        discount_percent in 0..=99_u8,
    ) {
        let spans: Vec<TrajectorySpan> = drawn
            .iter()
            .map(|&(from, began, to, took, served)| span(from, began, to, began + took, served))
            .collect();
        let options = TrainingOptions { discount_percent, ..TrainingOptions::default() };
        let values = learn(&spans, &options);
        prop_assert_eq!(&learn(&spans, &options), &values, "the same spans, the same values");
        // A ride takes a minute at least, so no more than 1,440 fit into each of the days that the passes stand for.
        for (number, bin) in (0..5_u32).flat_map(|number| (0..BINS as u64).map(move |bin| (number, bin))) {
            let value = values.at(place(number), at(bin * 10));
            prop_assert!((0..=3 * 1_440_000).contains(&value), "{value}");
        }
        let text = serde_json::to_string(&values).unwrap();
        prop_assert_eq!(serde_json::from_str::<ValueFunction>(&text).unwrap().validate().unwrap(), values);
    }
}

fn ahead(worth_s: u32) -> PolicySpec {
    let spec = LookAheadSpec { order_worth: Millis::from_secs(worth_s) };
    PolicySpec { look_ahead: Some(spec), ..PolicySpec::default() }
}

fn check(script: &str, policy: PolicySpec, expected: Expect) {
    let plan = Town::new(script).with(policy).solve(Budget::unlimited());
    expected.assert_eq(&describe(&plan));
}

#[test]
fn of_two_vehicles_the_one_goes_that_gives_up_less() {
    let script = "order r1 from D1 to A5
                  vehicle v1 at C1 value 800
                  vehicle v2 at F1 value 200";
    check(
        script,
        ahead(10),
        expect![[r#"
        r1 -> v1
            v1 in 10 s at 18000: taken
            v2 in 20 s at 22000: dearer
    "#]],
    );
    check(
        script,
        ahead(60),
        expect![[r#"
        r1 -> v2
            v2 in 20 s at 32000: taken
            v1 in 10 s at 58000: dearer
    "#]],
    );
}

#[test]
fn of_two_riders_the_one_is_fetched_whose_ride_ends_where_others_wait() {
    let script = "order r1 from C1 to A5 value 100
                  order r2 from E1 to H8 value 900
                  vehicle v1 at D1 value 500";
    check(
        script,
        ahead(60),
        expect![[r#"
        r2 -> v1
            v1 in 10 s at -14000: taken
        r1 stays open
            v1 in 10 s at 34000: serves r2 instead
    "#]],
    );
}

#[test]
fn an_order_is_served_however_bad_its_end_is() {
    let script = "order r1 from H1 to H8 value 0
                  vehicle v1 at A1 value 5000";
    let plan = Town::new(script).with(ahead(600)).solve(Budget::unlimited());
    assert_eq!(plan.assignments.len(), 1);
}
