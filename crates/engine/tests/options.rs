//! A fleet that is run by other options from one round to the next, with the change in its journal.

mod common;

use common::{Bench, order_id};
use expect_test::expect;
use paceline_engine::{Fleet, FleetOptions, Input, Ledger, Setting};
use paceline_model::{Event, GeofenceId, Millis, Tag};
use paceline_plan::policy::{PolicyKind, PolicyRule};
use paceline_plan::{PolicySpec, PoolingSpec};

fn nearest() -> FleetOptions {
    FleetOptions {
        policy: PolicySpec { kind: PolicyKind::Nearest, ..PolicySpec::default() },
        ..FleetOptions::default()
    }
}

#[test]
fn new_options_hold_from_the_next_round_on_and_the_journal_says_so() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(
        "0 vehicle v1 at A1 automatic\n 0 vehicle v2 at D1 automatic\n 0 order o1 from A1 to A4\n 2 end",
    );
    bench.input(Input::Set(Setting::Options(Box::new(nearest()))));
    bench.script("2 order o2 from D1 to D4\n 4 end");
    let policy = |order: &str| {
        let known = bench.fleet.world().order(&order_id(order)).expect("it is known");
        known.weighing.as_ref().map(|weighing| weighing.policy.clone())
    };
    assert_eq!(policy("o1").as_deref(), Some("least-wait"));
    assert_eq!(policy("o2").as_deref(), Some("nearest"));
    let written: Vec<&String> = bench
        .records
        .iter()
        .flat_map(|record| &record.events)
        .filter_map(|event| match event {
            Event::OptionsChanged { options } => Some(options),
            _ => None,
        })
        .collect();
    let [written] = written[..] else { panic!("one change, but {written:?}") };
    assert_eq!(serde_json::from_str::<FleetOptions>(written).expect("it can be read"), nearest());
}

#[test]
fn a_replay_under_whatever_options_comes_to_the_same_world() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script("0 vehicle v1 at A1 automatic\n 0 order o1 from A1 to A4\n 2 end");
    bench.input(Input::Set(Setting::Options(Box::new(nearest()))));
    bench.script("2 order o2 from D1 to D4\n 4 v1 arrives o1\n 5 end");
    let mut again = Ledger::new(Fleet::new(bench.roads.clone(), nearest()));
    for record in &bench.records {
        again.replay(record.clone()).expect("it follows");
    }
    assert_eq!(again.digest(), bench.fleet.digest());
}

#[test]
fn options_that_are_no_different_are_no_event() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.input(Input::Set(Setting::Options(Box::default())));
    assert!(bench.records.is_empty());
}

#[test]
fn a_round_under_way_goes_on_by_what_it_began_with() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script("0 hold solver\n 0 vehicle v1 at A1 automatic\n 0 order o1 from A1 to A4\n 1 tick");
    bench.input(Input::Set(Setting::Options(Box::new(nearest()))));
    bench.script("2 release solver");
    let known = bench.fleet.world().order(&order_id("o1")).expect("it is known");
    assert_eq!(known.weighing.as_ref().map(|weighing| weighing.policy.as_str()), Some("least-wait"));
}

#[test]
fn an_order_says_by_which_rule_it_was_given_away() {
    let rule = PolicyRule {
        name: Tag::new("always").expect("a good tag"),
        from: None,
        until: None,
        pickup_area: None,
        policy: PolicySpec { kind: PolicyKind::Nearest, ..PolicySpec::default() },
    };
    let mut bench = Bench::new(FleetOptions { policy_rules: vec![rule], ..FleetOptions::default() });
    bench.script("0 vehicle v1 at D1 automatic\n 0 order o1 from C1 to C4\n 2 end");
    let explanation = bench.fleet.explain(&order_id("o1")).expect("it is known");
    expect!["Policy nearest/always took v1, 0.2 min and 0.10 km away, for 100.0 m of empty distance."]
        .assert_eq(&explanation.words[1]);
}

fn refused(options: FleetOptions) -> String {
    options.validate().expect_err("it must be refused").to_string()
}

#[test]
fn policies_that_cannot_be_meant_are_refused_with_field_value_and_rule() {
    let spec = |candidates| PolicySpec { candidates, ..PolicySpec::default() };
    expect!["policy.candidates is 0: must lie within 1 and 200"]
        .assert_eq(&refused(FleetOptions { policy: spec(0), ..FleetOptions::default() }));
    expect!["shadow_policy.candidates is 0: must lie within 1 and 200"]
        .assert_eq(&refused(FleetOptions { shadow_policy: Some(spec(0)), ..FleetOptions::default() }));
    let sharing = PolicySpec { pooling: Some(PoolingSpec::default()), ..PolicySpec::default() };
    expect!["shadow_policy.pooling is given: must be given where the live policies have it, and left out where they do not"]
        .assert_eq(&refused(FleetOptions { shadow_policy: Some(sharing), ..FleetOptions::default() }));
    expect!["utc_offset_min is 900: must lie within -720 and 840"]
        .assert_eq(&refused(FleetOptions { utc_offset_min: 900, ..FleetOptions::default() }));
    let far = PolicySpec {
        geofence: Some(GeofenceId::new("a").expect("a good name")),
        pickup_time_max: Millis(0),
        ..PolicySpec::default()
    };
    expect!["policy.pickup_time_max_ms is 0: must lie within 1 and 7200000"]
        .assert_eq(&refused(FleetOptions { policy: far, ..FleetOptions::default() }));
}
