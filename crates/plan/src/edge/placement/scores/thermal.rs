//! Put work where it is cool.

use crate::edge::placement::mix::{Score, Step};

/// A node this far below the threshold is as good as a colder one: a box at rest in a warm hall is about 50 °C, 35 °C below 85 °C.
const COOL_CELSIUS: i16 = 40;

/// *Thermal*: headroom to the temperature at which work leaves. Points: °C, -40 (at the threshold or above) to 0 (40 °C or more below it);
/// -41 where no sensor is believed, behind every temperature that is known. Work: constant. Source: ours.
///
/// Known gap: what the task itself will add is not foreseen; a node's newest temperature already has what it runs in it.
pub struct Thermal;

impl Score for Thermal {
    fn points(&self, step: &Step<'_>) -> i32 {
        let below = step.profile.readings.headroom_celsius.map(|headroom| headroom.clamp(0, COOL_CELSIUS));
        i32::from(below.unwrap_or(-1)) - i32::from(COOL_CELSIUS)
    }
}
