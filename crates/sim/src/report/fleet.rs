//! What is drawn of runs of a fleet: the table, where riders waited, how long, and what vehicles did.

use super::draw::{self, COURSE, Projection, x_of};
use super::optimum;
use super::page::{Card, Key, Page, Run};
use super::table::{Better, Row, common_seed, grouped, run_name, table_row};
use crate::day::LeftOutCount;
use crate::error::SimError;
use crate::kpi::{BIN, Kpis, RegionsKpis, STATES, WaitPoint, ratio};
use crate::run::Outcome;
use crate::scenario::Scenario;
use paceline_plan::shadow::{Difference, Predicted};
use paceline_road::Roads;

/// Renders the report of `outcomes`, which are runs of one scenario. Errors: none but a broken template.
pub fn render(scenario: &Scenario, roads: &Roads, outcomes: &[Outcome]) -> Result<String, SimError> {
    let scale = Scale {
        projection: Projection::new(roads.bounds()),
        wait_max: wait_max(outcomes),
        start_ms: outcomes.first().map_or(0, |outcome| scenario.since_midnight(outcome.start)),
        bins: outcomes.iter().map(|outcome| outcome.courses.waits.len()).max().unwrap_or(1).max(2),
    };
    let kpis: Vec<&Kpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let runs: Vec<(&str, u64)> = kpis.iter().map(|kpi| (kpi.policy.as_str(), kpi.seed)).collect();
    let seed = common_seed(&runs);
    let page = Page {
        title: scenario.name.clone(),
        subtitle: subtitle(scenario, &kpis, seed),
        same: match seed {
            Some(_) => "The same day, the same seed; the best of each row stands out.",
            None => "The same day, drawn by several seeds; the best of each row stands out.",
        },
        varies: "Policy",
        backdrop: draw::streets(roads, &scale.projection),
        rows: rows(&kpis),
        runs: outcomes.iter().map(|outcome| drawn(outcome, &scale, seed)).collect(),
        notes: kpis.first().map(|kpis| left_out(kpis)).unwrap_or_default(),
        footer: "Distances and times are along the roads of the scenario; decisions are measured from tick to commit on the machine that ran this.",
    };
    page.render()
}

/// Which trips are not played, and why, in a sentence a reason. It is the same in all runs of a scenario.
pub fn left_out(kpis: &Kpis) -> Vec<String> {
    let said = kpis.left_out.iter().map(|count| {
        let LeftOutCount { reason, trips, line, value } = count;
        let (unit, first) = if *trips == 1 { ("trip", "it stands in") } else { ("trips", "the first in") };
        let number = grouped(*trips as f64, 0);
        format!("Not played: {number} {unit}, for {reason}; {first} line {line}: {value}.")
    });
    said.collect()
}

/// What all runs are drawn by.
struct Scale {
    projection: Projection,
    wait_max: f64,
    start_ms: u64,
    bins: usize,
}

