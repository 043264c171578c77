//! Moves for their own sake: a plan with prices that moves nothing, made a few at a time, safe to stop after each.

use crate::bench::{Bench, detector, node, node_id, replica_id, uuid, workload};
use paceline_engine::edge::{DefragmentationOptions, DefragmentationPlan, EdgeOptions, PricedMove};
use paceline_model::edge::{
    Command, DefragmentationPhase, Event, LabelKey, LabelValue, MoveCause, MoveState, NodeRule, PassedOver,
    PlannedMove, Refusal, TopologySpread, WorkloadSpec,
};
use paceline_model::{Instant, Millis};
use paceline_plan::Budget;
use std::path::Path;

/// One move in ten seconds, whatever it gains.
fn slowly() -> EdgeOptions {
    let defragmentation =
        DefragmentationOptions { moves_per_period: 1, period: Millis::from_secs(10), gain_min: 1 };
    EdgeOptions { defragmentation, ..EdgeOptions::default() }
}

/// Four GPUs, each with one small replica: those that filled it up have gone.
fn scattered(dir: &Path, small: impl Fn(WorkloadSpec) -> WorkloadSpec) -> Bench {
    let mut bench = Bench::run_by(slowly(), dir, u64::MAX, Instant(0));
    scatter(&mut bench, small);
    bench
}

fn scatter(bench: &mut Bench, small: impl Fn(WorkloadSpec) -> WorkloadSpec) {
    bench.ask(Command::PutModel(detector()));
    for name in ["a", "b", "c", "d"] {
        bench.ask(Command::PutNode(node(name, name, &[&format!("GPU-{name}")])));
    }
    // Each takes a GPU, since two of them do not fit on one.
    bench.ask(Command::PutWorkload(workload("large", 4, 1, 700)));
    bench.until(1);
    bench.ask(Command::PutWorkload(small(workload("small", 4, 1, 300))));
    bench.until(2);
    bench.ask(Command::RemoveWorkload(workload("large", 1, 1, 1).id));
    bench.until(3);
    let mut places: Vec<_> = (0..4).filter_map(|ordinal| bench.place(&format!("small-{ordinal}"))).collect();
    places.sort();
    assert_eq!(places, ["a GPU-a", "b GPU-b", "c GPU-c", "d GPU-d"]);
    bench.events.clear();
}

fn plan(bench: &Bench, moves: u32) -> DefragmentationPlan {
    let ledger = bench.region.ledger();
    ledger.survey(ledger.version()).plan(moves, &mut Budget::unlimited())
}

fn moves(plan: &DefragmentationPlan) -> Vec<PlannedMove> {
    plan.moves.iter().map(|step| step.planned.clone()).collect()
}

fn states(bench: &Bench) -> Vec<MoveState> {
    let all = bench.region.ledger().defragmentation().expect("it was asked for");
    all.moves.iter().map(|row| row.state).collect()
}

fn phase(bench: &Bench) -> DefragmentationPhase {
    bench.region.ledger().defragmentation().expect("it was asked for").phase
}

/// GPUs that nothing runs on.
fn whole(bench: &Bench) -> usize {
    let nodes = bench.region.ledger().nodes();
    nodes.map(|node| node.spec.devices.len() - node.used().devices.len()).sum()
}

fn label(key: &str, value: &str) -> (LabelKey, LabelValue) {
    (LabelKey::new(key).expect("a key"), LabelValue::new(value).expect("a value"))
}

fn to(replica: &str, from: &str, to: &str) -> PlannedMove {
    PlannedMove {
        replica: replica_id(replica),
        from: node_id(from),
        to: node_id(to),
        devices: vec![uuid(&format!("GPU-{to}"))],
    }
}

