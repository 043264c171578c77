//! The real server is killed with SIGKILL fifty times while orders come in, and paused with SIGSTOP before every other kill. What it
//! acknowledged and what it told its streams stays so, no order is given twice, and the world after a restart is the world before.
//! `KILLS=200 cargo test -p paceline --test kill_nine` does it longer.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod load;
mod process;
#[allow(unreachable_pub, reason = "others show it to more than one file")]
#[path = "../../../engine/tests/common/town.rs"]
mod town;
mod witness;

use load::{Ledger, Said, load, report};
use paceline_client::api::{NewOrder, NewVehicle};
use process::ServerProcess;
use std::path::Path;
use std::time::Duration;
use town::{corner, town};
use witness::Witness;

/// Kills unless `KILLS` says how many.
const KILLS: u64 = 50;
const VEHICLES: u32 = 12;
const PAUSE: Duration = Duration::from_millis(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_and_pauses_lose_nothing_that_was_said_and_give_no_order_twice() {
    let kills = std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let (roads, journal) = (dir.path().join("town.road"), dir.path().join("journal"));
    town().save(&roads).unwrap();
    let (ledger, mut witness) = (Ledger::new(), Witness::new(&journal));
    register(&roads, &journal).await;
    for kill in 1..=kills {
        one_life(kill, &roads, &journal, &ledger, &mut witness).await;
    }
    there_was_load(kills, &ledger.said());
    let (given, served) = (witness.given, witness.served);
    // How many are given out in a life goes by the machine; that a kill often enough finds some does not.
    assert!(served > 0 && 4 * given > kills, "{given} orders were given out and {served} served");
    end_well(&roads, &journal, &witness).await;
}

fn there_was_load(kills: u64, said: &Said) {
    println!(
        "{kills} kills: {} orders acknowledged, {} unanswered at a kill, {} changes told, {} worlds compared",
        said.acknowledged.len(),
        said.unanswered_at_kills,
        said.changes.len(),
        said.worlds.len()
    );
    assert!(said.acknowledged.len() as u64 > 4 * kills, "there was load");
    assert!(said.unanswered_at_kills > kills, "the kills came while requests were under way");
}

async fn register(roads: &Path, journal: &Path) {
    let server = ServerProcess::start(roads, journal);
    for number in 0..VEHICLES {
        let vehicle = NewVehicle::electric(corner(number % 8, number / 2).into(), 80.0);
        server.client.put_vehicle(&format!("v{number}"), &vehicle).await.unwrap();
    }
    server.kill();
}

/// Starts the server on what the last kill left, compares, lets requests come in, pauses it at times, and kills it among them.
async fn one_life(kill: u64, roads: &Path, journal: &Path, ledger: &Ledger, witness: &mut Witness) {
    witness.catch_up(&ledger.said());
    let server = ServerProcess::start(roads, journal);
    let found = server.client.world().await.unwrap();
    // Ticks may already have happened since the start: the version tells which world was looked at.
    assert!(found.version >= witness.version(), "kill {kill}: {found:?}");
    ledger.world(found);
    report(&server.client).await;
    let loading = load(server.client.clone(), ledger.clone(), kill);
    // Not a multiple of any period of the server's, so that the kills fall on all moments of a tick and of a sync.
    let moment = Duration::from_millis(40 + kill * 37 % 211);
    tokio::select! {
        () = loading => panic!("kill {kill}: the server went away by itself"),
        () = live(kill, &server, moment) => server.kill(),
    }
    ledger.killed();
    let said = ledger.said();
    witness.catch_up(&said);
    witness.compare(kill, &said);
}

/// Before an even kill it is paused halfway, for longer than several of its ticks; before every other of these it is killed as it is.
async fn live(kill: u64, server: &ServerProcess, moment: Duration) {
    tokio::time::sleep(moment / 2).await;
    if kill.is_multiple_of(2) {
        server.pause();
        tokio::time::sleep(PAUSE).await;
    }
    if !kill.is_multiple_of(4) {
        server.resume();
        tokio::time::sleep(moment / 2).await;
    }
}

/// All that was acknowledged can still be asked for, and the server ends with 0 when it is asked to end.
async fn end_well(roads: &Path, journal: &Path, witness: &Witness) {
    let server = ServerProcess::start(roads, journal);
    let orders = witness.orders();
    for order in orders.iter().step_by(1 + orders.len() / 100) {
        assert_eq!(server.client.order(order).await.unwrap().id.as_str(), order);
    }
    let once_more = NewOrder::between(corner(2, 0).into(), corner(2, 3).into()).named("after-all");
    server.client.place_order(&once_more).await.unwrap();
    let status = server.terminate();
    assert!(status.success(), "SIGTERM drains: {status}");
    let verified = paceline_journal::verify(journal).unwrap();
    assert!(verified.warnings.is_empty(), "{verified:?}");
}
