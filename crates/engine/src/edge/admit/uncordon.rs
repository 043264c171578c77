//! Work may be placed on a node again.

use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, NodeId, Refusal};

pub(super) fn admit(world: &Edge, node: NodeId) -> Verdict {
    let row = world.node(&node).ok_or_else(|| Refusal::unknown("node", &node))?;
    Ok(if row.cordoned { vec![Event::NodeUncordoned(node)] } else { Vec::new() })
}
