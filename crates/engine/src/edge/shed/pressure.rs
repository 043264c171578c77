//! How urgently work should leave a node, from what its sensors said last.

use crate::edge::options::EdgeOptions;
use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::sensor::Thermometer;
use paceline_model::edge::{Condition, DeviceUuid, MoveCause, Reading, SensorKind};

/// How urgently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pressure {
    /// What was done is enough, as it looks: the temperature falls, or rises no longer.
    Easing,
    /// A little at a time.
    Pressing,
    /// All at once.
    Critical,
}

/// How urgently what leaves for `cause` should leave.
pub(super) fn pressure(node: &NodeRow, cause: MoveCause, options: &EdgeOptions, now: Instant) -> Pressure {
    match cause {
        MoveCause::Hot if node.hottest().is_some_and(|value| value >= options.shed.critical()) => {
            Pressure::Critical
        }
        MoveCause::Hot if of_heat(node).all(|sensor| falls(node, sensor, options)) => Pressure::Easing,
        MoveCause::Heating if !of_heat(node).any(|sensor| rises(node, sensor, options, now)) => {
            Pressure::Easing
        }
        _ => Pressure::Pressing,
    }
}

type Sensor<'a> = (&'a SensorKind, &'a Option<DeviceUuid>);

/// The sensors that are hot, or heat up.
fn of_heat(node: &NodeRow) -> impl Iterator<Item = Sensor<'_>> {
    node.conditions.iter().filter_map(|condition| match condition {
        Condition::Hot { sensor, device } | Condition::Heating { sensor, device } => Some((sensor, device)),
        Condition::Silent | Condition::LowBattery => None,
    })
}

fn thermometer<'a>(node: &'a NodeRow, (sensor, device): Sensor<'_>) -> Option<&'a Thermometer> {
    node.heard().sensors.get(&(*sensor, device.clone()))
}

/// Whether a sensor is below the threshold and falls: one reading is enough to wait for the next.
fn falls(node: &NodeRow, sensor: Sensor<'_>, options: &EdgeOptions) -> bool {
    thermometer(node, sensor).is_some_and(|known| {
        known.reading.known().is_some_and(|value| value < options.hot()) && known.trend.falls()
    })
}

/// Whether a sensor is at the threshold soon.
fn rises(node: &NodeRow, sensor: Sensor<'_>, options: &EdgeOptions, now: Instant) -> bool {
    let forecast = thermometer(node, sensor).and_then(|known| known.trend.forecast(now));
    let left = forecast.and_then(|forecast| forecast.reaches(options.hot()));
    left.is_some_and(|left| left <= options.shed.horizon)
}

/// Whether a device is one whose sensor is hot, or heats up.
pub(super) fn heats(node: &NodeRow, devices: &[DeviceUuid]) -> bool {
    of_heat(node).any(|(_, device)| device.as_ref().is_some_and(|device| devices.contains(device)))
}

/// Whether a node is well, and has been for long enough that work may come back: what is blind attracts nothing.
///
/// Of what was before the start it is not known when it passed: it may have been just then.
pub(in crate::edge) fn is_well(world: &Edge, node: &NodeRow) -> bool {
    let options = &world.options;
    let sensors = || node.heard().sensors.values();
    let cool = sensors().all(|sensor| sensor.reading.known().is_none_or(|value| value <= options.cool()));
    let sees = sensors().next().is_none() || sensors().any(|sensor| sensor.reading.known().is_some());
    let eased_at = node.derived.eased_at.or(world.began);
    let calm = eased_at.is_none_or(|eased| world.now.since(eased) >= options.shed.return_after);
    node.conditions.is_empty() && !node.draining && cool && sees && calm
}

/// What the sensors of a node say that is hot or heats up, in figures.
pub(in crate::edge) fn figures(node: &NodeRow, options: &EdgeOptions, now: Instant) -> Option<String> {
    let of = |(sensor, device): Sensor<'_>| {
        let known = thermometer(node, (sensor, device))?;
        let name = match device {
            Some(device) => format!("{sensor:?} of {device}").to_lowercase(),
            None => format!("{sensor:?}").to_lowercase(),
        };
        let mut words = match known.reading {
            Reading::Known { value, .. } => format!("{name} {value}"),
            Reading::Unknown { why, .. } => format!("{name} unknown, {why}"),
        };
        if let Some(forecast) = known.trend.forecast(now) {
            words.push_str(&format!(", {:+.1} °C a minute", forecast.per_minute()));
            if let Some(left) = forecast.reaches(options.hot()).filter(|left| left.0 > 0) {
                words.push_str(&format!(", {} in {} s", options.hot(), left.0.div_ceil(1_000)));
            }
        }
        Some(words)
    };
    let all: Vec<String> = of_heat(node).filter_map(of).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
