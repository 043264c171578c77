//! When vehicles charge, and when they come back.

mod common;

use common::check;
use expect_test::expect;

#[test]
fn a_low_battery_is_charged_and_comes_back_when_full_enough() {
    check(
        "0 charger c1 at D1 plugs 1
         0 vehicle v1 at A1 automatic battery=12
         0 vehicle v2 at B1 automatic battery=14
         6 order o1 from A1 to A3
         30 v2 says D1 11
         31 v2 plugs-in c1
         40 v2 says D1 35
         50 v1 says A1 12
         60 v2 says D1 81
         75 v2 says D1 81
         80 end",
        expect![[r#"
            0s   c1 opened
            0s   v1 registered
            0s   v1 started
            0s   v2 registered
            0s   v2 started
            1s   v2 sent to c1
            6s   o1 placed
            31s  v2 charges at c1
            61s  v2 ends charging
            61s  o1 assigned to v2
            61s  v1 sent to c1
        "#]],
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
        expect![[r#"
            0s   c1 opened
            0s   v1 registered
            0s   v1 started
            1s   v1 sent to c1
            6s   v1 charges at c1
            12s  o1 placed
            13s  v1 ends charging
            13s  o1 assigned to v1
        "#]],
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
        expect![[r#"
            0s   c1 opened
            0s   v1 registered
            0s   v1 started
            0s   v2 registered
            0s   v2 started
            1s   v1 sent to c1
            1s   v1 charges at c1
            2s   refused: E0207 no plug is free at c1
            3s   refused: E0205 vehicle v1 is Charging: this cannot happen to it now
            4s   v1 ends charging
            5s   v2 sent to c1
            5s   v2 charges at c1
            6s   v2 ends charging
            6s   refused: E0205 vehicle v1 is Running: this cannot happen to it now
        "#]],
    );
}
