//! The packing instances of a folder, for the benches.

use paceline_plan::solver::packing::{ColumnSet, PackingProblem};
use std::path::Path;

/// All of them by name.
pub(super) fn all(folder: &Path) -> Vec<(String, PackingProblem)> {
    let files = std::fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "csv"));
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap_or_default().display().to_string();
    paths.iter().map(|path| (name(path), read(path))).collect()
}

/// `vehicle,cost_s,requests` after a comment that says how many requests there are and what leaving one costs.
fn read(path: &Path) -> PackingProblem {
    let text = std::fs::read_to_string(path).expect("the instance can be read");
    let head = |name: &str| -> i64 {
        let found = text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|value| value.parse().ok()).expect("the comment gives the sizes")
    };
    let mut columns = ColumnSet::default();
    for line in text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())) {
        let mut cells = line.split(',');
        let vehicle = cells.next().and_then(|cell| cell.parse().ok()).expect("a vehicle");
        let cost: f64 = cells.next().and_then(|cell| cell.parse().ok()).expect("a cost");
        let requests = cells.next().expect("requests").split_whitespace();
        let mut requests: Vec<u32> = requests.map(|word| word.parse().expect("a request")).collect();
        requests.sort_unstable();
        columns.push(vehicle, &requests, (cost * 10.0).round() as i64);
    }
    let unassigned_cost = vec![head("penalty_unserved") * 10; head("requests") as usize];
    PackingProblem { groups: head("vehicles") as u32, unassigned_cost, columns }
}
