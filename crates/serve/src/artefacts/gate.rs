//! What a region says of its nodes, to whoever gives artefacts.

use crate::problem::Problem;
use futures_util::future::BoxFuture;
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
