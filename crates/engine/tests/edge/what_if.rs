//! Questions that change nothing: what would become of a workload, and what would help. What is said to help is then done, by commands alone.

use crate::bench::{Bench, node, node_id, replica_id, uuid, with, workload};
use paceline_engine::edge::EdgeOptions;
use paceline_model::Millis;
use paceline_model::edge::what_if::{Change, WhatIf};
use paceline_model::edge::{
    Command, Device, LabelKey, LabelValue, Mebibytes, MilliCpu, ModelId, NodeSpec, Operator, Precision,
    Refusal, Requirement, Taint, TaintEffect, Toleration, TopologySpread, WorkloadId, WorkloadSpec, label,
};
use paceline_plan::Budget;
use std::path::Path;
use tempfile::TempDir;

/// Nodes of one GPU each, on each of which one has been placed that takes so many thousandths of it.
fn taken(nodes: &[(&str, u16)]) -> (TempDir, Bench) {
    let names: Vec<&str> = nodes.iter().map(|(name, _)| *name).collect();
    let (dir, mut bench) = with(EdgeOptions::default(), &names);
    for (name, milli) in nodes {
        let pinned = Requirement {
            key: LabelKey::new(label::HOSTNAME).expect("a label"),
            operator: Operator::In,
            values: vec![LabelValue::new(name).expect("a value")],
        };
        let spec = WorkloadSpec { affinity: vec![pinned], ..wanted(&format!("on-{name}"), 5, *milli) };
        bench.ask(Command::PutWorkload(spec));
    }
    bench.until(1);
    (dir, bench)
}

fn wanted(name: &str, priority: i32, milli: u16) -> WorkloadSpec {
    WorkloadSpec { priority, ..workload(name, 1, 1, milli) }
}

fn supposing(bench: &Bench, spec: &WorkloadSpec) -> WhatIf {
    let ledger = bench.region.ledger();
    let question = ledger.what_if(ledger.version(), spec.clone()).expect("it can be asked");
    question.answer(&mut Budget::unlimited())
}

/// What would help, in words.
fn helps(bench: &Bench, spec: &WorkloadSpec) -> Vec<String> {
    let help = supposing(bench, spec).help.expect("it has no node");
    help.remedies.iter().map(ToString::to_string).collect()
}

/// Puts the workload, lets rounds come, and says where its first replica runs. It is gone again afterwards.
fn tried(bench: &mut Bench, spec: &WorkloadSpec) -> Option<String> {
    bench.ask(Command::PutWorkload(spec.clone()));
    bench.until(bench.now.0 / 1_000 + 1);
    let place = bench.place(&format!("{}-0", spec.id));
    bench.ask(Command::RemoveWorkload(spec.id.clone()));
    place
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("a file"));
    let mut files: Vec<_> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn what_is_said_comes_about_and_saying_it_changes_nothing() {
    let (dir, mut bench) = taken(&[("a", 400), ("b", 600)]);
    let spec = WorkloadSpec { replicas: 3, ..wanted("w", 9, 500) };
    let (digest, journal) = (bench.digest(), files(dir.path()));
    let said = supposing(&bench, &spec);
    _ = bench.region.ledger().what_helps(bench.region.ledger().version(), &replica_id("on-a-0"));
    assert_eq!((bench.digest(), files(dir.path())), (digest, journal));
    bench.ask(Command::PutWorkload(spec));
    bench.until(2);
    assert_eq!(said.replicas.len(), 3);
    for one in &said.replicas {
        let id = format!("w-{}", one.ordinal);
        let runs = bench.region.ledger().replica(&replica_id(&id)).and_then(|replica| replica.bound.clone());
        let would = one.found.as_ref().ok().map(|goes| goes.bound.clone());
        assert_eq!(runs.as_deref(), would.as_ref(), "{id}");
        if let Ok(goes) = &one.found {
            let why = bench.why(&id);
            assert!(why.contains(&goes.decision.scored_by), "{why}: {goes}");
        }
    }
    let room: Vec<String> = said
        .replicas
        .iter()
        .flat_map(|one| one.found.as_ref().map_or(Vec::new(), |goes| goes.room.clone()))
        .map(|displaced| displaced.to_string())
        .collect();
    let loses = |name: &str| format!("on-{name}-0 (priority 5) loses its node {name}");
    assert_eq!(room, [loses("a"), loses("b")], "{said:?}");
}

