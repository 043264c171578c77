//! The handle of a task is dropped, as if that ended the task.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;

#[tokio::test]
async fn a_task_whose_handle_was_forgotten_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 1);
    let eta = car.spawn("fetch-eta", Until::Owner, async {
        pending::<()>().named("router").await;
    });
    let (line, at) = (line!() - 3, line!() - 2);
    // The caller has found another way and lets go of it.
    let _ = eta;
    let at = Some(("router", at));
    let leak = Leak { breach: Breach::Stuck, task: "fetch-eta", line, owner: "1", at };
    museum.proves(file!(), leak, &[]).await;
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    tokio_alone(pending()).await;
}
