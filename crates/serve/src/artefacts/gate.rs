//! Who gets artefacts: before a byte of one is given for a node, each region that knows the node is asked whether it is to have any.
//!
//! What makes a node trusted is the region's matter (`crate::edge::standing`); here is only that nobody gets past it. A key or a
//! certificate of role node is that node's; whoever else fetches for a node says for which by `Paceline-Node`. People and their programs,
//! whose roles the operation's own gate has looked at, are no nodes.

use crate::problem::Problem;
use futures_util::future::BoxFuture;
use paceline_api::Code;
use paceline_model::RegionId;
use paceline_model::edge::NodeId;
use std::sync::Arc;

/// What a region says of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is none of its own.
    Unknown,
    /// It may have what it is to run.
    Trusted,
    /// It may have nothing, and why.
    Untrusted(String),
}

/// Asks a region about a node.
pub(crate) type NodeGate = Arc<dyn Fn(NodeId) -> BoxFuture<'static, Result<Standing, Problem>> + Send + Sync>;

/// The regions that have nodes.
#[derive(Clone)]
pub(crate) struct NodeGates(Arc<[(RegionId, NodeGate)]>);

impl NodeGates {
    pub(crate) fn new(regions: impl Iterator<Item = (RegionId, NodeGate)>) -> Self {
        Self(regions.collect())
    }

    /// Errors: a node that a region does not trust, or that none of them knows; a region that does not answer, for what is not known opens
    /// nothing.
    pub(crate) async fn admit(&self, node: &NodeId) -> Result<(), Problem> {
        let mut known = false;
        for (region, gate) in self.0.iter() {
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
