//! What carries a region's vehicles to others, as a server does (`crates/serve/src/hand_over/deliver.rs`): the real [`Errands`] say whom to tell what,
//! and when again; each telling goes through this process's own door.

use super::Process;
use super::message::{Effect, Timer};
use super::under_way::{Caller, Courier};
use crate::cluster::calls::{Call, Said, What};
use crate::cluster::fleet::plain;
use crate::cluster::setup::Planted;
use paceline_engine::fleet::{Errands, Next};
use paceline_model::{HandOver, HandOverNumber, RegionId};
use std::sync::Arc;

impl Process {
    /// Looks what there is to tell, from the beginning.
    pub(super) fn look(&mut self, region: &RegionId) {
        let look = self.number();
        let courier = self.couriers.entry(region.clone()).or_default();
        *courier = Courier { look, ..Courier::default() };
        if let Some((_, host)) = self.hosts.get_mut(region) {
            host.look(look);
        }
    }

    /// Tells each region the first of its own.
    pub(super) fn looked(&mut self, region: &RegionId, look: u64, errands: Errands) {
        let Some(courier) = self.couriers.get_mut(region).filter(|courier| courier.look == look) else {
            return;
        };
        let firsts = errands.firsts.clone();
        (courier.under_way, courier.errands) = (firsts.len(), errands);
        if firsts.is_empty() {
            return self.rest(region);
        }
        for given in firsts {
            self.carry(region, look, given);
        }
    }

    fn carry(&mut self, region: &RegionId, look: u64, given: HandOver) {
        let told = match self.spec.planted {
            // Under another number each time.
            Some(Planted::NumberedWhenSent) => HandOver { number: HandOverNumber(look), ..given.clone() },
            _ => given.clone(),
        };
        let what = What::Take(region.clone(), Arc::new(told));
        let call = Call { attempt: 0, region: given.to.clone(), what };
        if self.spec.planted == Some(Planted::ForgottenWhenSent) {
            self.note_taken(region, look, &given);
            return self.at_door(call, Caller::Nobody);
        }
        self.at_door(call, Caller::Courier(region.clone(), look, Arc::new(given)));
    }

    /// Another region has answered, or has not.
    pub(super) fn carried(&mut self, region: &RegionId, look: u64, given: &HandOver, said: &Said) {
        match said {
            Said::Receipt(_) => self.note_taken(region, look, given),
            _ => self.done(region, look, false),
        }
    }

    fn note_taken(&mut self, region: &RegionId, look: u64, given: &HandOver) {
        let now = self.now;
        let host = self.hosts.get_mut(region).map(|(_, host)| host);
        match host.filter(|host| host.takes_commands()) {
            Some(host) => {
                host.command(now, plain(Errands::taken(given)), Caller::Note(region.clone(), look));
            }
            None => self.done(region, look, false),
        }
    }

    /// Nothing more comes of one of the tellings of a look.
    pub(super) fn done(&mut self, region: &RegionId, look: u64, noted: bool) {
        let Some(courier) = self.couriers.get_mut(region).filter(|courier| courier.look == look) else {
            return;
        };
        courier.under_way = courier.under_way.saturating_sub(1);
        courier.noted |= noted;
        if courier.under_way == 0 {
            self.rest(region);
        }
    }

    fn rest(&mut self, region: &RegionId) {
        let Some(courier) = self.couriers.get_mut(region) else { return };
        let next = Errands::next(Some(&courier.errands), courier.noted);
        if next == Next::Look || courier.woken {
            return self.look(region);
        }
        courier.rests = true;
        if let Next::Within(span) = next {
            self.effects.push(Effect::After(span, Timer::Courier(region.clone(), courier.look)));
        }
    }

    /// A vehicle has left.
    pub(super) fn wake(&mut self, region: &RegionId) {
        let Some(courier) = self.couriers.get_mut(region) else { return };
        courier.woken = true;
        if courier.rests {
            self.look(region);
        }
    }

    /// It has rested long enough.
    pub(super) fn look_again(&mut self, region: &RegionId, look: u64) {
        if self.couriers.get(region).is_some_and(|courier| courier.look == look && courier.rests) {
            self.look(region);
        }
    }
}
