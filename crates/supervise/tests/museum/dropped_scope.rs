//! A scope goes out of scope on an early return, with tasks in it.

use crate::Museum;
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;

#[tokio::test]
async fn a_scope_that_is_dropped_with_tasks_in_it_is_named_with_them() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 99);
    let opened = line!() - 1;
    car.spawn("link", Until::Owner, pending::<()>().named("the next frame"));
    tokio::task::yield_now().await;
    drop(car);
    let report = &museum.supervisor.reports()[0];
    println!("{report}");
    assert_eq!((&report.breach, report.opened.line), (&Breach::DroppedOpen, opened));
    assert_eq!(report.owner.as_ref().map(|owner| owner.as_str()), Some("99"));
    assert!(report.detail.contains("fleet/link of vehicle 99") && report.detail.contains("the next frame"));
    drop(museum.fleet.close(std::time::Duration::ZERO).await);
}
