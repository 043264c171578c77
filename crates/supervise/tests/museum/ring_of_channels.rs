//! Two tasks ask each other and each waits for the other's answer first.

use crate::{Leak, Museum};
use paceline_supervise::sync::{ThisTask, mpsc};
use paceline_supervise::{Breach, Until};

#[tokio::test]
async fn a_ring_of_receivers_is_proved() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 7);
    let (to_battery, mut at_battery) = mpsc::channel::<u8>("to battery", 1);
    let (to_drive, mut at_drive) = mpsc::channel::<u8>("to drive", 1);
    car.spawn("battery", Until::Owner, async move {
        let this = ThisTask::new();
        let to_drive = this.confine(to_drive);
        to_drive.send(1).await.ok();
        at_battery.recv().await;
        // It answers again when it hears of the next trip.
        let trip = at_battery.recv().await;
        to_drive.send(trip.unwrap_or(0)).await.ok();
    });
    car.spawn("drive", Until::Owner, async move {
        let this = ThisTask::new();
        let to_battery = this.confine(to_battery);
        to_battery.send(1).await.ok();
        at_drive.recv().await;
        // It tells of the next trip when it hears of the charge.
        let charge = at_drive.recv().await;
        to_battery.send(charge.unwrap_or(0)).await.ok();
    });
    let (line, at) = (line!() - 9, line!() - 3);
    let at = Some(("to drive", at));
    let leak = Leak { breach: Breach::Stuck, task: "drive", line, owner: "7", at };
    museum.proves(file!(), leak, &["battery"]).await;
}
