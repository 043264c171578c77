//! What a node has to be and to have.

use crate::world::{World, cpu, cpu_and, on};
use serde_json::{Value, json};

fn tolerating(toleration: Value) -> Value {
    json!({ "spec": { "tolerations": [toleration] } })
}

fn wanting(expression: Value) -> Value {
    json!({ "spec": { "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{ "matchExpressions": [expression] }] } } } } })
}

fn tainted(key: &str, effect: &str) -> Value {
    json!({ "spec": { "taints": [{ "key": key, "value": "yes", "effect": effect }] } })
}

#[test]
fn a_cordoned_node_takes_no_pod_but_one_that_tolerates_it() {
    let mut world = World::new();
    world.node("n1", json!({ "spec": { "unschedulable": true } }));
    assert_eq!(
        world.place("plain", json!({})),
        "No node of 1: 1 cordoned. It would not help if all pods of lower priority ended."
    );
    let toleration =
        json!({ "key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule" });
    assert_eq!(world.place("tolerant", tolerating(toleration)), "n1");
    world.node("n1", json!({}));
    world.settle();
    assert_eq!(world.says("plain"), "n1");
}

#[test]
fn every_taint_has_to_be_tolerated_and_an_empty_key_means_every_key_but_only_the_effect_named() {
    let mut world = World::new();
    world.node("n1", tainted("a", "NoExecute"));
    let waits = |says: String| assert!(says.contains("1 with a taint"), "{says}");
    waits(world.place("none", json!({})));
    waits(world.place("other-effect", tolerating(json!({ "operator": "Exists", "effect": "NoSchedule" }))));
    waits(world.place("other-value", tolerating(json!({ "key": "a", "value": "no" }))));
    waits(world.place("empty-key-equal", tolerating(json!({ "value": "yes" }))));
    assert_eq!(
        world.place("any-key", tolerating(json!({ "operator": "Exists", "effect": "NoExecute" }))),
        "n1"
    );
    assert_eq!(world.place("any-effect", tolerating(json!({ "key": "a", "value": "yes" }))), "n1");
}

#[test]
fn numbers_of_labels_are_compared_as_numbers_and_an_empty_value_is_there() {
    let mut world = World::new();
    world.node("n9", json!({ "metadata": { "labels": { "slots": "9", "tier": "" } } }));
    world.node("n10", json!({ "metadata": { "labels": { "slots": "10", "tier": "gold" } } }));
    world.node("none", json!({}));
    let expression = |operator: &str, values: Value| {
        wanting(json!({ "key": "slots", "operator": operator, "values": values }))
    };
    assert_eq!(world.place("gt", expression("Gt", json!(["9"]))), "n10");
    assert_eq!(world.place("lt", expression("Lt", json!(["10"]))), "n9");
    assert_eq!(world.place("absent", expression("DoesNotExist", json!(null))), "none");
    assert_eq!(world.place("empty", json!({ "spec": { "nodeSelector": { "tier": "" } } })), "n9");
    let says = world.place("case", json!({ "spec": { "nodeSelector": { "tier": "Gold" } } }));
    assert!(says.contains("3 that its node selector or affinity leaves out"), "{says}");
}

#[test]
fn amounts_are_exact() {
    let mut world = World::new();
    world.node("n1", json!({ "status": { "allocatable": { "cpu": "1", "memory": "1Gi" } } }));
    for tenth in 0..9 {
        world.pod(&format!("tenth-{tenth}"), on("n1", cpu("0.1")));
    }
    assert_eq!(world.place("tenth", cpu("100m")), "n1");
    assert!(world.place("eleventh", cpu("1m")).contains("1 without enough cpu"));
    let memory = |amount: &str| json!({ "spec": { "containers": [{ "name": "main", "resources": { "requests": { "memory": amount } } }] } });
    world.pod("billion", on("n1", memory("1e9")));
    assert!(world.place("too-much", memory("72Mi")).contains("1 without enough memory"));
    assert_eq!(world.place("exact", memory("73741824")), "n1");
}

#[test]
fn a_pod_takes_its_largest_step_for_as_long_as_it_lives_and_its_overhead() {
    let container = |cpu: &str| json!({ "name": cpu, "resources": { "requests": { "cpu": cpu } } });
    let mut world = World::new();
    world.node("n1", json!({}));
    let init = json!({ "spec": { "initContainers": [container("3")], "containers": [container("500m"), container("600m")] } });
    assert_eq!(world.place("init", init), "n1");
    assert!(world.place("after", cpu("1500m")).contains("without enough cpu"));
    world.remove("after");
    world.remove("init");
    let sidecar =
        json!({ "name": "s", "restartPolicy": "Always", "resources": { "requests": { "cpu": "1" } } });
    let with = json!({ "spec": { "initContainers": [sidecar, container("2")], "containers": [container("1500m")],
        "overhead": { "cpu": "500m" } } });
    assert_eq!(world.place("sidecar", with), "n1", "the worst step is 1 + 2, and 0.5 more");
    assert!(world.place("more", cpu("501m")).contains("without enough cpu"));
    assert_eq!(world.place("rest", cpu("500m")), "n1");
}

#[test]
fn a_pod_as_a_whole_may_ask_for_another_amount_than_its_containers() {
    let mut world = World::new();
    world.node("n1", json!({}));
    let whole = json!({ "spec": { "resources": { "requests": { "cpu": "4" } } } });
    assert_eq!(world.place("whole", cpu_and("1", whole)), "n1");
    assert!(world.place("next", cpu("1m")).contains("without enough cpu"));
}

#[test]
fn the_number_of_pods_is_a_resource_finished_pods_give_it_back_and_ending_ones_hold_it() {
    let mut world = World::new();
    world.lingering.push("ends");
    world.node("n1", json!({ "status": { "allocatable": { "pods": "2" } } }));
    world.pod("done", on("n1", json!({ "status": { "phase": "Succeeded" } })));
    world.pod("ends", on("n1", json!({})));
    world.end("ends");
    assert_eq!(world.place("first", json!({})), "n1");
    assert!(world.place("second", json!({})).contains("1 with as many pods as it takes"));
    world.remove("ends");
    world.settle();
    assert_eq!(world.says("second"), "n1");
}

#[test]
fn a_pod_that_asks_for_nothing_fits_on_a_node_that_is_overfull() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("large", on("n1", cpu("6")));
    assert_eq!(world.place("zero", cpu("0")), "n1");
    assert!(world.place("milli", cpu("1m")).contains("without enough cpu"));
}

#[test]
fn two_colons_are_all_addresses_of_ipv6_and_none_of_ipv4() {
    let mut world = World::new();
    world.node("n1", json!({}));
    let port = |ip: &str| {
        let port = json!({ "containerPort": 80, "hostPort": 80, "hostIP": ip });
        json!({ "spec": { "containers": [{ "name": "main", "ports": [port] }] } })
    };
    assert_eq!(world.place("six", port("::")), "n1");
    assert_eq!(world.place("four", port("10.0.0.1")), "n1");
    for (name, ip) in [("same", "::"), ("one", "fd00::1"), ("all", "")] {
        assert!(world.place(name, port(ip)).contains("1 whose port is taken"), "{ip}");
    }
}

#[test]
fn a_host_port_is_address_protocol_and_number() {
    let port = |ip: Value, protocol: &str| {
        let port = json!({ "containerPort": 80, "hostPort": 80, "hostIP": ip, "protocol": protocol });
        json!({ "spec": { "containers": [{ "name": "main", "ports": [port] }] } })
    };
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("one", on("n1", port(json!("10.0.0.1"), "TCP")));
    assert_eq!(world.place("other-address", port(json!("10.0.0.2"), "TCP")), "n1");
    for (name, ip) in [("all", json!(null)), ("spelled", json!("0.0.0.0")), ("same", json!("10.0.0.1"))] {
        assert!(world.place(name, port(ip, "TCP")).contains("1 whose port is taken"));
    }
    assert_eq!(world.place("udp", port(json!(null), "UDP")), "n1");
}

#[test]
fn a_preference_is_met_where_it_can_be() {
    let mut world = World::new();
    world.node("n1", json!({ "spec": { "taints": [{ "key": "a", "effect": "PreferNoSchedule" }] } }));
    world.node("n2", json!({ "metadata": { "labels": { "fast": "yes" } } }));
    world.node("n3", json!({}));
    let preference = json!({ "matchExpressions": [{ "key": "fast", "operator": "Exists" }] });
    let fast = json!({ "spec": { "affinity": { "nodeAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [{ "weight": 1, "preference": preference }] } } } });
    assert_eq!(world.place("fast", cpu_and("3", fast.clone())), "n2");
    assert_eq!(world.place("plain", cpu("1")), "n3", "the emptiest without an unwanted taint");
    assert_eq!(world.place("fast-2", cpu_and("2", fast)), "n3", "the preferred one is full");
}

#[test]
fn what_is_not_done_is_refused_with_its_reason() {
    let mut world = World::new();
    world.node("n1", json!({}));
    let disk = json!({ "spec": { "volumes": [{ "name": "disk", "azureDisk": { "diskName": "d", "diskURI": "u" } }] } });
    assert_eq!(
        world.place("disk", disk),
        "No node: Paceline does not do this yet: volumes of the kind azureDisk."
    );
}
