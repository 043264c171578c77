//! What would make a no a yes, carried out: every change that is named is enough, and a smaller one of its kind is not.

use crate::common::task;
use crate::together::{full, random, urgent};
use paceline_plan::edge::placement::check::{self as lawful, Running};
use paceline_plan::edge::placement::*;
use paceline_plan::edge::round::*;
use paceline_plan::{Budget, Rng};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first option of this task, with rule 7 lifted or not.
fn without(rule: u8, task: &Task) -> Task {
    let lift =
        |verdict: &Verdict| if *verdict == Verdict::Refused(rule) { Verdict::Allowed } else { *verdict };
    Task { verdicts: task.verdicts.iter().map(lift).collect(), ..task.clone() }
}

fn goes(problem: &Problem, context: &str) -> bool {
    let plan = solve(problem, &mut problem.placer(), &mut Budget::unlimited());
    check(problem, &plan).unwrap_or_else(|broken| panic!("{context}: {broken}"));
    plan.outcomes.iter().all(|outcome| outcome.found.is_ok())
}

/// The problem with the first demand changed.
fn demanding(problem: &Problem, change: impl FnOnce(&mut Demand)) -> Problem {
    let mut changed = problem.clone();
    change(&mut changed.demands[0]);
    changed
}

/// The problem once those have moved who are to, each lawfully.
fn moved(problem: &Problem, actions: &[Action], context: &str) -> Problem {
    let mut changed = problem.clone();
    for action in actions {
        let Action::Move { replica, to, .. } = action else { panic!("{context}: {action:?}") };
        let running = &mut changed.running[*replica];
        let from = std::mem::replace(&mut running.placement, *to).node;
        assert!(!running.held && running.task.allows(changed.nodes[to.node.0 as usize].class), "{context}");
        for row in running.group.map_or(&[][..], |group| &problem.groups[group].spreads) {
            let spread = &mut changed.spreads[*row];
            spread.count(from, false);
            assert!(spread.admits(to.node), "{context}: {action:?}");
            spread.count(to.node, true);
        }
    }
    let runs = |of: &paceline_plan::edge::round::Running| Running {
        task: Task { verdicts: vec![], ..of.task.clone() },
        node: of.placement.node,
        devices: of.placement.devices,
    };
    let running: Vec<Running> = changed.running.iter().map(runs).collect();
    assert_eq!(lawful::check(&changed.nodes, &running), [], "{context}");
    changed
}

/// The problem with more on one node.
fn with_more(problem: &Problem, node: NodeRow, missing: &Missing) -> Problem {
    let mut changed = problem.clone();
    let more = &mut Arc::make_mut(&mut changed.nodes)[node.0 as usize];
    more.cpu_milli += missing.cpu_milli;
    more.memory_mib += missing.memory_mib;
    more.pcie_mbit += missing.pcie_mbit;
    more.storage_mib = more.storage_mib.map(|mib| mib + missing.storage_mib);
    for share in &missing.shares {
        more.devices[share.device].milli += share.milli;
        more.devices[share.device].memory_mib += share.memory_mib;
    }
    let device = Device::whole(missing.device_memory_mib);
    more.devices.extend(vec![device; usize::from(missing.devices)]);
    changed
}

/// The same amounts with one of them a little less, for each of them.
fn less(missing: &Missing) -> Vec<Missing> {
    let mut all = Vec::new();
    let mut with = |is: bool, change: &dyn Fn(&mut Missing)| {
        if is {
            let mut less = missing.clone();
            change(&mut less);
            all.push(less);
        }
    };
    with(missing.cpu_milli > 0, &|less| less.cpu_milli -= 1);
    with(missing.memory_mib > 0, &|less| less.memory_mib -= 1);
    with(missing.pcie_mbit > 0, &|less| less.pcie_mbit -= 1);
    with(missing.storage_mib > 0, &|less| less.storage_mib -= 1);
    with(missing.devices > 0, &|less| less.devices -= 1);
    for (at, share) in missing.shares.iter().enumerate() {
        with(share.milli > 0, &|less| less.shares[at].milli -= 1);
        with(share.memory_mib > 0, &|less| less.shares[at].memory_mib -= 1);
    }
    all
}

