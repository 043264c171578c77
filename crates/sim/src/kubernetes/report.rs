//! The report of runs of a record, and its table; `pictures` draws what is under it.

use super::kpis::KubernetesKpis;
use super::pictures::drawn;
use super::record::ClusterRecord;
use super::tally::KubernetesOutcome;
use crate::error::SimError;
use crate::report::Row;
use crate::report::page::Page;
use crate::report::table::{Better, grouped, table_row};

/// Renders the report of `outcomes`, which are runs of one record. Errors: none but a broken template.
pub fn render(record: &ClusterRecord, outcomes: &[KubernetesOutcome]) -> Result<String, SimError> {
    let kpis: Vec<&KubernetesKpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let first = kpis.first();
    let of = |value: fn(&KubernetesKpis) -> u64| grouped(first.map_or(0, |kpi| value(kpi)) as f64, 0);
    let page = Page {
        title: record.name.clone(),
        subtitle: format!(
            "{} nodes · {} pods waited for one in {:.0} min from {} on · {} had one before",
            of(|kpi| kpi.nodes),
            of(|kpi| kpi.pods),
            first.map_or(0.0, |kpi| kpi.lasted_s) / 60.0,
            record.start,
            of(|kpi| kpi.given),
        ),
        same: "The same arrivals; the best of each row stands out.",
        varies: "Placed by",
        backdrop: String::new(),
        rows: rows(&kpis),
        runs: outcomes.iter().map(drawn).collect(),
        notes: notes(record, &kpis),
        footer: "What was recorded took the time that an API server, a scheduler and watches take; in a replay a decision takes none, and shows at once.",
    };
    page.render()
}

/// What a reader should know, a paragraph each: of the record, and of those who waited longest.
pub fn notes(record: &ClusterRecord, kpis: &[&KubernetesKpis]) -> Vec<String> {
    let gaps = record.gaps.iter().map(|(gap, end)| {
        let of = gap.of.map_or_else(|| "anything".to_owned(), |kind| format!("objects of the kind {kind:?}"));
        let span_s = end.0.saturating_sub(gap.since_ms) as f64 / 1_000.0;
        format!("Nothing was heard of {of} for {span_s:.1} s until {end}: {}. What changed meanwhile counts from then on.", gap.why)
    });
    let cut = record.is_cut.then(|| "The last line of the record was cut off, and is left out.".to_owned());
    let worst = kpis.iter().flat_map(|kpi| &kpi.worst).map(ToString::to_string);
    gaps.chain(cut).chain(worst).collect()
}

/// The table as rows of text; printed by the command and shown in the report. What a record has nothing of is left out.
pub fn rows(kpis: &[&KubernetesKpis]) -> Vec<Row> {
    use Better::{High, Low, Neither};
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    let any = |has: fn(&KubernetesKpis) -> bool| kpis.iter().any(|kpi| has(kpi));
    let mut rows = vec![
        row("Pods", "that waited for a node", Neither, 0, "", |k| k.pods as f64),
        row("Placed", "of them", High, 0, "", |k| k.placed as f64),
        row("Never placed", "gone without a node", Low, 0, "", |k| k.never as f64),
        row("Waiting", "at the end", Low, 0, "", |k| k.waiting as f64),
        row("Elsewhere", "on another node than recorded", Neither, 0, "", |k| k.elsewhere as f64),
        row("Wait, median", "waiting to a node", Low, 3, " s", |k| k.wait_p50_s),
        row("Wait, p99", "99 in 100 wait no longer", Low, 3, " s", |k| k.wait_p99_s),
        row("Wait, longest", "of those placed", Low, 3, " s", |k| k.wait_max_s),
        row("Gave way", "ended for others", Low, 0, "", |k| k.preempted as f64),
        row("CPU asked for", "of all there is, over time", High, 1, " %", |k| k.cpu_mean * 100.0),
        row("Memory asked for", "of all there is, over time", High, 1, " %", |k| k.memory_mean * 100.0),
    ];
    if any(|kpi| kpi.gpus > 0.0) {
        rows.push(row("GPUs given", "of all there are, over time", High, 1, " %", |k| k.gpu_mean * 100.0));
    }
    if any(|kpi| kpi.lost > 0) {
        rows.push(row("Lost", "their node went away under them", Low, 0, "", |k| k.lost as f64));
    }
    if any(|kpi| kpi.decisions > 0) {
        rows.push(row("Round, p50", "wall time, with a decision", Low, 3, " ms", |k| k.decision_p50_ms));
        rows.push(row("Round, p99", "wall time, with a decision", Low, 3, " ms", |k| k.decision_p99_ms));
    }
    rows.extend([
        row("Rules broken", "found by the separate check", Low, 0, "", |k| k.broken as f64),
        row("Simulated in", "wall time of the run", Neither, 1, " s", |k| k.sim_seconds),
    ]);
    rows
}
