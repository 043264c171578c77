//! What an edge region writes down: a journal gives the world back, from records and from snapshots, and its bytes stay what they are.

use crate::bench::{Bench, detector, node, node_id, uuid, workload};
use crate::golden::Golden;
use paceline_engine::edge::Edge;
use paceline_engine::ledger::World;
use paceline_engine::region::Input;
use paceline_engine::{Encoded, Ledger};
use paceline_model::edge::{
    ArtefactDigest, Bound, Command, Condition, Counters, DefragmentationTrigger, DeviceTrigger,
    DisruptionBudget, Event, EvictionCause, FreedGpus, Mebibytes, MemberState, MilliGpu, MoveCause,
    MoveTrigger, NodeKey, NodeRule, PassedOver, PlacementDecision, PlannedMove, PlannedStep, Precision,
    ProofClock, Refusal, ReplicaCounters, RolloutChange, RolloutPlan, RolloutTrigger, RoomMade, SensorKind,
    Share, Slice, SliceProfile, Tier, TrustTrigger, VariantRef, WhenUnreachable, WorkloadSpec,
};
use paceline_model::{Instant, Millis, Tag};
use std::sync::Arc;

fn day(bench: &mut Bench) {
    bench.ask(Command::PutModel(detector()));
    for name in ["a", "b", "c"] {
        let devices = [format!("GPU-{name}0"), format!("GPU-{name}1")];
        bench.ask(Command::PutNode(node(name, name, &devices.each_ref().map(String::as_str))));
    }
    bench.ask_under(Command::PutWorkload(workload("w", 5, 1, 600)), Some(("k1", 1))).expect("taken");
    bench.until(5);
    bench.lists("a", &["GPU-a1"]);
    bench.until(10);
    bench.ask(Command::Drain(node_id("b")));
    bench.until(15);
    bench.ask(Command::PutNode(node("d", "d", &["GPU-d0"])));
    bench.ask(Command::RemoveNode(node_id("d")));
    bench.until(20);
}

#[test]
fn its_journal_gives_it_back_from_records_and_from_snapshots_and_it_decides_alike() {
    let mut ends = Vec::new();
    for snapshot_every in [u64::MAX, 4, 1] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::open(dir.path(), snapshot_every, Instant(0));
        day(&mut bench);
        let (now, digest) = (bench.now, bench.digest());
        let used =
            |bench: &Bench| bench.region.ledger().nodes().map(|node| node.used().clone()).collect::<Vec<_>>();
        let (taken, waiting) = (used(&bench), bench.region.ledger().waiting());
        drop(bench);
        let mut again = Bench::open(dir.path(), snapshot_every, now);
        assert_eq!(again.digest(), digest);
        assert_eq!((used(&again), again.region.ledger().waiting()), (taken, waiting), "derived alike");
        let repeat = Command::PutWorkload(workload("w", 5, 1, 600));
        let answer = again.ask_under(repeat, Some(("k1", 1)));
        assert!(answer.is_ok(), "replies outlive a restart");
        again.ask(Command::PutWorkload(workload("late", 2, 1, 400)));
        again.until(25);
        ends.push((again.place("late-0"), again.place("late-1"), again.digest()));
        again.input(Input::Close);
        assert!(again.region.is_closed());
    }
    assert!(ends.iter().all(|end| *end == ends[0] && end.0.is_some()), "{ends:?}");
}