/// The same, and nobody gives way: a little more and an eviction may be enough where a little more is not.
fn in_peace(problem: Problem) -> Problem {
    Problem { victims_max: 0, ..problem }
}

/// Carries a remedy out, and something smaller; says of which kind it is.
fn tried(problem: &Problem, offered: &Alternatives, remedy: &Remedy, context: &str) -> &'static str {
    let context = &format!("{context}, {remedy:?}");
    let (kind, enough, too_little) = match remedy {
        Remedy::Moves { room, .. } => ("moves", moved(problem, &room.actions, context), vec![]),
        Remedy::Variant { variant, .. } => {
            let task = &offered.variants[*variant];
            ("variant", demanding(problem, |demand| demand.options.push(task.clone())), vec![])
        }
        Remedy::Priority { priority, .. } => {
            let at = |priority| demanding(problem, |demand| demand.priority = priority);
            ("priority", at(*priority), vec![at(priority - 1)])
        }
        Remedy::More { node, missing, .. } => {
            let less = less(missing);
            let less = less.iter().map(|less| in_peace(with_more(problem, *node, less))).collect();
            ("more", with_more(problem, *node, missing), less)
        }
        Remedy::Lifted { rule, option, .. } => {
            let without = |demand: &mut Demand| {
                demand.options = vec![without(*rule, &demand.options[*option])];
            };
            ("rule", demanding(problem, without), vec![])
        }
    };
    assert!(goes(&enough, context), "{context}: not enough");
    assert!(too_little.iter().all(|problem| !goes(problem, context)), "{context}: less is enough");
    kind
}

#[test]
fn every_change_that_is_named_is_enough_and_a_smaller_one_is_not() {
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..1_500 {
        let mut rng = Rng::new(seed);
        let mut problem = random(&mut rng, seed);
        problem.demands.truncate(1);
        // Others of the workload stand somewhere already.
        for spread in &mut problem.spreads[1..] {
            spread.counts.iter_mut().for_each(|count| *count = rng.below(4) as u32);
        }
        let variants = vec![task(&mut rng), task(&mut rng)];
        let lifted = problem.demands[0].options.iter().map(|task| without(7, task)).collect();
        let offered = Alternatives { variants, lifted: vec![(7, lifted)], own: None };
        let (plan, help) = what_if(&problem, &offered, &mut Budget::unlimited());
        let round = solve(&problem, &mut problem.placer(), &mut Budget::unlimited());
        assert_eq!(plan, round, "seed {seed}: it is the round's own answer");
        assert_eq!(help.is_some(), plan.outcomes[0].found.is_err(), "seed {seed}");
        let Some(help) = help else { continue };
        let context = format!("seed {seed}");
        for remedy in &help.remedies {
            *kinds.entry(tried(&problem, &offered, remedy, &context)).or_default() += 1;
        }
        if let Some(Uneven { skews, .. }) = &help.uneven {
            let row = problem.demands[0].spreads[0];
            let allowing = |skew| {
                let mut changed = problem.clone();
                changed.spreads[row].max_skew = skew;
                changed
            };
            assert!(goes(&allowing(skews[0]), &context), "{context}: {skews:?}");
            assert!(!goes(&in_peace(allowing(skews[0] - 1)), &context), "{context}: {skews:?}");
            *kinds.entry("skew").or_default() += 1;
        }
    }
    let all = ["moves", "variant", "priority", "more", "rule", "skew"];
    assert!(all.iter().all(|kind| kinds.get(kind).is_some_and(|count| *count >= 10)), "{kinds:?}");
}

#[test]
fn of_a_gang_the_first_that_does_not_go_is_helped_as_those_before_it_stand() {
    let mut problem = full(2, &[(0, 9, 1)]);
    problem.demands = vec![Demand { gang: Some(1), ..urgent(1) }; 2];
    let (plan, help) = what_if(&problem, &Alternatives::default(), &mut Budget::unlimited());
    assert_eq!(
        plan.outcomes.iter().filter_map(|outcome| outcome.of_gang).collect::<Vec<_>>(),
        [(1, 2), (1, 2)]
    );
    let help = help.expect("it does not go");
    assert_eq!(help.demand, 1);
    assert!(matches!(help.remedies[0], Remedy::Priority { priority: 10, .. }), "{help:?}");
}
