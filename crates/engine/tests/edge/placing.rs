//! What is placed, and what is not and why.

use crate::bench::{Bench, detector, node, node_id, workload};
use paceline_model::edge::{
    Command, LabelKey, LabelValue, Operator, Precision, Refusal, Requirement, Taint, TaintEffect, Toleration,
    TopologySpread, label,
};
use paceline_model::{Instant, Millis};
use std::collections::BTreeMap;
use tempfile::TempDir;

fn empty() -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    (dir, bench)
}

fn key(text: &str) -> LabelKey {
    LabelKey::new(text).expect("a key")
}
fn value(text: &str) -> LabelValue {
    LabelValue::new(text).expect("a value")
}

#[test]
fn a_region_with_no_nodes_says_so_and_places_once_there_is_one() {
    let (_dir, mut bench) = empty();
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    assert_eq!(bench.why("w-0"), "w-0 waits for the next round.");
    bench.until(1);
    assert_eq!(bench.why("w-0"), "w-0 has no node: there is no node.");
    bench.ask(Command::PutNode(node("n", "z", &["GPU-1"])));
    bench.until(2);
    assert_eq!(bench.place("w-0").as_deref(), Some("n GPU-1"));
}

#[test]
fn each_rule_counts_the_nodes_that_it_takes_out() {
    let (_dir, mut bench) = empty();
    let mut tainted = node("tainted", "z", &["GPU-1"]);
    tainted.taints =
        vec![Taint { key: key("radio"), value: value("narrow"), effect: TaintEffect::NoSchedule }];
    let mut old = node("old", "z", &["GPU-2"]);
    old.fingerprint.cuda = Some("11.2".parse().expect("a release"));
    let mut untrusted = node("untrusted", "z", &["GPU-3"]);
    untrusted.trust = paceline_model::edge::Trust::Untrusted;
    let mut elsewhere = node("elsewhere", "y", &["GPU-4"]);
    elsewhere.labels = BTreeMap::new();
    for spec in [tainted, old, untrusted, elsewhere, node("bare", "z", &[])] {
        bench.ask(Command::PutNode(spec));
    }
    bench.ask(Command::PutNode(node("shut", "z", &["GPU-5"])));
    bench.ask(Command::Cordon(node_id("shut")));
    let mut wanted = workload("w", 1, 1, 1_000);
    wanted.affinity =
        vec![Requirement { key: key(label::ZONE), operator: Operator::In, values: vec![value("z")] }];
    bench.ask(Command::PutWorkload(wanted.clone()));
    bench.until(1);
    let why = "w-0 has no node: of 6 nodes: 1 cordoned or drained, 1 not trusted, 1 with a taint that is not \
               tolerated, 1 whose labels do not match, 1 on which no variant of the model runs, 1 with fewer \
               serving GPUs than are asked for.";
    assert_eq!(bench.why("w-0"), why);
    wanted.tolerations = vec![Toleration { key: Some(key("radio")), value: None, effect: None }];
    bench.ask(Command::PutWorkload(wanted));
    bench.until(2);
    assert_eq!(bench.place("w-0").as_deref(), Some("tainted GPU-1"));
}

#[test]
fn a_model_that_runs_nowhere_is_refused_by_every_node() {
    let (_dir, mut bench) = empty();
    bench.ask(Command::PutNode(node("n", "z", &["GPU-1"])));
    let mut slow = workload("w", 1, 1, 1_000);
    slow.latency_max = Some(Millis(5));
    bench.ask(Command::PutWorkload(slow));
    bench.until(1);
    assert_eq!(bench.why("w-0"), "w-0 has no node: of 1 nodes: 1 on which no variant of the model runs.");
}

#[test]
fn a_precision_is_downgraded_before_a_replica_is_dropped_and_never_below_the_accuracy() {
    let (_dir, mut bench) = empty();
    bench.ask(Command::PutNode(node("n", "z", &["GPU-1"])));
    // Four of FP16 have no room in one card's memory, four of INT8 have.
    let mut four = workload("w", 4, 1, 200);
    four.downgrades = vec![Precision::Int8];
    bench.ask(Command::PutWorkload(four.clone()));
    bench.until(1);
    let precision = |bench: &Bench, ordinal: u32| {
        let replica = bench.region.ledger().replica(&crate::bench::replica_id(&format!("w-{ordinal}")));
        replica.and_then(|replica| Some(replica.bound.as_ref()?.variant.precision))
    };
    let all: Vec<_> = (0..4).map(|ordinal| precision(&bench, ordinal)).collect();
    assert_eq!(all, [Precision::Fp16, Precision::Fp16, Precision::Fp16, Precision::Int8].map(Some));
    four.id = paceline_model::edge::WorkloadId::new("exact").expect("a name");
    (four.replicas, four.accuracy_permille_min) = (1, 910);
    bench.ask(Command::PutWorkload(four));
    bench.until(2);
    assert_eq!(bench.place("exact-0"), None);
}

