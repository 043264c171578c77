//! What the agent says of its node, each time that a report is due. While the region does not hear it, readings wait in the outbox.
//!
//! ```text
//!   read --> something waits? --yes--> heartbeat --> the region's time --> what waits, oldest first --> what was read
//!                 |                                                                                      |
//!                 +--no------------------------------------------------------------------------------->--+--not heard--> outbox (on the disk)
//! ```
//! A report says what has changed; all of it is said first, and each minute again.

use crate::node::shared::{Backlog, Shared};
use crate::outbox::{Outbox, Record};
use crate::outbox_file::OutboxFile;
use crate::replica_report::replicas;
use crate::source::Telemetry;
use crate::tcp_info;
use paceline_client::api::edge::{Incarnation, NewNode, NodeReport, ReplicaReport};
use paceline_client::{Client, ClientError};
use paceline_model::Instant;
use paceline_supervise::NamedExt as _;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant as Monotonic;

/// Longest that a neighbour may take to answer a knock: far longer than a healthy network, far shorter than a report's period.
const KNOCK_MAX: Duration = Duration::from_secs(2);
/// All of it is said so often: what was lost on the way is said again.
const WHOLE_EVERY: Duration = Duration::from_secs(60);
/// The round-trip time is measured so often: a connection is some 400 bytes, as much as two reports over a link.
const ROUND_TRIP_EVERY: Duration = Duration::from_secs(300);
/// Readings of the backlog in one batch: some 150 kB, of the 10,000 that the region takes.
const BATCH_MAX: usize = 1_000;

/// Says how the node fares.
pub(crate) struct Reporter {
    client: Client,
    node: Arc<Shared>,
    outbox: Arc<Mutex<(OutboxFile, Outbox)>>,
    began: Monotonic,
    registered: bool,
    /// Which box it is, once it has been measured.
    incarnation: Option<Incarnation>,
    /// What was said last, and when all of it was.
    said: Option<(Telemetry, Monotonic)>,
    /// What was last said of replicas.
    replicas: Option<Vec<ReplicaReport>>,
    /// As measured, and when.
    round_trip: Option<(Option<u32>, Monotonic)>,
}

impl Reporter {
    pub(crate) fn new(client: Client, node: Arc<Shared>, outbox: (OutboxFile, Outbox)) -> Self {
        let outbox = Arc::new(Mutex::new(outbox));
        Self {
            client,
            node,
            outbox,
            began: Monotonic::now(),
            registered: false,
            incarnation: None,
            said: None,
            replicas: None,
            round_trip: None,
        }
    }

    /// Reads, and says it. Errors: the region was not heard; the reading waits.
    pub(crate) async fn report(&mut self) -> Result<(), ClientError> {
        let mut telemetry = self.node.parts.source.read(self.began.elapsed()).await;
        telemetry.round_trip_ms = match telemetry.round_trip_ms {
            None => self.round_trip().await,
            told => told,
        };
        let news = self.news(&telemetry);
        let heard = self.say(&news).await;
        if heard.is_err() && news != Telemetry::default() {
            self.wait(news).await;
        }
        heard
    }

    async fn say(&mut self, news: &Telemetry) -> Result<(), ClientError> {
        if !self.registered {
            register(&self.client, &self.node).await?;
            self.registered = true;
        }
        if self.waiting() > 0 {
            // First the time: what waits is dated by it. Then what waits, before what is read now.
            self.send(of(&self.node, None, Telemetry::default())).await?;
            self.backlog().await?;
        }
        self.live(news).await
    }

