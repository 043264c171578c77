//! What a fleet promises, each as a script on a chessboard town and what happens then.

mod common;

use common::{Bench, order_id};
use expect_test::{Expect, expect};
use paceline_engine::FleetOptions;

/// Runs a script and compares what was published and refused.
fn check(script: &str, expected: Expect) {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(script);
    expected.assert_eq(&bench.transcript);
}

#[test]
fn a_driver_is_asked_comes_picks_up_and_drops_off() {
    check(
        "0 vehicle v1 at A1
         0 order o1 from C1 to C4
         3 v1 accepts o1
         23 v1 arrives o1
         30 v1 picks-up o1
         60 v1 drops-off o1 at C4",
        expect![""],
    );
}

#[test]
fn a_vehicle_without_a_driver_is_told() {
    check(
        "0 vehicle v1 at A1 automatic
         0 order o1 from C1 to C4
         5 v1 accepts o1
         20 v1 arrives o1",
        expect![""],
    );
}

#[test]
fn the_nearer_vehicle_is_asked() {
    check(
        "0 vehicle v1 at A1
         0 vehicle v2 at D1
         0 order o1 from C1 to C4
         2 end",
        expect![""],
    );
}

#[test]
fn a_driver_who_declines_is_not_asked_again() {
    check(
        "0 vehicle v1 at A1
         0 order o1 from C1 to C4
         2 v1 declines o1
         5 vehicle v2 at H8
         8 v2 declines o1
         20 end",
        expect![""],
    );
}

#[test]
fn an_offer_that_nobody_answers_lapses() {
    check(
        "0 vehicle v1 at A1
         0 vehicle v2 at H8
         0 order o1 from C1 to C4
         20 v2 accepts o1
         21 v1 accepts o1",
        expect![""],
    );
}

#[test]
fn an_order_that_nobody_can_serve_times_out() {
    check(
        "0 order o1 from C1 to C4 within=60
         61 v1 accepts o1
         62 cancel o1",
        expect![""],
    );
}

#[test]
fn an_order_is_given_to_a_vehicle_with_enough_seats_and_what_it_asks_for() {
    check(
        "0 vehicle v1 at C1 automatic seats=2
         0 vehicle v2 at D1 automatic wheelchair
         0 vehicle v3 at H8 automatic seats=6 wheelchair
         0 order o1 from C1 to C4 party=5 wheelchair
         2 order o2 from C1 to C4 wheelchair
         4 end",
        expect![""],
    );
}

#[test]
fn a_cancelled_order_frees_its_vehicle() {
    check(
        "0 vehicle v1 at A1 automatic
         0 order o1 from H1 to H4
         5 cancel o1
         6 cancel o1
         7 order o2 from A1 to A3
         9 end",
        expect![""],
    );
}

#[test]
fn riders_aboard_cannot_call_off() {
    check(
        "0 vehicle v1 at C1 automatic
         0 order o1 from C1 to H4
         3 v1 arrives o1
         4 v1 picks-up o1
         5 cancel o1",
        expect![""],
    );
}

#[test]
fn an_order_whose_vehicle_breaks_down_goes_to_another() {
    check(
        "0 vehicle v1 at B1 automatic
         0 order o1 from C1 to C4
         2 vehicle v2 at H8 automatic
         3 v1 faults
         5 v1 arrives o1
         6 v1 recovers
         7 v1 recovers",
        expect![""],
    );
}

#[test]
fn riders_of_a_broken_vehicle_are_fetched_where_it_stands() {
    check(
        "0 vehicle v1 at C1 automatic
         0 order o1 from C1 to H8
         2 v1 arrives o1
         3 v1 picks-up o1
         9 v1 says E1 70
         10 vehicle v2 at F1 automatic
         10 v1 faults
         12 v2 arrives o1
         13 v2 picks-up o1
         99 v2 drops-off o1 at H8",
        expect![""],
    );
}

#[test]
fn a_silent_vehicle_loses_its_order_and_is_taken_back_when_heard() {
    check(
        "0 vehicle v1 at A1 automatic
         0 order o1 from H8 to H1 within=900
         62 vehicle v2 at H1 automatic
         70 v1 says B1 75
         72 order o2 from B1 to B3
         74 end",
        expect![""],
    );
}

