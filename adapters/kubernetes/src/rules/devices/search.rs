//! The devices of a node that meet claims together.
//!
//! Alternatives first, request by request, the best of each before the others; then devices for these, depth first. So the first answer has the
//! best alternatives, those of earlier requests counting first. The search is exact: it ends with devices, or because there are none, or after
//! [`TRIES_MAX`] tries, which it says. What keeps it short: devices of one request are tried in one order only, and none is tried where one that is like it in all that matters
//! has failed.

use super::fits::{Fit, Fits};
use super::inventory::{Inventory, UnitIdx};
use super::taken::Taken;
use super::wanted::{Wanted, Way};
use crate::amount::{Amount, Amounts};
use crate::cluster::{Attribute, Constraint, Consumes};
use crate::expression::NoAnswer;
use std::collections::BTreeSet;

/// Devices that are tried for a pod on a node at most.
const TRIES_MAX: u32 = 20_000;
/// The API takes so many devices for a claim at most.
const GIVEN_MAX: usize = 32;

/// Why there are no devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoDevices {
    /// Those that there are do not do, or are taken.
    Missing,
    /// The same, and of some an expression says neither yes nor no.
    Unclear(NoAnswer),
    /// There may be some: it would take too long to find them.
    TooMany,
}

/// A device that a request gets.
#[derive(Clone, Debug)]
pub(super) struct Pick<'c> {
    /// The claim, by its place among those wanted.
    pub(super) claim: usize,
    pub(super) way: Way<'c>,
    pub(super) unit: UnitIdx,
    /// What of it; `None`: all.
    pub(super) share: Option<Amounts>,
}

/// Finds devices among these for all claims.
pub(super) fn search<'c>(
    inventory: &Inventory<'c>,
    taken: &Taken,
    wanted: &[Wanted<'c>],
    units: &[UnitIdx],
) -> Result<Vec<Pick<'c>>, NoDevices> {
    let requests = wanted.iter().enumerate().flat_map(|(claim, wanted)| {
        wanted.requests.iter().map(move |ways| {
            let ways = ways.iter().map(|way| (*way, Fits::of(inventory, units, way)));
            Request { claim, ways: ways.collect() }
        })
    });
    let requests: Vec<_> = requests.collect();
    let (chosen, picks) = (Vec::new(), Vec::new());
    let mut search = Search { inventory, taken, wanted, requests: &requests, chosen, picks, tries: 0 };
    match search.choose() {
        Ok(true) => Ok(search.picks),
        Ok(false) => {
            let mut ways = requests.iter().flat_map(|request| &request.ways);
            Err(ways
                .find_map(|(_, fits)| fits.unclear.clone())
                .map_or(NoDevices::Missing, NoDevices::Unclear))
        }
        Err(TooMany) => Err(NoDevices::TooMany),
    }
}

/// The search has taken as many tries as it may.
struct TooMany;

/// A request with the ways to meet it, and what would do for each.
struct Request<'c> {
    claim: usize,
    ways: Vec<(Way<'c>, Fits)>,
}

struct Search<'s, 'c> {
    inventory: &'s Inventory<'c>,
    taken: &'s Taken,
    wanted: &'s [Wanted<'c>],
    requests: &'s [Request<'c>],
    /// The alternatives of the first requests; only these are met.
    chosen: Vec<usize>,
    picks: Vec<Pick<'c>>,
    tries: u32,
}

impl<'s, 'c> Search<'s, 'c> {
    /// Chooses alternatives for the requests that have none yet, and devices for all.
    fn choose(&mut self) -> Result<bool, TooMany> {
        let at = self.chosen.len();
        let Some(request) = self.requests.get(at) else { return Ok(true) };
        // Where there is no choice, it need not be asked whether this goes so far.
        let is_asked = request.ways.len() > 1 || at + 1 == self.requests.len();
        for way in 0..request.ways.len() {
            self.chosen.push(way);
            self.picks.clear();
            if (!is_asked || self.request(0)?) && self.choose()? {
                return Ok(true);
            }
            self.chosen.pop();
        }
        Ok(false)
    }

    /// Meets this request and those after it, as far as alternatives are chosen.
    fn request(&mut self, at: usize) -> Result<bool, TooMany> {
        let Some((way, fits)) = self.way(at) else { return Ok(true) };
        match way.count() {
            Some(count) => self.some(at, way, &fits.all, count),
            None => self.every(at, way, fits),
        }
    }

    fn way(&self, at: usize) -> Option<(Way<'c>, &'s Fits)> {
        let (way, fits) = &self.requests.get(at)?.ways[*self.chosen.get(at)?];
        Some((*way, fits))
    }

    /// Takes all that match, and meets the requests that follow.
    fn every(&mut self, at: usize, way: Way<'c>, fits: &'s Fits) -> Result<bool, TooMany> {
        let before = self.picks.len();
        let is_met = !fits.all.is_empty()
            && !fits.is_short
            && fits.all.iter().all(|fit| self.pick(at, way, fit))
            && self.request(at + 1)?;
        if !is_met {
            self.picks.truncate(before);
        }
        Ok(is_met)
    }

