//! What nodes report of themselves, in batches.

use super::at;
use super::node_view::SensorKind;
use super::raw_reading::{RawReading, raw};
use super::replica_report::ReplicaReport;
use crate::mirror::mirror;
use crate::schema;
use paceline_model::edge::{self as model, Dbm, DeviceUuid, Mbps, NodeId};
use paceline_model::limits::{
    NEIGHBOURS_MAX, NODE_DEVICES_MAX, NODE_TEMPERATURES_MAX, READING_AHEAD_MS_MAX, REPLICA_REPORTS_MAX,
    at_most,
};
use paceline_model::{Instant, Invalid, Millis, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

mirror! {
    /// What a node runs on.
    PowerSupply beside paceline_model::edge::PowerSupply {
        /// The grid, or a charger.
        External,
        /// Its battery.
        Battery,
    }
}

/// One temperature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemperatureReport {
    /// What it is of.
    pub sensor: SensorKind,
    /// Of which GPU, where there are several.
    #[serde(default)]
    pub device: Option<String>,
    /// In degrees Celsius, as the driver says it.
    #[serde(default)]
    pub celsius: Option<RawReading>,
    /// Power drawn at the time.
    #[serde(default)]
    pub watts: Option<f64>,
}

/// The battery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatteryReport {
    /// What the node runs on.
    pub supply: PowerSupply,
    /// Its charge, as the gauge says it.
    #[serde(default)]
    pub percent: Option<RawReading>,
}

/// What the GPU driver says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DriverReport {
    /// The UUIDs of all GPUs that it lists; null: it did not answer.
    #[serde(default)]
    pub devices: Option<Vec<String>>,
    /// GPUs of which the kernel's log says that they fell off the bus (XID 79).
    #[serde(default)]
    pub fell_off: Vec<String>,
}

/// A probe inference with known outputs on a GPU that is on trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeReport {
    /// Which GPU.
    pub device: String,
    /// Whether the outputs were right.
    pub right: bool,
}

/// Which start of which box speaks: so two that share a name are told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Incarnation {
    /// The start, as the kernel names it (`/proc/sys/kernel/random/boot_id`).
    #[schema(min_length = 1, max_length = 64)]
    pub boot: String,
    /// The UUIDs of its GPUs when its agent started.
    #[serde(default)]
    pub devices: Vec<String>,
}

impl Incarnation {
    fn validate(&self) -> Result<(), Invalid> {
        at_most("incarnation.devices", self.devices.len(), NODE_DEVICES_MAX)?;
        at("incarnation.boot", Tag::new(&self.boot))?;
        self.devices.iter().try_for_each(|text| at("incarnation.devices", DeviceUuid::new(text)).map(drop))
    }
}

/// What one node says of itself. That it says anything is its heartbeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeReport {
    /// Which node.
    #[schema(value_type = schema::Id)]
    pub node: String,
    /// When, by its clock; now if left out, or further ahead than five seconds.
    #[serde(default)]
    #[schema(value_type = Option<schema::Time>)]
    pub at: Option<Instant>,
    /// What its driver says, if it was asked.
    #[serde(default)]
    pub driver: Option<DriverReport>,
    /// Probes of GPUs on trial.
    #[serde(default)]
    pub probes: Vec<ProbeReport>,
    /// Temperatures.
    #[serde(default)]
    pub temperatures: Vec<TemperatureReport>,
    /// The battery.
    #[serde(default)]
    pub battery: Option<BatteryReport>,
    /// To the region and back.
    #[serde(default)]
    pub round_trip_ms: Option<u32>,
    /// Of its radio.
    #[serde(default)]
    pub rssi_dbm: Option<i16>,
    /// Free on its link.
    #[serde(default)]
    pub bandwidth_mbps: Option<u32>,
    /// Other nodes that it looked for, and whether they answered it: so a silent node is told from a broken link.
    #[serde(default)]
    pub reaches: BTreeMap<String, bool>,
    /// All that it runs, or tries to; left out: nothing is said of it, and what was last said stands.
    #[serde(default)]
    pub replicas: Option<Vec<ReplicaReport>>,
    /// Which box it is; left out, two that share a name are not told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incarnation: Option<Incarnation>,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeReportsTaken {
    /// Reports that were taken.
    pub taken: u64,
    /// Those too far ahead, which count as of now.
    pub ahead: u64,
    /// The region's time: a node whose clock is wrong goes by it.
    #[schema(value_type = schema::Time)]
    pub now: Instant,
}

