//! Silent is not tampered: who has proved itself, whose proof is overdue, and who has failed; the scenario of the field, node by node, and what
//! becomes of work.

use crate::bench::{Bench, detector, node, node_id, replica_id, workload};
use paceline_engine::Ticket;
use paceline_engine::edge::{AttestationOptions, EdgeOptions};
use paceline_engine::region::Input;
use paceline_model::Instant;
use paceline_model::Millis;
use paceline_model::edge::{
    Command, Event, MoveCause, NodeKey, NodeReport, NodeSpec, ProofClock, Refusal, Trust, TrustState,
    TrustTrigger,
};
use tempfile::TempDir;

const FIELD: &str = include_str!("trust.json");

/// A key that is no other node's.
pub(crate) fn key(name: &str) -> NodeKey {
    let mut endorsement = [0; 32];
    name.bytes().zip(&mut endorsement).for_each(|(letter, byte)| *byte = letter);
    NodeKey { attestation: vec![0, 1, 2, 3], endorsement }
}

fn clock(second: u64) -> ProofClock {
    ProofClock { resets: 1, restarts: 0, clock_ms: second * 1_000 }
}

/// A region that asks every node for proofs, with these nodes, each with a key.
fn region(nodes: &[&str]) -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::run_by(required(), dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    for name in nodes {
        bench.ask(Command::PutNode(node(name, name, &[&format!("GPU-{name}")])));
        bench.ask(Command::EnrolKey { node: node_id(name), key: key(name), replaces: false });
    }
    (dir, bench)
}

fn required() -> EdgeOptions {
    let attestation = AttestationOptions { required: true, ..AttestationOptions::default() };
    EdgeOptions { attestation, ..EdgeOptions::default() }
}

/// What is scripted of a node, in seconds: when it is not heard, when its verifier is down, when it proves nothing.
#[derive(Default)]
struct Script {
    silent: Option<(u64, u64)>,
    verifier_down: Option<(u64, u64)>,
    proves_nothing: Option<(u64, u64)>,
}

fn within(span: Option<(u64, u64)>, second: u64) -> bool {
    span.is_some_and(|(from, to)| (from..to).contains(&second))
}

/// Until then: a heartbeat each ten seconds and a proof each sixty, but for what is scripted.
fn goes_on(bench: &mut Bench, name: &str, script: &Script, until: u64) {
    let mut second = bench.now.0 / 1_000;
    while second < until {
        second = (second / 10 + 1) * 10;
        bench.until(second.min(until));
        if second > until || within(script.silent, second) {
            continue;
        }
        let provable = !within(script.verifier_down, second);
        bench.say(NodeReport { provable, ..NodeReport::heartbeat(node_id(name), bench.now) });
        if second.is_multiple_of(60) && provable && !within(script.proves_nothing, second) {
            bench.ask(Command::Prove(node_id(name), clock(second)));
        }
    }
}

fn state(bench: &Bench, name: &str) -> TrustState {
    bench.region.ledger().node(&node_id(name)).expect("it is there").trust.state
}

fn why(bench: &Bench, name: &str) -> String {
    bench.region.ledger().node(&node_id(name)).expect("it is there").distrust().unwrap_or_default()
}

/// What the field asks of a node, by the second.
fn right(name: &str) -> Vec<(u64, String)> {
    let field: serde_json::Value = serde_json::from_str(FIELD).expect("the field's file");
    let of = field["nodes"].as_array().into_iter().flatten().find(|of| of["node"] == name);
    let right = of.expect("it is of the scenario")["right"].as_array().cloned().unwrap_or_default();
    right
        .iter()
        .map(|pair| (pair[0].as_u64().expect("a second"), pair[1].as_str().expect("a state").to_owned()))
        .collect()
}

/// Runs one node of the scenario by its script, and compares it where the field says how it must stand.
fn check(name: &str, script: &Script) -> (TempDir, Bench) {
    let (dir, mut bench) = region(&[name]);
    for (second, wanted) in right(name) {
        goes_on(&mut bench, name, script, second);
        let state = state(&bench, name).to_string();
        assert!(wanted.starts_with(&state), "{name} at {second}: {state}, and {wanted} is right");
    }
    (dir, bench)
}

#[test]
fn a_node_whose_link_was_cut_is_stale_and_the_next_proof_ends_it() {
    check("a", &Script { silent: Some((100, 5_100)), ..Script::default() });
}

#[test]
fn a_tpm_that_is_busy_for_a_while_is_no_failure() {
    check("b1", &Script { proves_nothing: Some((100, 200)), ..Script::default() });
}

