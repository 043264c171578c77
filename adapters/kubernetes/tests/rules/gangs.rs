//! Gangs: all of one are placed, or none.

use crate::generated::{cluster, node, pod, running};
use crate::world::{World, cpu, cpu_and, key, labelled, on};
use k8s_openapi::api::core::v1::Pod;
use paceline_kubernetes::check::{self, Placed};
use paceline_kubernetes::cluster::Promise;
use paceline_kubernetes::decide::{self, Decision};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A pod of a gang that must be so large, with more.
fn of(gang: &str, size: &str, more: Value) -> Value {
    let mut pod = more;
    pod["metadata"]["annotations"] = json!({ "paceline.dev/gang": gang, "paceline.dev/gang-size": size });
    pod
}

/// Hands in pods of a gang, `NAME-0` and so on, and lets the cluster settle.
fn gang(world: &mut World, name: &str, size: usize, there: usize, more: &Value) {
    for at in 0..there {
        world.pod(&format!("{name}-{at}"), of(name, &size.to_string(), more.clone()));
    }
    world.settle();
}

fn nodes(world: &World) -> Vec<Option<String>> {
    world.pods.values().map(|pod| pod.spec.as_ref()?.node_name.clone()).collect()
}

fn bound(world: &World, name: &str) -> usize {
    let own = world.pods.iter().filter(|(key, _)| key.name.starts_with(&format!("{name}-")));
    own.filter(|(_, pod)| pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some())).count()
}

#[test]
fn a_gang_waits_for_its_pods_and_is_then_placed_whole() {
    let mut world = World::new();
    world.node("n1", json!({}));
    gang(&mut world, "train", 3, 2, &cpu("1"));
    assert_eq!(world.says("train-0"), "No node: 2 of 3 of gang train are there.");
    assert_eq!(bound(&world, "train"), 0);
    world.pod("train-2", of("train", "3", cpu("1")));
    world.settle();
    assert_eq!(bound(&world, "train"), 3);
}

#[test]
fn a_gang_that_is_one_short_holds_nothing_and_a_smaller_one_goes() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.node("n2", json!({ "spec": { "unschedulable": true } }));
    gang(&mut world, "large", 5, 5, &cpu("1"));
    let no = "5 of 5 of gang large are there, with places for 4 of the 5 that wait. large-4: No node of 2: \
        1 cordoned, 1 without enough cpu. Nobody gives way to a gang.";
    for pod in ["large-0", "large-4"] {
        assert_eq!(world.says(pod), no);
    }
    gang(&mut world, "small", 4, 4, &cpu("1"));
    assert_eq!((bound(&world, "large"), bound(&world, "small")), (0, 4));
    world.node("n2", json!({}));
    world.node("n3", json!({}));
    world.settle();
    assert_eq!(bound(&world, "large"), 5);
}

#[test]
fn of_two_gangs_that_could_take_half_each_one_is_placed_whole() {
    let mut world = World::new();
    world.node("n1", json!({}));
    for at in 0..3 {
        world.pod(&format!("a-{at}"), of("a", "3", cpu("1")));
        world.pod(&format!("b-{at}"), of("b", "3", cpu("1")));
    }
    world.settle();
    assert_eq!((bound(&world, "a"), bound(&world, "b")), (3, 0));
    for at in 0..3 {
        world.remove(&format!("a-{at}"));
    }
    world.settle();
    assert_eq!(bound(&world, "b"), 3);
}

#[test]
fn nobody_gives_way_to_a_gang_and_the_lowest_of_its_priorities_counts() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("low", on("n1", cpu("3")));
    gang(&mut world, "vip", 2, 2, &cpu_and("1", json!({ "spec": { "priority": 1_000 } })));
    assert!(world.says("vip-0").ends_with("Nobody gives way to a gang."), "{}", world.says("vip-0"));
    assert_eq!((world.ended.len(), bound(&world, "vip")), (0, 0));

    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("mixed-0", of("mixed", "2", cpu_and("2", json!({ "spec": { "priority": 1_000 } }))));
    world.pod("mixed-1", of("mixed", "2", cpu("2")));
    assert_eq!(world.place("middle", cpu_and("1", json!({ "spec": { "priority": 5 } }))), "n1");
    assert_eq!(bound(&world, "mixed"), 0);
}

