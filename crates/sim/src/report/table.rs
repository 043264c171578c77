//! The table of a report: rows of text, and which run is best.

use serde::Serialize;

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

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Better {
    High,
    Low,
    Neither,
}

/// A row of numbers with a unit.
pub(crate) fn table_row<K>(
    runs: &[&K],
    (name, hint): (&'static str, &'static str),
    (better, digits, unit): (Better, usize, &str),
    value: fn(&K) -> f64,
) -> Row {
    let raw: Vec<f64> = runs.iter().map(|run| value(run)).collect();
    let values = raw.iter().map(|value| format!("{}{unit}", grouped(*value, digits))).collect();
    // What looks the same is no better.
    let scale = 10f64.powi(digits as i32);
    let shown: Vec<f64> = raw.iter().map(|value| (value * scale).round()).collect();
    Row { name, hint, values, best: best(&shown, better) }
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

/// The seed that all runs have, each given by its policy and its seed. `None`: they differ by it.
pub fn common_seed(runs: &[(&str, u64)]) -> Option<u64> {
    let (_, first) = *runs.first()?;
    runs.iter().all(|(_, seed)| *seed == first).then_some(first)
}

/// What tells runs apart, each given by its policy and its seed: the policy, unless they differ by the seed.
pub fn names(runs: &[(&str, u64)]) -> Vec<String> {
    let one_policy = runs.windows(2).all(|pair| pair[0].0 == pair[1].0);
    let name = |(policy, seed): &(&str, u64)| match (common_seed(runs), one_policy) {
        (Some(_), _) => (*policy).to_owned(),
        (None, true) => format!("seed {seed}"),
        (None, false) => format!("{policy}, seed {seed}"),
    };
    runs.iter().map(name).collect()
}

/// What a run is called in a report; `common` is the seed that all of its runs have.
pub(crate) fn run_name((policy, seed): (&str, u64), common: Option<u64>) -> String {
    common.map_or_else(|| format!("{policy}, seed {seed}"), |_| policy.to_owned())
}

/// A number with its thousands set apart by thin spaces.
pub(crate) fn grouped(value: f64, digits: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_told_apart_by_what_they_differ_in() {
        assert_eq!(names(&[("nearest", 1), ("weighted", 1)]), ["nearest", "weighted"]);
        assert_eq!(names(&[("weighted", 1), ("weighted", 2)]), ["seed 1", "seed 2"]);
        assert_eq!(names(&[("weighted", 2), ("nearest", 1)]), ["weighted, seed 2", "nearest, seed 1"]);
        assert_eq!(names(&[("weighted", 7)]), ["weighted"]);
    }

    #[test]
    fn a_run_is_best_only_where_that_is_seen() {
        let best = |runs: [f64; 2]| {
            let row = table_row(&[&runs[0], &runs[1]], ("", ""), (Better::Low, 1, ""), |value| *value);
            row.best
        };
        assert_eq!((best([52.24, 52.21]), best([52.2, 52.1])), (None, Some(1)));
    }
}
