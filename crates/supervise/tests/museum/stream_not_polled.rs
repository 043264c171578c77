//! A subscriber holds its end of a stream and has stopped to read: the publisher waits for room for ever.

use crate::{Leak, Museum};
use paceline_supervise::sync::{ThisTask, mpsc};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;

#[tokio::test]
async fn a_publisher_whose_stream_is_never_polled_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 30);
    let (changes, subscriber) = mpsc::channel("changes", 2);
    car.spawn("publish", Until::Owner, async move {
        for change in 0_u64.. {
            changes.send(change).await?;
        }
        Ok::<_, mpsc::error::SendError<u64>>(())
    });
    let (line, at) = (line!() - 6, line!() - 4);
    car.spawn("subscribe", Until::Owner, async move {
        let this = ThisTask::new();
        let mut changes = this.confine(subscriber);
        while let Some(_change) = changes.recv().await {
            pending::<()>().named("the browser").await;
        }
    });
    let at = Some(("changes", at));
    let leak = Leak { breach: Breach::Stuck, task: "publish", line, owner: "30", at };
    museum.proves(file!(), leak, &["subscribe"]).await;
}
