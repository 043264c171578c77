//! A subscriber holds its end of a stream and has stopped to read: the publisher waits for room for ever.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};
use std::time::Duration;

#[tokio::test]
async fn a_publisher_whose_stream_is_never_polled_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 30);
    let (changes, subscriber) = sync::channel("changes", 2);
    car.spawn("publish", Until::Owner, async move {
        for change in 0_u64.. {
            changes.send(change).await?;
        }
        Ok::<_, tokio::sync::mpsc::error::SendError<u64>>(())
    });
    let (line, at) = (line!() - 6, line!() - 4);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(car.close(Duration::from_millis(50)).await.aborted_names(), ["publish"]);
    assert_eq!(subscriber.len(), 2);
    let at = Some(("changes", at));
    museum.names(file!(), Leak { breach: Breach::Aborted, task: "publish", line, owner: "30", at }).await;
}
