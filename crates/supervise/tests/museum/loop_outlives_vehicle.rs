//! A vehicle's telemetry loop that looks at everything except at whether the vehicle is still there.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::time::Duration;

#[tokio::test]
async fn a_loop_that_outlives_its_vehicle_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 42);
    car.spawn("telemetry", Until::Owner, async {
        for _report in 0_u64.. {
            tokio::time::sleep(Duration::from_millis(10)).named("next report").await;
        }
    });
    let (line, at) = (line!() - 5, line!() - 3);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(car.close(Duration::from_millis(100)).await.aborted_names(), ["telemetry"]);
    let at = Some(("next report", at));
    museum.names(file!(), Leak { breach: Breach::Aborted, task: "telemetry", line, owner: "42", at }).await;
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    tokio_alone(async {
        for _report in 0_u64.. {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
