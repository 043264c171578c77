//! Preemption, remedies and defragmentation: proposals that hold when they are carried out.

use crate::common::{node, placement, running, task};
use paceline_plan::edge::placement::check::{Running, check};
use paceline_plan::edge::placement::scores::{BestFit, Fragmentation};
use paceline_plan::edge::placement::*;
use paceline_plan::{Budget, Rng};

fn share(device_milli: u16) -> Task {
    Task { devices: 1, device_milli, ..Task::default() }
}

fn gpus(count: usize) -> Vec<Node> {
    vec![Node { cpu_milli: 64_000, devices: vec![Device::whole(0)], ..Node::default() }; count]
}

fn replica(running: Running, priority: i32, ran: u64) -> Replica {
    Replica { running, priority, ran, group: None, held: false }
}

/// A cluster on which `held` runs, each by node, share, priority and how long.
fn full(nodes: Vec<Node>, held: &[(u32, u16, i32, u64)]) -> (Cluster, Placer, Replicas) {
    let mut cluster = Cluster::shuffled(nodes, 1);
    let mut replicas = Replicas::default();
    for &(node, milli, priority, ran) in held {
        let running = Running { task: share(milli), node: NodeRow(node), devices: Devices::NONE.with(0) };
        cluster.take(&running.task, &placement(&running)).expect("there is room");
        replicas.add(replica(running, priority, ran));
    }
    (cluster, Placer::new(Mix::of(BestFit)), replicas)
}

fn preempt(
    cluster: &mut Cluster,
    placer: &mut Placer,
    task: &Task,
    priority: i32,
    replicas: &Replicas,
) -> Option<Room> {
    make_room(cluster, placer, task, &Means::preemption(replicas, priority))
}

#[test]
fn the_shortest_run_of_the_lowest_priority_gives_way() {
    let (mut cluster, mut placer, replicas) =
        full(gpus(3), &[(0, 900, 5, 1), (1, 900, 1, 7), (2, 900, 1, 3)]);
    let room = preempt(&mut cluster, &mut placer, &share(1000), 9, &replicas).expect("two are lower");
    assert_eq!((room.placement.node, room.actions), (NodeRow(2), vec![Action::Evict { replica: 2 }]));
    let room = preempt(&mut cluster, &mut placer, &share(1000), 1, &replicas);
    assert_eq!(room, None, "equals do not give way");
}

#[test]
fn two_of_lower_priority_go_before_one_of_higher() {
    let (mut cluster, mut placer, replicas) =
        full(gpus(2), &[(0, 900, 5, 1), (1, 500, 1, 7), (1, 500, 1, 3)]);
    let room = preempt(&mut cluster, &mut placer, &share(1000), 9, &replicas).expect("all are lower");
    assert_eq!((room.placement.node, room.cost.evictions, room.cost.priority), (NodeRow(1), 2, Some(1)));
}

#[test]
fn who_can_move_is_not_evicted() {
    let (mut cluster, mut placer, replicas) =
        full(gpus(3), &[(0, 400, 1, 1), (1, 800, 1, 1), (2, 600, 1, 9)]);
    let room = preempt(&mut cluster, &mut placer, &share(1000), 9, &replicas).expect("all are lower");
    let [Action::Move { replica: 0, to, .. }] = room.actions[..] else { panic!("{room:?}") };
    assert_eq!((to.node, to.devices), (NodeRow(2), Devices::NONE.with(0)));
    assert_eq!(room.cost, Cost { moves: 1, ..Cost::default() });
}

#[test]
fn a_budget_that_is_used_up_protects() {
    let (mut cluster, mut placer, held) = full(gpus(2), &[(0, 900, 1, 1), (1, 900, 1, 5)]);
    let mut replicas = Replicas::with_groups([Group { evictions_left: 0, gang: false }]);
    for (group, replica) in [Some(0), None].into_iter().zip(held.iter()) {
        replicas.add(Replica { group, ..replica.clone() });
    }
    let room = preempt(&mut cluster, &mut placer, &share(1000), 9, &replicas).expect("the other may go");
    assert_eq!(room.actions, [Action::Evict { replica: 1 }]);
}

