//! Riders who place orders in all regions, through whichever door answers, and remember what they were told.

use crate::servers::PATIENCE;
use paceline_client::api::{Code, NewOrder, Place};
use paceline_client::{Client, ClientOptions, OrderFilter};
use paceline_model::RegionId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What riders were told.
#[derive(Default)]
pub(crate) struct Told {
    /// Orders that were acknowledged, by region.
    pub(crate) acknowledged: BTreeMap<String, BTreeSet<String>>,
    /// How long each answer took, from the first attempt on.
    pub(crate) waits: Vec<Duration>,
    /// Answers that said no.
    pub(crate) refused: Vec<String>,
}

pub(crate) struct Riders {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Told>>,
}

impl Riders {
    /// One rider for each region, who places an order, and the next one `pause` after that is acknowledged.
    pub(crate) fn start(doors: &[&str], regions: &[RegionId], pause: Duration, round: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let rider = |(at, region): (usize, &RegionId)| {
            // Each begins at another door.
            let mut doors: Vec<String> = doors.iter().map(|door| (*door).to_owned()).collect();
            let turn = at % doors.len();
            doors.rotate_left(turn);
            let rider = Rider { doors, region: region.clone(), round, told: Told::default() };
            tokio::spawn(rider.run(stop.clone(), pause))
        };
        let tasks = regions.iter().enumerate().map(rider).collect();
        Self { stop, tasks }
    }

    pub(crate) async fn end(self) -> Told {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Told::default();
        for task in self.tasks {
            let told = task.await.unwrap();
            all.acknowledged.extend(told.acknowledged);
            all.waits.extend(told.waits);
            all.refused.extend(told.refused);
        }
        all
    }
}

struct Rider {
    doors: Vec<String>,
    region: RegionId,
    round: usize,
    told: Told,
}

impl Rider {
    async fn run(mut self, stop: Arc<AtomicBool>, pause: Duration) -> Told {
        let options = ClientOptions { timeout: Duration::from_secs(3), ..ClientOptions::once() };
        let doors: Vec<&str> = self.doors.iter().map(String::as_str).collect();
        let client = Client::of_cluster(&doors, options).unwrap().in_region(self.region.clone());
        let mut number = 0;
        while !stop.load(Ordering::SeqCst) {
            number += 1;
            self.place(&client, &format!("{}-{}-{number}", self.region, self.round)).await;
            tokio::time::sleep(pause).await;
        }
        self.told
    }

    /// Until it is acknowledged: by an answer, or by word that the order is there already.
    async fn place(&mut self, client: &Client, name: &str) {
        let place = |lat, lon| Place { lat, lon };
        let order = NewOrder::between(place(40.75, -73.99), place(40.76, -73.98)).named(name);
        let began = Instant::now();
        loop {
            match client.place_order(&order).await {
                Ok(_) => break,
                Err(error) if error.code() == Some(Code::E0202) => break,
                Err(error) => self.told.refused.push(error.to_string()),
            }
            assert!(began.elapsed() < PATIENCE, "{name}: {:?}", self.told.refused.last());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.told.waits.push(began.elapsed());
        self.told.acknowledged.entry(self.region.to_string()).or_default().insert(name.to_owned());
    }
}

/// Every acknowledged order is there, once.
pub(crate) async fn check_none_is_lost(told: &Told, client: &Client) {
    for (region, acknowledged) in &told.acknowledged {
        let client = client.in_region(RegionId::new(region).unwrap());
        let listed = client.orders(&OrderFilter::default()).await.unwrap();
        let names: Vec<String> = listed.rows.into_iter().map(|order| order.id.to_string()).collect();
        let there: BTreeSet<&String> = names.iter().collect();
        assert_eq!(there.len(), names.len(), "{region}: none is there twice");
        let lost: Vec<&String> = acknowledged.iter().filter(|name| !there.contains(name)).collect();
        assert!(lost.is_empty(), "{region}: acknowledged and lost: {lost:?}");
    }
}
