//! A node as it stands.

use super::node::NewNode;
use super::replica_report::ReplicaReport;
use super::trust::TrustView;
use crate::mirror::mirror;
use crate::schema;
use paceline_model::Instant;
use paceline_model::edge as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// Where a device stands.
    DeviceState beside paceline_model::edge::DeviceState {
        /// It has work, or takes some.
        Serving,
        /// Its driver no longer lists it.
        Lost,
        /// It is listed again: no work before a probe was right and ten quiet minutes have passed.
        Trial,
        /// It was lost three times in a day: out until an operator lets it in.
        Barred,
    }
}

mirror! {
    /// What a temperature is of.
    SensorKind beside paceline_model::edge::SensorKind {
        /// A GPU's die.
        Gpu,
        /// A GPU's memory.
        Mem,
        /// The board.
        Board,
        /// The CPU.
        Cpu,
        /// The power management chip.
        Pmic,
    }
}

/// Something of consequence that is true of a node for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConditionView {
    /// It has not been heard for too long; what runs there is left alone.
    Silent,
    /// A sensor was above the threshold, and has not been seen cool since.
    Hot {
        /// Which sensor.
        sensor: SensorKind,
        /// Of which device.
        device: Option<String>,
    },
    /// Its battery is below its reserve.
    LowBattery,
    /// A sensor rises so that it is at the threshold soon.
    Heating {
        /// Which sensor.
        sensor: SensorKind,
        /// Of which device.
        device: Option<String>,
    },
}

impl From<&model::Condition> for ConditionView {
    fn from(of: &model::Condition) -> Self {
        match of {
            model::Condition::Silent => Self::Silent,
            model::Condition::LowBattery => Self::LowBattery,
            model::Condition::Hot { sensor, device } => {
                Self::Hot { sensor: (*sensor).into(), device: device.as_ref().map(ToString::to_string) }
            }
            model::Condition::Heating { sensor, device } => {
                Self::Heating { sensor: (*sensor).into(), device: device.as_ref().map(ToString::to_string) }
            }
        }
    }
}

/// A GPU as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceView {
    /// Its lasting name.
    #[schema(value_type = schema::Id)]
    pub uuid: String,
    /// Where it stands.
    pub state: DeviceState,
    /// Since when.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Thousandths of it that are free; none where it takes no work.
    #[schema(minimum = 0, maximum = 1000)]
    pub free_milli_gpu: u16,
    /// Memory that is free; 0 where it is cut.
    pub free_memory_mib: u64,
    /// Slots that no slice has, where it is cut.
    pub free_slots: Vec<u8>,
    /// How busy it is, as its driver says; null: nobody says.
    #[schema(maximum = 100)]
    pub busy_percent: Option<u32>,
    /// Memory that is free, as its driver says, whoever uses the rest.
    pub reported_free_mib: Option<u32>,
}

/// A temperature that is believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Temperature {
    /// Which sensor.
    pub sensor: SensorKind,
    /// Of which device.
    pub device: Option<String>,
    /// Degrees Celsius.
    pub celsius: f64,
    /// When it was measured.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
}

/// Where a temperature is going: a line through the readings of the last minute, which one odd reading does not turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TemperatureTrend {
    /// Which sensor.
    pub sensor: SensorKind,
    /// Of which device.
    pub device: Option<String>,
    /// The line's value at the last reading, in degrees Celsius.
    pub celsius: f64,
    /// Its slope, in degrees Celsius a minute.
    pub celsius_per_minute: f64,
}

/// What is known of a silent node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SilenceView {
    /// When it was last heard; null: not since the server started.
    #[schema(value_type = Option<schema::Time>)]
    pub last_heard: Option<Instant>,
    /// What is broken, by what its neighbours say.
    pub broken: Broken,
    /// Whose word counts that it does not answer: the neighbours that its owner names. Empty: anybody's.
    pub asked: Vec<String>,
    /// Neighbours that it answers.
    pub reached_by: Vec<String>,
    /// Neighbours that it does not answer.
    pub not_reached_by: Vec<String>,
}

mirror! {
    /// What is broken where a node is silent, as far as its neighbours know.
    Broken beside paceline_model::edge::Broken {
        /// Its link to the region: a neighbour reaches it.
        Link,
        /// The node, or all its links: no neighbour reaches it, and some have tried.
        Node,
        /// Nobody has tried of late.
        Unknown,
    }
}

/// A sensor of which nothing is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlindSensor {
    /// `battery`, or the sensor's kind.
    pub sensor: String,
    /// Of which device.
    pub device: Option<String>,
    /// Since when.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Why, in words.
    pub why: String,
    /// Readings that were not believed since the node was last known anew.
    pub disbelieved: u64,
}

/// A node as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What its owner says it is.
    pub spec: NewNode,
    /// Nothing new is placed there.
    pub cordoned: bool,
    /// What runs there is moving away.
    pub draining: bool,
    /// What is true of it for a time.
    pub conditions: Vec<ConditionView>,
    /// Where it stands with its proofs.
    pub trust: TrustView,
    /// Its GPUs.
    pub devices: Vec<DeviceView>,
    /// CPU that is free.
    pub free_cpu_milli: u32,
    /// Memory that is free.
    pub free_memory_mib: u64,
    /// Bandwidth between host and GPUs that is free.
    pub free_pcie_mbps: u32,
    /// Room for models' files that is free; null: that is not counted.
    pub free_storage_mib: Option<u64>,
    /// Replicas that run there.
    pub running: u64,
    /// When it was last heard; null: not since the server started.
    #[schema(value_type = Option<schema::Time>)]
    pub heard_at: Option<Instant>,
    /// Since when its driver does not answer.
    #[schema(value_type = Option<schema::Time>)]
    pub driver_silent_since: Option<Instant>,
    /// Temperatures that are believed.
    pub temperatures: Vec<Temperature>,
    /// Where they are going, where enough readings say so.
    pub trends: Vec<TemperatureTrend>,
    /// What is known of its silence; null: it is heard.
    pub silence: Option<SilenceView>,
    /// The battery's charge, if it is believed.
    pub battery_percent: Option<u8>,
    /// Sensors of which nothing is known.
    pub blind: Vec<BlindSensor>,
    /// What it last said that it runs or tries to.
    pub replicas: Vec<ReplicaReport>,
    /// When it said so; null: not since the server started.
    #[schema(value_type = Option<schema::Time>)]
    pub replicas_at: Option<Instant>,
}
