//! Which weights hold where and when, and what is refused.

use expect_test::{Expect, expect};
use paceline_model::edge::LabelValue;
use paceline_model::{Instant, Tag, UtcOffset};
use paceline_plan::edge::placement::{Parts, PolicyRow};
use paceline_plan::edge::policy::{PlacementRule, ScoreName, ScoreWeights, policies_at, validate_rules};
use paceline_plan::policy::DayTime;

fn own(extra: &[(ScoreName, u32)]) -> ScoreWeights {
    ScoreWeights::of([(ScoreName::Own, 1)].into_iter().chain(extra.iter().copied()))
}

fn rule(name: &str, hours: &str, cluster: &str, placement: ScoreWeights) -> PlacementRule {
    let mut times = hours.split('-').map(|text| DayTime::parse("time", text).ok());
    PlacementRule {
        name: Tag::new(name).unwrap(),
        from: times.next().flatten(),
        until: times.next().flatten(),
        cluster: (!cluster.is_empty()).then(|| value(cluster)),
        placement,
    }
}

fn value(text: &str) -> LabelValue {
    LabelValue::new(text).unwrap()
}

fn rules() -> [PlacementRule; 3] {
    [
        rule("sun", "09:00-17:00", "solar", own(&[(ScoreName::Battery, 5)])),
        rule("solar", "", "solar", own(&[(ScoreName::Battery, 50)])),
        rule("night", "22:00-06:00", "", own(&[(ScoreName::Power, 30)])),
    ]
}

/// What a node of a cluster is judged by at that hour, one hour ahead of UTC.
fn at(hour: u64, cluster: Option<&str>) -> String {
    let clock = UtcOffset::from_hours(1).unwrap();
    let policies = policies_at(&own(&[]), &rules(), clock, Instant((hour - 1) * 3_600_000));
    let PolicyRow(number) = policies.number(cluster.map(value).as_ref());
    policies.names()[usize::from(number)].clone()
}

#[test]
fn the_first_rule_that_fits_a_node_holds_on_it() {
    assert_eq!(at(12, Some("solar")), "own 1, battery 5/sun");
    assert_eq!(at(18, Some("solar")), "own 1, battery 50/solar");
    assert_eq!([at(12, Some("quay")), at(12, None)], ["own 1", "own 1"]);
    assert_eq!(at(23, None), "own 1, power 30/night");
    assert_eq!(at(23, Some("solar")), "own 1, battery 50/solar", "the list goes by precedence");
}

#[test]
fn a_reason_names_the_weights_and_what_came_of_each() {
    let policies = policies_at(&own(&[]), &rules(), UtcOffset::default(), Instant::ZERO);
    let said = |number| policies.scored_by(PolicyRow(number), &Parts::default(), 40);
    assert_eq!(
        said(0),
        "own 1, power 30/night (offcut 0, balance 0, scarcity 0, fragmentation 0, power 0, other 40)"
    );
    assert_eq!(
        said(1),
        "own 1, battery 50/solar (offcut 0, balance 0, scarcity 0, fragmentation 0, battery 0, other 40)"
    );
}

fn refused(usual: &ScoreWeights, rules: &[PlacementRule], expected: Expect) {
    expected.assert_eq(&validate_rules(usual, rules).unwrap_err().to_string());
}

#[test]
fn what_cannot_be_is_refused_with_field_value_and_rule() {
    validate_rules(&own(&[]), &rules()).unwrap();
    let nothing = ScoreWeights::of([(ScoreName::Power, 0)]);
    refused(&nothing, &[], expect!["placement is nothing: must weigh one score at least, such as own = 1"]);
    refused(
        &own(&[(ScoreName::Power, 1_001)]),
        &[],
        expect!["placement.power is 1001: must lie within 0 and 1000"],
    );
    refused(
        &own(&[]),
        &[rule("a", "", "solar", nothing)],
        expect!["placement_rules[0].placement is nothing: must weigh one score at least, such as own = 1"],
    );
    refused(
        &own(&[]),
        &[rule("a", "", "", own(&[])), rule("a", "", "", own(&[]))],
        expect!["placement_rules[1].name is a: must be a name that no other rule has"],
    );
    let best_fit = || ScoreWeights::of([(ScoreName::BestFit, 1)]);
    validate_rules(&own(&[]), &[rule("a", "08:00-09:00", "", best_fit())]).unwrap();
    refused(
        &own(&[]),
        &[rule("a", "", "", best_fit()), rule("b", "", "solar", own(&[]))],
        expect![
            "placement_rules[0].placement.own is 0: must be 1 as usually: a rule names a cluster, and nodes of several clusters are compared"
        ],
    );
}

#[test]
fn weights_are_read_and_written_by_name_and_a_name_that_is_none_is_refused() {
    let read = |text: &str| serde_json::from_str::<ScoreWeights>(text);
    let weights = read(r#"{"power": 20, "own": 1, "thermal": 0}"#).unwrap();
    assert_eq!(weights.to_string(), "own 1, power 20");
    assert_eq!(serde_json::to_string(&weights).unwrap(), r#"{"own":1,"power":20,"thermal":0}"#);
    let said = read(r#"{"powr": 20}"#).unwrap_err().to_string();
    let named = "score is powr: must be one of own, offcut, balance, scarcity, fragmentation, best_fit, ";
    assert!(said.starts_with(named), "{said}");
    assert!(read(r#"{"power": -1}"#).is_err() && read(r#"{"power": 1.5}"#).is_err());
    for name in ScoreName::ALL {
        assert_eq!(name.as_str().parse(), Ok(name));
    }
}
