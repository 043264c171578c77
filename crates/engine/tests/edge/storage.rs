//! Room on nodes' disks: the file of a variant is there once for all replicas that run as it, and takes room until the last of them has gone.
//! The detector's file has 2,000 MiB at FP16 and 750 at INT8.

use crate::bench::{Bench, detector, node, node_id, with, workload};
use paceline_engine::edge::EdgeOptions;
use paceline_model::edge::{
    Command, Mebibytes, ModelId, ModelSpec, NodeSpec, Precision, Refusal, WorkloadSpec,
};
use paceline_plan::Budget;
use tempfile::TempDir;

/// A node with so much room, and four GPUs.
fn storing(name: &str, mib: Option<u64>) -> NodeSpec {
    let gpus = [0, 1, 2, 3].map(|number| format!("GPU-{name}-{number}"));
    let mut spec = node(name, name, &gpus.each_ref().map(String::as_str));
    spec.allocatable.storage = mib.map(Mebibytes);
    spec
}

/// A second model of the same sizes.
fn reader() -> ModelSpec {
    ModelSpec { id: ModelId::new("reader").expect("a name"), ..detector() }
}

fn reads(name: &str) -> WorkloadSpec {
    WorkloadSpec { model: reader().id, ..workload(name, 1, 1, 500) }
}

fn open(nodes: &[(&str, Option<u64>)]) -> (TempDir, Bench) {
    let (dir, mut bench) = with(EdgeOptions::default(), &[]);
    bench.ask(Command::PutModel(reader()));
    nodes.iter().for_each(|(name, mib)| bench.ask(Command::PutNode(storing(name, *mib))));
    (dir, bench)
}

fn put(bench: &mut Bench, spec: WorkloadSpec) {
    bench.ask(Command::PutWorkload(spec));
    bench.until(bench.now.0 / 1_000 + 1);
}

fn stored(bench: &Bench, name: &str) -> u64 {
    bench.region.ledger().node(&node_id(name)).expect("it is there").used().files.mib()
}

#[test]
fn replicas_of_a_variant_share_its_file_and_another_that_has_no_room_is_told_so() {
    let (_dir, mut bench) = open(&[("a", Some(3_999))]);
    put(&mut bench, workload("w", 3, 1, 500));
    assert_eq!(stored(&bench, "a"), 2_000);
    assert!(bench.place("w-2").is_some());
    put(&mut bench, reads("r"));
    assert_eq!(bench.why("r-0"), "r-0 has no node: of 1 nodes: 1 without enough free storage.");
    bench.ask(Command::PutNode(storing("a", Some(4_000))));
    bench.until(bench.now.0 / 1_000 + 1);
    assert!(bench.place("r-0").is_some(), "{}", bench.why("r-0"));
    assert_eq!(stored(&bench, "a"), 4_000);
}

#[test]
fn a_node_that_says_nothing_of_its_storage_is_not_limited_by_it() {
    let (_dir, mut bench) = open(&[("a", None)]);
    put(&mut bench, workload("w", 1, 1, 500));
    put(&mut bench, reads("r"));
    assert!(bench.place("w-0").is_some() && bench.place("r-0").is_some());
    assert_eq!(stored(&bench, "a"), 0);
    let refused = bench.ask_under(Command::PutNode(storing("a", Some(3_999))), None);
    assert!(matches!(refused, Err(Refusal::InUse { .. })), "{refused:?}");
    bench.ask(Command::PutNode(storing("a", Some(4_000))));
    assert_eq!(stored(&bench, "a"), 4_000, "what is there counts from now on");
}

#[test]
fn the_file_goes_with_the_last_that_needs_it() {
    let (_dir, mut bench) = open(&[("a", Some(2_000))]);
    put(&mut bench, workload("w", 1, 1, 500));
    put(&mut bench, workload("v", 1, 1, 500));
    put(&mut bench, reads("r"));
    for gone in ["w", "v"] {
        assert_eq!((stored(&bench, "a"), bench.place("r-0")), (2_000, None), "{gone} is there");
        bench.ask(Command::RemoveWorkload(workload(gone, 1, 1, 500).id));
        bench.until(bench.now.0 / 1_000 + 1);
    }
    assert!(bench.place("r-0").is_some(), "{}", bench.why("r-0"));
}