    /// Takes so many of these, and meets the requests that follow.
    fn some(&mut self, at: usize, way: Way<'c>, fits: &'s [Fit], count: usize) -> Result<bool, TooMany> {
        if count == 0 {
            return self.request(at + 1);
        }
        let mut failed: Vec<&Fit> = Vec::new();
        for (from, fit) in fits.iter().enumerate() {
            if count > fits.len() - from {
                break;
            }
            if failed.iter().any(|other| self.is_alike(other.unit, fit.unit)) {
                continue;
            }
            self.tries += 1;
            if self.tries > TRIES_MAX {
                return Err(TooMany);
            }
            if self.pick(at, way, fit) {
                // So many devices are asked for: two shares of one are not two, though two requests may have them.
                if self.some(at, way, &fits[from + 1..], count - 1)? {
                    return Ok(true);
                }
                self.picks.pop();
            }
            failed.push(fit);
        }
        Ok(false)
    }

    /// Takes a device, if it is free and its claim's constraints allow it.
    fn pick(&mut self, at: usize, way: Way<'c>, fit: &Fit) -> bool {
        let claim = self.requests[at].claim;
        let pick = Pick { claim, way, unit: fit.unit, share: fit.share.clone() };
        let given = self.picks.iter().filter(|other| other.claim == claim).count();
        let may = given < GIVEN_MAX && self.is_free(&pick) && self.is_allowed(&pick);
        if may {
            self.picks.push(pick);
        }
        may
    }

    fn is_free(&self, pick: &Pick<'_>) -> bool {
        let unit = pick.unit;
        let mut here = self.picks.iter().filter(|other| other.unit == unit).peekable();
        let is_new = !self.taken.is_used(unit) && here.peek().is_none();
        let has_room = match &pick.share {
            None => is_new,
            Some(share) => {
                let before: Vec<_> = here.filter_map(|other| other.share.as_ref()).collect();
                !self.taken.is_whole(unit) && self.has_room(unit, share, &before)
            }
        };
        has_room && (!is_new || self.has_counters(unit))
    }

    fn has_room(&self, unit: UnitIdx, share: &Amounts, before: &[&Amounts]) -> bool {
        self.inventory.units[unit].device.capacity.values().all(|capacity| {
            let name = &capacity.spelled;
            let picked = before.iter().fold(Amount::ZERO, |sum, share| sum.plus(share.get(name)));
            let used = self.taken.share(unit, name).plus(picked);
            share.get(name).plus(used) <= capacity.value
        })
    }

    /// Whether the pool has left what a device consumes that nobody uses yet.
    fn has_counters(&self, unit: UnitIdx) -> bool {
        let Draw { pool, consumes } = self.consumes(unit);
        let newly: BTreeSet<_> = self.picks.iter().map(|pick| pick.unit).collect();
        let newly = newly.into_iter().filter(|other| !self.taken.is_used(*other));
        let newly: Vec<_> =
            newly.map(|other| self.consumes(other)).filter(|other| other.pool == pool).collect();
        consumes.iter().all(|own| {
            let Some(there) = self.inventory.pools[pool].counters.get(&own.set) else { return false };
            own.counters.iter().all(|(name, amount)| {
                let others = newly.iter().flat_map(|other| other.consumes.iter());
                let others =
                    others.filter(|other| other.set == own.set).map(|other| other.counters.get(name));
                let used = others.fold(self.taken.counter(pool, &own.set, name), Amount::plus);
                amount.plus(used) <= there.get(name)
            })
        })
    }

    fn consumes(&self, unit: UnitIdx) -> Draw<'c> {
        let unit = &self.inventory.units[unit];
        Draw { pool: unit.pool, consumes: &unit.device.consumes }
    }

    /// Whether the constraints of its claim allow a device beside those picked before.
    fn is_allowed(&self, pick: &Pick<'_>) -> bool {
        let constraints = &self.wanted[pick.claim].claim.constraints;
        let mut about = constraints.iter().filter(|one| one.is_about(&pick.way.alternative.name));
        about.all(|one| {
            let Some(own) = self.attribute(pick.unit, one) else { return false };
            let beside = self.picks.iter().filter(|other| other.claim == pick.claim);
            let mut beside = beside.filter(|other| one.is_about(&other.way.alternative.name));
            beside.all(|other| {
                self.attribute(other.unit, one).is_some_and(|value| value.is(own) == one.is_same)
            })
        })
    }

    fn attribute(&self, unit: UnitIdx, constraint: &Constraint) -> Option<&'c Attribute> {
        self.inventory.units[unit].device.attributes.get(&constraint.attribute)
    }

    /// Whether two devices may stand for each other in all that is still to be picked.
    fn is_alike(&self, a: UnitIdx, b: UnitIdx) -> bool {
        let of = |unit: UnitIdx| &self.inventory.units[unit];
        let is_picked = |unit: UnitIdx| self.picks.iter().any(|pick| pick.unit == unit);
        let (one, other) = (of(a), of(b));
        let mut fits = (0..self.chosen.len()).filter_map(|at| self.way(at));
        let mut constraints = self.wanted.iter().flat_map(|wanted| &wanted.claim.constraints);
        one.pool == other.pool
            && one.device.consumes == other.device.consumes
            && (!one.device.is_shared || one.device.capacity == other.device.capacity)
            && self.taken.is_alike(a, b)
            && !is_picked(a)
            && !is_picked(b)
            && constraints.all(|one| self.attribute(a, one) == self.attribute(b, one))
            && fits.all(|(_, fits)| fits.get(a).map(|fit| &fit.share) == fits.get(b).map(|fit| &fit.share))
    }
}

/// What a device takes from the counters of its pool.
struct Draw<'c> {
    pool: usize,
    consumes: &'c [Consumes],
}
