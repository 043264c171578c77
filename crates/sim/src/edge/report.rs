//! The report of runs of a scene, and its table; `pictures` draws what is under it.

use super::kpis::EdgeKpis;
use super::pictures::drawn;
use super::run::EdgeOutcome;
use super::scene::Scene;
use crate::error::SimError;
use crate::report::Row;
use crate::report::page::Page;
use crate::report::table::{Better, common_seed, grouped, run_name, table_row};

/// Renders the report of `outcomes`, which are runs of one scene. Errors: none but a broken template.
pub fn render(scene: &Scene, outcomes: &[EdgeOutcome]) -> Result<String, SimError> {
    let kpis: Vec<&EdgeKpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let (first, nodes) = (kpis.first(), kpis.first().map_or(0, |kpi| kpi.nodes));
    let asked = first.map_or(0, |kpi| kpi.placing.asked);
    let named: Vec<(&str, u64)> = kpis.iter().map(|kpi| (kpi.policy.as_str(), kpi.seed)).collect();
    let seed = common_seed(&named);
    let run =
        |outcome: &EdgeOutcome| drawn(outcome, run_name((&outcome.kpis.policy, outcome.kpis.seed), seed));
    let page = Page {
        title: scene.name.clone(),
        subtitle: format!(
            "{nodes} boxes · {} replicas asked for in {} from {} on · a round every {}{}",
            grouped(asked as f64, 0),
            scene.lasts,
            scene.start.strftime("%Y-%m-%d %H:%M UTC"),
            scene.tick,
            seed.map_or_else(String::new, |seed| format!(" · seed {seed}")),
        ),
        same: "The same scene; the best of each row stands out.",
        varies: "Placed by",
        backdrop: String::new(),
        rows: rows(&kpis),
        runs: outcomes.iter().map(run).collect(),
        notes: Vec::new(),
        footer: "Heat, batteries, links and users are models; decisions are measured from tick to commit on the machine that ran this.",
    };
    page.render()
}

/// The table as rows of text; printed by the command and shown in the report. What a scene has nothing of is left out.
pub fn rows(kpis: &[&EdgeKpis]) -> Vec<Row> {
    let mut rows = placing_rows(kpis);
    let any = |has: fn(&EdgeKpis) -> bool| kpis.iter().any(|kpi| has(kpi));
    rows.extend(heat_rows(kpis));
    if any(|kpi| kpi.moves.hot > 0) {
        rows.extend(escape_rows(kpis));
    }
    if any(|kpi| kpi.battery.boxes > 0) {
        rows.extend(battery_rows(kpis));
    }
    if any(|kpi| kpi.users.users > 0) {
        rows.extend(user_rows(kpis));
    }
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    rows.extend([
        row("Power, mean", "all boxes", Better::Low, 0, " W", |k| k.watts_mean),
        row("Forbidden variants", "placed where the scene forbids them", Better::Low, 0, "", |k| {
            k.forbidden as f64
        }),
        row("Rules broken", "found by the separate check", Better::Low, 0, "", |k| k.broken as f64),
        row("Simulated in", "wall time of the run", Better::Neither, 1, " s", |k| k.sim_seconds),
    ]);
    rows
}

fn placing_rows(kpis: &[&EdgeKpis]) -> Vec<Row> {
    use Better::{High, Low, Neither};
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    vec![
        row("Replicas", "asked for", Neither, 0, "", |k| k.placing.asked as f64),
        row("Placed", "of them, ever", High, 0, "", |k| k.placing.placed as f64),
        row("Never placed", "ended without a node", Low, 0, "", |k| k.placing.never as f64),
        row("Waiting", "at the end", Low, 0, "", |k| k.placing.waiting as f64),
        row("Downgraded", "placed at less than the wanted precision", Low, 0, "", |k| {
            k.placing.downgraded as f64
        }),
        row("Wait, median", "asking to a node", Low, 0, " ms", |k| k.placing.wait_p50_ms),
        row("Wait, p99", "99 in 100 wait no longer", Low, 0, " ms", |k| k.placing.wait_p99_ms),
        row("Decision, p50", "tick to commit", Low, 3, " ms", |k| k.placing.decision_p50_ms),
        row("Decision, p99", "tick to commit", Low, 3, " ms", |k| k.placing.decision_p99_ms),
        row("Decision, longest", "tick to commit", Low, 3, " ms", |k| k.placing.decision_max_ms),
        row("Moved from heat", "replicas", Neither, 0, "", |k| k.moves.hot as f64),
        row("Back again", "replicas, once the node was well", Neither, 0, "", |k| k.moves.returned as f64),
        row("Another variant", "replicas, where they were", Neither, 0, "", |k| k.moves.switched as f64),
        row("Moved from batteries", "at their reserve", Neither, 0, "", |k| k.moves.low_battery as f64),
        row("Moved otherwise", "replicas", Neither, 0, "", |k| k.moves.other as f64),
        row("Lost", "had a node, are wanted, have none", Low, 0, "", |k| k.moves.lost as f64),
        row("Silences", "nodes that fell silent", Neither, 0, "", |k| k.moves.silences as f64),
    ]
}

fn heat_rows(kpis: &[&EdgeKpis]) -> Vec<Row> {
    use Better::Low;
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    vec![
        row("Hot", "times that a node was found too hot", Low, 0, "", |k| k.heat.alarms as f64),
        row("Hottest", "any box", Low, 1, " °C", |k| k.heat.celsius_max),
        row("Worked too hot", "boxes, together", Low, 1, " min", |k| k.heat.working_hot_min),
    ]
}

/// Of what moved from heat.
fn escape_rows(kpis: &[&EdgeKpis]) -> Vec<Row> {
    use Better::{Low, Neither};
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    vec![
        row("Threshold to move, p50", "as the box was", Low, 2, " s", |k| k.heat.to_move_p50_s),
        row("Threshold to move, p99", "as the box was", Low, 2, " s", |k| k.heat.to_move_p99_s),
        row("Threshold to move, max", "as the box was", Low, 2, " s", |k| k.heat.to_move_max_s),
        row("Behind an outage", "moves that the link held up; not above", Neither, 0, "", |k| {
            k.heat.behind_outages as f64
        }),
    ]
}

fn battery_rows(kpis: &[&EdgeKpis]) -> Vec<Row> {
    use Better::{High, Low, Neither};
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    vec![
        row("On batteries", "boxes", Neither, 0, "", |k| f64::from(k.battery.boxes)),
        row("At the reserve", "of them", Low, 0, "", |k| f64::from(k.battery.at_reserve)),
        row("Empty", "of them", Low, 0, "", |k| f64::from(k.battery.empty)),
        row("Endurance, mean", "until the reserve", High, 2, " h", |k| k.battery.endurance_h),
    ]
}

fn user_rows(kpis: &[&EdgeKpis]) -> Vec<Row> {
    use Better::{Low, Neither};
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    vec![
        row("Users", "who ask", Neither, 0, "", |k| f64::from(k.users.users)),
        row("Latency, mean", "from asking to the answer", Low, 0, " ms", |k| k.users.latency_mean_ms),
        row("Latency, p95", "95 in 100 no later", Low, 0, " ms", |k| k.users.latency_p95_ms),
        row("Unserved", "users without an answer", Low, 2, " %", |k| k.users.unserved * 100.0),
    ]
}
