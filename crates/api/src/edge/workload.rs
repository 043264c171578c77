//! Workloads.

use super::at;
use super::disruption::DisruptionBudget;
use super::model::Precision;
use super::scheduling::{Requirement, Toleration};
use crate::schema;
use paceline_model::edge::{
    self as model, LabelKey, LabelValue, Mbps, Mebibytes, MilliCpu, MilliGpu, ModelId, WorkloadId,
};
use paceline_model::{Instant, Invalid, Millis, Rule, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How evenly replicas stand over the values of a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopologySpread {
    /// Largest difference between the fullest and the emptiest.
    #[schema(minimum = 1)]
    pub max_skew: u32,
    /// Whose values are compared, such as `topology.kubernetes.io/zone`.
    pub topology_key: String,
}

/// A workload as its owner asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkload {
    /// What it runs.
    #[schema(value_type = schema::Id)]
    pub model: String,
    /// Which versions of it, as Cargo writes requirements: `^1.2`, `=1.4.0`, `*`; any if left out.
    #[serde(default = "any_version")]
    pub version: String,
    /// The precision that is wanted.
    pub precision: Precision,
    /// Others that are better than nothing, the best first.
    #[serde(default)]
    pub downgrades: Vec<Precision>,
    /// The least accuracy of any of them, in a thousand.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000)]
    pub accuracy_permille_min: u16,
    /// How many; 1 if left out.
    #[serde(default = "one")]
    pub replicas: u32,
    /// CPU of each, in thousandths of a core.
    pub cpu_milli: u32,
    /// Memory of each.
    pub memory_mib: u64,
    /// GPUs of each; several are whole ones, and one where a slice is asked for.
    #[serde(default)]
    pub gpus: u8,
    /// Of each of these GPUs, in thousandths; a whole one if left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub milli_gpu: Option<u16>,
    /// The profile of the slice that each has of one GPU that is cut, instead of a share: `1g.10gb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// Bandwidth between host and GPUs.
    #[serde(default)]
    pub pcie_mbps: u32,
    /// Kubernetes' value of its priority class: higher goes first.
    #[serde(default)]
    pub priority: i32,
    /// How evenly replicas stand.
    #[serde(default)]
    pub spread: Vec<TopologySpread>,
    /// Labels that a node must have.
    #[serde(default)]
    pub node_selector: BTreeMap<String, String>,
    /// What else a node's labels must say; all of it.
    #[serde(default)]
    pub affinity: Vec<Requirement>,
    /// Taints that it does not mind.
    #[serde(default)]
    pub tolerations: Vec<Toleration>,
    /// Longest that one answer may take.
    #[serde(default)]
    pub latency_max_ms: Option<u32>,
    /// All replicas or none.
    #[serde(default)]
    pub gang: bool,
    /// How far more important work may disturb it; wholly if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disruption_budget: Option<DisruptionBudget>,
    /// What becomes of replicas on nodes that are silent and that no neighbour reaches: `"leave"` if left out.
    #[serde(default)]
    pub when_unreachable: WhenUnreachable,
    /// No replica may ever run twice, not even for a time.
    #[serde(default)]
    pub single: bool,
}

/// What becomes of a replica on a node that is silent and that no neighbour reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnreachable {
    /// It is left alone, and not doubled.
    #[default]
    Leave,
    /// Another takes its place: there may be two for a time.
    ReplaceAfterS(
        /// After so many seconds of silence.
        u32,
    ),
}

impl WhenUnreachable {
    pub(crate) fn rule(self) -> model::WhenUnreachable {
        match self {
            Self::Leave => model::WhenUnreachable::Leave,
            Self::ReplaceAfterS(seconds) => {
                model::WhenUnreachable::ReplaceAfter(Millis(seconds.saturating_mul(1_000)))
            }
        }
    }
}

impl From<model::WhenUnreachable> for WhenUnreachable {
    fn from(of: model::WhenUnreachable) -> Self {
        match of {
            model::WhenUnreachable::Leave => Self::Leave,
            model::WhenUnreachable::ReplaceAfter(span) => Self::ReplaceAfterS(span.0 / 1_000),
        }
    }
}

fn any_version() -> String {
    "*".into()
}

const fn one() -> u32 {
    1
}

/// A workload as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkloadView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What its owner asks for; a node selector is shown as affinity.
    pub spec: NewWorkload,
    /// When it was first asked for.
    #[schema(value_type = schema::Time)]
    pub put_at: Instant,
    /// Replicas that have a node.
    pub placed: u64,
    /// Replicas that wait for one.
    pub pending: u64,
}

