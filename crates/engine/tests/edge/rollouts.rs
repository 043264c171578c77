//! Rollouts from command to journal: what a person may do when, what counts as done, who is waited for, and what outlives a restart.

use crate::bench::{node, node_id};
use crate::fleet::{Fleet, GOOD, Quality, to, w};
use paceline_engine::edge::{EdgeOptions, RolloutOptions, StepApproval};
use paceline_model::edge::{Command, MemberState, RolloutOrder, RolloutPhase, WorkloadSpec};
use paceline_model::{Instant, Millis};

#[test]
fn a_good_version_reaches_all_step_by_step_and_says_why() {
    let mut fleet = Fleet::of(4, u64::MAX);
    fleet.start(to("2.0.0", &[25, 50, 100]));
    fleet.until(30);
    assert_eq!(fleet.ordered("2.0.0"), ["n01"]);
    fleet.until(400);
    assert_eq!(fleet.phase(), Some(RolloutPhase::Done), "{:?}", fleet.reasons());
    assert_eq!(fleet.ordered("2.0.0").len(), 4);
    let reasons = fleet.reasons();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(
        reasons[1].contains("1 of 1 nodes run it; ") && reasons[1].contains(" errors in "),
        "{reasons:?}"
    );
    assert!(reasons[3].contains(": done: 2 of 2 nodes run it"), "its own nodes alone: {reasons:?}");
}

#[test]
fn a_step_that_a_person_approves_reaches_nobody_before_that_whatever_its_gate_says() {
    let by = |approval| {
        let options = EdgeOptions { rollouts: RolloutOptions { approval }, ..EdgeOptions::default() };
        let mut fleet = Fleet::run_by(options, 4, u64::MAX);
        fleet.start(to("2.0.0", &[25, 50, 100]));
        fleet.until(600);
        fleet
    };
    for (approval, of_approvals) in
        [(StepApproval::None, 0), (StepApproval::First, 1), (StepApproval::Each, 2)]
    {
        let mut fleet = by(approval);
        for (step, reached) in (1..=of_approvals).zip([1, 2]) {
            assert_eq!(fleet.phase(), Some(RolloutPhase::Paused { until: None, promoting: false }));
            assert_eq!(fleet.ordered("2.0.0").len(), reached, "{approval:?}");
            assert_eq!(fleet.status().waits_for.as_deref(), Some("a person's word"));
            let reasons = fleet.reasons();
            let [.., passed, waits] = &reasons[..] else { panic!("{reasons:?}") };
            assert!(passed.contains(" errors in "), "what was known when it passed: {passed}");
            assert!(waits.ends_with(&format!("step {} waits for a person's approval", step + 1)), "{waits}");
            fleet.steer(RolloutOrder::Resume).expect("it goes on");
            fleet.until(600 + 600 * step);
        }
        assert_eq!(fleet.phase(), Some(RolloutPhase::Done), "{approval:?}: {:?}", fleet.reasons());
        assert_eq!(fleet.ordered("2.0.0").len(), 4);
    }
    let mut fleet = by(StepApproval::Each);
    fleet.steer(RolloutOrder::Abort).expect("whoever does not approve of it");
    fleet.until(800);
    assert_eq!((fleet.phase(), fleet.ordered("1.0.0").len()), (Some(RolloutPhase::RolledBack), 4));
}

#[test]
fn a_ruined_version_and_a_slow_one_go_back_at_their_first_gate() {
    for quality in [Quality { errors: 300, ..GOOD }, Quality { slow: 100, ..GOOD }] {
        let mut fleet = Fleet::of(4, u64::MAX);
        fleet.quality.insert("2.0.0", quality);
        fleet.start(to("2.0.0", &[25, 50, 100]));
        fleet.until(200);
        assert_eq!(fleet.phase(), Some(RolloutPhase::RolledBack), "{:?}", fleet.reasons());
        let reached: Vec<_> =
            fleet.status().members.into_iter().filter(|one| one.since > Instant(21_000)).collect();
        assert_eq!(reached.len(), 1, "nobody but the first step's node was touched");
        assert!(fleet.ordered("2.0.0").is_empty());
    }
}

#[test]
fn installed_is_not_running_and_who_went_back_is_not_asked_again_but_by_a_person() {
    let mut fleet = Fleet::of(4, 3);
    fleet.start(to("2.0.0", &[50, 100]));
    fleet.until(40);
    let first = &fleet.status().members[0];
    assert_eq!(
        (&first.state, fleet.ordered("2.0.0").len()),
        (&MemberState::Ordered, 2),
        "fetching is not running"
    );
    fleet.quality.insert("2.0.0", Quality { dies: true, ..GOOD });
    fleet.bench.until(46);
    let first = fleet.status().members.remove(0);
    assert_eq!((first.state, first.runs), (MemberState::Switched, None), "what it runs is unknown");
    fleet.until(100);
    let failed = fleet.status().members.remove(0);
    assert!(
        matches!(failed.state, MemberState::Failed { tries: 3, ref error } if error == "out of memory"),
        "{failed:?}"
    );
    assert_eq!(failed.runs.map(|of| of.version.to_string()), Some("1.0.0".into()));
    assert_eq!(fleet.phase(), Some(RolloutPhase::RolledBack), "{:?}", fleet.reasons());
    let mut fleet = fleet.kill(20);
    fleet.until(900);
    assert!(fleet.ordered("2.0.0").is_empty(), "neither a heartbeat nor a restart offers it again");
    fleet.quality.insert("2.0.0", GOOD);
    fleet.start(to("2.0.0", &[50, 100]));
    fleet.until(920);
    assert_eq!(fleet.ordered("2.0.0"), ["n01", "n02"], "a person's new order does");
}

