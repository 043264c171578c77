//! Any history of links that are cut, clusters that die and come back, owners and operators who change their minds, and restarts: what must never run twice never
//! does, the journal gives the world back, and once all is well everything runs once.

use crate::bench::{Bench, cluster_id, replaced, single, spread, workload_id};
use paceline_model::federation::{Command, FederatedWorkload};
use proptest::prelude::*;

const CLUSTERS: [&str; 4] = ["a", "b", "c", "d"];

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Cut(usize, bool),
    Dies(usize, bool),
    Wait(u32),
    Restart,
    /// So many replicas.
    Wants(usize, u32),
    Ends(usize),
    Drain(usize),
    Uncordon(usize),
    Rebalance(usize),
    Cores(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    let cluster = 0..CLUSTERS.len();
    prop_oneof![
        3 => (cluster.clone(), any::<bool>()).prop_map(|(at, cut)| Step::Cut(at, cut)),
        2 => (cluster.clone(), any::<bool>()).prop_map(|(at, dead)| Step::Dies(at, dead)),
        6 => (1..12_u32).prop_map(Step::Wait),
        1 => Just(Step::Restart),
        3 => (0..3_usize, 1..9_u32).prop_map(|(which, replicas)| Step::Wants(which, replicas)),
        1 => (0..3_usize).prop_map(Step::Ends),
        1 => cluster.clone().prop_map(Step::Drain),
        1 => cluster.clone().prop_map(Step::Uncordon),
        1 => (0..3_usize).prop_map(Step::Rebalance),
        1 => (cluster, 0..12_u32).prop_map(|(at, cores)| Step::Cores(at, cores)),
    ]
}

fn asked(which: usize, replicas: u32) -> FederatedWorkload {
    match which {
        0 => single("single"),
        1 => spread("kept", replicas),
        _ => replaced("moved", replicas, 4),
    }
}

fn id(which: usize) -> paceline_model::edge::WorkloadId {
    workload_id(["single", "kept", "moved"][which])
}

/// There is never a second one of what must be single, by what runs in truth, whether anybody can see it or not.
fn holds(bench: &Bench) {
    let running: u32 = bench.running("single").iter().sum();
    assert!(running <= 1, "{running} run: {:?}", bench.truth);
}

fn happens(mut bench: Bench, step: &Step) -> Bench {
    match *step {
        Step::Cut(at, cut) => bench.truth(CLUSTERS[at]).cut = cut,
        Step::Dies(at, dead) => bench.truth(CLUSTERS[at]).dead = dead,
        Step::Wait(seconds) => {
            for _ in 0..seconds {
                bench.wait(1);
                holds(&bench);
            }
        }
        Step::Restart => return bench.restarts(),
        // It may end at present: a refusal is an answer.
        Step::Wants(which, replicas) => _ = bench.ask(Command::PutWorkload(Box::new(asked(which, replicas)))),
        Step::Ends(which) => _ = bench.ask(Command::RemoveWorkload(id(which))),
        Step::Drain(at) => _ = bench.ask(Command::DrainCluster(cluster_id(CLUSTERS[at]), false)),
        Step::Uncordon(at) => _ = bench.ask(Command::UncordonCluster(cluster_id(CLUSTERS[at]))),
        Step::Rebalance(which) => _ = bench.ask(Command::Rebalance(id(which))),
        Step::Cores(at, cores) => bench.truth(CLUSTERS[at]).cores = cores,
    }
    bench
}

/// Every link is up, every cluster lives and has room for all.
fn heals(bench: &mut Bench) {
    for name in CLUSTERS {
        let truth = bench.truth(name);
        (truth.cut, truth.dead, truth.cores) = (false, false, 40);
        bench.must(Command::UncordonCluster(cluster_id(name)));
    }
    bench.wait(30);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_must_be_single_is_and_all_that_is_wanted_runs_once_in_the_end(
        steps in prop::collection::vec(step(), 1..40),
        snapshot_every in 1..20_u64,
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bench = Bench::open(dir.path(), snapshot_every);
        for (name, location) in CLUSTERS.iter().zip(["no", "no", "de", "fr"]) {
            bench.cluster(name, 8, location);
        }
        for which in 0..3 {
            bench.must(Command::PutWorkload(Box::new(asked(which, 5))));
        }
        for step in &steps {
            bench = happens(bench, step);
            holds(&bench);
        }
        heals(&mut bench);
        for which in 0..3 {
            let id = id(which);
            let wanted = bench.region.ledger().workload(&id).map_or(0, |row| row.spec.workload.replicas);
            let running: u32 = bench.running(id.as_str()).iter().sum();
            prop_assert_eq!(running, wanted, "{}: {:?}", id, bench.truth);
        }
        let residue = bench.region.ledger().workloads().map(|row| row.residue.len()).sum::<usize>();
        prop_assert_eq!(residue, 0);
        bench.restarts();
    }
}
