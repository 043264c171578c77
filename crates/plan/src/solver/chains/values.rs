//! What a vehicle can still earn: for each ride and each time at which it may begin, the prizes of the best chain from there.
//!
//! Time stands on a grid of its own in each window. A begin between two slots counts as one at the slot before, so that no chain is
//! earned less for: what comes out is never too low. Rides that come beyond an origin's links count as near as they can be.
//! A chain may come back to a ride as often as its window allows; that too can only add.
//!
//! Whoever begins a ride is free again after more than a block and a slot, so that blocks of time, last to first, hang on later
//! ones alone. Shorter rides are left out here: [`Grid::is_short`].
//! Source: Desrochers, Desrosiers and Solomon, Operations Research 40(2), 1992 (relaxed pricing for windows), by time instead of labels.

use super::problem::{ChainProblem, Link, Ride};

/// What a ride is worth: prizes and values are in parts of it. A chain of 21,000 rides still fits `i32`.
pub const RIDE_VALUE: i32 = 100_000;

/// How fine time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Times within a window are told apart by this much.
    pub slot_ms: u32,
    /// Rides that take less than this have no values; at least twice `slot_ms`.
    pub short_ms: u32,
}

impl Grid {
    /// Whether a ride is too short to be looked at.
    pub fn is_short(self, takes_ms: u32) -> bool {
        takes_ms < self.short_ms
    }
    fn block_ms(self) -> u32 {
        self.short_ms - self.slot_ms
    }
}

/// A ride that may be served, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) prize: i32,
    /// The part of its window in which it may begin.
    pub(super) earliest_ms: u32,
    pub(super) latest_ms: u32,
    /// Whether the chain ends with it.
    pub(super) is_last: bool,
}

impl Offer {
    /// In its whole window.
    pub(super) fn whole(ride: Ride, prize: i32) -> Self {
        Self { prize, earliest_ms: ride.earliest_ms, latest_ms: ride.latest_ms, is_last: false }
    }
}

/// On which side values may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// No chain earns more.
    AtMost,
    /// There is a chain that earns so much: begins count as one of the slot after, and nothing is known beyond the links.
    AtLeast,
}

/// Values by ride and slot.
pub(super) struct Values {
    grid: Grid,
    counts: Counts,
    offers: Vec<Option<Offer>>,
    /// Per ride, where its slots begin; it has none if it is left out.
    first: Vec<usize>,
    slots: Vec<i32>,
    /// Per block, the most that whoever begins a ride in it or later can earn.
    later: Vec<i32>,
}

/// A link between rides that have values.
struct OpenLink {
    drive_ms: u32,
    earliest_ms: u32,
    /// Where the slots of its ride begin and end.
    slots: (u32, u32),
}

/// The links between rides that have values, laid out for the many times that they are gone through.
struct OpenLinks {
    /// Per ride, where its links begin.
    first: Vec<usize>,
    links: Vec<OpenLink>,
}

impl OpenLinks {
    fn new(problem: &ChainProblem, offers: &[Option<Offer>], slots_of: &[usize]) -> Self {
        let mut open = Self { first: vec![0], links: Vec::new() };
        for ride in 0..problem.rides().len() {
            let goes_on =
                offers[ride].is_some_and(|offer| !offer.is_last) && slots_of[ride] < slots_of[ride + 1];
            let links = if goes_on { problem.links(ride) } else { &[] };
            open.links.extend(links.iter().filter_map(|link| {
                let to = link.to as usize;
                let slots = (slots_of[to] as u32, slots_of[to + 1] as u32);
                let earliest_ms = offers[to]?.earliest_ms;
                (slots.0 < slots.1).then_some(OpenLink { drive_ms: link.drive_ms, earliest_ms, slots })
            }));
            open.first.push(open.links.len());
        }
        open
    }
    fn of(&self, ride: usize) -> &[OpenLink] {
        &self.links[self.first[ride]..self.first[ride + 1]]
    }
}

