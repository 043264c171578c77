//! What a fleet promises, each as a script on a chessboard town and what happens then.

mod common;

use common::{Bench, check, order_id};
use expect_test::expect;
use paceline_engine::FleetOptions;
use paceline_plan::PolicySpec;
use paceline_plan::policy::{PolicyKind, Weights};

#[test]
fn a_driver_is_asked_comes_picks_up_and_drops_off() {
    check(
        "0 vehicle v1 at A1
         0 order o1 from C1 to C4
         3 v1 accepts o1
         23 v1 arrives o1
         30 v1 picks-up o1
         60 v1 drops-off o1 at C4",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 offered to v1
            3s   o1 accepted by v1
            23s  v1 at the pick-up of o1
            30s  o1 aboard v1
            60s  o1 served by v1
        "#]],
    );
}

#[test]
fn a_vehicle_without_a_driver_is_told() {
    check(
        "0 vehicle v1 at A1 automatic
         0 order o1 from C1 to C4
         5 v1 accepts o1
         20 v1 arrives o1",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            5s   refused: E0203 order o1 is Assigned: this cannot happen to it now
            20s  v1 at the pick-up of o1
        "#]],
    );
}

#[test]
fn the_nearer_vehicle_is_asked() {
    check(
        "0 vehicle v1 at A1
         0 vehicle v2 at D1
         0 order o1 from C1 to C4
         2 end",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   v2 registered
            0s   v2 started
            0s   o1 placed
            1s   o1 offered to v2
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 offered to v1
            2s   o1 lost v1: Declined
            5s   v2 registered
            5s   v2 started
            6s   o1 offered to v2
            8s   o1 lost v2: Declined
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   v2 registered
            0s   v2 started
            0s   o1 placed
            1s   o1 offered to v1
            16s  o1 lost v1: OfferTimedOut
            16s  o1 offered to v2
            20s  o1 accepted by v2
            21s  refused: E0203 order o1 is Assigned: this cannot happen to it now
        "#]],
    );
}

#[test]
fn an_order_that_nobody_can_serve_times_out() {
    check(
        "0 order o1 from C1 to C4 within=60
         61 v1 accepts o1
         62 cancel o1",
        expect![[r#"
            0s   o1 placed
            60s  o1 timed out
            61s  refused: E0201 no vehicle is called v1
            62s  refused: E0203 order o1 is TimedOut: this cannot happen to it now
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   v2 registered
            0s   v2 started
            0s   v3 registered
            0s   v3 started
            0s   o1 placed
            1s   o1 assigned to v3
            2s   o2 placed
            3s   o2 assigned to v2
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            5s   o1 cancelled
            6s   refused: E0203 order o1 is Cancelled: this cannot happen to it now
            7s   o2 placed
            8s   o2 assigned to v1
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            3s   v1 at the pick-up of o1
            4s   o1 aboard v1
            5s   refused: E0203 order o1 is Aboard: this cannot happen to it now
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   v2 registered
            0s   v2 started
            0s   o1 placed
            0s   o2 placed
            2s   o1 cancelled
            3s   stale: o1
            3s   o2 assigned to v2
        "#]],
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
        expect![[r#"
            0s   o1 placed
            0s   k1 remembered
            2s   refused: E0301 this idempotency key was used for a different request
            3s   k2 remembered
            3s   refused: E0202 an order called o1 exists already
            4s   refused: E0202 an order called o1 exists already
        "#]],
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
        expect![[r#"
            9s   v1 registered
            9s   v1 started
            9s   o1 placed
            9s   o1 assigned to v1
            9s   refused: E0202 an order called o1 exists already
        "#]],
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
    expect![[r#"
        v2 is on its way to the pick-up.
        Policy least-wait took v2, 0.2 min and 0.10 km away, for 11.0 s of waiting.
        Not v3, 0.3 min and 0.20 km away, for 21.0 s of waiting: it costs 10.0 s more.
        Not v1, 0.3 min and 0.20 km away, for 21.0 s of waiting: it costs 10.0 s more.
        Not v4, 2.0 min and 1.20 km away, for 121.0 s of waiting: it costs 110.0 s more.
        One vehicle had too few seats."#]]
    .assert_eq(&explanation.words.join("\n"));
}

#[test]
fn a_price_of_several_parts_names_those_that_count() {
    let weights = Weights { empty_km: 5_000, waiting_min: 0, carbon_g: 0, vehicle_min: 1_000 };
    let policy = PolicySpec { kind: PolicyKind::Weighted, weights, ..PolicySpec::default() };
    let mut bench = Bench::new(FleetOptions { policy, ..FleetOptions::default() });
    bench.script("0 vehicle v1 at D1 automatic\n 0 order o1 from C1 to C4\n 2 end");
    let explanation = bench.fleet.explain(&order_id("o1")).expect("it is known");
    expect!["Policy weighted took v1, 0.2 min and 0.10 km away, for 1.2 cents (0.5 cents of empty distance, 0.7 cents of vehicle time)."].assert_eq(&explanation.words[1]);
}

#[test]
fn an_open_order_says_why_nobody_comes() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script("0 vehicle v5 at C2 seats=1\n 0 order o1 from C1 to C4 party=2\n 2 end");
    let explanation = bench.fleet.explain(&order_id("o1")).expect("it is known");
    expect![[r#"
        It waits in the queue: undispatched.
        Policy least-wait took no vehicle for it in the last round.
        One vehicle had too few seats."#]]
    .assert_eq(&explanation.words.join("\n"));
}
