//! A permit is forgotten on the way out through an error; after as many errors as permits every task waits.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};
use std::sync::Arc;

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
async fn what_waits_for_a_forgotten_permit_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 13);
    let plugs = Arc::new(sync::Semaphore::new("a free plug", 1));
    charge(&plugs, false).await.unwrap_err();
    car.spawn("charge", Until::Owner, async move {
        charge(&plugs, true).await.ok();
    });
    let line = line!() - 3;
    let at = Some(("a free plug", 8));
    let leak = Leak { breach: Breach::Stuck, task: "charge", line, owner: "13", at };
    assert_eq!(museum.found(&leak).await.waits[0].forgotten, 1);
    museum.proves(file!(), leak, &[]).await;
}
