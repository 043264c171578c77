//! `notify_waiters` before the task waits: the waiter has missed it, for ever.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};

#[tokio::test]
async fn what_waits_for_a_wake_that_has_passed_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 21);
    let ready = sync::Notify::new("ready to go");
    ready.notify_waiters();
    car.spawn("depart", Until::Owner, async move {
        ready.notified().await;
    });
    let (line, at) = (line!() - 3, line!() - 2);
    let at = Some(("ready to go", at));
    let leak = Leak { breach: Breach::Stuck, task: "depart", line, owner: "21", at };
    museum.proves(file!(), leak, &["depart"]).await;
}
