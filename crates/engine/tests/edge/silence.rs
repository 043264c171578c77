//! Silence: a silent node is not a dead one. Its neighbours say whether its link is broken or it is; what runs there is left alone, unless its
//! owner says otherwise; what must be single is never doubled.

use crate::bench::{Bench, detector, node, node_id, replica_id, workload};
use paceline_model::edge::{
    Broken, Command, Event, MoveCause, NodeReport, Refusal, WhenUnreachable, WorkloadSpec,
};
use paceline_model::{Instant, Millis};
use tempfile::TempDir;

/// `t1` runs what is asked for; `t2` is empty and speaks.
fn silent(spec: WorkloadSpec) -> (TempDir, Bench) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    bench.ask(Command::PutNode(node("t1", "z", &["GPU-1"])));
    bench.ask(Command::PutWorkload(spec));
    bench.until(1);
    bench.ask(Command::PutNode(node("t2", "z", &["GPU-2"])));
    (dir, bench)
}

fn replaced() -> WorkloadSpec {
    let when_unreachable = WhenUnreachable::ReplaceAfter(Millis::from_secs(120));
    WorkloadSpec { when_unreachable, ..workload("w", 1, 1, 1_000) }
}

/// `t2` speaks every ten seconds until then, and says whether it reaches `t1`.
fn speaks(bench: &mut Bench, until: u64, reaches: Option<bool>) {
    while bench.now.0 / 1_000 + 10 <= until {
        let reaches = reaches.map(|answered| (node_id("t1"), answered)).into_iter().collect();
        bench.say(NodeReport { reaches, ..NodeReport::heartbeat(node_id("t2"), bench.now) });
        let next = bench.now.0 / 1_000 + 10;
        bench.until(next);
    }
    bench.until(until);
}

fn moves(bench: &Bench) -> Vec<MoveCause> {
    let of = |event: &Event| match event {
        Event::ReplicaMoved { cause, .. } => Some(*cause),
        _ => None,
    };
    bench.events.iter().filter_map(of).collect()
}

fn broken(bench: &Bench) -> Broken {
    bench.region.ledger().node(&node_id("t1")).expect("it is there").heard().reach.broken(bench.now)
}

#[test]
fn a_silent_node_is_left_alone_unless_the_owner_says_otherwise() {
    let (_dir, mut bench) = silent(workload("w", 1, 1, 1_000));
    speaks(&mut bench, 7_200, Some(false));
    assert_eq!((moves(&bench), broken(&bench)), (vec![], Broken::Node));
    let (_dir, mut bench) = silent(replaced());
    speaks(&mut bench, 115, Some(false));
    assert_eq!(moves(&bench), []);
    speaks(&mut bench, 130, Some(false));
    assert_eq!(moves(&bench), [MoveCause::Unreachable]);
    assert_eq!(bench.place("w-0").as_deref(), Some("t2 GPU-2"));
}

#[test]
fn what_a_neighbour_reaches_works_on_and_is_not_replaced() {
    let (_dir, mut bench) = silent(replaced());
    speaks(&mut bench, 3_600, Some(true));
    assert_eq!((moves(&bench), broken(&bench)), (vec![], Broken::Link));
    speaks(&mut bench, 3_700, None);
    assert_eq!(broken(&bench), Broken::Unknown, "nobody has tried of late");
    assert_eq!(moves(&bench), [MoveCause::Unreachable]);
}

#[test]
fn a_rule_that_comes_during_the_silence_counts_from_its_beginning() {
    let (_dir, mut bench) = silent(workload("w", 1, 1, 1_000));
    speaks(&mut bench, 600, None);
    assert_eq!(moves(&bench), []);
    bench.ask(Command::PutWorkload(replaced()));
    speaks(&mut bench, 610, None);
    assert_eq!(moves(&bench), [MoveCause::Unreachable]);
}

#[test]
fn nothing_is_replaced_where_there_is_no_place_for_another() {
    let (_dir, mut bench) = silent(replaced());
    bench.ask(Command::Cordon(node_id("t2")));
    speaks(&mut bench, 600, Some(false));
    assert_eq!(bench.place("w-0").as_deref(), Some("t1 GPU-1"));
    let words = bench.why("w-0");
    assert!(words.contains("the node is silent, and its owner waits no longer. It stays"), "{words}");
}

#[test]
fn what_must_be_single_is_never_doubled_whatever_an_operator_wants_of_a_silent_node() {
    let single = WorkloadSpec { single: true, ..workload("w", 1, 1, 1_000) };
    let refused =
        WorkloadSpec { single: true, ..replaced() }.validate().expect_err("they exclude each other");
    let said = "when_unreachable.replace_after_s is 120: must be left out where single = true is given";
    assert_eq!(refused.to_string(), said);
    let (_dir, mut bench) = silent(single);
    speaks(&mut bench, 60, Some(false));
    bench.ask(Command::Drain(node_id("t1")));
    speaks(&mut bench, 120, Some(false));
    assert_eq!(moves(&bench), [], "it may still run there");
    bench.say(NodeReport::heartbeat(node_id("t1"), bench.now));
    bench.until(121);
    assert_eq!(moves(&bench), [MoveCause::Drained], "now it is known to hear us");
}

#[test]
fn what_was_hot_when_it_fell_silent_is_left_alone() {
    let (_dir, mut bench) = silent(workload("w", 1, 1, 1_000));
    bench.ask(Command::Cordon(node_id("t2")));
    bench.measures("t1", 90.0);
    speaks(&mut bench, 60, None);
    bench.ask(Command::Uncordon(node_id("t2")));
    speaks(&mut bench, 120, None);
    assert_eq!(moves(&bench), []);
    assert!(bench.region.ledger().replica(&replica_id("w-0")).is_some());
}

#[test]
fn a_replacement_that_comes_at_once_is_refused() {
    let when_unreachable = WhenUnreachable::ReplaceAfter(Millis::from_secs(10));
    let (_dir, mut bench) = silent(workload("w", 1, 1, 1_000));
    let refused = bench.ask_under(
        Command::PutWorkload(WorkloadSpec { when_unreachable, ..workload("x", 1, 1, 1_000) }),
        None,
    );
    let Err(Refusal::Invalid(invalid)) = refused else { panic!("{refused:?}") };
    assert_eq!(invalid.to_string(), "when_unreachable.replace_after_s is 10: must lie within 60 and 604800");
}
