//! What becomes of each region here: taken when nobody lives who has it, given away when another is ready.

use super::held::Held;
use super::{Member, Output};
use crate::table::{RegionRow, Term};
use paceline_model::{Instant, Millis, RegionId, ServerId};

/// Time until a region that could not be opened is tried again.
const RETRY_AFTER: Millis = Millis(5_000);

impl Member {
    /// A region that is not held here: is it to be?
    pub(super) fn consider(&mut self, region: &RegionId, row: &RegionRow, ranked: &[ServerId]) {
        let wanted = ranked.first() == Some(&self.me);
        let mine = row.owner.as_ref() == Some(&self.me);
        if !wanted {
            if mine && !self.is_replaced() {
                // Given up before, and the table was not told.
                self.ask(region, Held::Releasing, Output::Release(region.clone(), row.term, None));
            }
            return;
        }
        let free = row.owner.as_ref().is_none_or(|owner| mine || !self.may_live(owner));
        let too_soon = self.retry_at.get(region).is_some_and(|at| self.now < *at);
        if free && !too_soon {
            self.ask(region, Held::Claiming, Output::Claim(region.clone(), row.term));
        }
    }

    /// Whether an owner lives. One that is not in the table was taken out of it, and does not.
    fn may_live(&self, owner: &ServerId) -> bool {
        self.presence.is_alive(owner, &self.options)
    }

    /// A region that runs here: is it still to?
    pub(super) fn reconsider(&mut self, region: &RegionId, row: &RegionRow, term: Term, ranked: &[ServerId]) {
        // A reading from before the claim says less than the claim's answer.
        if row.term > term || self.is_replaced() {
            self.ask(region, Held::Closing(None), Output::Close(region.clone()));
            return;
        }
        let Some(heir) = self.heir(row, ranked) else { return };
        let moving = self.held.values().filter(|held| matches!(held, Held::Closing(_) | Held::Releasing));
        let free = moving.count() < self.options.moves_max;
        let alone = heir.is_none();
        if free && (alone || row.follower == heir) {
            self.ask(region, Held::Closing(Some((term, heir))), Output::Close(region.clone()));
        }
    }

    /// Who is to have a region that runs here. `None`: this server; `Some(None)`: it is to be given up, and there is nobody else.
    fn heir(&self, row: &RegionRow, ranked: &[ServerId]) -> Option<Option<ServerId>> {
        match ranked.first() {
            None if self.ending => Some(None),
            Some(first) if *first != self.me => {
                // Who has just come may go again; who gives everything away, or was told to, does not wait.
                let told = row.pinned.as_ref() == Some(first) || !ranked.contains(&self.me);
                (told || self.presence.is_settled(first, &self.options)).then(|| Some(first.clone()))
            }
            _ => None,
        }
    }

    pub(super) fn claimed(&mut self, region: RegionId, term: Option<Term>) {
        if self.held.get(&region) != Some(&Held::Claiming) {
            return;
        }
        match term {
            Some(term) => {
                self.following.remove(&region);
                self.ask(&region, Held::Opening(term), Output::Open(region.clone()));
            }
            None => _ = self.held.remove(&region),
        }
    }

    pub(super) fn opened(&mut self, region: RegionId) {
        if let Some(Held::Opening(term)) = self.held.get(&region) {
            self.held.insert(region, Held::Running(*term));
        }
    }

    pub(super) fn failed(&mut self, region: RegionId) {
        if let Some(Held::Opening(term)) = self.held.get(&region) {
            let term = *term;
            self.retry_at.insert(region.clone(), Instant(self.now.0 + u64::from(RETRY_AFTER.0)));
            self.ask(&region, Held::Releasing, Output::Release(region.clone(), term, None));
        }
    }

    pub(super) fn closed(&mut self, region: RegionId) {
        match self.held.get(&region).cloned() {
            Some(Held::Closing(Some((term, heir)))) => {
                self.ask(&region, Held::Releasing, Output::Release(region.clone(), term, heir));
            }
            Some(Held::Closing(None)) => _ = self.held.remove(&region),
            _ => {}
        }
    }

    pub(super) fn fenced(&mut self, region: RegionId) {
        if matches!(self.held.get(&region), Some(Held::Running(_))) {
            self.ask(&region, Held::Closing(None), Output::Close(region.clone()));
        }
    }

    fn ask(&mut self, region: &RegionId, held: Held, output: Output) {
        self.held.insert(region.clone(), held);
        self.outputs.push_back(output);
    }
}
