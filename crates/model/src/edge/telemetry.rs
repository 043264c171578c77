//! What a node reports of itself, in batches: that it is there, which devices its driver lists, what its sensors say.

use super::id::{DeviceUuid, NodeId};
use super::reading::RawNumber;
use super::replica_report::ReplicaReport;
use super::units::{Dbm, Mbps};
use crate::{Instant, Millis};
use serde::{Deserialize, Serialize};

/// What a temperature is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensorKind {
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

/// What a node says that it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerSupply {
    /// The grid, or a charger.
    External,
    /// Its battery.
    Battery,
}

/// One temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct TemperatureReport {
    /// What it is of.
    pub sensor: SensorKind,
    /// Of which device, where there are several.
    pub device: Option<DeviceUuid>,
    /// In degrees Celsius, as the driver says it.
    pub celsius: RawNumber,
    /// Power drawn at the time.
    pub watts: Option<f64>,
}

/// How a device is used, as its driver says; what cannot be is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceUse {
    /// How busy it is, in percent.
    pub busy_percent: Option<u32>,
    /// Memory that is free.
    pub free_mib: Option<u32>,
    /// Memory that is used, whoever uses it.
    pub used_mib: Option<u32>,
}

/// What the driver said when it was asked for its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceListing {
    /// It was not asked.
    NotAsked,
    /// It did not answer: unknown, and no device is lost by it.
    Unanswered,
    /// These are there, and no others.
    Listed(Vec<DeviceUuid>),
}

/// What one node says at one time. That it says anything is its heartbeat.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeReport {
    /// Which node.
    pub node: NodeId,
    /// When, by its clock, bounded by ours.
    pub at: Instant,
    /// What its driver lists.
    pub listing: DeviceListing,
    /// Devices of which the kernel's log says that they fell off the bus (NVIDIA's XID 79).
    pub fell_off: Vec<DeviceUuid>,
    /// Probe inferences with known outputs on devices on trial, and whether the outputs were right.
    pub probes: Vec<(DeviceUuid, bool)>,
    /// Temperatures.
    pub temperatures: Vec<TemperatureReport>,
    /// What it runs on, and the battery's charge in percent.
    pub battery: Option<(PowerSupply, RawNumber)>,
    /// To the region and back.
    pub round_trip: Option<Millis>,
    /// Of its radio.
    pub rssi: Option<Dbm>,
    /// Free on its link.
    pub bandwidth: Option<Mbps>,
    /// How its devices are used, as their driver says.
    pub uses: Vec<(DeviceUuid, DeviceUse)>,
    /// Whether it is the node that speaks. What is said of it where it does not answer is no heartbeat.
    pub spoke: bool,
    /// Other nodes that it looked for, and whether they answered it.
    pub reaches: Vec<(NodeId, bool)>,
    /// All that it runs, or tries to; `None`: it does not say.
    pub replicas: Option<Vec<ReplicaReport>>,
    /// Whether the node could have proved itself as it said so: its verifier was there. A link that carries this carries a proof.
    pub provable: bool,
}

impl NodeReport {
    /// A heartbeat and nothing else.
    pub fn heartbeat(node: NodeId, at: Instant) -> Self {
        Self {
            node,
            at,
            listing: DeviceListing::NotAsked,
            fell_off: Vec::new(),
            probes: Vec::new(),
            temperatures: Vec::new(),
            battery: None,
            round_trip: None,
            rssi: None,
            bandwidth: None,
            uses: Vec::new(),
            spoke: true,
            reaches: Vec::new(),
            replicas: None,
            provable: true,
        }
    }
}
