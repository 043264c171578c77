//! A blocking function that waits for a value and does not watch its cancel token.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, waiting};
use std::time::Duration;

#[tokio::test]
async fn a_blocking_function_that_stays_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 9);
    let (release, values) = std::sync::mpsc::channel::<()>();
    car.spawn_blocking("write-log", Until::Owner, move |_token| {
        let _at = waiting("a line to write");
        values.recv().ok();
    });
    let (line, at) = (line!() - 4, line!() - 3);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let closed = car.close(Duration::from_millis(50)).await;
    assert_eq!(closed.stayed.iter().map(|row| row.name).collect::<Vec<_>>(), ["write-log"]);
    let at = Some(("a line to write", at));
    museum.names(file!(), Leak { breach: Breach::Stayed, task: "write-log", line, owner: "9", at }).await;
    drop(release);
}
