//! The report of one or several runs: one HTML file that needs nothing else, pictures drawn as inline SVG.
//! Numbers are prepared here, straight and pure; the template only places them.

use crate::error::SimError;
use crate::kpi::{BIN, Kpis, MapPoint, STATES, WaitPoint, ratio};
use crate::run::Outcome;
use crate::scenario::Scenario;
use paceline_model::Position;
use paceline_plan::shadow::{Difference, Predicted};
use paceline_road::Roads;
use serde::Serialize;
use std::fmt::Write as _;

const TEMPLATE: &str = include_str!("report.html");

/// Pick-ups drawn at most: beyond this the map only grows darker.
const POINTS_MAX: usize = 20_000;
/// Width of a course's drawing; its height; both in SVG units.
const COURSE: (f64, f64) = (640.0, 390.0);

/// One row of the table: what it is, and its value in each run.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What it is.
    pub name: &'static str,
    /// How it is explained.
    pub hint: &'static str,
    /// Its value in each run.
    pub values: Vec<String>,
    /// Which run has the best value, if one does and it matters.
    pub best: Option<usize>,
}

#[derive(Serialize)]
struct Page {
    title: String,
    subtitle: String,
    map_width: f64,
    map_height: f64,
    streets: String,
    rows: Vec<Row>,
    runs: Vec<Drawn>,
    states: Vec<State>,
    hours: Vec<Mark>,
    wait_marks: Vec<Mark>,
    width: f64,
    height: f64,
}

