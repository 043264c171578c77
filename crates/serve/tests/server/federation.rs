//! A federation over real servers, each with an edge region of its own: what it spreads, what becomes of the work of one that is killed, and that nothing is
//! doubled once it is back.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::{edge_spec, options};
use paceline_client::api::edge::{NewModel, NewNode, NewWorkload};
use paceline_client::api::federation::{
    ClusterState, FederatedWorkloadView, NewCluster, NewFederatedWorkload, PropagationPolicy,
};
use paceline_client::{Client, ClientOptions};
use paceline_engine::federation::FederationOptions;
use paceline_model::RegionId;
use paceline_serve::{AuthOptions, Clock, FederationSpec, ServeOptions, Server};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Longest that a test waits for something to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs until it is stopped.
struct Running {
    client: Client,
    address: SocketAddr,
    end: oneshot::Sender<()>,
    ended: JoinSet<()>,
}

impl Running {
    async fn of(server: Server) -> Self {
        let client = Client::new(&server.url(), ClientOptions::once()).unwrap();
        let address = server.local_address();
        let (end, over) = oneshot::channel::<()>();
        let run = async move {
            let summary = server.run(async { _ = over.await }).await;
            assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
        };
        let mut ended = JoinSet::new();
        ended.spawn(run);
        Self { client, address, end, ended }
    }

    /// An edge region whose journal lies in `dir`, at this address or at any.
    async fn edge(dir: &Path, at: Option<SocketAddr>) -> Self {
        let listen = at.unwrap_or(options().listen);
        let options = ServeOptions { listen, ..options() };
        let server = Server::of(options, AuthOptions::default(), edge_spec(dir), Clock::Real).await;
        Self::of(server.expect("it can be served")).await
    }

    async fn federation(dir: &Path, options: FederationOptions) -> Self {
        let name = RegionId::new("world").unwrap();
        let spec =
            FederationSpec { name, options, journal: dir.into(), journal_identity: None, read_options: None };
        let server = Server::of(crate::common::options(), AuthOptions::default(), spec, Clock::Real).await;
        Self::of(server.expect("it can be served")).await
    }

    async fn stops(mut self) {
        _ = self.end.send(());
        while let Some(ended) = self.ended.join_next().await {
            ended.unwrap();
        }
    }
}

