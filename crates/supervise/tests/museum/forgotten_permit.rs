//! A permit is forgotten on the way out through an error; after as many errors as permits every task waits.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};
use std::sync::Arc;
use std::time::Duration;

async fn charge(plugs: &sync::Semaphore, works: bool) -> Result<(), &'static str> {
    let permit = plugs.acquire().await;
    // So that the plug stays ours until the end.
    permit.forget();
    if !works {
        return Err("no power");
    }
    Ok(())
}

#[tokio::test]
async fn what_waits_for_a_forgotten_permit_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 13);
    let plugs = Arc::new(sync::Semaphore::new("a free plug", 1));
    charge(&plugs, false).await.unwrap_err();
    car.spawn("charge", Until::Owner, async move {
        charge(&plugs, true).await.ok();
    });
    let line = line!() - 3;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(car.close(Duration::from_millis(50)).await.aborted_names(), ["charge"]);
    let leak =
        Leak { breach: Breach::Aborted, task: "charge", line, owner: "13", at: Some(("a free plug", 9)) };
    museum.names(file!(), leak).await;
}