#[derive(Serialize)]
struct Drawn {
    name: String,
    headline: Vec<(String, &'static str)>,
    served: String,
    unserved: String,
    wait_mean: String,
    wait_p95: String,
    demand: String,
    areas: Vec<String>,
    fleet: u32,
}

#[derive(Serialize)]
struct State {
    name: &'static str,
    class: usize,
}

#[derive(Serialize)]
struct Mark {
    at: f64,
    label: String,
}

/// Renders the report of `outcomes`, which are runs of one scenario. Errors: none but a broken template.
pub fn render(scenario: &Scenario, roads: &Roads, outcomes: &[Outcome]) -> Result<String, SimError> {
    let projection = Projection::new(roads.bounds());
    let wait_max = wait_max(outcomes);
    let start_ms = outcomes.first().map_or(0, |outcome| scenario.since_midnight(outcome.start));
    let bins = outcomes.iter().map(|outcome| outcome.courses.waits.len()).max().unwrap_or(1).max(2);
    let kpis: Vec<&Kpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let page = Page {
        title: scenario.name.clone(),
        subtitle: subtitle(scenario, &kpis),
        map_width: projection.width,
        map_height: projection.height,
        streets: streets(roads, &projection),
        rows: rows(&kpis),
        runs: outcomes.iter().map(|outcome| drawn(outcome, &projection, bins, wait_max)).collect(),
        states: STATES.iter().enumerate().map(|(class, name)| State { name, class }).collect(),
        hours: hours(start_ms, bins),
        wait_marks: wait_marks(wait_max),
        width: COURSE.0,
        height: COURSE.1,
    };
    let mut templates = minijinja::Environment::new();
    templates.add_template("report.html", TEMPLATE)?;
    Ok(templates.get_template("report.html")?.render(minijinja::value::Serde(&page))?)
}

/// The table as rows of text; printed by the command and shown in the report.
pub fn rows(kpis: &[&Kpis]) -> Vec<Row> {
    use Better::{High, Low, Neither};
    let row = |name, hint, better, digits: usize, unit: &str, value: fn(&Kpis) -> f64| {
        let raw: Vec<f64> = kpis.iter().map(|kpi| value(kpi)).collect();
        let values = raw.iter().map(|value| format!("{}{unit}", grouped(*value, digits))).collect();
        Row { name, hint, values, best: best(&raw, better) }
    };
    let mut rows = vec![
        row("Orders", "placed over the day", Neither, 0, "", |k| k.orders as f64),
        row("Served", "riders brought home", High, 0, "", |k| k.served as f64),
        row("Timed out", "the latest pick-up passed", Low, 0, "", |k| k.timed_out as f64),
        row("Cancelled", "called off by the rider", Neither, 0, "", |k| k.cancelled as f64),
        row("Refused", "not taken by the engine", Low, 0, "", |k| k.refused as f64),
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
    if kpis.iter().any(|kpi| kpi.shadow.is_some()) {
        rows.extend(shadow_rows(kpis));
    }
    rows
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

#[derive(Clone, Copy, PartialEq)]
enum Better {
    High,
    Low,
    Neither,
}

/// The one run whose value is best, if several are compared and one is.
fn best(values: &[f64], better: Better) -> Option<usize> {
    let sign = match better {
        Better::High => 1.0,
        Better::Low => -1.0,
        Better::Neither => return None,
    };
    let top = values.iter().map(|value| value * sign).fold(f64::NEG_INFINITY, f64::max);
    let mut winners = values.iter().enumerate().filter(|(_, value)| *value * sign == top);
    let winner = winners.next().map(|(run, _)| run);
    if values.len() > 1 && winners.next().is_none() { winner } else { None }
}

/// A number with its thousands set apart by thin spaces.
fn grouped(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 && digit.is_ascii_digit() && whole.len() > 4 {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    fraction.map_or(grouped.clone(), |fraction| format!("{grouped}.{fraction}"))
}

fn subtitle(scenario: &Scenario, kpis: &[&Kpis]) -> String {
    let Some(first) = kpis.first() else { return String::new() };
    let scale =
        if first.demand_scale == 1.0 { String::new() } else { format!(", demand × {}", first.demand_scale) };
    format!(
        "{} orders{scale} · {} electric vehicles · a decision every {} · seed {}",
        grouped(first.orders as f64, 0),
        grouped(f64::from(first.vehicles), 0),
        scenario.engine.tick,
        first.seed,
    )
}

fn drawn(outcome: &Outcome, projection: &Projection, bins: usize, wait_max: f64) -> Drawn {
    let kpis = &outcome.kpis;
    let (served, unserved) = points(&outcome.courses.map, projection);
    let waits = &outcome.courses.waits;
    Drawn {
        name: kpis.policy.clone(),
        headline: vec![
            (format!("{:.1} %", kpis.service_rate * 100.0), "served"),
            (format!("{:.0} s", kpis.wait_mean_s), "mean wait"),
            (format!("{:.1} %", kpis.empty_km_share * 100.0), "empty km"),
            (format!("{:.1} ms", kpis.decision_p99_ms), "decision p99"),
        ],
        served,
        unserved,
        wait_mean: line(waits, bins, wait_max, |point| point.mean_s),
        wait_p95: line(waits, bins, wait_max, |point| point.p95_s),
        demand: bars(waits, bins),
        areas: areas(&outcome.courses.states, bins, kpis.vehicles),
        fleet: kpis.vehicles,
    }
}

/// Positions to SVG units: north up, metres kept in proportion. Manhattan stands taller than wide.
struct Projection {
    west: f64,
    north: f64,
    x_scale: f64,
    y_scale: f64,
    width: f64,
    height: f64,
}

impl Projection {
    fn new((a, b): (Position, Position)) -> Self {
        let (south, north) = (a.lat().min(b.lat()), a.lat().max(b.lat()));
        let (west, east) = (a.lon().min(b.lon()), a.lon().max(b.lon()));
        let narrow = ((south + north) / 2.0).to_radians().cos();
        let (wide, high) = ((east - west).max(1e-6) * narrow, (north - south).max(1e-6));
        let scale = (1_000.0 / high).min(1_400.0 / wide);
        let (width, height) = ((wide * scale).ceil(), (high * scale).ceil());
        Self { west, north, x_scale: scale * narrow, y_scale: scale, width, height }
    }
    fn place(&self, at: Position) -> (f64, f64) {
        ((at.lon() - self.west) * self.x_scale, (self.north - at.lat()) * self.y_scale)
    }
}

fn streets(roads: &Roads, projection: &Projection) -> String {
    let mut path = String::new();
    for (_, polyline) in roads.street_polylines() {
        for (index, position) in polyline.iter().enumerate() {
            let (x, y) = projection.place(*position);
            _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" });
        }
    }
    path
}

/// Dots as one path of zero-length strokes with round ends: a third of the size of as many circles.
fn points(map: &[MapPoint], projection: &Projection) -> (String, String) {
    let every = map.len().div_ceil(POINTS_MAX).max(1);
    let (mut served, mut unserved) = (String::new(), String::new());
    for point in map.iter().step_by(every) {
        let (x, y) = projection.place(point.at);
        let path = if point.served { &mut served } else { &mut unserved };
        _ = write!(path, "M{x:.1} {y:.1}h0");
    }
    (served, unserved)
}

fn x_of(bin: f64, bins: usize) -> f64 {
    COURSE.0 * bin / bins as f64
}

/// A line over the day; bins in which nobody was picked up break it.
fn line(waits: &[WaitPoint], bins: usize, max: f64, value: fn(&WaitPoint) -> f64) -> String {
    let mut path = String::new();
    let mut broken = true;
    for (bin, point) in waits.iter().enumerate() {
        if point.orders == point.unserved {
            broken = true;
            continue;
        }
        let (x, y) = (x_of(bin as f64 + 0.5, bins), COURSE.1 * (1.0 - value(point) / max));
        _ = write!(path, "{}{x:.1} {y:.1}", if broken { "M" } else { "L" });
        broken = false;
    }
    path
}

/// Orders per bin as bars behind the lines, up to the full height.
fn bars(waits: &[WaitPoint], bins: usize) -> String {
    let most = waits.iter().map(|point| point.orders).max().unwrap_or(1).max(1);
    let mut path = String::new();
    for (bin, point) in waits.iter().enumerate() {
        let height = COURSE.1 * f64::from(point.orders) / f64::from(most);
        let (x, width) = (x_of(bin as f64 + 0.1, bins), x_of(0.8, bins));
        _ = write!(path, "M{x:.1} {:.1}h{width:.1}v-{height:.1}h-{width:.1}z", COURSE.1);
    }
    path
}

/// Vehicles per state, stacked from below in the order of [`STATES`].
fn areas(states: &[[u32; STATES.len()]], bins: usize, fleet: u32) -> Vec<String> {
    let top_of = |counts: &[u32; STATES.len()], state: usize| {
        let stacked: u32 = counts[..state].iter().sum();
        COURSE.1 * (1.0 - f64::from(stacked) / f64::from(fleet.max(1)))
    };
    let x = |look: usize| x_of(look as f64 / 3.0, bins).min(COURSE.0);
    let area = |state: usize| {
        let mut path = String::new();
        for (look, counts) in states.iter().enumerate() {
            _ = write!(
                path,
                "{}{:.1} {:.1}",
                if look == 0 { "M" } else { "L" },
                x(look),
                top_of(counts, state + 1)
            );
        }
        for (look, counts) in states.iter().enumerate().rev() {
            _ = write!(path, "L{:.1} {:.1}", x(look), top_of(counts, state));
        }
        path + "z"
    };
    (0..STATES.len()).map(area).collect()
}

fn wait_max(outcomes: &[Outcome]) -> f64 {
    let points = outcomes.iter().flat_map(|outcome| &outcome.courses.waits);
    let longest = points.map(|point| point.p95_s).fold(60.0, f64::max);
    (longest / 120.0).ceil() * 120.0
}

fn wait_marks(max: f64) -> Vec<Mark> {
    let step = if max > 600.0 { 240.0 } else { 120.0 };
    let marks = (0..=(max / step) as u32).map(|mark| f64::from(mark) * step);
    marks.map(|s| Mark { at: COURSE.1 * (1.0 - s / max), label: format!("{:.0} min", s / 60.0) }).collect()
}

/// Marks on the full hours of the city's clock, at most nine of them.
fn hours(start_ms: u64, bins: usize) -> Vec<Mark> {
    let span_h = bins as f64 * BIN.as_secs_f64() / 3_600.0;
    let start_h = start_ms as f64 / 3_600_000.0;
    let step = (span_h / 8.0).ceil().max(1.0);
    let first = (start_h / step).ceil() * step;
    let count = ((start_h + span_h - first) / step).floor().max(0.0) as u32;
    let clock = (0..=count).map(|mark| first + f64::from(mark) * step);
    clock
        .map(|hour| Mark {
            at: COURSE.0 * (hour - start_h) / span_h,
            label: format!("{:02}:00", (hour as u64) % 24),
        })
        .collect()
}
