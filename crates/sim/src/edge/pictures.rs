//! What is drawn of one run of a scene: how boxes fared and where, what they did, how warm they were, what their batteries held, and what
//! users had.

use super::kpis::{BOX_STATES, EdgeCourses, EdgeKpis, Fared};
use super::run::EdgeOutcome;
use crate::report::draw::{self, COURSE, Mark, Projection, x_of};
use crate::report::page::{Card, Key, Run};
use paceline_model::Position;

/// The colour of each of [`BOX_STATES`]: work is green, what is idle is pale, and what is hot is red.
const STATE_COLOURS: [usize; BOX_STATES.len()] = [0, 2, 1, 3, 6, 5];

/// The pictures of a run, under its name: the boxes at the left, what is measured of them at the right.
pub(super) fn drawn(outcome: &EdgeOutcome, name: String) -> Run {
    let (kpis, courses) = (&outcome.kpis, &outcome.courses);
    let mut headline = vec![
        (format!("{}", kpis.placing.placed), "placed"),
        (format!("{:.2} ms", kpis.placing.decision_p99_ms), "decision p99"),
    ];
    headline.push(match (kpis.users.users, kpis.moves.hot) {
        (0, 0) => (format!("{:.0} ms", kpis.placing.wait_p99_ms), "wait p99"),
        (0, _) => (format!("{:.2} s", kpis.heat.to_move_p99_s), "threshold to move p99"),
        _ => (format!("{:.0} ms", kpis.users.latency_mean_ms), "mean latency"),
    });
    headline.push(match kpis.battery.boxes {
        0 => (format!("{}", kpis.moves.lost), "lost"),
        _ => (format!("{:.1} h", kpis.battery.endurance_h), "battery endurance"),
    });
    let of_users = (!courses.latency_ms.is_empty()).then(|| waiting(courses));
    let of_batteries = (!courses.charge_percent.is_empty()).then(|| charge(courses));
    let mut right: Vec<Card> = of_users.into_iter().chain([warmth(courses)]).chain(of_batteries).collect();
    let mut left = vec![map(courses)];
    // Where it makes both sides alike long.
    let shorter = if right.len() > 1 { &mut left } else { &mut right };
    shorter.push(doing(kpis, courses));
    Run { name, headline, left, right }
}

/// Between two boxes that stand in rows, in degrees.
const IN_ROWS: f64 = 0.001;

/// Boxes where they stand, or in rows where they do not say.
fn map(courses: &EdgeCourses) -> Card {
    let columns = (courses.map.len() as f64).sqrt().ceil().max(1.0);
    let in_rows = |number: usize| {
        let (row, column) = ((number as f64 / columns).floor(), number as f64 % columns);
        Position::new(-row * IN_ROWS, column * IN_ROWS).ok()
    };
    let known = courses.map.iter().any(|(at, _)| at.is_some());
    let place =
        |(number, (at, _)): (usize, &(Option<Position>, Fared))| if known { *at } else { in_rows(number) };
    let places: Vec<Option<Position>> = courses.map.iter().enumerate().map(place).collect();
    let projection = Projection::new(bounds(places.iter().flatten().chain(&courses.users).copied()));
    let of = |fared: Fared, [dots, tiles]: [&'static str; 2]| {
        let all = places.iter().zip(&courses.map).filter(|(_, (_, how))| *how == fared);
        let at: Vec<Position> = all.filter_map(|(at, _)| *at).collect();
        if known { draw::dots(dots, &at, &projection) } else { draw::tiles(tiles, &at, IN_ROWS, &projection) }
    };
    let title = if known {
        ("Where the boxes are", "By the worst that was of each at any time.")
    } else {
        (
            "How the boxes fared",
            "By the worst that was of each at any time. In rows: none says where it stands.",
        )
    };
    let mut keys = vec![
        Key::of("kserved", "had work"),
        Key::of("kunserved", "hot, or low on charge"),
        Key::of("kidle", "idle"),
    ];
    if !courses.users.is_empty() {
        keys.push(Key::of("kuser", "a user"));
    }
    Card {
        under: vec![draw::dots("dots user", &courses.users, &projection)],
        over: vec![
            of(Fared::Idle, ["dots idle box", "tiles idle"]),
            of(Fared::Worked, ["dots served box", "tiles served"]),
            of(Fared::Strained, ["dots unserved box", "tiles unserved"]),
        ],
        keys,
        ..Card::map(title, &projection)
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
    let limit = courses.hot_celsius;
    // The threshold is always seen, with some room above it.
    let highest = courses.celsius.iter().map(|(_, highest)| *highest).fold(limit + 2.0, f64::max);
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
        over: vec![
            draw::level("limit", limit, scale),
            line("p95", |(_, highest)| *highest),
            line("mean", |(mean, _)| *mean),
        ],
        keys: vec![
            Key::of("kmean", "mean"),
            Key::of("kp95", "hottest"),
            Key::of("klimit", &format!("too hot from {limit} °C on")),
        ],
        ..Card::course(("How warm the boxes were", "All boxes, as they were and not as they reported."))
    }
}

fn charge(courses: &EdgeCourses) -> Card {
    let (bins, scale) = (courses.charge_percent.len(), (0.0, 100.0));
    let line = |class, value: fn(&(f64, f64)) -> f64| {
        draw::line(class, courses.charge_percent.iter().map(|point| Some(value(point))), bins, scale)
    };
    let shares = [0.0, 25.0, 50.0, 75.0, 100.0];
    let mut marks = draw::side_marks(shares, scale, true, |share| format!("{share:.0} %"));
    marks.extend(clock(courses, bins));
    Card {
        marks,
        over: vec![line("p95", |(_, lowest)| *lowest), line("mean", |(mean, _)| *mean)],
        keys: vec![Key::of("kmean", "mean"), Key::of("kp95", "lowest")],
        ..Card::course(("What the batteries held", "Of the boxes that run on one, as it was."))
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
        under: draw::areas(&courses.states, kpis.nodes, x, STATE_COLOURS),
        keys: STATE_COLOURS
            .iter()
            .zip(BOX_STATES)
            .map(|(colour, name)| Key::stacked(*colour, name))
            .collect(),
        ..Card::course((
            "What the boxes did",
            &format!("{} boxes by what they were doing. Times are UTC.", kpis.nodes),
        ))
    }
}

fn clock(courses: &EdgeCourses, bins: usize) -> Vec<Mark> {
    draw::clock_marks(courses.start.0 % 86_400_000, bins as f64 * f64::from(courses.every.0))
}
