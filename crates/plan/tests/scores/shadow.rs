//! A shadow is compared replica by replica with what both count on.

use paceline_plan::Budget;
use paceline_plan::edge::placement::{Device, GpuModelRow, Node, Task};
use paceline_plan::edge::policy::{PlacementPolicies, ScoreName, ScoreWeights};
use paceline_plan::edge::round::shadow::{Difference, Given, Predicted};
use paceline_plan::edge::round::{Demand, Known, Problem, solve};

fn given(problem: &Problem, by: &[(ScoreName, u32)]) -> Given {
    let policies = PlacementPolicies::from(ScoreWeights::of(by.iter().copied()));
    let plan = solve(problem, &mut problem.placer_by(&policies), &mut Budget::unlimited());
    Given::of(problem, &plan)
}

#[test]
fn a_shadow_is_compared_replica_by_replica_with_what_both_count_on() {
    let node = |gpu_model| Node {
        gpu_model: GpuModelRow(gpu_model),
        cpu_milli: 4_000,
        devices: vec![Device::whole(8_000)],
        ..Node::default()
    };
    let share = |device_milli| Task { devices: 1, device_milli, ..Task::default() };
    let demand = |options: Vec<Task>| Demand { options, ..Demand::default() };
    let problem = Problem {
        nodes: vec![node(1), node(0)].into(),
        demands: vec![
            demand(vec![share(400)]),
            demand(vec![share(700), share(600)]),
            demand(vec![share(1_000)]),
        ],
        known: Known { watts: vec![(10, 70), (50, 400)], ..Known::default() },
        ..Problem::default()
    };
    let (packing, power) = ([(ScoreName::Packing, 1)], [(ScoreName::Power, 1)]);
    let alike = Difference::between(&given(&problem, &packing), &given(&problem, &packing));
    assert_eq!((alike.same, alike.other_node, alike.live_only, alike.shadow_only), (2, 0, 0, 0));
    let unlike = Difference::between(&given(&problem, &packing), &given(&problem, &power));
    // 400 goes to the first for packing and to the one that draws least for power; 700 packs as 600 beside it, or goes to the other.
    assert_eq!((unlike.same, unlike.other_node, unlike.live_only, unlike.shadow_only), (0, 2, 0, 0));
    assert_eq!(unlike.live, Predicted { replicas: 2, downgraded: 0, watts: 410 });
    assert_eq!(unlike.shadow, Predicted { replicas: 2, downgraded: 0, watts: 410 });
    let mut sum = alike;
    sum += unlike;
    assert_eq!((sum.same, sum.other_node, sum.live.replicas), (2, 2, 4));
}
