//! Riders and vehicles that speak to the server until it is gone, and a ledger of what it said to them.

use crate::common::events::Events;
use crate::common::{Api, Call, corner, get, place, post};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::task::JoinSet;

const RIDERS: u64 = 6;

/// What the server has said, in all its lives.
#[derive(Default)]
pub(crate) struct Said {
    /// Orders that were acknowledged, with the version that the answer named.
    pub(crate) acknowledged: BTreeMap<String, u64>,
    /// Orders that were asked for and not answered; they are asked for again under the same key.
    unanswered: BTreeSet<String>,
    pub(crate) unanswered_at_kills: u64,
    /// Changes by version, as the stream told them.
    pub(crate) changes: BTreeMap<u64, Value>,
    /// Digests by version.
    pub(crate) worlds: BTreeMap<u64, String>,
}

/// Shared by everybody who hears something.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Said>>);

impl Ledger {
    pub(crate) fn new() -> Self {
        Self::default()
    }
    pub(crate) fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap()
    }
    pub(crate) fn killed(&self) {
        let mut said = self.said();
        said.unanswered_at_kills += said.unanswered.len() as u64;
    }
    /// A world as `/v1/world` shows it. The same version must be the same world, in every life.
    pub(crate) fn world(&self, shown: &Value) {
        let (version, digest) = (shown["version"].as_u64().unwrap(), shown["digest"].as_str().unwrap());
        let known = self.said().worlds.insert(version, digest.to_owned());
        assert!(known.is_none_or(|known| known == digest), "version {version} was another world before");
    }
    fn acknowledged(&self, order: &str, answer: &Value) {
        let mut said = self.said();
        said.unanswered.remove(order);
        said.acknowledged.insert(order.to_owned(), answer["version"].as_u64().unwrap());
    }
    fn changed(&self, version: u64, change: Value) {
        let known = self.said().changes.insert(version, change.clone());
        assert!(known.is_none_or(|known| known == change), "change {version} was another one before");
    }
}

/// Speaks until the server is gone.
pub(crate) async fn load(api: Api, ledger: Ledger, life: u64) {
    let again: Vec<String> = ledger.said().unanswered.iter().cloned().collect();
    let mut speakers = JoinSet::new();
    for rider in 0..RIDERS {
        let again = again.iter().skip(rider as usize).step_by(RIDERS as usize).cloned().collect();
        speakers.spawn(ride_after_ride(api.clone(), ledger.clone(), again, life * RIDERS + rider));
    }
    speakers.spawn(watch(api.clone(), ledger.clone()));
    speakers.spawn(drive(api, ledger));
    while let Some(ended) = speakers.join_next().await {
        ended.unwrap();
    }
}

async fn ride_after_ride(api: Api, ledger: Ledger, again: Vec<String>, rider: u64) {
    let fresh = (0..).map(|number| format!("r{rider}-{number}"));
    for order in again.into_iter().chain(fresh) {
        ledger.said().unanswered.insert(order.clone());
        let Ok(response) = api.try_send(ask(&order)).await else { return };
        let status = response.status();
        let Ok(body) = response.bytes().await else { return };
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 201, "{order}: {answer}");
        ledger.acknowledged(&order, &answer);
    }
}

/// An order whose places follow from its name, so that asking again asks the same.
fn ask(order: &str) -> Call {
    let mixed = order.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let (column, row) = (mixed % 8, mixed / 8 % 8);
    let body = json!({
        "id": order,
        "pickup": place(corner(column, row)),
        "dropoff": place(corner((column + 3) % 8, (row + 2) % 8)),
    });
    post("/v1/orders", body).key(&format!("key-{order}"))
}

/// Looks at the world again and again.
async fn watch(api: Api, ledger: Ledger) {
    loop {
        let Ok(response) = api.try_send(get("/v1/world")).await else { return };
        let Ok(body) = response.bytes().await else { return };
        ledger.world(&serde_json::from_slice(&body).unwrap());
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

/// Every vehicle that gets an order drives it at once; those that a kill interrupted go on.
async fn drive(api: Api, ledger: Ledger) {
    let last = ledger.said().changes.keys().next_back().copied().unwrap_or(0);
    let Ok(mut events) = Events::try_open(&api, Some(last)).await else { return };
    let Ok(response) = api.try_send(get("/v1/vehicles")).await else { return };
    let Ok(body) = response.bytes().await else { return };
    let vehicles: Value = serde_json::from_slice(&body).unwrap();
    let mut rides = JoinSet::new();
    for vehicle in vehicles.as_array().unwrap() {
        ride(&mut rides, &api, &vehicle["id"], &vehicle["order"]);
    }
    while let Some(told) = events.next().await {
        let Some(version) = told.id else { continue };
        let assigned = &told.data["event"]["order_assigned"];
        ride(&mut rides, &api, &assigned["vehicle"], &assigned["order"]);
        ledger.changed(version, told.data["event"].clone());
    }
}

/// Lets a vehicle tell its ride beside the others, if it has one.
fn ride(rides: &mut JoinSet<()>, api: &Api, vehicle: &Value, order: &Value) {
    if let (Some(vehicle), Some(order)) = (vehicle.as_str(), order.as_str()) {
        rides.spawn(tell(api.clone(), vehicle.to_owned(), order.to_owned()));
    }
}

/// What a vehicle tells on a ride; the server may already have heard a part of it. Ends when the server is gone.
async fn tell(api: Api, vehicle: String, order: String) {
    let there = json!({ "order": order, "position": place(corner(4, 4)), "battery_percent": 80.0 });
    let here = json!({ "order": order });
    for (what, body) in [("arrived", &here), ("picked-up", &here), ("dropped-off", &there)] {
        if api.try_send(post(&format!("/v1/vehicles/{vehicle}/{what}"), body.clone())).await.is_err() {
            return;
        }
    }
}
