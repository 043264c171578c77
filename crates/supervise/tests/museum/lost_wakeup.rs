//! `notify_waiters` before the task waits: the waiter has missed it, for ever.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

#[tokio::test]
async fn what_waits_for_a_wake_that_has_passed_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 21);
    let ready = Arc::new(Notify::new());
    ready.notify_waiters();
    car.spawn("depart", Until::Within(Duration::from_millis(50)), async move {
        ready.notified().named("ready to go").await;
    });
    let (line, at) = (line!() - 3, line!() - 2);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let at = Some(("ready to go", at));
    museum.names(file!(), Leak { breach: Breach::Outlived, task: "depart", line, owner: "21", at }).await;
    drop(car.close(Duration::ZERO).await);
}
