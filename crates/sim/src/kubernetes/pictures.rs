//! What is drawn of one run of a record: how much of the cluster was asked for, and who waited.

use super::kpis::{Course, Look};
use super::tally::KubernetesOutcome;
use crate::report::draw::{self, Mark};
use crate::report::page::{Card, Key, Run};

/// The pictures of a run, under its name.
pub(super) fn drawn(outcome: &KubernetesOutcome) -> Run {
    let (kpis, course) = (&outcome.kpis, &outcome.course);
    let headline = vec![
        (format!("{}", kpis.placed), "placed"),
        (format!("{}", kpis.waiting + kpis.never), "not placed"),
        (format!("{:.2} s", kpis.wait_p99_s), "wait p99"),
        (format!("{:.0} %", kpis.cpu_mean * 100.0), "CPU asked for"),
    ];
    let name = kpis.policy.clone();
    Run { name, headline, left: vec![asked_for(course)], right: vec![waiting(course)] }
}

fn asked_for(course: &Course) -> Card {
    let (bins, scale) = (course.looks.len(), (0.0, 100.0));
    let line = |class, value: fn(&Look) -> f64| {
        draw::line(class, course.looks.iter().map(|look| Some(value(look) * 100.0)), bins, scale)
    };
    let shares = [0.0, 25.0, 50.0, 75.0, 100.0];
    let mut marks = draw::side_marks(shares, scale, true, |share| format!("{share:.0} %"));
    marks.extend(clock(course));
    let has_gpus = course.looks.iter().any(|look| look.gpus > 0.0);
    let mut over = vec![line("p95", |look| look.memory), line("mean", |look| look.cpu)];
    let mut keys = vec![Key::of("kmean", "CPU"), Key::of("kp95", "memory")];
    if has_gpus {
        over.push(line("limit", |look| look.gpu));
        keys.push(Key::of("klimit", "GPUs and devices"));
    }
    Card {
        marks,
        over,
        keys,
        ..Card::course((
            "What was asked for",
            "By pods that have a node, of all that nodes have. Times are UTC.",
        ))
    }
}

fn waiting(course: &Course) -> Card {
    let most = course.looks.iter().map(|look| look.waiting).max().unwrap_or(0).max(4);
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000].into_iter().find(|step| most / step <= 8);
    let step = step.unwrap_or(most / 8);
    let most = most.div_ceil(step) * step;
    let (bins, scale) = (course.looks.len(), (0.0, f64::from(most)));
    let values = (0..=most / step).map(|mark| f64::from(mark * step));
    let mut marks = draw::side_marks(values, scale, true, |pods| format!("{pods:.0}"));
    marks.extend(clock(course));
    let looks = course.looks.iter().map(|look| Some(f64::from(look.waiting)));
    Card {
        marks,
        over: vec![draw::line("mean", looks, bins, scale)],
        keys: vec![Key::of("kmean", "pods without a node")],
        ..Card::course(("Who waited", "Pods that wait for a node, at each moment."))
    }
}

fn clock(course: &Course) -> Vec<Mark> {
    let span_ms = course.end.0.saturating_sub(course.start.0).max(1) as f64;
    draw::clock_marks(course.start.0 % 86_400_000, span_ms)
}
