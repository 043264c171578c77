//! GPUs that are cut into slices: a replica has one at a start of its own, which is written down and kept.

use crate::bench::{Bench, detector, node, node_id, replica_id, uuid, with, workload};
use paceline_engine::edge::EdgeOptions;
use paceline_model::Instant;
use paceline_model::Tag;
use paceline_model::edge::{
    Command, Mebibytes, MilliGpu, NodeSpec, Refusal, Slice, SliceProfile, WorkloadSpec,
};
use tempfile::TempDir;

fn profile(name: &str, slots: u8, starts: &[u8], memory: u64) -> SliceProfile {
    let starts = starts.iter().copied().collect();
    SliceProfile { name: Tag::new(name).expect("a name"), slots, starts, memory: Mebibytes(memory) }
}

/// An A30 with 24 GB. Source: NVIDIA, MIG User Guide.
fn a30() -> Vec<SliceProfile> {
    vec![
        profile("1g.6gb", 1, &[0, 1, 2, 3], 5_952),
        profile("2g.12gb", 2, &[0, 2], 11_968),
        profile("4g.24gb", 4, &[0], 24_064),
    ]
}

/// A node of one GPU that is cut.
fn cut(name: &str) -> NodeSpec {
    let mut spec = node(name, name, &[&format!("GPU-{name}")]);
    spec.devices[0].slices = a30();
    spec
}

fn sliced(name: &str, replicas: u32, profile: &str) -> WorkloadSpec {
    let mut spec = workload(name, replicas, 1, 1);
    spec.requests.milli_gpu = MilliGpu(0);
    WorkloadSpec { slice: Some(Tag::new(profile).expect("a name")), ..spec }
}

fn open(nodes: &[&str]) -> (TempDir, Bench) {
    let (dir, mut bench) = with(EdgeOptions::default(), &[]);
    nodes.iter().for_each(|name| bench.ask(Command::PutNode(cut(name))));
    (dir, bench)
}

fn put(bench: &mut Bench, spec: WorkloadSpec) {
    bench.ask(Command::PutWorkload(spec));
    bench.until(bench.now.0 / 1_000 + 1);
}

fn slice(bench: &Bench, id: &str) -> Option<Slice> {
    bench.region.ledger().replica(&replica_id(id))?.bound.as_ref()?.slice.clone()
}

fn slots(bench: &Bench, id: &str) -> Option<(u8, u8)> {
    slice(bench, id).map(|slice| (slice.start, slice.slots))
}

#[test]
fn a_slice_has_a_start_of_its_own_and_one_without_a_free_place_is_refused_with_its_count() {
    let (_dir, mut bench) = open(&["a"]);
    put(&mut bench, sliced("w", 2, "1g.6gb"));
    put(&mut bench, sliced("v", 2, "2g.12gb"));
    assert_eq!([slots(&bench, "w-0"), slots(&bench, "w-1")], [Some((0, 1)), Some((1, 1))]);
    assert_eq!([slots(&bench, "v-0"), slots(&bench, "v-1")], [Some((2, 2)), None]);
    assert_eq!(bench.why("v-1"), "v-1 has no node: of 1 nodes: 1 without a free place for the slice.");
    let words = bench.why("v-0");
    assert!(words.contains(", on GPU-a, slice 2g.12gb in slots 2 to 3: the best by"), "{words}");
    bench.ask(Command::RemoveWorkload(sliced("w", 2, "1g.6gb").id));
    bench.until(bench.now.0 / 1_000 + 1);
    assert_eq!(slots(&bench, "v-1"), Some((0, 2)), "what was given back is free");
}

#[test]
fn a_gpu_that_is_cut_gives_no_shares_and_knows_its_own_profiles_alone() {
    let (_dir, mut bench) = open(&["a"]);
    put(&mut bench, workload("w", 1, 1, 100));
    put(&mut bench, sliced("v", 1, "7g.40gb"));
    let none = "has no node: of 1 nodes: 1 with fewer serving GPUs than are asked for.";
    assert_eq!([bench.why("w-0"), bench.why("v-0")], ["w", "v"].map(|name| format!("{name}-0 {none}")));
}

