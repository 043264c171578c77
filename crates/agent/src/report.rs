//! What the agent says of its node, each time that a report is due.

use crate::node::shared::Shared;
use crate::source::Telemetry;
use paceline_client::api::edge::{NewNode, NodeReport};
use paceline_client::{Client, ClientError};
use paceline_supervise::NamedExt as _;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// Longest that a neighbour may take to answer a knock: far longer than a healthy network, far shorter than a report's period.
const KNOCK_MAX: Duration = Duration::from_secs(2);

/// Registers the node as it is now. Errors: no answer, after all attempts.
pub(crate) async fn register(client: &Client, node: &Shared) -> Result<(), ClientError> {
    let Some(said) = &node.options.register else { return Ok(()) };
    let measured = node.parts.source.fingerprint().await;
    let spec = NewNode {
        place: said.place.clone(),
        labels: said.labels.clone(),
        battery_reserve_percent: said.battery_reserve_percent.or(measured.battery_reserve_percent),
        ..measured
    };
    client.put_node(&node.options.node, &spec).await.map(drop)
}

/// Says how the node fares now. Errors: no answer, after all attempts.
pub(crate) async fn report(client: &Client, node: &Shared, since_start: Duration) -> Result<(), ClientError> {
    let telemetry = node.parts.source.read(since_start).await;
    let reaches = knock(&node.options.neighbours).await;
    client.report_nodes(&[of(node, telemetry, reaches)]).await.map(drop)
}

fn of(node: &Shared, telemetry: Telemetry, reaches: BTreeMap<String, bool>) -> NodeReport {
    let Telemetry { temperatures, battery, driver, rssi_dbm, round_trip_ms } = telemetry;
    NodeReport {
        node: node.options.node.clone(),
        at: None,
        driver,
        probes: Vec::new(),
        temperatures,
        battery,
        round_trip_ms,
        rssi_dbm,
        bandwidth_mbps: None,
        reaches,
        replicas: None,
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
