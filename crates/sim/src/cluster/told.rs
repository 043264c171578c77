//! What clients make of what they are told.

use super::calls::Said;
use super::clients::Who;
use super::promise::{Judged, Promise};
use super::simulation::{AGAIN_AFTER, Simulation};
use super::step::Step;
use paceline_model::Millis;

/// Between two questions of a reader.
const READ_EVERY: Millis = Millis(400);

impl Simulation<'_> {
    /// A client is told something.
    pub(super) fn told(&mut self, attempt: u64, said: Said) -> Judged {
        let Some((who, took, open)) = self.clients.close(self.now, attempt) else { return Ok(()) };
        match (who, said) {
            (Who::Order(order), Said::Receipt(version)) => {
                let region = self.regions[self.clients.region_of(order)].clone();
                self.promises.acknowledged(&region, order as u64, version)?;
                if self.setup.is_healthy() {
                    self.stats.planned_wait_max = self.stats.planned_wait_max.max(took);
                }
                self.stats.orders += 1;
                self.clients.done(order);
            }
            (Who::Reader(region), Said::Changes(changes)) if open => {
                let before = self.clients.position(region);
                let position = self.promises.read(&self.regions[region], before, &changes)?;
                self.clients.read_to(region, position);
                self.at(self.now + READ_EVERY, Step::Send(who));
            }
            (Who::Rover(number), Said::Receipt(version)) if open => return self.roved(number, version),
            (Who::Rover(number), Said::Denied(refusal)) if open => {
                let next =
                    self.clients.rovers.get_mut(number).and_then(|rover| rover.denied(self.now, &refusal));
                match next {
                    Some(next) => self.at(next, Step::Send(who)),
                    None => return Err((Promise::Kept, format!("{who:?} was refused: {refusal}"))),
                }
            }
            (Who::Order(order), Said::Denied(refusal)) if open => {
                return Err((Promise::Kept, format!("order {order} was refused: {refusal}")));
            }
            (_, said @ (Said::Refused | Said::Unanswered)) if open => {
                if self.setup.is_healthy() {
                    return Err((Promise::PlannedMoves, format!("{who:?} was told {said:?} after {took}")));
                }
                self.stats.refused += u64::from(matches!(said, Said::Refused));
                self.stats.unanswered += u64::from(matches!(said, Said::Unanswered));
                self.at(self.now + AGAIN_AFTER, Step::Send(who));
            }
            _ => {}
        }
        Ok(())
    }

    /// A vehicle has joined or left.
    fn roved(&mut self, number: usize, version: u64) -> Judged {
        let Some(rover) = self.clients.rovers.get(number) else { return Ok(()) };
        let (region, vehicle) = (rover.region().clone(), rover.vehicle.clone());
        let (left, next) = self.clients.roved(self.now, number);
        self.at(next, Step::Send(Who::Rover(number)));
        if left { self.promises.left(&region, &vehicle, version) } else { Ok(()) }
    }
}
