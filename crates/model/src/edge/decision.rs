//! Why a replica is where it is, or nowhere: how many nodes each rule took out, and what spoke for the one that was taken.

use serde::{Deserialize, Serialize};
use std::fmt;

impl NodeRule {
    /// All rules, in the order in which they are asked.
    pub const ALL: [Self; 18] = [
        Self::Silent,
        Self::Unschedulable,
        Self::Untrusted,
        Self::Hot,
        Self::Heating,
        Self::LowBattery,
        Self::Taint,
        Self::Affinity,
        Self::Compatibility,
        Self::Spread,
        Self::Devices,
        Self::DeviceCapacity,
        Self::Cpu,
        Self::Memory,
        Self::Pcie,
        Self::Unjudged,
        Self::Storage,
        Self::Slices,
    ];
}

/// A rule that takes nodes out. A node counts under the first that it breaks, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRule {
    /// It has been silent for too long.
    Silent,
    /// It is cordoned or drained.
    Unschedulable,
    /// It is not trusted.
    Untrusted,
    /// It is too hot.
    Hot,
    /// It is too hot soon.
    Heating,
    /// Its battery is below its reserve.
    LowBattery,
    /// It has a taint that is not tolerated.
    Taint,
    /// Its labels do not match.
    Affinity,
    /// No variant of the model runs on its architecture and CUDA, fast and exactly enough.
    Compatibility,
    /// It has no label of a topology that replicas are spread over, or the skew would be too large.
    Spread,
    /// It has fewer devices that serve than are asked for.
    Devices,
    /// Not enough of its devices is free, in shares and memory together.
    DeviceCapacity,
    /// Not enough CPU is free.
    Cpu,
    /// Not enough memory is free.
    Memory,
    /// Not enough bandwidth between host and devices is free.
    Pcie,
    /// It is of more kinds than a round tells apart.
    Unjudged,
    /// Not enough room on its disk is free for the variant's file, which is not there yet.
    Storage,
    /// No slice of the profile that is asked for has a free place on its devices.
    Slices,
}

impl fmt::Display for NodeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "silent for too long",
            Self::Unschedulable => "cordoned or drained",
            Self::Untrusted => "not trusted",
            Self::Hot => "too hot",
            Self::Heating => "too hot soon",
            Self::LowBattery => "with a battery below its reserve",
            Self::Taint => "with a taint that is not tolerated",
            Self::Affinity => "whose labels do not match",
            Self::Compatibility => "on which no variant of the model runs",
            Self::Spread => "where replicas would stand too unevenly",
            Self::Devices => "with fewer serving GPUs than are asked for",
            Self::DeviceCapacity => "without enough free of their GPUs",
            Self::Cpu => "without enough free CPU",
            Self::Memory => "without enough free memory",
            Self::Pcie => "without enough free PCIe bandwidth",
            Self::Unjudged => "of more kinds than a round tells apart",
            Self::Storage => "without enough free storage",
            Self::Slices => "without a free place for the slice",
        })
    }
}

/// How many nodes a rule took out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Which rule.
    pub rule: NodeRule,
    /// How many nodes.
    pub nodes: u32,
}

/// Why a replica went where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementDecision {
    /// Nodes that were looked at.
    pub considered: u32,
    /// Whether it runs at less than the precision that was wanted, since no node could take that one.
    pub downgraded: bool,
    /// What the score gave the node that was taken; the highest is taken.
    pub score: i64,
    /// Which score it was.
    pub scored_by: String,
}

/// Why a replica found no node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPlaced {
    /// Nodes that were looked at.
    pub considered: u32,
    /// What took them out.
    pub excluded: Vec<RuleCount>,
    /// For a gang: how many of its replicas would have found one.
    pub of_gang: Option<(u32, u32)>,
}

impl fmt::Display for NotPlaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.considered == 0 {
            return f.write_str("there is no node");
        }
        if let Some((placeable, wanted)) = self.of_gang {
            write!(f, "all {wanted} replicas or none: {placeable} would find a node; ")?;
        }
        write!(f, "of {} nodes", self.considered)?;
        for (index, RuleCount { rule, nodes }) in self.excluded.iter().enumerate() {
            write!(f, "{} {nodes} {rule}", if index == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}
