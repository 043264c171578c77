//! From a drive to watt-hours: what the wheels use, and what everything else in the vehicle uses meanwhile.
//!
//! energy = consumption x effort + auxiliary power x time. *Effort* is the length of each road times the factor of its speed,
//! so that consumption may stand for one vehicle at its nominal speed; see `energy.rs` for the table and its source. Left out:
//! slopes, temperature, and what braking gives back (the table's consumption has it in for a flat city).

use crate::leg::{Leg, Path};
use paceline_model::{Charge, Millis, MilliwattHours, MilliwattHoursPerKm};

/// A vehicle's consumption: per effort driven and per time, driving or standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnergyModel {
    /// Driving at the speed at which the factor is 1.
    pub consumption: MilliwattHoursPerKm,
    /// Heating, cooling, computers: drawn as long as it is on, driving or standing, in watts.
    pub auxiliary_w: u32,
}

impl EnergyModel {
    /// What a drive uses; [`MilliwattHours`] at its most if no path leads there.
    pub fn driving(&self, leg: Leg) -> MilliwattHours {
        if !leg.is_reachable() {
            return MilliwattHours(u32::MAX);
        }
        self.consumption.over(leg.effort).saturating_add(self.standing(leg.time))
    }
    /// What standing with everything on uses.
    pub fn standing(&self, span: Millis) -> MilliwattHours {
        let mwh = u64::from(self.auxiliary_w) * u64::from(span.0) / 3_600;
        MilliwattHours(mwh.min(u64::from(u32::MAX)) as u32)
    }
    /// The same as [`Self::driving`] in microwatt-hours, exact enough to be added up edge by edge.
    pub(crate) fn driving_uwh(&self, leg: Leg) -> u64 {
        let wheels = u64::from(self.consumption.0) * u64::from(leg.effort.0) / 100;
        wheels + u64::from(self.auxiliary_w) * u64::from(leg.time.0) * 10 / 36
    }
    /// How full a battery of `capacity` that is `start` full at the beginning is at each step of the path; empty stays empty.
    pub fn charge_along(&self, path: &Path, capacity: MilliwattHours, start: Charge) -> Vec<Charge> {
        let energy = start.of(capacity);
        let left = |leg| Charge::in_battery(energy.saturating_sub(self.driving(leg)), capacity);
        path.steps.iter().map(|step| left(step.at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leg::PathStep;
    use paceline_model::{Centimetres, Position};

    const MODEL: EnergyModel = EnergyModel { consumption: MilliwattHoursPerKm(150_000), auxiliary_w: 600 };

    fn leg(seconds: u32, effort_m: u32) -> Leg {
        let effort = Centimetres(effort_m * 100);
        Leg { time: Millis::from_secs(seconds), distance: effort, effort }
    }

    #[test]
    fn wheels_and_auxiliary_load_add_up() {
        // 2 km at 150 Wh/km, and 600 W for six minutes.
        assert_eq!(MODEL.driving(leg(360, 2_000)), MilliwattHours(300_000 + 60_000));
        assert_eq!(MODEL.standing(Millis::from_secs(3_600)), MilliwattHours(600_000));
        assert_eq!(MODEL.driving_uwh(leg(360, 2_000)), 360_000_000);
        assert_eq!(MODEL.driving(Leg::UNREACHABLE), MilliwattHours(u32::MAX));
    }

    #[test]
    fn the_charge_falls_along_the_path_and_stops_at_empty() {
        let step = |seconds, metres| PathStep { position: Position::default(), at: leg(seconds, metres) };
        let steps = vec![step(0, 0), step(360, 2_000), step(720, 4_000), step(3_600, 20_000)];
        let path = Path { leg: steps[3].at, edges: Vec::new(), steps };
        let charges =
            MODEL.charge_along(&path, MilliwattHours(3_600_000), Charge::from_percent(50.0).unwrap());
        let percents: Vec<f64> = charges.into_iter().map(Charge::as_percent).collect();
        assert_eq!(percents, [50.0, 40.0, 30.0, 0.0]);
    }
}
