//! A refusal says which rule took out how many nodes.

use paceline_plan::edge::placement::scores::BestFit;
use paceline_plan::edge::placement::*;

fn check(nodes: Vec<Node>, task: Task, expected: &str) {
    let cluster = Cluster::shuffled(nodes, 1);
    let refused = Placer::new(Mix::of(BestFit)).find(&cluster, &task).expect_err("it fits nowhere");
    assert_eq!(refused.to_string(), expected);
}

fn gpu_node() -> Node {
    Node {
        cpu_milli: 8_000,
        memory_mib: 1_000,
        pcie_mbit: 100,
        devices: vec![Device::whole(8_192)],
        ..Node::default()
    }
}

#[test]
fn a_region_without_nodes_says_so() {
    check(vec![], Task::default(), "there are no nodes");
}

#[test]
fn each_node_counts_under_its_first_rule() {
    let nodes = vec![
        Node { class: ClassRow(1), ..gpu_node() },
        Node { class: ClassRow(2), ..gpu_node() },
        Node { devices: vec![], ..gpu_node() },
        Node { cpu_milli: 999, ..gpu_node() },
        Node { memory_mib: 9, ..gpu_node() },
        Node { pcie_mbit: 9, ..gpu_node() },
        Node { storage_mib: Some(99), ..gpu_node() },
    ];
    let verdicts = vec![Verdict::Allowed, Verdict::Refused(4)];
    let task = Task {
        cpu_milli: 1_000,
        memory_mib: 10,
        pcie_mbit: 10,
        devices: 1,
        device_milli: 10,
        file: File { number: 1, mib: 100 },
        verdicts,
        ..Task::default()
    };
    let expected = "7 nodes: 1 refused by rule 4, 1 of a class that is not judged, 1 without such GPUs, 1 too little CPU free, \
                    1 too little memory free, 1 too little PCIe bandwidth free, 1 too little storage free";
    check(nodes, task, expected);
}

#[test]
fn a_share_that_is_taken_is_not_a_gpu_that_is_missing() {
    let mut cluster = Cluster::new();
    cluster.add(gpu_node());
    let mut placer = Placer::new(Mix::of(BestFit));
    let half = Task { devices: 1, device_milli: 400, device_memory_mib: 8_000, ..Task::default() };
    let found = placer.find(&cluster, &half).expect("it is empty");
    cluster.take(&half, &found).expect("it is empty");
    let mut says = |task: Task| placer.find(&cluster, &task).expect_err("it is taken").to_string();
    assert_eq!(says(half.clone()), "1 node: 1 too little GPU memory free");
    assert_eq!(says(Task { device_milli: 700, ..half.clone() }), "1 node: 1 too little GPU share free");
    assert_eq!(says(Task { devices: 2, ..half }), "1 node: 1 without such GPUs");
}

#[test]
fn a_gpu_in_use_draws_its_full_power_and_a_socket_too() {
    let power = scores::Power::new(vec![(10, 70)]);
    let mut cluster = Cluster::new();
    let row = cluster.add(Node { cpu_milli: 64_000, devices: vec![Device::whole(0); 2], ..Node::default() });
    let draws = |cluster: &mut Cluster, cpu_milli: u32| {
        let task = Task { cpu_milli, devices: 1, device_milli: 100, ..Task::default() };
        let found = Placer::new(Mix::of(BestFit)).find(cluster, &task).expect("there is room");
        cluster.take(&task, &found).expect("there is room");
        power.watts(cluster.profile(row), cluster.free(row).expect("in service"))
    };
    assert_eq!([1_000, 31_000, 1_000].map(|cpu_milli| draws(&mut cluster, cpu_milli)), [215, 215, 320]);
}
