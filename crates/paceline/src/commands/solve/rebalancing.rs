//! Instances of the bike rebalancing problem: solved, checked, and the answer in words and as JSON.

use super::known::BestKnown;
use super::starts::Starts;
use anyhow::ensure;
use paceline_plan::solver::rebalancing::{
    self, RebalancingProblem, RebalancingReport, RebalancingRoute, RebalancingSolution,
};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The name under which tables list an instance: files of the field are numbered (`3Bari10`), and one city's are named
/// after the data that they were made of (`61CiudadDeMexico.txtDati2_20`).
pub(super) fn published_name(stem: &str) -> String {
    let name = stem.trim_start_matches(|letter: char| letter.is_ascii_digit());
    match (name.split_once('.'), name.rsplit_once('_')) {
        (Some((city, _)), Some((_, capacity))) => format!("{city}{capacity}"),
        _ if name.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// An answer that keeps the rules, and what is printed of it.
pub(super) struct Rebalanced<'a> {
    name: &'a str,
    problem: &'a RebalancingProblem,
    solution: RebalancingSolution,
    report: RebalancingReport,
    best_known: Option<BestKnown>,
}

impl<'a> Rebalanced<'a> {
    pub(super) fn solve(
        name: &'a str,
        problem: &'a RebalancingProblem,
        starts: &Starts,
        best_known: Option<BestKnown>,
    ) -> anyhow::Result<Self> {
        let (solution, report) = starts
            .best(|budget, rng| rebalancing::solve(problem, budget, rng), |a, b| a.1.cost.cmp(&b.1.cost));
        let violations = rebalancing::check(problem, &solution);
        ensure!(violations.is_empty(), "the answer breaks a rule, which is a bug: {}", violations[0]);
        Ok(Self { name, problem, solution, report, best_known })
    }

    /// Cost, bound, the gap where it is known, and a line for each route: how many bikes it leaves with, and its stations.
    pub(super) fn text(&self) -> String {
        let (stations, capacity) = (self.problem.demands.len() - 1, self.problem.capacity);
        let RebalancingReport { cost, bound, .. } = self.report;
        let mut text = String::new();
        _ = writeln!(text, "{}: {stations} stations, vehicles of {capacity}", self.name);
        _ = writeln!(text, "vehicles  {}\ncost  {cost}", self.solution.routes.len());
        _ = writeln!(text, "bound  {bound}: at most {:.3} % above the optimum", self.above(bound as f64));
        if let Some(known) = self.best_known {
            let vehicles = known.vehicles.map(|count| format!("{count} vehicles, ")).unwrap_or_default();
            _ = writeln!(
                text,
                "best known  {vehicles}{}: cost {:+.3} %",
                known.value,
                self.above(known.value)
            );
        }
        for (index, route) in self.solution.routes.iter().enumerate() {
            let stops: Vec<String> = route.stops.iter().map(usize::to_string).collect();
            let bikes = route.start_load;
            _ = writeln!(text, "route {}, leaves with {bikes}: {}", index + 1, stops.join(" "));
        }
        text
    }

    /// One object: cost, bound, gap, and for each route its cost, the bikes that it leaves with, and its stations.
    pub(super) fn json(&self) -> Value {
        let route = |route: &RebalancingRoute| {
            json!({
                "cost": route.cost(self.problem),
                "start_load": route.start_load,
                "stops": route.stops,
            })
        };
        json!({
            "instance": self.name,
            "vehicles": self.solution.routes.len(),
            "cost": self.report.cost,
            "bound": self.report.bound,
            "iterations": self.report.iterations,
            "steps": self.report.steps,
            "best_known": self.best_known.map(|known| json!({
                "vehicles": known.vehicles,
                "value": known.value,
                "gap_percent": self.above(known.value),
            })),
            "routes": self.solution.routes.iter().map(route).collect::<Vec<Value>>(),
        })
    }

    /// How far the answer lies above a value, in percent of it; 0 above nothing.
    fn above(&self, value: f64) -> f64 {
        let cost = self.report.cost as f64;
        if cost == value { 0.0 } else { (cost / value - 1.0) * 100.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::starts::Limit;
    use super::*;

    const TINY: &str = "4\n0 3 -4 2\n4\n1e+009 10 12 14\n11 1e+009 5 6\n13 6 1e+009 4\n15 7 5 1e+009\n";

    #[test]
    fn text_and_json_give_routes_loads_bound_and_gap() {
        let problem = rebalancing::parse(TINY).unwrap();
        let starts = Starts { limit: Limit::Steps(20_000), seeds: vec![1, 2], threads: 2 };
        let best_known = Some(BestKnown { vehicles: Some(1), value: 32.0 });
        let solved = Rebalanced::solve("tiny", &problem, &starts, best_known).unwrap();
        expect_test::expect![[r#"
            tiny: 3 stations, vehicles of 4
            vehicles  1
            cost  34
            bound  30: at most 13.333 % above the optimum
            best known  1 vehicles, 32: cost +6.250 %
            route 1, leaves with 1: 1 2 3
        "#]]
        .assert_eq(&solved.text());
        let json = solved.json();
        assert_eq!((&json["cost"], &json["routes"][0]["start_load"]), (&json!(34), &json!(1)));
        assert_eq!((&json["vehicles"], &json["best_known"]["gap_percent"]), (&json!(1), &json!(6.25)));
    }

    #[test]
    fn files_of_the_field_are_found_under_the_names_of_its_tables() {
        assert_eq!(published_name("3Bari10"), "Bari10");
        assert_eq!(published_name("61CiudadDeMexico.txtDati2_20"), "CiudadDeMexico20");
        assert_eq!(published_name("oslo_east"), "oslo_east");
        assert_eq!(published_name("2024"), "2024");
    }
}
