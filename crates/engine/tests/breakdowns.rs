//! What becomes of orders and riders whose vehicle breaks down, falls silent, never comes or retires.

mod common;

use common::check;
use expect_test::expect;

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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            2s   v2 registered
            2s   v2 started
            3s   o1 lost v1: Faulted
            3s   v1 faulted
            4s   o1 assigned to v2
            5s   refused: E0204 order o1 is not with vehicle v1
            6s   v1 recovered
            7s   refused: E0205 vehicle v1 is Running: this cannot happen to it now
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            2s   v1 at the pick-up of o1
            3s   o1 aboard v1
            10s  v2 registered
            10s  v2 started
            10s  o1 lost v1: Faulted, riders stranded
            10s  v1 faulted
            11s  o1 assigned to v2
            12s  v2 at the pick-up of o1
            13s  o1 aboard v2
            76s  v2 lost
            99s  v2 heard again
            99s  o1 served by v2
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            61s  o1 lost v1: Vanished
            61s  v1 lost
            62s  v2 registered
            62s  v2 started
            63s  o1 assigned to v2
            70s  v1 heard again
            72s  o2 placed
            73s  o2 assigned to v1
        "#]],
    );
}

#[test]
fn a_vehicle_that_reports_and_never_comes_loses_its_order_ten_minutes_after_the_latest_pick_up() {
    let stands: String = (1..14).map(|minute| format!("{} v1 says A1 75\n", minute * 50)).collect();
    check(
        &format!(
            "0 vehicle v1 at A1 automatic
             0 order o1 from C1 to C4 within=60
             {stands}
             662 end"
        ),
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            660s o1 lost v1: NotPickedUp
            661s o1 timed out
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            2s   v1 at the pick-up of o1
            3s   o1 aboard v1
            66s  v1 lost
            90s  v1 heard again
            90s  o1 served by v1
        "#]],
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
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            0s   o1 placed
            1s   o1 assigned to v1
            2s   o1 lost v1: Retired
            2s   v1 retired
            3s   v2 registered
            3s   v2 started
            4s   o1 assigned to v2
            5s   v2 at the pick-up of o1
            6s   o1 aboard v2
            7s   refused: E0206 vehicle v2 is busy
            50s  o1 served by v2
            51s  v2 retired
            52s  refused: E0201 no vehicle is called v2
        "#]],
    );
}
