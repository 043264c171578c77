//! Whom a pod has to be near, apart from, and how evenly spread.

use crate::world::{World, cpu, cpu_and, labelled, on};
use serde_json::{Value, json};

const ZONE: &str = "topology.kubernetes.io/zone";

fn with(kind: &str, term: Value) -> Value {
    json!({ "spec": { "affinity": { kind: { "requiredDuringSchedulingIgnoredDuringExecution": [term] } } } })
}

fn near(app: &str) -> Value {
    with("podAffinity", json!({ "topologyKey": ZONE, "labelSelector": { "matchLabels": { "app": app } } }))
}

fn apart(app: &str) -> Value {
    with(
        "podAntiAffinity",
        json!({ "topologyKey": ZONE, "labelSelector": { "matchLabels": { "app": app } } }),
    )
}

fn spread(more: Value) -> Value {
    let mut one = json!({ "maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": { "matchLabels": { "app": "web" } } });
    more.as_object().unwrap().iter().for_each(|(key, value)| one[key] = value.clone());
    labelled("app", "web", json!({ "spec": { "topologySpreadConstraints": [one] } }))
}

fn two_zones() -> World {
    let mut world = World::new();
    world.zoned("a1", "a", "4");
    world.zoned("b1", "b", "4");
    world
}

#[test]
fn the_first_of_its_kind_goes_anywhere_with_the_label_and_the_next_follow_it() {
    let mut world = two_zones();
    world.node("x1", json!({ "status": { "allocatable": { "cpu": "64" } } }));
    let ring = |cpu: &str| labelled("app", "ring", cpu_and(cpu, near("ring")));
    let first = world.place("ring-1", ring("3"));
    assert!(["a1", "b1"].contains(&first.as_str()), "{first}");
    assert_eq!(world.place("ring-2", ring("1")), first);
    let says = world.place("ring-3", ring("1"));
    assert!(says.contains("1 without enough cpu, 2 without those whom its pod affinity asks for"), "{says}");
    assert!(world.place("lonely", near("ghost")).contains("3 without those whom"));
}

#[test]
fn whoever_waits_for_company_goes_once_it_is_there() {
    let mut world = two_zones();
    assert!(world.place("follower", near("leader")).contains("2 without those whom"));
    world.pod("leader", on("b1", labelled("app", "leader", json!({}))));
    world.settle();
    assert_eq!(world.says("follower"), "b1");
}

#[test]
fn a_running_pod_keeps_away_also_those_who_say_nothing_themselves() {
    let mut world = two_zones();
    world.zoned("a2", "a", "16");
    world.pod("db", on("a1", apart("batch")));
    let batch = labelled("app", "batch", cpu("3"));
    assert_eq!(world.place("batch-1", batch.clone()), "b1");
    let says = world.place("batch-2", batch);
    assert!(says.contains("1 without enough cpu, 2 with those who keep it away"), "{says}");
    assert_eq!(world.place("other", cpu("8")), "a2");
}

#[test]
fn a_namespace_selector_is_judged_by_the_labels_of_the_namespace() {
    let mut world = World::new();
    world.namespace("other");
    world.node("n1", json!({}));
    world.node("n2", json!({}));
    world.pod("job", on("n1", labelled("job", "x", json!({}))));
    world.pod("other/job", on("n2", labelled("job", "x", json!({}))));
    let term = json!({ "topologyKey": "kubernetes.io/hostname", "labelSelector": { "matchExpressions": [{ "key": "job", "operator": "Exists" }] },
        "namespaceSelector": { "matchExpressions": [{ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["default"] }] } });
    for name in ["new-1", "new-2"] {
        assert_eq!(world.place(name, labelled("job", "y", with("podAntiAffinity", term.clone()))), "n1");
    }
}

#[test]
fn with_fewer_domains_than_asked_for_the_emptiest_counts_as_empty() {
    let mut world = two_zones();
    let web = || spread(json!({ "minDomains": 3 }));
    let first = world.place("web-1", web());
    let second = world.place("web-2", web());
    assert_ne!(first, second);
    assert!(world.place("web-3", web()).contains("2 where its topology spread"));
    world.zoned("c1", "c", "1");
    world.settle();
    assert_eq!(world.says("web-3"), "c1");
}

#[test]
fn a_node_without_the_label_is_no_place_and_its_pods_do_not_count() {
    let mut world = two_zones();
    world.node("x1", json!({ "status": { "allocatable": { "cpu": "32" } } }));
    let web = |name: &str, node: &str, world: &mut World| {
        world.pod(name, on(node, labelled("app", "web", json!({}))))
    };
    web("old-a", "a1", &mut world);
    web("old-x", "x1", &mut world);
    web("old-y", "x1", &mut world);
    assert_eq!(world.place("w-1", spread(json!({}))), "b1");
    let says = world.place("w-2", cpu_and("8", spread(json!({}))));
    assert!(says.contains("2 without enough cpu, 1 without a label of its topology spread"), "{says}");
}

#[test]
fn pods_that_end_do_not_count_whatever_room_they_hold() {
    let mut world = two_zones();
    world.lingering = vec!["ends-1", "ends-2"];
    for (name, node) in [("stays-a", "a1"), ("ends-1", "a1"), ("ends-2", "a1"), ("b-1", "b1"), ("b-2", "b1")]
    {
        world.pod(name, on(node, labelled("app", "web", json!({}))));
    }
    world.end("ends-1");
    world.end("ends-2");
    assert_eq!(world.place("new", spread(json!({}))), "a1");
}

#[test]
fn the_policies_say_which_nodes_are_compared() {
    let mut world = two_zones();
    world.node(
        "c1",
        json!({ "metadata": { "labels": { (ZONE): "c" } },
        "spec": { "taints": [{ "key": "closed", "effect": "NoSchedule" }] } }),
    );
    world.pod("old-a", on("a1", labelled("app", "web", json!({}))));
    world.pod("old-b", on("b1", labelled("app", "web", json!({}))));
    let says = world.place("blind", spread(json!({})));
    assert!(says.contains("1 with a taint that it does not tolerate, 2 where its topology spread"), "{says}");
    assert_ne!(world.place("honors", spread(json!({ "nodeTaintsPolicy": "Honor" }))), says);
    assert!(["a1", "b1"].contains(&world.says("honors").as_str()));
}

#[test]
fn gates_hold_a_pod_back_and_it_holds_nothing() {
    let mut world = World::new();
    world.node("n1", json!({ "status": { "allocatable": { "cpu": "2" } } }));
    let gated = json!({ "spec": { "priority": 100, "schedulingGates": [{ "name": "a" }] } });
    world.pod("gated", cpu_and("2", gated));
    assert_eq!(world.place("small", cpu("1")), "n1");
    assert_eq!(world.ended, [""; 0]);
    world.change("gated", json!({ "spec": { "schedulingGates": [] } }));
    world.settle();
    assert_eq!((world.says("gated"), world.ended), ("n1".into(), vec!["small".to_owned()]));
}
