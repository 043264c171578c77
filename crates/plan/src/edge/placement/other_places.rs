//! Which kinds of task find another place, as a cluster stands: worked out once for each kind, however many replicas of it run.

use super::amounts::Amounts;
use super::cluster::Cluster;
use super::filter::refusal;
use super::replicas::{Here, Replicas};
use super::task::Task;
use paceline_model::limits::NODE_DEVICES_MAX;

/// What is known of that. It holds for one list of replicas, as long as the cluster stands as it did.
pub(super) struct OtherPlaces {
    /// By kind of task.
    known: Vec<Option<bool>>,
    /// By class of node.
    most_free: Vec<MostFree>,
}

/// No node of a class has more free than this: what asks for more need not look at them.
#[derive(Clone, Default)]
struct MostFree {
    cpu_milli: u32,
    memory_mib: u32,
    pcie_mbit: u32,
    /// Shares of the fullest device of a node, of the second, and so on.
    device_milli: [u16; NODE_DEVICES_MAX],
}

impl OtherPlaces {
    pub(super) fn new(cluster: &Cluster, replicas: &Replicas) -> Self {
        let mut most_free = Vec::new();
        for state in cluster.states().iter().filter(|state| !state.members.is_empty()) {
            let class = usize::from(cluster.profile_at(state.profile).class.0);
            if class >= most_free.len() {
                most_free.resize(class + 1, MostFree::default());
            }
            most_free[class].take_in(&state.free);
        }
        Self { known: vec![None; replicas.kinds()], most_free }
    }
    /// Whether a replica finds another place.
    pub(super) fn has(&mut self, cluster: &Cluster, replicas: &Replicas, here: &Here) -> bool {
        if let Some(known) = self.known[here.kind] {
            return known;
        }
        let has = self.are_for(cluster, &replicas.get(here.at).running.task);
        self.known[here.kind] = Some(has);
        has
    }

    fn are_for(&self, cluster: &Cluster, task: &Task) -> bool {
        let worth: Vec<bool> = self.most_free.iter().map(|most| most.may_hold(task)).collect();
        let mut states = cluster.states().iter().filter(|state| !state.members.is_empty());
        worth.contains(&true)
            && states.any(|state| {
                let profile = cluster.profile_at(state.profile);
                worth[usize::from(profile.class.0)] && refusal(profile, &state.free, task).is_none()
            })
    }
}

impl MostFree {
    fn take_in(&mut self, free: &Amounts) {
        self.cpu_milli = self.cpu_milli.max(free.cpu_milli);
        self.memory_mib = self.memory_mib.max(free.memory_mib);
        self.pcie_mbit = self.pcie_mbit.max(free.pcie_mbit);
        let mut fullest_first = free.device_milli;
        fullest_first.sort_unstable_by(|one, other| other.cmp(one));
        for (most, milli) in self.device_milli.iter_mut().zip(fullest_first) {
            *most = (*most).max(milli);
        }
    }
    fn may_hold(&self, task: &Task) -> bool {
        let last = usize::from(task.devices).checked_sub(1);
        self.cpu_milli >= task.cpu_milli
            && self.memory_mib >= task.memory_mib
            && self.pcie_mbit >= task.pcie_mbit
            && last
                .is_none_or(|last| self.device_milli.get(last).is_some_and(|most| *most >= task.device_milli))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;
    use crate::edge::placement::check::Running;
    use crate::edge::placement::{Device, Mix, Node, NodeRow, Placer, Replica};

    fn node(rng: &mut Rng) -> Node {
        let devices = (0..rng.below(4)).map(|_| Device::whole([8_000, 24_000][rng.below(2)])).collect();
        let cpu_milli = 1_000 * (1 + rng.below(8) as u32);
        Node { cpu_milli, memory_mib: 16_000, devices, ..Node::default() }
    }

    fn task(rng: &mut Rng) -> Task {
        Task {
            cpu_milli: 500 * rng.below(6) as u32,
            devices: rng.below(4) as u8,
            device_milli: 100 * (1 + rng.below(10) as u16),
            device_memory_mib: 4_000 * rng.below(3) as u32,
            ..Task::default()
        }
    }

    #[test]
    fn a_replica_has_another_place_exactly_where_a_node_holds_its_task() {
        let mut answers = [0, 0];
        for seed in 0..300 {
            let mut rng = Rng::of(seed, "other places");
            let nodes: Vec<Node> = (0..6).map(|_| node(&mut rng)).collect();
            let mut cluster = Cluster::shuffled(nodes, seed);
            let placer = Placer::new(Mix::default());
            let mut replicas = Replicas::default();
            for row in (0..6).map(NodeRow).cycle().take(40) {
                let task = task(&mut rng);
                let Some(found) = placer.on_node(&cluster, &task, row) else { continue };
                cluster.take(&task, &found).expect("it was found on this state");
                let running = Running { task, node: row, devices: found.devices };
                replicas.add(Replica { running, priority: 0, ran: 0, group: None, held: false });
            }
            let mut others = OtherPlaces::new(&cluster, &replicas);
            for at in 0..replicas.len() {
                let task = &replicas.get(at).running.task;
                let holds = cluster.rows().any(|row| placer.on_node(&cluster, task, row).is_some());
                // Asked twice: what is remembered is the same.
                let asked = [(); 2].map(|()| others.has(&cluster, &replicas, &replicas.here(at)));
                assert_eq!(asked, [holds; 2], "seed {seed}: {task:?}");
                answers[usize::from(holds)] += 1;
            }
        }
        assert!(answers.iter().all(|count| *count > 500), "both are drawn: {answers:?}");
    }
}
