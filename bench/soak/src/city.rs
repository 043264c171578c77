//! Those who use the server: vehicles that report, drive, break down, come back or vanish; riders who order and give up;
//! pages that open a stream and close it. Who does what is drawn from a seed.

use crate::counts::{Counts, Done};
use crate::server::{Served, import};
use anyhow::Context as _;
use paceline_client::api::{DroppedOff, Event, FaultReason, NewOrder, NewVehicle, Place, PositionReport};
use paceline_client::{Client, ClientError, ClientOptions, StreamItem};
use paceline_plan::Rng;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Requests on their way at once: enough to keep two cores busy.
const LANES: usize = 48;
/// Vehicles report this often; two hours of the engine's silence are two seconds.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Streams opened and closed again beside the orders: one for each so many.
const ORDERS_PER_STREAM: usize = 100;
/// Open orders at most; riders beyond that wait at the door.
const OPEN_MAX: usize = 600;
/// Riders wait so long on the engine's clock, which is ten seconds here: longer than a slow disk holds up an answer.
const LONG_WAIT_S: u32 = 36_000;
/// Longest that nothing may end before the soak gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Connections that nobody uses are closed after so long: those are clients' tasks in the server, and no leak.
const IDLE: Duration = Duration::from_secs(2);
/// A server that is used hard is often busy; it is asked again for some minutes.
const ATTEMPTS_MAX: u32 = 60;
/// Orders shown of those that did not end.
const SHOWN_MAX: usize = 5;
/// Time between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// The city, for as many waves as are wanted.
pub(crate) struct City {
    shared: Arc<Shared>,
    vehicles: usize,
    seed: u64,
    wave: u64,
    /// Orders of this wave that have not ended.
    open: BTreeSet<String>,
}

struct Shared {
    client: Client,
    corners: Vec<Place>,
    /// Vehicles that report.
    present: Mutex<BTreeSet<usize>>,
    counts: Counts,
}

/// What a lane does next.
enum Errand {
    Order(usize),
    Drive { order: String, vehicle: String },
    Return(usize),
    Stream,
}

impl City {
    pub(crate) fn new(server: &Served, vehicles: usize, seed: u64, roads: &Path) -> anyhow::Result<Self> {
        let roads = import(roads)?;
        let corners =
            roads.street_polylines().filter_map(|(_, line)| line.first().copied().map(Place::from)).collect();
        let options =
            ClientOptions { idle_timeout: IDLE, attempts_max: ATTEMPTS_MAX, ..ClientOptions::default() };
        let client = Client::new(&server.public, options)?;
        let shared = Shared { client, corners, present: Mutex::default(), counts: Counts::default() };
        Ok(Self { shared: Arc::new(shared), vehicles, seed, wave: 0, open: BTreeSet::new() })
    }

    pub(crate) fn done(&self) -> Done {
        self.shared.counts.done()
    }

    /// One wave: every vehicle connects, `orders` orders live and die.
    pub(crate) async fn live(&mut self, orders: usize) -> anyhow::Result<()> {
        self.wave += 1;
        let (errands_to, errands) = mpsc::unbounded_channel();
        let errands = Arc::new(tokio::sync::Mutex::new(errands));
        let mut lanes = JoinSet::new();
        for lane in 0..LANES {
            let (shared, errands, back) = (self.shared.clone(), errands.clone(), errands_to.clone());
            let mut rng = Rng::of(self.seed, &format!("wave {} lane {lane}", self.wave));
            lanes.spawn(async move {
                loop {
                    let errand = errands.lock().await.recv().await;
                    let Some(errand) = errand else { return };
                    if let Err(error) = shared.run(errand, &mut rng, &back).await {
                        eprintln!("soak: {error:#}");
                    }
                }
            });
        }
        (0..self.vehicles).for_each(|vehicle| _ = errands_to.send(Errand::Return(vehicle)));
        let mut reports = JoinSet::new();
        reports.spawn(self.shared.clone().report());
        let ended = self.follow(orders, &errands_to).await;
        reports.shutdown().await;
        lanes.shutdown().await;
        if let Err(error) = ended {
            let left = self.left().await;
            return Err(error.context(format!("the orders did not all end: {}{left}", self.done())));
        }
        Ok(())
    }

    /// What the server says of orders that did not end.
    async fn left(&self) -> String {
        let mut left = format!("; {} left", self.open.len());
        for order in self.open.iter().take(SHOWN_MAX) {
            // One that was never placed is unknown; that says something too.
            match self.shared.client.order(order).await {
                Ok(said) => left.push_str(&format!("\n  {said:?}")),
                Err(error) => left.push_str(&format!("\n  {order}: {error}")),
            }
        }
        left
    }