#[test]
fn a_gang_one_node_short_takes_nothing() {
    let (_dir, mut bench) = empty();
    for name in ["a", "b"] {
        bench.ask(Command::PutNode(node(name, "z", &[&format!("GPU-{name}")])));
    }
    let mut gang = workload("g", 3, 1, 1_000);
    gang.gang = true;
    bench.ask(Command::PutWorkload(gang));
    bench.until(1);
    let why = "g-0 has no node: all 3 replicas or none: 2 would find a node; of 2 nodes: 2 without enough free \
               of their GPUs.";
    assert_eq!(bench.why("g-0"), why);
    assert!((0..3).all(|ordinal| bench.place(&format!("g-{ordinal}")).is_none()));
    bench.ask(Command::PutNode(node("c", "z", &["GPU-c"])));
    bench.until(2);
    assert!((0..3).all(|ordinal| bench.place(&format!("g-{ordinal}")).is_some()));
}

#[test]
fn replicas_stay_spread_and_one_too_many_for_the_skew_waits() {
    let (_dir, mut bench) = empty();
    bench.ask(Command::PutNode(node("a1", "a", &["GPU-1", "GPU-2", "GPU-3"])));
    bench.ask(Command::PutNode(node("b1", "b", &["GPU-4"])));
    let mut spread = workload("w", 4, 1, 1_000);
    spread.spread = vec![TopologySpread { max_skew: 1, topology_key: key(label::ZONE) }];
    bench.ask(Command::PutWorkload(spread));
    bench.until(1);
    let on = |zone: &str| {
        (0..4)
            .filter(|ordinal| {
                bench.place(&format!("w-{ordinal}")).is_some_and(|place| place.starts_with(zone))
            })
            .count()
    };
    assert_eq!((on("a1"), on("b1")), (2, 1));
    let why = "w-3 has no node: of 2 nodes: 1 where replicas would stand too unevenly, 1 without enough free of \
               their GPUs.";
    assert_eq!(bench.why("w-3"), why);
}

#[test]
fn a_proposal_is_checked_again_against_the_world_as_it_is() {
    let (_dir, mut bench) = empty();
    bench.ask(Command::PutNode(node("n", "z", &["GPU-1"])));
    bench.late = true;
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(1);
    bench.ask(Command::Cordon(node_id("n")));
    bench.hand_in();
    assert_eq!(bench.place("w-0"), None, "nothing new goes there by now");
    bench.ask(Command::Uncordon(node_id("n")));
    bench.late = false;
    bench.until(2);
    assert_eq!(bench.place("w-0").as_deref(), Some("n GPU-1"));
}

#[test]
fn higher_priority_goes_first_and_scaling_down_gives_back() {
    let (_dir, mut bench) = empty();
    let (low, mut high) = (workload("low", 1, 1, 1_000), workload("high", 1, 1, 1_000));
    high.priority = 100;
    bench.ask(Command::PutWorkload(low));
    bench.ask(Command::PutWorkload(high));
    bench.ask(Command::PutNode(node("n", "z", &["GPU-1"])));
    bench.until(1);
    assert_eq!((bench.place("high-0").as_deref(), bench.place("low-0")), (Some("n GPU-1"), None));
    let high = paceline_model::edge::WorkloadId::new("high").expect("a name");
    bench.ask(Command::RemoveWorkload(high));
    bench.until(2);
    assert_eq!(bench.place("low-0").as_deref(), Some("n GPU-1"));
    let used = bench.region.ledger().node(&node_id("n")).expect("it is there").used().clone();
    assert_eq!((used.cpu, used.devices.len()), (500, 1), "what ended takes nothing");
}

#[test]
fn what_cannot_be_is_refused_with_its_field() {
    let (_dir, mut bench) = empty();
    let refused =
        |bench: &mut Bench, command| bench.ask_under(command, None).expect_err("refused").to_string();
    let mut parts = workload("w", 1, 2, 500);
    let said = refused(&mut bench, Command::PutWorkload(parts.clone()));
    assert_eq!(said, "E0101 requests.milli_gpu is 500: must be 1000 where several GPUs are asked for");
    parts.model = paceline_model::edge::ModelId::new("nothing").expect("a name");
    parts.requests.milli_gpu.0 = 1_000;
    assert_eq!(refused(&mut bench, Command::PutWorkload(parts)), "E0201 no model is called nothing");
    let twice = node("n", "z", &["GPU-1", "GPU-1"]);
    let said = refused(&mut bench, Command::PutNode(twice));
    assert_eq!(said, "E0101 devices.uuid is GPU-1: must be the UUID of one device alone");
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 500)));
    let model = detector().id;
    let said = refused(&mut bench, Command::RemoveModel(model));
    assert_eq!(said, "E0501 model detector is used by 1 workloads: remove them first");
    let mut other = workload("w", 1, 1, 400);
    other.requests.cpu.0 += 1;
    let said = refused(&mut bench, Command::PutWorkload(other));
    assert!(said.starts_with("E0101 requests is another than before"), "{said}");
    bench.ask_under(Command::PutWorkload(workload("k", 1, 1, 500)), Some(("key", 1))).expect("taken");
    let reused = bench.ask_under(Command::Cordon(node_id("n")), Some(("key", 2)));
    assert_eq!(reused, Err(Refusal::KeyReused));
}
