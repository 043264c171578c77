//! A hub in an `Arc` holds the sender to itself; its loop holds the `Arc`, and so keeps its own channel open.

use crate::{Leak, Museum};
use paceline_supervise::sync::{Confined, ThisTask, mpsc};
use paceline_supervise::{Breach, Until};
use std::sync::Arc;

struct Hub<'task> {
    inbox: Confined<'task, mpsc::Sender<&'static str>>,
}

#[tokio::test]
async fn a_loop_that_keeps_its_own_channel_open_through_an_arc_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 5);
    car.spawn("hub", Until::Owner, async {
        let this = ThisTask::new();
        let (inbox, mut messages) = mpsc::channel("hub inbox", 4);
        let hub = Arc::new(Hub { inbox: this.confine(inbox) });
        hub.inbox.send("hello").await.ok();
        while let Some(message) = messages.recv().await {
            assert_eq!(message, "hello");
        }
    });
    let (line, at) = (line!() - 9, line!() - 4);
    let at = Some(("hub inbox", at));
    let leak = Leak { breach: Breach::Stuck, task: "hub", line, owner: "5", at };
    museum.proves(file!(), leak, &["hub"]).await;
}
