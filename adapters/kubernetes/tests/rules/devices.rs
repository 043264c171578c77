//! What claims to devices ask of a node, and which devices they get there. Each allocation is also judged by the checker.

use crate::world::{World, cpu_and, read};
use k8s_openapi::api::resource::v1::ResourceClaim;
use paceline_kubernetes::cluster::{Change, Heard, Version};
use paceline_kubernetes::decide::{self, Decision};
use serde_json::{Value, json};

/// A pod that uses these claims.
fn using(claims: &[&str]) -> Value {
    let used: Vec<_> =
        claims.iter().map(|claim| json!({ "name": claim, "resourceClaimName": claim })).collect();
    json!({ "spec": { "resourceClaims": used } })
}

/// One device of the class `gpu`, and more.
fn one(more: Value) -> Value {
    let mut exactly = json!({ "deviceClassName": "gpu" });
    more.as_object().unwrap().iter().for_each(|(name, value)| exactly[name] = value.clone());
    json!({ "requests": [{ "name": "dev", "exactly": exactly }] })
}

fn selecting(expression: &str) -> Value {
    json!({ "selectors": [{ "cel": { "expression": expression } }] })
}

fn gpu(name: &str, memory: &str) -> Value {
    json!({ "name": name, "capacity": { "memory": { "value": memory } } })
}

