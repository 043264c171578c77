//! A hub in an `Arc` holds the sender to itself; its loop holds the `Arc`, and so keeps its own channel open.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};
use std::sync::Arc;

struct Hub {
    inbox: sync::Sender<&'static str>,
}

#[tokio::test]
async fn a_loop_that_keeps_its_own_channel_open_through_an_arc_is_called_stuck() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 5);
    car.spawn("hub", Until::Owner, async {
        let (inbox, mut messages) = sync::channel("hub inbox", 4);
        let hub = Arc::new(Hub { inbox });
        hub.inbox.send("hello").await.ok();
        while let Some(message) = messages.recv().await {
            assert_eq!(message, "hello");
        }
    });
    let (line, at) = (line!() - 8, line!() - 4);
    let at = Some(("hub inbox", at));
    museum.names(file!(), Leak { breach: Breach::Stuck, task: "hub", line, owner: "5", at }).await;
    drop(car.close(std::time::Duration::ZERO).await);
}
