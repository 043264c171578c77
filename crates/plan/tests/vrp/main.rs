//! Routes: against an oracle that tries everything, interrupted at random moments, repeated, and on the field's own
//! instances where they lie beside the checkout.

mod oracle;
mod rules;

use paceline_plan::Budget;
use paceline_plan::Rng;
use paceline_plan::solver::vrp::{VrpProblem, VrpReport, VrpSolution, check, parse, solve};
use std::path::{Path, PathBuf};

/// One small instance of each format, written by hand and by dice for this test.
const TINY: [(&str, &str); 4] = [
    ("li_lim_8", include_str!("instances/li_lim_8.txt")),
    ("solomon_10", include_str!("instances/solomon_10.txt")),
    ("cordeau_6", include_str!("instances/cordeau_6.txt")),
    ("schneider_7", include_str!("instances/schneider_7.txt")),
];

fn tiny() -> impl Iterator<Item = (&'static str, VrpProblem)> {
    TINY.into_iter().map(|(name, text)| (name, parse(text).unwrap_or_else(|error| panic!("{name}: {error}"))))
}

/// Solves and checks.
fn sound(name: &str, problem: &VrpProblem, steps: u64, seed: u64) -> (VrpSolution, VrpReport) {
    let (solution, report) = solve(problem, &mut Budget::steps(steps), &mut Rng::new(seed));
    let violations = check(problem, &solution);
    assert!(violations.is_empty(), "{name}, {steps} steps, seed {seed}: {violations:?}");
    (solution, report)
}

#[test]
fn each_format_is_solved_with_everybody_served() {
    let mut values = String::new();
    for (name, problem) in tiny() {
        let (_, report) = sound(name, &problem, 300_000, 1);
        values += &format!(
            "{name}: {} vehicles, distance {:.3}, {} unserved\n",
            report.vehicles, report.distance, report.unserved
        );
    }
    expect_test::expect![[r#"
        li_lim_8: 2 vehicles, distance 396.817, 0 unserved
        solomon_10: 2 vehicles, distance 108.059, 0 unserved
        cordeau_6: 2 vehicles, distance 120.609, 0 unserved
        schneider_7: 2 vehicles, distance 168.476, 0 unserved
    "#]]
    .assert_eq(&values);
}

#[test]
fn interrupted_at_any_moment_the_answer_keeps_the_rules() {
    for (name, problem) in tiny() {
        let mut dice = 0x2545_f491_4f6c_dd1d_u64;
        for seed in 0..200 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            // From nothing at all over the construction to some hundred iterations, evenly over the magnitudes.
            sound(name, &problem, (dice >> 45) >> (dice % 20), seed);
        }
    }
}

#[test]
fn a_budget_that_is_over_before_it_begins_still_gets_an_answer_by_the_rules() {
    for (name, problem) in tiny() {
        let mut budget = Budget::within(|| 1.0);
        budget.spend(1 << 20);
        assert!(budget.is_over());
        let (solution, report) = solve(&problem, &mut budget, &mut Rng::new(1));
        assert!(check(&problem, &solution).is_empty(), "{name}");
        assert_eq!(report.iterations, 0, "{name}");
    }
}

#[test]
fn instances_of_the_field_keep_the_rules_when_cut_off_during_construction_and_soon_after() {
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for folder in ["pdptw", "darp", "evrptw/instances/100"] {
        for file in beside(folder).iter().step_by(7) {
            let problem = parse(&std::fs::read_to_string(file).unwrap()).unwrap();
            for seed in 0..6 {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                // Up to 2^17 steps, evenly over the magnitudes: construction takes some ten thousand.
                sound(&file.display().to_string(), &problem, (dice >> 47) >> (dice % 18), seed);
            }
        }
    }
}

#[test]
fn the_same_seed_and_steps_give_the_same_bytes() {
    for (name, problem) in tiny() {
        let solve = |seed| format!("{:?}", sound(name, &problem, 50_000, seed));
        assert_eq!(solve(7), solve(7), "{name}");
    }
}

#[test]
fn a_request_that_nobody_can_serve_is_left_out_and_the_others_are_served() {
    let mut problem = parse(TINY[1].1).unwrap();
    problem.places[3].window.latest = problem.places[3].window.earliest - 1.0;
    problem.places[3].window.earliest = problem.places[3].window.latest;
    problem.places[3].point.x = 10_000.0;
    let (solution, _) = sound("solomon_10", &problem, 100_000, 1);
    assert_eq!(solution.unserved, [2]);
}

#[test]
fn with_a_deadline_instead_of_steps_it_ends_and_keeps_the_rules() {
    for (name, problem) in tiny() {
        let mut asked = 0;
        let mut budget = Budget::within(move || {
            asked += 1;
            f64::from(asked) / 21.0
        });
        let (solution, _) = solve(&problem, &mut budget, &mut Rng::new(3));
        assert!(check(&problem, &solution).is_empty(), "{name}");
    }
}

/// The instances of the field, not shipped with the project.
fn beside(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kernel").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&root).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    if files.is_empty() {
        println!("skipped: no instances in {}", root.display());
    }
    files
}

#[test]
fn on_the_instances_of_the_field_everybody_is_served_by_the_rules() {
    for folder in ["pdptw", "darp", "evrptw/instances/15", "evrptw/instances/100"] {
        for file in beside(folder).iter().step_by(9) {
            let text = std::fs::read_to_string(file).unwrap();
            let problem = parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let (solution, _) = sound(&file.display().to_string(), &problem, 400_000, 1);
            assert!(solution.unserved.is_empty(), "{}", file.display());
        }
    }
}
