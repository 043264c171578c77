//! Servers of several versions in one cluster: what is new is written once all can read it, and servers are replaced one by one meanwhile.

use crate::hand_overs::{hand_over, until_there, vehicle};
use crate::reader::{Reader, check_whole};
use crate::riders::{Riders, check_none_is_lost};
use crate::servers::{Cluster, PATIENCE, Server};
use crate::{PAUSE, doors, until};
use paceline_client::Prepared;
use paceline_client::api::{Code, operation as op};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The program of the version before, for the test that needs one.
const BEFORE: &str = "BEFORE";

/// A server of the version before, as its program writes itself down: it does not say what it reads.
const OLD: &str = "INSERT INTO paceline_cluster_servers (server, incarnation, beat, url, weight, draining, leaving, version) \
                   VALUES ('old', 1, 0, 'http://127.0.0.1:1', 1, false, false, '0.0.9')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vehicles_change_regions_between_servers_once_all_are_upgraded() {
    let Some(cluster) = Cluster::of(2) else { return };
    cluster.command(&["upgrade-check"]).unwrap();
    cluster.postgres.sql(OLD);
    let (a, mut b) = (cluster.start("a"), cluster.start("b"));
    for server in [&a, &b] {
        cluster.settled(server).await;
    }
    for (region, server) in cluster.regions.iter().zip(["a", "b"]) {
        cluster.command(&["move", region.as_str(), server]).unwrap();
        until(&cluster, "it moves", || cluster.of_server(server).contains(&region.to_string())).await;
    }
    let [west, east] = [0, 1].map(|region| a.client().in_region(cluster.regions[region].clone()));
    let to = cluster.regions[1].as_str();
    for name in ["v1", "v2"] {
        west.put_vehicle(name, &vehicle()).await.unwrap();
    }
    let refused = hand_over(&west, "v1", to).await.unwrap_err();
    assert_eq!(refused.code(), Some(Code::E0310), "one server could not read it: {refused}");
    let said = cluster.command(&["upgrade-check"]).unwrap();
    assert!(said.contains("waits for old (version 0.0.9)"), "{said}");
    let refused = cluster.command(&["finish-upgrade"]).unwrap_err();
    assert!(refused.contains("E0310 ") && refused.contains("old (version 0.0.9)"), "{refused}");

    cluster.command(&["forget", "old"]).unwrap();
    let said = cluster.command(&["finish-upgrade"]).unwrap();
    assert!(said.contains("writes up to level 2: vehicles change regions"), "{said}");
    let began = Instant::now();
    while let Err(error) = hand_over(&west, "v1", to).await {
        assert!(began.elapsed() < PATIENCE && error.code() == Some(Code::E0310), "{error}");
        sleep(Duration::from_millis(50)).await;
    }
    until_there(&east, "v1").await;

    // It is on its way while the other region is nobody's.
    b.kill();
    hand_over(&west, "v2", to).await.unwrap();
    until_there(&east, "v2").await;
    let gone = west.vehicle("v2").await.unwrap_err();
    assert_eq!(gone.code(), Some(Code::E0201), "{gone}");

    cluster.postgres.sql("UPDATE paceline_cluster_level SET level = 99");
    let refused = cluster.command(&["upgrade-check"]).unwrap_err();
    assert!(refused.contains("E0618 "), "{refused}");
    let url = cluster.postgres.url();
    let roads = crate::servers::roads();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--roads", &roads, "--cluster", &url, "--server", "c"];
    let refused = crate::common::paceline(cluster.dir(), &serve).unwrap_err();
    assert!(refused.contains("E0618 this program reads formats up to level 2"), "{refused}");
}