#[test]
fn who_names_another_size_is_told_and_so_are_all_of_its_gang() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("a-0", of("a", "2", json!({})));
    world.pod("a-1", of("a", "3", json!({})));
    world.settle();
    for pod in ["a-0", "a-1"] {
        assert_eq!(world.says(pod), "No node: the pods of gang a name several sizes: [2, 3].");
    }
    world.change("a-1", json!({ "metadata": { "annotations": { "paceline.dev/gang-size": "2" } } }));
    world.settle();
    assert_eq!(bound(&world, "a"), 2);
}

#[test]
fn what_cannot_be_read_is_told_with_value_and_rule() {
    let mut world = World::new();
    world.node("n1", json!({}));
    for size in ["", "0", "-1", "257", "four"] {
        let says = world.place("a-0", of("a", size, json!({})));
        let rule = "must be a whole number from 1 to 256, in pod a-0";
        assert_eq!(says, format!("No node: annotation paceline.dev/gang-size is {size:?} and {rule}."));
    }
    let alone = json!({ "metadata": { "annotations": { "paceline.dev/gang-size": "2" } } });
    let rule = "must be 1 to 63 characters, in pod alone";
    assert_eq!(
        world.place("alone", alone),
        format!("No node: annotation paceline.dev/gang is \"\" and {rule}.")
    );
}

#[test]
fn a_gang_grows_and_what_is_bound_counts_after_a_restart_too() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("train-0", on("n1", of("train", "3", cpu("1"))));
    world.pod("train-1", on("n1", of("train", "3", cpu("1"))));
    gang(&mut world, "other", 2, 1, &cpu("1"));
    world.pod("train-2", of("train", "3", cpu("1")));
    world.settle();
    assert_eq!(world.says("train-2"), "n1", "two are bound already");
    assert_eq!(world.place("train-3", of("train", "3", cpu("1"))), "n1", "one more than must be");
    let says = world.place("train-4", of("train", "3", cpu("1")));
    assert!(
        says.starts_with("5 of 3 of gang train are there, with places for 0 of the 1 that wait."),
        "{says}"
    );
}

#[test]
fn whoever_ends_is_finished_or_held_back_does_not_count_and_who_goes_makes_the_rest_asked_again() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.lingering.push("a-0");
    gang(&mut world, "a", 2, 2, &cpu("1"));
    world.end("a-0");
    world.change("a-1", json!({ "status": { "phase": "Succeeded" } }));
    assert_eq!(world.place("a-2", of("a", "2", cpu("1"))), "No node: 1 of 2 of gang a are there.");
    world.pod("a-3", of("a", "2", cpu_and("1", json!({ "spec": { "schedulingGates": [{ "name": "g" }] } }))));
    world.settle();
    assert_eq!(world.says("a-2"), "No node: 1 of 2 of gang a are there.");
    world.change("a-3", json!({ "spec": { "schedulingGates": null } }));
    world.settle();
    assert_eq!(world.says("a-2"), "n1");

    world.remove("a-0");
    gang(&mut world, "b", 1, 3, &cpu("1"));
    assert_eq!(bound(&world, "b"), 0, "one more waits than there is place for");
    world.remove("b-2");
    world.settle();
    assert_eq!(bound(&world, "b"), 2);
}

#[test]
fn gangs_of_one_name_in_two_namespaces_are_two() {
    let mut world = World::new();
    world.namespace("other");
    world.node("n1", json!({}));
    world.pod("default/a-0", of("a", "2", json!({})));
    assert_eq!(world.place("other/a-1", of("a", "2", json!({}))), "No node: 1 of 2 of gang a are there.");
}

#[test]
fn what_could_not_be_carried_out_is_decided_anew_with_those_who_are_bound() {
    let mut world = World::new();
    world.node("n1", json!({}));
    for at in 0..3 {
        world.pod(&format!("a-{at}"), of("a", "3", cpu("1")));
    }
    let round = decide::round(&world.cluster, "paceline", 64);
    for decided in &round.decided {
        let Decision::Bind { node, .. } = &decided.decision else { panic!("{decided:?}") };
        world.cluster.promise(&decided.pod, Promise::Bound(node.clone()));
    }
    assert!(decide::round(&world.cluster, "paceline", 64).decided.is_empty());
    world.cluster.take_back(&key("a-1"), "uid of a-1");
    let anew = decide::round(&world.cluster, "paceline", 64).decided;
    let pods: Vec<_> = anew.iter().map(|decided| decided.pod.name.as_ref()).collect();
    assert_eq!(pods, ["a-1"]);
    assert!(matches!(anew[0].decision, Decision::Bind { .. }));
}