#[test]
fn starts_outlive_a_restart_and_nothing_is_placed_over_them() {
    for snapshot_every in [u64::MAX, 1] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::open(dir.path(), snapshot_every, Instant(0));
        bench.ask(Command::PutModel(detector()));
        bench.ask(Command::PutNode(cut("a")));
        put(&mut bench, sliced("w", 3, "1g.6gb"));
        bench.ask(Command::RemoveWorkload(sliced("w", 3, "1g.6gb").id));
        put(&mut bench, sliced("v", 1, "2g.12gb"));
        put(&mut bench, sliced("u", 1, "1g.6gb"));
        let starts = |bench: &Bench| [slots(bench, "v-0"), slots(bench, "u-0")];
        let (before, digest, now) = (starts(&bench), bench.digest(), bench.now);
        assert_eq!(before, [Some((0, 2)), Some((2, 1))]);
        drop(bench);
        let mut again = Bench::open(dir.path(), snapshot_every, now);
        assert_eq!((starts(&again), again.digest()), (before, digest));
        put(&mut again, sliced("late", 2, "1g.6gb"));
        assert_eq!([slots(&again, "late-0"), slots(&again, "late-1")], [Some((3, 1)), None]);
    }
}

#[test]
fn a_node_may_not_be_cut_otherwise_under_what_runs_there() {
    let (_dir, mut bench) = open(&["a"]);
    put(&mut bench, sliced("w", 1, "1g.6gb"));
    let mut otherwise = vec![cut("a"), cut("a"), cut("a")];
    otherwise[0].devices[0].slices = Vec::new();
    otherwise[1].devices[0].slices[0].starts = [1, 2, 3].into();
    otherwise[2].devices[0].slices[0].memory = Mebibytes(3_999);
    for spec in otherwise {
        let refused = bench.ask_under(Command::PutNode(spec), None);
        assert!(matches!(refused, Err(Refusal::InUse { .. })), "{refused:?}");
    }
    let mut shared = node("b", "b", &["GPU-b"]);
    bench.ask(Command::PutNode(shared.clone()));
    put(&mut bench, workload("v", 1, 1, 100));
    shared.devices[0].slices = a30();
    assert!(bench.ask_under(Command::PutNode(shared), None).is_err(), "a share of it is in use");
}

#[test]
fn a_slice_of_a_lost_gpu_goes_elsewhere() {
    let (_dir, mut bench) = open(&["a"]);
    put(&mut bench, sliced("w", 1, "2g.12gb"));
    bench.ask(Command::PutNode(cut("b")));
    bench.lists("a", &[]);
    bench.until(bench.now.0 / 1_000 + 2);
    assert_eq!(bench.place("w-0").as_deref(), Some("b GPU-b"));
    assert!(bench.region.ledger().node(&node_id("a")).expect("it is there").used().slots.is_empty());
    let device =
        bench.region.ledger().node(&node_id("b")).expect("it is there").used().slots.get(&uuid("GPU-b"));
    assert_eq!(device, Some(&0b11));
}

#[test]
fn what_no_gpu_has_is_refused_with_field_value_and_rule() {
    let said = |change: &dyn Fn(&mut Vec<SliceProfile>)| {
        let mut spec = cut("a");
        change(&mut spec.devices[0].slices);
        spec.validate().expect_err("no GPU has it").to_string()
    };
    let starts = "devices.slices.starts is 3: must lie within 0 and 2";
    assert_eq!(said(&|slices| slices[1] = profile("x", 14, &[3], 1)), starts);
    assert_eq!(said(&|slices| slices[1].slots = 0), "devices.slices.slots is 0: must lie within 1 and 16");
    let twice = "devices.slices.name is 1g.6gb: must be the name of one profile alone";
    assert_eq!(said(&|slices| slices[1].name = slices[0].name.clone()), twice);
    let mut spec = sliced("w", 1, "1g.6gb");
    spec.requests.gpus = 2;
    let gpus = "requests.gpus is 2: must be 1 where a slice is asked for";
    assert_eq!(spec.validate().expect_err("of two GPUs").to_string(), gpus);
}