/// One of each kind of event, each field with a value of its own.
fn samples() -> Vec<Event> {
    let decision = Arc::new(PlacementDecision {
        considered: 300,
        downgraded: true,
        score: -5,
        scored_by: "best fit".into(),
    });
    let variant =
        VariantRef { version: "1.2.3-rc.1".parse().expect("a version"), precision: Precision::Int8 };
    let bound = Arc::new(Bound {
        node: node_id("n"),
        devices: vec![uuid("GPU-1")],
        variant,
        device_memory: Mebibytes(1_500),
        slice: None,
        file: Mebibytes(0),
    });
    let replica = crate::bench::replica_id("w-7");
    let hot = Condition::Hot { sensor: SensorKind::Gpu, device: Some(uuid("GPU-1")) };
    let model = detector();
    let when_unreachable = WhenUnreachable::ReplaceAfter(Millis::from_secs(120));
    let replaced = WorkloadSpec { when_unreachable, ..workload("w", 3, 1, 600) };
    let disruption_budget = Some(DisruptionBudget::MaxUnavailable(Share::Percent(30)));
    let bounded = WorkloadSpec { disruption_budget, ..workload("w", 3, 1, 600) };
    vec![
        Event::NodePut(Arc::new(node("n", "z", &["GPU-1"]))),
        Event::NodeRemoved(node_id("n")),
        Event::NodeCordoned { node: node_id("n"), drain: true },
        Event::NodeUncordoned(node_id("n")),
        Event::ConditionBegan(node_id("n"), hot),
        Event::ConditionEnded(node_id("n"), Condition::LowBattery),
        Event::DeviceChanged { node: node_id("n"), device: uuid("GPU-1"), trigger: DeviceTrigger::Bar },
        Event::ModelRemoved(model.id.clone()),
        Event::ModelPut(Arc::new(model)),
        Event::WorkloadPut(Arc::new(workload("w", 3, 1, 600))),
        Event::WorkloadRemoved(workload("w", 1, 1, 1).id),
        Event::ReplicaPlaced { replica: replica.clone(), bound: bound.clone(), decision: decision.clone() },
        Event::ReplicaMoved {
            replica: replica.clone(),
            bound: bound.clone(),
            cause: MoveCause::Drained,
            decision,
        },
        Event::ReplicaEvicted { replica: replica.clone(), cause: EvictionCause::DeviceLost },
        Event::WorkloadPut(Arc::new(replaced)),
        Event::ConditionBegan(node_id("n"), Condition::Heating { sensor: SensorKind::Cpu, device: None }),
        Event::ReplicaSwitched { replica: replica.clone(), bound, cause: MoveCause::Upgraded },
        Event::ReplicaEnded(replica.clone()),
        Event::RoomMade(Arc::new(RoomMade {
            replica: replica.clone(),
            priority: 100,
            moved: vec![replica],
            evicted: vec![crate::bench::replica_id("v-1")],
        })),
        Event::WorkloadPut(Arc::new(bounded)),
    ]
}

/// All that happens in rollouts.
fn of_rollouts() -> Vec<Event> {
    let (workload, plan) = (crate::fleet::w(), rollout());
    let counters = Counters { requests: Some(200), errors: Some(3), slow: None };
    let counters = ReplicaCounters { ordinal: 7, counters, p99: Some(Millis(90)) };
    let failed = MemberState::Failed { tries: 3, error: "died".into() };
    let changes = [
        RolloutChange::Began(Box::new(plan)),
        RolloutChange::Turned(RolloutTrigger::Pause(Some(Instant(500))), "because".into()),
        RolloutChange::Turned(RolloutTrigger::Restore, "because".into()),
        RolloutChange::Stepped(2, "because".into()),
        RolloutChange::Member(node_id("n"), failed),
        RolloutChange::Member(node_id("n"), MemberState::Running),
        RolloutChange::Counted(vec![(node_id("n"), counters)]),
        RolloutChange::Held(true, "because".into()),
    ];
    changes.map(|change| Event::RolloutChanged(workload.clone(), Arc::new(change))).to_vec()
}

/// All that happens to the trust in a node.
fn of_trust() -> Vec<Event> {
    let clock = ProofClock { resets: 3, restarts: 1, clock_ms: 70_000 };
    let step = |trigger| Event::TrustStepped { node: node_id("n"), trigger, why: "because".into() };
    let key = Arc::new(NodeKey { attestation: vec![0, 4, 9, 9], endorsement: [7; 32] });
    let mut all = vec![Event::KeyEnrolled { node: node_id("n"), key }];
    all.extend([
        step(TrustTrigger::Prove(clock)),
        step(TrustTrigger::Lapse),
        step(TrustTrigger::Fail),
        step(TrustTrigger::Contest),
        step(TrustTrigger::Readmit),
    ]);
    all
}

