//! An answer in words and as JSON.

use super::known::BestKnown;
use paceline_plan::solver::vrp::{VrpProblem, VrpReport, VrpRoute, VrpSolution};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What is printed.
pub(super) struct Printed<'a> {
    pub(super) name: &'a str,
    pub(super) problem: &'a VrpProblem,
    pub(super) solution: &'a VrpSolution,
    pub(super) report: &'a VrpReport,
    pub(super) best_known: Option<BestKnown>,
}

impl Printed<'_> {
    /// The value, the gap where it is known, and a line for each route: places by name, `+energy` behind a station.
    pub(super) fn text(&self) -> String {
        let (fleet, report) = (&self.problem.fleet, self.report);
        let mut text = String::new();
        let requests = self.problem.requests.len();
        _ = writeln!(
            text,
            "{}: {requests} requests, {} vehicles of {}",
            self.name, fleet.vehicles, fleet.capacity
        );
        _ = writeln!(text, "vehicles  {}\ndistance  {:.4}", report.vehicles, report.distance);
        if report.unserved > 0 {
            _ = writeln!(text, "unserved  {}: {}", report.unserved, self.unserved().join(" "));
        }
        if let Some(known) = self.best_known {
            let vehicles = known.vehicles.map(|count| format!("{count} vehicles, ")).unwrap_or_default();
            let more =
                self.vehicles_more(known).map(|more| format!("{more:+} vehicles, ")).unwrap_or_default();
            let (value, gap) = (known.value, self.gap_percent(known));
            _ = writeln!(text, "best known  {vehicles}{value:.4}: {more}distance {gap:+.3} %");
        }
        for (index, route) in self.solution.routes.iter().enumerate() {
            _ = writeln!(text, "route {}: {}", index + 1, self.stops(route).join(" "));
        }
        text
    }

    /// One object: value, gap, and for each route when it leaves and its stops with times.
    pub(super) fn json(&self) -> Value {
        let route = |route: &VrpRoute| {
            let stop = |stop: &paceline_plan::solver::vrp::VrpStop| json!({ "place": self.place(stop.place), "begin": stop.begin, "charge": stop.charge });
            json!({
                "distance": self.problem.distance(route),
                "leave": route.leave,
                "stops": route.stops.iter().map(stop).collect::<Vec<Value>>(),
            })
        };
        json!({
            "instance": self.name,
            "vehicles": self.report.vehicles,
            "distance": self.report.distance,
            "unserved": self.unserved(),
            "iterations": self.report.iterations,
            "steps": self.report.steps,
            "best_known": self.best_known.map(|known| json!({
                "vehicles": known.vehicles,
                "value": known.value,
                "vehicles_more": self.vehicles_more(known),
                "gap_percent": self.gap_percent(known),
            })),
            "routes": self.solution.routes.iter().map(route).collect::<Vec<Value>>(),
        })
    }

    fn vehicles_more(&self, known: BestKnown) -> Option<i64> {
        Some(self.report.vehicles as i64 - known.vehicles? as i64)
    }
    fn gap_percent(&self, known: BestKnown) -> f64 {
        (self.report.distance / known.value - 1.0) * 100.0
    }
    fn unserved(&self) -> Vec<&str> {
        self.solution
            .unserved
            .iter()
            .map(|&request| self.place(self.problem.requests[request].pickup))
            .collect()
    }
    fn place(&self, at: usize) -> &str {
        self.problem.place(at).map_or("?", |place| &place.name)
    }
    fn stops(&self, route: &VrpRoute) -> Vec<String> {
        let stop = |stop: &paceline_plan::solver::vrp::VrpStop| match stop.place < self.problem.places.len() {
            true => self.place(stop.place).to_owned(),
            false => format!("{}+{:.2}", self.place(stop.place), stop.charge),
        };
        route.stops.iter().map(stop).collect()
    }
}
