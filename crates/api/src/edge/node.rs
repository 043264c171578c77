//! A node as its owner describes it.

use super::at;
use super::scheduling::Taint;
use crate::place::Place;
use crate::schema;
use paceline_model::edge::{self as model, LabelKey, LabelValue, Mbps, Mebibytes, MilliCpu, NodeId, Percent};
use paceline_model::limits::{NEIGHBOURS_MAX, at_most};
use paceline_model::{Invalid, Tag};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A GPU as its driver reports it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// Its lasting name; never its index.
    #[schema(value_type = schema::Id)]
    pub uuid: String,
    /// The GPU's model, such as `Tesla-T4`.
    #[schema(value_type = schema::TagName)]
    pub product: String,
    /// Its memory as the driver reports it.
    pub memory_mib: u64,
    /// How it may be cut into slices, at most 16 profiles; left out if it is shared. It is either cut or shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<SliceProfile>,
}

/// One way to cut a slice off a GPU, such as NVIDIA's MIG has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SliceProfile {
    /// What it is called, such as `1g.10gb`.
    #[schema(value_type = schema::TagName)]
    pub name: String,
    /// How many of the GPU's slots it takes, one behind the other.
    #[schema(minimum = 1, maximum = 16)]
    pub slots: u8,
    /// At which slots it may start, from 0.
    pub starts: Vec<u8>,
    /// The memory of such a slice as the driver reports it.
    pub memory_mib: u64,
}

/// Which GPU of a node is meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRef {
    /// Its UUID.
    #[schema(value_type = schema::Id)]
    pub device: String,
}

/// Where a node stands. Each part is a label too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodePlace {
    /// `topology.paceline.dev/site`.
    pub site: Option<String>,
    /// `topology.paceline.dev/rack`: a rack, turbine or station.
    pub rack: Option<String>,
    /// `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
    /// `topology.paceline.dev/cluster`.
    pub cluster: Option<String>,
    /// On the map.
    pub position: Option<Place>,
}

/// A node as its owner describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNode {
    /// As Kubernetes calls it: `amd64`, `arm64`.
    #[schema(value_type = schema::TagName)]
    pub architecture: String,
    /// The newest CUDA that its driver runs, such as `12.4`; left out if it runs none.
    #[serde(default)]
    pub cuda: Option<String>,
    /// The driver's version.
    #[serde(default)]
    pub driver: Option<String>,
    /// The box's firmware.
    #[serde(default)]
    pub firmware: Option<String>,
    /// GPUs. One that was listed before and is not now is lost, and stays known.
    #[serde(default)]
    pub devices: Vec<NewDevice>,
    /// CPU that may be given away, in thousandths of a core.
    pub cpu_milli: u32,
    /// Memory that may be given away.
    pub memory_mib: u64,
    /// Bandwidth between host and GPUs that may be given away.
    #[serde(default)]
    pub pcie_mbps: u32,
    /// Room for models' files on its disk that may be given away; left out if that is not to be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_mib: Option<u64>,
    /// Where it stands.
    #[serde(default)]
    pub place: NodePlace,
    /// The charge below which work leaves; left out if it runs on the grid.
    #[serde(default)]
    pub battery_reserve_percent: Option<u8>,
    /// Whatever else there is to say of it.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Whom it keeps off.
    #[serde(default)]
    pub taints: Vec<Taint>,
    /// Nothing is placed on it, and what runs there leaves.
    #[serde(default)]
    pub untrusted: bool,
    /// Nodes near it, by name, at most 16: its work moves there first, and their word counts when it is silent. Who is named here need not name
    /// it, nor be known yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<String>,
}

impl NewNode {
    /// The node that is meant. Errors: a value breaks a rule.
    pub fn spec(&self, id: NodeId) -> Result<model::NodeSpec, Invalid> {
        let tag = |field: &str, text: &Option<String>| {
            text.as_deref().map(|text| at(field, Tag::new(text))).transpose()
        };
        let release = |field: &str, text: &Option<String>| {
            text.as_deref().map(|text| at(field, text.parse())).transpose()
        };
        let label = |(key, value): (&String, &String)| {
            Ok((at("labels", LabelKey::new(key))?, at("labels", LabelValue::new(value))?))
        };
        let reserve =
            self.battery_reserve_percent.map(|reserve| Percent::new("battery_reserve_percent", reserve));
        let spec = model::NodeSpec {
            id,
            fingerprint: model::NodeFingerprint {
                architecture: at("architecture", Tag::new(&self.architecture))?,
                cuda: release("cuda", &self.cuda)?,
                driver: release("driver", &self.driver)?,
                firmware: tag("firmware", &self.firmware)?,
            },
            devices: self.devices.iter().map(NewDevice::device).collect::<Result<_, _>>()?,
            allocatable: model::Allocatable {
                cpu: MilliCpu::new("cpu_milli", self.cpu_milli)?,
                memory: Mebibytes::new("memory_mib", self.memory_mib)?,
                pcie: Mbps::new("pcie_mbps", self.pcie_mbps)?,
                storage: self.storage_mib.map(|mib| Mebibytes::new("storage_mib", mib)).transpose()?,
            },
            place: self.place.place()?,
            power: match reserve.transpose()? {
                Some(reserve) => model::Power::Battery { reserve },
                None => model::Power::Mains,
            },
            labels: self.labels.iter().map(label).collect::<Result<_, Invalid>>()?,
            taints: self.taints.iter().map(Taint::taint).collect::<Result<_, _>>()?,
            trust: if self.untrusted { model::Trust::Untrusted } else { model::Trust::Trusted },
            neighbours: self.neighbours()?,
        };
        spec.validate()
    }

