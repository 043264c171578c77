//! A task starts a task that starts a task, and none of them is ever joined.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, NamedExt as _, Until};
use std::future::pending;

#[tokio::test]
async fn the_last_of_a_chain_of_spawns_is_proved() {
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
    let at = Some(("an answer", at));
    let leak = Leak { breach: Breach::Stuck, task: "go-go-go", line, owner: "11", at };
    museum.proves(file!(), leak, &[]).await;
}
