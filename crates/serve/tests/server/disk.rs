//! A server whose disk fills up, fails, or goes away: it does not end, promises only what it can keep, says so, and comes back by
//! itself.

use crate::common::{Api, corner, delete, get, options, order, post, running, town};
use expect_test::expect;
use paceline_engine::FleetOptions;
use paceline_journal::disk::memory::{Call as DiskCall, EIO, EMFILE, Fate, MemoryDisk};
use paceline_journal::{Directory, JournalError, verify};
use paceline_model::Millis;
use paceline_serve::{Clock, ServeOptions, Server, Summary};
use reqwest::StatusCode;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

const DIR: &str = "/journal";
/// Longer than the journal takes to notice that its disk is well again.
const TRIES: u32 = 200;

fn directory(disk: &MemoryDisk) -> Directory {
    Directory::on(Arc::new(disk.clone()), Path::new(DIR))
}

async fn served<T>(
    disk: &MemoryDisk,
    options: ServeOptions,
    talk: impl AsyncFnOnce(Api) -> T,
) -> (T, Summary) {
    let server = Server::bind(options, FleetOptions::default(), town(), directory(disk), Clock::Real).await;
    running(server.expect("it can be served"), talk).await
}

async fn place(api: &Api, id: &str) -> StatusCode {
    api.say(post("/v1/orders", order(id))).await.status
}

/// Places orders of new names until one is answered by `status`; returns the names of those that were taken.
async fn place_until(api: &Api, prefix: &str, status: u16, tries: u32, pause: Duration) -> Vec<String> {
    let mut taken = Vec::new();
    for number in 0..tries {
        let id = format!("{prefix}{number}");
        let said = place(api, &id).await;
        if said == StatusCode::CREATED {
            taken.push(id);
        }
        if said == status {
            return taken;
        }
        tokio::time::sleep(pause).await;
    }
    panic!("no order was answered {status}");
}

