//! The stream: who was given what, and what the server says of its rounds.

use crate::api::Api;
use crate::ledger::Ledger;
use crate::rides;
use paceline_plan::Rng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use tokio::task::JoinSet;

/// Lets every vehicle that is given an order drive it, until it is aborted. A stream that breaks off is a refusal.
pub(crate) async fn follow(api: Api, seed: u64) {
    let mut rides = JoinSet::new();
    let mut given = 0;
    let Ok(mut stream) = api.get("/v1/stream").await else {
        api.ledger.broken_off("the stream could not be opened");
        return;
    };
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = stream.chunk().await {
        text.extend_from_slice(&chunk);
        // What comes after the last blank line is not complete.
        let Some(end) = text.windows(2).rposition(|pair| pair == b"\n\n") else { continue };
        let whole: Vec<u8> = text.drain(..end + 2).collect();
        for block in String::from_utf8_lossy(&whole).split("\n\n") {
            let Some((name, data)) = parts(block) else { continue };
            match name {
                "change" if data.contains("order_assigned") => {
                    given += 1;
                    let rng = Rng::of(seed ^ given, "ride");
                    if let Some((vehicle, order)) = assigned(data) {
                        rides.spawn(rides::drive(api.clone(), vehicle, order, rng));
                    }
                }
                "figures" => api.ledger.figures(serde_json::from_str(data).unwrap_or_default()),
                _ => {}
            }
        }
        while rides.try_join_next().is_some() {}
    }
    api.ledger.broken_off("the stream broke off");
}

fn parts(block: &str) -> Option<(&str, &str)> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    Some((field("event: ")?, field("data: ")?))
}

fn assigned(data: &str) -> Option<(String, String)> {
    let change: Value = serde_json::from_str(data).ok()?;
    let event = &change["event"]["order_assigned"];
    Some((event["vehicle"].as_str()?.to_owned(), event["order"].as_str()?.to_owned()))
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
    let quantile = |name: &str| figures[name].as_f64().unwrap_or(f64::INFINITY);
    let count = grown("paceline_round_seconds_count");
    Rounds {
        count,
        mean_ms: grown("paceline_round_seconds_sum") / count * 1_000.0,
        p50_ms: quantile("round_p50_ms"),
        p99_ms: quantile("round_p99_ms"),
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
