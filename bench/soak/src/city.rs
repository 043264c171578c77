//! Those who use the server: vehicles that report, drive, break down, come back or vanish; riders who order and give up;
//! pages that open a stream and close it. Who does what is drawn from a seed.

use crate::server::{Served, import};
use anyhow::Context as _;
use paceline_plan::Rng;
use reqwest::{Client, Method, Response};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
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
/// Longest that nothing may end before the soak gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Connections that nobody uses are closed after so long: those are clients' tasks in the server, and no leak.
const IDLE: Duration = Duration::from_secs(2);
/// Orders shown of those that did not end.
const SHOWN_MAX: usize = 5;
/// Time between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// What happened, counted.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Done {
    placed: usize,
    served: usize,
    cancelled: usize,
    timed_out: usize,
    faults: usize,
    vanished: usize,
    reconnected: usize,
    streams: usize,
}

impl Done {
    pub(crate) fn ended(&self) -> usize {
        self.served + self.cancelled + self.timed_out
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placed, served, cancelled, timed_out, faults, vanished, reconnected, streams } = self;
        write!(
            f,
            "{placed} orders: {served} served, {cancelled} cancelled, {timed_out} timed out; vehicles: {faults} faults, \
             {vanished} vanished, {reconnected} came back; {streams} streams opened and dropped"
        )
    }
}

#[derive(Default)]
struct Counts {
    placed: AtomicUsize,
    served: AtomicUsize,
    cancelled: AtomicUsize,
    timed_out: AtomicUsize,
    faults: AtomicUsize,
    vanished: AtomicUsize,
    reconnected: AtomicUsize,
    streams: AtomicUsize,
}

/// The city, for as many waves as are wanted.
pub(crate) struct City {
    shared: Arc<Shared>,
    vehicles: usize,
    seed: u64,
    wave: u64,
    after: u64,
    /// Orders of this wave that have not ended.
    open: BTreeSet<String>,
}

struct Shared {
    http: Client,
    base: String,
    corners: Vec<(f64, f64)>,
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
        let corners = roads
            .street_polylines()
            .filter_map(|(_, line)| line.first().map(|at| (at.lat(), at.lon())))
            .collect();
        let http = Client::builder().pool_idle_timeout(IDLE).timeout(Duration::from_secs(20)).build()?;
        let shared = Shared {
            http,
            base: server.public.clone(),
            corners,
            present: Mutex::default(),
            counts: Counts::default(),
        };
        Ok(Self { shared: Arc::new(shared), vehicles, seed, wave: 0, after: 0, open: BTreeSet::new() })
    }

    pub(crate) fn done(&self) -> Done {
        let counts = &self.shared.counts;
        Done {
            placed: counts.placed.load(Relaxed),
            served: counts.served.load(Relaxed),
            cancelled: counts.cancelled.load(Relaxed),
            timed_out: counts.timed_out.load(Relaxed),
            faults: counts.faults.load(Relaxed),
            vanished: counts.vanished.load(Relaxed),
            reconnected: counts.reconnected.load(Relaxed),
            streams: counts.streams.load(Relaxed),
        }
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
            let left = self.left().await?;
            return Err(error.context(format!("the orders did not all end: {}{left}", self.done())));
        }
        Ok(())
    }

    /// What the server says of orders that did not end.
    async fn left(&self) -> anyhow::Result<String> {
        let mut left = format!("; {} left", self.open.len());
        for order in self.open.iter().take(SHOWN_MAX) {
            let path = format!("/v1/orders/{order}");
            let said = self.shared.tell(Method::GET, &path, Value::Null).await?.text().await?;
            left.push_str("\n  ");
            left.push_str(&said);
        }
        Ok(left)
    }

    /// Hears what happens, lets orders in, until all have ended.
    async fn follow(&mut self, orders: usize, errands: &mpsc::UnboundedSender<Errand>) -> anyhow::Result<()> {
        let shared = self.shared.clone();
        let mut stream = shared
            .http
            .get(format!("{}/v1/stream", shared.base))
            .timeout(Duration::from_secs(86_400))
            .header("last-event-id", self.after)
            .send()
            .await?;
        let first = (self.wave as usize) << 24;
        let (mut placed, mut ended, mut text) = (0, 0, Vec::new());
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
            let chunk = tokio::select! {
                chunk = stream.chunk() => chunk?.context("the stream ended")?,
                _ = progress.tick() => {
                    eprintln!("soak: {ended} of {orders} orders have ended");
                    quiet = if ended == seen { quiet + PROGRESS_EVERY } else { Duration::ZERO };
                    seen = ended;
                    anyhow::ensure!(quiet < PATIENCE, "nothing has ended for {quiet:?}");
                    continue;
                }
            };
            text.extend_from_slice(&chunk);
            while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = text.drain(..end + 2).collect();
                let block = String::from_utf8_lossy(&block);
                if let Some(data) = block
                    .lines()
                    .find_map(|line| line.strip_prefix("data: "))
                    .filter(|_| block.contains("event: change\n"))
                {
                    ended += usize::from(self.hear(&serde_json::from_str(data)?, errands)?);
                }
            }
        }
        Ok(())
    }

    /// Reacts to a change. Returns whether an order ended by it.
    fn hear(&mut self, change: &Value, errands: &mpsc::UnboundedSender<Errand>) -> anyhow::Result<bool> {
        self.after = change["version"].as_u64().unwrap_or(self.after);
        let counts = &self.shared.counts;
        let Some((kind, of)) = change["event"].as_object().and_then(|event| event.iter().next()) else {
            return Ok(false);
        };
        let counter = match kind.as_str() {
            "order_assigned" => {
                let text = |key: &str| of[key].as_str().unwrap_or_default().to_owned();
                errands.send(Errand::Drive { order: text("order"), vehicle: text("vehicle") })?;
                return Ok(false);
            }
            "contact_lost" => {
                let number = of["vehicle"].as_str().and_then(number);
                // Two in three that were lost come back.
                if let Some(vehicle) = number.filter(|vehicle| vehicle % 3 != 0) {
                    errands.send(Errand::Return(vehicle))?;
                }
                return Ok(false);
            }
            "riders_dropped_off" => &counts.served,
            "order_cancelled" => &counts.cancelled,
            "order_timed_out" => &counts.timed_out,
            _ => return Ok(false),
        };
        counter.fetch_add(1, Relaxed);
        Ok(of["order"].as_str().is_some_and(|order| self.open.remove(order)))
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
        let id = format!("o{}", self.wave << 24);
        let body = json!({ "id": id, "pickup": self.shared.place(0), "dropoff": self.shared.place(1) });
        self.shared.tell(Method::POST, "/v1/orders", body).await?.error_for_status()?;
        self.shared
            .tell(Method::DELETE, &format!("/v1/orders/{id}"), Value::Null)
            .await?
            .error_for_status()?;
        Ok(())
    }
}