async fn until_not_ready(api: &Api) {
    for _ in 0..TRIES {
        if api.say(get("/readyz")).await.status == 503 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it was not noticed");
}

async fn metric(api: &Api, name: &str) -> String {
    let all = api.must(get("/metrics")).await;
    let line = all.as_str().and_then(|all| all.lines().find(|line| line.starts_with(name)));
    line.and_then(|line| line.rsplit(' ').next()).unwrap_or("none").to_owned()
}

#[tokio::test]
async fn a_full_disk_refuses_new_orders_only_and_takes_them_again_when_there_is_room() {
    let disk = MemoryDisk::default();
    disk.set_capacity(Some(120_000));
    let (taken, summary) = served(&disk, options(), async |api| {
        let mut taken = place_until(&api, "a", 507, 2_000, Duration::ZERO).await;
        let said = api.say(post("/v1/orders", order("late"))).await;
        expect!["507 E0305 The journal cannot take this for now (the journal's disk is full); nothing of this request was applied."]
            .assert_eq(&said.to_string());
        assert_eq!(said.retry_after.as_deref(), Some("5"));
        assert_eq!(api.say(get("/v1/orders/late")).await.status, 404);
        // What is under way goes on.
        api.must(delete("/v1/orders/a0")).await;
        api.vehicle("v1", corner(0, 0)).await;
        api.must(get("/v1/orders/a1")).await;
        let ready = api.must(get("/readyz")).await;
        assert_eq!(ready, "ready; the journal's disk is full: new orders are refused");
        assert_eq!(metric(&api, "paceline_journal_health").await, "1");
        disk.set_capacity(Some(1_000_000));
        taken.extend(place_until(&api, "b", 201, TRIES, Duration::from_millis(100)).await);
        assert_eq!(api.must(get("/readyz")).await, "ready");
        assert_eq!(metric(&api, "paceline_journal_health").await, "0");
        taken
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    disk.cut_power(&mut |_| 0);
    let ((), _) = served(&disk, options(), async |api| {
        for id in &taken {
            api.must(get(&format!("/v1/orders/{id}"))).await;
        }
    })
    .await;
}

#[tokio::test]
async fn while_nothing_can_be_written_nothing_is_promised_and_nothing_is_lost() {
    let disk = MemoryDisk::default();
    let options = ServeOptions { request_timeout: Millis(30_000), ..options() };
    let ((), summary) = served(&disk, options, async |api| {
        assert_eq!(place(&api, "before").await, 201);
        disk.set_chance(Some(Box::new(|call, _| match call {
            DiskCall::Sync => Fate::Fails(EIO),
            _ => Fate::Done,
        })));
        // Taken in before it was known: it waits, and is answered once it is durable.
        let waiting = {
            let api = api.clone();
            async move { place(&api, "waiting").await }
        };
        let rest = async {
            until_not_ready(&api).await;
            assert_eq!(place(&api, "new").await, 507);
            let said = api.say(delete("/v1/orders/before")).await;
            assert!(
                said.to_string().starts_with("507 E0305 The journal cannot take this for now ("),
                "{said}"
            );
            assert_eq!(api.say(get("/readyz")).await.status, 503);
            assert_eq!(api.say(get("/healthz")).await.status, 200);
            assert_eq!(metric(&api, "paceline_journal_health").await, "2");
            disk.set_chance(None);
        };
        let (waited, ()) = tokio::join!(waiting, rest);
        assert_eq!(waited, 201);
        assert_eq!(api.must(get("/v1/orders/before")).await["phase"], "open");
        place_until(&api, "y", 201, TRIES, Duration::from_millis(100)).await;
        assert_eq!(api.must(get("/readyz")).await, "ready");
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
}

#[tokio::test]
async fn a_snapshot_that_fails_is_counted_and_tried_again_and_ends_nothing() {
    let disk = MemoryDisk::default();
    disk.set_chance(Some(Box::new(|call, path| match call {
        DiskCall::Create if path.ends_with("snapshot.tmp") => Fate::Fails(EMFILE),
        _ => Fate::Done,
    })));
    let options = ServeOptions { snapshot_every: 100, ..options() };
    let (_, summary) = served(&disk, options, async |api| {
        for number in 0..120 {
            assert_eq!(place(&api, &format!("o{number}")).await, 201);
        }
        let failed = metric(&api, "paceline_snapshots_failed_total").await;
        assert!(failed.parse::<u64>().is_ok_and(|failed| failed >= 1), "{failed}");
        assert_eq!(api.must(get("/readyz")).await, "ready");
        disk.set_chance(None);
        for _ in 0..TRIES {
            if metric(&api, "paceline_snapshots_written_total").await != "0" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it was not tried again");
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
    assert!(verify(directory(&disk)).expect("a sound journal").snapshot.is_some());
}

#[tokio::test]
async fn a_directory_that_goes_is_noticed_and_nothing_more_is_acknowledged() {
    let disk = MemoryDisk::default();
    let options = ServeOptions { request_timeout: Millis(500), ..options() };
    served(&disk, options, async |api| {
        assert_eq!(place(&api, "before").await, 201);
        disk.remove_dir(Path::new(DIR));
        assert_eq!(place(&api, "at-once").await, 504, "it may have happened, nobody can know");
        until_not_ready(&api).await;
        assert_eq!(place(&api, "after").await, 507);
        let said = api.say(get("/readyz")).await;
        expect!["503 E0305 The journal cannot take this for now (/journal: the journal's directory or its newest segment is no longer in its place); nothing of this request was applied."]
            .assert_eq(&said.to_string());
    })
    .await;
}

#[tokio::test]
async fn a_command_that_the_server_ended_with_may_have_happened() {
    let disk = MemoryDisk::default();
    let (end, ended) = oneshot::channel();
    let options = ServeOptions { request_timeout: Millis(30_000), drain_grace: Millis(30_000), ..options() };
    let server = Server::bind(options, FleetOptions::default(), town(), directory(&disk), Clock::Real).await;
    let server = server.expect("it can be served");
    let api = Api::at(server.url());
    let failing = disk.clone();
    let talk = async move {
        // Not of the reserve, which is made soon after the start: without one, no order would be taken.
        failing.set_chance(Some(Box::new(|call, path| match call {
            DiskCall::Sync if !path.ends_with("reserve") => Fate::Fails(EIO),
            _ => Fate::Done,
        })));
        let asked = api.say(post("/v1/orders", order("o1")));
        let ending = async {
            until_not_ready(&api).await;
            _ = end.send(());
        };
        tokio::join!(asked, ending).0
    };
    let (said, _) = tokio::join!(talk, server.run(async { _ = ended.await }));
    expect!["504 E0304 The server ended before it answered. The command may have happened: repeat it with the same Idempotency-Key."]
        .assert_eq(&said.to_string());
}

fn warnings(server: &Server) -> Vec<String> {
    server.all_recovered().flat_map(|(_, found)| found.warnings.clone()).collect()
}

#[tokio::test]
async fn an_emptied_journal_is_not_served_as_an_empty_world() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let bind = || Server::bind(options(), FleetOptions::default(), town(), dir.path(), Clock::Real);
    let server = bind().await.expect("a new world");
    let warned = warnings(&server).join("\n");
    assert!(warned.contains("held no journal: an empty world begins"), "{warned}");
    drop(server);
    assert_eq!(warnings(&bind().await.expect("the same")), Vec::<String>::new());
    for file in std::fs::read_dir(dir.path()).expect("its files") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|kind| kind == "log" || kind == "snapshot") {
            std::fs::remove_file(path).expect("it is there");
        }
    }
    let refused = bind().await.err().expect("it is refused");
    assert!(
        matches!(&refused, paceline_serve::ServeError::Journal(JournalError::Emptied { .. })),
        "{refused}"
    );
}
