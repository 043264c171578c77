//! The report of runs of shared bikes: how long stations were empty and full on a map, when riders lost their rides, where vans went.

use super::kpis::{BikesKpis, rows};
use super::play::BikesOutcome;
use super::scenario::BikesScenario;
use super::sketch::{BINS, BikesSketch, SketchedStation};
use crate::error::SimError;
use crate::kpi::ratio;
use crate::report::draw::{self, Path, Projection};
use crate::report::page::{Card, Key, Page, Run};
use crate::report::table::{common_seed, grouped, run_name};
use paceline_model::Position;
use std::f64::consts::TAU;
use std::fmt::Write as _;

/// Metres around the outermost stations that a map shows: their circles are whole.
const MARGIN_M: f64 = 450.0;

/// Renders the report of `outcomes`, which are runs of one scenario. Errors: none but a broken template.
pub fn render(scenario: &BikesScenario, outcomes: &[BikesOutcome]) -> Result<String, SimError> {
    let kpis: Vec<&BikesKpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let named: Vec<(&str, u64)> = kpis.iter().map(|kpi| (kpi.policy.as_str(), kpi.seed)).collect();
    let seed = common_seed(&named);
    let scale = Scale::of(outcomes);
    let page = Page {
        title: scenario.name.clone(),
        subtitle: subtitle(scenario, &kpis, seed),
        same: match seed {
            Some(_) => "The same days, the same seed; the best of each row stands out.",
            None => "The same days, drawn by several seeds; the best of each row stands out.",
        },
        varies: "Targets",
        backdrop: scale.as_ref().map_or_else(String::new, Scale::mesh),
        rows: rows(&kpis),
        runs: scale
            .iter()
            .flat_map(|scale| outcomes.iter().map(|outcome| drawn(outcome, scale, seed)))
            .collect(),
        notes: Vec::new(),
        footer: "Riders are drawn from rates that a history of snapshots teaches, which are lower bounds; decisions are measured from tick to commit on the machine that ran this.",
    };
    page.render()
}

/// What all runs are drawn by.
struct Scale {
    projection: Projection,
    stations: Vec<SketchedStation>,
    /// The most riders of a half hour.
    riders_max: u32,
    /// The most stations that were empty, or full, at once.
    stations_max: u32,
}

impl Scale {
    /// `None`: there is nothing to be drawn.
    fn of(outcomes: &[BikesOutcome]) -> Option<Self> {
        let stations = outcomes.first()?.sketch.stations.clone();
        let lats = || stations.iter().map(|station| station.position.lat());
        let lons = || stations.iter().map(|station| station.position.lon());
        let (south, north) = (lats().reduce(f64::min)?, lats().reduce(f64::max)?);
        let (west, east) = (lons().reduce(f64::min)?, lons().reduce(f64::max)?);
        let high = MARGIN_M / 111_320.0;
        let wide = high / south.to_radians().cos().max(0.01);
        let low = Position::new((south - high).max(-90.0), (west - wide).max(-180.0)).ok()?;
        let top = Position::new((north + high).min(90.0), (east + wide).min(180.0)).ok()?;
        let sketches = || outcomes.iter().map(|outcome| &outcome.sketch);
        Some(Self {
            projection: Projection::new((low, top)),
            stations,
            riders_max: sketches().flat_map(|sketch| sketch.riders).max().unwrap_or(0).max(1),
            stations_max: sketches()
                .flat_map(|sketch| sketch.looks.iter().flatten().copied())
                .max()
                .unwrap_or(0)
                .max(1),
        })
    }

    /// Each station joined to the three that are nearest: without streets, the shape of the city.
    fn mesh(&self) -> String {
        let mut d = String::new();
        for (at, station) in self.stations.iter().enumerate() {
            let mut near: Vec<(f64, usize)> = self
                .stations
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .map(|(other, of)| (station.position.distance_m(of.position), other))
                .collect();
            near.sort_by(|one, other| one.0.total_cmp(&other.0));
            for (_, other) in near.into_iter().take(3) {
                let (x, y) = self.projection.place(station.position);
                let (to_x, to_y) = self.projection.place(self.stations[other].position);
                _ = write!(d, "M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}");
            }
        }
        d
    }
}