    fn waiting(&self) -> usize {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner).1.waiting()
    }

    /// What is to be said: all of it once a minute, else what has changed.
    fn news(&mut self, telemetry: &Telemetry) -> Telemetry {
        let now = Monotonic::now();
        let (news, whole_at) = match &self.said {
            Some((said, whole_at)) if now.duration_since(*whole_at) < WHOLE_EVERY => {
                (telemetry.since(said), *whole_at)
            }
            _ => {
                self.replicas = None;
                (telemetry.clone(), now)
            }
        };
        self.said = Some((telemetry.clone(), whole_at));
        news
    }

    async fn live(&mut self, news: &Telemetry) -> Result<(), ClientError> {
        let reaches = knock(&self.node.options.neighbours).await;
        let replicas = replicas(&self.node.slots());
        let changed = self.replicas.as_ref() != Some(&replicas);
        let said = changed.then(|| replicas.clone());
        let incarnation = Some(self.incarnation().await);
        let report = of(&self.node, None, news.clone());
        self.send(NodeReport { reaches, replicas: said, incarnation, ..report }).await?;
        self.replicas = Some(replicas);
        Ok(())
    }

    /// Which start of which box this is. GPUs count as they were when it first spoke: one that falls off makes no other box of it.
    async fn incarnation(&mut self) -> Incarnation {
        if let Some(known) = &self.incarnation {
            return known.clone();
        }
        let measured = self.node.parts.source.fingerprint().await;
        let devices = measured.devices.into_iter().map(|device| device.uuid).collect();
        let known = Incarnation { boot: self.node.time.boot().to_owned(), devices };
        self.incarnation.insert(known).clone()
    }

    /// Says something of now, and hears what time it is.
    async fn send(&self, report: NodeReport) -> Result<(), ClientError> {
        let asked = self.node.time.moment();
        let taken = self.client.report_nodes(&[report]).await?;
        let mut answered = self.node.time.moment();
        // Its word belongs to the middle between question and answer.
        answered.mono_ms -= answered.mono_ms.saturating_sub(asked.mono_ms) / 2;
        self.node.time.heard_time(answered, taken.now);
        Ok(())
    }

    /// Keeps a reading that the region has not heard.
    async fn wait(&self, news: Telemetry) {
        let (outbox, time) = (self.outbox.clone(), (self.node.time.moment(), self.node.time.clock()));
        let boot = self.node.time.boot().to_owned();
        let written = self.node.disk.run(move || {
            let (file, outbox) = &mut *outbox.lock().unwrap_or_else(PoisonError::into_inner);
            let record = outbox.push(&boot, time.0, &time.1, news);
            file.append(&record, outbox)
        });
        self.written(written.await);
    }

    /// Says what waits, oldest first.
    async fn backlog(&self) -> Result<(), ClientError> {
        loop {
            let (now, clock) = (self.node.time.moment(), self.node.time.clock());
            let batch = {
                let (_, outbox) = &mut *self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
                outbox.batch(BATCH_MAX, self.node.time.boot(), now, &clock).unwrap_or_default()
            };
            let Some(last) = batch.last().map(|dated| dated.number) else { return Ok(()) };
            let reports: Vec<NodeReport> =
                batch.into_iter().map(|dated| of(&self.node, dated.at, dated.telemetry)).collect();
            self.client.report_nodes(&reports).await?;
            let outbox = self.outbox.clone();
            let written = self.node.disk.run(move || {
                let (file, outbox) = &mut *outbox.lock().unwrap_or_else(PoisonError::into_inner);
                outbox.apply(Record::Acknowledged(last));
                // Empty, it need not remember what it held.
                if outbox.waiting() == 0 {
                    file.begin_anew(outbox)
                } else {
                    file.append(&Record::Acknowledged(last), outbox)
                }
            });
            // The agent ends where it is not written: what was sent is sent again at the next start, and is what it was.
            let Some(written) = written.await else { return Ok(()) };
            self.written(Some(written));
        }
    }

    fn written(&self, written: Option<std::io::Result<()>>) {
        if let Some(Err(error)) = written {
            tracing::error!(%error, "the outbox cannot be written down: a restart would not know of what waits");
        }
        let outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        let backlog =
            Backlog { waiting: outbox.1.waiting(), lost: outbox.1.lost(), undated: outbox.1.undated() };
        *self.node.backlog.lock().unwrap_or_else(PoisonError::into_inner) = backlog;
    }

    async fn round_trip(&mut self) -> Option<u32> {
        let now = Monotonic::now();
        match self.round_trip {
            Some((ms, at)) if now.duration_since(at) < ROUND_TRIP_EVERY => ms,
            _ => {
                let (host, port) = endpoint(self.client.base())?;
                let ms = tcp_info::round_trip_ms(host, port).await;
                self.round_trip = Some((ms, now));
                ms
            }
        }
    }
}

/// Registers the node as it is now. Errors: no answer, after all attempts.
async fn register(client: &Client, node: &Shared) -> Result<(), ClientError> {
    let Some(said) = &node.options.register else { return Ok(()) };
    let measured = node.parts.source.fingerprint().await;
    let spec = NewNode {
        place: said.place.clone(),
        labels: measured.labels.into_iter().chain(said.labels.clone()).collect(),
        neighbours: node.options.neighbours.keys().cloned().collect(),
        battery_reserve_percent: said.battery_reserve_percent.or(measured.battery_reserve_percent),
        ..measured
    };
    client.put_node(&node.options.node, &spec).await.map(drop)
}

fn of(node: &Shared, at: Option<Instant>, telemetry: Telemetry) -> NodeReport {
    let Telemetry { temperatures, battery, driver, rssi_dbm, round_trip_ms } = telemetry;
    NodeReport {
        node: node.options.node.clone(),
        at,
        driver,
        probes: Vec::new(),
        temperatures,
        battery,
        round_trip_ms,
        rssi_dbm,
        bandwidth_mbps: None,
        reaches: BTreeMap::new(),
        replicas: None,
        incarnation: None,
    }
}

/// Which neighbours answer: all are asked at once.
async fn knock(neighbours: &BTreeMap<String, SocketAddr>) -> BTreeMap<String, bool> {
    let one = async |(name, address): (&String, &SocketAddr)| {
        let knock = tokio::time::timeout(KNOCK_MAX, TcpStream::connect(address)).named("a neighbour");
        (name.clone(), matches!(knock.await, Ok(Ok(_))))
    };
    futures_util::future::join_all(neighbours.iter().map(one)).await.into_iter().collect()
}

/// Host and port of a server's address.
fn endpoint(base: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = base.split_once("://")?;
    let authority = rest.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            Some((host.trim_start_matches('[').trim_end_matches(']'), port.parse().ok()?))
        }
        _ => Some((authority, if scheme == "https" { 443 } else { 80 })),
    }
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn host_and_port_are_those_of_the_servers_address() {
        for (base, expected) in [
            ("http://127.0.0.1:8080", ("127.0.0.1", 8_080)),
            ("https://region.example", ("region.example", 443)),
            ("http://region.example/prefix", ("region.example", 80)),
            ("http://[::1]:8080", ("::1", 8_080)),
        ] {
            assert_eq!(endpoint(base), Some(expected), "{base}");
        }
    }
}
