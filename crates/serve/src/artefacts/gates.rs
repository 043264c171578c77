//! Who gets artefacts: before a byte of one is given for a node, each region that knows the node is asked whether it is to have any.
//!
//! What makes a node trusted is the region's matter (`crate::edge::standing`); here is only that nobody gets past it. A key or a
//! certificate of role node is that node's; whoever else fetches for a node says for which by `Paceline-Node`. People and their programs,
//! whose roles the operation's own gate has looked at, are no nodes.

use super::gate::Standing;
use crate::problem::Problem;
use crate::running::RunningRegions;
use paceline_api::Code;
use paceline_model::edge::NodeId;

/// The regions, of which some have nodes.
#[derive(Clone)]
pub(crate) struct NodeGates(RunningRegions);

impl NodeGates {
    pub(crate) fn new(regions: RunningRegions) -> Self {
        Self(regions)
    }

    /// Errors: a node that a region does not trust, or that none of them knows; a region that does not answer, for what is not known opens
    /// nothing.
    pub(crate) async fn admit(&self, node: &NodeId) -> Result<(), Problem> {
        let mut known = false;
        for region in self.0.now().iter() {
            let Some(gate) = &region.served.nodes else { continue };
            let region = region.name();
            match gate(node.clone()).await? {
                Standing::Unknown => {}
                Standing::Trusted => known = true,
                Standing::Untrusted(why) => {
                    let detail = format!("Node {node} of region {region} gets no artefacts: {why}.");
                    return Err(Problem::new(Code::E0703, detail));
                }
            }
        }
        let unknown =
            || Problem::new(Code::E0703, format!("Node {node} is known to no region of this server."));
        if known { Ok(()) } else { Err(unknown()) }
    }
}
