//! Small clusters and pods with every feature of the rules, at random.

use crate::world::{World, on};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// How often each part is there, of a hundred.
const RARELY: f64 = 0.2;
const OFTEN: f64 = 0.5;

fn sometimes<T: std::fmt::Debug + Clone + 'static>(
    how_often: f64,
    of: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(how_often, of)
}

fn effect() -> impl Strategy<Value = &'static str> {
    select(vec!["NoSchedule", "NoExecute", "PreferNoSchedule"])
}

pub(crate) fn node() -> impl Strategy<Value = Value> {
    let zone = sometimes(0.8, select(vec!["a", "b", "c"]));
    let rank = sometimes(OFTEN, select(vec!["1", "2", "10", "x", ""]));
    let taint = sometimes(RARELY, (select(vec!["k", "l"]), select(vec!["", "v"]), effect()));
    let room = (select(vec!["0.5", "1", "1500m", "4"]), select(vec!["0", "2", "3", "110"]));
    (zone, rank, taint, prop::bool::weighted(0.1), room).prop_map(
        |(zone, rank, taint, cordoned, (cpu, pods))| {
            let mut labels = json!({});
            zone.into_iter().for_each(|zone| labels["zone"] = json!(zone));
            rank.into_iter().for_each(|rank| labels["rank"] = json!(rank));
            let taints: Vec<_> = taint
                .into_iter()
                .map(|(key, value, effect)| json!({ "key": key, "value": value, "effect": effect }))
                .collect();
            json!({ "metadata": { "labels": labels }, "spec": { "taints": taints, "unschedulable": cordoned },
            "status": { "allocatable": { "cpu": cpu, "pods": pods } } })
        },
    )
}

fn toleration() -> impl Strategy<Value = Value> {
    let parts = (
        select(vec!["", "k", "l"]),
        select(vec!["Exists", "Equal"]),
        select(vec!["", "v"]),
        sometimes(OFTEN, effect()),
    );
    parts.prop_map(|(key, operator, value, effect)| {
        json!({ "key": key, "operator": operator, "value": value, "effect": effect })
    })
}

fn selector() -> impl Strategy<Value = Value> {
    let equal = select(vec!["x", "y"]).prop_map(|app| json!({ "matchLabels": { "app": app } }));
    let expression = (select(vec!["In", "NotIn", "Exists", "DoesNotExist"]), select(vec!["x", "y"]))
        .prop_map(|(operator, app)| {
            let values = if operator.ends_with("In") { json!([app]) } else { json!(null) };
            json!({ "matchExpressions": [{ "key": "app", "operator": operator, "values": values }] })
        });
    prop_oneof![4 => equal, 4 => expression, 1 => Just(json!({})), 1 => Just(json!(null))]
}

fn topology() -> impl Strategy<Value = &'static str> {
    select(vec!["zone", "kubernetes.io/hostname"])
}

fn term() -> impl Strategy<Value = Value> {
    let namespaces = sometimes(RARELY, select(vec!["default", "other"]));
    let of_namespaces = prop_oneof![
        4 => Just(json!(null)),
        1 => Just(json!({})),
        1 => Just(json!({ "matchExpressions": [{ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["default"] }] })),
    ];
    (topology(), selector(), namespaces, of_namespaces).prop_map(|(key, selector, namespaces, of_namespaces)| {
        let namespaces: Vec<_> = namespaces.into_iter().collect();
        json!({ "topologyKey": key, "labelSelector": selector, "namespaces": namespaces, "namespaceSelector": of_namespaces })
    })
}

fn spread() -> impl Strategy<Value = Value> {
    let policies = (
        sometimes(RARELY, select(vec!["Honor", "Ignore"])),
        sometimes(RARELY, select(vec!["Honor", "Ignore"])),
    );
    let parts =
        (topology(), 1..3u8, sometimes(RARELY, 1..4u8), selector(), policies, prop::bool::weighted(RARELY));
    parts.prop_map(|(key, skew, least, selector, (affinity, taints), keyed)| {
        let keys = if keyed && !selector.is_null() { json!(["app"]) } else { json!(null) };
        json!({ "maxSkew": skew, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector,
            "minDomains": least, "nodeAffinityPolicy": affinity, "nodeTaintsPolicy": taints, "matchLabelKeys": keys })
    })
}

