//! A watch whose writer is kept alive and never writes again.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::time::Duration;
use tokio::sync::watch;

#[tokio::test]
async fn what_waits_for_a_watch_that_never_changes_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 4);
    let (prices, mut seen) = watch::channel(0);
    car.spawn("reprice", Until::Owner, async move {
        seen.changed().named("a new price").await.ok();
    });
    let (line, at) = (line!() - 3, line!() - 2);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(car.close(Duration::from_millis(50)).await.aborted_names(), ["reprice"]);
    let at = Some(("a new price", at));
    museum.names(file!(), Leak { breach: Breach::Aborted, task: "reprice", line, owner: "4", at }).await;
    drop(prices);
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    let (prices, mut seen) = watch::channel(0);
    tokio_alone(async move { while seen.changed().await.is_ok() {} }).await;
    drop(prices);
}
