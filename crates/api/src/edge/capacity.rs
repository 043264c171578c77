//! What is free in a region, in a few kilobytes whatever the number of its nodes.

use super::at;
use super::model::Precision;
use crate::schema;
use paceline_model::edge::{ModelId, SemanticVersion, WorkloadId};
use paceline_model::federation as model;
use paceline_model::limits::{MODELS_MAX, NODE_CLASSES_MAX, NODE_DEVICES_MAX, WORKLOADS_MAX, at_most};
use paceline_model::{Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// GPUs of a node that have as much free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FreeDevices {
    /// How many.
    pub count: u32,
    /// Free of each, in thousandths.
    #[schema(maximum = 1000)]
    pub milli_gpu: u16,
    /// Free of each.
    pub memory_mib: u64,
}

/// Nodes that new work can be placed on and that have at least so much free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeClass {
    /// How many nodes.
    pub nodes: u32,
    /// Free on each, in thousandths of a core.
    pub cpu_milli: u32,
    /// Free on each.
    pub memory_mib: u64,
    /// Free on each.
    pub devices: Vec<FreeDevices>,
}

/// A variant that is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VariantCapacity {
    /// Of which version.
    pub version: String,
    /// At which precision.
    pub precision: Precision,
    /// Memory of a GPU that it takes.
    pub memory_mib: u64,
}

/// A model that is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelCapacity {
    /// Its variants.
    pub variants: Vec<VariantCapacity>,
}

/// How a workload stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkloadCapacity {
    /// Replicas that are wanted.
    pub wanted: u32,
    /// Replicas that have a node.
    pub placed: u32,
    /// How many of those run which version.
    pub versions: BTreeMap<String, u32>,
}

/// What is free on the region's nodes, its models, and how its workloads stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CapacityView {
    /// Nodes that are known.
    pub nodes: u32,
    /// Nodes that new work can be placed on.
    pub ready: u32,
    /// These, by what is free on them, rounded down.
    pub classes: Vec<NodeClass>,
    /// Models by name.
    #[schema(value_type = BTreeMap<schema::Id, ModelCapacity>)]
    pub models: BTreeMap<String, ModelCapacity>,
    /// Workloads by name.
    #[schema(value_type = BTreeMap<schema::Id, WorkloadCapacity>)]
    pub workloads: BTreeMap<String, WorkloadCapacity>,
}

impl From<&model::CapacitySummary> for CapacityView {
    fn from(of: &model::CapacitySummary) -> Self {
        let devices = |of: &model::FreeDevices| FreeDevices {
            count: of.count,
            milli_gpu: of.milli_gpu,
            memory_mib: of.memory_mib,
        };
        let class = |of: &model::NodeClass| NodeClass {
            nodes: of.nodes,
            cpu_milli: of.cpu_milli,
            memory_mib: of.memory_mib,
            devices: of.devices.iter().map(devices).collect(),
        };
        let variant = |of: &model::VariantSummary| VariantCapacity {
            version: of.version.to_string(),
            precision: of.precision.into(),
            memory_mib: of.memory_mib,
        };
        let variants =
            |of: &model::ModelSummary| ModelCapacity { variants: of.variants.iter().map(variant).collect() };
        let workload = |of: &model::WorkloadSummary| WorkloadCapacity {
            wanted: of.wanted,
            placed: of.placed,
            versions: of.versions.iter().map(|(version, count)| (version.to_string(), *count)).collect(),
        };
        Self {
            nodes: of.nodes,
            ready: of.ready,
            classes: of.classes.iter().map(class).collect(),
            models: of.models.iter().map(|(id, of)| (id.to_string(), variants(of))).collect(),
            workloads: of.workloads.iter().map(|(id, of)| (id.to_string(), workload(of))).collect(),
        }
    }
}

impl CapacityView {
    /// The summary that is meant. Errors: lists that are longer than a server makes them, names or versions that are none.
    pub fn summary(&self) -> Result<model::CapacitySummary, Invalid> {
        at_most("classes", self.classes.len(), NODE_CLASSES_MAX)?;
        at_most("models", self.models.len(), MODELS_MAX)?;
        at_most("workloads", self.workloads.len(), WORKLOADS_MAX)?;
        let model =
            |(id, of): (&String, &ModelCapacity)| Ok((at("models", ModelId::new(id))?, of.summary()?));
        let workload = |(id, of): (&String, &WorkloadCapacity)| {
            Ok((at("workloads", WorkloadId::new(id))?, of.summary()?))
        };
        Ok(model::CapacitySummary {
            nodes: self.nodes,
            ready: self.ready,
            classes: self.classes.iter().map(NodeClass::class).collect::<Result<_, _>>()?,
            models: self.models.iter().map(model).collect::<Result<_, Invalid>>()?,
            workloads: self.workloads.iter().map(workload).collect::<Result<_, Invalid>>()?,
        })
    }
}

impl NodeClass {
    fn class(&self) -> Result<model::NodeClass, Invalid> {
        at_most("classes.devices", self.devices.len(), NODE_DEVICES_MAX)?;
        let devices = self.devices.iter().map(|of| model::FreeDevices {
            count: of.count,
            milli_gpu: of.milli_gpu,
            memory_mib: of.memory_mib,
        });
        Ok(model::NodeClass {
            nodes: self.nodes,
            cpu_milli: self.cpu_milli,
            memory_mib: self.memory_mib,
            devices: devices.collect(),
        })
    }
}

fn version(text: &str) -> Result<SemanticVersion, Invalid> {
    text.parse().map_err(|error| {
        let rule = Rule::Shape(format!("must be a version such as 1.2.0: {error}"));
        Invalid::new("version", text, rule)
    })
}

impl ModelCapacity {
    fn summary(&self) -> Result<model::ModelSummary, Invalid> {
        let variant = |of: &VariantCapacity| {
            Ok(model::VariantSummary {
                version: version(&of.version)?,
                precision: of.precision.into(),
                memory_mib: of.memory_mib,
            })
        };
        Ok(model::ModelSummary {
            variants: self.variants.iter().map(variant).collect::<Result<_, Invalid>>()?,
        })
    }
}

impl WorkloadCapacity {
    fn summary(&self) -> Result<model::WorkloadSummary, Invalid> {
        let versions = self.versions.iter().map(|(text, count)| Ok((version(text)?, *count)));
        Ok(model::WorkloadSummary {
            wanted: self.wanted,
            placed: self.placed,
            versions: versions.collect::<Result<_, Invalid>>()?,
        })
    }
}