/// The table as rows of text; printed by the command and shown in the report.
pub fn rows(kpis: &[&Kpis]) -> Vec<Row> {
    use Better::{High, Low, Neither};
    let row = |name, hint, better, digits: usize, unit: &str, value: fn(&Kpis) -> f64| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    let mut rows = vec![
        row("Orders", "placed over the day", Neither, 0, "", |k| k.orders as f64),
        row("Served", "riders brought home", High, 0, "", |k| k.served as f64),
        row("Timed out", "the latest pick-up passed", Low, 0, "", |k| k.timed_out as f64),
        row("Cancelled", "called off by the rider", Neither, 0, "", |k| k.cancelled as f64),
        row("Refused", "not taken by the engine", Low, 0, "", |k| k.refused as f64),
        row("Not played", "trips of the file, and refused ones", Low, 0, "", |k| {
            k.left_out.iter().map(|count| count.trips).sum::<u64>() as f64
        }),
        row("Service rate", "served by placed", High, 2, " %", |k| k.service_rate * 100.0),
        row("Wait, mean", "asking to getting in", Low, 0, " s", |k| k.wait_mean_s),
        row("Wait, median", "half wait no longer", Low, 0, " s", |k| k.wait_p50_s),
        row("Wait, p95", "95 in 100 wait no longer", Low, 0, " s", |k| k.wait_p95_s),
        row("Detour", "ride by direct ride", Neither, 3, "", |k| k.detour),
        row("Delay, mean", "against a direct ride at once", Low, 0, " s", |k| k.delay_mean_s),
        row("Pooled", "orders that shared a vehicle", Neither, 1, " %", |k| k.pooled_share * 100.0),
        row("Occupancy", "parties per km with riders", High, 2, "", |k| k.occupancy),
        row("Distance per order", "all vehicles, by served", Low, 2, " km", |k| k.km_per_order),
        row("Empty share", "kilometres without riders", Low, 2, " %", |k| k.empty_km_share * 100.0),
        row("Distance", "all vehicles", Neither, 0, " km", |k| k.total_km),
        row("With riders", "of that", Neither, 0, " km", |k| k.rider_km),
        row("To pick-ups", "of that, empty", Low, 0, " km", |k| k.pickup_km),
        row("To chargers", "of that, empty", Low, 0, " km", |k| k.charger_km),
        row("To where they wait", "of that, empty", Low, 0, " km", |k| k.rank_km),
        row("Energy used", "driving and standing", Low, 0, " kWh", |k| k.energy_kwh),
        row("Energy charged", "into batteries", Neither, 0, " kWh", |k| k.charged_kwh),
        row("Sent to stand", "idle vehicles, to where riders are expected", Neither, 0, "", |k| {
            k.stands as f64
        }),
        row("Forecast error", "by cell and quarter hour, of all orders", Low, 1, " %", |k| {
            k.forecast_wape * 100.0
        }),
        row("as the last hour", "the same of the naive forecast", Neither, 1, " %", |k| {
            k.forecast_wape_last_hour * 100.0
        }),
        row("Charges", "times plugged in", Neither, 0, "", |k| k.charges as f64),
        row("Ran empty", "vehicles with nothing left", Low, 0, "", |k| k.stranded as f64),
        row("Breakdowns", "vehicles that fell out", Neither, 0, "", |k| k.faults as f64),
        row("Dispatch failed", "orders that lost a vehicle", Neither, 0, "", |k| k.dispatch_failed as f64),
        row("Moved", "orders that another vehicle took over", Neither, 0, "", |k| k.moves as f64),
        row("Held back", "orders, once a round, for a vehicle soon free", Neither, 0, "", |k| {
            k.held_back as f64
        }),
        row("Decision, p50", "tick to commit", Low, 2, " ms", |k| k.decision_p50_ms),
        row("Decision, p99", "tick to commit", Low, 2, " ms", |k| k.decision_p99_ms),
        row("Degraded rounds", "something ran short", Low, 0, "", |k| k.degraded_ticks as f64),
        row("Check notes", "findings of the separate check", Low, 0, "", |k| k.check_notes as f64),
        row("Simulated in", "wall time of the run", Neither, 1, " s", |k| k.sim_seconds),
    ];
    rows.extend(rows_asked_for(kpis));
    rows
}

/// Rows of what not every run is asked for.
fn rows_asked_for(kpis: &[&Kpis]) -> Vec<Row> {
    let mut rows = Vec::new();
    if kpis.iter().any(|kpi| kpi.regions.is_some()) {
        rows.extend(region_rows(kpis));
    }
    if kpis.iter().any(|kpi| kpi.optimum.is_some()) {
        rows.extend(optimum::rows(kpis));
    }
    if kpis.iter().any(|kpi| kpi.shadow.is_some()) {
        rows.extend(shadow_rows(kpis));
    }
    rows
}

/// What the borders between regions came to.
fn region_rows(kpis: &[&Kpis]) -> Vec<Row> {
    let row = |name, hint, value: fn(&RegionsKpis) -> u64| {
        let shown = |kpi: &&Kpis| kpi.regions.as_ref().map_or(0.0, |regions| value(regions) as f64);
        Row { name, hint, values: kpis.iter().map(|kpi| grouped(shown(kpi), 0)).collect(), best: None }
    };
    vec![
        row("Regions", "between which the city is cut", |regions| regions.regions),
        row("Handed over", "times that a vehicle changed its region", |regions| regions.handed_over),
        row("Relieved", "of them, for an order that was nearer there", |regions| regions.relieved),
        row("Near a border", "orders whose pick-up is", |regions| regions.near_border),
    ]
}

/// What the shadow policy would have done with the rounds of the live one.
fn shadow_rows(kpis: &[&Kpis]) -> Vec<Row> {
    let row = |name, hint, unit: &str, digits: usize, value: fn(&Difference) -> f64| {
        let shown = |kpi: &&Kpis| match &kpi.shadow {
            Some(shadow) => format!("{}{unit}", grouped(value(shadow), digits)),
            None => "–".to_owned(),
        };
        Row { name, hint, values: kpis.iter().map(shown).collect(), best: None }
    };
    vec![
        row("Shadow, same", "orders that both give to one vehicle", "", 0, |d| d.same as f64),
        row("Shadow, other", "orders that it gives to another vehicle", "", 0, |d| d.other_vehicle as f64),
        row("Shadow, live only", "orders that it would leave waiting", "", 0, |d| d.live_only as f64),
        row("Shadow, it only", "orders, once a round, that the live policy leaves waiting", "", 0, |d| {
            d.shadow_only as f64
        }),
        row("Live, to pick-up", "predicted, per order given", " s", 1, |d| pickup_s(&d.live)),
        row("Shadow, to pick-up", "predicted, per order given", " s", 1, |d| pickup_s(&d.shadow)),
        row("Live, empty", "predicted, per order given", " km", 3, |d| pickup_km(&d.live)),
        row("Shadow, empty", "predicted, per order given", " km", 3, |d| pickup_km(&d.shadow)),
    ]
}

