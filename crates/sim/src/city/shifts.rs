//! Shifts: vehicles that come later than the day begins, and go before it ends.

use super::City;
use super::wake::Wake;
use crate::agent::Doing;
use crate::day::Starting;
use paceline_model::{Command, Instant, Reading, VehicleIdx};

impl City {
    /// A vehicle that is there from the start, or will come.
    pub(super) fn expect(&mut self, vehicle: Starting, start: Instant) {
        match vehicle.shift.from.filter(|from| *from > start) {
            None => self.join(vehicle, start),
            Some(from) => {
                self.appoint(from, Wake::Begin(self.later.len()));
                self.later.push(vehicle);
            }
        }
    }

    pub(super) fn begin_shift(&mut self, at: Instant, number: usize) {
        let Some(vehicle) = self.later.get(number).cloned() else { return };
        let reading = Reading { at, ..vehicle.reading };
        self.join(Starting { reading, ..vehicle }, at);
    }

    /// It goes now if it has nothing to do for riders, and else when that is done.
    pub(super) fn end_shift(&mut self, agent: VehicleIdx) {
        let vehicle = &mut self.agents[agent];
        vehicle.leaves = true;
        let is_free =
            matches!(vehicle.doing, Doing::Idle | Doing::ToRank | Doing::ToCharger(_) | Doing::Charging(..));
        if is_free && vehicle.aboard.is_empty() && vehicle.route.is_empty() {
            let id = vehicle.spec.id.clone();
            self.command(Command::RetireVehicle(id));
        }
    }
}
