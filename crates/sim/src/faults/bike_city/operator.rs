//! What operators do, whatever happens.

use super::crews::Crews;
use super::feed::Feed;
use super::names::{order_id, station_id};
use paceline_model::bikes::Command;
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;

/// Things that an operator does in a run, at most.
const DEEDS_MAX: usize = 16;

/// An operator, with what there is to operate.
pub(super) struct Operator<'a> {
    pub(super) rng: &'a mut Rng,
    pub(super) feed: &'a mut Feed,
    pub(super) crews: &'a mut Crews,
    /// What is said, and when.
    pub(super) says: Vec<(Instant, Command)>,
}

impl Operator<'_> {
    /// Everything that an operator does between `start` and the end of the faults.
    pub(super) fn operate(&mut self, start: Instant, lasts: Millis) {
        for _ in 0..1 + self.rng.below(DEEDS_MAX) {
            let at = start + Millis(self.rng.below(lasts.0 as usize) as u32);
            match self.rng.below(8) {
                0 | 1 => self.want_other_stocks(at),
                2 => self.close(at),
                3 => self.take_out(at),
                4 | 5 => self.change_van(at),
                6 => self.take_van_out(at),
                _ => {
                    let order = order_id(1 + self.rng.below(30));
                    self.say(at, Command::Withdraw(order, String::new()));
                }
            }
        }
    }

    fn say(&mut self, at: Instant, command: Command) {
        self.says.push((at, command));
    }

    fn some_station(&mut self) -> usize {
        let count = self.feed.count().max(1);
        self.rng.below(count)
    }

    fn want_other_stocks(&mut self, at: Instant) {
        let number = self.some_station();
        if let Some(spec) = self.feed.redraw(number) {
            self.say(at, Command::PutStation(spec));
        }
    }

    fn close(&mut self, at: Instant) {
        let id = station_id(self.some_station());
        let later = Millis(self.rng.below(40_000) as u32);
        self.say(at, Command::CloseStation(id.clone()));
        self.say(at + later, Command::OpenStation(id));
    }

    /// A station is taken out, and comes back or does not.
    fn take_out(&mut self, at: Instant) {
        let number = self.some_station();
        self.say(at, Command::RemoveStation(station_id(number)));
        if self.rng.below(3) > 0
            && let Some(spec) = self.feed.specs().into_iter().nth(number)
        {
            let later = Millis(self.rng.below(20_000) as u32);
            self.say(at + later, Command::PutStation(spec));
        }
    }

    /// Another capacity, another shift, or another count aboard.
    fn change_van(&mut self, at: Instant) {
        let spec = self.crews.redrawn(at, self.rng);
        let aboard = (self.rng.below(3) == 0).then(|| self.rng.below(12) as u32);
        self.say(at, Command::PutVan(spec, aboard));
    }

    /// A van is taken out, if nothing is aboard, and begins another shift.
    fn take_van_out(&mut self, at: Instant) {
        let spec = self.crews.redrawn(at, self.rng);
        self.say(at, Command::RemoveVan(spec.id.clone()));
        let later = Millis(self.rng.below(20_000) as u32);
        self.say(at + later, Command::PutVan(spec, None));
    }
}
