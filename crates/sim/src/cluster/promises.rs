//! What must hold, written from what people are promised and judged by what the store has and what clients were told: no member and no
//! door is asked.

use super::database::Changed;
use super::fleet::{Told, number_of};
use super::log::Line;
use super::promise::{Judged, Promise};
use super::setup::{Fault, Setup};
use super::whereabouts::Whereabouts;
use crate::faults::fleet_book::FleetBook;
use paceline_cluster::RegionRow;
use paceline_engine::Change;
use paceline_model::{Event, Instant, Millis, RegionId, ServerId, VehicleId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long signs of life are remembered: longer than any statement is under way.
const REMEMBERED: Millis = Millis(80_000);

/// A region's history.
#[derive(Default)]
struct Region {
    opening: u64,
    /// All changes that there are, by version.
    changes: Vec<Told>,
    /// At which version each order was placed.
    placed: BTreeMap<u64, u64>,
    /// Who has which order.
    book: FleetBook,
}

impl Region {
    /// One more change stands in its log.
    fn enter(&mut self, name: &RegionId, change: Change) -> Judged {
        let known = self.changes.len() as u64;
        if change.version.0 != known + 1 {
            let what = format!("in {name} {} came after {known}", change.version.0);
            return Err((Promise::OneWriter, what));
        }
        if let Event::OrderPlaced { spec } = &change.event
            && let Some(order) = number_of(&spec.id)
            && let Some(before) = self.placed.insert(order, change.version.0)
        {
            let what = format!("order {order} was placed in {name} at {before} and at {}", change.version.0);
            return Err((Promise::OneEffect, what));
        }
        self.book
            .write_down(&change.event)
            .map_err(|(promise, what)| (Promise::Rides, format!("in {name} {promise} no more: {what}")))?;
        if let Event::VehicleHandedOver { vehicle, .. } = &change.event
            && let Some(order) = self.book.order_of(vehicle)
        {
            return Err((Promise::Rides, format!("{vehicle} left {name}, and {order} is its")));
        }
        self.changes.push(Arc::new(change));
        Ok(())
    }
}

/// The books of a run.
pub(super) struct Promises {
    regions: BTreeMap<RegionId, Region>,
    pub(super) whereabouts: Whereabouts,
    /// When each server gave signs of life.
    signs: BTreeMap<ServerId, Vec<Instant>>,
    /// What each order was answered.
    answers: BTreeMap<u64, u64>,
    /// Silence for which nobody who goes by the time may take a server for lost.
    brief: Millis,
    /// How much older than a statement the reading may be that it rests on.
    hindsight: Millis,
    clocks_jump: bool,
    /// Times that a region changed hands, and when last.
    pub(super) moves: u64,
    pub(super) moved_at: Instant,
}

impl Promises {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            regions: BTreeMap::new(),
            whereabouts: Whereabouts::default(),
            signs: BTreeMap::new(),
            answers: BTreeMap::new(),
            // Clocks run by a quarter too fast at most, and a sign of life is between two readings.
            brief: Millis(setup.options.lost_after.0 * 6 / 10),
            hindsight: Millis(2 * setup.answer_wait.0 + 2 * setup.options.lost_after.0),
            clocks_jump: setup.has(Fault::ClockJumps),
            moves: 0,
            moved_at: Instant::ZERO,
        }
    }

    /// The store has done a statement that was sent then.
    pub(super) fn changed(&mut self, now: Instant, sent: Instant, changed: Changed) -> Judged {
        match changed {
            Changed::Lives(server) => {
                let signs = self.signs.entry(server).or_default();
                signs.push(now);
                signs.retain(|at| now.since(*at) < REMEMBERED);
            }
            Changed::Hands { region, from, by, claimed } => {
                (self.moves, self.moved_at) = (self.moves + 1, now);
                return self.hands((now, sent), &region, &from, &by, claimed);
            }
            Changed::Opened { region, opening } => {
                self.regions.entry(region).or_default().opening = opening;
            }
            Changed::Appended { region, opening, lines } => return self.appended(region, opening, &lines),
        }
        Ok(())
    }

    fn hands(
        &self,
        (now, sent): (Instant, Instant),
        region: &RegionId,
        from: &RegionRow,
        by: &ServerId,
        claimed: bool,
    ) -> Judged {
        let Some(owner) = from.owner.as_ref().filter(|owner| *owner != by) else { return Ok(()) };
        let broken = |what: String| Err((Promise::Owners, what));
        if !claimed {
            return broken(format!("{by} gave {region} away, which was {owner}'s"));
        }
        if !self.clocks_jump && !self.was_silent(owner, now, sent) {
            return broken(format!("{by} took {region} from {owner}, which gave signs of life"));
        }
        Ok(())
    }

    /// Whether there was a silence of a server that whoever sent a statement may have seen.
    fn was_silent(&self, server: &ServerId, now: Instant, sent: Instant) -> bool {
        let Some(signs) = self.signs.get(server) else { return true };
        let since = Instant(sent.0.saturating_sub(u64::from(self.hindsight.0)));
        let next = signs.iter().copied().skip(1).chain([now]);
        let silences = signs.iter().copied().zip(next).filter(|(_, next)| *next >= since);
        let first = signs.first().is_none_or(|first| *first > since && self.hindsight < REMEMBERED);
        first || silences.into_iter().any(|(sign, next)| next.since(sign) >= self.brief)
    }

    fn appended(&mut self, name: RegionId, opening: u64, lines: &[Line]) -> Judged {
        let region = self.regions.entry(name.clone()).or_default();
        if opening != region.opening {
            let what = format!(
                "{name} was written to by its writer number {opening} after number {} had opened it",
                region.opening
            );
            return Err((Promise::OneWriter, what));
        }
        for line in lines {
            for change in (**line).clone().changes() {
                region.enter(&name, change.clone())?;
                self.whereabouts.enter(&name, &change.event)?;
            }
            self.whereabouts.record_ended(&name)?;
        }
        Ok(())
    }

    /// A client was told that its order is placed, at this version.
    pub(super) fn acknowledged(&mut self, region: &RegionId, order: u64, version: u64) -> Judged {
        let placed = self.regions.get(region).and_then(|region| region.placed.get(&order));
        if placed != Some(&version) {
            let what =
                format!("order {order} was acknowledged at {version} of {region}, whose log has {placed:?}");
            return Err((Promise::Kept, what));
        }
        match self.answers.insert(order, version) {
            Some(before) if before != version => {
                Err((Promise::OneEffect, format!("order {order} was answered {before}, then {version}")))
            }
            _ => Ok(()),
        }
    }

    /// Who sends a vehicle around was told that it has left, at this version.
    pub(super) fn left(&self, name: &RegionId, vehicle: &VehicleId, version: u64) -> Judged {
        let changes = self.regions.get(name).map_or(&[][..], |region| &region.changes);
        let change = changes.get((version as usize).wrapping_sub(1));
        let left = change.is_some_and(
            |change| matches!(&change.event, Event::VehicleHandedOver { vehicle: left, .. } if left == vehicle),
        );
        if left {
            return Ok(());
        }
        Err((Promise::Kept, format!("{vehicle} has left {name} at {version}, where its log has {change:?}")))
    }

    /// A reader that was at this position was told this. Returns its new one.
    pub(super) fn read(&self, name: &RegionId, mut position: u64, told: &[Told]) -> Judged<u64> {
        for change in told {
            if change.version.0 != position + 1 {
                let what = format!("the stream of {name} went on with {} after {position}", change.version.0);
                return Err((Promise::Streams, what));
            }
            let known = self.regions.get(name).and_then(|region| region.changes.get(position as usize));
            if known != Some(change) {
                let what = format!("the stream of {name} told {change:?}, and its log has {known:?}");
                return Err((Promise::Kept, what));
            }
            position += 1;
        }
        Ok(position)
    }

    /// Orders that were served.
    pub(super) fn rides(&self) -> u64 {
        self.regions.values().map(|region| region.book.ended() as u64).sum()
    }

    /// Errors: an order that a vehicle has not brought to its end.
    pub(super) fn all_served(&self) -> Result<(), String> {
        for (name, region) in &self.regions {
            if let Some((order, vehicle)) = region.book.carried().next() {
                return Err(format!("{order} of {name} is still {vehicle}'s"));
            }
        }
        Ok(())
    }

    /// How many changes a region's log has.
    pub(super) fn ends_at(&self, region: &RegionId) -> u64 {
        self.regions.get(region).map_or(0, |region| region.changes.len() as u64)
    }
}