#[test]
fn nodes_that_cannot_be_reached_block_nothing_and_come_back_to_the_present_version() {
    let mut fleet = Fleet::of(40, u64::MAX);
    let away = ["n36", "n37", "n38", "n39", "n40"];
    fleet.silent = away.map(|name| (name, 30, if name == "n36" { 1_500 } else { u64::MAX })).to_vec();
    fleet.until(100);
    fleet.start(to("2.0.0", &[10, 50, 100]));
    let status = fleet.status();
    assert_eq!((status.members.len(), status.rollout.steps[0].upto), (35, 3));
    fleet.silent.push(("n02", 110, 200));
    fleet.until(150);
    assert_eq!(
        fleet.ordered("2.0.0"),
        ["n01", "n03", "n04"],
        "another takes the place of who is not reached"
    );
    assert!(!fleet.reasons().iter().any(|why| why.contains("failed")), "and no failure is counted");
    fleet.bench.ask(Command::PutNode(node("n41", "z", &["GPU-n41"])));
    let spec = fleet.bench.region.ledger().workload(&w()).map(|row| WorkloadSpec::clone(&row.spec));
    fleet.bench.ask(Command::PutWorkload(WorkloadSpec { replicas: 41, ..spec.expect("it is there") }));
    fleet.until(180);
    assert!(
        fleet.ordered("1.0.0").contains(&"n41".to_owned()),
        "who is enrolled meanwhile gets the stable version"
    );
    assert_eq!(fleet.status().members.len(), 35, "and the percentages do not move");
    fleet.until(700);
    assert_eq!(fleet.phase(), Some(RolloutPhase::Done), "{:?}", fleet.reasons());
    assert!(
        fleet.reasons().last().is_some_and(|why| why.contains("done, 6 waiting")),
        "{:?}",
        fleet.reasons()
    );
    fleet.start(to("3.0.0", &[10, 50, 100]));
    fleet.until(1_400);
    assert_eq!((fleet.phase(), fleet.ordered("3.0.0").len()), (Some(RolloutPhase::Done), 36));
    fleet.until(1_600);
    assert!(fleet.ordered("3.0.0").contains(&"n36".to_owned()), "at once, and never to what has been left");
    assert_eq!(fleet.status().behind.len(), 4);
}

#[test]
fn what_falls_silent_after_the_switch_counts_against_it_until_it_is_heard() {
    for (lost, heard, right) in
        [(&["n01"][..], 700, RolloutPhase::Done), (&["n01", "n02"], u64::MAX, RolloutPhase::RollingBack)]
    {
        let mut fleet = Fleet::of(12, u64::MAX);
        fleet.silent = lost.iter().map(|name| (*name, 60, heard)).collect();
        fleet.start(to("2.0.0", &[25, 100]));
        fleet.until(690);
        let step = fleet.status().rollout.step;
        assert_eq!(
            (step, fleet.phase()),
            (0, Some(RolloutPhase::Stepping)),
            "the next step waits: {:?}",
            fleet.reasons()
        );
        fleet.until(930);
        let phase = fleet.phase().expect("there is one");
        let went_back = matches!(phase, RolloutPhase::RollingBack | RolloutPhase::RolledBack);
        assert!(went_back == (right == RolloutPhase::RollingBack), "{phase:?} {:?}", fleet.reasons());
    }
}

/// A rollout in each state of the table.
fn in_state(name: &str) -> Fleet {
    let mut fleet = Fleet::of(4, 2);
    let steer = |fleet: &mut Fleet, order| fleet.steer(order).expect("it may");
    if name != "none" {
        fleet.start(to("2.0.0", &[25, 50, 100]));
        fleet.until(40);
    }
    match name {
        "paused by a person" => steer(&mut fleet, RolloutOrder::Pause(None)),
        "timed pause" => steer(&mut fleet, RolloutOrder::Pause(Some(Millis::from_secs(600)))),
        "promoting" => steer(&mut fleet, RolloutOrder::Promote),
        "rolling back" => steer(&mut fleet, RolloutOrder::Abort),
        "done" => fleet.until(500),
        _ => {}
    }
    fleet
}