#[test]
fn a_move_makes_room_once_it_is_made() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["a"]);
    bench.ask(Command::PutWorkload(wanted("x", 5, 400)));
    bench.until(1);
    bench.ask(Command::Cordon(node_id("a")));
    bench.ask(Command::PutNode(node("b", "b", &["GPU-b"])));
    bench.ask(Command::PutWorkload(wanted("y", 5, 500)));
    bench.until(2);
    bench.ask(Command::Uncordon(node_id("a")));
    let spec = wanted("w", 5, 900);
    assert_eq!(helps(&bench, &spec)[0], "it would go to b if y-0 (priority 5) moves from b to a");
    assert_eq!(tried(&mut bench, &spec), None);
    bench.ask(Command::Drain(node_id("b")));
    bench.until(4);
    assert!(bench.place("y-0").is_some_and(|place| place.starts_with('a')));
    bench.ask(Command::Uncordon(node_id("b")));
    assert_eq!(tried(&mut bench, &spec).as_deref(), Some("b GPU-b"));
}

#[test]
fn a_variant_that_is_not_allowed_helps_once_it_is() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["a"]);
    bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 3, ..wanted("x", 5, 100) }));
    bench.until(1);
    let spec = wanted("w", 5, 100);
    let words =
        "as 1.2.0 INT8 (905 of 1000 right, 20 ms), which its workload does not allow, it would go to a";
    assert_eq!(helps(&bench, &spec)[0], words);
    assert_eq!(tried(&mut bench, &spec), None);
    let allowed = WorkloadSpec { downgrades: vec![Precision::Int8], ..spec };
    assert_eq!(tried(&mut bench, &allowed).as_deref(), Some("a GPU-a"));
}

#[test]
fn the_priority_that_is_named_is_enough_and_one_less_is_not() {
    let (_dir, mut bench) = taken(&[("a", 1_000)]);
    let words = "at priority 6 it would go to a: on-a-0 (priority 5) loses its node a";
    assert_eq!(helps(&bench, &wanted("w", 2, 1_000))[0], words);
    assert_eq!(tried(&mut bench, &wanted("w", 5, 1_000)), None);
    assert_eq!(tried(&mut bench, &wanted("w", 6, 1_000)).as_deref(), Some("a GPU-a"));
}

#[test]
fn a_higher_priority_is_that_of_the_whole_workload_and_makes_none_of_its_own_give_way() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["a", "b", "c"]);
    bench.ask(Command::PutWorkload(wanted("low", 0, 600)));
    bench.until(1);
    bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 2, ..wanted("w", 0, 600) }));
    bench.until(2);
    bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 3, ..wanted("w", 0, 600) }));
    bench.until(3);
    let ledger = bench.region.ledger();
    let question = ledger.what_helps(ledger.version(), &replica_id("w-2")).expect("it has no node");
    let help = question.answer(&mut Budget::unlimited()).help.expect("it has no node");
    // Its own have run for a shorter time, and would go first.
    let words = help.remedies[0].to_string();
    assert!(words.starts_with("at priority 1 ") && words.contains(": low-0 (priority 0) loses "), "{words}");
}

#[test]
fn what_a_node_lacks_is_enough_and_a_little_less_is_not() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["a"]);
    let mut spec = workload("w", 1, 0, 0);
    spec.requests.cpu = MilliCpu(9_500);
    assert_eq!(helps(&bench, &spec), ["1500 mCPU more on a would do"]);
    let with_cpu = |milli| {
        let mut larger = node("a", "a", &["GPU-a"]);
        larger.allocatable.cpu = MilliCpu(milli);
        Command::PutNode(larger)
    };
    bench.ask(with_cpu(9_499));
    assert_eq!(tried(&mut bench, &spec), None);
    bench.ask(with_cpu(9_500));
    assert_eq!(tried(&mut bench, &spec).as_deref(), Some("a"));
}