#[test]
fn no_proof_over_a_working_link_is_a_failure() {
    let (_dir, bench) = check("b2", &Script { proves_nothing: Some((100, u64::MAX)), ..Script::default() });
    assert!(why(&bench, "b2").ends_with("no proof over a working link for 180 s"), "{}", why(&bench, "b2"));
    let steps = bench.events.iter().filter(|event| matches!(event, Event::TrustStepped { .. })).count();
    assert_eq!(steps, 2, "proved, failed, and nothing in between");
}

#[test]
fn a_good_proof_does_not_end_a_failure() {
    let (_dir, mut bench) = region(&["c"]);
    goes_on(&mut bench, "c", &Script::default(), 200);
    bench.ask(Command::FailProof(node_id("c"), "old nonce".into()));
    assert_eq!(state(&bench, "c"), TrustState::Failed);
    goes_on(&mut bench, "c", &Script::default(), 260);
    assert_eq!(state(&bench, "c"), TrustState::Failed);
    assert!(why(&bench, "c").contains("bad proof: old nonce"));
}

#[test]
fn a_reboot_is_proved_by_its_new_log_and_needs_no_operator() {
    let script = Script { silent: Some((300, 390)), ..Script::default() };
    let (_dir, mut bench) = region(&["d"]);
    goes_on(&mut bench, "d", &script, 395);
    bench.ask(Command::Prove(node_id("d"), ProofClock { resets: 2, restarts: 0, clock_ms: 1 }));
    assert_eq!(state(&bench, "d"), TrustState::Proved);
    // A recording of the time before says nothing against it, and nothing for it.
    let older = bench.ask_under(Command::Prove(node_id("d"), clock(390)), None);
    assert!(matches!(older, Err(Refusal::KeyOfNode { .. })), "{older:?}");
}