#[test]
fn a_silent_vehicle_with_riders_keeps_them() {
    check(
        "0 vehicle v1 at C1 automatic
         0 order o1 from C1 to H8
         2 v1 arrives o1
         3 v1 picks-up o1
         90 v1 drops-off o1 at H8",
        expect![""],
    );
}

#[test]
fn a_retired_vehicle_gives_its_order_back_but_never_its_riders() {
    check(
        "0 vehicle v1 at C1 automatic
         0 order o1 from C1 to H8
         2 retire v1
         3 vehicle v2 at C1 automatic
         5 v2 arrives o1
         6 v2 picks-up o1
         7 retire v2
         50 v2 drops-off o1 at H8
         51 retire v2
         52 retire v2",
        expect![""],
    );
}

#[test]
fn a_low_battery_is_charged_and_comes_back_when_full_enough() {
    check(
        "0 charger c1 at D1 plugs 1
         0 vehicle v1 at A1 automatic battery=12
         0 vehicle v2 at B1 automatic battery=14
         6 order o1 from A1 to A3
         30 v1 says D1 11
         31 v1 plugs-in c1
         40 v1 says D1 35
         50 v2 says B1 14
         60 v1 says D1 81
         70 end",
        expect![""],
    );
}

#[test]
fn a_charging_vehicle_is_called_to_an_order_when_it_has_enough() {
    check(
        "0 charger c1 at D1 plugs 1
         0 vehicle v1 at A1 automatic battery=12
         6 v1 plugs-in c1
         10 v1 says D1 45
         12 order o1 from D1 to D3
         13 end",
        expect![""],
    );
}

#[test]
fn a_plan_made_from_an_older_world_is_checked_assignment_by_assignment() {
    check(
        "0 vehicle v1 at A1 automatic
         0 vehicle v2 at C1 automatic
         0 hold solver
         0 order o1 from A1 to A3
         0 order o2 from C1 to C3
         2 cancel o1
         3 release solver
         4 end",
        expect![""],
    );
}

#[test]
fn the_same_key_gives_the_same_answer_and_no_second_effect() {
    check(
        "0 key k1 7 order o1 from A1 to A3
         1 key k1 7 order o1 from A1 to A3
         2 key k1 8 order o2 from A1 to A3
         3 key k2 9 order o1 from A1 to A3
         4 key k2 9 order o1 from A1 to A3",
        expect![""],
    );
}

#[test]
fn nothing_is_said_before_it_is_on_disk() {
    check(
        "0 hold disk
         0 vehicle v1 at A1 automatic
         0 order o1 from A1 to A3
         5 order o1 from A1 to A3
         9 release disk
         10 end",
        expect![""],
    );
}

#[test]
fn a_vehicle_may_plug_in_unasked_while_a_plug_is_free() {
    check(
        "0 charger c1 at D1 plugs 1
         0 vehicle v1 at A1
         0 vehicle v2 at A1
         1 v1 plugs-in c1
         2 v2 plugs-in c1
         3 v1 plugs-in c1
         4 v1 unplugs at D1 50
         5 v2 plugs-in c1
         6 v1 unplugs at D1 50",
        expect![""],
    );
}

#[test]
fn an_order_says_why_this_vehicle_and_why_not_the_next() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(
        "0 vehicle v1 at A1 automatic
         0 vehicle v2 at D1 automatic
         0 vehicle v3 at C3 automatic
         0 vehicle v4 at H8 automatic
         0 vehicle v5 at C2 automatic seats=1
         0 order o1 from C1 to C4 party=2
         0 order o2 from D2 to D4
         2 end",
    );
    let explanation = bench.fleet.explain(&order_id("o1")).expect("it is known");
    expect![""].assert_eq(&explanation.words.join("\n"));
}

#[test]
fn an_open_order_says_why_nobody_comes() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script("0 vehicle v5 at C2 seats=1\n 0 order o1 from C1 to C4 party=2\n 2 end");
    let explanation = bench.fleet.explain(&order_id("o1")).expect("it is known");
    expect![""].assert_eq(&explanation.words.join("\n"));
}
