//! The stream: who was given what, and what the server says of its rounds.

use crate::api::Api;
use crate::ledger::Ledger;
use crate::rides;
use paceline_api::stream::{CHANGE, FIGURES, Figures, RESET};
use paceline_api::{Change, Event};
use paceline_plan::Rng;
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use tokio::task::JoinSet;

/// Lets every vehicle that is given an order drive it, until it is aborted. A stream that breaks off is a refusal.
pub(crate) async fn follow(api: Api, seed: u64) {
    let mut rides = JoinSet::new();
    let mut given = 0;
    let mut stream = api.client.stream(None);
    // Most changes are of no use here, and are not read.
    while let Ok(item) = stream.next_raw().await {
        match item.name.as_str() {
            CHANGE if item.data.contains("order_assigned") => {
                given += 1;
                let rng = Rng::of(seed ^ given, "ride");
                if let Some((vehicle, order)) = assigned(&item.data) {
                    rides.spawn(rides::drive(api.clone(), vehicle, order, rng));
                }
            }
            FIGURES => api.ledger.figures(serde_json::from_str(&item.data).ok()),
            RESET => break,
            _ => {}
        }
        while rides.try_join_next().is_some() {}
        if stream.reopened() > 0 {
            break;
        }
    }
    api.ledger.broken_off("the stream broke off");
}

fn assigned(data: &str) -> Option<(String, String)> {
    match serde_json::from_str::<Change>(data).ok()?.event {
        Event::OrderAssigned { vehicle, order, .. } => Some((vehicle.to_string(), order.to_string())),
        _ => None,
    }
}

/// What the server says of its rounds: from when a tick was due to its commit.
pub(crate) struct Rounds {
    count: f64,
    mean_ms: f64,
    p50_ms: f64,
    pub(crate) p99_ms: f64,
    degraded: f64,
    skipped: f64,
}

/// The rounds between two looks at the metrics; the quantiles are of the last 600 that the stream told of.
pub(crate) fn rounds(
    before: &BTreeMap<String, f64>,
    after: &BTreeMap<String, f64>,
    ledger: &Ledger,
) -> Rounds {
    let grown = |name: &str| {
        let of = |metrics: &BTreeMap<String, f64>| metrics.get(name).copied().unwrap_or(0.0);
        of(after) - of(before)
    };
    let figures = ledger.last_figures();
    let quantile = |of: fn(&Figures) -> f64| figures.as_ref().map_or(f64::INFINITY, of);
    let count = grown("paceline_round_seconds_count");
    Rounds {
        count,
        mean_ms: grown("paceline_round_seconds_sum") / count * 1_000.0,
        p50_ms: quantile(|figures| figures.round_p50_ms),
        p99_ms: quantile(|figures| figures.round_p99_ms),
        degraded: grown("paceline_rounds_degraded_total"),
        skipped: grown("paceline_ticks_skipped_total"),
    }
}

/// New travel times that came into force between two looks at the metrics.
pub(crate) fn metrics(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) -> f64 {
    let of = |metrics: &BTreeMap<String, f64>| {
        metrics.get("paceline_traffic_customise_seconds_count").copied().unwrap_or(0.0)
    };
    of(after) - of(before)
}

impl Display for Rounds {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "rounds        {:.0}, from due to committed: mean {:.1} ms, p50 {:.1} ms, p99 {:.1} ms\n\
             degraded      {:.0}\nticks skipped {:.0}",
            self.count, self.mean_ms, self.p50_ms, self.p99_ms, self.degraded, self.skipped
        )
    }
}
