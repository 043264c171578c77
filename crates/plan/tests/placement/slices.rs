//! Slices of GPUs that are cut, against an oracle that tries every place of every profile.

use crate::common::one;
use paceline_plan::edge::placement::check::{Fault, Running, check};
use paceline_plan::edge::placement::scores::BestFit;
use paceline_plan::edge::placement::*;
use paceline_plan::edge::round::{self, Demand, Problem, solve};
use paceline_plan::{Budget, Rng};
use std::collections::BTreeSet;
use std::sync::Arc;

fn cut(profile: u16, slots: u8, starts: &[u8], memory_mib: u32) -> Cut {
    Cut { profile, slots, starts: starts.iter().fold(0, |mask, start| mask | 1 << start), memory_mib }
}

/// An A100 with 40 GB: `1g.5gb`, `1g.10gb`, `2g.10gb`, `3g.20gb`, `4g.20gb`, `7g.40gb`. Source: NVIDIA, MIG User Guide, `nvidia-smi mig -lgipp`.
fn a100() -> Vec<Cut> {
    vec![
        cut(0, 1, &[0, 1, 2, 3, 4, 5, 6], 4_864),
        cut(1, 2, &[0, 2, 4, 6], 9_856),
        cut(2, 2, &[0, 2, 4], 9_856),
        cut(3, 4, &[0, 4], 19_968),
        cut(4, 4, &[0], 19_968),
        cut(5, 8, &[0], 40_192),
    ]
}

/// A node whose devices are cut so; one without profiles is shared.
fn node(devices: Vec<Vec<Cut>>) -> Node {
    let device = |cuts: &Vec<Cut>| match cuts.is_empty() {
        true => Device::whole(16_384),
        false => Device::cut(0xff),
    };
    Node {
        cpu_milli: 64_000,
        devices: devices.iter().map(device).collect(),
        cuts: Some(Arc::new(devices)),
        ..Node::default()
    }
}

fn slice(profile: u16) -> Task {
    Task { cpu_milli: 1_000, devices: 1, slice: Some(profile), ..Task::default() }
}

/// Profiles of eight slots that nobody sells.
fn random_cuts(rng: &mut Rng) -> Vec<Cut> {
    let profile = |profile: u16, rng: &mut Rng| {
        let slots = 1 + rng.below(4) as u8;
        let starts: Vec<u8> = (0..=8 - slots).filter(|_| rng.below(2) == 0).collect();
        let starts = if starts.is_empty() { vec![0] } else { starts };
        cut(profile, slots, &starts, one(rng, &[4_000, 8_000]))
    };
    (0..1 + rng.below(4) as u16).map(|number| profile(number, rng)).collect()
}

/// Every place of a profile, slot by slot.
fn places(cut: &Cut) -> Vec<BTreeSet<u32>> {
    let starts = (0..16_u32).filter(|start| cut.starts >> start & 1 == 1);
    starts.map(|start| (start..start + u32::from(cut.slots)).collect()).collect()
}

fn set(slots: u16) -> BTreeSet<u32> {
    (0..16).filter(|slot| slots >> slot & 1 == 1).collect()
}

/// How many places there are within these slots, and which of them the task may take.
fn oracle(cuts: &[Cut], free: &BTreeSet<u32>, task: &Task) -> (usize, Vec<BTreeSet<u32>>) {
    let all: Vec<_> =
        cuts.iter().flat_map(|cut| places(cut).into_iter().map(move |place| (cut, place))).collect();
    let free: Vec<_> = all.into_iter().filter(|(_, place)| place.is_subset(free)).collect();
    let fits = |(cut, _): &&(&Cut, BTreeSet<u32>)| {
        Some(cut.profile) == task.slice && cut.memory_mib >= task.device_memory_mib
    };
    (free.len(), free.iter().filter(fits).map(|(_, place)| place.clone()).collect())
}

