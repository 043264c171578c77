//! What `/metrics` shows: the process's metrics once, and each region's under its name, in the Prometheus text format.

use crate::running::RunningRegions;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The format's media type.
pub(crate) const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The registries of a server: its own, then one for each region that runs.
pub(crate) struct Exposition {
    process: Registry,
    regions: RunningRegions,
}

impl Exposition {
    pub(crate) fn new(process: Registry, regions: RunningRegions) -> Self {
        Self { process, regions }
    }
    /// The text of all of them.
    pub(crate) fn text(&self) -> String {
        let regions = self.regions.now();
        let regions = regions.iter().map(|region| &*region.registry);
        merged(&[&self.process].into_iter().chain(regions).map(text).collect::<Vec<_>>())
    }
}

/// The text of one registry.
pub(crate) fn text(registry: &Registry) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    _ = encode(&mut text, registry);
    text
}

const HELP: &str = "# HELP ";
const END: &str = "# EOF";

/// One text of several. The format allows each metric one head, with all of its samples below.
fn merged(texts: &[String]) -> String {
    // The metrics in the order in which they first come: head and samples.
    let mut metrics: Vec<(String, String)> = Vec::new();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for block in texts.iter().flat_map(|text| blocks(text)) {
        let name = block[HELP.len()..].split(' ').next().unwrap_or_default();
        let at = *found.entry(name).or_insert(metrics.len());
        let known = at < metrics.len();
        if !known {
            metrics.push(Default::default());
        }
        let (head, samples) = &mut metrics[at];
        for line in block.lines() {
            match line.starts_with('#') {
                true if known => {}
                true => _ = writeln!(head, "{line}"),
                false => _ = writeln!(samples, "{line}"),
            }
        }
    }
    let mut text: String = metrics.into_iter().flat_map(|(head, samples)| [head, samples]).collect();
    _ = writeln!(text, "{END}");
    text
}

/// The lines of each metric, from its help on.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_end().trim_end_matches(END);
    let starts: Vec<usize> = text.match_indices(HELP).map(|(at, _)| at).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| &text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::gauge::Gauge;

    fn registry(region: &'static str) -> Registry {
        let labels = [("region".into(), region.into())];
        let mut registry = Registry::with_prefix_and_labels("p", labels.into_iter());
        registry.register("orders", "Orders taken", Counter::<u64>::default());
        registry.register("queue", "Who waits", Gauge::<i64>::default());
        registry
    }

    #[test]
    fn each_metric_has_one_head_and_a_sample_of_each_region() {
        let mut process = Registry::with_prefix("p");
        process.register("tasks", "Tasks that live", Gauge::<i64>::default());
        expect![[r#"
            # HELP p_tasks Tasks that live.
            # TYPE p_tasks gauge
            p_tasks 0
            # HELP p_orders Orders taken.
            # TYPE p_orders counter
            p_orders_total{region="main"} 0
            p_orders_total{region="east"} 0
            # HELP p_queue Who waits.
            # TYPE p_queue gauge
            p_queue{region="main"} 0
            p_queue{region="east"} 0
            # EOF
        "#]]
        .assert_eq(&merged(&[process, registry("main"), registry("east")].map(|registry| text(&registry))));
    }
}
