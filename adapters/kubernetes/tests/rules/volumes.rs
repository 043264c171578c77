//! What volumes ask of a node.

use crate::world::World;
use serde_json::{Value, json};

fn using(claims: &[&str]) -> Value {
    let volumes: Vec<_> = claims
        .iter()
        .map(|claim| json!({ "name": claim, "persistentVolumeClaim": { "claimName": claim } }))
        .collect();
    json!({ "spec": { "volumes": volumes } })
}

#[test]
fn a_claim_that_is_missing_or_has_no_volume_keeps_its_pod_waiting_and_no_other() {
    let mut world = World::new();
    world.zoned("a1", "a", "4");
    world.zoned("b1", "b", "4");
    world.claim("slow", None, &[]);
    assert_eq!(world.place("missing", using(&["nowhere"])), "No node: volume claim nowhere is not there.");
    assert_eq!(world.place("unbound", using(&["slow"])), "No node: volume claim slow has no volume yet.");
    assert_ne!(world.place("plain", json!({})), "");
    let here = json!([{ "matchExpressions": [{ "key": "kubernetes.io/hostname", "operator": "In", "values": ["b1"] }] }]);
    world.volume("pv", json!({ "spec": { "nodeAffinity": { "required": { "nodeSelectorTerms": here } } } }));
    world.claim("slow", Some("pv"), &[]);
    world.settle();
    assert_eq!(world.says("unbound"), "b1");
}

#[test]
fn a_volume_binds_its_pods_to_one_of_the_zones_that_its_label_lists() {
    let mut world = World::new();
    ["a", "b", "c"].iter().for_each(|zone| world.zoned(&format!("{zone}1"), zone, "4"));
    world.volume("wide", json!({ "metadata": { "labels": { "topology.kubernetes.io/zone": "a__c" } } }));
    world.volume("data", json!({ "metadata": { "labels": { "topology.kubernetes.io/zone": "b" } } }));
    world.claim("wide", Some("wide"), &[]);
    world.claim("data", Some("data"), &[]);
    assert!(["a1", "c1"].contains(&world.place("wide", using(&["wide"])).as_str()));
    assert_eq!(world.place("data", using(&["data"])), "b1");
    assert!(world.place("both", using(&["wide", "data"])).contains("3 that a volume does not reach"));
}

#[test]
fn a_node_without_any_label_of_a_place_is_where_every_volume_is_and_an_old_label_means_the_new_one() {
    let mut world = World::new();
    world.node("anywhere", json!({}));
    world.volume("data", json!({ "metadata": { "labels": { "topology.kubernetes.io/zone": "b" } } }));
    world.claim("data", Some("data"), &[]);
    assert_eq!(world.place("one", using(&["data"])), "anywhere");
    world.node("anywhere", json!({ "metadata": { "labels": { "topology.kubernetes.io/region": "r" } } }));
    assert!(world.place("two", using(&["data"])).contains("1 that a volume does not reach"));
    world.zoned("b1", "b", "4");
    world.volume(
        "old",
        json!({ "metadata": { "labels": { "failure-domain.beta.kubernetes.io/zone": "b" } } }),
    );
    world.claim("old", Some("old"), &[]);
    assert_eq!(world.place("three", using(&["old"])), "b1");
}

#[test]
fn a_claim_for_one_pod_alone_is_used_by_one() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.volume("pv", json!({}));
    world.claim("sole", Some("pv"), &["ReadWriteOncePod"]);
    assert_eq!(world.place("first", using(&["sole"])), "n1");
    assert!(world.place("second", using(&["sole"])).contains("while another pod uses a claim"));
    world.remove("first");
    world.settle();
    assert_eq!(world.says("second"), "n1");
}