fn world(nodes: &[&str]) -> World {
    let mut world = World::new();
    nodes.iter().for_each(|name| world.node(name, json!({})));
    world.device_class("gpu", r#"device.driver == "gpu.example.com""#);
    world
}

/// A claim that has a device of this pool already, of somebody else.
fn taken(world: &mut World, pool: &str, device: &str) {
    let name = format!("taken-{pool}-{device}");
    world.device_claim(&name, one(json!({})));
    let result = json!({ "request": "dev", "driver": "gpu.example.com", "pool": pool, "device": device });
    let is_it = json!({ "key": "metadata.name", "operator": "In", "values": [pool] });
    let nodes = json!({ "nodeSelectorTerms": [{ "matchFields": [is_it] }] });
    let allocation = json!({ "devices": { "results": [result] }, "nodeSelector": nodes });
    world.change_claim(&name, json!({ "status": { "allocation": allocation } }));
}

fn place(world: &mut World, name: &str, devices: Value) -> String {
    world.device_claim(name, devices);
    world.place(name, using(&[name]))
}

const NONE_FREE: &str = "without free devices for its claims";

#[test]
fn a_count_is_met_by_free_devices_of_one_node_and_quantities_compare_as_numbers() {
    let mut world = world(&["n1", "n2", "n3"]);
    let model = |name: &str, model: &str, memory: &str| json!({ "name": name, "attributes": { "model": { "string": model } }, "capacity": { "memory": { "value": memory } } });
    world.devices("n1", json!([model("g0", "A", "80Gi"), model("g1", "A", "80Gi")]));
    world.devices("n2", json!([model("g0", "B", "80Gi"), model("g1", "B", "80Gi")]));
    world.devices(
        "n3",
        json!([model("g0", "B", "80Gi"), model("g1", "B", "40Gi"), model("g2", "B", "81920Mi")]),
    );
    taken(&mut world, "n2", "g1");
    let mut two = selecting(
        r#"device.attributes["gpu.example.com"].model == "B" && device.capacity["gpu.example.com"].memory.compareTo(quantity("60Gi")) >= 0"#,
    );
    two["count"] = json!(2);
    assert_eq!(place(&mut world, "two", one(two)), "n3");
    assert_eq!(world.given("two"), ["n3/g0", "n3/g2"]);
}

#[test]
fn an_expression_that_reads_what_a_device_has_not_is_no_yes() {
    let mut world = world(&["n1", "n2"]);
    world.devices("n1", json!([{ "name": "g0" }]));
    world.devices("n2", json!([{ "name": "g0", "attributes": { "link": { "bool": true } } }]));
    let link = r#"device.attributes["gpu.example.com"].link"#;
    let careful = format!(r#""link" in device.attributes["gpu.example.com"] && {link}"#);
    assert_eq!(place(&mut world, "careful", one(selecting(&careful))), "n2");
    let said = place(&mut world, "careless", one(selecting(link)));
    let unclear =
        "1 without free devices for its claims, some of which a selector cannot judge (No such key: link)";
    assert!(said.contains("1 without free devices for its claims, 1") && said.contains(unclear), "{said}");
}

#[test]
fn several_claims_share_a_device_by_what_they_ask_for_rounded_as_its_driver_says() {
    let mut world = world(&["n1", "n2"]);
    let policy = json!({ "default": "10Gi", "validRange": { "min": "10Gi", "step": "10Gi" } });
    let memory = json!({ "value": "80Gi", "requestPolicy": policy });
    world.devices(
        "n1",
        json!([{ "name": "g0", "allowMultipleAllocations": true, "capacity": { "memory": memory } }]),
    );
    world.devices("n2", json!([gpu("g0", "80Gi")]));
    taken(&mut world, "n2", "g0");
    let asking = |amount: &str| one(json!({ "capacity": { "requests": { "memory": amount } } }));
    assert_eq!(place(&mut world, "quarter", asking("25Gi")), "n1");
    assert_eq!(place(&mut world, "half", asking("50Gi")), "n1");
    assert!(place(&mut world, "tiny", asking("1Gi")).contains(NONE_FREE));
    world.remove("quarter");
    world.change_claim("quarter", json!({ "status": { "allocation": null, "reservedFor": null } }));
    world.settle();
    assert_eq!((world.says("tiny"), world.given("tiny")), ("n1".into(), vec!["n1/g0".into()]));
    assert_eq!(place(&mut world, "default", one(json!({}))), "n1");
}

#[test]
fn a_device_is_given_against_its_taint_only_where_the_request_tolerates_that() {
    let mut world = world(&["n1", "n2", "n3"]);
    let tainted = |effect: &str| json!([{ "name": "g0", "taints": [{ "key": "health", "value": "bad", "effect": effect }] }]);
    world.devices("n1", tainted("NoSchedule"));
    world.devices("n3", tainted("NoExecute"));
    assert!(place(&mut world, "plain", one(json!({}))).contains(NONE_FREE));
    world.device_claim("pod-only", one(json!({})));
    let mut pod = cpu_and("4", using(&["pod-only"]));
    pod["spec"]["tolerations"] = json!([{ "operator": "Exists" }]);
    assert!(world.place("pod-only", pod).contains(NONE_FREE));
    let tolerant =
        json!({ "tolerations": [{ "key": "health", "operator": "Exists", "effect": "NoSchedule" }] });
    assert_eq!(place(&mut world, "tolerant", one(tolerant)), "n1");
    world.node("n4", json!({ "status": { "allocatable": { "cpu": "1" } } }));
    world.devices("n4", tainted("None"));
    world.settle();
    assert_eq!(world.says("plain"), "n4");
    assert!(world.says("pod-only").contains("without enough cpu"));
}

#[test]
fn the_first_alternative_that_can_be_had_is_taken_and_a_later_one_only_where_no_earlier_can() {
    let mut world = world(&["n1", "n2"]);
    let three = || json!([gpu("s0", "40Gi"), gpu("s1", "40Gi"), gpu("big", "80Gi")]);
    world.devices("n1", three());
    world.devices("n2", json!([gpu("s0", "40Gi")]));
    taken(&mut world, "n1", "big");
    let memory = |compared: &str| {
        selecting(&format!(r#"device.capacity["gpu.example.com"].memory.compareTo(quantity({compared}"#))["selectors"].clone()
    };
    let list = || {
        let large =
            json!({ "name": "large", "deviceClassName": "gpu", "selectors": memory(r#""80Gi")) >= 0"#) });
        let pair = json!({ "name": "pair", "deviceClassName": "gpu", "count": 2, "selectors": memory(r#""40Gi")) == 0"#) });
        json!({ "requests": [{ "name": "dev", "firstAvailable": [large, pair] }] })
    };
    assert_eq!(place(&mut world, "falls-back", list()), "n1");
    assert_eq!(world.given("falls-back"), ["n1/s0", "n1/s1"]);
    world.node("n3", json!({}));
    world.devices("n3", three());
    assert_eq!(place(&mut world, "best", list()), "n3");
    assert_eq!(world.given("best"), ["n3/big"]);
    assert_eq!(place(&mut world, "next", list()), "n3");
    assert_eq!(world.given("next"), ["n3/s0", "n3/s1"]);
    assert!(place(&mut world, "none-left", list()).contains(NONE_FREE));
}

#[test]
fn requests_get_devices_that_agree_or_differ_in_an_attribute_as_their_constraint_says() {
    let mut world = world(&["n1"]);
    let at = |name: &str, driver: &str, root: i64| json!({ "name": name, "attributes": { "kind": { "string": driver }, "pci.example.com/root": { "int": root } } });
    world.devices("n1", json!([at("g0", "gpu", 0), at("g1", "gpu", 1), at("nic1", "nic", 1)]));
    let request = |name: &str, kind: &str| {
        let selectors =
            selecting(&format!(r#"device.attributes["gpu.example.com"].kind == "{kind}""#))["selectors"]
                .clone();
        json!({ "name": name, "exactly": { "deviceClassName": "gpu", "selectors": selectors } })
    };
    let constraint = |kind: &str| json!([{ "requests": ["gpu", "nic"], kind: "pci.example.com/root" }]);
    let requests = || json!([request("gpu", "gpu"), request("nic", "nic")]);
    let same = json!({ "requests": requests(), "constraints": constraint("matchAttribute") });
    assert_eq!(place(&mut world, "same", same), "n1");
    assert_eq!(world.given("same"), ["n1/g1", "n1/nic1"]);
    world.remove("same");
    world.change_claim("same", json!({ "status": { "allocation": null, "reservedFor": null } }));
    let other = json!({ "requests": requests(), "constraints": constraint("distinctAttribute") });
    assert_eq!(place(&mut world, "other", other), "n1");
    assert_eq!(world.given("other"), ["n1/g0", "n1/nic1"]);
}

#[test]
fn all_devices_that_match_are_given_or_none() {
    let mut world = world(&["n1", "n2"]);
    world.devices("n1", json!([gpu("g0", "40Gi"), gpu("g1", "40Gi")]));
    world.devices("n2", json!([gpu("g0", "40Gi"), gpu("g1", "40Gi"), gpu("g2", "40Gi")]));
    taken(&mut world, "n2", "g1");
    assert_eq!(place(&mut world, "all", one(json!({ "allocationMode": "All" }))), "n1");
    assert_eq!(world.given("all"), ["n1/g0", "n1/g1"]);
    assert!(place(&mut world, "again", one(json!({ "allocationMode": "All" }))).contains(NONE_FREE));
}

#[test]
fn all_devices_are_all_that_have_what_is_asked_for() {
    let mut world = world(&["n1"]);
    world.devices("n1", json!([gpu("g0", "40Gi"), { "name": "g1" }, gpu("g2", "20Gi")]));
    let asked = json!({ "requests": { "memory": "40Gi" } });
    assert_eq!(place(&mut world, "all", one(json!({ "allocationMode": "All", "capacity": asked }))), "n1");
    assert_eq!(world.given("all"), ["n1/g0"], "and the checker misses none");
}

#[test]
fn two_shares_of_one_device_are_not_two_devices_though_two_requests_may_have_them() {
    let mut world = world(&["n1"]);
    world.devices("n1", json!([{ "name": "g0", "allowMultipleAllocations": true }]));
    assert!(place(&mut world, "two", one(json!({ "count": 2 }))).contains(NONE_FREE));
    let request = |name: &str| json!({ "name": name, "exactly": { "deviceClassName": "gpu" } });
    assert_eq!(place(&mut world, "both", json!({ "requests": [request("a"), request("b")] })), "n1");
    assert_eq!(world.given("both"), ["n1/g0", "n1/g0"]);
}

#[test]
fn parts_of_a_device_are_given_as_far_as_the_counters_that_they_share_go() {
    let mut world = world(&["n1"]);
    let pool = json!({ "name": "n1", "resourceSliceCount": 2 });
    let counters = json!([{ "name": "gpu-0", "counters": { "memory": { "value": "40Gi" } } }]);
    world.slice("counters", json!({ "nodeName": "n1", "pool": pool, "sharedCounters": counters }));
    let part = |name: &str, memory: &str| {
        let consumes = json!([{ "counterSet": "gpu-0", "counters": { "memory": { "value": memory } } }]);
        json!({ "name": name, "consumesCounters": consumes })
    };
    assert!(place(&mut world, "early", one(json!({}))).contains(NONE_FREE));
    world.slice("parts", json!({ "nodeName": "n1", "pool": pool, "devices": [part("whole", "40Gi"), part("a", "20Gi"), part("b", "20Gi")] }));
    world.settle();
    assert_eq!(world.given("early"), ["n1/whole"]);
    assert!(place(&mut world, "late", one(json!({}))).contains(NONE_FREE), "the whole leaves no part");
    world.remove("early");
    world.change_claim("early", json!({ "status": { "allocation": null, "reservedFor": null } }));
    world.device_claim("pair", one(json!({ "count": 2 })));
    world.remove("late");
    assert_eq!(world.place("pair", using(&["pair"])), "n1");
    assert_eq!(world.given("pair"), ["n1/a", "n1/b"]);
}

#[test]
fn only_the_newest_generation_of_a_pool_counts_and_only_whole() {
    let mut world = world(&["n1"]);
    world.devices("n1", json!([gpu("g0", "40Gi")]));
    let newer = json!({ "name": "n1", "generation": 2, "resourceSliceCount": 2 });
    world.slice("newer", json!({ "nodeName": "n1", "pool": newer, "devices": [gpu("g0", "40Gi")] }));
    assert!(place(&mut world, "claim", one(json!({}))).contains(NONE_FREE), "half of the newest is there");
    world.slice("other", json!({ "nodeName": "n1", "pool": newer, "devices": [gpu("g1", "40Gi")] }));
    world.settle();
    assert_eq!(world.says("claim"), "n1");
}

#[test]
fn a_claim_that_several_pods_use_binds_them_to_where_its_devices_are() {
    let mut world = world(&["n1", "n2"]);
    world.devices("n1", json!([gpu("g0", "40Gi")]));
    world.device_claim("shared", one(json!({})));
    assert_eq!(world.place("a", cpu_and("3", using(&["shared"]))), "n1");
    assert_eq!(world.place("b", cpu_and("1", using(&["shared"]))), "n1");
    let said = world.place("c", cpu_and("1", using(&["shared"])));
    assert!(
        said.contains("1 without enough cpu, 1 from which the devices of a claim cannot be used"),
        "{said}"
    );
}

#[test]
fn what_a_claim_cannot_have_is_said() {
    let mut world = world(&["n1"]);
    world.devices("n1", json!([gpu("g0", "40Gi"), gpu("g1", "40Gi")]));
    assert_eq!(world.place("a", using(&["nowhere"])), "No node: resource claim nowhere is not there.");
    let of_template =
        json!({ "spec": { "resourceClaims": [{ "name": "gpu", "resourceClaimTemplateName": "t" }] } });
    assert_eq!(world.place("b", of_template), "No node: resource claim gpu is not made of its template yet.");
    let admin = place(&mut world, "c", one(json!({ "adminAccess": true })));
    assert_eq!(
        admin,
        "No node: Paceline does not do this yet: resource claim c asks for administrative access to devices."
    );
    let mut classless = one(json!({}));
    classless["requests"][0]["exactly"]["deviceClassName"] = json!("none");
    assert_eq!(place(&mut world, "d", classless), "No node: device class none is not there.");
    let foreign =
        json!({ "status": { "resourceClaimStatuses": [{ "name": "gpu", "resourceClaimName": "c" }] } });
    world.change("b", foreign);
    world.change_claim("c", json!({ "spec": { "devices": one(json!({ "adminAccess": null })) } }));
    world.settle();
    assert_eq!(world.says("b"), "No node: resource claim c was made for another pod.");
    let users: Vec<_> =
        (0..256).map(|at| json!({ "resource": "pods", "name": "p", "uid": format!("{at}") })).collect();
    taken(&mut world, "n1", "g1");
    world.change_claim("taken-n1-g1", json!({ "status": { "reservedFor": users } }));
    let said = world.place("e", using(&["taken-n1-g1"]));
    assert_eq!(said, "No node: as many pods use resource claim taken-n1-g1 as may.");
}

#[test]
fn devices_that_were_decided_are_taken_until_the_server_shows_them_or_they_are_taken_back() {
    let mut world = world(&["n1"]);
    world.devices("n1", json!([gpu("g0", "40Gi")]));
    world.device_claim("first", one(json!({})));
    world.device_claim("second", one(json!({})));
    world.pod("first", using(&["first"]));
    world.pod("second", using(&["second"]));
    let key = crate::world::key;
    let decide = |world: &World, pod: &str| decide::ask(&world.cluster, &key(pod));
    let Some(Decision::Bind { devices, .. }) = decide(&world, "first") else { panic!("it has a place") };
    devices.into_iter().for_each(|devices| world.cluster.allot(&key("first"), devices));
    // The pod is shown as bound before its claim is shown as allocated: the device is taken all the same.
    world.change("first", json!({ "spec": { "nodeName": "n1" } }));
    assert!(matches!(decide(&world, "second"), Some(Decision::Wait(_))));
    world.cluster.take_back(&key("first"), "uid of first");
    assert!(matches!(decide(&world, "second"), Some(Decision::Bind { .. })));
}

#[test]
fn devices_that_were_written_and_given_back_before_the_server_showed_either_are_free() {
    let mut world = world(&["n1"]);
    world.devices("n1", json!([gpu("g0", "40Gi")]));
    world.device_claim("first", one(json!({})));
    world.pod("first", using(&["first"]));
    let key = crate::world::key("first");
    let Some(Decision::Bind { devices, .. }) = decide::ask(&world.cluster, &key) else {
        panic!("it has a place")
    };
    devices.into_iter().for_each(|devices| world.cluster.allot(&key, devices));
    world.cluster.note_written(&key, Version::read(Some("1000")));
    assert_eq!(world.given("first"), ["n1/g0"]);
    // A list that was made after that, and shows nothing of it.
    let claim: ResourceClaim = read(
        json!({ "metadata": { "name": "first", "namespace": "default", "uid": "claim first" }, "spec": { "devices": one(json!({})) } }),
    );
    let claim = paceline_kubernetes::cluster::DeviceClaim::read(&claim);
    world.cluster.hear(Change::DeviceClaim(Heard::Put(key, Version::read(Some("1001")), claim)));
    assert!(world.given("first").is_empty());
}