fn pickup_s(predicted: &Predicted) -> f64 {
    ratio(predicted.pickup_ms as f64 / 1e3, predicted.orders as f64)
}

fn pickup_km(predicted: &Predicted) -> f64 {
    ratio(predicted.pickup_cm as f64 / 1e5, predicted.orders as f64)
}

fn subtitle(scenario: &Scenario, kpis: &[&Kpis], seed: Option<u64>) -> String {
    let Some(first) = kpis.first() else { return String::new() };
    let scale =
        if first.demand_scale == 1.0 { String::new() } else { format!(", demand × {}", first.demand_scale) };
    format!(
        "{} orders{scale} · {} electric vehicles · a decision every {}{}",
        grouped(first.orders as f64, 0),
        grouped(f64::from(first.vehicles), 0),
        scenario.engine.tick,
        seed.map_or_else(String::new, |seed| format!(" · seed {seed}")),
    )
}

/// `seed` is what all runs have in common; without one, a run is named by its own too.
fn drawn(outcome: &Outcome, scale: &Scale, seed: Option<u64>) -> Run {
    let kpis = &outcome.kpis;
    let mut right = vec![waiting(&outcome.courses.waits, scale), doing(outcome, scale)];
    right.extend(kpis.optimum.as_ref().map(optimum::by_hour));
    Run {
        name: run_name((&kpis.policy, kpis.seed), seed),
        headline: vec![
            (format!("{:.1} %", kpis.service_rate * 100.0), "served"),
            (format!("{:.0} s", kpis.wait_mean_s), "mean wait"),
            (format!("{:.1} %", kpis.empty_km_share * 100.0), "empty km"),
            (format!("{:.1} ms", kpis.decision_p99_ms), "decision p99"),
        ],
        left: vec![map(outcome, scale)],
        right,
    }
}

fn map(outcome: &Outcome, scale: &Scale) -> Card {
    let of = |served: bool| {
        let points = outcome.courses.map.iter().filter(|point| point.served == served);
        points.map(|point| point.at).collect::<Vec<_>>()
    };
    let dots = |class, served| draw::dots(class, &of(served), &scale.projection);
    let title = ("Where riders waited", "Every pick-up of the day; red ones were not served.");
    Card {
        over: vec![dots("dots served", true), dots("dots unserved", false)],
        keys: vec![Key::of("kserved", "served"), Key::of("kunserved", "not served")],
        ..Card::map(title, &scale.projection)
    }
}

fn waiting(waits: &[WaitPoint], scale: &Scale) -> Card {
    let scaled = (0.0, scale.wait_max);
    let line = |class, value: fn(&WaitPoint) -> f64| {
        let values = waits.iter().map(|point| (point.orders > point.unserved).then(|| value(point)));
        draw::line(class, values, scale.bins, scaled)
    };
    let orders: Vec<u32> = waits.iter().map(|point| point.orders).collect();
    let most = orders.iter().max().copied().unwrap_or(1);
    let step = if scale.wait_max > 600.0 { 240.0 } else { 120.0 };
    let marks = (0..=(scale.wait_max / step) as u32).map(|mark| f64::from(mark) * step);
    let mut marks = draw::side_marks(marks, scaled, true, |s| format!("{:.0} min", s / 60.0));
    marks.extend(clock(scale));
    let note = "From asking to getting in, by the quarter of an hour in which the order was placed.";
    Card {
        under: vec![draw::bars("demand", &orders, scale.bins, most)],
        marks,
        over: vec![line("p95", |point| point.p95_s), line("mean", |point| point.mean_s)],
        keys: vec![
            Key::of("kmean", "mean"),
            Key::of("kp95", "95th percentile"),
            Key::of("kdemand", "orders placed"),
        ],
        ..Card::course(("Waiting over the day", note))
    }
}

fn doing(outcome: &Outcome, scale: &Scale) -> Card {
    let fleet = outcome.kpis.vehicles;
    let x = |look: usize| x_of(look as f64 / 3.0, scale.bins).min(COURSE.0);
    let mut marks = draw::side_marks([0.0, 25.0, 50.0, 75.0, 100.0], (0.0, 100.0), false, |share| {
        format!("{share:.0} %")
    });
    marks.extend(clock(scale));
    let note = format!("{fleet} vehicles by what they were doing, every five minutes.");
    Card {
        marks,
        under: draw::areas(&outcome.courses.states, fleet, x, std::array::from_fn(|state| state)),
        keys: STATES.iter().enumerate().map(|(state, name)| Key::stacked(state, name)).collect(),
        ..Card::course(("What the fleet did", &note))
    }
}

fn clock(scale: &Scale) -> Vec<draw::Mark> {
    draw::clock_marks(scale.start_ms, scale.bins as f64 * f64::from(BIN.0))
}

fn wait_max(outcomes: &[Outcome]) -> f64 {
    let points = outcomes.iter().flat_map(|outcome| &outcome.courses.waits);
    let longest = points.map(|point| point.p95_s).fold(60.0, f64::max);
    (longest / 120.0).ceil() * 120.0
}
