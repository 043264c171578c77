//! The riders: so many orders a second, each from corner to corner; and what a vehicle tells on a ride.

use crate::Args;
use crate::api::Api;
use crate::ledger::Kind;
use crate::streets::Streets;
use paceline_api::operation as op;
use paceline_api::{DroppedOff, NewOrder, OrderRef};
use paceline_plan::Rng;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Orders until the time is over, and says how long that was. An answer that is late keeps no other order back.
pub(crate) async fn order(api: &Api, streets: &Streets, args: &Args) -> Duration {
    let mut rng = Rng::of(args.seed, "orders");
    let mut beat = tokio::time::interval(Duration::from_secs(1) / args.orders);
    let began = Instant::now();
    let mut asked = JoinSet::new();
    for number in 0..args.seconds * u64::from(args.orders) {
        beat.tick().await;
        let (from, to) = (streets.any(&mut rng), streets.any(&mut rng));
        let name = format!("load-{}-{number}", std::process::id());
        let body = NewOrder::between(streets.place(from), streets.place(to)).named(name);
        let api = api.clone();
        asked.spawn(async move { api.send(Kind::Order, &op::PLACE_ORDER, "", &body).await });
        while asked.try_join_next().is_some() {}
    }
    asked.join_all().await;
    began.elapsed()
}

/// One ride in fast motion: some seconds to the pick-up, some to the drop-off.
pub(crate) async fn drive(api: Api, vehicle: String, order: String, mut rng: Rng) {
    let that = OrderRef { order: order.clone() };
    let wait = |rng: &mut Rng, seconds: f64| {
        tokio::time::sleep(Duration::from_secs_f64(seconds * (0.5 + rng.unit())))
    };
    wait(&mut rng, 4.0).await;
    if !api.send(Kind::Arrived, &op::ARRIVED, &vehicle, &that).await {
        return;
    }
    wait(&mut rng, 2.0).await;
    if !api.send(Kind::PickedUp, &op::PICKED_UP, &vehicle, &that).await {
        return;
    }
    wait(&mut rng, 10.0).await;
    let Ok(shown) = api.client.vehicle(&vehicle).await else { return };
    let there = DroppedOff { order, position: shown.position, battery_percent: 90.0 };
    api.send(Kind::DroppedOff, &op::DROPPED_OFF, &vehicle, &there).await;
}
