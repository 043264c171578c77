//! Who is where: the cluster as a round looks at it, and as the round goes on filling it.

use super::devices::Devices;
use crate::amount::Amounts;
use crate::cluster::{Allotment, Cluster, Name, Node, Phase, Pod, PodKey, Promise};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A pod with its name.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'c> {
    /// Its name.
    pub key: &'c PodKey,
    /// What it is.
    pub pod: &'c Pod,
}

/// A node with those who are on it.
#[derive(Clone, Debug)]
pub struct Row<'c> {
    /// Its name.
    pub name: &'c Name,
    /// What it is.
    pub node: &'c Node,
    /// Who takes room there.
    pub pods: Vec<Guest<'c>>,
    /// Who of these keeps others away.
    pub keepers: Vec<Guest<'c>>,
    /// For whom room is being made there.
    pub nominated: Vec<Guest<'c>>,
    /// What they take together.
    pub used: Amounts,
}

impl<'c> Row<'c> {
    fn new(name: &'c Name, node: &'c Node) -> Self {
        let (pods, keepers, nominated) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, node, pods, keepers, nominated, used: Amounts::default() }
    }

    /// Puts one more there.
    pub fn add(&mut self, guest: Guest<'c>) {
        self.used.add(&guest.pod.demand.requests);
        self.pods.push(guest);
        if !guest.pod.demand.pods.apart.is_empty() {
            self.keepers.push(guest);
        }
    }

    /// Takes one away.
    pub fn remove(&mut self, key: &PodKey) {
        if let Some(at) = self.pods.iter().position(|guest| guest.key == key) {
            let guest = self.pods.remove(at);
            self.used.take(&guest.pod.demand.requests);
            self.keepers.retain(|keeper| keeper.key != key);
        }
    }
}

/// All nodes with those who are on them. Copies share the rows that are the same.
#[derive(Clone, Debug)]
pub struct Layout<'c> {
    /// The cluster that it is of.
    pub cluster: &'c Cluster,
    /// By name of the node.
    pub rows: Vec<Arc<Row<'c>>>,
    by_name: Arc<BTreeMap<&'c Name, usize>>,
    /// Who was chosen to end, and whom the server does not show as ending yet.
    condemned: BTreeMap<&'c PodKey, &'c Pod>,
    /// Who has which devices.
    pub(super) devices: Devices<'c>,
}

impl<'c> Layout<'c> {
    /// The cluster as it is, with what was decided and is not shown yet.
    pub fn of(cluster: &'c Cluster) -> Self {
        let rows: Vec<_> = cluster.nodes().map(|(name, node)| Row::new(name, node)).collect();
        let by_name = rows.iter().enumerate().map(|(at, row)| (row.name, at)).collect();
        let rows = rows.into_iter().map(Arc::new).collect();
        let (by_name, condemned) = (Arc::new(by_name), BTreeMap::new());
        let mut layout = Self { cluster, rows, by_name, condemned, devices: Devices::of(cluster) };
        for (key, pod) in cluster.pods().filter(|(_, pod)| pod.takes_room()) {
            let guest = Guest { key, pod };
            if cluster.promised(key) == Some(&Promise::Ending) {
                layout.condemn(guest);
            }
            if let Some(node) = cluster.node_of(key, pod) {
                layout.at(node).into_iter().for_each(|at| layout.add(at, guest));
            } else if let Some(node) = cluster.nominated(key, pod).filter(|_| !pod.gated) {
                layout.at(node).into_iter().for_each(|at| layout.nominate(at, guest));
            }
        }
        layout
    }

    /// The row of a node.
    pub fn at(&self, node: &Name) -> Option<usize> {
        self.by_name.get(node).copied()
    }

    /// Puts a pod on a node.
    fn add(&mut self, at: usize, guest: Guest<'c>) {
        Arc::make_mut(&mut self.rows[at]).add(guest);
    }

    /// Puts a pod where it was decided to be, with the devices that its claims get there; no room is made for it any more.
    pub fn place(&mut self, node: &Name, guest: Guest<'c>, devices: &[Allotment]) {
        self.forget_nomination(guest.key);
        self.give(devices);
        self.at(node).into_iter().for_each(|at| self.add(at, guest));
    }

    /// Gives claims devices.
    fn give(&mut self, devices: &[Allotment]) {
        self.devices.give(devices);
    }

    /// Makes room for a pod on a node, and nowhere else.
    pub fn nominate(&mut self, at: usize, guest: Guest<'c>) {
        self.forget_nomination(guest.key);
        Arc::make_mut(&mut self.rows[at]).nominated.push(guest);
    }

    /// Makes no more room for a pod.
    pub fn forget_nomination(&mut self, key: &PodKey) {
        let is_there = |row: &Arc<Row<'c>>| row.nominated.iter().any(|guest| guest.key == key);
        if let Some(at) = self.rows.iter().position(is_there) {
            Arc::make_mut(&mut self.rows[at]).nominated.retain(|guest| guest.key != key);
        }
    }

    /// Notes that a pod was chosen to end.
    pub fn condemn(&mut self, guest: Guest<'c>) {
        self.condemned.insert(guest.key, guest.pod);
    }

    /// Who was chosen to end, and whom the server does not show as ending yet.
    pub fn condemned(&self) -> impl Iterator<Item = Guest<'c>> {
        self.condemned.iter().map(|(key, pod)| Guest { key, pod })
    }

    /// Whether a pod ends, or was chosen to.
    pub fn is_ending(&self, guest: Guest<'_>) -> bool {
        guest.pod.phase == Phase::Ending || self.condemned.contains_key(guest.key)
    }

    /// The same with another row.
    pub fn with(&self, at: usize, row: Row<'c>) -> Self {
        let mut other = self.clone();
        other.rows[at] = Arc::new(row);
        other
    }

    /// All who take room, with their nodes.
    pub fn guests(&self) -> impl Iterator<Item = (&Row<'c>, Guest<'c>)> {
        self.rows.iter().flat_map(|row| row.pods.iter().map(|guest| (row.as_ref(), *guest)))
    }

    /// By row, those for whom room is being made and who do not stand behind a pod.
    pub fn nominated_before(&self, asked: Guest<'c>) -> BTreeMap<usize, Vec<Guest<'c>>> {
        let stands_before =
            |guest: &&Guest<'c>| guest.key != asked.key && guest.pod.priority >= asked.pod.priority;
        let rows = self.rows.iter().enumerate().filter(|(_, row)| !row.nominated.is_empty());
        let before = rows.map(|(at, row)| {
            let guests: Vec<_> = row.nominated.iter().filter(stands_before).copied().collect();
            (at, guests)
        });
        before.filter(|(_, guests)| !guests.is_empty()).collect()
    }
}