fn number(vehicle: &str) -> Option<usize> {
    vehicle.strip_prefix('v')?.parse().ok()
}

impl Shared {
    fn place(&self, at: usize) -> Value {
        let (lat, lon) = self.corners[at % self.corners.len()];
        json!({ "lat": lat, "lon": lon })
    }

    async fn tell(&self, method: Method, path: &str, body: Value) -> anyhow::Result<Response> {
        loop {
            let request = self.http.request(method.clone(), format!("{}{path}", self.base)).json(&body);
            let answer = request.send().await.with_context(|| format!("{method} {path}"))?;
            if answer.status().as_u16() != 429 {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
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
        let body = json!({
            "seats": 4, "battery_kwh": 62.0, "consumption_wh_per_km": 160.0, "driver": "automatic",
            "position": self.place(rng.below(self.corners.len())), "battery_percent": 90.0,
        });
        let put = self.tell(Method::PUT, &format!("/v1/vehicles/v{vehicle}"), body).await?;
        if put.status().is_success() && self.present.lock().expect("no lane panics").insert(vehicle) {
            self.counts.reconnected.fetch_add(1, Relaxed);
        }
        Ok(())
    }

    /// A rider orders; one in twenty gives up at once, one in fifty waits for one second of ours only.
    async fn order(&self, number: usize, rng: &mut Rng) -> anyhow::Result<()> {
        let (from, to) = (rng.below(self.corners.len()), rng.below(self.corners.len()));
        let wait_s = if rng.below(50) == 0 { 3_600 } else { 36_000 };
        let body = json!({ "id": format!("o{number}"), "pickup": self.place(from), "dropoff": self.place(to), "max_wait_s": wait_s });
        self.tell(Method::POST, "/v1/orders", body).await?.error_for_status()?;
        self.counts.placed.fetch_add(1, Relaxed);
        if rng.below(20) == 0 {
            // It may be under way already; then it is driven.
            self.tell(Method::DELETE, &format!("/v1/orders/o{number}"), Value::Null).await?;
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
        let tell = async |what: &str, body: Value| {
            self.tell(Method::POST, &format!("/v1/vehicles/{vehicle}/{what}"), body).await
        };
        match rng.below(100) {
            0..3 => {
                tell("fault", json!({ "reason": "breakdown" })).await?;
                self.counts.faults.fetch_add(1, Relaxed);
                tell("recover", Value::Null).await?;
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
        tell("arrived", json!({ "order": order })).await?;
        if !tell("picked-up", json!({ "order": order })).await?.status().is_success() {
            // Called off, or given to another while nobody heard of this one.
            return Ok(());
        }
        let body = json!({ "order": order, "position": self.place(rng.below(self.corners.len())), "battery_percent": 90.0 });
        // Riders get out also where contact was lost on the way, as soon as there is some again.
        for _ in 0..100 {
            if tell("dropped-off", body.clone()).await?.status().is_success() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("{vehicle} cannot drop off {order}")
    }

    /// A page is opened and closed.
    async fn look(&self) -> anyhow::Result<()> {
        let mut stream = self.http.get(format!("{}/v1/stream", self.base)).send().await?;
        self.counts.streams.fetch_add(1, Relaxed);
        _ = stream.chunk().await?;
        Ok(())
    }

    /// Present vehicles say where they are.
    async fn report(self: Arc<Self>) {
        loop {
            let rows: Vec<Value> = {
                let present = self.present.lock().expect("no lane panics");
                let row = |vehicle: &usize| {
                    let (lat, lon) = self.corners[vehicle % self.corners.len()];
                    json!({ "vehicle": format!("v{vehicle}"), "lat": lat, "lon": lon, "battery_percent": 90.0 })
                };
                present.iter().map(row).collect()
            };
            if let Err(error) = self.tell(Method::POST, "/v1/telemetry", Value::Array(rows)).await {
                eprintln!("soak: {error:#}");
            }
            tokio::time::sleep(REPORT_EVERY).await;
        }
    }

    /// Retired as soon as it is free.
    async fn retire(&self, vehicle: usize) -> anyhow::Result<()> {
        let path = format!("/v1/vehicles/v{vehicle}");
        for _ in 0..100 {
            let answer = self.tell(Method::DELETE, &path, Value::Null).await?;
            match answer.status().as_u16() {
                200..300 | 404 => return Ok(()),
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        anyhow::bail!(
            "{path} cannot be retired: {}",
            self.tell(Method::GET, &path, Value::Null).await?.text().await?
        )
    }
}