/// A part of a window: the slots of one ride that lie in one block.
struct Part {
    ride: usize,
    prize: i32,
    slots: std::ops::Range<usize>,
    /// When whoever begins at the first of them is free.
    free_ms: u32,
    /// When the block ends: from here on all is filled in.
    end_ms: u32,
}

impl Values {
    /// The values under `offers`, one or none for each ride, of whatever begins at `from_ms` or later.
    pub(super) fn new(
        problem: &ChainProblem,
        offers: Vec<Option<Offer>>,
        grid: Grid,
        counts: Counts,
        from_ms: u32,
    ) -> Self {
        let mut first = vec![0];
        for (ride, offer) in problem.rides().iter().zip(&offers) {
            let open = offer.filter(|offer| !grid.is_short(ride.takes_ms) && offer.latest_ms >= from_ms);
            let slots = open.map_or(0, |offer| (offer.latest_ms - offer.earliest_ms) / grid.slot_ms + 1);
            first.push(first[first.len() - 1] + slots as usize);
        }
        let end_ms = offers.iter().flatten().map(|offer| offer.latest_ms).max().unwrap_or(0);
        let blocks = (end_ms / grid.block_ms() + 1) as usize;
        let slots = vec![0; first[first.len() - 1]];
        let mut values = Self { grid, counts, offers, first, slots, later: vec![0; blocks + 1] };
        let window_ms =
            problem.rides().iter().map(|ride| ride.latest_ms - ride.earliest_ms).max().unwrap_or(0);
        let links = OpenLinks::new(problem, &values.offers, &values.first);
        let mut scratch = Vec::new();
        let begin = (from_ms.saturating_sub(grid.slot_ms) / grid.block_ms()) as usize;
        for block in (begin.min(blocks)..blocks).rev() {
            values.later[block] = values.later[block + 1];
            let start_ms = block as u32 * grid.block_ms();
            let begin =
                problem.rides().partition_point(|ride| ride.earliest_ms.saturating_add(window_ms) < start_ms);
            for ride in begin..problem.rides().len() {
                if problem.rides()[ride].earliest_ms >= start_ms + grid.block_ms() {
                    break;
                }
                if let Some(part) = values.part(problem, ride, start_ms) {
                    values.fill(problem, &part, links.of(ride), &mut scratch);
                    values.later[block] =
                        values.later[block].max(values.slots[values.first[ride] + part.slots.start]);
                }
            }
        }
        values
    }

    /// The most that can be earned by an origin from when it is free.
    pub(super) fn of(&self, problem: &ChainProblem, origin: usize, free_ms: u32) -> i32 {
        let links = problem.links(origin).iter();
        let by_link = links.filter_map(|link| self.by_link(problem, free_ms, *link));
        by_link.fold(self.beyond(problem, origin, free_ms), i32::max)
    }

    /// What is earned by following a link; `None` if that is too late, or leads to a short ride.
    pub(super) fn by_link(&self, problem: &ChainProblem, free_ms: u32, link: Link) -> Option<i32> {
        let offer = self.offers[link.to as usize]?;
        let start_ms = problem.start_ms(free_ms, link.drive_ms, link.to)?.max(offer.earliest_ms);
        let slots = &self.slots[self.first[link.to as usize]..self.first[link.to as usize + 1]];
        let slot = usize::try_from(self.slot(start_ms, offer.earliest_ms)).ok()?;
        slots.get(slot).copied()
    }

    /// The slot of a time in a window that begins at `earliest_ms`; negative before it.
    fn slot(&self, at_ms: u32, earliest_ms: u32) -> i64 {
        let (after, slot) = (i64::from(at_ms) - i64::from(earliest_ms), i64::from(self.grid.slot_ms));
        match self.counts {
            Counts::AtMost => after.div_euclid(slot),
            Counts::AtLeast => -(-after).div_euclid(slot),
        }
    }

