//! A collector gives each worker a clone of its sender and keeps the first one: its receiver never sees the end.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::{Breach, Until, sync};
use tokio::sync::mpsc;

#[tokio::test]
async fn a_receiver_whose_own_task_holds_the_last_sender_is_called_stuck() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 42);
    let spawner = car.spawner();
    car.spawn("collect", Until::Owner, async move {
        let (readings, mut all) = sync::channel::<u32>("readings", 8);
        for sensor in 0..3 {
            let readings = readings.clone();
            spawner.spawn("sensor", Until::Owner, async move { readings.send(sensor).await });
        }
        let mut sum = 0;
        while let Some(reading) = all.recv().await {
            sum += reading;
        }
        assert_eq!(sum, 3, "never reached");
    });
    let (line, at) = (line!() - 12, line!() - 5);
    let at = Some(("readings", at));
    museum.names(file!(), Leak { breach: Breach::Stuck, task: "collect", line, owner: "42", at }).await;
    drop(car.close(std::time::Duration::ZERO).await);
}

#[tokio::test]
async fn a_receiver_whose_workers_have_not_sent_yet_is_no_leak() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 42);
    let spawner = car.spawner();
    car.spawn("collect", Until::Owner, async move {
        let (reading, mut all) = sync::channel::<u32>("readings", 8);
        spawner.spawn("slow-sensor", Until::Owner, async move {
            tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
            reading.send(1).await
        });
        assert_eq!((all.recv().await, all.recv().await), (Some(1), None));
    });
    let closed = car.run_until(std::future::pending(), std::time::Duration::ZERO).await;
    assert!(closed.is_clean() && museum.supervisor.reports().is_empty(), "{:?}", museum.supervisor.reports());
    drop(museum.fleet.close(std::time::Duration::ZERO).await);
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    let (readings, mut all) = mpsc::channel::<u32>(8);
    tokio_alone(async move {
        let _kept = readings;
        while all.recv().await.is_some() {}
    })
    .await;
}
