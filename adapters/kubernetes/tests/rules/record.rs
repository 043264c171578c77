//! Records: what is written is what decisions read and nothing else, and comes back as it was.

use crate::generated::{cluster, node, pod, running};
use crate::world::{World, cpu, key, read as of_json};
use k8s_openapi::api::core::v1 as core;
use paceline_kubernetes::cluster::{Heard, Node, Pod, PodKey, Version};
use paceline_kubernetes::decide::{self, Decision};
use paceline_kubernetes::record::{
    Event, Kind, Mask, Object, OfKind, RecordError, Recorder, Said, Word, is_record, read,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

fn masked() -> Mask {
    Mask::Keyed(Box::new([7; 32]))
}

fn at(version: u64) -> Version {
    Version::read(Some(&version.to_string()))
}

/// What a list of these is, cut down.
fn listed<O: OfKind + Serialize + Clone>(all: &[O], key: impl Fn(&O) -> PodKey, mask: &Mask) -> Vec<Word> {
    let middle = all.iter().map(|one| Heard::Listed(key(one), at(1), one.clone()));
    let words = [Heard::ListBegins].into_iter().chain(middle).chain([Heard::ListEnds]);
    words.map(|heard| Word::new(heard, mask)).collect()
}

fn name_of(metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta) -> PodKey {
    PodKey::new(
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
    )
}

/// The record of a cluster: everything listed once, and nothing afterwards.
fn recorded(world: &World, mask: &Mask) -> String {
    let (mut recorder, mut text) = Recorder::begin(mask);
    let words = world.with(|placed| {
        let mut words = listed(placed.nodes, |of| name_of(&of.metadata), mask);
        words.extend(listed(placed.pods, |of| name_of(&of.metadata), mask));
        words.extend(listed(placed.namespaces, |of| name_of(&of.metadata), mask));
        words.extend(listed(placed.claims, |of| name_of(&of.metadata), mask));
        words.extend(listed(placed.classes, |of| name_of(&of.metadata), mask));
        words.extend(listed(placed.slices, |of| name_of(&of.metadata), mask));
        words
    });
    words.into_iter().chain(others()).for_each(|word| text += &recorder.hear(5, word));
    assert!(recorder.is_complete());
    text
}

/// Empty lists of the kinds of which there is nothing.
fn others() -> Vec<Word> {
    use k8s_openapi::api::{
        core::v1 as core, policy::v1 as policy, scheduling::v1 as scheduling, storage::v1 as storage,
    };
    fn none<O: OfKind + Serialize + Clone>() -> Vec<Word> {
        listed::<O>(&[], |_| key("x"), &Mask::Off)
    }
    [
        none::<scheduling::PriorityClass>(),
        none::<policy::PodDisruptionBudget>(),
        none::<core::PersistentVolumeClaim>(),
        none::<core::PersistentVolume>(),
        none::<storage::StorageClass>(),
        none::<storage::CSINode>(),
    ]
    .concat()
}

/// The cluster that a record begins with.
fn played(text: &str) -> World {
    let mut world = World::new();
    for (_, event) in read(text.as_bytes()).unwrap().events().unwrap() {
        if let Event::Is(object) = event {
            world.put_recorded(object);
        }
    }
    world
}

/// What becomes of a pod, as far as it does not depend on names.
fn answer(world: &World, pod: &PodKey) -> Option<String> {
    Some(match decide::ask(&world.cluster, pod)? {
        Decision::Bind { .. } => "bound".into(),
        Decision::Wait(why) => why.to_string(),
        Decision::MakeRoom { victims, why, .. } => format!("{} end. {why}", victims.len()),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_all_that_decisions_read(nodes in vec(node(), 1..5), running in vec(running(), 0..8), asked in pod()) {
        let mut world = cluster(&nodes, running);
        world.pod("asked", asked);
        let plain = played(&recorded(&world, &Mask::Off));
        for (key, of) in &world.pods {
            let is_over = Pod::read(of).phase == paceline_kubernetes::cluster::Phase::Finished;
            let as_read = plain.pods.get(key).map(Pod::read);
            prop_assert_eq!(as_read, (!is_over).then(|| Pod::read(of)));
        }
        for (name, of) in &world.nodes {
            prop_assert_eq!(Node::read(&plain.nodes[name]), Node::read(of));
        }
        let asked = key("asked");
        prop_assert_eq!(answer(&plain, &asked), answer(&world, &asked));
        // Masked names select whom they did.
        let hidden = played(&recorded(&world, &masked()));
        let hidden_asked = hidden.pods.keys().find(|key| hidden.pods[*key].spec.as_ref().is_some_and(|spec| spec.node_name.is_none()));
        prop_assert_eq!(answer(&hidden, hidden_asked.unwrap()), answer(&world, &asked));
    }
}

#[test]
fn what_no_decision_reads_leaves_no_trace() {
    let mut world = World::new();
    world.node("n1", json!({ "metadata": { "annotations": { "note": "s3cret" } }, "status": { "nodeInfo": { "machineID": "s3cret" } } }));
    world.pod("p", json!({
        "metadata": { "annotations": { "note": "s3cret", "paceline.dev/gang": "g" }, "managedFields": [{ "manager": "s3cret" }] },
        "spec": {
            "containers": [{ "name": "main", "image": "s3cret", "args": ["s3cret"], "command": ["s3cret"],
                "env": [{ "name": "A", "value": "s3cret" }], "envFrom": [{ "secretRef": { "name": "s3cret" } }] }],
            "serviceAccountName": "s3cret", "hostname": "s3cret", "imagePullSecrets": [{ "name": "s3cret" }],
            "volumes": [{ "name": "v", "secret": { "secretName": "s3cret" } }, { "name": "w", "rbd": { "image": "s3cret", "monitors": ["s3cret"] } }],
        },
        "status": { "podIP": "s3cret", "conditions": [{ "type": "PodScheduled", "status": "False", "message": "s3cret" }] },
    }));
    let config = json!([{ "opaque": { "driver": "gpu.example.com", "parameters": { "token": "s3cret" } } }]);
    world.device_claim(
        "c",
        json!({ "requests": [{ "name": "r", "exactly": { "deviceClassName": "gpu" } }], "config": config }),
    );
    let text = recorded(&world, &Mask::Off);
    assert!(!text.contains("s3cret"), "{text}");
    let back = played(&text);
    let pod = back.cluster.pod(&key("p")).unwrap();
    assert!(pod.gang.is_some());
    assert_eq!(pod.demand.unsupported, ["volumes of the kind rbd"]);
}

#[test]
fn masked_no_name_of_the_house_is_written() {
    let mut world = World::new();
    world.namespace("acme");
    world.node("acme-node", json!({ "metadata": { "labels": { "acme.example/rack": "acme-rack" } }, "spec": { "taints": [{ "key": "acme", "value": "acme", "effect": "NoSchedule" }] } }));
    let term = json!({ "topologyKey": "acme.example/rack", "labelSelector": { "matchLabels": { "acme": "acme" } }, "namespaces": ["acme"] });
    world.pod("acme/acme-pod", json!({
        "metadata": { "labels": { "acme": "acme" }, "annotations": { "paceline.dev/gang": "acme", "paceline.dev/gang-size": "2" } },
        "spec": { "affinity": { "podAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [term] } },
            "volumes": [{ "name": "acme", "ephemeral": { "volumeClaimTemplate": { "spec": {} } } }] },
    }));
    let text = recorded(&world, &masked());
    assert!(!text.contains("acme"), "{text}");
    assert!(
        text.contains("kubernetes.io/hostname") && text.contains("paceline.dev/gang-size\":\"2"),
        "{text}"
    );
    let back = played(&text);
    let (key, pod) = back.cluster.pods().next().unwrap();
    // The volume's claim is called after pod and volume: its hash is that of the whole name.
    let of_whole = read(recorded_claim("acme-pod-acme").as_bytes()).unwrap().events().unwrap();
    let Event::Is(claim) = &of_whole[0].1 else { panic!("{of_whole:?}") };
    assert_eq!(pod.demand.volumes[0].claim, claim.key().name);
    assert_eq!(back.cluster.namespace(&key.namespace).len(), 1);
}

fn recorded_claim(name: &str) -> String {
    let of: core::PersistentVolumeClaim =
        of_json(json!({ "metadata": { "name": name, "namespace": "acme" } }));
    let (mut recorder, head) = Recorder::begin(&masked());
    let line = recorder.hear(1, Word::new(Heard::Put(key(name), at(1), of), &masked()));
    // It has not listed everything; that is said on a line of its own.
    head + &line + "{\"at_ms\":1,\"said\":\"complete\"}\n"
}

fn a_pod(amount: &str) -> core::Pod {
    let mut of = cpu(amount);
    of["metadata"] = json!({ "name": "p", "namespace": "default", "uid": "1" });
    of_json(of)
}

fn said(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["said"].clone()).collect()
}

#[test]
fn what_is_said_twice_or_listed_again_is_written_once() {
    let (mut recorder, _) = Recorder::begin(&Mask::Off);
    let put = |version, amount| Word::new(Heard::Put(key("p"), at(version), a_pod(amount)), &Mask::Off);
    assert_eq!(said(&recorder.hear(1, put(3, "1"))).len(), 1);
    assert_eq!(recorder.hear(2, put(3, "1")), "");
    assert_eq!(recorder.hear(3, put(2, "2")), "");
    assert_eq!(said(&recorder.hear(4, put(4, "2"))).len(), 1);
    let list = listed(&[a_pod("2")], |_| key("p"), &Mask::Off);
    assert_eq!(list.into_iter().map(|word| recorder.hear(5, word)).collect::<String>(), "");
    let gone = listed::<core::Pod>(&[], |_| key("p"), &Mask::Off);
    let lines: String = gone.into_iter().map(|word| recorder.hear(6, word)).collect();
    assert_eq!(said(&lines), [json!({ "gone": ["pod", "default", "p"] })]);
}

#[test]
fn a_time_in_which_nothing_is_heard_stands_before_what_was_found_afterwards() {
    let (mut recorder, _) = Recorder::begin(&Mask::Off);
    recorder.broke(10, Kind::Pod, "gone away");
    recorder.broke(12, Kind::Pod, "still");
    let lines = recorder.hear(30, Word::new(Heard::Put(key("p"), at(1), a_pod("1")), &Mask::Off));
    let said = said(&lines);
    assert_eq!(said[0], json!({ "gap": { "since_ms": 10, "of": "pod", "why": "gone away" } }));
    assert_eq!((said.len(), &said[2]), (3, &json!({ "caught_up": "pod" })));
}

#[test]
fn that_nothing_changes_is_said_now_and_then() {
    let (mut recorder, _) = Recorder::begin(&Mask::Off);
    assert_eq!(recorder.still(100_000, 60), None);
    let mut world = World::new();
    world.node("n1", json!({}));
    let text = recorded(&world, &Mask::Off);
    let (mut recorder, _) = Recorder::resume(read(text.as_bytes()).unwrap(), 90);
    assert_eq!(recorder.still(149, 60), None);
    assert_eq!(said(&recorder.still(150, 60).unwrap()), [json!("still")]);
    assert_eq!(recorder.still(151, 60), None);
}

#[test]
fn a_recorder_that_begins_again_writes_what_changed_meanwhile_and_no_more() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("stays", cpu("1"));
    world.pod("goes", cpu("1"));
    let text = recorded(&world, &Mask::Off);
    world.remove("goes");
    let (mut recorder, gap) = Recorder::resume(read(text.as_bytes()).unwrap(), 90);
    assert_eq!(
        said(&gap),
        [json!({ "gap": { "since_ms": 5, "of": null, "why": "the recorder was not running" } })]
    );
    let words = world.with(|placed| {
        let nodes = listed(placed.nodes, |of| name_of(&of.metadata), &Mask::Off);
        [nodes, listed(placed.pods, |of| name_of(&of.metadata), &Mask::Off)].concat()
    });
    let lines: String = words.into_iter().map(|word| recorder.hear(91, word)).collect();
    let caught_up = |kind: &str| json!({ "caught_up": kind });
    assert_eq!(
        said(&lines),
        [caught_up("node"), json!({ "gone": ["pod", "default", "goes"] }), caught_up("pod")]
    );
}

#[test]
fn a_clock_that_was_set_back_stands_still() {
    let (mut recorder, head) = Recorder::begin(&Mask::Off);
    let put = |version, amount| Word::new(Heard::Put(key("p"), at(version), a_pod(amount)), &Mask::Off);
    let text = head + &recorder.hear(100, put(1, "1")) + &recorder.hear(40, put(2, "2"));
    let times: Vec<_> = read(text.as_bytes()).unwrap().lines.iter().map(|line| line.at_ms).collect();
    assert_eq!(times, [100, 100]);
}

#[test]
fn a_record_that_is_cut_off_anywhere_is_read_up_to_there() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("p", cpu("1"));
    let text = recorded(&world, &Mask::Off);
    let whole = read(text.as_bytes()).unwrap();
    let head = text.find('\n').unwrap() + 1;
    for end in head..text.len() {
        let cut = read(&text.as_bytes()[..end]).unwrap();
        assert_eq!(cut.lines[..], whole.lines[..cut.lines.len()]);
        assert_eq!(cut.is_cut, !text[..end].ends_with('\n'));
        assert_eq!(cut.events().unwrap_err(), RecordError::Incomplete);
    }
    assert!(whole.lines.iter().any(|line| line.said == Said::Complete));
    assert!((0..head).all(|end| matches!(read(&text.as_bytes()[..end]), Err(RecordError::NoRecord(_)))));
}

#[test]
fn what_cannot_be_read_is_refused_with_line_and_reason() {
    let error = |text: &str| read(text.as_bytes()).and_then(|read| read.events()).unwrap_err().to_string();
    let (_, head) = Recorder::begin(&Mask::Off);
    assert!(is_record(head.as_bytes()));
    let newer = head.replace("\"version\":1", "\"version\":2,\"new\":true");
    assert_eq!(error(&newer), "line 1: version: 2 is of a later Paceline, must be at most 1");
    assert!(error("{\"format\":\"other\"}\n").contains("format must be"));
    let line = |text: &str| error(&format!("{head}{{\"at_ms\":5,\"said\":\"complete\"}}\n{text}\n"));
    assert!(
        line("{\"at_ms\":4,\"said\":\"complete\"}").starts_with("line 3: at_ms: 4 must not be less than 5")
    );
    assert!(
        line("{\"at_ms\":6,\"said\":{\"is\":[\"ship\",{}]}}").starts_with("line 3: unknown variant `ship`")
    );
    assert!(line("{\"at_ms\":6,\"said\":{\"is\":[\"pod\",{\"spec\":3}]}}").starts_with("line 3: "));
    assert_eq!(
        line("{\"at_ms\":6,\"said\":{\"is\":[\"pod\",{}]}}"),
        "line 3: metadata.name must not be empty"
    );
    assert!(line("nonsense").starts_with("line 3: expected"));
}

#[test]
fn every_kind_comes_back_under_its_own_name() {
    for kind in Kind::ALL {
        let name = serde_json::to_value(kind).unwrap();
        let (_, head) = Recorder::begin(&Mask::Off);
        let object = json!({ "metadata": { "name": "x" }, "spec": { "driver": "d", "pool": { "name": "p" }, "devices": null } });
        let line = json!({ "at_ms": 1, "said": { "is": [name, object] } });
        let text = format!("{head}{line}\n{{\"at_ms\":1,\"said\":\"complete\"}}\n");
        let events = read(text.as_bytes()).unwrap().events().unwrap();
        assert!(matches!(&events[0].1, Event::Is(object) if object.kind() == *kind), "{events:?}");
    }
}

impl World {
    fn put_recorded(&mut self, object: Object) {
        self.version += 1;
        self.cluster.hear(object.put(at(self.version)));
        match object {
            Object::Pod(of) => _ = self.pods.insert(name_of(&of.metadata), of),
            Object::Node(of) => _ = self.nodes.insert(of.metadata.name.clone().unwrap(), of),
            _ => {}
        }
    }
}
