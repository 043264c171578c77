//! Neighbours that a node's owner names: where its work goes first, and whose word counts when it is silent.

use crate::bench::{node, node_id, with, workload};
use paceline_engine::edge::EdgeOptions;
use paceline_model::edge::{Broken, Command, LabelValue, MoveCause, NodeReport};
use paceline_model::limits::NEIGHBOURS_MAX;

#[test]
fn who_is_named_as_a_neighbour_is_where_work_goes_from_the_heat() {
    for (named, goes) in [(None, "site"), (Some("far"), "far"), (Some("unknown"), "site")] {
        let (_dir, mut bench) = with(EdgeOptions::default(), &[]);
        let place = |name: &str, site: &str| {
            let mut spec = node(name, name, &[&format!("GPU-{name}")]);
            spec.place.site = Some(LabelValue::new(site).expect("a site"));
            spec
        };
        let mut hot = place("t1", "s1");
        hot.neighbours = named.map(node_id).into_iter().collect();
        bench.ask(Command::PutNode(hot));
        bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
        bench.until(1);
        for (name, site) in [("other", "s2"), ("far", "s3"), ("site", "s1")] {
            bench.ask(Command::PutNode(place(name, site)));
        }
        bench.measures("t1", 90.0);
        bench.until(10);
        assert_eq!(bench.moves(), [("w-0".to_owned(), MoveCause::Hot)], "{named:?}");
        let at = bench.place("w-0").expect("it runs");
        assert_eq!(at.split(' ').next(), Some(goes), "{named:?}");
    }
}

#[test]
fn only_who_is_asked_may_say_that_a_silent_node_does_not_answer_and_anybody_that_it_does() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["near", "far"]);
    let mut spec = node("t1", "z", &["GPU-1"]);
    spec.neighbours = [node_id("near")].into();
    bench.ask(Command::PutNode(spec));
    let broken = |bench: &crate::bench::Bench| {
        bench.region.ledger().node(&node_id("t1")).expect("it is there").heard().reach.broken(bench.now)
    };
    let mut says = |by: &str, answered| {
        let reaches = vec![(node_id("t1"), answered)];
        bench.say(NodeReport { reaches, ..NodeReport::heartbeat(node_id(by), bench.now) });
        broken(&bench)
    };
    assert_eq!(says("far", false), Broken::Unknown, "far away it says nothing");
    assert_eq!(says("far", true), Broken::Link);
    assert_eq!(says("far", false), Broken::Unknown, "and takes its own word back");
    assert_eq!(says("near", false), Broken::Node);
}

#[test]
fn a_list_that_is_too_long_or_names_the_node_itself_is_refused() {
    let said = |names: Vec<String>| {
        let mut spec = node("t1", "z", &[]);
        spec.neighbours = names.iter().map(|name| node_id(name)).collect();
        spec.validate().map(|spec| spec.neighbours.len()).map_err(|invalid| invalid.to_string())
    };
    let others = |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>();
    assert_eq!(said(others(NEIGHBOURS_MAX)), Ok(NEIGHBOURS_MAX));
    assert_eq!(
        said(others(NEIGHBOURS_MAX + 1)),
        Err("neighbours is 17 entries: must have between 0 and 16 entries".into())
    );
    assert_eq!(said(vec!["t1".into()]), Err("neighbours is t1: must name other nodes".into()));
}