#[test]
fn a_gpu_more_is_enough_if_it_has_the_memory() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["a"]);
    let spec = workload("w", 1, 2, 1_000);
    assert_eq!(helps(&bench, &spec), ["1 GPU with 4000 MiB more on a would do"]);
    let with_another = |memory| {
        let mut larger: NodeSpec = node("a", "a", &["GPU-a"]);
        let memory = Mebibytes(memory);
        larger.devices.push(Device { uuid: uuid("GPU-new"), memory, ..larger.devices[0].clone() });
        Command::PutNode(larger)
    };
    bench.ask(with_another(3_999));
    assert_eq!(tried(&mut bench, &spec), None);
    bench.ask(with_another(4_000));
    assert_eq!(tried(&mut bench, &spec).as_deref(), Some("a GPU-a GPU-new"));
}

#[test]
fn a_share_more_is_enough_once_somebody_gives_it_back() {
    for (given_back, enough) in [(99, false), (100, true)] {
        let (_dir, mut bench) = with(EdgeOptions::default(), &["a"]);
        bench.ask(Command::PutWorkload(wanted("stays", 5, 700 - given_back)));
        bench.ask(Command::PutWorkload(wanted("goes", 5, given_back)));
        bench.until(1);
        let spec = wanted("w", 2, 400);
        let remedies = helps(&bench, &spec);
        assert!(remedies.contains(&"100 milli-GPU of GPU-a more on a would do".to_owned()), "{remedies:?}");
        bench.ask(Command::RemoveWorkload(WorkloadId::new("goes").expect("a name")));
        assert_eq!(tried(&mut bench, &spec).is_some(), enough, "{given_back}");
    }
}

#[test]
fn a_rule_that_alone_is_in_the_way_is_named_and_two_of_them_are_not() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &["a"]);
    let spec = wanted("w", 5, 500);
    let taint = Taint {
        key: LabelKey::new("welding").expect("a label"),
        value: LabelValue::new("").expect("a value"),
        effect: TaintEffect::NoSchedule,
    };
    let tainted = NodeSpec { taints: vec![taint.clone()], ..node("a", "a", &["GPU-a"]) };
    bench.ask(Command::PutNode(tainted.clone()));
    assert_eq!(helps(&bench, &spec), ["a would do if its taints were tolerated"]);
    let toleration = Toleration { key: Some(taint.key), value: None, effect: None };
    let tolerates = WorkloadSpec { tolerations: vec![toleration], ..spec.clone() };
    bench.ask(Command::Cordon(node_id("a")));
    assert_eq!(helps(&bench, &spec), [""; 0], "it is cordoned and tainted");
    assert_eq!(helps(&bench, &tolerates), ["a would do if it were uncordoned"]);
    assert_eq!(tried(&mut bench, &tolerates), None);
    bench.ask(Command::Uncordon(node_id("a")));
    assert_eq!(tried(&mut bench, &spec), None);
    assert_eq!(tried(&mut bench, &tolerates).as_deref(), Some("a GPU-a"));
}

#[test]
fn a_driver_too_old_is_named_with_the_variant_that_does_not_run() {
    let (_dir, mut bench) = with(EdgeOptions::default(), &[]);
    let mut old = node("a", "a", &["GPU-a"]);
    old.fingerprint.cuda = Some("10.2".parse().expect("a release"));
    bench.ask(Command::PutNode(old));
    let spec = wanted("w", 5, 500);
    assert_eq!(helps(&bench, &spec), ["a would do if 1.2.0 FP16 ran on its hardware and driver"]);
    bench.ask(Command::PutNode(node("a", "a", &["GPU-a"])));
    assert_eq!(tried(&mut bench, &spec).as_deref(), Some("a GPU-a"));
}

#[test]
fn the_skew_that_is_named_is_enough_and_one_less_is_not() {
    let (_dir, mut bench) = taken(&[("a", 100), ("b", 1_000)]);
    let spread =
        |max_skew| TopologySpread { max_skew, topology_key: LabelKey::new(label::ZONE).expect("a label") };
    let of = |max_skew| WorkloadSpec { replicas: 3, spread: vec![spread(max_skew)], ..wanted("w", 2, 200) };
    let words = "a would do if max_skew over topology.kubernetes.io/zone were 2";
    assert!(helps(&bench, &of(1)).contains(&words.to_owned()), "{:?}", helps(&bench, &of(1)));
    for (skew, placed) in [(1, 1), (2, 2)] {
        bench.ask(Command::PutWorkload(of(skew)));
        bench.until(bench.now.0 / 1_000 + 1);
        let running = (0..3).filter(|ordinal| bench.place(&format!("w-{ordinal}")).is_some()).count();
        assert_eq!(running, placed);
        bench.ask(Command::RemoveWorkload(of(skew).id));
    }
}