/// Evicts for whoever comes, and lets who was evicted try again: it ends, since priority only falls along a chain.
#[test]
fn evictions_go_round_in_no_circle() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let mut cluster = Cluster::shuffled(gpus(3), seed);
        let mut placer = Placer::new(Mix::of(BestFit));
        let mut running: Vec<Replica> = Vec::new();
        let mut waiting: Vec<(Task, i32)> =
            (0..12).map(|_| (share([300, 500, 800][rng.below(3)]), rng.below(4) as i32)).collect();
        let mut evictions = 0;
        while let Some((task, priority)) = waiting.pop() {
            let mut replicas = Replicas::default();
            running.iter().for_each(|replica| _ = replicas.add(replica.clone()));
            let room = match placer.find(&cluster, &task) {
                Ok(placement) => {
                    Some(Room { placement, parts: Parts::default(), actions: vec![], cost: Cost::default() })
                }
                Err(_) => preempt(&mut cluster, &mut placer, &task, priority, &replicas),
            };
            let Some(room) = room else { continue };
            evictions += room.cost.evictions;
            waiting.extend(carry_out(&mut cluster, &mut running, &room));
            cluster.take(&task, &room.placement).expect("room has been made");
            running.push(replica(crate::common::running(&task, &room.placement), priority, 1));
            let held: Vec<Running> = running.iter().map(|replica| replica.running.clone()).collect();
            assert_eq!(check(&gpus(3), &held), [], "seed {seed}");
            assert!(
                evictions <= 12 * 4,
                "seed {seed}: each can be evicted by each higher priority once at most"
            );
        }
    }
}

/// Does what `room` says, and gives back who was evicted.
fn carry_out(cluster: &mut Cluster, replicas: &mut Vec<Replica>, room: &Room) -> Vec<(Task, i32)> {
    let mut evicted = Vec::new();
    for action in &room.actions {
        let gone = &mut replicas[action.replica()];
        cluster.give_back(&gone.running.task, &placement(&gone.running));
        match action {
            Action::Move { to, .. } => gone.running = running(&gone.running.task, to),
            Action::Evict { replica } => evicted.push(*replica),
        }
    }
    for action in &room.actions {
        if let Action::Move { replica, to, .. } = action {
            cluster.take(&replicas[*replica].running.task, to).expect("its new place was free");
        }
    }
    evicted.sort_unstable();
    evicted
        .iter()
        .rev()
        .map(|at| replicas.remove(*at))
        .map(|gone| (gone.running.task, gone.priority))
        .collect()
}

#[test]
fn what_is_proposed_holds_and_leaves_the_cluster_as_it_was() {
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let nodes: Vec<Node> = (0..5).map(|_| node(&mut rng)).collect();
        let mut cluster = Cluster::shuffled(nodes.clone(), seed);
        let mut placer = Placer::new(Mix::of(BestFit));
        let mut replicas = Replicas::default();
        for _ in 0..40 {
            let task = task(&mut rng);
            let Ok(found) = placer.find(&cluster, &task) else { continue };
            cluster.take(&task, &found).expect("it was free a moment ago");
            let (priority, ran) = (rng.below(3) as i32, 1 + rng.below(9) as u64);
            replicas.add(replica(running(&task, &found), priority, ran));
        }
        let before: Vec<Amounts> =
            cluster.rows().map(|row| *cluster.free(row).expect("in service")).collect();
        let task = Task { verdicts: vec![], ..task(&mut rng) };
        if let Some(room) = preempt(&mut cluster, &mut placer, &task, 2, &replicas) {
            let mut after = Cluster::shuffled(nodes.clone(), seed);
            replicas.iter().for_each(|replica| {
                after.take(&replica.running.task, &placement(&replica.running)).expect("it runs")
            });
            carry_out(&mut after, &mut replicas.iter().cloned().collect(), &room);
            after.take(&task, &room.placement).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        let again: Vec<Amounts> = cluster.rows().map(|row| *cluster.free(row).expect("in service")).collect();
        assert_eq!(before, again, "seed {seed}");
    }
}

/// What would help where none of `tasks` has room: each replica may be touched by whoever is of higher priority than it.
fn helps(
    (cluster, placer, replicas): (&mut Cluster, &mut Placer, &Replicas),
    tasks: &[Task],
    priority: i32,
    (variants, lifted): (&[Task], &[(u8, Vec<Task>)]),
) -> Vec<Remedy> {
    let refused = placer.find(cluster, &tasks[0]).expect_err("it has no room");
    let offer = Offer { means: Means::preemption(replicas, priority), rises: &|_| false, variants, lifted };
    remedies(cluster, placer, tasks, &refused, &offer, &mut Budget::unlimited())
}

#[test]
fn a_no_comes_with_what_would_make_it_a_yes() {
    let (mut cluster, mut placer, replicas) = full(gpus(2), &[(0, 600, 5, 1), (1, 700, 3, 1)]);
    let variants = [share(450), share(250)];
    let found = helps((&mut cluster, &mut placer, &replicas), &[share(500)], 2, (&variants, &[]));
    let [
        Remedy::Variant { variant: 1, .. },
        Remedy::Priority { priority: 4, room, .. },
        Remedy::More { node, missing, .. },
    ] = &found[..]
    else {
        panic!("{found:?}")
    };
    assert_eq!((&room.actions[..], *node), (&[Action::Evict { replica: 1 }][..], NodeRow(0)));
    let share = MissingShare { device: 0, milli: 100, memory_mib: 0 };
    assert_eq!(missing, &Missing { shares: vec![share], ..Missing::default() });
}

