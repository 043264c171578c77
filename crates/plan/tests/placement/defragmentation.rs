//! Plans of moves over random worlds: each step, looked at again in a round of its own, is lawful by rules that know nothing of the planner.

use crate::common::{node, one, task};
use paceline_plan::edge::placement::scores::{BestFit, Fragmentation};
use paceline_plan::edge::placement::*;
use paceline_plan::edge::round::{
    Defragmented, Demand, Group, Improvement, Known, Limits, Problem, Running, Spread, check, defragment,
    solve,
};
use paceline_plan::{Budget, Rng};

const LIMITS: Limits = Limits { moves_max: 12, gain_min: 1 };

/// What runs was placed one after the other, and a third has gone again.
fn random(rng: &mut Rng) -> Problem {
    let nodes: Vec<Node> = (0..8).map(|_| node(rng)).collect();
    let kinds: Vec<Task> = (0..6).map(|_| task(rng)).collect();
    let mut cluster = Cluster::new();
    nodes.iter().for_each(|node| _ = cluster.add(node.clone()));
    let (mut placer, mut running) = (Placer::new(Mix::of(BestFit)), Vec::new());
    for _ in 0..40 {
        let task = kinds[rng.below(kinds.len())].clone();
        let Ok(found) = placer.find(&cluster, &task) else { continue };
        cluster.take(&task, &found).expect("it was found on this state");
        let group = (rng.below(3) == 0).then_some(0);
        running.push(Running {
            task,
            placement: found,
            group,
            held: rng.below(8) == 0,
            ..Running::default()
        });
    }
    running.retain(|_| rng.below(3) > 0);
    let domains: Vec<u32> = (0..nodes.len()).map(|_| rng.below(3) as u32).collect();
    let mut spread = Spread { max_skew: one(rng, &[1, 2, 4]), domains, counts: vec![0; 3] };
    running.iter().filter(|one| one.group.is_some()).for_each(|one| spread.count(one.placement.node, true));
    let known = Known { expected: Expected::of(&kinds), ..Known::default() };
    let groups = vec![Group { spreads: vec![0], ..Group::default() }];
    Problem { nodes: nodes.into(), running, groups, spreads: vec![spread], known, ..Problem::default() }
}

fn placer(problem: &Problem) -> Placer {
    let fragmentation = Fragmentation::new(&problem.known.expected);
    Placer::new(Mix::default().and(10, fragmentation).and(1, BestFit))
}

fn planned(problem: &Problem) -> Defragmented {
    defragment(problem, &mut placer(problem), LIMITS, &mut Budget::unlimited())
}

/// The round of one step, in the world that those before it have left.
fn round(problem: &Problem, step: &Relocation) -> Problem {
    let running = &problem.running[step.replica];
    assert_eq!(running.placement.node, step.from.node);
    let improves =
        Improvement { from: running.placement, devices: step.to.devices, gain_min: LIMITS.gain_min };
    let demand = Demand {
        options: vec![running.task.clone()],
        spreads: running.group.map_or(Vec::new(), |group| problem.groups[group].spreads.clone()),
        from: Some(step.from.node),
        only: Some(step.to.node),
        priority: i32::MIN,
        improves: Some(improves),
        ..Demand::default()
    };
    Problem { demands: vec![demand], ..problem.clone() }
}

fn whole(problem: &Problem) -> i64 {
    let used = |node: usize, device: usize| {
        let here = problem.running.iter().map(|running| running.placement);
        here.into_iter().any(|at| at.node.0 as usize == node && at.devices.contains(device))
    };
    let all = problem
        .nodes
        .iter()
        .enumerate()
        .flat_map(|(at, node)| (0..node.devices.len()).map(move |of| (at, of)));
    all.filter(|(node, device)| !used(*node, *device)).count() as i64
}

#[test]
fn every_step_is_lawful_when_its_turn_comes_and_frees_what_was_said() {
    let mut steps = 0;
    for seed in 0..300 {
        let mut problem = random(&mut Rng::of(seed, "world"));
        let plan = planned(&problem);
        assert!(plan.steps.len() <= LIMITS.moves_max);
        assert_eq!(i64::from(plan.now.gpus), whole(&problem), "seed {seed}");
        for step in &plan.steps {
            assert!(!problem.running[step.replica].held, "seed {seed}: it was to be left alone");
            let round = round(&problem, step);
            let solved = solve(&round, &mut placer(&round), &mut Budget::unlimited());
            check(&round, &solved).unwrap_or_else(|broken| panic!("seed {seed}: {broken}: {step:?}"));
            let found =
                solved.outcomes[0].found.as_ref().unwrap_or_else(|no| panic!("seed {seed}: {no}: {step:?}"));
            let improved = found.improved.expect("it says what it is good for");
            assert_eq!((improved.gain, improved.freed), (step.gain, step.freed), "seed {seed}: {step:?}");
            let before = whole(&problem);
            for row in problem.running[step.replica].group.map_or(Vec::new(), |_| vec![0]) {
                problem.spreads[row].count(step.from.node, false);
                problem.spreads[row].count(step.to.node, true);
            }
            problem.running[step.replica].placement = step.to;
            assert_eq!(whole(&problem) - before, i64::from(step.freed.gpus), "seed {seed}: {step:?}");
            assert!(step.freed.is_no_loss(), "seed {seed}: {step:?}");
            // Nobody moves twice.
            problem.running[step.replica].held = true;
            steps += 1;
        }
        assert_eq!(i64::from(plan.then.gpus), whole(&problem), "seed {seed}");
    }
    assert!(steps > 300, "there was something to move: {steps}");
}

#[test]
fn a_step_that_was_taken_back_or_gains_nothing_is_not_made_again() {
    let mut made = 0;
    for seed in 0..100 {
        let mut problem = random(&mut Rng::of(seed, "world"));
        let Some(step) = planned(&problem).steps.into_iter().find(|step| step.from.node != step.to.node)
        else {
            continue;
        };
        problem.running[step.replica].placement = step.to;
        problem.spreads.clear();
        problem.groups = vec![Group::default()];
        let back = Relocation { from: step.to, to: step.from, ..step };
        let round = round(&problem, &back);
        let solved = solve(&round, &mut placer(&round), &mut Budget::unlimited());
        let refused = solved.outcomes[0].found.as_ref().expect_err("the way back loses what was gained");
        assert_eq!(refused.total(), 0, "seed {seed}: it would fit");
        made += 1;
    }
    assert!(made > 20, "{made}");
}

#[test]
fn a_budget_that_ends_ends_the_plan_and_says_so() {
    let mut worlds = (0..100).map(|seed| random(&mut Rng::of(seed, "world")));
    let problem = worlds.find(|problem| planned(problem).steps.len() > 3).expect("one has as many moves");
    let all = planned(&problem);
    assert!(!all.ran_short);
    for steps in [0, 300, 600, 900] {
        let few = defragment(&problem, &mut placer(&problem), LIMITS, &mut Budget::steps(steps));
        assert!(few.ran_short && few.steps.len() < all.steps.len(), "{few:?} of {all:?}");
        let whole = few.steps.len().saturating_sub(1);
        assert_eq!(few.steps[..whole], all.steps[..whole], "of the last only some were looked at");
    }
}
