//! What becomes of work: spread, lost with its cluster, back, drained, full.

use crate::bench::{Bench, cluster, cluster_id, replaced, single, spread, workload_id};
use paceline_model::federation::{ClusterRule, Command, Event, Refusal};

fn three(dir: &tempfile::TempDir) -> Bench {
    let mut bench = Bench::open(dir.path(), 7);
    for (name, location) in [("a", "no"), ("b", "de"), ("c", "de")] {
        bench.cluster(name, 10, location);
    }
    bench
}

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

#[test]
fn a_workload_is_shared_out_and_each_cluster_is_told_its_part() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(spread("w", 6))));
    bench.wait(3);
    assert_eq!((bench.wanted("w"), bench.running("w")), (vec![2, 2, 2], vec![2, 2, 2]));
    assert_eq!(bench.row("w").unplaced(), 0);
    // Four more go where fewest are, and nothing moves.
    bench.must(Command::PutWorkload(Box::new(spread("w", 10))));
    bench.wait(3);
    assert_eq!(bench.running("w"), [4, 3, 3]);
}

#[test]
fn a_lost_cluster_s_work_runs_elsewhere_and_stays_there_when_it_is_back() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(replaced("w", 6, 3))));
    bench.wait(3);
    bench.truth("c").cut = true;
    bench.wait(6);
    // It goes on by itself, and its part runs elsewhere too, as its owner allows.
    assert_eq!((bench.wanted("w"), bench.running("w")), (vec![3, 3, 0], vec![3, 3, 2]));
    let mut bench = bench.restarts();
    bench.truth("c").cut = false;
    bench.wait(3);
    assert_eq!((bench.wanted("w"), bench.running("w")), (vec![3, 3, 0], vec![3, 3, 0]));
    assert!(bench.row("w").residue.is_empty(), "{:?}", bench.row("w").residue);
    let steps = bench.events.iter().filter(|(_, event)| {
        matches!(event, Event::ClusterLost { .. } | Event::ClusterBack(_) | Event::ShareSettled { .. })
    });
    assert_eq!(steps.count(), 3);
}

#[test]
fn what_may_not_run_elsewhere_is_left_alone_however_long_it_takes() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(spread("w", 6))));
    bench.wait(3);
    bench.truth("c").cut = true;
    bench.wait(60);
    assert_eq!((bench.wanted("w"), bench.running("w")), (vec![2, 2, 2], vec![2, 2, 2]));
    // What is new goes to the others alone.
    bench.must(Command::PutWorkload(Box::new(spread("w", 8))));
    bench.wait(3);
    assert_eq!(bench.wanted("w"), [3, 3, 2]);
}

#[test]
fn what_must_be_single_starts_elsewhere_by_an_operators_word_alone() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(single("s"))));
    bench.wait(3);
    assert_eq!(bench.running("s"), [1, 0, 0]);
    let gone = |gone| Command::DrainCluster(cluster_id("a"), gone);
    assert!(matches!(bench.ask(gone(true)), Err(Refusal::Invalid(_))), "it is heard");
    bench.truth("a").cut = true;
    bench.wait(10);
    bench.must(gone(false));
    bench.wait(10);
    assert_eq!(bench.wanted("s"), [1, 0, 0], "a drain is no word that it does not run there any more");
    bench.truth("a").dead = true;
    bench.must(gone(true));
    bench.wait(3);
    assert_eq!(bench.running("s"), [0, 1, 0]);
}

#[test]
fn a_single_one_that_moves_stops_before_it_starts_elsewhere() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(single("s"))));
    bench.wait(3);
    bench.must(Command::DrainCluster(cluster_id("a"), false));
    for _ in 0..6 {
        bench.wait(1);
        assert!(bench.running("s").iter().sum::<u32>() <= 1, "{:?}", bench.running("s"));
    }
    assert_eq!(bench.running("s"), [0, 1, 0]);
}

#[test]
fn a_drained_cluster_keeps_what_has_not_started_elsewhere_and_is_empty_in_the_end() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(spread("w", 9))));
    bench.wait(3);
    let refused = bench.ask(Command::RemoveCluster(cluster_id("a")));
    assert!(matches!(refused, Err(Refusal::InUse { .. })), "{refused:?}");
    bench.must(Command::DrainCluster(cluster_id("a"), false));
    for _ in 0..5 {
        bench.wait(1);
        assert!(bench.running("w").iter().sum::<u32>() >= 9, "{:?}", bench.running("w"));
    }
    assert_eq!(bench.running("w"), [0, 5, 4]);
    bench.must(Command::RemoveCluster(cluster_id("a")));
}

#[test]
fn a_cluster_in_which_replicas_find_no_node_gives_them_to_others() {
    let dir = dir();
    let mut bench = three(&dir);
    // Its summary says ten, and it places three.
    bench.must(Command::PutWorkload(Box::new(spread("w", 15))));
    bench.wait(3);
    assert_eq!(bench.running("w"), [5, 5, 5]);
    bench.truth("a").cores = 3;
    bench.wait(15);
    assert_eq!(bench.running("w"), [3, 6, 6]);
    let why = bench.row("w").decision.clone().expect("it was decided");
    assert_eq!(why.unplaced, 0);
}

#[test]
fn what_has_no_room_waits_and_goes_as_soon_as_there_is_some() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(spread("w", 33))));
    bench.wait(3);
    assert_eq!((bench.running("w"), bench.row("w").unplaced()), (vec![10, 10, 10], 3));
    let why = bench.row("w").finding().expect("it was looked at").clone();
    assert!(why.shares.iter().all(|share| share.rule == Some(ClusterRule::Full)), "{why:?}");
    bench.truth("b").cores = 12;
    bench.wait(4);
    assert_eq!((bench.running("w"), bench.row("w").unplaced()), (vec![10, 12, 10], 1));
}

#[test]
fn a_workload_that_ends_ends_everywhere_and_in_a_lost_cluster_once_it_is_heard() {
    let dir = dir();
    let mut bench = three(&dir);
    bench.must(Command::PutWorkload(Box::new(spread("w", 6))));
    bench.wait(3);
    bench.truth("c").cut = true;
    bench.wait(5);
    bench.must(Command::RemoveWorkload(workload_id("w")));
    bench.wait(3);
    assert_eq!(bench.running("w"), [0, 0, 2]);
    let refused = bench.ask(Command::PutWorkload(Box::new(spread("w", 1))));
    assert!(refused.expect_err("it ends").to_string().starts_with("E0512 workload w ends: c have"));
    let mut bench = bench.restarts();
    bench.truth("c").cut = false;
    bench.wait(3);
    assert_eq!(bench.running("w"), [0, 0, 0]);
    assert!(bench.region.ledger().workload(&workload_id("w")).is_none());
}

#[test]
fn nothing_goes_anywhere_while_a_cluster_may_still_answer() {
    let dir = dir();
    let mut bench = Bench::open(dir.path(), 100);
    bench.cluster("a", 10, "no");
    bench.must(Command::PutCluster(cluster("late", "no")));
    bench.must(Command::PutWorkload(Box::new(spread("w", 4))));
    bench.wait(2);
    assert_eq!(bench.wanted("w"), [0]);
    bench.wait(3);
    assert_eq!(bench.wanted("w"), [4], "it has not answered for three seconds");
}
