//! `paceline serve` with its journal on a server, PostgreSQL or NATS JetStream: killed and started again, fenced by a second, copied from and
//! to files.
#![cfg(all(feature = "jetstream", feature = "postgres"))]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;
#[allow(dead_code, reason = "each test program uses its own part")]
#[path = "../../journal/tests/logs/nats_server.rs"]
mod nats_server;
#[allow(dead_code, reason = "each test program uses its own part")]
#[path = "../../journal/tests/logs/postgres_server.rs"]
mod postgres_server;

use common::{Killed, paceline};
use nats_server::NatsServer;
use paceline_client::api::{Code, NewOrder, NewVehicle, Place};
use paceline_client::{Client, ClientError, ClientOptions};
use postgres_server::PostgresServer;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest that a server takes to notice that another has taken its journal over.
const NOTICED_WITHIN: Duration = Duration::from_secs(30);

struct Served {
    server: Killed,
    client: Client,
}

impl Served {
    fn start(dir: &Path, journal: &str) -> Self {
        let roads: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../data/manhattan/network.json.gz"].iter().collect();
        let roads = roads.display().to_string();
        let server = Killed::start(dir, &["--journal", journal, "--roads", &roads]);
        let client = Client::new(&server.base, ClientOptions::once()).unwrap();
        Self { server, client }
    }

    /// Places an order of this number, under a name of its own.
    async fn place(&self, number: u64) -> Result<(), ClientError> {
        let place = |lat, lon| Place { lat, lon };
        let order = NewOrder::between(place(40.75, -73.99), place(40.76, -73.98));
        self.client.place_order(&order.named(format!("o{number}"))).await.map(drop)
    }

    async fn orders(&self) -> u64 {
        self.client.world().await.unwrap().orders
    }

    async fn text(&self, path: &str) -> String {
        let http = paceline_client::http(&self.server.base, &Default::default()).unwrap().build().unwrap();
        http.get(format!("{}{path}", self.server.base)).send().await.unwrap().text().await.unwrap()
    }
}

/// What keeps the journal.
trait Database {
    fn url(&self) -> String;
    fn kill_and_restart(&self);
}

impl Database for PostgresServer {
    fn url(&self) -> String {
        PostgresServer::url(self)
    }
    fn kill_and_restart(&self) {
        PostgresServer::kill_and_restart(self);
    }
}

impl Database for NatsServer {
    fn url(&self) -> String {
        format!("nats://{}", self.address())
    }
    fn kill_and_restart(&self) {
        NatsServer::kill_and_restart(self);
    }
}

/// PostgreSQL and JetStream, as far as they can be had: each says loudly if it cannot.
fn databases() -> Vec<Box<dyn Database>> {
    let postgres = PostgresServer::start().map(|server| Box::new(server) as Box<dyn Database>);
    let nats = NatsServer::start().map(|server| Box::new(server) as Box<dyn Database>);
    postgres.into_iter().chain(nats).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_outlives_kills_of_the_server_and_of_the_database() {
    for database in databases() {
        outlives_kills(&*database).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_fences_the_first_which_commits_nothing_more_and_says_so() {
    for database in databases() {
        is_fenced(&*database).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_moves_from_files_to_a_server_and_back() {
    for database in databases() {
        moves_and_returns(&*database).await;
    }
}

async fn outlives_kills(database: &dyn Database) {
    let (dir, url) = (tempfile::tempdir().unwrap(), database.url());
    let mut placed = 0;
    for life in 0..3 {
        let served = Served::start(dir.path(), &url);
        if life == 0 {
            let vehicle = NewVehicle::electric(Place { lat: 40.758, lon: -73.9855 }, 80.0);
            served.client.put_vehicle("v1", &vehicle).await.unwrap();
        }
        assert_eq!(served.orders().await, placed, "life {life}: as many as were answered");
        for _ in 0..20 {
            served.place(placed).await.unwrap();
            placed += 1;
        }
        if life == 1 {
            // A database that is killed stops what is promised, and nothing else: it goes on by itself.
            database.kill_and_restart();
            let mut refused = 0;
            while let Err(error) = served.place(placed).await {
                assert_eq!(error.code(), Some(Code::E0305), "{error}");
                refused += 1;
                assert!(refused < 100, "it goes on: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            placed += 1;
            assert_eq!(served.orders().await, placed);
        }
    }
    let said = paceline(dir.path(), &["journal", "verify", &url]).unwrap();
    assert!(said.ends_with("sound"), "{said}");
    let dumped = paceline(dir.path(), &["journal", "dump", &url, "--from", "2", "--limit", "2"]).unwrap();
    assert!(dumped.starts_with("{\"seq\":2,") && dumped.lines().count() == 2, "{dumped}");
}

async fn is_fenced(database: &dyn Database) {
    let (dir, url) = (tempfile::tempdir().unwrap(), database.url());
    let first = Served::start(dir.path(), &url);
    first.place(1).await.unwrap();
    let second = Served::start(dir.path(), &url);
    assert_eq!(second.orders().await, 1);
    let refused = first.place(2).await.expect_err("it commits nothing more");
    assert!(matches!(refused.code(), Some(Code::E0305 | Code::E0304)), "{refused}");
    let mut ready = String::new();
    let noticed = tokio::time::timeout(NOTICED_WITHIN, async {
        while !ready.contains("E0405") {
            tokio::time::sleep(Duration::from_millis(200)).await;
            ready = first.text("/readyz").await;
        }
    });
    assert!(noticed.await.is_ok(), "{ready}");
    let metrics = first.text("/metrics").await;
    assert!(metrics.contains("paceline_journal_health{region=\"main\"} 2"), "it stands stalled");
    second.place(3).await.unwrap();
    assert_eq!(second.orders().await, 2, "what the first was asked for last is in no journal");
    assert_eq!(first.place(4).await.expect_err("for ever").code(), Some(Code::E0305));
    assert!(paceline(dir.path(), &["journal", "verify", &url]).unwrap().ends_with("sound"));
}

async fn moves_and_returns(database: &dyn Database) {
    let (dir, url) = (tempfile::tempdir().unwrap(), database.url());
    {
        let served = Served::start(dir.path(), "files");
        for number in 0..5 {
            served.place(number).await.unwrap();
        }
    }
    let copied = paceline(dir.path(), &["journal", "copy", "files", &url]).unwrap();
    assert!(copied.contains("they are the same"), "{copied}");
    let again = paceline(dir.path(), &["journal", "copy", "files", &url]).unwrap_err();
    assert!(again.contains("is not empty"), "{again}");
    {
        let served = Served::start(dir.path(), &url);
        assert_eq!(served.orders().await, 5);
        served.place(5).await.unwrap();
    }
    paceline(dir.path(), &["journal", "copy", &url, "back"]).unwrap();
    let identity = |said: String| said.lines().next().map(str::to_owned);
    let of = |journal: &str| identity(paceline(dir.path(), &["journal", "verify", journal]).unwrap());
    assert_eq!(of("back"), of("files"), "it is the same journal");
    assert_eq!(Served::start(dir.path(), "back").orders().await, 6);
}

#[test]
fn a_database_that_cannot_be_had_is_an_error_that_names_it_and_no_password() {
    let dir = tempfile::tempdir().unwrap();
    let url = "postgresql://me:secret@127.0.0.1:9/city#east";
    let said = paceline(dir.path(), &["journal", "verify", url]).unwrap_err();
    assert!(said.contains("postgresql://127.0.0.1:9/city#east: cannot connect"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