fn node_affinity() -> impl Strategy<Value = Value> {
    let operator = select(vec!["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);
    (operator, select(vec!["1", "2", "", "x"])).prop_map(|(operator, value)| {
        let values = if operator.contains("xist") { json!(null) } else { json!([value]) };
        let expression = json!({ "key": "rank", "operator": operator, "values": values });
        json!({ "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [{ "matchExpressions": [expression] }] } })
    })
}

fn container() -> impl Strategy<Value = Value> {
    let port = (
        select(vec![80, 81]),
        select(vec!["", "0.0.0.0", "10.0.0.1", "10.0.0.2", "::", "fd00::1"]),
        select(vec!["TCP", "UDP"]),
    );
    let amount = select(vec!["0", "0.1", "100m", "250m", "0.5", "1"]);
    (sometimes(OFTEN, amount), sometimes(RARELY, port)).prop_map(|(cpu, port)| {
        let requests = cpu.map(|cpu| json!({ "cpu": cpu }));
        let ports: Vec<_> = port
            .into_iter()
            .map(|(port, ip, protocol)| json!({ "containerPort": port, "hostPort": port, "hostIP": ip, "protocol": protocol }))
            .collect();
        json!({ "name": "c", "resources": { "requests": requests }, "ports": ports })
    })
}

pub(crate) fn pod() -> impl Strategy<Value = Value> {
    let init = (container(), any::<bool>()).prop_map(|(mut container, stays)| {
        container["restartPolicy"] = if stays { json!("Always") } else { json!(null) };
        container
    });
    let containers = (vec(container(), 1..3), vec(init, 0..3));
    let company = (
        sometimes(RARELY, vec(term(), 1..3)),
        sometimes(RARELY, term()),
        sometimes(RARELY, vec(spread(), 1..3)),
    );
    let wishes =
        (vec(toleration(), 0..2), sometimes(RARELY, node_affinity()), sometimes(0.1, select(vec!["a", "b"])));
    let app = sometimes(0.8, select(vec!["x", "y"]));
    (containers, company, wishes, app).prop_map(|((containers, init), (near, apart, spread), (tolerations, affinity, zone), app)| {
        let labels = app.map(|app| json!({ "app": app })).unwrap_or(json!({}));
        let required = |terms: Option<Vec<Value>>| terms.map(|terms| json!({ "requiredDuringSchedulingIgnoredDuringExecution": terms }));
        let affinity = json!({ "nodeAffinity": affinity, "podAffinity": required(near),
            "podAntiAffinity": required(apart.map(|term| vec![term])) });
        json!({ "metadata": { "labels": labels }, "spec": { "containers": containers, "initContainers": init,
            "affinity": affinity, "topologySpreadConstraints": spread, "tolerations": tolerations,
            "nodeSelector": zone.map(|zone| json!({ "zone": zone })), "preemptionPolicy": "Never" } })
    })
}

/// Pods that run already: which node, whether in another namespace, and how far they have come.
pub(crate) fn running() -> impl Strategy<Value = (Index, bool, u8, Value)> {
    (any::<Index>(), prop::bool::weighted(RARELY), 0..10u8, pod())
}

/// The cluster of these.
pub(crate) fn cluster(nodes: &[Value], running: Vec<(Index, bool, u8, Value)>) -> World {
    let mut world = World::new();
    world.namespace("other");
    for (at, node) in nodes.iter().enumerate() {
        world.node(&format!("n{at}"), node.clone());
    }
    for (at, (node, is_elsewhere, state, pod)) in running.into_iter().enumerate() {
        let name = format!("{}/p{at}", if is_elsewhere { "other" } else { "default" });
        world.pod(&name, on(&format!("n{}", node.index(nodes.len())), pod));
        match state {
            0 => world.change(&name, json!({ "status": { "phase": "Succeeded" } })),
            1 => world.change(&name, json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } })),
            _ => {}
        }
    }
    world
}
