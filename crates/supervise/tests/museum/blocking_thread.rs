//! A blocking function that waits for a value and does not watch its cancel token; whoever would send it waits as well.

use crate::{Leak, Museum};
use paceline_supervise::sync::{ThisTask, mpsc};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;

#[tokio::test]
async fn a_blocking_function_that_nobody_will_ever_send_to_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 9);
    let (lines, mut written) = mpsc::channel::<String>("a line to write", 8);
    car.spawn_blocking("write-log", Until::Owner, move |_token| while written.blocking_recv().is_some() {});
    let (line, at) = (line!() - 1, line!() - 1);
    car.spawn("read-sensor", Until::Owner, async move {
        let this = ThisTask::new();
        let _lines = this.confine(lines);
        pending::<()>().named("the sensor").await;
    });
    let at = Some(("a line to write", at));
    let leak = Leak { breach: Breach::Stuck, task: "write-log", line, owner: "9", at };
    museum.proves(file!(), leak, &["read-sensor"]).await;
}
