//! An interval that starts work on every tick and never asks whether the last one is done.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;
use std::time::Duration;

#[tokio::test]
async fn work_that_a_ticker_piles_up_is_proved_and_told_once() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 3);
    let spawner = car.spawner();
    car.spawn("ticker", Until::Owner, async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        for _tick in 0_u64.. {
            ticks.tick().named("tick").await;
            spawner.spawn("poll-battery", Until::Owner, async {
                pending::<()>().named("battery's answer").await;
            });
        }
    });
    let (line, at) = (line!() - 5, line!() - 4);
    let at = Some(("battery's answer", at));
    let leak = Leak { breach: Breach::Stuck, task: "poll-battery", line, owner: "3", at };
    museum.found(&leak).await;
    while museum.supervisor.registry().leaks()[0].count < 5 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(museum.supervisor.registry().leaks().len(), 1, "they leak alike");
    museum.proves(file!(), leak, &[]).await;
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    tokio_alone(pending()).await;
}
