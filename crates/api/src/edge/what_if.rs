//! What would become of replicas, and what would make a *no* a yes.

use super::model::Precision;
use super::placement::{BoundView, NodeRule, RuleCount, counts};
use super::workload::TopologySpread;
use crate::schema;
use paceline_model::edge::what_if as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What would become of a workload if it were put now, and a round were about it alone. Nothing is changed by asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIf {
    /// By number. What the time did not reach is not here.
    pub replicas: Vec<SupposedReplica>,
    /// What would help the first that would have no node; null where all would have one.
    pub help: Option<Help>,
    /// Whether the time ran out before everything was looked at.
    pub ran_short: bool,
}

/// What would become of one replica.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupposedReplica {
    /// Which, from 0.
    pub number: u32,
    /// Where it would run; null: nowhere.
    pub bound: Option<BoundView>,
    /// Nodes that were looked at.
    pub considered: u32,
    /// What the scores gave the node.
    pub score: Option<i64>,
    /// Which scores these were.
    pub scored_by: Option<String>,
    /// Whether it would run at less than the precision that is wanted.
    pub downgraded: bool,
    /// Who would give way to it.
    pub room: Vec<Displaced>,
    /// What took nodes out, where there is none for it.
    pub excluded: Vec<RuleCount>,
    /// Of a gang that would not go: how many of it would have a node.
    pub of_gang: Option<u32>,
    /// The same in words.
    pub words: String,
}

/// A replica that would give way to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Displaced {
    /// Which.
    pub placement: String,
    /// Its priority.
    pub priority: i32,
    /// Where it runs.
    #[schema(value_type = schema::Id)]
    pub from: String,
    /// Where it would go on; null: it would lose its node.
    pub to: Option<String>,
}

/// What would help a replica that has no node. Each of the remedies was tried; any one of them is enough for this replica, as those before it stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Help {
    /// Which replica, from 0.
    pub number: u32,
    /// The least change first; empty where none of those that are thought of helps.
    pub remedies: Vec<Remedy>,
    /// Others would give way to it, but so many did a moment ago that it has to wait.
    pub later: bool,
}

/// A change after which a replica would have a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Remedy {
    /// Where it would go.
    #[schema(value_type = schema::Id)]
    pub node: String,
    /// As which version of its model.
    pub version: String,
    /// At which precision.
    pub precision: Precision,
    /// What would have to change.
    pub change: RemedyChange,
    /// The same in words.
    pub words: String,
}

/// What would have to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemedyChange {
    /// Others go on elsewhere; nothing stops.
    Move {
        /// Who.
        moved: Vec<Displaced>,
    },
    /// It may run as a variant that its workload does not allow: that of the remedy.
    Variant {
        /// Right answers in a thousand, as they were measured.
        accuracy_permille: u16,
        /// Of one answer, as it was measured.
        latency_ms: u32,
    },
    /// Its priority is higher, so that others give way.
    Priority {
        /// The lowest that is enough.
        priority: i32,
        /// Who would give way.
        room: Vec<Displaced>,
    },
    /// There is so much more on the node, or so much more of it is free.
    More(Lacking),
    /// The rule does not keep it off the node.
    Rule(
        /// Which.
        NodeRule,
    ),
    /// Replicas may stand less evenly: the least that is enough.
    Spread(Vec<TopologySpread>),
}

/// What a node lacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lacking {
    /// CPU, in thousandths of a core.
    pub cpu_milli: u32,
    /// Memory of the host.
    pub memory_mib: u32,
    /// Bandwidth between host and GPUs.
    pub pcie_mbps: u32,
    /// Room for models' files on its disk.
    pub storage_mib: u32,
    /// Of GPUs that it has.
    pub shares: Vec<LackingShare>,
    /// Whole GPUs beside those that it has.
    pub gpus: u8,
    /// The memory of each of these.
    pub gpu_memory_mib: u32,
}

