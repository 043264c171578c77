//! One GPU of four is gone: the good ones serve on, the lost one is not forgotten, and comes back on trial.

use crate::bench::{Bench, detector, node, node_id, uuid, workload};
use paceline_model::Instant;
use paceline_model::edge::{Command, DeviceListing, DeviceState, Event, EvictionCause, NodeReport, Refusal};
use tempfile::TempDir;

const ALL: [&str; 4] = ["GPU-a", "GPU-b", "GPU-c", "GPU-d"];
const THREE: [&str; 3] = ["GPU-a", "GPU-b", "GPU-d"];

/// Four GPUs with half of each taken, as it stands at 100 s.
fn m4() -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(1_000));
    bench.ask(Command::PutModel(detector()));
    bench.ask(Command::PutNode(node("m4", "z", &ALL)));
    // Best fit would fill a card; memory keeps one to each.
    let mut wide = workload("w", 4, 1, 500);
    wide.model = paceline_model::edge::ModelId::new("wide").expect("a name");
    let mut model = detector();
    model.id = wide.model.clone();
    model.versions[0].variants[0].memory = paceline_model::edge::Mebibytes(8_000);
    bench.ask(Command::PutModel(model));
    bench.ask(Command::PutWorkload(wide));
    bench.until(10);
    for at in (20..=90).step_by(10) {
        bench.lists("m4", &ALL);
        bench.until(at);
    }
    for (ordinal, gpu) in ALL.iter().enumerate() {
        assert_eq!(bench.place(&format!("w-{ordinal}")), Some(format!("m4 {gpu}")));
    }
    (dir, bench)
}

fn state(bench: &Bench, gpu: &str) -> DeviceState {
    let node = bench.region.ledger().node(&node_id("m4")).expect("it is there");
    node.device(&uuid(gpu)).expect("no device is forgotten").state
}

fn lists_until(bench: &mut Bench, devices: &[&str], from: u64, until: u64) {
    for at in (from..=until).step_by(10) {
        bench.until(at);
        bench.lists("m4", devices);
    }
}

