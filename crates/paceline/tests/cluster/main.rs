//! A cluster of real servers over a real database: servers that are killed, paused, cut off, drained and ended while riders place orders
//! through all doors and readers follow every region.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(clippy::disallowed_methods, reason = "a test spawns by itself")]

#[path = "../common/mod.rs"]
mod common;
mod hand_overs;
#[allow(dead_code, reason = "each test program uses its own part")]
#[path = "../../../journal/tests/logs/postgres_server.rs"]
mod postgres_server;
mod reader;
mod riders;
mod servers;
mod upgrade;
mod way;

use paceline_client::api::{Code, NewOrder, Place};
use reader::{Reader, check_whole};
use riders::{Riders, check_none_is_lost};
use servers::{Cluster, PATIENCE, Server};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Orders come often enough that some are always under way.
const PAUSE: Duration = Duration::from_millis(30);
/// Times that the long runs lose a server: `LOSSES=200 cargo test --release … -- --ignored`.
const LOSSES: &str = "LOSSES";

/// Moves of the run that is measured, on a machine that does nothing else.
const MEASURED: usize = 100;

/// How a server is lost.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Killed,
    Paused,
    CutOff,
}

fn doors(servers: &[Server]) -> Vec<&str> {
    servers.iter().map(|server| server.base.as_str()).collect()
}

/// One reader of each region.
async fn readers(doors: &[&str], cluster: &Cluster) -> Vec<Reader> {
    let mut readers = Vec::new();
    for region in &cluster.regions {
        readers.push(Reader::start(doors, region).await);
    }
    readers
}

/// Three servers, one of which is lost so often while orders come; it comes back each time.
async fn lose(loss: Loss, times: usize) {
    let Some(cluster) = Cluster::of(6) else { return };
    let mut servers = ["a", "b", "c"].map(|name| cluster.start(name));
    for server in &servers {
        cluster.settled(server).await;
    }
    let mut noticed = Vec::new();
    for round in 0..times {
        let lost = round % servers.len();
        let other = (lost + 1) % servers.len();
        let all = doors(&servers).iter().map(|door| (*door).to_owned()).collect::<Vec<_>>();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let readers = readers(&all, &cluster).await;
        let riders = Riders::start(&all, &cluster.regions, PAUSE, round);
        sleep(Duration::from_millis(700)).await;
        match loss {
            Loss::Killed => servers[lost].kill(),
            Loss::Paused => servers[lost].pause(),
            Loss::CutOff => servers[lost].cut(true),
        }
        noticed.push(taken_over(&cluster, servers[lost].name, &servers[other]).await);
        sleep(Duration::from_millis(300)).await;
        match loss {
            Loss::Killed => {}
            Loss::Paused => servers[lost].wake(),
            Loss::CutOff => servers[lost].cut(false),
        }
        // Whoever woke up believes for a moment that all is as it was.
        sleep(Duration::from_millis(500)).await;
        let told = riders.end().await;
        check_none_is_lost(&told, &servers[other].client()).await;
        for (region, reader) in cluster.regions.iter().zip(readers) {
            let version = servers[other].client().in_region(region.clone()).world().await.unwrap().version;
            check_whole(&reader.until(version).await);
        }
        if matches!(loss, Loss::Killed) {
            servers[lost] = cluster.start(servers[lost].name);
        }
        until(&cluster, "it has regions again", || !cluster.of_server(servers[lost].name).is_empty()).await;
        cluster.settled(&servers[lost]).await;
    }
    noticed.sort();
    let of = |share: f64| noticed[((noticed.len() - 1) as f64 * share) as usize];
    println!(
        "{loss:?}, {times} times: new owners after p50 {:?}, p99 {:?}, most {:?}",
        of(0.5),
        of(0.99),
        of(1.0)
    );
}

/// Waits until nobody is lost any more, by what a door answers, and returns how long that took.
async fn taken_over(cluster: &Cluster, lost: &str, door: &Server) -> Duration {
    let began = Instant::now();
    until(cluster, "its regions have other owners", || cluster.of_server(lost).is_empty()).await;
    cluster.settled(door).await;
    began.elapsed()
}

