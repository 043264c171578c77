//! What says what the node is and how it fares: a trait, the machine's own files, and a script.

mod gpu;
pub mod machine;
pub mod scripted;
mod tag;

use crate::runner::Pending;
use paceline_client::api::edge::{BatteryReport, DriverReport, NewNode, TemperatureReport};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a node fares at one moment. What is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Telemetry {
    /// Temperatures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub temperatures: Vec<TemperatureReport>,
    /// The battery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<BatteryReport>,
    /// What the GPU driver lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverReport>,
    /// Of its radio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rssi_dbm: Option<i16>,
    /// To the region and back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_trip_ms: Option<u32>,
}

impl Telemetry {
    /// What is other than `before`: what is left out stands as it was said.
    pub fn since(&self, before: &Self) -> Self {
        let changed = |of: &&TemperatureReport| !before.temperatures.contains(of);
        Self {
            temperatures: self.temperatures.iter().filter(changed).cloned().collect(),
            battery: self.battery.clone().filter(|_| self.battery != before.battery),
            driver: self.driver.clone().filter(|_| self.driver != before.driver),
            rssi_dbm: self.rssi_dbm.filter(|_| self.rssi_dbm != before.rssi_dbm),
            round_trip_ms: self.round_trip_ms.filter(|_| self.round_trip_ms != before.round_trip_ms),
        }
    }
}

/// Says what the node is and how it fares.
pub trait Source: Send + Sync + 'static {
    /// What the node is. Place, labels and taints are its owner's to say.
    fn fingerprint(&self) -> Pending<'_, NewNode>;
    /// How it fares, so long after the agent began.
    fn read(&self, since_start: Duration) -> Pending<'_, Telemetry>;
}