fn subtitle(scenario: &BikesScenario, kpis: &[&BikesKpis], seed: Option<u64>) -> String {
    let Some(first) = kpis.first() else { return String::new() };
    let (from, to) = scenario.days.days();
    format!(
        "{} stations · {} bikes · {} riders · {from} to {}{}",
        grouped(f64::from(first.stations), 0),
        grouped(f64::from(first.bikes), 0),
        grouped(first.riders as f64, 0),
        to.yesterday().unwrap_or(to),
        seed.map_or_else(String::new, |seed| format!(" · seed {seed}")),
    )
}

fn drawn(outcome: &BikesOutcome, scale: &Scale, seed: Option<u64>) -> Run {
    let (kpis, sketch) = (&outcome.kpis, &outcome.sketch);
    let vans = match kpis.vans {
        0 => String::new(),
        1 => ", one van".into(),
        vans => format!(", {vans} vans"),
    };
    let mut left = vec![times(sketch, scale)];
    if !sketch.tours.is_empty() {
        left.push(tours(sketch, scale));
    }
    Run {
        name: run_name((&kpis.policy, kpis.seed), seed) + &vans,
        headline: vec![
            (format!("{:.1} %", 100.0 * ratio(kpis.lost_rides as f64, kpis.riders as f64)), "rides lost"),
            (format!("{:.1} %", 100.0 * kpis.empty), "of the time empty"),
            (format!("{:.1} %", 100.0 * kpis.full), "of the time full"),
            (grouped(kpis.moved as f64, 0), "bikes moved"),
        ],
        left,
        right: vec![riders(sketch, scale), stations(sketch, scale)],
    }
}

/// Each station as a clock of its time: so long empty, so long full, so long well.
fn times(sketch: &BikesSketch, scale: &Scale) -> Card {
    let title = (
        "Empty and full time",
        "Each station, as large as it has docks: the share of the days without a bike, and without a free dock.",
    );
    let mut card = Card::map(title, &scale.projection);
    let (mut well, mut empty, mut full) = (String::new(), String::new(), String::new());
    for station in &sketch.stations {
        let (x, y) = scale.projection.place(station.position);
        let radius = 4.0 + 2.6 * f64::from(station.docks.min(60)).sqrt();
        let (first, second) = (station.empty.min(1.0), (station.empty + station.full).min(1.0));
        sector(&mut empty, (x, y, radius), (0.0, first));
        sector(&mut full, (x, y, radius), (first, second));
        sector(&mut well, (x, y, radius), (second, 1.0));
    }
    card.over = vec![
        Path { class: "state0 pie", d: well },
        Path { class: "state6 pie", d: empty },
        Path { class: "state4 pie", d: full },
    ];
    card.keys = vec![Key::stacked(6, "empty"), Key::stacked(4, "full"), Key::stacked(0, "bikes and docks")];
    card
}

/// A sector of a circle between two shares of the way round, from the top on with the clock.
fn sector(d: &mut String, (x, y, radius): (f64, f64, f64), (from, to): (f64, f64)) {
    // Less is not seen, and a whole circle needs two arcs.
    if to - from < 0.004 {
        return;
    }
    if to - from > 0.996 {
        _ = write!(
            d,
            "M{:.1} {y:.1}a{radius:.1} {radius:.1} 0 1 1 {:.1} 0a{radius:.1} {radius:.1} 0 1 1 -{:.1} 0z",
            x - radius,
            2.0 * radius,
            2.0 * radius
        );
        return;
    }
    let at = |share: f64| (x + radius * (TAU * share).sin(), y - radius * (TAU * share).cos());
    let ((from_x, from_y), (to_x, to_y)) = (at(from), at(to));
    let long = u8::from(to - from > 0.5);
    _ = write!(
        d,
        "M{x:.1} {y:.1}L{from_x:.1} {from_y:.1}A{radius:.1} {radius:.1} 0 {long} 1 {to_x:.1} {to_y:.1}z"
    );
}