    /// The most that can be earned beyond an origin's links.
    fn beyond(&self, problem: &ChainProblem, origin: usize, free_ms: u32) -> i32 {
        if self.counts == Counts::AtLeast {
            return 0;
        }
        let beyond = problem.beyond(origin);
        self.from(beyond.earliest_ms.max(free_ms)).max(self.from(free_ms.saturating_add(beyond.drive_ms)))
    }
    /// The most that whoever begins a ride at `start_ms` or later can earn.
    pub(super) fn from(&self, start_ms: u32) -> i32 {
        // Its begin may count as one of the slot before.
        let start_ms = start_ms.saturating_sub(self.grid.slot_ms);
        self.later.get((start_ms / self.grid.block_ms()) as usize).copied().unwrap_or(0)
    }

    /// The slots of a ride in the block that begins at `start_ms`.
    fn part(&self, problem: &ChainProblem, row: usize, start_ms: u32) -> Option<Part> {
        let offer = self.offers[row]?;
        let count = self.first[row + 1] - self.first[row];
        if count == 0 {
            return None;
        }
        let slot_of = |ms: u32| (ms.saturating_sub(offer.earliest_ms)).div_ceil(self.grid.slot_ms) as usize;
        let end_ms = start_ms + self.grid.block_ms();
        let slots = slot_of(start_ms)..slot_of(end_ms).min(count);
        let begin_ms = offer.earliest_ms + slots.start as u32 * self.grid.slot_ms;
        let free_ms = begin_ms.saturating_add(problem.rides()[row].takes_ms);
        (!slots.is_empty()).then_some(Part { ride: row, prize: offer.prize, slots, free_ms, end_ms })
    }

    /// Fills in a part: later ones are there already.
    fn fill(&mut self, problem: &ChainProblem, part: &Part, links: &[OpenLink], best: &mut Vec<i32>) {
        let slot_ms = self.grid.slot_ms;
        let own = self.first[part.ride]..self.first[part.ride + 1];
        // Whoever begins sooner can do all that whoever begins later can.
        let seed = self.slots[own.clone()].get(part.slots.end).map_or(0, |value| value - part.prize);
        best.clear();
        let at = |slot: usize| part.free_ms.saturating_add(slot as u32 * slot_ms);
        best.extend((0..part.slots.len()).map(|slot| seed.max(self.beyond(problem, part.ride, at(slot)))));
        for link in links {
            let values = &self.slots[link.slots.0 as usize..link.slots.1 as usize];
            // A whole window that is filled in, and is worth most at its begin: most links are passed over here.
            if best.last().is_some_and(|&least| values[0] <= least) && link.earliest_ms >= part.end_ms {
                continue;
            }
            follow(best, values, self.slot(part.free_ms.saturating_add(link.drive_ms), link.earliest_ms));
        }
        for (value, best) in self.slots[own][part.slots.clone()].iter_mut().zip(best) {
            *value = *best + part.prize;
        }
    }
}

/// Raises `best`, slot by slot, to what is earned by beginning `shift` slots further on; before the first slot one waits for it.
fn follow(best: &mut [i32], values: &[i32], shift: i64) {
    let Some(&most) = values.get(usize::try_from(shift).unwrap_or(0)) else { return };
    // Values fall: the first is the most that there is to gain, and the last is the least that there is.
    if best.last().is_none_or(|&least| most <= least) {
        return;
    }
    let waits = usize::try_from(-shift).unwrap_or(0).min(best.len());
    let (waiting, in_time) = best.split_at_mut(waits);
    waiting.iter_mut().for_each(|best| *best = (*best).max(most));
    let values = values.get(usize::try_from(shift).unwrap_or(0)..).unwrap_or_default();
    for (best, &value) in in_time.iter_mut().zip(values) {
        *best = (*best).max(value);
    }
}
