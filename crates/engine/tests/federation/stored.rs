//! The bytes of records and snapshots of federations, pinned: what was written once is read for ever.

use crate::bench::{Bench, START, cluster, cluster_id, replaced, spread, workload_id};
use paceline_engine::Encoded;
use paceline_engine::federation::{Federation, Recorded};
use paceline_engine::ledger::{Entry, IdempotentReply, Ledger, Record, World as _};
use paceline_model::federation::{
    ClusterRule, ClusterShare, Command, Division, Event, ExcludedClusters, FederatedWorkload, Groups,
    Refusal, SpreadDecision,
};
use paceline_model::{Fingerprint, IdempotencyKey, Tag, Version};
use std::fmt::Write as _;
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

fn record(events: Vec<Recorded>) -> Record<Recorded> {
    Record { version: Version(300), at: START, events }
}

fn line(table: &mut String, name: &str, Encoded { format, bytes }: &Encoded) {
    _ = write!(table, "{name} {format:04x} ");
    bytes.iter().for_each(|byte| _ = write!(table, "{byte:02x}"));
    table.push('\n');
}

#[test]
fn the_bytes_are_as_they_were() {
    let mut table = String::new();
    for event in samples() {
        let name = format!("{event:?}");
        let name = name.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
        let encoded = Federation::encode(&record(vec![Entry::Event(event.clone())]));
        line(&mut table, &name, &encoded);
        let read = Federation::decode(encoded.format, &encoded.bytes).expect("its own bytes");
        assert_eq!(read, record(vec![Entry::Event(event)]));
    }
    for refusal in refusals() {
        let key = IdempotencyKey::new("k").expect("a key");
        let reply = IdempotentReply { key, fingerprint: Fingerprint(9), answer: Err(refusal) };
        line(&mut table, "reply", &Federation::encode(&record(vec![Entry::Reply(reply)])));
    }
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
    line(&mut table, "snapshot", &snapshot);
    let golden = include_str!("golden.txt");
    assert!(table == golden, "the bytes are now:\n{table}");
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
