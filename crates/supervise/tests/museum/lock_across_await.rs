//! A lock is held across an await that does not end.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, NamedExt as _, Until, sync};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn what_waits_for_a_lock_held_across_an_await_is_proved_and_the_holder_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 2);
    let ledger = Arc::new(sync::Mutex::new("ledger", 0));
    let held = ledger.clone();
    car.spawn("bill", Until::Owner, async move {
        let mut ledger = held.lock().await;
        *ledger += 1;
        pending::<()>().named("the bank").await;
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    car.spawn("read-bill", Until::Owner, async move {
        drop(ledger.lock().await);
    });
    let (line, at) = (line!() - 3, line!() - 2);
    let at = Some(("ledger", at));
    let leak = Leak { breach: Breach::Stuck, task: "read-bill", line, owner: "2", at };
    let report = museum.found(&leak).await;
    assert_eq!(report.waits[0].holders[0].at.map(|at| at.name), Some("the bank"), "{report}");
    museum.proves(file!(), leak, &["bill"]).await;
}
