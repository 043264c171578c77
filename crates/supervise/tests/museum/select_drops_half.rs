//! `select!` drops a half-done future that had taken the only token out of a slot and would have put it back.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn what_waits_for_a_token_that_select_lost_is_named() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 6);
    let (free, slot) = sync::channel::<&'static str>("radio's token", 1);
    let slot = Arc::new(tokio::sync::Mutex::new(slot));
    free.try_send("token").unwrap();
    let (again, put_back) = (slot.clone(), free.clone());
    car.spawn("send-with-timeout", Until::Owner, async move {
        let transmit = async {
            let token = slot.lock().await.recv().await.unwrap();
            tokio::time::sleep(Duration::from_secs(60)).await;
            put_back.try_send(token).unwrap();
        };
        tokio::select! {
            () = transmit => {}
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
    });
    tokio::time::sleep(Duration::from_millis(60)).await;
    car.spawn("send-again", Until::Within(Duration::from_millis(100)), async move {
        again.lock().await.recv().await;
    });
    let (line, at) = (line!() - 3, line!() - 2);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let at = Some(("radio's token", at));
    museum.names(file!(), Leak { breach: Breach::Outlived, task: "send-again", line, owner: "6", at }).await;
    drop((free, car.close(Duration::ZERO).await));
}