#[test]
fn a_smaller_variant_that_will_do_lacks_less() {
    let (mut cluster, mut placer, replicas) = full(gpus(1), &[(0, 600, 0, 1)]);
    let found =
        helps((&mut cluster, &mut placer, &replicas), &[share(900), share(500)], i32::MIN, (&[], &[]));
    let [Remedy::Priority { option: 0, .. }, Remedy::More { option: 1, missing, .. }] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(missing.shares[0].milli, 100);
}

#[test]
fn one_move_is_found_where_one_is_enough() {
    let (mut cluster, mut placer, replicas) = full(gpus(2), &[(0, 300, 9, 1), (1, 300, 9, 1)]);
    let found = helps((&mut cluster, &mut placer, &replicas), &[share(800)], 0, (&[], &[]));
    assert!(
        matches!(&found[0], Remedy::Moves { room, .. } if room.cost == Cost { moves: 1, ..Cost::default() }),
        "{found:?}"
    );
}

#[test]
fn a_rule_that_alone_is_in_the_way_is_named_and_a_gpu_too_few_is_counted() {
    let (mut cluster, mut placer, replicas) = full(gpus(2), &[]);
    let refused = Task { verdicts: vec![Verdict::Refused(3)], ..share(800) };
    let (without, other) = (vec![share(800)], vec![refused.clone()]);
    let lifted = [(2, without.clone()), (3, without)];
    let found =
        helps((&mut cluster, &mut placer, &replicas), std::slice::from_ref(&refused), 0, (&[], &lifted));
    assert!(matches!(found[..], [Remedy::Lifted { rule: 3, .. }]), "{found:?}");
    // Without it another is in the way.
    let found = helps((&mut cluster, &mut placer, &replicas), &[refused], 0, (&[], &[(3, other)]));
    assert_eq!(found, []);
    let two = Task { devices: 2, device_memory_mib: 0, ..share(1_000) };
    let found = helps((&mut cluster, &mut placer, &replicas), &[two], 0, (&[], &[]));
    let [Remedy::More { option: 0, missing, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(missing, &Missing { devices: 1, ..Missing::default() });
}

#[test]
fn nothing_is_said_to_help_once_the_budget_is_over() {
    let (mut cluster, mut placer, replicas) = full(gpus(2), &[(0, 300, 9, 1), (1, 300, 9, 1)]);
    let refused = placer.find(&cluster, &share(800)).expect_err("700 and 700 are free");
    let offer =
        Offer { means: Means::preemption(&replicas, 0), rises: &|_| false, variants: &[], lifted: &[] };
    let found = remedies(&mut cluster, &mut placer, &[share(800)], &refused, &offer, &mut Budget::steps(0));
    assert_eq!(found, []);
}

#[test]
fn defragmentation_is_a_plan_that_may_stop_anywhere() {
    let nodes = gpus(4);
    let (mut cluster, _, replicas) =
        full(nodes.clone(), &[(0, 300, 1, 1), (1, 300, 1, 1), (2, 300, 1, 1), (3, 900, 1, 1)]);
    let expected = Expected::of(&[share(1000), share(300), share(1000)]);
    let mut placer = Placer::new(Mix::of(Fragmentation::new(&expected)));
    let measure = Measure::new(&expected);
    let before = measure.usable(&cluster);
    let means = Defragmenting {
        replicas: &replicas,
        moves_max: 10,
        gain_min: 1,
        elsewhere: &Anywhere,
        measure: &measure,
    };
    let plan = defragment(&mut cluster, &mut placer, &means, &mut Budget::unlimited());
    assert_eq!(measure.usable(&cluster), before, "it is a plan: nothing has moved");
    assert_eq!(plan.len(), 2, "three of 300 go onto one GPU: {plan:?}");
    let mut held: Vec<Running> = replicas.iter().map(|replica| replica.running.clone()).collect();
    for step in plan {
        held[step.replica] = running(&held[step.replica].task.clone(), &step.to);
        assert_eq!(check(&nodes, &held), [], "after {step:?}");
    }
    let mut used: Vec<NodeRow> = held.iter().map(|running| running.node).collect();
    used.sort_unstable();
    used.dedup();
    assert_eq!(used.len(), 2);
}
