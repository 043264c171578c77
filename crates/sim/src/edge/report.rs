//! What is drawn of runs of a scene: the table, where boxes stand, how warm they were, what they did, and what users had.

use super::kpis::{BOX_STATES, EdgeCourses, EdgeKpis, Fared};
use super::run::EdgeOutcome;
use super::scene::Scene;
use crate::error::SimError;
use crate::report::Row;
use crate::report::draw::{self, COURSE, Mark, Projection, x_of};
use crate::report::page::{Card, Key, Page, Run};
use crate::report::table::{Better, table_row};
use paceline_model::Position;

/// Renders the report of `outcomes`, which are runs of one scene. Errors: none but a broken template.
pub fn render(scene: &Scene, outcomes: &[EdgeOutcome]) -> Result<String, SimError> {
    let kpis: Vec<&EdgeKpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let (first, nodes) = (kpis.first(), kpis.first().map_or(0, |kpi| kpi.nodes));
    let asked = first.map_or(0, |kpi| kpi.placing.asked);
    let page = Page {
        title: scene.name.clone(),
        subtitle: format!(
            "{nodes} boxes · {asked} replicas asked for in {} · a round every {}",
            scene.lasts, scene.tick
        ),
        same: "The same scene; the best of each row stands out.",
        varies: "Placed by",
        backdrop: String::new(),
        rows: rows(&kpis),
        runs: outcomes.iter().map(drawn).collect(),
        footer: "Heat, batteries, links and users are models; decisions are measured from tick to commit on the machine that ran this.",
    };
    page.render()
}

/// The table as rows of text; printed by the command and shown in the report. What a scene has nothing of is left out.
pub fn rows(kpis: &[&EdgeKpis]) -> Vec<Row> {
    let mut rows = placing_rows(kpis);
    let any = |has: fn(&EdgeKpis) -> bool| kpis.iter().any(|kpi| has(kpi));
    rows.extend(heat_rows(kpis));
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
    use Better::{Low, Neither};
    let row = |name, hint, better, digits, unit, value| {
        table_row(kpis, (name, hint), (better, digits, unit), value)
    };
    vec![
        row("Hot", "times that a node was found too hot", Low, 0, "", |k| k.heat.alarms as f64),
        row("Threshold to move, p50", "as the box was", Low, 2, " s", |k| k.heat.to_move_p50_s),
        row("Threshold to move, p99", "as the box was", Low, 2, " s", |k| k.heat.to_move_p99_s),
        row("Threshold to move, max", "as the box was", Low, 2, " s", |k| k.heat.to_move_max_s),
        row("Behind an outage", "moves that the link held up; not above", Neither, 0, "", |k| {
            k.heat.behind_outages as f64
        }),
        row("Hottest", "any box", Low, 1, " °C", |k| k.heat.celsius_max),
        row("Worked too hot", "boxes, together", Low, 1, " min", |k| k.heat.working_hot_min),
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
        row("Users", "", Neither, 0, "", |k| f64::from(k.users.users)),
        row("Latency, mean", "from asking to the answer", Low, 0, " ms", |k| k.users.latency_mean_ms),
        row("Latency, p95", "95 in 100 no later", Low, 0, " ms", |k| k.users.latency_p95_ms),
        row("Unserved", "users without an answer", Low, 2, " %", |k| k.users.unserved * 100.0),
    ]
}

fn drawn(outcome: &EdgeOutcome) -> Run {
    let (kpis, courses) = (&outcome.kpis, &outcome.courses);
    let mut headline = vec![
        (format!("{}", kpis.placing.placed), "placed"),
        (format!("{:.2} ms", kpis.placing.decision_p99_ms), "decision p99"),
    ];
    headline.push(match kpis.users.users {
        0 => (format!("{:.2} s", kpis.heat.to_move_p99_s), "threshold to move p99"),
        _ => (format!("{:.0} ms", kpis.users.latency_mean_ms), "mean latency"),
    });
    headline.push(match kpis.battery.boxes {
        0 => (format!("{}", kpis.moves.lost), "lost"),
        _ => (format!("{:.1} h", kpis.battery.endurance_h), "battery endurance"),
    });
    let mut side = vec![warmth(courses), doing(kpis, courses)];
    if !courses.latency_ms.is_empty() {
        side.insert(0, waiting(courses));
    }
    Run { name: format!("{}, seed {}", kpis.policy, kpis.seed), headline, map: map(courses), side }
}

