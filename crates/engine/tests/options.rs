//! A fleet that is run by other options from one round to the next, with the change in its journal.

mod common;

use common::{Bench, order_id};
use expect_test::expect;
use paceline_engine::{Fleet, FleetOptions, Ledger, Setting};
use paceline_model::{Charge, Event, GeofenceId, Millis, MilliwattHours, Tag, Zone};
use paceline_plan::fleet::reposition::RebalanceSpec;
use paceline_plan::policy::{LookAheadSpec, PolicyRule, ReassignSpec};
use paceline_plan::{PolicyKind, PolicySpec};
use proptest::prelude::*;

fn nearest() -> FleetOptions {
    FleetOptions { policy: PolicyKind::Nearest.into(), ..FleetOptions::default() }
}

#[test]
fn new_options_hold_from_the_next_round_on_and_the_journal_says_so() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(
        "0 vehicle v1 at A1 automatic\n 0 vehicle v2 at D1 automatic\n 0 order o1 from A1 to A4\n 2 end",
    );
    bench.set(Setting::Options(Box::new(nearest())));
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
    bench.set(Setting::Options(Box::new(nearest())));
    bench.script("2 order o2 from D1 to D4\n 4 v1 arrives o1\n 5 end");
    let mut again = Ledger::new(Fleet::new(bench.roads.clone(), nearest()));
    for record in &bench.records {
        again.replay(record.clone()).expect("it follows");
    }
    assert_eq!(again.checkpoint().digest(), bench.fleet.checkpoint().digest());
}

#[test]
fn a_journal_with_options_of_another_spelling_is_replayed() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script("0 vehicle v1 at A1 automatic");
    bench.set(Setting::Options(Box::new(nearest())));
    bench.script("2 order o2 from D1 to D4\n 4 end");
    let mut again = Ledger::new(Fleet::new(bench.roads.clone(), FleetOptions::default()));
    for record in &bench.records {
        let mut record = record.clone();
        for event in &mut record.events {
            if let Event::OptionsChanged { options } = event {
                *options = r#"{"policy":{"kind":"least_wait","pickup_time_max_ms":600000}}"#.into();
            }
        }
        again.replay(record).expect("what the options said decides nothing again");
    }
    assert_eq!(again.checkpoint().digest(), bench.fleet.checkpoint().digest());
}

#[test]
fn options_that_are_no_different_are_no_event() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.set(Setting::Options(Box::default()));
    assert!(bench.records.is_empty());
}

#[test]
fn a_round_under_way_goes_on_by_what_it_began_with() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script("0 hold solver\n 0 vehicle v1 at A1 automatic\n 0 order o1 from A1 to A4\n 1 tick");
    bench.set(Setting::Options(Box::new(nearest())));
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
        policy: PolicyKind::Nearest.into(),
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
    let sharing = PolicyKind::Pooled.into();
    expect!["shadow_policy.kind is pooled: must be pooled where the live policies are, and only there"]
        .assert_eq(&refused(FleetOptions { shadow_policy: Some(sharing), ..FleetOptions::default() }));
    let far = PolicySpec {
        geofence: Some(GeofenceId::new("a").expect("a good name")),
        pickup_time_max: Millis(0),
        ..PolicySpec::default()
    };
    expect!["policy.pickup_time_max is 0 s: must lie within 1 ms and 2 h"]
        .assert_eq(&refused(FleetOptions { policy: far, ..FleetOptions::default() }));
}

#[test]
fn spans_that_cannot_be_meant_are_refused_with_field_value_and_rule() {
    let usual = FleetOptions::default;
    expect!["silence_max is 0 s: must lie within 1 s and 24 h"]
        .assert_eq(&refused(FleetOptions { silence_max: Millis::ZERO, ..usual() }));
    expect!["offer_timeout is 25 h: must lie within 1 s and 24 h"]
        .assert_eq(&refused(FleetOptions { offer_timeout: Millis::from_secs(25 * 3_600), ..usual() }));
    let rebalance = Some(RebalanceSpec { every: Millis(1), ..RebalanceSpec::default() });
    expect!["rebalance.every is 1 ms: must lie within 1 s and 1 h"]
        .assert_eq(&refused(FleetOptions { rebalance, ..usual() }));
}

fn policies() -> impl Strategy<Value = PolicySpec> {
    let spans = prop::array::uniform4((0_u32..7_200_000).prop_map(Millis));
    (prop::sample::select(&PolicyKind::ALL[..]), any::<[bool; 3]>(), spans).prop_map(|(kind, on, spans)| {
        let [pickup_time_max, order_worth, switch_worth, slack] = spans;
        let mut policy = PolicySpec { kind, pickup_time_max, ..PolicySpec::default() };
        policy.look_ahead = on[0].then_some(LookAheadSpec { order_worth });
        policy.reassign = on[1].then_some(ReassignSpec { switch_worth, ..ReassignSpec::default() });
        policy.pooling.promise_slack = on[2].then_some(slack);
        policy
    })
}

fn zones() -> impl Strategy<Value = Zone> {
    let names = ["UTC", "Europe/Oslo", "Asia/Kathmandu", "-03:30", "+14:00"];
    prop::sample::select(names.to_vec()).prop_map(|name| name.parse().expect("a zone"))
}

proptest! {
    #[test]
    fn options_are_read_as_they_were_written_and_written_the_same_again(
        policy in policies(),
        shadow_policy in prop::option::of(policies()),
        span in (0_u32..86_400_000).prop_map(Millis),
        time_zone in zones(),
        charge in (0_u32..=10_000).prop_map(|share| Charge::from_percent(f64::from(share) / 100.0).expect("a share")),
        reserve in (0_u32..2_000_000_000).prop_map(MilliwattHours),
    ) {
        let (silence_max, late_max, charge_below) = (span, span, charge);
        let usual = FleetOptions::default();
        let options =
            FleetOptions { policy, shadow_policy, silence_max, late_max, time_zone, charge_below, reserve, ..usual };
        let written = serde_json::to_string(&options).expect("it can be written");
        let read: FleetOptions = serde_json::from_str(&written).expect("what is written can be read");
        prop_assert_eq!(&read, &options);
        prop_assert_eq!(serde_json::to_string(&read).expect("it can be written"), written);
    }
}