impl NodeReport {
    /// The report that is meant, and whether it was too far ahead. Errors: a value breaks a rule.
    pub fn report(&self, now: Instant) -> Result<(model::NodeReport, bool), Invalid> {
        let said = self.at.unwrap_or(now);
        let ahead = said.0 > now.0.saturating_add(READING_AHEAD_MS_MAX);
        let uuids = |field: &str, all: &[String]| {
            at_most(field, all.len(), NODE_DEVICES_MAX)?;
            all.iter().map(|text| at(field, DeviceUuid::new(text))).collect::<Result<Vec<_>, _>>()
        };
        at_most("temperatures", self.temperatures.len(), NODE_TEMPERATURES_MAX)?;
        at_most("probes", self.probes.len(), NODE_DEVICES_MAX)?;
        at_most("reaches", self.reaches.len(), NEIGHBOURS_MAX)?;
        at_most("replicas", self.replicas.as_ref().map_or(0, Vec::len), REPLICA_REPORTS_MAX)?;
        self.incarnation.as_ref().map_or(Ok(()), Incarnation::validate)?;
        let listing = match &self.driver {
            None => model::DeviceListing::NotAsked,
            Some(DriverReport { devices: None, .. }) => model::DeviceListing::Unanswered,
            Some(DriverReport { devices: Some(all), .. }) => {
                model::DeviceListing::Listed(uuids("driver.devices", all)?)
            }
        };
        let fell_off = self.driver.as_ref().map_or(&[][..], |driver| &driver.fell_off);
        let probe =
            |probe: &ProbeReport| Ok((at("probes.device", DeviceUuid::new(&probe.device))?, probe.right));
        let node = at("node", NodeId::new(&self.node))?;
        let replica = |one: &ReplicaReport| one.report().map_err(|invalid| invalid.within("replicas"));
        let replicas = self.replicas.as_ref().map(|all| all.iter().map(replica).collect()).transpose()?;
        let report = model::NodeReport {
            listing,
            replicas,
            fell_off: uuids("driver.fell_off", fell_off)?,
            probes: self.probes.iter().map(probe).collect::<Result<_, Invalid>>()?,
            temperatures: self
                .temperatures
                .iter()
                .map(TemperatureReport::temperature)
                .collect::<Result<_, _>>()?,
            battery: self.battery.as_ref().map(|of| (of.supply.into(), raw(&of.percent))),
            round_trip: self.round_trip_ms.map(Millis),
            rssi: self.rssi_dbm.map(Dbm),
            bandwidth: self.bandwidth_mbps.map(|of| Mbps::new("bandwidth_mbps", of)).transpose()?,
            reaches: self
                .reaches
                .iter()
                .map(|(node, answered)| Ok((at("reaches", NodeId::new(node))?, *answered)))
                .collect::<Result<_, Invalid>>()?,
            ..model::NodeReport::heartbeat(node, if ahead { now } else { said })
        };
        Ok((report, ahead))
    }
}

impl TemperatureReport {
    fn temperature(&self) -> Result<model::TemperatureReport, Invalid> {
        let device = self.device.as_deref().map(|text| at("temperatures.device", DeviceUuid::new(text)));
        Ok(model::TemperatureReport {
            sensor: self.sensor.into(),
            device: device.transpose()?,
            celsius: raw(&self.celsius),
            watts: self.watts.filter(|watts| watts.is_finite()),
        })
    }
}