/// What one GPU lacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LackingShare {
    /// Its UUID.
    pub device: String,
    /// In thousandths of it.
    pub milli_gpu: u16,
    /// Of its memory.
    pub memory_mib: u32,
}

impl From<&model::WhatIf> for WhatIf {
    fn from(of: &model::WhatIf) -> Self {
        Self {
            replicas: of.replicas.iter().map(Into::into).collect(),
            help: of.help.as_ref().map(Into::into),
            ran_short: of.ran_short,
        }
    }
}

impl From<&model::Supposed> for SupposedReplica {
    fn from(of: &model::Supposed) -> Self {
        let (goes, why_not) = (of.found.as_ref().ok(), of.found.as_ref().err());
        let decision = goes.map(|goes| &goes.decision);
        Self {
            number: of.ordinal,
            bound: goes.map(|goes| (&goes.bound).into()),
            considered: decision
                .map(|decision| decision.considered)
                .or(why_not.map(|why_not| why_not.considered))
                .unwrap_or_default(),
            score: decision.map(|decision| decision.score),
            scored_by: decision.map(|decision| decision.scored_by.clone()),
            downgraded: decision.is_some_and(|decision| decision.downgraded),
            room: goes.map(|goes| displaced(&goes.room)).unwrap_or_default(),
            excluded: why_not.map(counts).unwrap_or_default(),
            of_gang: why_not.and_then(|why_not| why_not.of_gang).map(|(goes, _)| goes),
            words: of.to_string(),
        }
    }
}

fn displaced(all: &[model::Displaced]) -> Vec<Displaced> {
    let one = |of: &model::Displaced| Displaced {
        placement: of.replica.to_string(),
        priority: of.priority,
        from: of.from.to_string(),
        to: of.to.as_ref().map(ToString::to_string),
    };
    all.iter().map(one).collect()
}

impl From<&model::Help> for Help {
    fn from(of: &model::Help) -> Self {
        let remedies = of.remedies.iter().map(Into::into).collect();
        Self { number: of.ordinal, remedies, later: of.later }
    }
}

impl From<&model::Remedy> for Remedy {
    fn from(of: &model::Remedy) -> Self {
        Self {
            node: of.node.to_string(),
            version: of.variant.version.to_string(),
            precision: of.variant.precision.into(),
            change: (&of.change).into(),
            words: of.to_string(),
        }
    }
}

impl From<&model::Change> for RemedyChange {
    fn from(of: &model::Change) -> Self {
        match of {
            model::Change::Move(moved) => Self::Move { moved: displaced(moved) },
            model::Change::Variant { accuracy_permille, latency } => {
                Self::Variant { accuracy_permille: *accuracy_permille, latency_ms: latency.0 }
            }
            model::Change::Priority { priority, room } => {
                Self::Priority { priority: *priority, room: displaced(room) }
            }
            model::Change::More(lacking) => Self::More(lacking.into()),
            model::Change::Rule(rule) => Self::Rule((*rule).into()),
            model::Change::Skew(skews) => {
                let spread = |(key, skew): &(paceline_model::edge::LabelKey, u32)| TopologySpread {
                    max_skew: *skew,
                    topology_key: key.to_string(),
                };
                Self::Spread(skews.iter().map(spread).collect())
            }
        }
    }
}

impl From<&model::Lacking> for Lacking {
    fn from(of: &model::Lacking) -> Self {
        let share = |(device, milli, memory): &(paceline_model::edge::DeviceUuid, u16, u32)| LackingShare {
            device: device.to_string(),
            milli_gpu: *milli,
            memory_mib: *memory,
        };
        Self {
            cpu_milli: of.cpu_milli,
            memory_mib: of.memory_mib,
            pcie_mbps: of.pcie_mbps,
            storage_mib: of.storage_mib,
            shares: of.shares.iter().map(share).collect(),
            gpus: of.gpus,
            gpu_memory_mib: of.gpu_memory_mib,
        }
    }
}