/// A world in which a node has proved itself, and which is read back.
fn proved(bench: &mut Bench) -> Encoded {
    bench.ask(Command::EnrolKey { node: node_id("a"), key: crate::trust::key("a"), replaces: false });
    bench.ask(Command::Prove(node_id("a"), ProofClock { resets: 1, restarts: 0, clock_ms: 9 }));
    let proved = bench.region.ledger().checkpoint().encode();
    let again = Ledger::restore(Edge::default(), proved.format, &proved.bytes).expect("its own");
    assert_eq!(again.checkpoint().encode(), proved);
    proved
}

fn rollout() -> RolloutPlan {
    let step = |upto, percent| PlannedStep { tier: Tier::GoodRadio, percent, upto };
    RolloutPlan {
        spec: crate::fleet::to("2.0.0", &[10, 100]),
        from: "1.0.0".parse().expect("a version"),
        artefacts: vec![(Precision::Int8, ArtefactDigest([5; 32]))],
        members: vec![(node_id("n"), Tier::Narrowband, true)],
        steps: vec![step(1, None)],
        passed_over: vec![step(2, Some(50))],
    }
}

/// A model that has artefacts.
fn fetched() -> Event {
    let mut model = detector();
    for variant in model.versions.iter_mut().flat_map(|version| &mut version.variants) {
        variant.artefact = Some(ArtefactDigest([variant.precision as u8; 32]));
    }
    Event::ModelPut(Arc::new(model))
}

/// The same of what specs and placements have had since.
fn of_storage() -> Vec<Event> {
    let mut storing = node("n", "z", &["GPU-1"]);
    storing.allocatable.storage = Some(Mebibytes(60_000));
    storing.neighbours = ["m", "o"].map(node_id).into();
    let variant = VariantRef { version: "1.2.3".parse().expect("a version"), precision: Precision::Fp16 };
    let (devices, device_memory, file) = (vec![uuid("GPU-1")], Mebibytes(1_500), Mebibytes(700));
    let (node, slice) = (node_id("n"), None);
    let bound = Arc::new(Bound { node, devices, variant, device_memory, slice, file });
    vec![
        Event::NodePut(Arc::new(storing)),
        Event::ReplicaSwitched {
            replica: crate::bench::replica_id("w-7"),
            bound,
            cause: MoveCause::Upgraded,
        },
    ]
}

/// The same of slices.
fn of_slices() -> Vec<Event> {
    let profile = Tag::new("1g.10gb").expect("a name");
    let mut cut = node("n", "z", &["GPU-0", "GPU-1"]);
    cut.devices[1].slices = vec![SliceProfile {
        name: profile.clone(),
        slots: 2,
        starts: [0, 4].into(),
        memory: Mebibytes(9_856),
    }];
    let bound = Arc::new(Bound {
        node: node_id("n"),
        devices: vec![uuid("GPU-1")],
        variant: VariantRef { version: "1.2.3".parse().expect("a version"), precision: Precision::Int8 },
        device_memory: Mebibytes(1_500),
        slice: Some(Slice { profile: profile.clone(), start: 4, slots: 2 }),
        file: Mebibytes(700),
    });
    let mut sliced = WorkloadSpec { slice: Some(profile), ..workload("w", 3, 1, 600) };
    sliced.requests.milli_gpu = MilliGpu(0);
    let refused = PassedOver::Refused(NodeRule::Slices);
    vec![
        Event::NodePut(Arc::new(cut)),
        Event::ReplicaSwitched {
            replica: crate::bench::replica_id("w-7"),
            bound,
            cause: MoveCause::Upgraded,
        },
        Event::WorkloadPut(Arc::new(sliced)),
        Event::DefragmentationStepped {
            replica: crate::bench::replica_id("w-7"),
            trigger: MoveTrigger::PassOver(refused),
        },
    ]
}

