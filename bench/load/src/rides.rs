//! The riders: so many orders a second, each from corner to corner; and what a vehicle tells on a ride.

use crate::Args;
use crate::api::Api;
use crate::ledger::Kind;
use crate::streets::Streets;
use paceline_plan::Rng;
use serde_json::{Value, json};
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
        let body = json!({
            "id": format!("load-{}-{number}", std::process::id()),
            "pickup": streets.place(from),
            "dropoff": streets.place(to),
        });
        let api = api.clone();
        asked.spawn(async move { api.send(Kind::Order, "/v1/orders", &body).await });
        while asked.try_join_next().is_some() {}
    }
    asked.join_all().await;
    began.elapsed()
}

/// One ride in fast motion: some seconds to the pick-up, some to the drop-off.
pub(crate) async fn drive(api: Api, vehicle: String, order: String, mut rng: Rng) {
    let told = json!({ "order": order });
    let tell = async |kind, what: &str, body: &Value| {
        api.send(kind, &format!("/v1/vehicles/{vehicle}/{what}"), body).await
    };
    let wait = |rng: &mut Rng, seconds: f64| {
        tokio::time::sleep(Duration::from_secs_f64(seconds * (0.5 + rng.unit())))
    };
    wait(&mut rng, 4.0).await;
    if !tell(Kind::Arrived, "arrived", &told).await {
        return;
    }
    wait(&mut rng, 2.0).await;
    if !tell(Kind::PickedUp, "picked-up", &told).await {
        return;
    }
    wait(&mut rng, 10.0).await;
    let Ok(shown) = api.get(&format!("/v1/vehicles/{vehicle}")).await else { return };
    let shown: Value = shown.json().await.unwrap_or_default();
    let there = json!({ "order": order, "position": shown["position"], "battery_percent": 90.0 });
    tell(Kind::DroppedOff, "dropped-off", &there).await;
}
