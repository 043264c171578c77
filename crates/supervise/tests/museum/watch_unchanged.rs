//! A watch whose writer is kept alive and never writes again.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::sync::{self, ThisTask};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;
use tokio::sync::watch;

#[tokio::test]
async fn what_waits_for_a_watch_that_never_changes_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 4);
    let (prices, mut seen) = sync::watch::channel("a new price", 0);
    car.spawn("reprice", Until::Owner, async move {
        seen.changed().await.ok();
    });
    let (line, at) = (line!() - 3, line!() - 2);
    car.spawn("load-prices", Until::Owner, async move {
        let this = ThisTask::new();
        let prices = this.confine(prices);
        pending::<()>().named("the market").await;
        prices.send(1).ok();
    });
    let at = Some(("a new price", at));
    let leak = Leak { breach: Breach::Stuck, task: "reprice", line, owner: "4", at };
    museum.proves(file!(), leak, &["load-prices"]).await;
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    let (prices, mut seen) = watch::channel(0);
    tokio_alone(async move { while seen.changed().await.is_ok() {} }).await;
    drop(prices);
}