async fn until(cluster: &Cluster, what: &str, mut reached: impl FnMut() -> bool) {
    let began = Instant::now();
    while !reached() {
        if began.elapsed() > PATIENCE {
            let said: Vec<String> = ["a", "b", "c"].map(|name| cluster.said(name)).into();
            panic!("{what}\n{}\n{}", cluster.command(&["status"]).unwrap(), said.join("\n"));
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_regions_of_a_killed_server_go_on_elsewhere_and_nothing_is_lost() {
    lose(Loss::Killed, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_server_that_wakes_up_commits_nothing() {
    lose(Loss::Paused, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_cut_off_from_the_database_loses_its_regions_and_nothing_else() {
    lose(Loss::CutOff, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes: the figures of docs/cluster"]
async fn servers_are_lost_many_times() {
    let times: usize = std::env::var(LOSSES).map_or(4, |times| times.parse().unwrap());
    lose(Loss::Killed, times).await;
    lose(Loss::Paused, times / 4).await;
    lose(Loss::CutOff, times / 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_is_moved_while_orders_come_and_none_is_lost() {
    moves(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes: the figures of docs/cluster"]
async fn a_region_is_moved_a_hundred_times_and_no_order_is_refused() {
    moves(MEASURED).await;
}

async fn moves(times: usize) {
    let Some(cluster) = Cluster::of(2) else { return };
    let servers = ["a", "b"].map(|name| cluster.start(name));
    for server in &servers {
        cluster.settled(server).await;
    }
    let (region, all) = (cluster.regions[0].clone(), doors(&servers));
    let reader = Reader::start(&all, &region).await;
    let riders = Riders::start(&all, &cluster.regions, PAUSE, 0);
    let owner = |region: &str| {
        let owners = cluster.owners();
        owners.into_iter().find(|(known, _)| known == region).map(|(_, owner)| owner).unwrap()
    };
    for _ in 0..times {
        let to = if owner(region.as_str()) == "a" { "b" } else { "a" };
        let said = cluster.command(&["move", region.as_str(), to]).unwrap();
        assert!(said.contains(&format!("moves to {to}")), "{said}");
        until(&cluster, "it moves", || owner(region.as_str()) == to).await;
        sleep(Duration::from_millis(300)).await;
    }
    let told = riders.end().await;
    // How long a move takes is the machine's: where nothing else runs, none is refused (the long run, which is measured).
    let late = told.refused.iter().filter(|said| !said.contains("E0309")).count();
    assert_eq!(late, 0, "{:?}", told.refused);
    assert!(times < MEASURED || told.refused.is_empty(), "a move refuses nothing: {:?}", told.refused);
    check_none_is_lost(&told, &servers[0].client()).await;
    let version = servers[1].client().in_region(region).world().await.unwrap().version;
    check_whole(&reader.until(version).await);
    let mut waits = told.waits;
    waits.sort();
    let of = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "{times} moves, {} orders: p50 {:?}, p99 {:?}, most {:?}",
        waits.len(),
        of(0.5),
        of(0.99),
        of(1.0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_asked_to_end_gives_its_regions_away_first() {
    let Some(cluster) = Cluster::of(4) else { return };
    let (a, b) = (cluster.start("a"), cluster.start("b"));
    for server in [&a, &b] {
        cluster.settled(server).await;
    }
    until(&cluster, "both have regions", || {
        !cluster.of_server("a").is_empty() && !cluster.of_server("b").is_empty()
    })
    .await;
    let riders = Riders::start(&[&b.base], &cluster.regions, PAUSE, 0);
    sleep(Duration::from_millis(300)).await;
    a.end();
    assert_eq!(cluster.of_server("b").len(), 4, "the other has them all when it has ended");
    sleep(Duration::from_millis(300)).await;
    let told = riders.end().await;
    check_none_is_lost(&told, &b.client()).await;
    // The last one gives them up: whoever comes next does not wait until it is missed.
    b.end();
    assert_eq!(cluster.of_server("").len(), 4);
    let c = cluster.start("c");
    cluster.settled(&c).await;
    check_none_is_lost(&told, &c.client()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_see_who_runs_what_and_drain_a_server() {
    let Some(cluster) = Cluster::of(4) else { return };
    let (a, b) = (cluster.start("a"), cluster.start("b"));
    for server in [&a, &b] {
        cluster.settled(server).await;
    }
    cluster.command(&["drain", "a"]).unwrap();
    until(&cluster, "it is drained", || cluster.of_server("b").len() == 4).await;
    let said = cluster.command(&["status"]).unwrap();
    assert!(said.contains("draining") && said.contains(&b.base), "{said}");
    let said = cluster.command(&["why", "city-01"]).unwrap();
    assert!(said.starts_with("city-01 is run by b (term") && said.contains("a: draining"), "{said}");
    let refused = cluster.command(&["move", "city-01", "z"]).unwrap_err();
    assert!(refused.contains("E0201 server z is not known; there are: a, b"), "{refused}");
    let refused = cluster.command(&["forget", "b"]).unwrap_err();
    assert!(refused.contains("E0501 server b lives"), "{refused}");
    cluster.command(&["undrain", "a"]).unwrap();
    until(&cluster, "it has regions again", || !cluster.of_server("a").is_empty()).await;
    let unknown = a.client().in_region(paceline_model::RegionId::new("nowhere").unwrap()).world().await;
    assert_eq!(unknown.unwrap_err().code(), Some(Code::E0201));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_lost_and_its_standby_takes_its_place_and_nothing_is_lost() {
    let Some(cluster) = Cluster::of(3) else { return };
    let standby = cluster.postgres.standby();
    let servers = ["a", "b"].map(|name| cluster.start_on_pair(name, &standby));
    for server in &servers {
        cluster.settled(server).await;
    }
    let all = doors(&servers);
    let readers = readers(&all, &cluster).await;
    let riders = Riders::start(&all, &cluster.regions, PAUSE, 0);
    sleep(Duration::from_secs(1)).await;
    let cluster = cluster.fail_over(standby);
    let began = Instant::now();
    cluster.settled(&servers[0]).await;
    sleep(Duration::from_secs(2)).await;
    let told = riders.end().await;
    let longest = told.waits.iter().max().copied().unwrap_or_default();
    println!(
        "the longest wait for an answer while the database changed: {longest:?}, {:?} in all",
        began.elapsed()
    );
    check_none_is_lost(&told, &servers[1].client()).await;
    for (region, reader) in cluster.regions.iter().zip(readers) {
        let version = servers[0].client().in_region(region.clone()).world().await.unwrap().version;
        check_whole(&reader.until(version).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_standby_is_lost_nothing_is_acknowledged_and_then_all_goes_on() {
    let Some(cluster) = Cluster::of(1) else { return };
    let standby = cluster.postgres.standby();
    let server = cluster.start_on_pair("a", &standby);
    cluster.settled(&server).await;
    let client = server.client().in_region(cluster.regions[0].clone());
    let place = |lat, lon| Place { lat, lon };
    let order = |name: &str| NewOrder::between(place(40.75, -73.99), place(40.76, -73.98)).named(name);
    client.place_order(&order("before")).await.unwrap();
    standby.kill();
    let unanswered = client.place_order(&order("during")).await.unwrap_err();
    assert!(matches!(unanswered.code(), Some(Code::E0304 | Code::E0305)), "{unanswered}");
    let unread = client.world().await.unwrap_err();
    assert_eq!(unread.code(), Some(Code::E0304), "what is not durable is not shown: {unread}");
    // An operator's decision: one copy has to do for now.
    cluster.postgres.sql("ALTER SYSTEM RESET synchronous_standby_names");
    cluster.postgres.sql("SELECT pg_reload_conf()");
    let began = Instant::now();
    let again = loop {
        match client.place_order(&order("during")).await {
            Err(error) if !matches!(error.code(), Some(Code::E0202)) => {
                assert!(began.elapsed() < PATIENCE, "{error}");
                sleep(Duration::from_millis(200)).await;
            }
            answered => break answered,
        }
    };
    assert!(again.is_ok() || again.is_err_and(|error| error.code() == Some(Code::E0202)));
    assert_eq!(client.world().await.unwrap().orders, 2, "it is there once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_under_a_servers_name_takes_its_place_and_the_first_ends() {
    let Some(cluster) = Cluster::of(2) else { return };
    let mut first = cluster.start("a");
    cluster.settled(&first).await;
    let second = cluster.start("a");
    until(&cluster, "the first ends", || first.has_ended()).await;
    cluster.settled(&second).await;
    assert!(!first.ended_well(), "whoever watches it is told");
}

#[test]
fn what_other_servers_do_not_reach_is_refused_and_a_server_has_a_name() {
    let Some(cluster) = Cluster::of(0) else { return };
    let (url, roads) = (cluster.postgres.url(), servers::roads());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--roads", &roads, "--cluster", &url];
    let here = ["--server", "a", "--journal", "here"];
    let refused = common::paceline(cluster.dir(), &[&serve[..], &here].concat()).unwrap_err();
    let rule =
        "regions.main.journal is here: must be the URL of a server that all servers of the cluster reach";
    assert!(refused.contains(rule), "{refused}");
    let unnamed = common::paceline(cluster.dir(), &serve).unwrap_err();
    assert!(unnamed.contains("server is left out: must name this server"), "{unnamed}");
}
