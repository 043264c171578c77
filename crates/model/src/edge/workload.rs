//! A workload: so many replicas of a model, with what each needs and where it may run.

use super::disruption::DisruptionBudget;
use super::id::{ModelId, WorkloadId};
use super::label::{LabelKey, LabelValue};
use super::limits::REPLACE_AFTER;
use super::model::Precision;
use super::scheduling::{Requirement, Toleration};
use super::units::{Mbps, Mebibytes, MilliCpu, MilliGpu};
use crate::limits::{
    Invalid, MILLI_GPU_WHOLE, NODE_DEVICES_MAX, REPLICAS_MAX, Rule, SCHEDULING_RULES_MAX, at_most, within,
};
use crate::{Millis, Tag};
use semver::VersionReq;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one replica needs. Memory of devices and room on disk are its model's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// CPU.
    pub cpu: MilliCpu,
    /// Memory of the host.
    pub memory: Mebibytes,
    /// How many GPUs; several are whole ones.
    pub gpus: u8,
    /// Of each of them.
    pub milli_gpu: MilliGpu,
    /// Bandwidth between host and devices.
    pub pcie: Mbps,
}

/// How evenly replicas stand over the values of a label. Source: Kubernetes, "Pod Topology Spread Constraints", `DoNotSchedule`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopologySpread {
    /// Largest difference between the fullest and the emptiest, at least 1.
    pub max_skew: u32,
    /// Whose values are compared. Nodes without the label take no replica.
    pub topology_key: LabelKey,
}

/// What becomes of a replica on a node that is silent and that no neighbour reaches. It may well go on working there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnreachable {
    /// It is left alone.
    #[default]
    Leave,
    /// Another takes its place after so long a silence: there may be two for a time.
    ReplaceAfter(Millis),
}

/// A workload, as its owner asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredWorkload", into = "StoredWorkload")]
pub struct WorkloadSpec {
    /// Lasting name.
    pub id: WorkloadId,
    /// What it runs.
    pub model: ModelId,
    /// Which versions of it: the newest that fits is taken.
    pub version: VersionReq,
    /// The precision that is wanted.
    pub precision: Precision,
    /// Others that are better than nothing, the best first.
    pub downgrades: Vec<Precision>,
    /// The least accuracy, in a thousand: no downgrade goes below.
    pub accuracy_permille_min: u16,
    /// How many.
    pub replicas: u32,
    /// What each needs.
    pub requests: Requests,
    /// Kubernetes' value of its priority class: higher goes first.
    pub priority: i32,
    /// How evenly they stand.
    pub spread: Vec<TopologySpread>,
    /// What a node's labels must say; all of them.
    pub affinity: Vec<Requirement>,
    /// Taints that it does not mind.
    pub tolerations: Vec<Toleration>,
    /// Longest that one answer may take.
    pub latency_max: Option<Millis>,
    /// All replicas or none.
    pub gang: bool,
    /// What becomes of replicas on nodes that cannot be reached.
    pub when_unreachable: WhenUnreachable,
    /// No replica may ever run twice, not even for a time.
    pub single: bool,
    /// How far more important work may disturb it; `None`: wholly.
    pub disruption_budget: Option<DisruptionBudget>,
    /// The profile of the slice that each replica has of one GPU, instead of a share of it.
    pub slice: Option<Tag>,
}

impl WorkloadSpec {
    /// One replica of any version of a model, with no wish beyond what it needs.
    pub fn new(id: WorkloadId, model: ModelId, precision: Precision, requests: Requests) -> Self {
        Self {
            id,
            model,
            version: VersionReq::STAR,
            precision,
            downgrades: Vec::new(),
            accuracy_permille_min: 0,
            replicas: 1,
            requests,
            priority: 0,
            spread: Vec::new(),
            affinity: Vec::new(),
            tolerations: Vec::new(),
            latency_max: None,
            gang: false,
            when_unreachable: WhenUnreachable::Leave,
            single: false,
            disruption_budget: None,
            slice: None,
        }
    }

    /// A node selector as the requirements that it stands for.
    pub fn selector(selector: BTreeMap<LabelKey, LabelValue>) -> impl Iterator<Item = Requirement> {
        selector.into_iter().map(|(key, value)| Requirement {
            key,
            operator: super::Operator::In,
            values: vec![value],
        })
    }

    /// The precisions that it runs at, the wanted one first.
    pub fn precisions(&self) -> impl Iterator<Item = Precision> {
        std::iter::once(self.precision).chain(self.downgrades.iter().copied())
    }

    /// Errors: no replica or more than are kept; parts of several GPUs; lists too long; a skew of 0; a precision named twice; a
    /// replacement that comes at once, or of what must be single; a budget of more than all replicas.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("replicas", f64::from(self.replicas), (1.0, f64::from(REPLICAS_MAX)))?;
        within("accuracy_permille_min", f64::from(self.accuracy_permille_min), (0.0, 1_000.0))?;
        at_most("spread", self.spread.len(), SCHEDULING_RULES_MAX)?;
        at_most("affinity", self.affinity.len(), SCHEDULING_RULES_MAX)?;
        at_most("tolerations", self.tolerations.len(), SCHEDULING_RULES_MAX)?;
        let mut known = BTreeSet::new();
        if let Some(twice) = self.precisions().find(|precision| !known.insert(*precision)) {
            let rule = Rule::Shape("must be named once among precision and downgrades".into());
            return Err(Invalid::new("downgrades", twice, rule));
        }
        if let Some(spread) = self.spread.iter().find(|spread| spread.max_skew == 0) {
            let rule = Rule::Shape("must be at least 1".into());
            return Err(Invalid::new("spread.max_skew", spread.max_skew, rule));
        }
        self.requests.check(self.slice.is_some())?;
        self.replaced()?;
        self.disruption_budget.map_or(Ok(()), DisruptionBudget::check)?;
        Ok(self)
    }
}

