//! Nothing is ever promised twice, whatever comes, goes, breaks and changes.

use crate::common::{node, placement, running, task};
use paceline_plan::Rng;
use paceline_plan::edge::placement::check::{Fault, Running, check};
use paceline_plan::edge::placement::scores::BestFit;
use paceline_plan::edge::placement::*;

struct Case {
    nodes: Vec<Node>,
    cluster: Cluster,
    placer: Placer,
    running: Vec<Running>,
}

impl Case {
    fn new(rng: &mut Rng) -> Self {
        let nodes: Vec<Node> = (0..1 + rng.below(8)).map(|_| node(rng)).collect();
        let cluster = Cluster::shuffled(nodes.clone(), 3);
        Self { nodes, cluster, placer: Placer::new(Mix::of(BestFit)), running: Vec::new() }
    }
    fn step(&mut self, rng: &mut Rng) {
        if rng.below(3) == 0 && !self.running.is_empty() {
            let gone = self.running.swap_remove(rng.below(self.running.len()));
            self.cluster.give_back(&gone.task, &placement(&gone));
            return;
        }
        let task = task(rng);
        match self.placer.find(&self.cluster, &task) {
            Ok(found) => {
                self.cluster.take(&task, &found).expect("it was free a moment ago");
                self.running.push(running(&task, &found));
            }
            Err(refused) => assert_eq!(refused.total(), self.nodes.len() as u32, "each node counts once"),
        }
    }
}

#[test]
fn no_share_memory_or_bandwidth_is_promised_twice() {
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let mut case = Case::new(&mut rng);
        for _ in 0..60 {
            case.step(&mut rng);
            assert_eq!(check(&case.nodes, &case.running), [], "seed {seed}");
        }
        for gone in std::mem::take(&mut case.running) {
            case.cluster.give_back(&gone.task, &placement(&gone));
        }
        let empty = case
            .cluster
            .rows()
            .all(|row| *case.cluster.free(row).expect("in service") == case.cluster.profile(row).capacity);
        assert!(empty, "seed {seed}: all that was taken is given back");
    }
}

#[test]
fn a_refusal_is_true_of_every_node_and_every_device() {
    for seed in 0..200 {
        let mut rng = Rng::new(1_000 + seed);
        let mut case = Case::new(&mut rng);
        for _ in 0..40 {
            case.step(&mut rng);
        }
        let task = Task { devices: 1, device_milli: 470, ..task(&mut rng) };
        if case.placer.find(&case.cluster, &task).is_ok() {
            continue;
        }
        for row in 0..case.nodes.len() {
            for device in 0..case.nodes[row].devices.len() {
                let tried =
                    Placement { node: NodeRow(row as u32), devices: Devices::NONE.with(device), points: 0 };
                let with = [case.running.clone(), vec![running(&task, &tried)]].concat();
                assert_ne!(check(&case.nodes, &with), [], "seed {seed}: it would have fitted on {tried:?}");
            }
        }
    }
}

#[test]
fn what_a_lost_device_held_is_given_back_without_making_it_whole() {
    let mut cluster = Cluster::new();
    let four = Node { cpu_milli: 8_000, devices: vec![Device::whole(0); 4], ..Node::default() };
    let row = cluster.add(four.clone());
    let task = Task { cpu_milli: 1_000, devices: 1, device_milli: 600, ..Task::default() };
    let on = |device| Placement { node: row, devices: Devices::NONE.with(device), points: 0 };
    for device in 0..4 {
        cluster.take(&task, &on(device)).expect("it is empty");
    }
    let mut three = four.clone();
    three.devices[1] = Device { milli: 0, memory_mib: 0 };
    cluster.update(row, three);
    assert_eq!(cluster.free(row).expect("in service").device_milli[..4], [400, 0, 400, 400]);
    cluster.give_back(&task, &on(1));
    assert_eq!(cluster.free(row).expect("in service").device_milli[..4], [400, 0, 400, 400]);
    cluster.update(row, four);
    assert_eq!(cluster.free(row).expect("in service").device_milli[..4], [400, 1000, 400, 400]);
}

#[test]
fn the_checker_finds_each_kind_of_overcommitment() {
    let node = Node {
        cpu_milli: 10,
        memory_mib: 10,
        pcie_mbit: 10,
        storage_mib: Some(10),
        devices: vec![Device::whole(10)],
        ..Node::default()
    };
    let task = Task { devices: 1, device_milli: 1, verdicts: vec![Verdict::Allowed], ..Task::default() };
    let on = |task: Task, device| Running { task, node: NodeRow(0), devices: Devices::NONE.with(device) };
    let row = NodeRow(0);
    let wrong = [
        (on(Task { cpu_milli: 11, ..task.clone() }, 0), Fault::Cpu(row)),
        (on(Task { memory_mib: 11, ..task.clone() }, 0), Fault::Memory(row)),
        (on(Task { pcie_mbit: 11, ..task.clone() }, 0), Fault::Pcie(row)),
        (on(Task { file: File { number: 1, mib: 11 }, ..task.clone() }, 0), Fault::Storage(row)),
        (on(Task { device_milli: 1001, ..task.clone() }, 0), Fault::Share(row, 0)),
        (on(Task { device_memory_mib: 11, ..task.clone() }, 0), Fault::DeviceMemory(row, 0)),
        (on(Task { verdicts: vec![Verdict::Refused(1)], ..task.clone() }, 0), Fault::Class(row)),
        (on(task.clone(), 1), Fault::Devices(row)),
        (on(Task { devices: 2, ..task.clone() }, 0), Fault::Devices(row)),
        (Running { node: NodeRow(1), ..on(task.clone(), 0) }, Fault::NoNode(NodeRow(1))),
    ];
    for (running, fault) in wrong {
        assert_eq!(check(std::slice::from_ref(&node), &[running]), [fault]);
    }
    assert_eq!(check(&[node], &[on(task, 0)]), []);
}

#[test]
fn tasks_of_one_node_share_a_file_which_goes_with_the_last_of_them() {
    let mut cluster = Cluster::new();
    let row = cluster.add(Node { storage_mib: Some(1_000), ..Node::default() });
    let free = |cluster: &Cluster| cluster.free(row).expect("in service").storage_mib;
    let needs = |number, mib| Task { file: File { number, mib }, ..Task::default() };
    let (first, other) = (needs(1, 600), needs(2, 600));
    let at = Placement { node: row, ..Placement::default() };
    for _ in 0..2 {
        cluster.take(&first, &at).expect("there is room, and then it is there");
        assert_eq!(free(&cluster), 400);
    }
    assert_eq!(cluster.take(&other, &at), Err(Overcommitted { node: row }));
    cluster.give_back(&first, &at);
    assert_eq!(free(&cluster), 400, "the other still needs it");
    cluster.give_back(&first, &at);
    assert_eq!(free(&cluster), 1_000);
    cluster.take(&other, &at).expect("there is room");
}

#[test]
fn nodes_that_count_no_storage_take_any_file_and_stay_one_state_to_the_placer() {
    let mut cluster = Cluster::new();
    let row = cluster.add(Node::default());
    let before = *cluster.free(row).expect("in service");
    let task = Task { file: File { number: 1, mib: u32::MAX }, ..Task::default() };
    cluster.take(&task, &Placement { node: row, ..Placement::default() }).expect("nothing is counted");
    assert_eq!((*cluster.free(row).expect("in service"), &cluster.profile(row).files), (before, &vec![]));
    cluster.update(row, Node { storage_mib: Some(5), ..Node::default() });
    assert_eq!(cluster.free(row).expect("in service").storage_mib, 0, "what is there counts from now on");
}
