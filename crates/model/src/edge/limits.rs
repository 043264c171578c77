//! What a reading of an edge node can be, and how long a device is watched, with the reasons. What bounds sizes stands in `crate::limits`.

use super::units::DeciCelsius;
use crate::Millis;

/// What a sensor can measure: below, no electronics runs; above, none goes on running.
pub const CELSIUS: (DeciCelsius, DeciCelsius) = (DeciCelsius(-400), DeciCelsius(1_250));
/// A temperature that does not move for so long after the load did is no measurement.
pub const STUCK_AFTER: Millis = Millis::from_secs(300);
/// A change of power that no chip goes through without a change of temperature, in watts.
pub const LOAD_STEP_W: f64 = 100.0;
/// Readings that a slope needs, and that are kept of one sensor: five outvote one that is odd.
pub const TREND_READINGS: (usize, usize) = (5, 16);
/// What they span at least: noise over less looks like a slope.
pub const TREND_SPAN_MIN: Millis = Millis::from_secs(30);
/// A reading older than this says nothing of where a temperature is going: a chip settles within a minute.
pub const TREND_WITHIN: Millis = Millis::from_secs(60);
/// Readings nearer than this take each other's place, so that those that are kept span [`TREND_WITHIN`].
pub const TREND_GAP: Millis = Millis::from_secs(5);
/// Power at which a chip is warmer than what is around it, in watts: 0 °C to the digit is then no sensor, unless it came near.
pub const WARMING_W: f64 = 50.0;
/// How near to 0 °C the last believed temperature is for a 0 to be one, in tenths of a degree.
pub const NEAR_ZERO: u16 = 150;
/// Largest change of a battery between two readings that needs no second one, in percentage points.
pub const CHARGE_STEP: u8 = 20;
/// How near a second reading comes to one that jumped to confirm it, in percentage points.
pub const CHARGE_CONFIRM: u8 = 5;
/// How long a silence lasts at least, and at most, before another replica takes the place of one that cannot be reached: a box reboots
/// within a minute; a week is a node that is gone.
pub const REPLACE_AFTER: (Millis, Millis) = (Millis::from_secs(60), Millis::from_secs(7 * 24 * 3_600));
/// How long a neighbour's word of a node counts: six reports at the usual rate of 10 s.
pub const REACH_FRESH: Millis = Millis::from_secs(60);
/// A device that comes back is watched for so long before it has work again.
pub const TRIAL_QUIET: Millis = Millis::from_secs(600);
/// The span in which losses are counted.
pub const LOSSES_WITHIN: Millis = Millis::from_secs(24 * 3_600);
/// The span in which replicas that gave way are counted is at least, and at most, so long: so far back they are remembered.
pub const PREEMPTIONS_PER: (Millis, Millis) = (Millis::from_secs(1), Millis::from_secs(3_600));
