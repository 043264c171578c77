//! The fast FGD decides as the plain one, whatever came before.

use crate::common::{node, placement, running, task};
use paceline_plan::Rng;
use paceline_plan::edge::placement::check::Running;
use paceline_plan::edge::placement::scores::{Fragmentation, Offcut, ahead};
use paceline_plan::edge::placement::*;

#[test]
fn the_fast_fgd_decides_as_the_plain_one() {
    for seed in 0..120 {
        let mut rng = Rng::new(seed);
        let nodes: Vec<Node> = (0..2 + rng.below(12)).map(|_| node(&mut rng)).collect();
        let kinds: Vec<Task> = (0..12).map(|_| task(&mut rng)).collect();
        let expected = Expected::of(&kinds);
        let mut cluster = Cluster::shuffled(nodes, seed);
        let mut placer = Placer::new(Mix::of(Fragmentation::new(&expected)));
        let mut placed: Vec<Running> = Vec::new();
        for _ in 0..80 {
            let task = &kinds[rng.below(kinds.len())];
            let found = placer.find(&cluster, task).ok();
            assert_eq!(found, plain::find(&cluster, task, &expected), "seed {seed}");
            if let Some(found) = found {
                cluster.take(task, &found).expect("it was free a moment ago");
                placed.push(running(task, &found));
            }
            if rng.below(3) == 0 && !placed.is_empty() {
                let gone = placed.swap_remove(rng.below(placed.len()));
                cluster.give_back(&gone.task, &placement(&gone));
            }
        }
    }
}

#[test]
fn a_placer_that_has_seen_much_decides_as_a_new_one() {
    let mut rng = Rng::new(9);
    let nodes: Vec<Node> = (0..9).map(|_| node(&mut rng)).collect();
    let kinds: Vec<Task> = (0..9).map(|_| task(&mut rng)).collect();
    let expected = Expected::of(&kinds);
    let mut cluster = Cluster::shuffled(nodes.clone(), 9);
    let mut placer = Placer::new(ahead(&expected, &cluster));
    let mut placed: Vec<Running> = Vec::new();
    for step in 0..30_000 {
        let task = &kinds[rng.below(kinds.len())];
        let found = placer.find(&cluster, task);
        if step % 500 == 0 {
            let fresh = Placer::new(ahead(&expected, &cluster)).find(&cluster, task);
            assert_eq!(found, fresh, "step {step}");
        }
        match found {
            Ok(found) => {
                cluster.take(task, &found).expect("it was free a moment ago");
                placed.push(running(task, &found));
            }
            Err(_) => {
                let gone = placed.swap_remove(rng.below(placed.len()));
                cluster.give_back(&gone.task, &placement(&gone));
            }
        }
        if step % 97 == 0 {
            let row = rng.below(nodes.len());
            cluster.update(NodeRow(row as u32), Node { points: rng.below(3) as i32, ..nodes[row].clone() });
        }
    }
}

#[test]
fn a_piece_goes_where_it_leaves_nothing_useless() {
    let mut cluster = Cluster::new();
    let node = cluster.add(Node { cpu_milli: 9_000, devices: vec![Device::whole(0); 3], ..Node::default() });
    let share = |device_milli| Task { devices: 1, device_milli, ..Task::default() };
    let expected: Vec<Task> = [320, 470, 470, 650, 650, 650, 810].map(share).to_vec();
    let mut placer = Placer::new(Mix::of(Offcut::new(&Expected::of(&expected))));
    let mut devices_of = |milli| {
        let found = placer.find(&cluster, &share(milli)).expect("there is room");
        cluster.take(&share(milli), &found).expect("there is room");
        found.devices.iter().next().expect("one")
    };
    assert_eq!([470, 650, 320, 470].map(&mut devices_of), [0, 1, 1, 0], "on node {}", node.0);
}
