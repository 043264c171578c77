//! The handle of a task is dropped, as if that ended the task.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;
use std::time::Duration;

#[tokio::test]
async fn a_task_whose_handle_was_forgotten_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 1);
    let eta = car.spawn("fetch-eta", Until::Within(Duration::from_millis(300)), async {
        pending::<()>().named("router").await;
    });
    let (line, at) = (line!() - 3, line!() - 2);
    // The caller has found another way and lets go of it.
    let _ = eta;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let at = Some(("router", at));
    museum.names(file!(), Leak { breach: Breach::Outlived, task: "fetch-eta", line, owner: "1", at }).await;
    drop(car.close(Duration::ZERO).await);
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    tokio_alone(pending()).await;
}
