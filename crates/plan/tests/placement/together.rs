//! Rounds: gangs are all or none, spread holds, and those of lower priority give way within the rules.

use crate::common::{node, one, task};
use paceline_plan::edge::placement::scores::BestFit;
use paceline_plan::edge::placement::*;
use paceline_plan::edge::round::{Demand, Group, NO_DOMAIN, Plan, Problem, Running, Spread, check, solve};
use paceline_plan::{Budget, Rng};

fn whole() -> Task {
    Task { cpu_milli: 1_000, devices: 1, device_milli: 1000, ..Task::default() }
}

fn nodes(count: usize) -> Vec<Node> {
    vec![Node { cpu_milli: 4_000, devices: vec![Device::whole(0)], ..Node::default() }; count]
}

fn demand(task: Task, gang: Option<u32>) -> Demand {
    Demand { options: vec![task], gang, ..Demand::default() }
}

/// Solves, and holds the plan against the rules.
fn round(problem: &Problem) -> Plan {
    let plan = solve(problem, &mut Placer::new(Mix::of(BestFit)), &mut Budget::unlimited());
    check(problem, &plan).unwrap_or_else(|broken| panic!("{broken}: {plan:?}"));
    plan
}

#[test]
fn a_gang_one_node_short_takes_nothing() {
    let mut problem = Problem { nodes: nodes(3).into(), ..Problem::default() };
    problem.demands = vec![demand(whole(), Some(1)); 4];
    problem.demands.push(demand(whole(), None));
    let plan = round(&problem);
    for refused in &plan.outcomes[..4] {
        assert_eq!(refused.of_gang, Some((3, 4)));
        let why = refused.found.as_ref().expect_err("there are three GPUs").to_string();
        assert_eq!(why, "3 nodes: 3 too little GPU share free");
    }
    assert!(plan.outcomes[4].found.is_ok(), "what the gang would have had is free");
}

#[test]
fn a_spread_that_cannot_hold_is_refused_with_its_count() {
    let held = Placement { node: NodeRow(2), devices: Devices::NONE.with(0), points: 0 };
    let spread = |max_skew| Spread { max_skew, domains: vec![0, 0, 1], counts: vec![1, 0] };
    let mut problem = Problem {
        nodes: nodes(3).into(),
        running: vec![Running { task: whole(), placement: held, held: true, ..Running::default() }],
        demands: vec![Demand { spreads: vec![0], ..demand(whole(), None) }],
        spreads: vec![spread(1)],
        ..Problem::default()
    };
    let why =
        round(&problem).outcomes[0].found.clone().expect_err("zone 1 is full, zone 0 would be two ahead");
    assert_eq!(why.to_string(), "3 nodes: 1 too little GPU share free, 2 kept free by spread or affinity");
    problem.spreads = vec![spread(2)];
    assert!(round(&problem).outcomes[0].found.is_ok());
}

/// A full world: `held` runs, each by node, priority and how long; a whole GPU each.
pub(crate) fn full(count: usize, held: &[(u32, i32, u64)]) -> Problem {
    let running = held.iter().map(|&(node, priority, ran)| Running {
        task: whole(),
        placement: Placement { node: NodeRow(node), devices: Devices::NONE.with(0), points: 0 },
        priority,
        ran,
        ..Running::default()
    });
    Problem { nodes: nodes(count).into(), running: running.collect(), victims_max: 100, ..Problem::default() }
}

pub(crate) fn urgent(priority: i32) -> Demand {
    Demand { priority, ..demand(whole(), None) }
}

#[test]
fn a_gang_preempts_as_a_whole_or_not_at_all() {
    let mut problem = full(3, &[(0, 1, 5), (1, 9, 5), (2, 1, 5)]);
    let member = Demand { gang: Some(1), ..urgent(5) };
    problem.demands = vec![member.clone(); 3];
    let plan = round(&problem);
    assert!(
        plan.outcomes.iter().all(|outcome| outcome.found.is_err() && outcome.room.is_empty()),
        "{plan:?}"
    );
    assert_eq!(plan.outcomes[0].of_gang, Some((2, 3)));
    problem.demands = vec![member; 2];
    let plan = round(&problem);
    let evicted: Vec<usize> =
        plan.outcomes.iter().flat_map(|outcome| &outcome.room).map(Action::replica).collect();
    assert_eq!(evicted, [0, 2]);
}