#[test]
fn a_verifier_that_is_down_fails_nobody_and_is_named() {
    let names: Vec<String> = (1..=12).map(|number| format!("e{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_dir, mut bench) = region(&names);
    let each = |bench: &mut Bench, second: u64| {
        for name in &names {
            let provable = !(400..1_000).contains(&second);
            bench.say(NodeReport { provable, ..NodeReport::heartbeat(node_id(name), bench.now) });
            if provable && second.is_multiple_of(60) {
                bench.ask(Command::Prove(node_id(name), clock(second)));
            }
        }
    };
    for (second, wanted) in right("e1 to e12") {
        while bench.now.0 / 1_000 < second {
            let next = bench.now.0 / 1_000 + 10;
            bench.until(next);
            each(&mut bench, next);
        }
        for name in &names {
            assert_eq!(state(&bench, name).to_string(), wanted, "{name} at {second}");
        }
    }
    let lapse = |event: &Event| match event {
        Event::TrustStepped { trigger: TrustTrigger::Lapse, why, .. } => Some(why.clone()),
        _ => None,
    };
    let said: Vec<String> = bench.events.iter().filter_map(lapse).collect();
    assert_eq!(said.len(), 12);
    assert!(said[0].contains("the verifier was not there; 12 nodes at once"), "{}", said[0]);
}

#[test]
fn a_restart_forgets_no_failure_and_remembers_no_proof_for_longer_than_it_is_good() {
    let (dir, mut bench) = region(&["f", "g"]);
    goes_on(&mut bench, "g", &Script::default(), 390);
    bench.ask(Command::FailProof(node_id("f"), "a flipped byte".into()));
    let soon = Instant(bench.now.0 + 20_000);
    drop(bench);
    let mut bench = Bench::run_by(required(), dir.path(), u64::MAX, soon);
    bench.until(415);
    assert_eq!(state(&bench, "g"), TrustState::Proved, "a quick restart finds what was proved");
    drop(bench);
    let mut bench = Bench::run_by(required(), dir.path(), u64::MAX, Instant(1_000_000));
    bench.until(1_001);
    assert_eq!((state(&bench, "f"), state(&bench, "g")), (TrustState::Failed, TrustState::Stale));
    goes_on(&mut bench, "g", &Script::default(), 1_020);
    assert_eq!(state(&bench, "g"), TrustState::Proved);
}

#[test]
fn most_proofs_are_not_written_down() {
    let (_dir, mut bench) = region(&["a"]);
    goes_on(&mut bench, "a", &Script::default(), 3_600);
    let proofs = bench.events.iter().filter(|event| matches!(event, Event::TrustStepped { .. })).count();
    assert_eq!((proofs, state(&bench, "a")), (30, TrustState::Proved), "of sixty");
}

#[test]
fn who_has_not_proved_itself_has_no_work_and_a_proof_brings_it() {
    let (_dir, mut bench) = region(&["a"]);
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(5);
    assert_eq!(bench.place("w-0"), None);
    assert!(bench.why("w-0").contains("1 not trusted"), "{}", bench.why("w-0"));
    bench.ask(Command::Prove(node_id("a"), clock(5)));
    bench.until(6);
    assert_eq!(bench.place("w-0").as_deref(), Some("a GPU-a"));
}

#[test]
fn what_runs_on_a_stale_node_goes_on_and_nothing_is_added() {
    let (_dir, mut bench) = region(&["a"]);
    bench.ask(Command::Prove(node_id("a"), clock(0)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 500)));
    bench.until(5);
    assert_eq!(bench.place("w-0").as_deref(), Some("a GPU-a"));
    bench.until(200);
    assert_eq!(state(&bench, "a"), TrustState::Stale);
    bench.ask(Command::PutWorkload(workload("v", 1, 1, 100)));
    bench.until(300);
    assert_eq!((bench.place("w-0").as_deref(), bench.place("v-0")), (Some("a GPU-a"), None));
}

#[test]
fn what_ran_on_a_failed_node_is_drained_to_trusted_ones_and_comes_back_by_proof_and_operator() {
    let (_dir, mut bench) = region(&["a", "b", "c"]);
    ["a", "b"].iter().for_each(|name| bench.ask(Command::Prove(node_id(name), clock(0))));
    bench.ask(Command::Drain(node_id("b")));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(5);
    bench.ask(Command::Uncordon(node_id("b")));
    bench.ask(Command::FailProof(node_id("a"), "register 4 has measured something else".into()));
    let at = bench.now;
    bench.until(6);
    assert_eq!(bench.moves(), [("w-0".to_owned(), MoveCause::Untrusted)]);
    assert_eq!(bench.place("w-0").as_deref(), Some("b GPU-b"), "c has proved nothing");
    let moved = bench.region.ledger().replica(&replica_id("w-0")).expect("it is there").since;
    assert!(moved.since(at) <= Millis(400), "within two ticks: {} ms", moved.since(at).0);

    let readmit = |bench: &mut Bench| bench.ask_under(Command::Readmit(node_id("a")), None);
    assert!(matches!(readmit(&mut bench), Err(Refusal::NotReadmitted { state: TrustState::Failed, .. })));
    bench.ask(Command::Prove(node_id("a"), clock(6)));
    assert_eq!(state(&bench, "a"), TrustState::Failed);
    assert!(readmit(&mut bench).is_ok());
    assert_eq!(state(&bench, "a"), TrustState::Proved);
    assert!(matches!(readmit(&mut bench), Err(Refusal::NotReadmitted { state: TrustState::Proved, .. })));
}

#[test]
fn work_that_has_nowhere_to_go_says_why_it_should_leave() {
    let (_dir, mut bench) = region(&["a"]);
    bench.ask(Command::Prove(node_id("a"), clock(0)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 1_000)));
    bench.until(5);
    bench.ask(Command::FailProof(node_id("a"), "the signature does not hold".into()));
    bench.until(6);
    let words = bench.why("w-0");
    assert!(words.contains("It should leave: the node is not trusted (failed since"), "{words}");
    assert!(words.contains("bad proof: the signature does not hold"), "{words}");
    assert!(words.contains("It stays, since there is nowhere to go"), "{words}");
}

#[test]
fn what_must_be_single_stays_on_a_failed_node_that_is_silent() {
    let (_dir, mut bench) = region(&["a", "b"]);
    bench.ask(Command::Prove(node_id("a"), clock(0)));
    let single = paceline_model::edge::WorkloadSpec { single: true, ..workload("w", 1, 1, 1_000) };
    bench.ask(Command::PutWorkload(single));
    bench.until(5);
    bench.until(100);
    bench.ask(Command::Prove(node_id("b"), clock(0)));
    bench.ask(Command::FailProof(node_id("a"), "old nonce".into()));
    bench.until(110);
    assert_eq!(bench.place("w-0").as_deref(), Some("a GPU-a"), "two copies are worse");
    ["a", "b"].iter().for_each(|name| bench.say(NodeReport::heartbeat(node_id(name), bench.now)));
    bench.until(111);
    assert_eq!(bench.place("w-0").as_deref(), Some("b GPU-b"));
}

