//! City-shaped assignment instances with known optima, read from beside the checkout where they exist.

use paceline_plan::solver::assignment::{AssignmentProblem, Pair};
use std::path::PathBuf;

const NAMES: [&str; 3] = ["dispatch_1000x2000_k20", "dispatch_2000x1000_k20", "dispatch_5000x10000_k20"];

/// Name, problem and optimum of each; `None` where the data is absent.
pub(crate) fn load() -> Option<Vec<(&'static str, AssignmentProblem, i128)>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/kernel/assign"));
    let optima = std::fs::read_to_string(folder.join("optima_static.json")).ok()?;
    let read = |name: &'static str| {
        let rows = |kind: &str| {
            let text = std::fs::read_to_string(folder.join(format!("{name}.{kind}.csv"))).ok()?;
            Some(text.lines().skip(1).map(numbers).collect::<Vec<_>>())
        };
        let pair = |row: &Vec<i64>| Pair { row: row[0] as u32, column: row[1] as u32, cost: row[2] };
        let problem = AssignmentProblem {
            unassigned_cost: rows("orders")?.iter().map(|row| row[3]).collect(),
            columns: rows("vehicles")?.len(),
            pairs: rows("edges")?.iter().map(pair).collect(),
        };
        Some((name, problem, optimum(&optima, name)?))
    };
    NAMES.into_iter().map(read).collect()
}

fn numbers(line: &str) -> Vec<i64> {
    line.split(',').map(|cell| cell.parse().expect("the instances hold whole numbers")).collect()
}

/// The number behind `"name":` in a flat JSON object.
fn optimum(json: &str, name: &str) -> Option<i128> {
    let (_, rest) = json.split_once(&format!("\"{name}\":"))?;
    let end = rest.find([',', '}'])?;
    rest[..end].trim().parse().ok()
}