/// The whole course, however the loss shows.
fn course(falls_off: impl Fn(&mut Bench)) {
    let (_dir, mut bench) = m4();
    bench.until(100);
    falls_off(&mut bench);
    bench.until(120);
    assert_eq!(state(&bench, "GPU-c"), DeviceState::Lost);
    assert_eq!(bench.place("w-2"), None, "there is no room with the memory");
    let said = "w-2 has no node: of 1 nodes: 1 without enough free of their GPUs.";
    assert_eq!(bench.why("w-2"), said);
    // By the book: 500 of each of three cards is free.
    let ledger = bench.region.ledger();
    let row = ledger.node(&node_id("m4")).expect("it is there");
    let taken: u32 = row.used().devices.values().map(|(milli, _)| u32::from(*milli)).sum();
    assert_eq!((row.serving() as u32 * 1_000 - taken, row.running()), (1_500, 3));

    lists_until(&mut bench, &THREE, 120, 130);
    bench.ask(Command::PutWorkload(workload("new", 1, 1, 500)));
    bench.until(131);
    let place = bench.place("new-0").expect("it is placed at once");
    assert!(THREE.iter().any(|gpu| place == format!("m4 {gpu}")), "{place}");
    let tries = bench.events.iter().filter(|event| matches!(event, Event::ReplicaPlaced { .. })).count();
    assert_eq!(tries, 5, "each is placed once");
    lists_until(&mut bench, &THREE, 140, 140);
    bench.ask(Command::PutWorkload(workload("four", 1, 4, 1_000)));
    bench.until(141);
    let no = "four-0 has no node: of 1 nodes: 1 with fewer serving GPUs than are asked for.";
    assert_eq!(bench.why("four-0"), no);

    lists_until(&mut bench, &THREE, 150, 390);
    // The agent restarts and registers what it finds: index 2 is another card now.
    bench.until(400);
    bench.ask(Command::PutNode(node("m4", "z", &THREE)));
    lists_until(&mut bench, &THREE, 400, 410);
    assert_eq!(state(&bench, "GPU-c"), DeviceState::Lost);
    assert_eq!(bench.place("w-3").as_deref(), Some("m4 GPU-d"), "untouched");

    lists_until(&mut bench, &THREE, 420, 590);
    lists_until(&mut bench, &ALL, 600, 610);
    assert_eq!(state(&bench, "GPU-c"), DeviceState::Trial);
    assert_eq!(bench.place("w-2"), None, "no user's work on trial");
    proved_after_ten_minutes(&mut bench);
    for (ordinal, gpu) in [(0, "GPU-a"), (1, "GPU-b"), (3, "GPU-d")] {
        assert_eq!(bench.place(&format!("w-{ordinal}")), Some(format!("m4 {gpu}")));
    }
    let evicted: Vec<String> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            Event::ReplicaEvicted { replica, cause: EvictionCause::DeviceLost } => Some(replica.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(evicted, ["w-2"], "the others were never interrupted");
}

fn proved_after_ten_minutes(bench: &mut Bench) {
    bench.say(NodeReport {
        probes: vec![(uuid("GPU-c"), true)],
        ..NodeReport::heartbeat(node_id("m4"), bench.now)
    });
    lists_until(bench, &ALL, 620, 1_190);
    assert_eq!(state(bench, "GPU-c"), DeviceState::Trial, "ten quiet minutes are not over");
    lists_until(bench, &ALL, 1_200, 1_210);
    assert_eq!(state(bench, "GPU-c"), DeviceState::Serving);
    bench.until(1_212);
    assert_eq!(bench.place("w-2").as_deref(), Some("m4 GPU-c"));
}

#[test]
fn a_card_that_the_kernel_says_fell_off_is_lost_and_the_others_serve_on() {
    course(|bench| {
        let fell_off = vec![uuid("GPU-c")];
        bench.say(NodeReport { fell_off, ..NodeReport::heartbeat(node_id("m4"), bench.now) });
    });
}

#[test]
fn a_card_that_is_no_longer_listed_is_lost_without_a_word_in_the_log() {
    course(|bench| bench.lists("m4", &THREE));
}

#[test]
fn a_driver_that_fails_every_query_for_twenty_seconds_has_lost_no_card() {
    let (_dir, mut bench) = m4();
    for at in [100, 110, 120] {
        bench.until(at);
        let listing = DeviceListing::Unanswered;
        bench.say(NodeReport { listing, ..NodeReport::heartbeat(node_id("m4"), bench.now) });
    }
    let heard = bench.region.ledger().node(&node_id("m4")).expect("it is there").heard().clone();
    assert_eq!(heard.driver_silent_since, Some(Instant(100_000)), "unknown since then");
    assert!(ALL.iter().all(|gpu| state(&bench, gpu) == DeviceState::Serving));
    assert!(!bench.events.iter().any(|event| matches!(event, Event::ReplicaEvicted { .. })));
    bench.until(121);
    bench.lists("m4", &ALL);
    let heard = bench.region.ledger().node(&node_id("m4")).expect("it is there").heard().clone();
    assert_eq!(heard.driver_silent_since, None);
}

#[test]
fn a_card_lost_three_times_in_a_day_is_out_until_an_operator_lets_it_in() {
    let (_dir, mut bench) = m4();
    for at in [100, 120, 140] {
        assert_ne!(state(&bench, "GPU-c"), DeviceState::Barred);
        lists_until(&mut bench, &THREE, at, at);
        lists_until(&mut bench, &ALL, at + 10, at + 10);
    }
    assert_eq!(state(&bench, "GPU-c"), DeviceState::Barred, "listed again, and still out");
    let admit = |gpu: &str| Command::AdmitDevice(node_id("m4"), uuid(gpu));
    let refused = bench.ask_under(admit("GPU-a"), None).expect_err("it serves");
    assert!(matches!(refused, Refusal::DeviceNotBarred { .. }), "{refused}");
    bench.ask(admit("GPU-c"));
    lists_until(&mut bench, &ALL, 160, 160);
    assert_eq!(state(&bench, "GPU-c"), DeviceState::Trial);
}

#[test]
fn a_wrong_probe_keeps_a_card_on_trial() {
    let (_dir, mut bench) = m4();
    lists_until(&mut bench, &THREE, 100, 100);
    lists_until(&mut bench, &ALL, 110, 110);
    for right in [true, false] {
        let probes = vec![(uuid("GPU-c"), right)];
        bench.say(NodeReport { probes, ..NodeReport::heartbeat(node_id("m4"), bench.now) });
    }
    lists_until(&mut bench, &ALL, 120, 800);
    assert_eq!(state(&bench, "GPU-c"), DeviceState::Trial);
}

#[test]
fn what_ran_on_two_cards_that_are_gone_at_once_is_evicted_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(1_000));
    bench.ask(Command::PutModel(detector()));
    bench.ask(Command::PutNode(node("m2", "z", &["GPU-a", "GPU-b"])));
    bench.ask(Command::PutWorkload(workload("wide", 1, 2, 1_000)));
    bench.until(5);
    assert_eq!(bench.place("wide-0"), Some("m2 GPU-a GPU-b".into()));
    bench.ask(Command::PutNode(node("m2", "z", &[])));
    let evicted = bench.events.iter().filter(|event| matches!(event, Event::ReplicaEvicted { .. })).count();
    assert_eq!((evicted, bench.place("wide-0")), (1, None));
}