#[test]
fn what_is_missing_is_named_in_mib_and_is_enough() {
    let (_dir, mut bench) = open(&[("a", Some(3_500))]);
    put(&mut bench, workload("w", 1, 1, 500));
    let ledger = bench.region.ledger();
    let question = ledger.what_if(ledger.version(), reads("r")).expect("it can be asked");
    let help = question.answer(&mut Budget::unlimited()).help.expect("it has no node");
    let words: Vec<String> = help.remedies.iter().map(ToString::to_string).collect();
    assert_eq!(words.last().map(String::as_str), Some("500 MiB of storage more on a would do"), "{words:?}");
    bench.ask(Command::PutNode(storing("a", Some(4_000))));
    put(&mut bench, reads("r"));
    assert!(bench.place("r-0").is_some(), "{}", bench.why("r-0"));
}

#[test]
fn less_important_work_makes_room_on_the_disk_and_all_of_it_that_needs_the_file_goes() {
    let (_dir, mut bench) = open(&[("a", Some(2_000))]);
    put(&mut bench, workload("w", 2, 1, 500));
    put(&mut bench, WorkloadSpec { priority: 5, ..reads("r") });
    assert_eq!(bench.place("r-0").map(|place| place[..1].to_owned()).as_deref(), Some("a"));
    assert_eq!((bench.place("w-0"), bench.place("w-1"), stored(&bench, "a")), (None, None, 2_000));
}

#[test]
fn a_smaller_variant_is_no_way_out_of_the_heat_where_its_file_has_no_room() {
    for (mib, steps_down) in [(2_750, true), (2_749, false)] {
        let (_dir, mut bench) = open(&[("a", Some(mib))]);
        let small = vec![Precision::Int8];
        // Of the two the less important one steps down first, and the other still needs the large file.
        put(&mut bench, WorkloadSpec { downgrades: small.clone(), ..workload("w", 1, 1, 1_000) });
        put(&mut bench, WorkloadSpec { priority: 5, ..workload("v", 1, 1, 1_000) });
        for second in (10..=60).step_by(10) {
            bench.measures("a", 75.0 + second as f64 / 10.0);
            bench.until(second + 1);
        }
        let replica = bench.region.ledger().replica(&crate::bench::replica_id("w-0")).expect("it is there");
        let precision = replica.bound.as_ref().map(|bound| bound.variant.precision);
        assert_eq!(precision == Some(Precision::Int8), steps_down, "{mib} MiB: {}", bench.why("w-0"));
    }
}

#[test]
fn a_restart_counts_the_same_files() {
    let dir = tempfile::tempdir().expect("a directory");
    for snapshot_every in [u64::MAX, 1] {
        let dir = dir.path().join(snapshot_every.to_string());
        let mut bench = Bench::open(&dir, snapshot_every, paceline_model::Instant(0));
        bench.ask(Command::PutModel(detector()));
        bench.ask(Command::PutModel(reader()));
        bench.ask(Command::PutNode(storing("a", Some(4_500))));
        put(&mut bench, workload("w", 2, 1, 500));
        // What runs keeps its file; the model's size is another by now.
        let mut larger = detector();
        larger.versions[0].variants[0].size = Mebibytes(2_400);
        bench.ask(Command::PutModel(larger));
        put(&mut bench, workload("v", 1, 1, 500));
        assert_eq!((stored(&bench, "a"), bench.place("v-0").is_some()), (4_400, true), "two files");
        let (digest, now) = (bench.digest(), bench.now);
        drop(bench);
        let again = Bench::open(&dir, snapshot_every, now);
        assert_eq!((again.digest(), stored(&again, "a")), (digest, 4_400));
    }
}
