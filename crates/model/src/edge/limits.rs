//! The limits of the edge with their reasons.

use super::units::DeciCelsius;
use crate::Millis;

/// Most nodes of a region: a fleet of boxes of a country; some 1 GB.
pub const NODES_MAX: usize = 1_000_000;
/// Most models of a region.
pub const MODELS_MAX: usize = 10_000;
/// Most workloads of a region.
pub const WORKLOADS_MAX: usize = 1_000_000;
/// Most GPUs of a node, lost ones included: the largest boxes have 16.
pub const DEVICES_MAX: usize = 16;
/// Most labels of a node: clusters in the field have some 60.
pub const LABELS_MAX: usize = 128;
/// Most taints, tolerations, requirements and spread rules of one object.
pub const RULES_MAX: usize = 32;
/// Most values of one requirement.
pub const VALUES_MAX: usize = 64;
/// Most versions of a model that are kept, and most variants of a version.
pub const VERSIONS_MAX: usize = 64;
/// Most replicas of a workload: one on each node of a large fleet.
pub const REPLICAS_MAX: u32 = 10_000;
/// A whole GPU in milli-shares.
pub const MILLI_GPU_WHOLE: u16 = 1_000;
/// Most CPU of a node, in milli-CPU: 4,096 cores.
pub const MILLI_CPU_MAX: u32 = 4_096_000;
/// Most memory of a node, of a device or of a model's file, in MiB: 64 TiB.
pub const MEBIBYTES_MAX: u64 = 64 << 20;
/// Most bandwidth in Mbit/s: sixteen lanes of PCIe 6 carry about 1,000,000.
pub const MBPS_MAX: u32 = 4_000_000;
/// What a sensor can measure: below, no electronics runs; above, none goes on running.
pub const CELSIUS: (DeciCelsius, DeciCelsius) = (DeciCelsius(-400), DeciCelsius(1_250));
/// A temperature that does not move for so long after the load did is no measurement.
pub const STUCK_AFTER: Millis = Millis::from_secs(300);
/// A change of power that no chip goes through without a change of temperature, in watts.
pub const LOAD_STEP_W: f64 = 100.0;
/// Power at which a chip is warmer than what is around it, in watts: 0 °C to the digit is then no sensor, unless it came near.
pub const WARMING_W: f64 = 50.0;
/// How near to 0 °C the last believed temperature is for a 0 to be one, in tenths of a degree.
pub const NEAR_ZERO: u16 = 150;
/// Largest change of a battery between two readings that needs no second one, in percentage points.
pub const CHARGE_STEP: u8 = 20;
/// How near a second reading comes to one that jumped to confirm it, in percentage points.
pub const CHARGE_CONFIRM: u8 = 5;
/// A device that comes back is watched for so long before it has work again.
pub const TRIAL_QUIET: Millis = Millis::from_secs(600);
/// Losses of a device within [`LOSSES_WITHIN`] after which an operator has to let it in.
pub const LOSSES_MAX: usize = 3;
/// The span in which losses are counted.
pub const LOSSES_WITHIN: Millis = Millis::from_secs(24 * 3_600);
