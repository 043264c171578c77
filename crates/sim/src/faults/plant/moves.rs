//! Moves for their own sake, drawn from what was published and from nothing else: most of them no longer hold, or never did.

use paceline_model::edge::{Bound, Command, DeviceUuid, Event, NodeId, PlannedMove, ReplicaId};
use paceline_plan::Rng;
use std::collections::BTreeMap;

/// Most moves that are asked for at once.
const MOVES_MAX: usize = 6;

/// Where replicas were last seen.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<ReplicaId, Bound>);

impl Seen {
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::ReplicaPlaced { replica, bound, .. } | Event::ReplicaMoved { replica, bound, .. } => {
                self.0.insert(replica.clone(), Bound::clone(bound));
            }
            // What has ended since is asked about all the same, now and then.
            Event::ReplicaEvicted { replica, .. } => _ = self.0.remove(replica),
            _ => {}
        }
    }

    /// Some replicas, each to some node; `None`: there is nothing to move.
    pub(super) fn draw(&self, nodes: &[(NodeId, Vec<DeviceUuid>)], rng: &mut Rng) -> Option<Command> {
        let mut all: Vec<(&ReplicaId, &Bound)> = self.0.iter().collect();
        rng.shuffle(&mut all);
        let planned = |(replica, bound): (&ReplicaId, &Bound)| {
            let (to, devices) = &nodes[rng.below(nodes.len())];
            let mut devices = devices.clone();
            rng.shuffle(&mut devices);
            devices.truncate(bound.devices.len());
            PlannedMove { replica: replica.clone(), from: bound.node.clone(), to: to.clone(), devices }
        };
        let moves: Vec<PlannedMove> = all.into_iter().take(MOVES_MAX).map(planned).collect();
        (!moves.is_empty()).then_some(Command::StartDefragmentation(moves))
    }
}