/// Looks until there is something to see.
async fn until<T>(look: impl AsyncFn() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(instead) if began.elapsed() > PATIENCE => panic!("not within {PATIENCE:?}: {instead}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

fn node() -> NewNode {
    serde_json::from_value(json!({ "architecture": "amd64", "cpu_milli": 8_000, "memory_mib": 8_192 }))
        .unwrap()
}

fn model() -> NewModel {
    let variant = json!({ "precision": "int8", "size_mib": 1, "memory_mib": 64, "latency_ms": 5, "accuracy_permille": 900 });
    let version = |version: &str| json!({ "version": version, "variants": [variant] });
    serde_json::from_value(json!({ "versions": [version("1.0.0"), version("2.0.0")] })).unwrap()
}

fn workload(replicas: u32, more: serde_json::Value) -> NewFederatedWorkload {
    let mut workload = json!({ "model": "weld", "precision": "int8", "cpu_milli": 1_000, "memory_mib": 64, "replicas": replicas });
    workload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let workload: NewWorkload = serde_json::from_value(workload).unwrap();
    NewFederatedWorkload { workload, policy: PropagationPolicy::default() }
}

fn replaced(workload: NewFederatedWorkload) -> NewFederatedWorkload {
    let policy = serde_json::from_value(json!({ "when_unreachable": { "replace_after_s": 3 } })).unwrap();
    NewFederatedWorkload { policy, ..workload }
}

/// Three regions with two nodes each, and a federation over them.
async fn world(dir: &Path, options: FederationOptions) -> (Vec<Running>, Running) {
    let world = Running::federation(&dir.join("world"), options).await;
    let mut regions = Vec::new();
    for name in ["coast", "north", "south"] {
        let region = Running::edge(&dir.join(name), None).await;
        for number in 0..2 {
            region.client.put_node(&format!("{name}-{number}"), &node()).await.unwrap();
        }
        region.client.put_model("weld", &model()).await.unwrap();
        let cluster = NewCluster { url: region.client.base().into(), region: None, location: None };
        world.client.put_cluster(name, &cluster).await.unwrap();
        regions.push(region);
    }
    (regions, world)
}

async fn ended(regions: Vec<Running>, world: Running) {
    world.stops().await;
    for region in regions {
        region.stops().await;
    }
}

/// Replicas by cluster, as the federation wants them.
fn wanted(view: &FederatedWorkloadView) -> Vec<u32> {
    ["coast", "north", "south"]
        .map(|name| view.shares.iter().find(|share| share.cluster == name).map_or(0, |share| share.replicas))
        .into()
}

/// Replicas that have a node in these regions, asked of the regions themselves.
async fn placed(regions: &[&Client]) -> usize {
    let mut placed = 0;
    for region in regions {
        let rows = region.placements(None).await.map(|of| of.rows).unwrap_or_default();
        placed += rows.iter().filter(|row| row.bound.is_some()).count();
    }
    placed
}

async fn until_placed(regions: &[&Client], count: usize) {
    until(async || match placed(regions).await {
        placed if placed == count => Ok(()),
        placed => Err(format!("{placed} of {count}")),
    })
    .await;
}

#[tokio::test]
async fn the_work_of_a_region_that_is_killed_runs_elsewhere_within_five_seconds_and_is_not_doubled_when_it_returns()
 {
    let dir = tempfile::tempdir().unwrap();
    let (mut regions, world) = world(dir.path(), FederationOptions::default()).await;
    world.client.put_federated_workload("line", &replaced(workload(6, json!({})))).await.unwrap();
    until_placed(&regions.iter().map(|region| &region.client).collect::<Vec<_>>(), 6).await;
    let view = world.client.federated_workload("line").await.unwrap();
    assert_eq!(wanted(&view), [2, 2, 2]);
    let south = regions.pop().unwrap();
    let at = south.address;
    let killed = Instant::now();
    south.stops().await;
    let others: Vec<&Client> = regions.iter().map(|region| &region.client).collect();
    until_placed(&others, 6).await;
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    let view = world.client.federated_workload("line").await.unwrap();
    assert_eq!((wanted(&view), view.unplaced), (vec![3, 3, 0], 0));
    let lost = world.client.cluster("south").await.unwrap();
    assert!(lost.state == ClusterState::Unreachable && lost.error.is_some(), "{lost:?}");
    // It comes back with all that it had on its disk, and ends it: it runs elsewhere.
    let south = Running::edge(&dir.path().join("south"), Some(at)).await;
    until(async || {
        let had = placed(&[&south.client]).await;
        let settled = world.client.federated_workload("line").await.unwrap();
        let is_over = had == 0 && settled.shares.iter().all(|share| share.residue == 0);
        if is_over { Ok(()) } else { Err(format!("{had} run there: {settled:?}")) }
    })
    .await;
    assert_eq!(placed(&others).await, 6);
    let view = world.client.federated_workload("line").await.unwrap();
    assert_eq!((wanted(&view), view.placed), (vec![3, 3, 0], 6));
    // What is shared out anew goes there again, and nothing is lost or doubled on the way.
    world.client.rebalance_federated_workload("line").await.unwrap();
    until_placed(&[&south.client], 2).await;
    let all: Vec<&Client> = others.iter().copied().chain([&south.client]).collect();
    until_placed(&all, 6).await;
    regions.push(south);
    ended(regions, world).await;
}

#[tokio::test]
async fn a_region_that_is_cut_off_goes_on_by_itself_and_what_must_be_single_starts_elsewhere_by_an_operators_word_alone()
 {
    let dir = tempfile::tempdir().unwrap();
    let options = FederationOptions {
        poll_every: paceline_model::Millis(100),
        lost_after: paceline_model::Millis(500),
        ..FederationOptions::default()
    };
    let (mut regions, world) = world(dir.path(), options).await;
    let policy = serde_json::from_value(json!({ "weights": { "south": 1_000 } })).unwrap();
    let single = NewFederatedWorkload { policy, ..workload(1, json!({ "single": true })) };
    world.client.put_federated_workload("only", &single).await.unwrap();
    let south = regions.pop().unwrap();
    until_placed(&[&south.client], 1).await;
    // Its journal is what the region is: it goes on by that, whoever hears it.
    south.stops().await;
    let others: Vec<&Client> = regions.iter().map(|region| &region.client).collect();
    until(async || {
        let south = world.client.cluster("south").await.unwrap();
        if south.state == ClusterState::Unreachable { Ok(()) } else { Err(format!("{south:?}")) }
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let view = world.client.federated_workload("only").await.unwrap();
    assert_eq!((placed(&others).await, wanted(&view)), (0, vec![0, 0, 1]));
    let why = world.client.explain_federated_workload("only").await.unwrap();
    assert!(why.text.contains("south: 1") && why.text.contains("cannot be reached"), "{}", why.text);
    world.client.drain_cluster("south", true).await.unwrap();
    until_placed(&others, 1).await;
    ended(regions, world).await;
}

#[tokio::test]
async fn a_federation_that_is_started_anew_knows_what_it_had_and_tells_it_nobody_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (regions, world) = world(dir.path(), FederationOptions::default()).await;
    world.client.put_federated_workload("line", &workload(6, json!({}))).await.unwrap();
    let all: Vec<&Client> = regions.iter().map(|region| &region.client).collect();
    until_placed(&all, 6).await;
    let before = until(async || {
        let view = world.client.federated_workload("line").await.unwrap();
        if view.placed == 6 { Ok(view) } else { Err(format!("{view:?}")) }
    })
    .await;
    world.stops().await;
    // The regions go on by themselves meanwhile.
    assert_eq!(placed(&all).await, 6);
    let world = Running::federation(&dir.path().join("world"), FederationOptions::default()).await;
    until(async || {
        let after = world.client.federated_workload("line").await.unwrap();
        let same = after.shares == before.shares && after.placed == 6;
        if same { Ok(()) } else { Err(format!("{after:?}")) }
    })
    .await;
    // An owner who wants less gets less, everywhere, and nothing that is removed is left.
    world.client.put_federated_workload("line", &workload(3, json!({}))).await.unwrap();
    until_placed(&all, 3).await;
    world.client.remove_federated_workload("line").await.unwrap();
    until_placed(&all, 0).await;
    until(async || match world.client.federated_workload("line").await {
        Err(error) if error.status() == Some(404) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    ended(regions, world).await;
}

#[tokio::test]
async fn a_cluster_gets_its_own_version_and_one_without_room_learns_what_others_have() {
    let dir = tempfile::tempdir().unwrap();
    let (regions, world) = world(dir.path(), FederationOptions::default()).await;
    // 16 cores a region, 20 replicas of a core in one, of which it has room for 16.
    let policy = json!({ "clusters": ["coast", "north"], "weights": { "coast": 9 }, "versions": { "coast": "=1.0.0" } });
    let policy = serde_json::from_value(policy).unwrap();
    let spread = NewFederatedWorkload { policy, ..workload(20, json!({})) };
    world.client.put_federated_workload("line", &spread).await.unwrap();
    let all: Vec<&Client> = regions.iter().map(|region| &region.client).collect();
    until_placed(&all, 20).await;
    let view = until(async || {
        let view = world.client.federated_workload("line").await.unwrap();
        if view.placed == 20 { Ok(view) } else { Err(format!("{view:?}")) }
    })
    .await;
    assert_eq!(wanted(&view), [16, 4, 0]);
    let versions: Vec<Vec<&String>> =
        view.shares.iter().map(|share| share.versions.keys().collect()).collect();
    assert_eq!(versions, [["1.0.0"], ["2.0.0"]]);
    let why = world.client.explain_federated_workload("line").await.unwrap();
    assert!(why.text.contains("none in south: not among the clusters"), "{}", why.text);
    // What runs somewhere cannot be taken from under it.
    let refused = world.client.remove_cluster("coast").await.unwrap_err();
    assert!(refused.to_string().contains("line"), "{refused}");
    // A region's own workload of that name is not the federation's to take.
    let own: NewWorkload = workload(1, json!({})).workload;
    regions[2].client.put_workload("mine", &own).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let policy = serde_json::from_value(json!({ "clusters": ["south"] })).unwrap();
    world
        .client
        .put_federated_workload("mine", &NewFederatedWorkload { policy, ..workload(2, json!({})) })
        .await
        .unwrap();
    let why = until(async || {
        let why = world.client.explain_federated_workload("mine").await.unwrap();
        if why.text.contains("south") { Ok(why) } else { Err(why.text) }
    })
    .await;
    assert!(why.unplaced == 2 && why.text.contains("of its own"), "{}", why.text);
    ended(regions, world).await;
}
