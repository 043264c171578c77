//! What rules and scores know of a node beside what is free on it.

use super::amounts::Amounts;
use super::rows::{ClassRow, GpuModelRow};

/// What stays of a node while work comes and goes. Nodes alike share one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Profile {
    /// What the caller's rules go by.
    pub class: ClassRow,
    /// What scores go by.
    pub gpu_model: GpuModelRow,
    /// The caller's points for the node.
    pub points: i32,
    /// All that it has.
    pub capacity: Amounts,
}