#[test]
fn a_plan_says_what_each_move_frees_and_costs_and_moves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| spec);
    let before = bench.digest();
    let plan = plan(&bench, 10);
    assert_eq!(plan.moves.len(), 2, "three of 300 fit on a GPU: {plan:?}");
    for PricedMove { planned, freed, loads_mib, ran } in &plan.moves {
        assert_eq!(freed.gpus, 1, "{planned:?}");
        assert!(freed.gain > 0 && freed.usable_milli >= 0, "{freed:?}");
        assert_eq!((*loads_mib, *ran >= Millis(800)), (0, true), "a small one runs there already");
    }
    assert_eq!((plan.now.gpus, plan.then.gpus), (0, 2));
    assert!(plan.then.fragmented_milli <= plan.now.fragmented_milli);
    assert_eq!(
        crate::defragmentation::plan(&bench, 1).moves,
        plan.moves[..1],
        "at most so many, the best first"
    );
    bench.until(20);
    assert_eq!(bench.digest(), before, "nothing moves because somebody looked");
}

#[test]
fn moves_are_made_a_few_a_period_and_it_ends_by_itself() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| spec);
    let plan = plan(&bench, 10);
    bench.ask(Command::StartDefragmentation(moves(&plan)));
    bench.until(4);
    assert_eq!(whole(&bench), 1);
    let second = plan.moves[1].planned.replica.to_string();
    let waits = format!("Defragmentation is to move it to {}.", plan.moves[1].planned.to);
    assert!(bench.why(&second).ends_with(&waits), "{}", bench.why(&second));
    bench.until(12);
    assert_eq!((whole(&bench), phase(&bench)), (1, DefragmentationPhase::Running), "one in ten seconds");
    bench.until(15);
    assert_eq!((whole(&bench), phase(&bench)), (2, DefragmentationPhase::Done));
    let all = bench.region.ledger().defragmentation().expect("it is remembered");
    assert_eq!(all.freed().gpus, 2);
    let made: Vec<MoveState> = plan.moves.iter().map(|step| MoveState::Made(step.freed)).collect();
    assert_eq!(states(&bench), made, "each came to what was said beforehand");
    assert!(bench.why(&second).contains("Defragmentation moved it here from "), "{}", bench.why(&second));
    let moved = bench.moves();
    assert!(
        moved.len() == 2 && moved.iter().all(|(_, cause)| *cause == MoveCause::Defragmented),
        "{moved:?}"
    );
}

#[test]
fn stopped_after_any_move_the_others_stay_and_nothing_is_lost() {
    for made in 0..=2_u64 {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = scattered(dir.path(), |spec| spec);
        let plan = moves(&plan(&bench, 10));
        bench.ask(Command::StartDefragmentation(plan));
        if made > 0 {
            bench.until(4 + 10 * (made - 1));
        }
        bench.ask(Command::StopDefragmentation);
        bench.until(25);
        assert_eq!(bench.moves().len() as u64, made);
        let ended = if made == 2 { DefragmentationPhase::Done } else { DefragmentationPhase::Stopped };
        assert_eq!((phase(&bench), whole(&bench) as u64), (ended, made));
        assert!((0..4).all(|ordinal| bench.place(&format!("small-{ordinal}")).is_some()));
        bench.ask(Command::StopDefragmentation);
        let next = crate::defragmentation::plan(&bench, 10);
        assert_eq!(next.moves.len() as u64, 2 - made, "what was left is still there to gain");
    }
}

#[test]
fn a_move_that_is_on_its_way_when_it_is_stopped_is_not_made() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| spec);
    bench.late = true;
    let plan = moves(&plan(&bench, 10));
    bench.ask(Command::StartDefragmentation(plan));
    bench.until(4);
    bench.ask(Command::StopDefragmentation);
    bench.hand_in();
    assert_eq!((bench.moves(), whole(&bench)), (Vec::new(), 0));
}

#[test]
fn a_restart_in_the_middle_goes_on_with_what_is_left() {
    let mut ends = Vec::new();
    for snapshot_every in [u64::MAX, 1] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::run_by(slowly(), dir.path(), snapshot_every, Instant(0));
        scatter(&mut bench, |spec| spec);
        let plan = moves(&plan(&bench, 10));
        bench.ask(Command::StartDefragmentation(plan));
        bench.until(4);
        let (now, digest) = (bench.now, bench.digest());
        drop(bench);
        let mut again = Bench::run_by(slowly(), dir.path(), snapshot_every, now);
        assert_eq!((again.digest(), whole(&again)), (digest, 1));
        again.until(10);
        assert_eq!(whole(&again), 1, "what was made before the restart counts in its period");
        again.until(20);
        assert_eq!((whole(&again), phase(&again)), (2, DefragmentationPhase::Done));
        ends.push(again.digest());
    }
    assert_eq!(ends[0], ends[1]);
}

