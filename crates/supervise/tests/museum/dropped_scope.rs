//! A scope goes out of scope on an early return, with tasks in it that nobody can wake.

use crate::{Leak, Museum, kind};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;

#[tokio::test]
async fn a_scope_that_is_dropped_with_tasks_in_it_is_named_with_them() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 99);
    let opened = line!() - 1;
    car.spawn("link", Until::Owner, pending::<()>().named("the next frame"));
    let at = Some(("the next frame", line!() - 1));
    let leak = Leak { breach: Breach::Stuck, task: "link", line: opened + 2, owner: "99", at };
    let proved = museum.found(&leak).await;
    println!("leak\t{}\t{:?}\t{proved}", kind(file!()), proved.breach);
    drop(car);
    let reports = museum.supervisor.reports();
    let report = reports.last().unwrap();
    println!("{report}");
    assert_eq!((&report.breach, report.opened.line), (&Breach::DroppedOpen, opened));
    assert_eq!(report.owner.as_ref().map(|owner| owner.as_str()), Some("99"));
    assert!(report.detail.contains("fleet/link of vehicle 99") && report.detail.contains("the next frame"));
    drop(museum.fleet.close(std::time::Duration::ZERO).await);
}
