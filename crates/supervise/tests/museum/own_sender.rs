//! A collector gives each worker a clone of its sender and keeps the first one: its receiver never sees the end.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::sync::{self, ThisTask};
use paceline_supervise::{Breach, Until};
use tokio::sync::mpsc;

#[tokio::test]
async fn a_receiver_whose_own_task_holds_the_last_sender_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 42);
    let spawner = car.spawner();
    car.spawn("collect", Until::Owner, async move {
        let this = ThisTask::new();
        let (readings, mut all) = sync::mpsc::channel::<u32>("readings", 8);
        let readings = this.confine(readings);
        for sensor in 0..3 {
            let readings = readings.clone().release();
            spawner.spawn("sensor", Until::Owner, async move { readings.send(sensor).await });
        }
        let mut sum = 0;
        while let Some(reading) = all.recv().await {
            sum += reading;
        }
        assert_eq!(sum, 3, "never reached");
    });
    let (line, at) = (line!() - 14, line!() - 5);
    let at = Some(("readings", at));
    let leak = Leak { breach: Breach::Stuck, task: "collect", line, owner: "42", at };
    museum.proves(file!(), leak, &["collect"]).await;
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
