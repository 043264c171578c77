//! Traffic from outside: the speed of every edge changes at once, again and again.

use crate::api::Api;
use crate::ledger::Kind;
use anyhow::Context as _;
use paceline_model::{Instant, Millis};
use serde_json::{Value, json};
use std::time::Duration;

/// Speeds in turn, in km/h: in town, and in a crowded one.
const SPEEDS_KMH: [f64; 2] = [24.0, 15.0];
/// Reports in a batch at most, as the server takes them.
const BATCH: usize = 10_000;

/// Changes all speeds at once, every so often, until it is aborted.
pub(crate) async fn change(api: Api, every: Duration) {
    let (edges, until) = match network(&api).await {
        Ok(network) => network,
        Err(error) => return api.ledger.broken_off(&format!("the traffic could not be read: {error}")),
    };
    let mut ticks = tokio::time::interval(every);
    for kmh in SPEEDS_KMH.into_iter().cycle() {
        ticks.tick().await;
        for first in (0..edges).step_by(BATCH) {
            let report = |edge| json!({ "edge": edge, "kmh": kmh, "until": until });
            let reports: Vec<Value> = (first..edges.min(first + BATCH)).map(report).collect();
            api.send(Kind::Traffic, "/v1/traffic", &json!({ "reports": reports })).await;
        }
    }
}

/// How many edges the server's network has, and a day from now by its clock.
async fn network(api: &Api) -> anyhow::Result<(usize, String)> {
    let view: Value = api.get("/v1/traffic").await?.json().await?;
    let edges = view["network_edges"].as_u64().filter(|&edges| edges > 0).context("it has no edges yet")?;
    let now: Instant = view["at"].as_str().context("no time")?.parse().map_err(anyhow::Error::msg)?;
    Ok((edges as usize, (now + Millis::from_secs(86_400)).to_string()))
}