impl NewWorkload {
    /// The workload that is meant. Errors: a value breaks a rule.
    pub fn spec(&self, id: WorkloadId) -> Result<model::WorkloadSpec, Invalid> {
        let version = self.version.parse().map_err(|error| {
            let rule = Rule::Shape(format!("must be a requirement such as ^1.2, =1.4.0 or *: {error}"));
            Invalid::new("version", &self.version, rule)
        })?;
        let spec = model::WorkloadSpec {
            id,
            model: at("model", ModelId::new(&self.model))?,
            version,
            precision: self.precision.into(),
            downgrades: self.downgrades.iter().map(|precision| (*precision).into()).collect(),
            accuracy_permille_min: self.accuracy_permille_min,
            replicas: self.replicas,
            requests: self.requests()?,
            priority: self.priority,
            spread: self.spread.iter().map(TopologySpread::spread).collect::<Result<_, _>>()?,
            affinity: self.requirements()?,
            tolerations: self.tolerations.iter().map(Toleration::toleration).collect::<Result<_, _>>()?,
            latency_max: self.latency_max_ms.map(Millis),
            gang: self.gang,
            when_unreachable: self.when_unreachable.rule(),
            single: self.single,
            disruption_budget: self.disruption_budget.as_ref().map(DisruptionBudget::budget).transpose()?,
            slice: self.slice.as_deref().map(|name| at("slice", Tag::new(name))).transpose()?,
        };
        spec.validate()
    }

    fn requests(&self) -> Result<model::Requests, Invalid> {
        let gpus = if self.slice.is_some() && self.gpus == 0 { 1 } else { self.gpus };
        let whole = if gpus == 0 || self.slice.is_some() { 0 } else { 1_000 };
        Ok(model::Requests {
            cpu: MilliCpu::new("cpu_milli", self.cpu_milli)?,
            memory: Mebibytes::new("memory_mib", self.memory_mib)?,
            gpus,
            milli_gpu: MilliGpu::new("milli_gpu", self.milli_gpu.unwrap_or(whole))?,
            pcie: Mbps::new("pcie_mbps", self.pcie_mbps)?,
        })
    }

    fn requirements(&self) -> Result<Vec<model::Requirement>, Invalid> {
        let label = |(key, value): (&String, &String)| {
            Ok((at("node_selector", LabelKey::new(key))?, at("node_selector", LabelValue::new(value))?))
        };
        let selector = self.node_selector.iter().map(label).collect::<Result<_, Invalid>>()?;
        let selected = model::WorkloadSpec::selector(selector).map(Ok);
        selected.chain(self.affinity.iter().map(Requirement::requirement)).collect()
    }
}

impl TopologySpread {
    fn spread(&self) -> Result<model::TopologySpread, Invalid> {
        let topology_key = at("spread.topology_key", LabelKey::new(&self.topology_key))?;
        Ok(model::TopologySpread { max_skew: self.max_skew, topology_key })
    }
}

impl From<&model::WorkloadSpec> for NewWorkload {
    fn from(of: &model::WorkloadSpec) -> Self {
        let spread = |of: &model::TopologySpread| TopologySpread {
            max_skew: of.max_skew,
            topology_key: of.topology_key.to_string(),
        };
        Self {
            model: of.model.to_string(),
            version: of.version.to_string(),
            precision: of.precision.into(),
            downgrades: of.downgrades.iter().map(|precision| (*precision).into()).collect(),
            accuracy_permille_min: of.accuracy_permille_min,
            replicas: of.replicas,
            cpu_milli: of.requests.cpu.0,
            memory_mib: of.requests.memory.0,
            gpus: of.requests.gpus,
            milli_gpu: (of.requests.gpus > 0 && of.slice.is_none()).then_some(of.requests.milli_gpu.0),
            slice: of.slice.as_ref().map(ToString::to_string),
            pcie_mbps: of.requests.pcie.0,
            priority: of.priority,
            spread: of.spread.iter().map(spread).collect(),
            node_selector: BTreeMap::new(),
            affinity: of.affinity.iter().map(Into::into).collect(),
            tolerations: of.tolerations.iter().map(Into::into).collect(),
            latency_max_ms: of.latency_max.map(|span| span.0),
            gang: of.gang,
            when_unreachable: of.when_unreachable.into(),
            single: of.single,
            disruption_budget: of.disruption_budget.map(Into::into),
        }
    }
}
