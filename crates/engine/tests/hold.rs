//! Orders that wait for a vehicle which will soon be free: the engine knows who that is, says why, and gives the order away
//! at the latest when waiting is over.

mod common;

use common::{Bench, order_id};
use expect_test::{Expect, expect};
use paceline_engine::FleetOptions;
use paceline_model::Millis;
use paceline_plan::PolicySpec;
use paceline_plan::policy::HoldSpec;

fn run(script: &str) -> Bench {
    let spec = HoldSpec {
        wait_max: Millis::from_secs(30),
        gain_min: Millis::from_secs(10),
        dropoff_dwell: Millis::ZERO,
    };
    let policy = PolicySpec { hold: Some(spec), ..PolicySpec::default() };
    let mut bench = Bench::new(FleetOptions { policy, ..FleetOptions::default() });
    bench.script(script);
    bench
}

const RIDE: &str = "0 vehicle v2 at A1 automatic
                    0 order o1 from A1 to A4
                    1 v2 arrives o1
                    2 v2 picks-up o1
                    3 vehicle v1 at H4 automatic
                    10 order o2 from B4 to B8";

fn check(script: &str, expected: Expect) {
    let bench = run(&format!("{RIDE}\n{script}"));
    let after: Vec<&str> = bench.transcript.lines().skip_while(|line| !line.contains("o2 placed")).collect();
    expected.assert_eq(&after.join("\n"));
}

#[test]
fn an_order_waits_for_the_vehicle_whose_riders_get_out_next_door() {
    check(
        "30 v2 drops-off o1 at A4\n 33 end",
        expect![[r#"
        10s  o2 placed
        30s  o1 served by v2
        31s  o2 assigned to v2"#]],
    );
}

#[test]
fn a_vehicle_that_is_late_is_not_waited_for_any_longer() {
    check(
        "60 end",
        expect![[r#"
        10s  o2 placed
        32s  o2 assigned to v1"#]],
    );
}

#[test]
fn a_vehicle_that_breaks_down_is_not_waited_for() {
    check(
        "15 v2 faults\n 20 end",
        expect![[r#"
        10s  o2 placed
        15s  o1 lost v2: Faulted, riders stranded
        15s  v2 faulted
        16s  o1 assigned to v1"#]],
    );
}

#[test]
fn a_vehicle_that_has_not_spoken_since_a_restart_is_not_waited_for() {
    check(
        "10 restart\n 11 v1 says H4 80\n 14 end",
        expect![[r#"
        10s  o2 placed
        12s  o2 assigned to v1"#]],
    );
}

#[test]
fn an_order_that_waits_says_for_whom() {
    let bench = run(&format!("{RIDE}\n 12 end"));
    let explanation = bench.fleet.explain(&order_id("o2")).expect("it is known");
    expect![[r#"
        It waits in the queue: undispatched.
        Policy least-wait took no vehicle for it in the last round.
        Not v2, 0.5 min and 0.10 km away, for 42.0 s (32.0 s of waiting, 10.0 s of waiting for it): it will be free in a moment, and the order waits for it.
        Not v1, 1.0 min and 0.60 km away, for 62.0 s of waiting: another vehicle costs less."#]].assert_eq(&explanation.words.join("\n"));
}
