//! Nothing new is placed on a node; drained, it is left by what runs there as far as there is room elsewhere.

use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, NodeId, Refusal};

pub(super) fn admit(world: &Edge, node: NodeId, drain: bool) -> Verdict {
    let row = world.node(&node).ok_or_else(|| Refusal::unknown("node", &node))?;
    if row.cordoned && row.draining == drain {
        return Ok(Vec::new());
    }
    Ok(vec![Event::NodeCordoned { node, drain }])
}