#[test]
fn a_gang_that_runs_is_evicted_whole_or_not_at_all() {
    let mut problem = full(2, &[(0, 1, 5), (1, 1, 5)]);
    problem.running.iter_mut().for_each(|running| running.group = Some(0));
    problem.groups = vec![Group { evictions_left: 2, gang: true, ..Group::default() }];
    problem.demands = vec![urgent(5)];
    assert_eq!(round(&problem).outcomes[0].room.len(), 2);
    problem.groups[0].evictions_left = 1;
    assert!(round(&problem).outcomes[0].found.is_err());
}

#[test]
fn who_evicted_one_is_not_evicted_by_it_and_equals_never_give_way() {
    let mut problem = full(1, &[(0, 1, 5)]);
    problem.demands = vec![Demand { spares: vec![0], ..urgent(5) }, urgent(1)];
    let plan = round(&problem);
    assert!(plan.outcomes.iter().all(|outcome| outcome.found.is_err()), "{plan:?}");
    problem.demands[0].spares.clear();
    assert!(round(&problem).outcomes[0].found.is_ok());
}

#[test]
fn no_more_give_way_than_may_and_the_refusal_says_that_more_may_later() {
    let mut problem = full(3, &[(0, 1, 5), (1, 1, 5), (2, 1, 5)]);
    (problem.victims_max, problem.victims_spent) = (2, true);
    problem.demands = vec![urgent(5); 3];
    let plan = round(&problem);
    let placed: Vec<bool> = plan.outcomes.iter().map(|outcome| outcome.found.is_ok()).collect();
    assert_eq!((placed, plan.outcomes[2].later), (vec![true, true, false], true));
}

#[test]
fn the_lowest_priority_goes_first_then_the_fewest_then_who_has_run_shortest() {
    let mut problem = full(4, &[(0, 3, 1), (1, 2, 9), (2, 2, 4), (3, 2, 6)]);
    problem.demands = vec![urgent(5)];
    assert_eq!(round(&problem).outcomes[0].room, [Action::Evict { replica: 2 }]);
}

#[test]
fn random_rounds_keep_the_rules_of_preemption_spread_and_gangs() {
    let (mut moved, mut evicted) = (0, 0);
    for seed in 0..300 {
        let problem = random(&mut Rng::new(seed), seed);
        let plan = solve(&problem, &mut Placer::new(Mix::of(BestFit)), &mut Budget::unlimited());
        check(&problem, &plan).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        let actions = plan.outcomes.iter().flat_map(|outcome| &outcome.room);
        actions.for_each(|action| *if action.evicts() { &mut evicted } else { &mut moved } += 1);
    }
    assert!(moved > 50 && evicted > 50, "{moved} moved, {evicted} evicted");
}

pub(crate) fn random(rng: &mut Rng, seed: u64) -> Problem {
    let nodes: Vec<Node> = (0..5).map(|_| node(rng)).collect();
    let mut cluster = Cluster::shuffled(nodes.clone(), seed);
    let mut placer = Placer::new(Mix::of(BestFit));
    let mut problem =
        Problem { nodes: nodes.into(), victims_max: rng.below(12) as u32, ..Problem::default() };
    let spread = |rng: &mut Rng| Spread {
        max_skew: 1 + rng.below(2) as u32,
        domains: (0..5).map(|_| one(rng, &[0, 0, 1, 2, NO_DOMAIN])).collect(),
        counts: vec![0; 3],
    };
    problem.spreads = (0..4).map(|_| spread(rng)).collect();
    problem.groups = (0..3)
        .map(|group| Group {
            spreads: if group == 0 { vec![0] } else { vec![] },
            evictions_left: rng.below(5) as u32,
            gang: group == 2,
        })
        .collect();
    for _ in 0..30 {
        let task = task(rng);
        let Ok(placement) = placer.find(&cluster, &task) else { continue };
        cluster.take(&task, &placement).expect("it was free a moment ago");
        let group = rng.below(4);
        let group = (group < 3).then_some(group);
        if group == Some(0) {
            problem.spreads[0].count(placement.node, true);
        }
        let priority = group.map_or(rng.below(3), |group| group) as i32;
        let (ran, held) = (rng.below(9) as u64, rng.below(9) == 0);
        problem.running.push(Running { task, placement, priority, ran, group, held });
    }
    for number in 0..12 {
        let options = vec![task(rng), task(rng)];
        let spreads = if rng.below(3) == 0 { vec![1 + rng.below(3)] } else { vec![] };
        let gang = (number >= 9).then_some(7);
        let priority = if gang.is_some() { 2 } else { rng.below(4) as i32 };
        problem.demands.push(Demand { options, spreads, gang, priority, ..Demand::default() });
    }
    problem
}
