//! The bytes of records and snapshots of federations, pinned: what was written once is read for ever.

use crate::bench::{Bench, START, cluster, cluster_id, replaced, spread, workload_id};
use crate::golden::Golden;
use paceline_engine::federation::Federation;
use paceline_engine::ledger::{Ledger, World as _};
use paceline_model::Tag;
use paceline_model::federation::{
    ClusterRule, ClusterShare, Command, Division, Event, ExcludedClusters, FederatedWorkload, Groups,
    Refusal, SpreadDecision,
};
use std::sync::Arc;

/// A workload of which everything is said.
fn full() -> FederatedWorkload {
    let mut of = replaced("w", 5, 3);
    of.policy.clusters.insert(cluster_id("a"));
    of.policy.locations.insert(Tag::new("no").expect("a name"));
    of.policy.division = Division::Aggregated;
    of.policy.weights.insert(cluster_id("a"), 3);
    of.policy.per_cluster = Groups { least: Some(2), most: Some(4) };
    of.policy.versions.insert(cluster_id("a"), "=1.0.0".parse().expect("a requirement"));
    of
}

fn decision(rule: ClusterRule) -> SpreadDecision {
    let cluster = cluster_id("a");
    let share = ClusterShare { cluster: cluster.clone(), before: 1, replicas: 3, room: 9, rule: Some(rule) };
    SpreadDecision {
        unplaced: 2,
        clusters_lacking: 1,
        locations_lacking: 0,
        shares: vec![share],
        excluded: vec![ExcludedClusters { rule, count: 7, first: vec![cluster] }],
    }
}

/// One of each kind, and of each variant that a kind has.
fn samples() -> Vec<Event> {
    let (a, w) = (cluster_id("a"), workload_id("w"));
    let mut all = vec![
        Event::ClusterPut(Arc::new(cluster("a", "no"))),
        Event::ClusterRemoved(a.clone()),
        Event::ClusterCordoned(a.clone()),
        Event::ClusterDrained { cluster: a.clone(), gone: true },
        Event::ClusterUncordoned(a.clone()),
        Event::ClusterLost { cluster: a.clone(), since: START },
        Event::ClusterBack(a.clone()),
        Event::WorkloadPut(Arc::new(spread("w", 5))),
        Event::WorkloadPut(Arc::new(full())),
        Event::WorkloadRebalanced(w.clone()),
        Event::WorkloadEnding(w.clone()),
        Event::WorkloadEnded(w.clone()),
        Event::ShareSettled { workload: w.clone(), cluster: a.clone() },
    ];
    let rules = [
        ClusterRule::NotChosen,
        ClusterRule::Unheard,
        ClusterRule::Unreachable,
        ClusterRule::Gone,
        ClusterRule::Cordoned,
        ClusterRule::Draining,
        ClusterRule::NoVariant,
        ClusterRule::NameTaken,
        ClusterRule::Full,
        ClusterRule::FoundFull,
        ClusterRule::Refused,
        ClusterRule::NotNeeded,
    ];
    all.extend(rules.map(|rule| Event::WorkloadSpread {
        workload: w.clone(),
        replicas: vec![(a.clone(), 3)],
        decision: Arc::new(decision(rule)),
    }));
    all
}

fn refusals() -> Vec<Refusal> {
    let (cluster, workload) = (cluster_id("a"), workload_id("w"));
    let invalid = crate::bench::cluster("a", "no");
    let invalid = paceline_model::federation::ClusterSpec { url: "ftp://a".into(), ..invalid };
    vec![
        Refusal::Invalid(invalid.validate().expect_err("another protocol")),
        Refusal::unknown("cluster", "b"),
        Refusal::KeyReused,
        Refusal::InUse { cluster, workloads: "w".into() },
        Refusal::Ending { workload, clusters: "a".into() },
    ]
}

#[test]
fn the_bytes_are_as_they_were() {
    let mut golden = Golden::at(START);
    golden.events::<Federation, _, _>(samples());
    refusals().into_iter().for_each(|refusal| golden.refusal::<Federation, _, _>(refusal));
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX);
    bench.cluster("a", 4, "no");
    bench.cluster("b", 4, "de");
    bench.must(Command::PutWorkload(Box::new(replaced("w", 5, 3))));
    bench.wait(3);
    bench.truth("b").cut = true;
    bench.wait(6);
    bench.must(Command::DrainCluster(cluster_id("b"), true));
    let snapshot = bench.region.ledger().checkpoint().encode();
    golden.encoded("snapshot", &snapshot);
    golden.holds(include_str!("golden.txt"));
    let restored = Ledger::restore(Federation::default(), snapshot.format, &snapshot.bytes).expect("its own");
    assert_eq!(restored.checkpoint().encode(), snapshot);
}

#[test]
fn what_another_kind_of_region_wrote_is_refused() {
    let said = |format| Federation::decode(format, &[]).expect_err("another kind").to_string();
    let foreign = "E0404 format 0x0201 is none of this kind of region, whose formats begin at 0x0301";
    assert_eq!(said(0x0201), foreign);
    assert_eq!(said(0x0302), "E0401 format 2 is newer than 1, the newest this program reads");
}