#[test]
fn slices_never_overlap_and_the_start_that_leaves_most_is_taken_whatever_comes_and_goes() {
    let mut refused = 0;
    for seed in 0..300 {
        let mut rng = Rng::of(seed, "slices");
        let cuts: Vec<Vec<Cut>> = (0..2).map(|_| random_cuts(&mut rng)).collect();
        let nodes = [node(cuts.clone())];
        let mut cluster = Cluster::shuffled(nodes.clone(), 1);
        let (mut placer, mut running) = (Placer::new(Mix::of(BestFit)), Vec::<Running>::new());
        for _ in 0..40 {
            if rng.below(3) == 0 && !running.is_empty() {
                let gone = running.swap_remove(rng.below(running.len()));
                let from = Placement { node: gone.node, devices: gone.devices, points: 0 };
                cluster.give_back(&gone.task, &from);
                continue;
            }
            let task = Task { device_memory_mib: one(&mut rng, &[0, 6_000]), ..slice(rng.below(4) as u16) };
            let taken = |device| {
                let on = running.iter().filter(move |running| running.devices.contains(device));
                on.flat_map(|running| set(running.devices.slots())).collect::<BTreeSet<u32>>()
            };
            let looks = |device: usize| {
                let free: BTreeSet<u32> = (0..8).filter(|slot| !taken(device).contains(slot)).collect();
                let (before, places) = oracle(&cuts[device], &free, &task);
                let lost = |place: &BTreeSet<u32>| before - oracle(&cuts[device], &(&free - place), &task).0;
                places.iter().map(lost).min()
            };
            let least = (0..2).filter_map(looks).min();
            let Ok(found) = placer.find(&cluster, &task) else {
                refused += 1;
                assert_eq!(least, None, "seed {seed}: there is a place");
                continue;
            };
            let device = found.devices.iter().next().expect("one device");
            let free: BTreeSet<u32> = (0..8).filter(|slot| !taken(device).contains(slot)).collect();
            let place = set(found.devices.slots());
            let (before, after) =
                (oracle(&cuts[device], &free, &task).0, oracle(&cuts[device], &(&free - &place), &task).0);
            assert_eq!(Some(before - after), least, "seed {seed}: {place:?} of {free:?}");
            cluster.take(&task, &found).expect("it was free a moment ago");
            running.push(Running { task, node: found.node, devices: found.devices });
            assert_eq!(check(&nodes, &running), [], "seed {seed}");
        }
        for gone in running {
            cluster.give_back(&gone.task, &Placement { node: gone.node, devices: gone.devices, points: 0 });
        }
        let row = NodeRow(0);
        assert_eq!(*cluster.free(row).expect("in service"), cluster.profile(row).capacity, "seed {seed}");
    }
    assert!(refused > 300, "{refused} were refused");
}

#[test]
fn small_slices_of_an_a100_leave_the_place_of_the_large_ones() {
    let mut cluster = Cluster::new();
    cluster.add(node(vec![a100()]));
    let mut placer = Placer::new(Mix::of(BestFit));
    let mut start = |task: Task| {
        let found = placer.find(&cluster, &task).ok()?;
        cluster.take(&task, &found).expect("it was free a moment ago");
        Some(found.devices.slots().trailing_zeros())
    };
    let starts = [0, 0, 0, 4, 0].map(|profile| start(slice(profile)));
    assert_eq!(
        starts,
        [Some(6), Some(4), Some(5), Some(0), None],
        "the first that fits would have been 0, 1, 2"
    );
}