#[test]
fn a_gang_one_node_short_says_how_many_would_go_and_what_helps_the_next() {
    let (_dir, mut bench) = taken(&[("a", 100), ("b", 100)]);
    let gang = WorkloadSpec { replicas: 3, gang: true, ..wanted("gang", 2, 900) };
    bench.ask(Command::PutWorkload(gang.clone()));
    bench.until(2);
    let ledger = bench.region.ledger();
    let question = ledger.what_helps(ledger.version(), &replica_id("gang-1")).expect("it has no node");
    let said = question.answer(&mut Budget::unlimited());
    let help = said.help.expect("it has no node");
    assert_eq!((said.replicas.len(), help.ordinal), (3, 2));
    let why_not = said.replicas[0].found.as_ref().expect_err("the gang goes whole");
    assert_eq!(why_not.of_gang, Some((2, 3)));
    let more = help.remedies.iter().find(|one| matches!(one.change, Change::More(_))).expect("a little more");
    assert_eq!(more.to_string(), "900 milli-GPU of GPU-a more on a would do");
    bench.ask(Command::PutNode(node("c", "c", &["GPU-c"])));
    bench.until(3);
    assert!((0..3).all(|ordinal| bench.place(&format!("gang-{ordinal}")).is_some()));
}

#[test]
fn what_should_leave_and_cannot_learns_what_would_help() {
    let (_dir, mut bench) = taken(&[("a", 700), ("b", 500)]);
    bench.ask(Command::Drain(node_id("a")));
    let free = WorkloadSpec { affinity: Vec::new(), ..wanted("on-a", 5, 700) };
    bench.ask(Command::PutWorkload(free));
    bench.until(2);
    let ledger = bench.region.ledger();
    assert!(ledger.what_helps(ledger.version(), &replica_id("on-b-0")).is_none(), "it may stay");
    assert!(ledger.what_helps(ledger.version(), &replica_id("on-b-7")).is_none(), "there is none");
    let question = ledger.what_helps(ledger.version(), &replica_id("on-a-0")).expect("it should leave");
    let help = question.answer(&mut Budget::unlimited()).help.expect("there is nowhere to go");
    let words: Vec<String> = help.remedies.iter().map(ToString::to_string).collect();
    assert!(words.contains(&"200 milli-GPU of GPU-b more on b would do".to_owned()), "{words:?}");
}

#[test]
fn who_waits_only_for_others_to_be_let_give_way_is_told() {
    let options =
        EdgeOptions { preemptions_max: 1, preemptions_per: Millis::from_secs(600), ..EdgeOptions::default() };
    let (_dir, mut bench) = with(options, &["a", "b"]);
    bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 2, ..wanted("low", 1, 1_000) }));
    bench.until(1);
    bench.ask(Command::PutWorkload(wanted("high", 9, 1_000)));
    bench.until(2);
    let help = supposing(&bench, &wanted("w", 9, 1_000)).help.expect("one has given way, no more may");
    assert!(help.later);
}

#[test]
fn a_region_with_no_nodes_and_a_model_that_runs_nowhere_have_no_remedy_but_what_is_true() {
    let (_dir, bench) = with(EdgeOptions::default(), &[]);
    let said = supposing(&bench, &wanted("w", 1, 500));
    assert_eq!(said.replicas[0].to_string(), "0 would have no node: there is no node.");
    assert_eq!(said.help.expect("it has no node").remedies, []);
}

#[test]
fn what_cannot_be_asked_is_refused_with_field_value_and_rule() {
    let (_dir, bench) = with(EdgeOptions::default(), &["a"]);
    let refused = |spec: WorkloadSpec| -> Refusal {
        let ledger = bench.region.ledger();
        ledger.what_if(ledger.version(), spec).err().expect("it cannot be asked")
    };
    for replicas in [0, 1_001] {
        let said = refused(WorkloadSpec { replicas, ..wanted("w", 1, 500) }).to_string();
        assert_eq!(said, format!("E0101 replicas is {replicas}: must lie within 1 and 1000"));
    }
    let unknown = WorkloadSpec { model: ModelId::new("none").expect("a name"), ..wanted("w", 1, 500) };
    assert_eq!(refused(unknown).to_string(), "E0201 no model is called none");
}
