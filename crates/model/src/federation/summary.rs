//! What a cluster says of itself in place of all its nodes: classes of nodes that have as much free, models, and how its workloads stand.
//!
//! A class says the least that each of its nodes has, so that what is found to fit by a summary does fit by amounts. Labels, taints, slices and the
//! spread within a cluster are not in it: what they forbid shows as replicas without a node, and the federation learns from those.

use crate::edge::{ModelId, Precision, WorkloadId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Devices of a node that have as much free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FreeDevices {
    /// How many.
    pub count: u32,
    /// Of each, in thousandths.
    pub milli_gpu: u16,
    /// Of each.
    pub memory_mib: u64,
}

/// Nodes that work can be placed on and that have as much free.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeClass {
    /// How many nodes.
    pub nodes: u32,
    /// On each, in thousandths of a core.
    pub cpu_milli: u32,
    /// On each.
    pub memory_mib: u64,
    /// On each, what is least free first.
    pub devices: Vec<FreeDevices>,
}

/// A variant that a cluster has registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VariantSummary {
    /// Of which version.
    pub version: semver::Version,
    /// At which precision.
    pub precision: Precision,
    /// Memory of a device that it takes.
    pub memory_mib: u64,
}

/// A model that a cluster has registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Its variants.
    pub variants: Vec<VariantSummary>,
}

/// How a workload stands in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadSummary {
    /// Replicas that are asked of it.
    pub wanted: u32,
    /// Replicas that have a node.
    pub placed: u32,
    /// How many of those run which version.
    pub versions: BTreeMap<semver::Version, u32>,
}

/// A cluster in a few kilobytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacitySummary {
    /// Nodes that are known.
    pub nodes: u32,
    /// Nodes that new work can be placed on.
    pub ready: u32,
    /// These, by what is free on them.
    pub classes: Vec<NodeClass>,
    /// Models by name.
    pub models: BTreeMap<ModelId, ModelSummary>,
    /// Workloads by name.
    pub workloads: BTreeMap<WorkloadId, WorkloadSummary>,
}

/// Sums nodes up in at most `most` classes: amounts are rounded down, and more coarsely until there are so few. Equal nodes, equal classes.
///
/// Shape: each of `nodes` is a class of one node.
pub fn classes(nodes: impl IntoIterator<Item = NodeClass>, most: usize) -> Vec<NodeClass> {
    let mut known: BTreeMap<NodeClass, u32> = BTreeMap::new();
    for node in nodes {
        let count = node.nodes;
        *known.entry(rounded(NodeClass { nodes: 0, ..node }, 0)).or_default() += count;
    }
    // Each step halves what is told apart: after 64 all that is left is how many nodes there are.
    for bits in 1..64 {
        if known.len() <= most {
            break;
        }
        let finer = std::mem::take(&mut known);
        for (class, count) in finer {
            *known.entry(rounded(class, bits)).or_default() += count;
        }
    }
    known.into_iter().map(|(class, nodes)| NodeClass { nodes, ..class }).collect()
}

/// Amounts rounded down to steps of 100 milli-CPU, 256 MiB and 50 milli-GPU, or to `bits` times the double of these.
fn rounded(class: NodeClass, bits: u32) -> NodeClass {
    let down = |value: u64, step: u64| {
        let step = step.checked_shl(bits).filter(|step| step >> bits != 0).unwrap_or(u64::MAX);
        value / step * step
    };
    let mut devices: BTreeMap<(u16, u64), u32> = BTreeMap::new();
    for of in &class.devices {
        // A whole GPU stays one: it is what gangs of several ask for.
        let milli = if of.milli_gpu == 1_000 { 1_000 } else { down(u64::from(of.milli_gpu), 50) as u16 };
        *devices.entry((milli, down(of.memory_mib, 256))).or_default() += of.count;
    }
    NodeClass {
        nodes: class.nodes,
        cpu_milli: down(u64::from(class.cpu_milli), 100) as u32,
        memory_mib: down(class.memory_mib, 256),
        devices: devices
            .into_iter()
            .map(|((milli_gpu, memory_mib), count)| FreeDevices { count, milli_gpu, memory_mib })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(cpu_milli: u32, memory_mib: u64, milli: u16) -> NodeClass {
        let devices = vec![FreeDevices { count: 1, milli_gpu: milli, memory_mib: 16_000 }];
        NodeClass { nodes: 1, cpu_milli, memory_mib, devices }
    }

    #[test]
    fn a_class_never_says_more_than_any_of_its_nodes_has_and_no_node_is_lost() {
        let nodes: Vec<NodeClass> = (0..3_000)
            .map(|n| node(n * 37 % 16_000, u64::from(n) * 131 % 64_000, (n % 1_001) as u16))
            .collect();
        for most in [1, 8, 128, 4_096] {
            let classes = classes(nodes.clone(), most);
            assert!(classes.len() <= most.max(2), "{} classes", classes.len());
            assert_eq!(classes.iter().map(|class| class.nodes).sum::<u32>(), 3_000);
            let (cpu, all) = (
                classes.iter().map(|class| u64::from(class.cpu_milli) * u64::from(class.nodes)).sum::<u64>(),
                nodes.iter().map(|node| u64::from(node.cpu_milli)).sum::<u64>(),
            );
            assert!(cpu <= all, "{cpu} of {all}");
        }
    }

    #[test]
    fn whole_gpus_stay_whole() {
        let whole = (0..500).map(|n| node(n, u64::from(n) * 100, 1_000));
        let classes = classes(whole, 4);
        assert!(classes.len() <= 4, "{classes:?}");
        assert!(classes.iter().all(|class| class.devices.iter().all(|of| of.milli_gpu == 1_000)));
    }
}