#[test]
fn nodes_without_keys_are_trusted_where_the_region_asks_for_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    bench.ask(Command::PutNode(node("a", "a", &["GPU-a"])));
    let spec = NodeSpec { trust: Trust::Untrusted, ..node("b", "b", &["GPU-b"]) };
    bench.ask(Command::PutNode(spec));
    bench.ask(Command::PutWorkload(workload("w", 2, 1, 1_000)));
    bench.until(400);
    assert_eq!((bench.place("w-0").as_deref(), bench.place("w-1")), (Some("a GPU-a"), None));
    assert_eq!(why(&bench, "b"), "its owner says that it is not trusted");
    // Whoever has a key is asked in any case, and what runs there goes on meanwhile.
    bench.ask(Command::EnrolKey { node: node_id("a"), key: key("a"), replaces: false });
    let row = |bench: &Bench| bench.region.ledger().node(&node_id("a")).expect("it is there").is_trusted();
    assert!(!row(&bench));
    bench.ask(Command::Prove(node_id("a"), clock(1)));
    assert!(row(&bench) && bench.place("w-0").is_some());
}

#[test]
fn a_region_that_begins_to_ask_gives_the_unproved_no_more_work_and_drains_nothing() {
    let (_dir, mut bench) = crate::bench::with(EdgeOptions::default(), &["a"]);
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 500)));
    bench.until(5);
    bench.input(Input::Set(Ticket(1 << 40), required()));
    bench.ask(Command::PutWorkload(workload("v", 1, 1, 100)));
    bench.until(10);
    assert_eq!((bench.place("w-0").as_deref(), bench.place("v-0")), (Some("a GPU-a"), None));
    assert_eq!(why(&bench, "a"), "unverified: no key is enrolled, and the region asks for proofs");
}

#[test]
fn a_key_gives_way_to_another_only_where_that_is_meant_and_a_tpm_has_one_name() {
    let (_dir, mut bench) = region(&["a", "b"]);
    let enrol = |bench: &mut Bench, of: &str, replaces| {
        bench.ask_under(Command::EnrolKey { node: node_id("a"), key: key(of), replaces }, None).map(drop)
    };
    assert!(matches!(enrol(&mut bench, "new", false), Err(Refusal::KeyOfNode { .. })));
    assert!(matches!(enrol(&mut bench, "b", true), Err(Refusal::KeyOfNode { .. })), "b's own");
    assert!(enrol(&mut bench, "a", false).is_ok(), "nothing new");
    bench.ask(Command::Prove(node_id("a"), clock(9)));
    assert!(enrol(&mut bench, "new", true).is_ok());
    assert_eq!(state(&bench, "a"), TrustState::Unverified);
    bench.ask(Command::Prove(node_id("a"), ProofClock::default()));
    assert_eq!(state(&bench, "a"), TrustState::Proved, "another TPM's clock is another's");
    let none = bench.ask_under(
        Command::EnrolKey {
            node: node_id("a"),
            key: NodeKey { attestation: vec![], endorsement: [0; 32] },
            replaces: true,
        },
        None,
    );
    assert!(matches!(none, Err(Refusal::Invalid(_))));
}

#[test]
fn a_node_that_two_boxes_claim_to_be_keeps_its_work_and_gets_no_more_until_an_operator_says_so() {
    let (_dir, mut bench) = region(&["a", "b"]);
    bench.ask(Command::Prove(node_id("a"), clock(0)));
    bench.ask(Command::PutWorkload(workload("w", 1, 1, 500)));
    bench.until(5);
    bench.ask(Command::ContestNode(node_id("a"), "boot a from 10.0.4.12, boot b from 10.0.4.77".into()));
    bench.ask(Command::ContestNode(node_id("a"), "once more".into()));
    bench.ask(Command::PutWorkload(workload("v", 1, 1, 100)));
    bench.ask(Command::Prove(node_id("a"), clock(5)));
    bench.until(10);
    assert_eq!((bench.place("w-0").as_deref(), bench.place("v-0")), (Some("a GPU-a"), None));
    assert!(why(&bench, "a").contains("10.0.4.77"), "{}", why(&bench, "a"));
    bench.ask(Command::Readmit(node_id("a")));
    assert_eq!(state(&bench, "a"), TrustState::Unverified, "it is asked for a proof first");
    bench.ask(Command::Prove(node_id("a"), clock(10)));
    bench.until(11);
    assert_eq!(bench.place("v-0").as_deref(), Some("a GPU-a"));
}

#[test]
fn a_proof_in_the_millisecond_of_a_failure_came_before_it() {
    let (_dir, mut bench) = region(&["a"]);
    bench.ask(Command::Prove(node_id("a"), clock(0)));
    bench.ask(Command::FailProof(node_id("a"), "old nonce".into()));
    let readmitted = bench.ask_under(Command::Readmit(node_id("a")), None);
    assert!(matches!(readmitted, Err(Refusal::NotReadmitted { .. })), "{readmitted:?}");
}