#[test]
fn what_waits_for_a_place_goes_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| spec);
    let plan = moves(&plan(&bench, 10));
    bench.late = true;
    bench.ask(Command::StartDefragmentation(plan));
    bench.ask(Command::PutWorkload(workload("new", 1, 1, 500)));
    bench.until(4);
    bench.hand_in();
    let placed = |event: &Event| matches!(event, Event::ReplicaPlaced { .. });
    let moved = |event: &Event| matches!(event, Event::ReplicaMoved { .. });
    assert!(bench.events.iter().any(placed) && !bench.events.iter().any(moved), "{:?}", bench.events);
}

#[test]
fn a_gpu_that_is_freed_takes_what_waited_for_a_whole_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| spec);
    bench.ask(Command::PutWorkload(workload("whole", 1, 1, 1_000)));
    bench.until(4);
    assert_eq!(bench.place("whole-0"), None, "each GPU has something on it");
    let found = plan(&bench, 1);
    assert_eq!(found.then.gpus, 1);
    assert!(found.then.fragmented_milli < found.now.fragmented_milli, "{found:?}");
    bench.ask(Command::StartDefragmentation(moves(&found)));
    bench.until(6);
    assert_eq!(bench.place("whole-0"), Some(format!("{0} GPU-{0}", found.moves[0].planned.from)));
}

/// What it is called, what happens once the move was asked for, and why it is not made.
type Case = (&'static str, fn(&mut Bench), PassedOver);

#[test]
fn a_move_that_no_longer_holds_is_passed_over_with_its_reason() {
    let cases: [Case; 6] = [
        ("its target is hot", |bench| bench.measures("b", 91.0), PassedOver::Refused(NodeRule::Hot)),
        (
            "others have taken the room",
            |bench| {
                let spec = workload("new", 1, 1, 500);
                let affinity = WorkloadSpec::selector([label("kubernetes.io/hostname", "b")].into());
                bench.ask(Command::PutWorkload(WorkloadSpec { affinity: affinity.collect(), ..spec }));
            },
            PassedOver::Refused(NodeRule::DeviceCapacity),
        ),
        (
            "it has ended",
            |bench| bench.ask(Command::RemoveWorkload(workload("small", 1, 1, 1).id)),
            PassedOver::Gone,
        ),
        ("its node is drained", |bench| bench.ask(Command::Drain(node_id("a"))), PassedOver::Leaving),
        (
            "its target is out",
            |bench| bench.ask(Command::Cordon(node_id("b"))),
            PassedOver::Refused(NodeRule::Unschedulable),
        ),
        ("nothing has happened", |_| (), PassedOver::GainsTooLittle),
    ];
    for (case, happens, expected) in cases {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = scattered(dir.path(), |spec| spec);
        let on_a = (0..4).map(|ordinal| format!("small-{ordinal}"));
        let mut on_a = on_a.filter(|name| bench.place(name).is_some_and(|place| place.starts_with("a ")));
        let mover = on_a.next().expect("one is there");
        let mut planned = to(&mover, "a", "b");
        if expected == PassedOver::GainsTooLittle {
            // Where it is.
            (planned.to, planned.devices) = (node_id("a"), vec![uuid("GPU-a")]);
        }
        bench.ask(Command::StartDefragmentation(vec![planned]));
        happens(&mut bench);
        bench.until(4);
        assert_eq!(states(&bench), [MoveState::PassedOver(expected)], "{case}");
        bench.until(5);
        assert_eq!(phase(&bench), DefragmentationPhase::Done, "{case}");
        if expected == PassedOver::Refused(NodeRule::Hot) {
            let said = "Defragmentation was to move it to b and left it here: the node that it was to go to is one \
                        too hot.";
            assert!(bench.why(&mover).ends_with(said), "{}", bench.why(&mover));
        }
    }
}

#[test]
fn what_runs_on_a_silent_node_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| spec);
    let plan = moves(&plan(&bench, 10));
    let quiet = plan[0].from.to_string();
    for second in [20, 40] {
        bench.until(second);
        for name in ["a", "b", "c", "d"] {
            if name != quiet {
                bench.measures(name, 50.0);
            }
        }
    }
    bench.events.clear();
    let next = crate::defragmentation::plan(&bench, 10);
    assert!(next.moves.iter().all(|step| step.planned.from.as_str() != quiet), "{next:?}");
    assert!(next.moves.iter().all(|step| step.planned.to.as_str() != quiet), "{next:?}");
    bench.ask(Command::StartDefragmentation(plan[..1].to_vec()));
    bench.until(45);
    assert_eq!(states(&bench), [MoveState::PassedOver(PassedOver::Silent)]);
}

