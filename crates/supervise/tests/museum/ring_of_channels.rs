//! Two tasks ask each other and each waits for the other's answer first.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};

#[tokio::test]
async fn a_ring_of_receivers_is_called_stuck() {
    let museum = Museum::open();
    let car = museum.fleet.child("vehicle", 7);
    let (to_battery, mut at_battery) = sync::channel::<u8>("to battery", 1);
    let (to_drive, mut at_drive) = sync::channel::<u8>("to drive", 1);
    car.spawn("battery", Until::Owner, async move {
        to_drive.send(1).await.ok();
        at_battery.recv().await;
        // It answers again when it hears of the next trip.
        let trip = at_battery.recv().await;
        to_drive.send(trip.unwrap_or(0)).await.ok();
    });
    car.spawn("drive", Until::Owner, async move {
        to_battery.send(1).await.ok();
        at_drive.recv().await;
        // It tells of the next trip when it hears of the charge.
        let charge = at_drive.recv().await;
        to_battery.send(charge.unwrap_or(0)).await.ok();
    });
    let (line, at) = (line!() - 7, line!() - 3);
    let at = Some(("to drive", at));
    museum.names(file!(), Leak { breach: Breach::Stuck, task: "drive", line, owner: "7", at }).await;
    drop(car.close(std::time::Duration::ZERO).await);
}
