//! `select!` drops a half-done future that had taken the only token out of a slot and would have put it back.

use crate::{Leak, Museum};
use paceline_supervise::sync::{ThisTask, mpsc};
use paceline_supervise::{Breach, Until};
use std::time::Duration;

#[tokio::test]
async fn what_waits_for_a_token_that_select_lost_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 6);
    car.spawn("send-again", Until::Owner, async move {
        let this = ThisTask::new();
        let (put_back, mut slot) = mpsc::channel::<&'static str>("radio's token", 1);
        let put_back = this.confine(put_back);
        put_back.try_send("token").unwrap();
        let transmit = async {
            let token = slot.recv().await.unwrap();
            tokio::time::sleep(Duration::from_secs(60)).await;
            put_back.try_send(token).unwrap();
        };
        tokio::select! {
            () = transmit => {}
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
        slot.recv().await;
    });
    let (line, at) = (line!() - 16, line!() - 2);
    let at = Some(("radio's token", at));
    let leak = Leak { breach: Breach::Stuck, task: "send-again", line, owner: "6", at };
    museum.proves(file!(), leak, &["send-again"]).await;
}
