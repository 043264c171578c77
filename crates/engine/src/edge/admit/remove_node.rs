//! A node leaves. Only one that runs nothing: nothing is evicted into nothing.

use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, NodeId, Refusal};

pub(super) fn admit(world: &Edge, node: NodeId) -> Verdict {
    let row = world.node(&node).ok_or_else(|| Refusal::unknown("node", &node))?;
    match row.running() {
        0 => Ok(vec![Event::NodeRemoved(node)]),
        running => Err(Refusal::InUse {
            kind: "node".into(),
            id: node.to_string(),
            count: running as u32,
            by: "replicas".into(),
            cure: "drain it first, or remove their workloads".into(),
        }),
    }
}
