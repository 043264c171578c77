//! Rides under way: each arrives during the first run, and picks up its riders during the second.

use anyhow::Context as _;
use paceline_api::{NewOrder, NewVehicle, OrderPhase, Place, PositionReport};
use paceline_client::{Client, ClientError, ClientOptions};
use paceline_load::answers::{Answer, Answers};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Longest that all rides may take to be assigned.
const ASSIGNED_WITHIN: Duration = Duration::from_secs(30);
/// A vehicle that says nothing for a minute is taken for lost.
const REPORT_EVERY: Duration = Duration::from_secs(10);

pub(crate) struct Trips {
    /// Repeats nothing: what is turned away is seen.
    client: Client,
    /// Says where the vehicles are, for as long as they ride.
    _reports: JoinSet<()>,
    /// Vehicle and order.
    rides: Vec<(String, String)>,
}

impl Trips {
    /// Registers vehicles and has each assigned a ride.
    pub(crate) async fn begin(client: &Client, corners: &[Place], count: usize) -> anyhow::Result<Self> {
        let place = |number: usize| corners[number * (corners.len() / count.max(1)).max(1) % corners.len()];
        for number in 0..count {
            client.put_vehicle(&format!("trip-{number}"), &NewVehicle::electric(place(number), 90.0)).await?;
        }
        for number in 0..count {
            let order = NewOrder::between(place(number), place(number + 1)).named(format!("ride-{number}"));
            client.place_order(&order).await?;
        }
        let (mut rides, deadline) = (Vec::new(), Instant::now() + ASSIGNED_WITHIN);
        for number in 0..count {
            let order = format!("ride-{number}");
            let vehicle = loop {
                let said = client.order(&order).await?;
                if said.phase == OrderPhase::Assigned {
                    break said.vehicle.context("assigned to nobody")?;
                }
                anyhow::ensure!(Instant::now() < deadline, "{order} is not assigned");
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            rides.push((vehicle.to_string(), order));
        }
        let positions = (0..count).map(|number| position(number, place(number))).collect();
        let mut reports = JoinSet::new();
        reports.spawn(report(client.clone(), positions));
        Ok(Self { client: Client::new(client.base(), ClientOptions::once())?, _reports: reports, rides })
    }

    /// All arrive, evenly over so many seconds.
    pub(crate) async fn arrive(&self, seconds: u64) -> Answers {
        self.spread(seconds, |client, vehicle, order| async move {
            client.arrived(&vehicle, &order).await.map(drop)
        })
        .await
    }

    /// All pick up their riders, evenly over so many seconds.
    pub(crate) async fn pick_up(&self, seconds: u64) -> Answers {
        self.spread(seconds, |client, vehicle, order| async move {
            client.picked_up(&vehicle, &order).await.map(drop)
        })
        .await
    }

    async fn spread<F>(
        &self,
        seconds: u64,
        say: impl Fn(Client, String, String) -> F + Clone + Send + 'static,
    ) -> Answers
    where
        F: Future<Output = Result<(), ClientError>> + Send + 'static,
    {
        let (began, apart) = (Instant::now(), Duration::from_secs(seconds) / self.rides.len().max(1) as u32);
        let mut words = JoinSet::new();
        for (number, (vehicle, order)) in (0..).zip(self.rides.iter().cloned()) {
            let (client, say, due) = (self.client.clone(), say.clone(), began + apart * number);
            words.spawn(async move {
                tokio::time::sleep_until(due).await;
                let said = say(client, vehicle, order).await;
                let answer = if said.is_ok() { Answer::Taken } else { Answer::Wrong };
                (answer, due.elapsed())
            });
        }
        let mut answers = Answers::default();
        words.join_all().await.into_iter().for_each(|(answer, took)| answers.note(answer, took));
        answers
    }
}

fn position(number: usize, at: Place) -> PositionReport {
    let vehicle = format!("trip-{number}");
    PositionReport { vehicle, lat: at.lat, lon: at.lon, battery_percent: 90.0, heading_deg: None, at: None }
}

async fn report(client: Client, positions: Vec<PositionReport>) {
    let mut turns = tokio::time::interval(REPORT_EVERY);
    loop {
        turns.tick().await;
        if let Err(error) = client.report_positions(&positions).await {
            eprintln!("positions were not taken: {error}");
        }
    }
}
