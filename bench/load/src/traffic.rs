//! Traffic from outside: the speed of every edge changes at once, again and again.

use crate::api::Api;
use crate::ledger::Kind;
use paceline_api::operation as op;
use paceline_api::{SpeedReport, SpeedReports};
use paceline_model::Millis;
use paceline_model::limits::SPEED_REPORTS_MAX;
use std::time::Duration;

/// Speeds in turn, in km/h: in town, and in a crowded one.
const SPEEDS_KMH: [f64; 2] = [24.0, 15.0];

/// Changes all speeds at once, every so often, until it is aborted.
pub(crate) async fn change(api: Api, every: Duration) {
    let (edges, until) = match network(&api).await {
        Ok(network) => network,
        Err(error) => return api.ledger.broken_off(&format!("the traffic could not be read: {error}")),
    };
    let mut ticks = tokio::time::interval(every);
    for kmh in SPEEDS_KMH.into_iter().cycle() {
        ticks.tick().await;
        for first in (0..edges).step_by(SPEED_REPORTS_MAX) {
            let reports = (first..edges.min(first + SPEED_REPORTS_MAX as u32)).map(|edge| SpeedReport {
                edge: Some(edge),
                way: None,
                direction: None,
                kmh: Some(kmh),
                until: until.clone(),
            });
            let batch = SpeedReports { reports: reports.collect() };
            api.send(Kind::Traffic, &op::REPORT_SPEEDS, "", &batch).await;
        }
    }
}

/// How many edges the server's network has, and a day from now by its clock.
async fn network(api: &Api) -> anyhow::Result<(u32, String)> {
    let view = api.client.traffic().await?;
    anyhow::ensure!(view.network_edges > 0, "it has no edges yet");
    Ok((u32::try_from(view.network_edges)?, (view.at + Millis::from_secs(86_400)).to_string()))
}