    /// Hears what happens, lets orders in, until all have ended.
    async fn follow(&mut self, orders: usize, errands: &mpsc::UnboundedSender<Errand>) -> anyhow::Result<()> {
        // What happened since the last wave is nobody's here, and may be more than the server keeps.
        let mut stream = self.shared.client.stream(None);
        stream.begin().await?;
        let first = (self.wave as usize) << 24;
        let (mut placed, mut ended) = (0, 0);
        let mut progress = tokio::time::interval(PROGRESS_EVERY);
        let (mut seen, mut quiet) = (0, Duration::ZERO);
        while ended < orders {
            while placed < orders && placed - ended < OPEN_MAX {
                errands.send(Errand::Order(first + placed))?;
                self.open.insert(format!("o{}", first + placed));
                if placed % ORDERS_PER_STREAM == 0 {
                    errands.send(Errand::Stream)?;
                }
                placed += 1;
            }
            let item = tokio::select! {
                item = stream.next() => item?,
                _ = progress.tick() => {
                    eprintln!("soak: {ended} of {orders} orders have ended");
                    quiet = if ended == seen { quiet + PROGRESS_EVERY } else { Duration::ZERO };
                    seen = ended;
                    anyhow::ensure!(quiet < PATIENCE, "nothing has ended for {quiet:?}");
                    continue;
                }
            };
            match item {
                StreamItem::Change(change) => ended += usize::from(self.hear(change.event, errands)?),
                StreamItem::Reset => anyhow::bail!("the stream no longer knows what was missed"),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reacts to a change. Returns whether an order of this wave ended by it.
    fn hear(&mut self, event: Event, errands: &mpsc::UnboundedSender<Errand>) -> anyhow::Result<bool> {
        let counts = &self.shared.counts;
        let (counter, order) = match event {
            Event::OrderAssigned { order, vehicle, .. } => {
                let (order, vehicle) = (order.to_string(), vehicle.to_string());
                errands.send(Errand::Drive { order, vehicle })?;
                return Ok(false);
            }
            Event::ContactLost { vehicle } => {
                // Two in three that were lost come back.
                if let Some(vehicle) = number(vehicle.as_str()).filter(|vehicle| vehicle % 3 != 0) {
                    errands.send(Errand::Return(vehicle))?;
                }
                return Ok(false);
            }
            Event::RidersDroppedOff { order, .. } => (&counts.served, order),
            Event::OrderCancelled { order } => (&counts.cancelled, order),
            Event::OrderTimedOut { order } => (&counts.timed_out, order),
            _ => return Ok(false),
        };
        counter.fetch_add(1, Relaxed);
        Ok(self.open.remove(order.as_str()))
    }

    /// Every vehicle is retired.
    pub(crate) async fn leave(&mut self) -> anyhow::Result<()> {
        self.shared.present.lock().expect("no lane panics").clear();
        let mut leaving = JoinSet::new();
        for lane in 0..LANES {
            let (shared, vehicles) = (self.shared.clone(), self.vehicles);
            leaving.spawn(async move {
                for vehicle in (lane..vehicles).step_by(LANES) {
                    shared.retire(vehicle).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(left) = leaving.join_next().await {
            left??;
        }
        Ok(())
    }

    /// An order that nobody can serve, called off.
    pub(crate) async fn one_that_dies(&mut self) -> anyhow::Result<()> {
        self.wave += 1;
        let (id, shared) = (format!("o{}", self.wave << 24), &self.shared);
        let order =
            NewOrder { max_wait_s: Some(LONG_WAIT_S), ..NewOrder::between(shared.place(0), shared.place(1)) };
        shared.client.place_order(&order.named(id.clone())).await?;
        shared.client.cancel_order(&id).await?;
        Ok(())
    }
}

fn number(vehicle: &str) -> Option<usize> {
    vehicle.strip_prefix('v')?.parse().ok()
}

impl Shared {
    fn place(&self, at: usize) -> Place {
        self.corners[at % self.corners.len()]
    }

    fn anywhere(&self, rng: &mut Rng) -> Place {
        self.place(rng.below(self.corners.len()))
    }

    async fn run(
        &self,
        errand: Errand,
        rng: &mut Rng,
        back: &mpsc::UnboundedSender<Errand>,
    ) -> anyhow::Result<()> {
        match errand {
            Errand::Order(number) => self.order(number, rng).await,
            Errand::Drive { order, vehicle } => self.drive(&order, &vehicle, rng, back).await,
            Errand::Return(vehicle) => self.come(vehicle, rng).await,
            Errand::Stream => self.look().await,
        }
    }

    /// A vehicle connects: for the first time, or again.
    async fn come(&self, vehicle: usize, rng: &mut Rng) -> anyhow::Result<()> {
        let described = NewVehicle::electric(self.anywhere(rng), 90.0);
        let put = answered(self.client.put_vehicle(&format!("v{vehicle}"), &described).await)?;
        if put && self.present.lock().expect("no lane panics").insert(vehicle) {
            self.counts.reconnected.fetch_add(1, Relaxed);
        }
        Ok(())
    }

    /// A rider orders; one in twenty gives up at once, one in fifty waits for one second of ours only.
    async fn order(&self, number: usize, rng: &mut Rng) -> anyhow::Result<()> {
        let (name, from, to) = (format!("o{number}"), self.anywhere(rng), self.anywhere(rng));
        let wait_s = if rng.below(50) == 0 { 3_600 } else { LONG_WAIT_S };
        let order = NewOrder { max_wait_s: Some(wait_s), ..NewOrder::between(from, to).named(name.clone()) };
        self.client.place_order(&order).await?;
        self.counts.placed.fetch_add(1, Relaxed);
        if rng.below(20) == 0 {
            // It may be under way already; then it is driven.
            answered(self.client.cancel_order(&name).await)?;
        }
        Ok(())
    }

    /// A vehicle drives, breaks down or vanishes on the way.
    async fn drive(
        &self,
        order: &str,
        vehicle: &str,
        rng: &mut Rng,
        back: &mpsc::UnboundedSender<Errand>,
    ) -> anyhow::Result<()> {
        let number = number(vehicle).context("a vehicle of ours")?;
        match rng.below(100) {
            0..3 => {
                answered(self.client.fault(vehicle, FaultReason::Breakdown).await)?;
                self.counts.faults.fetch_add(1, Relaxed);
                answered(self.client.recover(vehicle).await)?;
                _ = back.send(Errand::Return(number));
                return Ok(());
            }
            3..5 => {
                self.present.lock().expect("no lane panics").remove(&number);
                self.counts.vanished.fetch_add(1, Relaxed);
                return Ok(());
            }
            _ => {}
        }
        answered(self.client.arrived(vehicle, order).await)?;
        if !answered(self.client.picked_up(vehicle, order).await)? {
            // Cancelled, or given to another while nobody heard of this one.
            return Ok(());
        }
        let there =
            DroppedOff { order: order.to_owned(), position: self.anywhere(rng), battery_percent: 90.0 };
        // Riders get out also where contact was lost on the way, as soon as there is some again.
        for _ in 0..100 {
            if answered(self.client.dropped_off(vehicle, &there).await)? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("{vehicle} cannot drop off {order}")
    }

    /// A page is opened and closed.
    async fn look(&self) -> anyhow::Result<()> {
        let mut stream = self.client.stream(None);
        self.counts.streams.fetch_add(1, Relaxed);
        _ = stream.next_raw().await?;
        Ok(())
    }

    /// Present vehicles say where they are.
    async fn report(self: Arc<Self>) {
        loop {
            let reports: Vec<PositionReport> = {
                let present = self.present.lock().expect("no lane panics");
                let report = |&vehicle: &usize| {
                    let (name, Place { lat, lon }) = (format!("v{vehicle}"), self.place(vehicle));
                    PositionReport {
                        vehicle: name,
                        lat,
                        lon,
                        battery_percent: 90.0,
                        heading_deg: None,
                        at: None,
                    }
                };
                present.iter().map(report).collect()
            };
            if let Err(error) = self.client.report_positions(&reports).await {
                eprintln!("soak: {error:#}");
            }
            tokio::time::sleep(REPORT_EVERY).await;
        }
    }

    /// Retired as soon as it is free.
    async fn retire(&self, vehicle: usize) -> anyhow::Result<()> {
        let name = format!("v{vehicle}");
        for _ in 0..100 {
            match self.client.retire_vehicle(&name).await {
                Ok(_) => return Ok(()),
                Err(error) if error.status() == Some(404) => return Ok(()),
                refused => _ = answered(refused)?,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("{name} cannot be retired: {:?}", self.client.vehicle(&name).await?)
    }
}

/// Whether it was accepted. Errors: there was no answer.
fn answered<T>(answer: Result<T, ClientError>) -> Result<bool, ClientError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.status().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}