    fn neighbours(&self) -> Result<BTreeSet<NodeId>, Invalid> {
        // Before they are names: a list that is too long costs no more than a look.
        at_most("neighbours", self.neighbours.len(), NEIGHBOURS_MAX)?;
        self.neighbours.iter().map(|name| at("neighbours", NodeId::new(name))).collect()
    }
}

impl NewDevice {
    fn device(&self) -> Result<model::Device, Invalid> {
        Ok(model::Device {
            uuid: at("devices.uuid", model::DeviceUuid::new(&self.uuid))?,
            product: at("devices.product", Tag::new(&self.product))?,
            memory: Mebibytes::new("devices.memory_mib", self.memory_mib)?,
            slices: self.slices.iter().map(SliceProfile::profile).collect::<Result<_, _>>()?,
        })
    }
}

impl SliceProfile {
    fn profile(&self) -> Result<model::SliceProfile, Invalid> {
        Ok(model::SliceProfile {
            name: at("devices.slices.name", Tag::new(&self.name))?,
            slots: self.slots,
            starts: self.starts.iter().copied().collect(),
            memory: Mebibytes::new("devices.slices.memory_mib", self.memory_mib)?,
        })
    }
}

impl From<&model::SliceProfile> for SliceProfile {
    fn from(of: &model::SliceProfile) -> Self {
        Self {
            name: of.name.to_string(),
            slots: of.slots,
            starts: of.starts.iter().copied().collect(),
            memory_mib: of.memory.0,
        }
    }
}

impl NodePlace {
    fn place(&self) -> Result<model::Place, Invalid> {
        let part = |field: &str, text: &Option<String>| {
            text.as_deref().map(|text| at(field, LabelValue::new(text))).transpose()
        };
        Ok(model::Place {
            site: part("place.site", &self.site)?,
            rack: part("place.rack", &self.rack)?,
            zone: part("place.zone", &self.zone)?,
            cluster: part("place.cluster", &self.cluster)?,
            position: self.position.map(|place| place.position("place.position")).transpose()?,
        })
    }
}

impl From<&model::NodeSpec> for NewNode {
    fn from(of: &model::NodeSpec) -> Self {
        let text = |value: &Option<LabelValue>| value.as_ref().map(ToString::to_string);
        let device = |device: &model::Device| NewDevice {
            uuid: device.uuid.to_string(),
            product: device.product.to_string(),
            memory_mib: device.memory.0,
            slices: device.slices.iter().map(Into::into).collect(),
        };
        Self {
            architecture: of.fingerprint.architecture.to_string(),
            cuda: of.fingerprint.cuda.map(|release| release.to_string()),
            driver: of.fingerprint.driver.map(|release| release.to_string()),
            firmware: of.fingerprint.firmware.as_ref().map(ToString::to_string),
            devices: of.devices.iter().map(device).collect(),
            cpu_milli: of.allocatable.cpu.0,
            memory_mib: of.allocatable.memory.0,
            pcie_mbps: of.allocatable.pcie.0,
            storage_mib: of.allocatable.storage.map(|storage| storage.0),
            place: NodePlace {
                site: text(&of.place.site),
                rack: text(&of.place.rack),
                zone: text(&of.place.zone),
                cluster: text(&of.place.cluster),
                position: of.place.position.map(Into::into),
            },
            battery_reserve_percent: match of.power {
                model::Power::Mains => None,
                model::Power::Battery { reserve } => Some(reserve.0),
            },
            labels: of.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            taints: of.taints.iter().map(Into::into).collect(),
            untrusted: of.trust == model::Trust::Untrusted,
            neighbours: of.neighbours.iter().map(ToString::to_string).collect(),
        }
    }
}