fn stands(fleet: &Fleet) -> &'static str {
    match fleet.phase() {
        None => "none",
        Some(RolloutPhase::Stepping) => "step running",
        Some(RolloutPhase::Paused { until: None, .. }) => "paused by a person",
        Some(RolloutPhase::Paused { .. }) => "timed pause",
        Some(RolloutPhase::Promoting) => "promoting",
        Some(RolloutPhase::RollingBack) => "rolling back",
        Some(RolloutPhase::Done) => "done",
        Some(RolloutPhase::RolledBack) => "rolled back",
    }
}

#[test]
fn every_command_in_every_state_does_what_the_table_says() {
    let states =
        ["none", "step running", "paused by a person", "timed pause", "promoting", "rolling back", "done"];
    let no = "refused";
    let (person, run, back, all) = ("paused by a person", "step running", "rolling back", "promoting");
    let table = [
        (RolloutOrder::Pause(None), [no, person, person, person, person, no, no]),
        (RolloutOrder::Resume, [no, no, run, run, no, no, no]),
        (RolloutOrder::Abort, [no, back, back, back, back, back, no]),
        (RolloutOrder::Promote, [no, all, all, all, all, no, no]),
    ];
    for (order, right) in table {
        for (name, right) in states.iter().zip(right) {
            let mut fleet = in_state(name);
            assert_eq!(stands(&fleet), *name);
            let before = fleet.bench.digest();
            match fleet.steer(order) {
                Ok(()) => assert_eq!(stands(&fleet), right, "{order} while {name}"),
                Err(why) => {
                    assert!(right == no && why.starts_with("E0510"), "{order} while {name}: {why}");
                    assert_eq!(fleet.bench.digest(), before, "nothing was touched");
                }
            }
        }
    }
    for (version, right) in [
        ("2.0.0", [run, run, person, "timed pause", all, no, run]),
        ("3.0.0", [run, no, no, no, no, no, run]),
    ] {
        for (name, right) in states.iter().zip(right) {
            let mut fleet = in_state(name);
            let answer = fleet.bench.ask_under(Command::StartRollout(to(version, &[25, 50, 100])), None);
            let now = if answer.is_ok() { stands(&fleet) } else { no };
            assert_eq!(now, right, "start {version} while {name}: {answer:?}");
        }
    }
    for name in states {
        let fleet = in_state(name);
        let (before, ordered) = (fleet.bench.digest(), fleet.ordered("2.0.0"));
        let fleet = fleet.kill(1);
        assert_eq!((fleet.bench.digest(), fleet.ordered("2.0.0")), (before, ordered), "killed while {name}");
    }
}

#[test]
fn a_pause_runs_against_no_patience_and_a_timed_one_is_a_point_in_time() {
    let mut fleet = Fleet::of(4, 2);
    fleet.rate = 0;
    fleet.start(to("2.0.0", &[25, 50, 100]));
    fleet.until(320);
    fleet.steer(RolloutOrder::Pause(None)).expect("it may");
    fleet.until(11_120);
    fleet.steer(RolloutOrder::Resume).expect("it may");
    fleet.until(11_700);
    assert!(!fleet.status().rollout.held, "six hundred of nine hundred seconds were left");
    fleet.until(11_740);
    assert!(fleet.status().rollout.held, "{:?}", fleet.reasons());
    assert!(fleet.reasons().last().is_some_and(|why| why.contains("needs 200 requests, has 0")));
    fleet.rate = 100;
    fleet.until(11_900);
    assert!(fleet.status().rollout.step > 0, "more evidence ends a hold");
    let mut fleet = Fleet::of(4, 2);
    fleet.start(to("2.0.0", &[25, 50, 100]));
    fleet.until(100);
    fleet.steer(RolloutOrder::Pause(Some(Millis::from_secs(600)))).expect("it may");
    fleet.until(340);
    let mut fleet = fleet.kill(60);
    fleet.until(690);
    assert_eq!(stands(&fleet), "timed pause");
    fleet.until(710);
    assert_eq!(stands(&fleet), "step running");
}

#[test]
fn a_narrow_band_gets_the_quantised_variant_alone_and_last() {
    let mut fleet = Fleet::of(3, u64::MAX);
    let mut narrow = node("n01", "n01", &["GPU-n01"]);
    let key = paceline_model::edge::LabelKey::new("paceline.io/network").expect("a key");
    narrow.labels.insert(key, paceline_model::edge::LabelValue::new("narrowband").expect("a value"));
    fleet.bench.ask(Command::PutNode(narrow));
    fleet.start(to("2.0.0", &[]));
    fleet.until(30);
    assert_eq!(fleet.ordered("2.0.0"), ["n02", "n03"], "wired nodes at once");
    fleet.until(400);
    assert_eq!(fleet.phase(), Some(RolloutPhase::Done), "{:?}", fleet.reasons());
    let last =
        fleet.status().members.into_iter().find(|one| one.node == node_id("n01")).expect("it is there");
    assert_eq!(last.ordered.map(|of| of.to_string()), Some("2.0.0 INT8".into()));
}