/// The same of moves for their own sake.
fn of_moves() -> Vec<Event> {
    let replica = crate::bench::replica_id("w-7");
    let stepped = |trigger| Event::DefragmentationStepped { replica: replica.clone(), trigger };
    vec![
        Event::DefragmentationStarted(Arc::new(vec![planned("w-7", "n", "m")])),
        stepped(MoveTrigger::Make(FreedGpus { gpus: -1, usable_milli: 300, gain: 1_000 })),
        stepped(MoveTrigger::PassOver(PassedOver::Refused(NodeRule::Hot))),
        stepped(MoveTrigger::PassOver(PassedOver::GainsTooLittle)),
        Event::DefragmentationEnded(DefragmentationTrigger::Stop),
    ]
}

fn planned(replica: &str, from: &str, to: &str) -> PlannedMove {
    PlannedMove {
        replica: crate::bench::replica_id(replica),
        from: node_id(from),
        to: node_id(to),
        devices: vec![uuid("GPU-1")],
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let hex = hex.trim();
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("two digits"))
        .collect()
}

#[test]
fn every_event_and_a_world_have_the_bytes_that_they_always_had() {
    let mut golden = Golden::at(Instant(1_800_000_000_000));
    let all = samples()
        .into_iter()
        .chain(of_moves())
        .chain([fetched()])
        .chain(of_storage())
        .chain(of_slices())
        .chain(of_rollouts())
        .chain(of_trust());
    golden.events::<Edge, _, _>(all);
    golden.refusal::<Edge, _, _>(Refusal::unknown("node", "n"));
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    day(&mut bench);
    let snapshot = bench.region.ledger().checkpoint().encode();
    golden.encoded("snapshot", &snapshot);
    bench.ask(Command::StartDefragmentation(vec![planned("w-0", "b", "c")]));
    golden.encoded("moving", &bench.region.ledger().checkpoint().encode());
    let fleet = {
        let mut fleet = crate::fleet::Fleet::of(3, u64::MAX);
        fleet.start(crate::fleet::to("2.0.0", &[50, 100]));
        fleet.until(80);
        fleet
    };
    golden.encoded("rolling", &fleet.bench.region.ledger().checkpoint().encode());
    golden.encoded("proved", &proved(&mut bench));
    let first = bytes(include_str!("snapshot-1.txt"));
    let from_first = Ledger::restore(Edge::default(), 0x0101, &first).expect("layout 1 is read");
    assert_eq!(
        from_first.checkpoint().encode().bytes,
        [&first[..], &[0; 6]].concat(),
        "nobody came from anywhere, nobody gave way, nothing moves for its own sake, is rolled out or proves itself"
    );
    let second = bytes(include_str!("snapshot-2.txt"));
    let from_second = Ledger::restore(Edge::default(), 0x0102, &second).expect("layout 2 is read");
    assert_eq!(from_second.checkpoint().encode().bytes, [&second[..], &[0, 0, 0]].concat());
    let third = bytes(include_str!("snapshot-3.txt"));
    let from_third = Ledger::restore(Edge::default(), 0x0103, &third).expect("of before files were counted");
    assert_eq!(from_third.checkpoint().encode().bytes, [&third[..], &[0, 0]].concat());
    let fourth = bytes(include_str!("snapshot-4.txt"));
    let from_fourth =
        Ledger::restore(Edge::default(), 0x0104, &fourth).expect("of before nodes proved themselves");
    assert_eq!(from_fourth.checkpoint().encode().bytes, [&fourth[..], &[0]].concat());
    golden.holds(include_str!("golden.txt"));
    let restored = Ledger::restore(Edge::default(), snapshot.format, &snapshot.bytes).expect("its own");
    assert_eq!(restored.checkpoint().encode(), snapshot);
}

#[test]
fn what_another_kind_of_region_wrote_is_refused() {
    let said = |format| Edge::decode(format, &[]).expect_err("another kind").to_string();
    let foreign = "E0404 format 0x0001 is none of this kind of region, whose formats begin at 0x0101";
    assert_eq!(said(0x0001), foreign);
    assert_eq!(said(0x0102), "E0401 format 2 is newer than 1, the newest this program reads");
    let fleet = paceline_engine::record::decode(0x0101, &[]).expect_err("another kind").to_string();
    assert!(fleet.starts_with("E0404"), "{fleet}");
}