#[test]
fn a_gpu_is_cut_or_shared_and_never_both() {
    let says = |devices: Vec<Vec<Cut>>, task: Task| {
        let cluster = Cluster::shuffled([node(devices)], 1);
        Placer::new(Mix::of(BestFit)).find(&cluster, &task).expect_err("it does not fit").to_string()
    };
    let share = Task { devices: 1, device_milli: 1, ..Task::default() };
    assert_eq!(says(vec![a100()], share), "1 node: 1 without such GPUs");
    assert_eq!(says(vec![vec![]], slice(0)), "1 node: 1 without such GPUs");
    assert_eq!(says(vec![a100()], slice(9)), "1 node: 1 without such GPUs");
    let large = Task { device_memory_mib: 5_000, ..slice(0) };
    assert_eq!(says(vec![a100()], large), "1 node: 1 without such GPUs");
    let mut cluster = Cluster::new();
    let row = cluster.add(node(vec![a100()]));
    let whole = Placement { node: row, devices: Devices::slots_of(0, 0xff), points: 0 };
    cluster.take(&slice(5), &whole).expect("it is empty");
    let refused = Placer::new(Mix::of(BestFit)).find(&cluster, &slice(0)).expect_err("all of it is taken");
    assert_eq!(refused.to_string(), "1 node: 1 no free place for the slice");
    assert_eq!(
        cluster.take(&slice(0), &Placement { devices: Devices::slots_of(0, 1), ..whole }),
        Err(Overcommitted { node: row })
    );
}

#[test]
fn the_checker_finds_each_way_in_which_a_slice_is_wrong() {
    let nodes = [node(vec![a100(), vec![]])];
    let on = |task: Task, devices| Running { task, node: NodeRow(0), devices };
    let fault = [Fault::Slots(NodeRow(0), 0)];
    let one = on(slice(1), Devices::slots_of(0, 0b11));
    assert_eq!(check(&nodes, &[one.clone(), on(slice(0), Devices::slots_of(0, 0b100))]), []);
    assert_eq!(check(&nodes, &[one, on(slice(0), Devices::slots_of(0, 0b10))]), fault, "they overlap");
    assert_eq!(check(&nodes, &[on(slice(1), Devices::slots_of(0, 0b110))]), fault, "it may not start there");
    assert_eq!(check(&nodes, &[on(slice(1), Devices::slots_of(0, 0b101))]), fault, "it is torn");
    assert_eq!(check(&nodes, &[on(slice(0), Devices::slots_of(0, 0b11))]), fault, "it is too large");
    let share = Task { devices: 1, device_milli: 100, ..Task::default() };
    assert_eq!(check(&nodes, &[on(share, Devices::NONE.with(0))]), fault, "it is a share of what is cut");
    let shared = [Fault::Slots(NodeRow(0), 1)];
    assert_eq!(
        check(&nodes, &[on(slice(0), Devices::slots_of(1, 1))]),
        shared,
        "it is a slice of what is shared"
    );
}

#[test]
fn more_important_work_takes_the_slots_of_less_important_in_random_rounds() {
    let (mut moved, mut evicted) = (0, 0);
    for seed in 0..200 {
        let mut rng = Rng::of(seed, "rounds of slices");
        let cuts = |rng: &mut Rng| if rng.below(2) == 0 { a100() } else { random_cuts(rng) };
        let nodes: Vec<Node> = (0..3).map(|_| node(vec![cuts(&mut rng)])).collect();
        let mut cluster = Cluster::shuffled(nodes.clone(), seed);
        let mut placer = Placer::new(Mix::of(BestFit));
        let mut problem = Problem { nodes: nodes.into(), victims_max: 6, ..Problem::default() };
        for _ in 0..20 {
            let task = slice(rng.below(5) as u16);
            let Ok(placement) = placer.find(&cluster, &task) else { continue };
            cluster.take(&task, &placement).expect("it was free a moment ago");
            let (priority, ran) = (rng.below(2) as i32, rng.below(9) as u64);
            problem.running.push(round::Running { task, placement, priority, ran, ..Default::default() });
        }
        for _ in 0..6 {
            let options = vec![slice(rng.below(5) as u16)];
            problem.demands.push(Demand { options, priority: 1 + rng.below(2) as i32, ..Demand::default() });
        }
        let plan = solve(&problem, &mut Placer::new(Mix::of(BestFit)), &mut Budget::unlimited());
        round::check(&problem, &plan).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        let actions = plan.outcomes.iter().flat_map(|outcome| &outcome.room);
        actions.for_each(|action| *if action.evicts() { &mut evicted } else { &mut moved } += 1);
    }
    assert!(moved > 10 && evicted > 50, "{moved} moved, {evicted} evicted");
}
