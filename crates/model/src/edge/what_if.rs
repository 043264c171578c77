//! What would become of replicas, and what would make a *no* a yes: answers to a question that changes nothing.

use super::bound::Bound;
use super::decision::{NodeRule, NotPlaced, PlacementDecision};
use super::id::{DeviceUuid, NodeId, ReplicaId};
use super::label::LabelKey;
use super::model::VariantRef;
use crate::Millis;
use std::fmt;

/// What would become of the replicas of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// By ordinal. What the time did not reach is not here.
    pub replicas: Vec<Supposed>,
    /// What would help the first that would have no node.
    pub help: Option<Help>,
    /// Whether the time ran out before everything was looked at.
    pub ran_short: bool,
}

/// What would become of one replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Supposed {
    /// Which.
    pub ordinal: u32,
    /// Where it would go, or why nowhere.
    pub found: Result<WouldGo, NotPlaced>,
}

/// Where a replica would go.
#[derive(Clone, Debug, PartialEq)]
pub struct WouldGo {
    /// Where, and as what.
    pub bound: Bound,
    /// Why there.
    pub decision: PlacementDecision,
    /// Who would give way to it.
    pub room: Vec<Displaced>,
}

/// A replica that would give way to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Displaced {
    /// Which.
    pub replica: ReplicaId,
    /// Its priority.
    pub priority: i32,
    /// Where it runs.
    pub from: NodeId,
    /// Where it would go on; `None`: nowhere.
    pub to: Option<NodeId>,
}

/// What would help a replica that has no node, or would have none. Any one of the remedies is enough for this one, as those before it would stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Help {
    /// Which replica.
    pub ordinal: u32,
    /// Changes, the least first; each was tried. Empty: none of these helps.
    pub remedies: Vec<Remedy>,
    /// Others would give way to it, but so many did a moment ago that it has to wait.
    pub later: bool,
}

/// A change after which a replica would have a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// What changes.
    pub change: Change,
    /// Where the replica would go.
    pub node: NodeId,
    /// As what it would run there.
    pub variant: VariantRef,
}

/// What would have to change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Others go on elsewhere; nothing stops.
    Move(Vec<Displaced>),
    /// It may run as a variant that its workload does not allow.
    Variant {
        /// Right answers in a thousand, as they were measured.
        accuracy_permille: u16,
        /// Of one answer, as it was measured.
        latency: Millis,
    },
    /// Its priority is higher, so that others give way.
    Priority {
        /// The lowest that is enough.
        priority: i32,
        /// Who would give way.
        room: Vec<Displaced>,
    },
    /// There is more free on the node, or more of it.
    More(Lacking),
    /// The rule does not keep it off the node.
    Rule(NodeRule),
    /// Replicas may stand less evenly: the skews that would have to be allowed, by label.
    Skew(Vec<(LabelKey, u32)>),
}

/// What a node lacks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lacking {
    /// Milli-CPU.
    pub cpu_milli: u32,
    /// MiB of the host.
    pub memory_mib: u32,
    /// Mbit/s between host and devices.
    pub pcie_mbps: u32,
    /// MiB on its disk.
    pub storage_mib: u32,
    /// Of devices that it has: which, thousandths of it, MiB.
    pub shares: Vec<(DeviceUuid, u16, u32)>,
    /// Whole devices beside those that it has.
    pub gpus: u8,
    /// The memory of each of these, in MiB.
    pub gpu_memory_mib: u32,
}

impl fmt::Display for Displaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { replica, priority, from, to } = self;
        match to {
            Some(to) => write!(f, "{replica} (priority {priority}) moves from {from} to {to}"),
            None => write!(f, "{replica} (priority {priority}) loses its node {from}"),
        }
    }
}

impl fmt::Display for WouldGo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bound, decision, room } = self;
        write!(f, "would run on {} as {}", bound.node, bound.variant)?;
        let devices: Vec<&str> = bound.devices.iter().map(DeviceUuid::as_str).collect();
        if !devices.is_empty() {
            write!(f, ", on {}", devices.join(", "))?;
        }
        bound.slice.as_ref().map_or(Ok(()), |slice| write!(f, ", {slice}"))?;
        write!(f, ": the best by {} of {} nodes", decision.scored_by, decision.considered)?;
        if !room.is_empty() {
            write!(f, "; {}", listed(room))?;
        }
        Ok(())
    }
}

impl fmt::Display for Supposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Ok(goes) => write!(f, "{} {goes}.", self.ordinal),
            Err(why_not) => write!(f, "{} would have no node: {why_not}.", self.ordinal),
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { change, node, variant } = self;
        match change {
            Change::Move(who) => write!(f, "it would go to {node} if {}", listed(who)),
            Change::Variant { accuracy_permille, latency } => write!(
                f,
                "as {variant} ({accuracy_permille} of 1000 right, {} ms), which its workload does not allow, it would go to {node}",
                latency.0
            ),
            Change::Priority { priority, room } => {
                write!(f, "at priority {priority} it would go to {node}: {}", listed(room))
            }
            Change::More(lacking) => write!(f, "{lacking} on {node} would do"),
            Change::Rule(rule) => write!(f, "{node} would do {}", if_lifted(*rule, variant)),
            Change::Skew(skews) => {
                let skews: Vec<String> =
                    skews.iter().map(|(key, skew)| format!("max_skew over {key} were {skew}")).collect();
                write!(f, "{node} would do if {}", skews.join(" and "))
            }
        }
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all: Vec<String> = Vec::new();
        let mut say = |amount: u32, unit: &str| (amount > 0).then(|| all.push(format!("{amount} {unit}")));
        say(self.cpu_milli, "mCPU");
        say(self.memory_mib, "MiB of memory");
        say(self.pcie_mbps, "Mbit/s of PCIe");
        say(self.storage_mib, "MiB of storage");
        for (uuid, milli, memory) in &self.shares {
            say(u32::from(*milli), &format!("milli-GPU of {uuid}"));
            say(*memory, &format!("MiB of {uuid}"));
        }
        if self.gpus > 0 {
            let what = if self.gpus == 1 { "GPU" } else { "GPUs" };
            all.push(format!("{} {what} with {} MiB", self.gpus, self.gpu_memory_mib));
        }
        write!(f, "{} more", all.join(" and "))
    }
}

fn listed(all: &[Displaced]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn if_lifted(rule: NodeRule, variant: &VariantRef) -> String {
    match rule {
        NodeRule::Silent => "if it were heard again".into(),
        NodeRule::Unschedulable => "if it were uncordoned".into(),
        NodeRule::Untrusted => "if it were trusted".into(),
        NodeRule::Hot | NodeRule::Heating => "once it is cool".into(),
        NodeRule::LowBattery => "once its battery is above its reserve".into(),
        NodeRule::Taint => "if its taints were tolerated".into(),
        NodeRule::Affinity => "if its labels were as is asked for".into(),
        NodeRule::Compatibility => format!("if {variant} ran on its hardware and driver"),
        NodeRule::Spread
        | NodeRule::Devices
        | NodeRule::DeviceCapacity
        | NodeRule::Cpu
        | NodeRule::Memory
        | NodeRule::Pcie
        | NodeRule::Storage
        | NodeRule::Slices
        | NodeRule::Unjudged => format!("if it were not {rule}"),
    }
}