#[test]
fn what_must_be_single_and_what_is_one_of_a_gang_stays() {
    for of in [
        |spec: WorkloadSpec| WorkloadSpec { single: true, ..spec },
        |spec: WorkloadSpec| WorkloadSpec { gang: true, ..spec },
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = scattered(dir.path(), of);
        assert_eq!(plan(&bench, 10).moves, []);
        let place = bench.place("small-0").expect("it runs");
        let from = place.split(' ').next().expect("a node");
        let other = if from == "a" { "b" } else { "a" };
        let planned = to("small-0", from, other);
        bench.ask(Command::StartDefragmentation(vec![planned]));
        bench.until(10);
        assert_eq!(states(&bench), [MoveState::PassedOver(PassedOver::LeftAlone)]);
        assert_eq!(bench.place("small-0"), Some(place));
    }
}

#[test]
fn replicas_that_stand_apart_go_on_doing_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let (zone, _) = label("topology.kubernetes.io/zone", "x");
    let apart = |max_skew: u32, spec| WorkloadSpec {
        spread: vec![TopologySpread { max_skew, topology_key: zone.clone() }],
        ..spec
    };
    let bench = scattered(dir.path(), |spec| apart(1, spec));
    assert_eq!(plan(&bench, 10).moves, [], "two on one node and none on another are too many");
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| apart(2, spec));
    let found = plan(&bench, 10);
    bench.ask(Command::StartDefragmentation(moves(&found)));
    bench.until(25);
    assert_eq!((whole(&bench), phase(&bench)), (2, DefragmentationPhase::Done));
    let running: Vec<usize> = bench.region.ledger().nodes().map(|node| node.running()).collect();
    assert_eq!(running.iter().max(), Some(&2), "three would fit, and are one too many: {running:?}");
}

#[test]
fn a_second_one_is_refused_and_so_are_moves_that_cannot_be() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = scattered(dir.path(), |spec| spec);
    let good = moves(&plan(&bench, 10));
    let mut refused = |moves: Vec<PlannedMove>| {
        bench.ask_under(Command::StartDefragmentation(moves), None).expect_err("it is refused").to_string()
    };
    assert_eq!(refused(Vec::new()), "E0101 moves is 0: must lie within 1 and 1000");
    let twice = vec![good[0].clone(), good[0].clone()];
    let name = good[0].replica.to_string();
    assert_eq!(refused(twice), format!("E0101 moves[1].placement is {name}: must be named once"));
    let unknown = PlannedMove { replica: replica_id("other-0"), ..good[0].clone() };
    assert_eq!(refused(vec![unknown]), "E0201 no placement is called other-0");
    let unknown = PlannedMove { to: node_id("z"), ..good[0].clone() };
    assert_eq!(refused(vec![unknown]), "E0201 no node is called z");
    bench.ask(Command::StartDefragmentation(good.clone()));
    let second = bench.ask_under(Command::StartDefragmentation(good), None).expect_err("one at a time");
    assert_eq!(second, Refusal::DefragmentationRuns { left: 2, all: 2 });
}
