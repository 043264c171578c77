//! A task starts a task that starts a task, and none of them is ever joined.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;
use std::time::Duration;

#[tokio::test]
async fn the_last_of_a_chain_of_spawns_is_named_when_its_vehicle_goes() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 11);
    let (first, second) = (car.spawner(), car.spawner());
    car.spawn("go", Until::Owner, async move {
        first.spawn("go-go", Until::Owner, async move {
            second.spawn("go-go-go", Until::Owner, async {
                pending::<()>().named("an answer").await;
            });
        });
    });
    let (line, at) = (line!() - 5, line!() - 4);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let closed = car.close(Duration::from_millis(100)).await;
    assert_eq!((closed.finished, closed.aborted_names()), (2, vec!["go-go-go"]));
    let at = Some(("an answer", at));
    museum.names(file!(), Leak { breach: Breach::Aborted, task: "go-go-go", line, owner: "11", at }).await;
}