#[test]
fn a_place_that_one_takes_from_another_is_given_back() {
    let mut world = World::new();
    // By points the first pod takes the emptier node, which alone is large enough for the second.
    world.node("n1", json!({ "status": { "allocatable": { "cpu": "2" } } }));
    world.node("n2", json!({ "status": { "allocatable": { "cpu": "3" } } }));
    for (at, amount) in ["1500m", "1500m", "2"].iter().enumerate() {
        world.pod(&format!("a-{at}"), of("a", "3", cpu(amount)));
    }
    world.settle();
    let on = |name: &str| Some(name.to_owned());
    assert_eq!(nodes(&world), [on("n2"), on("n2"), on("n1")]);
}

#[test]
fn a_gang_that_is_to_be_in_one_zone_finds_the_zone_that_has_room() {
    let mut world = World::new();
    for at in 0..3 {
        world.zoned(&format!("a{at}"), "a", "6");
    }
    for at in 0..12 {
        world.zoned(&format!("b{at}"), "b", "2");
    }
    let term = json!({ "topologyKey": "topology.kubernetes.io/zone", "labelSelector": { "matchLabels": { "app": "x" } } });
    let near = json!({ "spec": { "affinity": { "podAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [term] } } } });
    gang(&mut world, "near", 20, 20, &labelled("app", "x", cpu_and("1", near)));
    assert_eq!(bound(&world, "near"), 20);
}

#[test]
fn devices_are_found_for_all_or_given_to_none() {
    let mut world = World::new();
    world.device_class("gpu", r#"device.driver == "gpu.example.com""#);
    world.node("n1", json!({}));
    world.devices("n1", json!([{ "name": "g0" }, { "name": "g1" }]));
    for at in 0..3 {
        let request = json!({ "name": "r", "exactly": { "deviceClassName": "gpu" } });
        world.device_claim(&format!("c{at}"), json!({ "requests": [request] }));
        let used = json!([{ "name": "r", "resourceClaimName": format!("c{at}") }]);
        world.pod(&format!("a-{at}"), of("a", "3", json!({ "spec": { "resourceClaims": used } })));
    }
    world.settle();
    assert_eq!((bound(&world, "a"), world.given("c0").len()), (0, 0));
    assert!(world.says("a-0").contains("with places for 2 of the 3 that wait"), "{}", world.says("a-0"));
    world.node("n2", json!({}));
    world.devices("n2", json!([{ "name": "g0" }]));
    world.settle();
    assert_eq!(bound(&world, "a"), 3);
}

#[test]
fn pods_that_are_alike_take_their_places_back_where_it_matters_which_they_have() {
    let mut world = World::new();
    for (name, rack, row) in [("n1", "1", "1"), ("n2", "1", "2"), ("n3", "2", "1")] {
        world.node(name, json!({ "metadata": { "labels": { "rack": rack, "row": row } } }));
    }
    let term = |key: &str| json!({ "topologyKey": key, "labelSelector": { "matchLabels": { "app": "x" } } });
    let terms = json!({ "requiredDuringSchedulingIgnoredDuringExecution": [term("rack"), term("row")] });
    let apart = json!({ "spec": { "affinity": { "podAntiAffinity": terms } } });
    gang(&mut world, "a", 2, 2, &labelled("app", "x", apart));
    assert_eq!(nodes(&world), [Some("n2".to_owned()), Some("n3".to_owned())]);

    let mut world = World::new();
    world.device_class("gpu", r#"device.driver == "gpu.example.com""#);
    for (name, cpu) in [("n1", "4"), ("n2", "3")] {
        world.node(name, json!({ "status": { "allocatable": { "cpu": cpu } } }));
        world.devices(name, json!([{ "name": "g0" }]));
    }
    // The better node takes one more pod.
    world.node("n1", json!({ "status": { "allocatable": { "cpu": "4", "pods": "1" } } }));
    let request = json!({ "name": "r", "exactly": { "deviceClassName": "gpu" } });
    world.device_claim("shared", json!({ "requests": [request] }));
    let used = json!({ "spec": { "resourceClaims": [{ "name": "r", "resourceClaimName": "shared" }] } });
    gang(&mut world, "a", 2, 2, &cpu_and("1", used));
    assert_eq!((world.says("a-0"), world.says("a-1")), ("n2".to_owned(), "n2".to_owned()));
}

#[test]
fn where_not_every_way_was_tried_the_answer_says_so() {
    let mut world = World::new();
    for at in 0..30 {
        world.node(&format!("n{at}"), json!({ "status": { "allocatable": { "cpu": "1" } } }));
    }
    for at in 0..31 {
        // No two are alike.
        let own = labelled("own", &at.to_string(), cpu("1"));
        world.pod(&format!("a-{at}"), of("a", "31", own));
    }
    world.settle();
    let says = world.says("a-0");
    assert!(says.contains("with places for 30 of the 31 that wait"), "{says}");
    assert!(says.ends_with("Not every way to place the gang was tried."), "{says}");
}

#[test]
fn a_round_is_bounded_and_a_gang_is_never_cut_by_it() {
    let mut world = World::new();
    world.node("n1", json!({ "status": { "allocatable": { "cpu": "1000", "pods": "1000" } } }));
    for at in 0..300 {
        world.pod(&format!("a-{at}"), of("a", "3", cpu("1")));
    }
    let round = decide::round(&world.cluster, "paceline", 64);
    assert_eq!((round.decided.len(), round.has_more), (256, true));
    world.settle();
    assert_eq!(world.says("a-299"), "No node: 300 pods of gang a wait, and at most 256 are placed together.");
    for at in 256..300 {
        world.remove(&format!("a-{at}"));
    }
    let round = decide::round(&world.cluster, "paceline", 1);
    assert_eq!((round.decided.len(), round.has_more), (256, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_gang_is_placed_if_and_only_if_some_order_of_its_pods_finds_a_place_for_each(
        nodes in vec(node(), 1..4),
        running in vec(running(), 0..6),
        gang in vec(pod(), 1..4),
    ) {
        let mut world = cluster(&nodes, running);
        let names: Vec<_> = (0..gang.len()).map(|at| format!("g-{at}")).collect();
        for (name, pod) in names.iter().zip(&gang) {
            world.pod(name, of("g", &gang.len().to_string(), pod.clone()));
        }
        let (left, standing): (Vec<_>, Vec<_>) =
            world.pods.iter().map(|(key, pod)| (key.name.starts_with("g-"), pod.clone())).partition(|(is_left, _)| *is_left);
        let left: Vec<_> = left.into_iter().map(|(_, pod)| pod).collect();
        let standing: Vec<_> = standing.into_iter().map(|(_, pod)| pod).collect();
        let is_possible = world.with(|placed| fits(placed, &standing, &left));
        // Each binding is held against the checker, in the order in which they were decided.
        world.settle();
        let bound = bound(&world, "g");
        prop_assert_eq!(bound, if is_possible { gang.len() } else { 0 }, "{}", world.says("g-0"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn of_gangs_too_large_to_try_everything_each_is_placed_whole_or_not_at_all(
        nodes in vec(node(), 4..12),
        running in vec(running(), 0..8),
        kinds in vec((pod(), 2..8usize), 1..4),
    ) {
        let mut world = cluster(&nodes, running);
        for (at, (pod, size)) in kinds.iter().enumerate() {
            for member in 0..*size {
                world.pod(&format!("g{at}-{member}"), of(&format!("g{at}"), &size.to_string(), pod.clone()));
            }
        }
        world.settle();
        for (at, (_, size)) in kinds.iter().enumerate() {
            let bound = bound(&world, &format!("g{at}"));
            prop_assert!(bound == 0 || bound == *size, "{} of {}", bound, size);
        }
    }
}

/// Whether there is an order and a node for each in which the checker finds nothing.
fn fits(placed: &Placed<'_>, standing: &[Pod], left: &[Pod]) -> bool {
    left.is_empty()
        || left.iter().enumerate().any(|(at, pod)| {
            let rest: Vec<_> = left[..at].iter().chain(&left[at + 1..]).cloned().collect();
            placed.nodes.iter().any(|node| {
                let is_free = check::broken(&Placed { pods: standing, ..*placed }, pod, node).is_empty();
                is_free && {
                    let mut there = pod.clone();
                    there.spec.get_or_insert_default().node_name = node.metadata.name.clone();
                    let standing: Vec<_> = standing.iter().cloned().chain([there]).collect();
                    fits(placed, &standing, &rest)
                }
            })
        })
}