impl WorkloadSpec {
    fn replaced(&self) -> Result<(), Invalid> {
        let WhenUnreachable::ReplaceAfter(after) = self.when_unreachable else { return Ok(()) };
        let seconds = (f64::from(REPLACE_AFTER.0.0) / 1e3, f64::from(REPLACE_AFTER.1.0) / 1e3);
        within("when_unreachable.replace_after_s", f64::from(after.0) / 1e3, seconds)?;
        if self.single || self.gang {
            let other = if self.single { "single = true" } else { "gang = true" };
            let rule = Rule::Without { other: other.into() };
            return Err(Invalid::new("when_unreachable.replace_after_s", f64::from(after.0) / 1e3, rule));
        }
        Ok(())
    }
}

impl Requests {
    fn check(&self, sliced: bool) -> Result<(), Invalid> {
        let shape = |rule: &str| Rule::Shape(rule.into());
        let (gpus, milli) = (self.gpus, self.milli_gpu.0);
        within("requests.gpus", f64::from(gpus), (0.0, NODE_DEVICES_MAX as f64))?;
        if sliced && gpus != 1 {
            return Err(Invalid::new("requests.gpus", gpus, shape("must be 1 where a slice is asked for")));
        }
        let refused = match gpus {
            _ if sliced && milli > 0 => "must be left out where a slice is asked for",
            _ if sliced => return Ok(()),
            0 if milli > 0 => "must be left out where no GPU is asked for",
            1 if milli == 0 => "must be at least 1 where a GPU is asked for",
            2.. if milli != MILLI_GPU_WHOLE => "must be 1000 where several GPUs are asked for",
            _ => return Ok(()),
        };
        Err(Invalid::new("requests.milli_gpu", milli, shape(refused)))
    }
}

/// A workload as it is written down, in the order in which it is written. What was added to it since it was first written stands behind
/// the byte that once said only whether it is a gang: 0 and 1 mean what they always did, and nothing more follows; 2 and more are followed
/// by the rest.
#[derive(Serialize, Deserialize)]
struct StoredWorkload {
    id: WorkloadId,
    model: ModelId,
    version: VersionReq,
    precision: Precision,
    downgrades: Vec<Precision>,
    accuracy_permille_min: u16,
    replicas: u32,
    requests: Requests,
    priority: i32,
    spread: Vec<TopologySpread>,
    affinity: Vec<Requirement>,
    tolerations: Vec<Toleration>,
    latency_max: Option<Millis>,
    rest: Rest,
}

/// What ends a workload. New variants follow at the end.
#[derive(Serialize, Deserialize)]
enum Rest {
    Apart,
    Gang,
    Since {
        gang: bool,
        when_unreachable: WhenUnreachable,
        single: bool,
    },
    Within {
        gang: bool,
        when_unreachable: WhenUnreachable,
        single: bool,
        budget: DisruptionBudget,
    },
    Sliced {
        gang: bool,
        when_unreachable: WhenUnreachable,
        single: bool,
        budget: Option<DisruptionBudget>,
        slice: Tag,
    },
}

impl From<WorkloadSpec> for StoredWorkload {
    fn from(of: WorkloadSpec) -> Self {
        let WorkloadSpec { gang, when_unreachable, single, disruption_budget: budget, slice, .. } = of;
        let without = match (budget, gang, when_unreachable, single) {
            (Some(budget), ..) => Rest::Within { gang, when_unreachable, single, budget },
            (None, false, WhenUnreachable::Leave, false) => Rest::Apart,
            (None, true, WhenUnreachable::Leave, false) => Rest::Gang,
            (None, ..) => Rest::Since { gang, when_unreachable, single },
        };
        let rest = match slice {
            Some(slice) => Rest::Sliced { gang, when_unreachable, single, budget, slice },
            None => without,
        };
        Self {
            id: of.id,
            model: of.model,
            version: of.version,
            precision: of.precision,
            downgrades: of.downgrades,
            accuracy_permille_min: of.accuracy_permille_min,
            replicas: of.replicas,
            requests: of.requests,
            priority: of.priority,
            spread: of.spread,
            affinity: of.affinity,
            tolerations: of.tolerations,
            latency_max: of.latency_max,
            rest,
        }
    }
}

impl From<StoredWorkload> for WorkloadSpec {
    fn from(of: StoredWorkload) -> Self {
        let (gang, when_unreachable, single, disruption_budget, slice) = match of.rest {
            Rest::Apart => (false, WhenUnreachable::Leave, false, None, None),
            Rest::Gang => (true, WhenUnreachable::Leave, false, None, None),
            Rest::Since { gang, when_unreachable, single } => (gang, when_unreachable, single, None, None),
            Rest::Within { gang, when_unreachable, single, budget } => {
                (gang, when_unreachable, single, Some(budget), None)
            }
            Rest::Sliced { gang, when_unreachable, single, budget, slice } => {
                (gang, when_unreachable, single, budget, Some(slice))
            }
        };
        Self {
            id: of.id,
            model: of.model,
            version: of.version,
            precision: of.precision,
            downgrades: of.downgrades,
            accuracy_permille_min: of.accuracy_permille_min,
            replicas: of.replicas,
            requests: of.requests,
            priority: of.priority,
            spread: of.spread,
            affinity: of.affinity,
            tolerations: of.tolerations,
            latency_max: of.latency_max,
            gang,
            when_unreachable,
            single,
            disruption_budget,
            slice,
        }
    }
}
