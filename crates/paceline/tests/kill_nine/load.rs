//! Riders and vehicles that speak to the server until it is gone, and a ledger of what it said to them.

use crate::VEHICLES;
use crate::town::corner;
use paceline_client::api::operation as op;
use paceline_client::api::{Accepted, DroppedOff, Event, NewOrder, PositionReport, WorldView};
use paceline_client::{Client, ClientError, Prepared, StreamItem};
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
    pub(crate) changes: BTreeMap<u64, Event>,
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
    /// A world as the server shows it. The same version must be the same world, in every life.
    pub(crate) fn world(&self, shown: WorldView) {
        let WorldView { version, digest, .. } = shown;
        let known = self.said().worlds.insert(version, digest.clone());
        assert!(known.is_none_or(|known| known == digest), "version {version} was another world before");
    }
    fn acknowledged(&self, order: &str, answer: &Accepted) {
        let mut said = self.said();
        said.unanswered.remove(order);
        said.acknowledged.insert(order.to_owned(), answer.version);
    }
    fn changed(&self, version: u64, event: Event) {
        let known = self.said().changes.insert(version, event.clone());
        assert!(known.is_none_or(|known| known == event), "change {version} was another one before");
    }
}

/// The answer; `None`: the server is gone. A refusal is an answer that no test here wants.
fn or_gone<T>(answer: Result<T, ClientError>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) if error.status().is_none() => None,
        Err(error) => panic!("{error}"),
    }
}

/// Speaks until the server is gone.
pub(crate) async fn load(client: Client, ledger: Ledger, life: u64) {
    let again: Vec<String> = ledger.said().unanswered.iter().cloned().collect();
    let mut speakers = JoinSet::new();
    for rider in 0..RIDERS {
        let again = again.iter().skip(rider as usize).step_by(RIDERS as usize).cloned().collect();
        speakers.spawn(ride_after_ride(client.clone(), ledger.clone(), again, life * RIDERS + rider));
    }
    speakers.spawn(watch(client.clone(), ledger.clone()));
    speakers.spawn(drive(client, ledger));
    while let Some(ended) = speakers.join_next().await {
        ended.unwrap();
    }
}

async fn ride_after_ride(client: Client, ledger: Ledger, again: Vec<String>, rider: u64) {
    let fresh = (0..).map(|number| format!("r{rider}-{number}"));
    for order in again.into_iter().chain(fresh) {
        ledger.said().unanswered.insert(order.clone());
        let Some(answer) = or_gone(client.call::<Accepted>(&ask(&order)).await) else { return };
        ledger.acknowledged(&order, &answer);
    }
}

/// An order whose places and key follow from its name, so that asking again asks the same.
fn ask(order: &str) -> Prepared {
    let mixed = order.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let (column, row) = (mixed % 8, mixed / 8 % 8);
    let (pickup, dropoff) = (corner(column, row), corner((column + 3) % 8, (row + 2) % 8));
    let body = NewOrder::between(pickup.into(), dropoff.into()).named(order);
    Prepared::new(&op::PLACE_ORDER, "", &body).unwrap().under(&format!("key-{order}"))
}

/// Looks at the world again and again.
async fn watch(client: Client, ledger: Ledger) {
    while let Some(world) = or_gone(client.world().await) {
        ledger.world(world);
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

/// Every vehicle that gets an order drives it at once; those that a kill interrupted go on.
async fn drive(client: Client, ledger: Ledger) {
    let last = ledger.said().changes.keys().next_back().copied().unwrap_or(0);
    let mut stream = client.stream(Some(last));
    if or_gone(stream.begin().await).is_none() {
        return;
    }
    let Some(vehicles) = or_gone(client.all_vehicles().await) else { return };
    let mut rides = JoinSet::new();
    for vehicle in vehicles {
        if let Some(order) = vehicle.order {
            rides.spawn(tell(client.clone(), vehicle.id.to_string(), order.to_string()));
        }
    }
    while let Some(item) = or_gone(stream.next().await) {
        let StreamItem::Change(change) = item else { continue };
        if let Event::OrderAssigned { vehicle, order, .. } = &change.event {
            rides.spawn(tell(client.clone(), vehicle.to_string(), order.to_string()));
        }
        ledger.changed(change.version, change.event);
    }
}

/// Every vehicle says where it is: a server that has started gives it nothing before.
pub(crate) async fn report(client: &Client) {
    let stands = |number: u32| {
        let at = corner(number % 8, number / 2);
        PositionReport {
            vehicle: format!("v{number}"),
            lat: at.lat(),
            lon: at.lon(),
            battery_percent: 80.0,
            heading_deg: None,
            at: None,
        }
    };
    let reports: Vec<PositionReport> = (0..VEHICLES).map(stands).collect();
    client.report_positions(&reports).await.unwrap();
}

/// What a vehicle tells on a ride; the server may already have heard a part of it. Ends when the server is gone.
async fn tell(client: Client, vehicle: String, order: String) {
    let there = DroppedOff { order: order.clone(), position: corner(4, 4).into(), battery_percent: 80.0 };
    // What it has heard already it refuses.
    let gone = |said: Result<Accepted, ClientError>| said.is_err_and(|error| error.status().is_none());
    if gone(client.arrived(&vehicle, &order).await) || gone(client.picked_up(&vehicle, &order).await) {
        return;
    }
    _ = client.dropped_off(&vehicle, &there).await;
}