/// Classes of the ways of vans; more vans than these share them.
const TOURS: [&str; 6] = ["tour tour0", "tour tour1", "tour tour3", "tour tour4", "tour tour5", "tour tour6"];
/// Vans that the key names.
const NAMED_MAX: usize = 6;

/// Hours of ways that are drawn: those of a whole day hide each other.
const TOUR_HOURS: u32 = 3;

/// The hour of the first day from which on vans made the most stops in so many hours.
fn busiest(sketch: &BikesSketch) -> u32 {
    let stops = |from: u32| {
        let within = |(hours, _): &&(f64, Position)| (from..from + TOUR_HOURS).contains(&(*hours as u32));
        sketch.tours.values().flatten().filter(within).count()
    };
    // Of hours that are alike the first.
    (0..=24 - TOUR_HOURS).rev().max_by_key(|from| stops(*from)).unwrap_or(0)
}

fn tours(sketch: &BikesSketch, scale: &Scale) -> Card {
    let from = busiest(sketch);
    let note = format!(
        "From stop to stop by the straight line, in the busiest hours of the first day: {from:02}:00 to {:02}:00.",
        from + TOUR_HOURS
    );
    let mut card = Card::map(("Ways of vans", &note), &scale.projection);
    let all: Vec<Position> = sketch.stations.iter().map(|station| station.position).collect();
    card.under = vec![draw::dots("dots stop", &all, &scale.projection)];
    for (number, (van, stops)) in sketch.tours.iter().enumerate() {
        let mut d = String::new();
        let drawn = stops.iter().filter(|(hours, _)| (from..from + TOUR_HOURS).contains(&(*hours as u32)));
        for (at, (_, stop)) in drawn.enumerate() {
            let (x, y) = scale.projection.place(*stop);
            _ = write!(d, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        card.over.push(Path { class: TOURS[number % TOURS.len()], d });
        if number < NAMED_MAX {
            card.keys.push(Key::stacked([0, 1, 3, 4, 5, 6][number % 6], van.as_str()));
        }
    }
    card
}

fn riders(sketch: &BikesSketch, scale: &Scale) -> Card {
    let mut card = Card::course((
        "Lost rides over the day",
        "By half hours of the city's own clock, all days together.",
    ));
    let most = f64::from(scale.riders_max);
    let lost = sketch.lost.map(|lost| Some(f64::from(lost)));
    card.under = vec![draw::bars("demand", &sketch.riders, BINS, scale.riders_max)];
    card.over = vec![draw::line("p95 lost", lost, BINS, (0.0, most))];
    card.marks = draw::clock_marks(0, 24.0 * 3_600_000.0);
    card.marks.extend(draw::side_marks(steps(most), (0.0, most), true, |value| grouped(value, 0)));
    card.keys = vec![Key::of("kriders", "riders"), Key::of("klost", "who found no bike and gave up")];
    card
}

fn stations(sketch: &BikesSketch, scale: &Scale) -> Card {
    let mut card =
        Card::course(("Empty and full stations", "Every quarter of an hour, in the order of the days."));
    let (most, looks) = (f64::from(scale.stations_max), sketch.looks.len());
    let of = |kind: usize| sketch.looks.iter().map(move |look| Some(f64::from(look[kind])));
    card.over = vec![
        draw::line("p95 lost", of(0), looks, (0.0, most)),
        draw::line("mean full", of(1), looks, (0.0, most)),
    ];
    card.marks = draw::day_marks(sketch.span_ms);
    card.marks.extend(draw::side_marks(steps(most), (0.0, most), true, |value| grouped(value, 0)));
    card.keys = vec![Key::stacked(6, "empty"), Key::stacked(4, "full")];
    card
}

/// Round values up to `most`, four or so.
fn steps(most: f64) -> Vec<f64> {
    let rough = most / 4.0;
    let unit = 10_f64.powf(rough.max(1.0).log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|times| times * unit).find(|step| *step >= rough);
    let step = step.unwrap_or(unit).max(1.0);
    (0..).map(|mark| f64::from(mark) * step).take_while(|value| *value <= most).collect()
}
