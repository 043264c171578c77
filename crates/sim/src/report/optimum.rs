//! What a day could have come to: rows of the table, and a course by hour.

use super::draw;
use super::page::{Card, Key};
use super::table::{Row, grouped};
use crate::kpi::{HourOfOptimum, Kpis, OptimumKpis, ratio};

/// Each is a count, or the difference of two counts: nothing is estimated.
pub(super) fn rows(kpis: &[&Kpis]) -> Vec<Row> {
    let row = |name, hint, value: fn(&Kpis, &OptimumKpis) -> String| {
        let shown =
            |kpi: &&Kpis| kpi.optimum.as_ref().map_or_else(|| "–".to_owned(), |optimum| value(kpi, optimum));
        Row { name, hint, values: kpis.iter().map(shown).collect(), best: None }
    };
    vec![
        row("Possible, at most", "orders that anybody could have served, batteries aside", |_, optimum| {
            count(optimum.served_max)
        }),
        row("Possible, at least", "served by a plan that knows all orders beforehand", |_, optimum| {
            count(optimum.planned)
        }),
        row("Of the possible", "served by what was possible at most", |kpi, optimum| {
            format!("{:.2} %", ratio(kpi.served as f64, optimum.served_max as f64) * 100.0)
        }),
        row("Lost to charging", "more would be served with batteries that last", |kpi, optimum| {
            difference(optimum.served_uncharged, kpi.served)
        }),
        row(
            "Lost to the unknown",
            "more are served by the plan than with batteries that last",
            |_, optimum| difference(optimum.planned, optimum.served_uncharged),
        ),
        row("Not known", "whether these could be served: at most less at least", |_, optimum| {
            difference(optimum.served_max, optimum.planned)
        }),
    ]
}

fn count(orders: u64) -> String {
    grouped(orders as f64, 0)
}

fn difference(more: u64, less: u64) -> String {
    grouped(more as f64 - less as f64, 0)
}

/// Orders of each hour: placed, served, and served by the plan.
pub(super) fn by_hour(optimum: &OptimumKpis) -> Card {
    let hours = &optimum.hours;
    let most = hours.iter().map(|hour| hour.orders).max().unwrap_or(0).max(1);
    let scaled = (0.0, most as f64);
    let placed: Vec<u32> = hours.iter().map(|hour| hour.orders as u32).collect();
    let line = |class, value: fn(&HourOfOptimum) -> u64| {
        draw::line(class, hours.iter().map(|hour| Some(value(hour) as f64)), hours.len(), scaled)
    };
    let quarters = (0..=4).map(|quarter| most as f64 * f64::from(quarter) / 4.0);
    let mut marks = draw::side_marks(quarters, scaled, true, |orders| grouped(orders, 0));
    let first = hours.first().map_or(0, |hour| u64::from(hour.hour));
    marks.extend(draw::clock_marks(first * HOUR_MS, hours.len() as f64 * HOUR_MS as f64));
    let share = optimum.share * 100.0;
    let note = format!(
        "Orders by the hour in which they were placed. The plan knows them all beforehand and needs no charge; {share:.1} % of what was possible at most was served."
    );
    Card {
        under: vec![draw::bars("demand", &placed, hours.len(), most as u32)],
        marks,
        over: vec![line("p95", |hour| hour.planned), line("mean", |hour| hour.served)],
        keys: vec![
            Key::of("kmean", "served"),
            Key::of("kp95", "served by the plan"),
            Key::of("kdemand", "orders placed"),
        ],
        ..Card::course(("Served, and what could have been", &note))
    }
}

const HOUR_MS: u64 = 3_600_000;