/// Boxes where they stand, or in rows where they do not say.
fn map(courses: &EdgeCourses) -> Card {
    let columns = (courses.map.len() as f64).sqrt().ceil().max(1.0);
    let in_rows = |number: usize| {
        let (row, column) = ((number as f64 / columns).floor(), number as f64 % columns);
        Position::new(-row / 1_000.0, column / 1_000.0).ok()
    };
    let known = courses.map.iter().any(|(at, _)| at.is_some());
    let place =
        |(number, (at, _)): (usize, &(Option<Position>, Fared))| if known { *at } else { in_rows(number) };
    let places: Vec<Option<Position>> = courses.map.iter().enumerate().map(place).collect();
    let projection = Projection::new(bounds(places.iter().flatten().chain(&courses.users).copied()));
    let of = |fared: Fared, class| {
        let all = places.iter().zip(&courses.map).filter(|(_, (_, how))| *how == fared);
        let at: Vec<Position> = all.filter_map(|(at, _)| *at).collect();
        draw::dots(class, &at, &projection)
    };
    let note =
        "Red: too hot at some time, or with a battery at its reserve. Green: had work. Grey: had none.";
    Card {
        under: vec![draw::dots("dots user", &courses.users, &projection)],
        over: vec![
            of(Fared::Idle, "dots idle box"),
            of(Fared::Worked, "dots served box"),
            of(Fared::Strained, "dots unserved box"),
        ],
        keys: vec![
            Key::of("kserved", "had work"),
            Key::of("kunserved", "hot, or low on charge"),
            Key::of("kidle", "idle"),
        ],
        ..Card::map(("Where the boxes are", note), &projection)
    }
}

/// The corners of what is drawn, with a margin.
fn bounds(all: impl Iterator<Item = Position> + Clone) -> (Position, Position) {
    let of = |value: fn(Position) -> f64, pick: fn(f64, f64) -> f64, from: f64| {
        all.clone().map(value).fold(from, pick)
    };
    let (south, north) =
        (of(Position::lat, f64::min, f64::INFINITY), of(Position::lat, f64::max, f64::NEG_INFINITY));
    let (west, east) =
        (of(Position::lon, f64::min, f64::INFINITY), of(Position::lon, f64::max, f64::NEG_INFINITY));
    let margin = ((north - south).max(east - west) * 0.04).max(0.000_5);
    let corner = |lat: f64, lon: f64| Position::new(lat, lon).unwrap_or_default();
    (corner(south - margin, west - margin), corner(north + margin, east + margin))
}

fn warmth(courses: &EdgeCourses) -> Card {
    let highest = courses.celsius.iter().map(|(_, highest)| *highest).fold(90.0, f64::max);
    let lowest = courses.celsius.iter().map(|(mean, _)| *mean).fold(20.0, f64::min);
    let scale = ((lowest / 10.0).floor() * 10.0, (highest / 10.0).ceil() * 10.0);
    let bins = courses.celsius.len();
    let line = |class, value: fn(&(f64, f64)) -> f64| {
        draw::line(class, courses.celsius.iter().map(|point| Some(value(point))), bins, scale)
    };
    let steps = ((scale.1 - scale.0) / 10.0) as u32;
    let values = (0..=steps).map(|step| scale.0 + f64::from(step) * 10.0);
    let mut marks = draw::side_marks(values, scale, true, |celsius| format!("{celsius:.0} °C"));
    marks.extend(clock(courses, bins));
    Card {
        marks,
        over: vec![line("p95", |(_, highest)| *highest), line("mean", |(mean, _)| *mean)],
        keys: vec![Key::of("kmean", "mean"), Key::of("kp95", "hottest")],
        ..Card::course(("How warm the boxes were", "All boxes, as they were and not as they reported."))
    }
}

fn waiting(courses: &EdgeCourses) -> Card {
    let highest = courses.latency_ms.iter().flatten().map(|(_, p95)| *p95).fold(100.0, f64::max);
    let step = [20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0];
    let step = step.into_iter().find(|step| highest / step <= 8.0).unwrap_or(5_000.0);
    let scale = (0.0, (highest / step).ceil() * step);
    let bins = courses.latency_ms.len();
    let line = |class, value: fn(&(f64, f64)) -> f64| {
        draw::line(class, courses.latency_ms.iter().map(|point| point.as_ref().map(value)), bins, scale)
    };
    let values = (0..=(scale.1 / step) as u32).map(|mark| f64::from(mark) * step);
    let mut marks = draw::side_marks(values, scale, true, |ms| format!("{ms:.0} ms"));
    marks.extend(clock(courses, bins));
    Card {
        marks,
        over: vec![line("p95", |(_, p95)| *p95), line("mean", |(mean, _)| *mean)],
        keys: vec![Key::of("kmean", "mean"), Key::of("kp95", "95th percentile")],
        ..Card::course((
            "What users waited",
            "From asking to the answer: the network, and the replica that answers first.",
        ))
    }
}

fn doing(kpis: &EdgeKpis, courses: &EdgeCourses) -> Card {
    let bins = courses.states.len();
    let x = |look: usize| x_of(look as f64, bins).min(COURSE.0);
    let shares = [0.0, 25.0, 50.0, 75.0, 100.0];
    let mut marks = draw::side_marks(shares, (0.0, 100.0), false, |share| format!("{share:.0} %"));
    marks.extend(clock(courses, bins));
    Card {
        marks,
        under: draw::areas(&courses.states, kpis.nodes, x),
        keys: BOX_STATES.iter().enumerate().map(|(state, name)| Key::stacked(state, name)).collect(),
        ..Card::course(("What the boxes did", &format!("{} boxes.", kpis.nodes)))
    }
}

fn clock(courses: &EdgeCourses, bins: usize) -> Vec<Mark> {
    draw::clock_marks(courses.start.0 % 86_400_000, bins as f64 * f64::from(courses.every.0))
}
