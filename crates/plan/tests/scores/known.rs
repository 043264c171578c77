//! A round's scores are made of what its problem knows.

use crate::common::{node, task};
use paceline_plan::edge::placement::scores::ahead;
use paceline_plan::edge::placement::*;
use paceline_plan::edge::policy::{PlacementPolicies, ScoreName, ScoreWeights};
use paceline_plan::edge::round::{Demand, Known, Problem, check, solve};
use paceline_plan::{Budget, Rng};
use std::sync::Arc;

fn by(weights: &[(ScoreName, u32)]) -> Arc<PlacementPolicies> {
    Arc::new(ScoreWeights::of(weights.iter().copied()).into())
}

fn random(seed: u64, policies: Arc<PlacementPolicies>) -> Problem {
    let mut rng = Rng::new(seed);
    let nodes: Vec<Node> = (0..2 + rng.below(10)).map(|_| node(&mut rng)).collect();
    let tasks: Vec<Task> = (0..30).map(|_| task(&mut rng)).collect();
    let known =
        Known { expected: Expected::of(&tasks), watts: vec![(10, 70), (30, 300)], ..Known::default() };
    let demands = tasks.into_iter().map(|task| Demand { options: vec![task], ..Demand::default() }).collect();
    Problem { nodes: nodes.into(), demands, policies, known, ..Problem::default() }
}

#[test]
fn own_is_the_mix_that_was_measured() {
    for seed in 0..60 {
        let problem = random(seed, by(&[(ScoreName::Own, 1)]));
        let mut cluster = Cluster::new();
        problem.nodes.iter().for_each(|node| _ = cluster.add(node.clone()));
        let mut measured = Placer::new(ahead(&problem.known.expected, &cluster));
        let by_name = solve(&problem, &mut problem.placer(), &mut Budget::unlimited());
        let by_hand = solve(&problem, &mut measured, &mut Budget::unlimited());
        assert_eq!(by_name, by_hand, "seed {seed}");
    }
}

#[test]
fn every_score_places_within_the_rules_and_its_parts_are_its_points() {
    for name in ScoreName::ALL {
        for seed in 0..8 {
            let problem = random(seed, by(&[(name, 3)]));
            let plan = solve(&problem, &mut problem.placer(), &mut Budget::unlimited());
            check(&problem, &plan).unwrap();
            for outcome in &plan.outcomes {
                let Ok(found) = &outcome.found else { continue };
                assert_eq!(found.parts.sum(), found.points, "{name}, seed {seed}");
            }
        }
    }
}

#[test]
fn scores_that_look_ahead_do_so_to_nothing_where_nothing_is_expected() {
    let problem = random(1, by(&[(ScoreName::Own, 1)]));
    let blind = Problem { known: Known::default(), ..problem };
    let plan = solve(&blind, &mut blind.placer(), &mut Budget::unlimited());
    check(&blind, &plan).unwrap();
    assert!(plan.outcomes.iter().any(|outcome| outcome.found.is_ok()));
}