/// Snapshots of bikes regions have a layout that the version before does not read; records that it could have written have not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_of_bikes_is_written_as_before_until_all_are_upgraded() {
    let Some(cluster) = Cluster::of(0) else { return };
    cluster.command(&["upgrade-check"]).unwrap();
    cluster.postgres.sql(OLD);
    let town = "[serve]\nsnapshot_every = 100\n[regions.town]\nkind = \"bikes\"\n";
    let server = cluster.start_with("a", "", town);
    let client = server.client();
    until(&cluster, "it has the region", || cluster.of_server("a") == ["town"]).await;
    let open = async |numbers: std::ops::Range<u32>| {
        for number in numbers {
            let name = format!("S{number}");
            let put = Prepared::new(
                &op::PUT_STATION,
                &name,
                &json!({ "position": { "lat": 59.9, "lon": 10.7 }, "docks": 10 }),
            );
            // The region is read from its journal before it answers.
            let (put, began) = (put.unwrap(), Instant::now());
            while let Err(error) = client.send(&put).await {
                assert!(error.code() == Some(Code::E0309) && began.elapsed() < PATIENCE, "{error}");
                sleep(Duration::from_millis(50)).await;
            }
        }
    };
    open(0..120).await;
    assert_eq!(cluster.postgres.sql("SELECT DISTINCT format FROM paceline_log_records").trim(), "513");
    let snapshots = || cluster.postgres.sql("SELECT count(*) FROM paceline_log_snapshots").trim().to_owned();
    assert_eq!(snapshots(), "0", "none could be read by all");
    cluster.command(&["forget", "old"]).unwrap();
    cluster.command(&["finish-upgrade"]).unwrap();
    sleep(Duration::from_millis(500)).await;
    open(120..240).await;
    until(&cluster, "there is a snapshot", || snapshots() != "0").await;
}

/// `BEFORE=PROGRAM cargo test … -- --ignored servers_are_replaced`: three servers of the version before are replaced by this one's, one by
/// one, while orders come, and by the one before again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the program of the version before"]
async fn servers_are_replaced_by_another_version_and_back_and_nothing_is_refused() {
    let before = PathBuf::from(std::env::var(BEFORE).expect("the program of the version before"));
    let this = PathBuf::from(env!("CARGO_BIN_EXE_paceline"));
    let Some(cluster) = Cluster::of(6) else { return };
    let mut servers = ["a", "b", "c"].map(|name| cluster.start_program(&before, name));
    for server in &servers {
        cluster.settled(server).await;
    }
    let mut waits = Vec::new();
    for (round, program) in [&this, &before].into_iter().enumerate() {
        for at in 0..servers.len() {
            waits.extend(replace(&cluster, &mut servers, at, program, round * 3 + at).await);
            let said = cluster.command(&["upgrade-check"]).unwrap();
            let old = servers.len() - if round == 0 { at + 1 } else { 2 - at };
            assert_eq!(said.contains("waits for"), old > 0, "{old} of the version before: {said}");
        }
    }
    waits.sort();
    let of = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!("{} orders: p50 {:?}, p99 {:?}, most {:?}", waits.len(), of(0.5), of(0.99), of(1.0));
}

/// Replaces one of the servers while orders come through the doors of the others. Returns how long riders waited.
async fn replace(
    cluster: &Cluster,
    servers: &mut [Server; 3],
    at: usize,
    program: &Path,
    round: usize,
) -> Vec<Duration> {
    let stay: Vec<String> = doors(servers)
        .into_iter()
        .enumerate()
        .filter(|(other, _)| *other != at)
        .map(|(_, door)| door.to_owned())
        .collect();
    let stay: Vec<&str> = stay.iter().map(String::as_str).collect();
    let mut readers = Vec::new();
    for region in &cluster.regions {
        readers.push(Reader::start(&stay, region).await);
    }
    let riders = Riders::start(&stay, &cluster.regions, PAUSE, round);
    sleep(Duration::from_millis(500)).await;
    let name = servers[at].name;
    servers[at].ask_to_end();
    servers[at] = cluster.start_program(program, name);
    until(cluster, "it has regions again", || !cluster.of_server(name).is_empty()).await;
    cluster.settled(&servers[at]).await;
    sleep(Duration::from_millis(500)).await;
    let told = riders.end().await;
    assert!(told.refused.is_empty(), "{:?}", told.refused);
    check_none_is_lost(&told, &servers[at].client()).await;
    for (region, reader) in cluster.regions.iter().zip(readers) {
        let version = servers[at].client().in_region(region.clone()).world().await.unwrap().version;
        check_whole(&reader.until(version).await);
    }
    told.waits
}
