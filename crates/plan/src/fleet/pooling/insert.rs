//! Level one: where in which route does one more party cost least? Each place is tested in constant time by slack.
//!
//! For one vehicle with n stops there are about n²/2 pairs of places; a walk ends where the window has passed. Routes of
//! four seats have fewer than ten stops, where the quadratic walk is quicker than Tong's linear one. Pairs share their
//! drives: to and from each place there is one for the pick-up and one for the drop-off, and each is asked for once.
//!
//! A stop takes time, and the way over it is no shorter than the way without it. So a place is passed over where the stops
//! behind it have not that much slack, before any drive is asked for: where vehicles are full and routes tight, that is most of
//! them. Left out with them: a way that gets shorter because a vehicle may turn round where it stops.

use super::legs::{Legs, Place};
use super::problem::{Problem, Stop};
use super::schedule::{Schedule, has_energy};
use paceline_model::{Centimetres, StopKind};
use paceline_road::Leg;
use std::cell::Cell;

/// What a drive over a stop may be shorter than the one without it, because parts of edges are whole milliseconds.
const ROUNDING_MS: i64 = 10;

/// The best way to take one party into one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// The pick-up goes before this stop.
    pub pickup_at: usize,
    /// The drop-off goes before this stop of the old route, after the pick-up.
    pub dropoff_at: usize,
    /// What it adds to the route's cost; more than that only where vehicles wait for riders.
    pub cost: i64,
    /// When the party is picked up.
    pub picked_up: i64,
}

/// The cheapest insertion of `rider` into a feasible schedule, ties to the earliest places; `None` if none is feasible.
pub fn cheapest(
    problem: &Problem,
    legs: &impl Legs,
    vehicle: u32,
    schedule: &Schedule,
    rider: u32,
) -> Option<Insertion> {
    let walk = Walk::new(problem, legs, vehicle, schedule, rider);
    let mut best: Option<Insertion> = None;
    for pickup_at in problem.vehicles[vehicle as usize].fixed..=schedule.stops.len() {
        if walk.left(pickup_at) > walk.pickup_by {
            break;
        }
        if let Some(found) = walk.from(pickup_at)
            && best.is_none_or(|best| found.cost < best.cost)
        {
            best = Some(found);
        }
    }
    best
}

/// The route with the party in it.
pub fn inserted(stops: &[Stop], rider: u32, at: Insertion) -> Vec<Stop> {
    let mut route = Vec::with_capacity(stops.len() + 2);
    route.extend_from_slice(&stops[..at.pickup_at]);
    route.push(Stop::pick_up(rider));
    route.extend_from_slice(&stops[at.pickup_at..at.dropoff_at]);
    route.push(Stop::drop_off(rider));
    route.extend_from_slice(&stops[at.dropoff_at..]);
    route
}

/// What all places of one walk share.
struct Walk<'a, L> {
    problem: &'a Problem,
    legs: &'a L,
    vehicle: u32,
    schedule: &'a Schedule,
    rider: u32,
    pickup: Place,
    dropoff: Place,
    pickup_by: i64,
    dropoff_by: i64,
    /// Most riders that may be in the vehicle before this party gets in.
    room: u8,
    /// By place in the route.
    drives: Vec<Drives>,
}

/// The drives between a place in the route and the party's own two, once they have been asked for.
#[derive(Clone, Default)]
struct Drives {
    /// From before the place.
    to_dropoff: Cell<Option<Leg>>,
    /// To the stop at the place.
    after_pickup: Cell<Option<Leg>>,
    after_dropoff: Cell<Option<Leg>>,
}

/// The way round by a pick-up to the stop after it, which all drop-offs behind that stop share.
struct PickupDetour {
    /// The stop that the pick-up goes before.
    at: usize,
    /// How much later that stop is reached.
    shift: i64,
    /// The drives to the pick-up and on to the stop, and the one that they replace.
    added: Leg,
    skipped: Leg,
}

fn once(known: &Cell<Option<Leg>>, ask: impl FnOnce() -> Leg) -> Option<Leg> {
    let leg = known.get().unwrap_or_else(ask);
    known.set(Some(leg));
    Some(leg).filter(|leg| leg.is_reachable())
}

impl<'a, L: Legs> Walk<'a, L> {
    fn new(problem: &'a Problem, legs: &'a L, vehicle: u32, schedule: &'a Schedule, rider: u32) -> Self {
        let party = &problem.riders[rider as usize];
        let seats = problem.vehicles[vehicle as usize].seats;
        Self {
            problem,
            legs,
            vehicle,
            schedule,
            rider,
            pickup: party.pickup,
            dropoff: party.dropoff,
            // A party larger than the vehicle has no time at which it can get in.
            pickup_by: if party.party <= seats { party.pickup_by } else { i64::MIN },
            dropoff_by: party.dropoff_by,
            room: seats.saturating_sub(party.party),
            drives: vec![Drives::default(); schedule.stops.len() + 1],
        }
    }
    /// When the vehicle leaves the stop before `index`.
    fn left(&self, index: usize) -> i64 {
        match index.checked_sub(1) {
            Some(before) => self.schedule.depart[before],
            None => self.problem.vehicles[self.vehicle as usize].ready,
        }
    }
    fn place_before(&self, index: usize) -> Place {
        match index.checked_sub(1) {
            Some(before) => self.problem.place(self.schedule.stops[before]),
            None => self.problem.vehicles[self.vehicle as usize].place,
        }
    }
    fn load_before(&self, index: usize) -> u8 {
        index.checked_sub(1).map_or(self.schedule.load_at_start, |before| self.schedule.load[before])
    }
    /// A drive; none when there is no way.
    fn drive(&self, from: Place, to: Place) -> Option<Leg> {
        Some(self.legs.leg(from, to)).filter(|leg| leg.is_reachable())
    }
    /// The drive that the route has now from before `index` to it; nothing at the end.
    fn present(&self, index: usize) -> Option<Leg> {
        match self.schedule.legs.get(index) {
            Some(&leg) => Some(leg).filter(|leg| leg.is_reachable()),
            None => Some(Leg::default()),
        }
    }
    /// From before `index` to the drop-off.
    fn to_dropoff(&self, index: usize) -> Option<Leg> {
        once(&self.drives[index].to_dropoff, || self.legs.leg(self.place_before(index), self.dropoff))
    }
    /// From the pick-up to the stop at `index`; nothing at the end.
    fn after_pickup(&self, index: usize) -> Option<Leg> {
        once(&self.drives[index].after_pickup, || self.on_to(self.pickup, index))
    }
    /// From the drop-off to the stop at `index`; nothing at the end.
    fn after_dropoff(&self, index: usize) -> Option<Leg> {
        once(&self.drives[index].after_dropoff, || self.on_to(self.dropoff, index))
    }
    fn on_to(&self, from: Place, index: usize) -> Leg {
        let stop = self.schedule.stops.get(index);
        stop.map_or(Leg::default(), |&stop| self.legs.leg(from, self.problem.place(stop)))
    }

    /// The best drop-off for a pick-up before `first`.
    fn from(&self, first: usize) -> Option<Insertion> {
        let dwell = i64::from(self.problem.rules.pickup_dwell.0);
        if self.load_before(first) > self.room || !self.can_be_later(first, dwell) {
            return None;
        }
        let to_pickup = self.drive(self.place_before(first), self.pickup)?;
        let picked_up = self.left(first) + ms(to_pickup);
        if picked_up > self.pickup_by {
            return None;
        }
        let party = &self.problem.riders[self.rider as usize];
        let boarded = picked_up.max(party.earliest) + dwell;
        let mut best: Option<Insertion> = None;
        let mut keep = |dropoff_at, cost| {
            if best.is_none_or(|best: Insertion| cost < best.cost) {
                best = Some(Insertion { pickup_at: first, dropoff_at, cost, picked_up });
            }
        };
        if let Some(cost) = self.straight(first, to_pickup, boarded) {
            keep(first, cost);
        }
        self.detours(first, to_pickup, boarded, &mut keep);
        best
    }

    /// The drop-off right after the pick-up.
    fn straight(&self, first: usize, to_pickup: Leg, boarded: i64) -> Option<i64> {
        let rules = &self.problem.rules;
        if !self.can_be_later(first, i64::from(rules.pickup_dwell.0) + i64::from(rules.dropoff_dwell.0)) {
            return None;
        }
        let ride = self.drive(self.pickup, self.dropoff)?;
        let home = boarded + ms(ride);
        if home > self.dropoff_by {
            return None;
        }
        let on = self.after_dropoff(first)?;
        let left = home + i64::from(self.problem.rules.dropoff_dwell.0);
        let added = to_pickup.then(ride).then(on);
        let shift = self.shift(first, left + ms(on))?;
        self.price(home, added, self.present(first)?, first == self.schedule.stops.len(), &[(first, shift)])
    }

    /// The drop-off before a later stop, or at the end.
    fn detours(&self, first: usize, to_pickup: Leg, boarded: i64, keep: &mut impl FnMut(usize, i64)) {
        let stops = &self.schedule.stops;
        let Some(on) = stops.get(first).and_then(|_| self.after_pickup(first)) else { return };
        let Some(shift) = self.shift(first, boarded + ms(on)) else { return };
        let Some(skipped) = self.present(first) else { return };
        let pickup = PickupDetour { at: first, shift, added: to_pickup.then(on), skipped };
        let dwell = i64::from(self.problem.rules.dropoff_dwell.0);
        let mut late = shift;
        for last in first + 1..=stops.len() {
            let passed = last - 1;
            if self.schedule.load[passed] > self.room {
                return;
            }
            late = (late - self.schedule.idle(self.problem, passed)).max(0);
            let left = self.schedule.depart[passed] + late;
            if self.can_be_later(last, late + dwell)
                && let Some(cost) = self.detour(&pickup, last, left)
            {
                keep(last, cost);
            }
            if left > self.dropoff_by {
                return;
            }
        }
    }

    /// The drop-off before `last`, with the stop ahead of it left at `left`.
    fn detour(&self, pickup: &PickupDetour, last: usize, left: i64) -> Option<i64> {
        let to = self.to_dropoff(last)?;
        let home = left + ms(to);
        if home > self.dropoff_by {
            return None;
        }
        let on = self.after_dropoff(last)?;
        let away = home + i64::from(self.problem.rules.dropoff_dwell.0);
        let second = self.shift(last, away + ms(on))?;
        let added = pickup.added.then(to).then(on);
        let skipped = pickup.skipped.then(self.present(last)?);
        let at_end = last == self.schedule.stops.len();
        let shifts = [(pickup.at, pickup.shift), (last, second - pickup.shift)];
        self.price(home, added, skipped, at_end, &shifts)
    }

    /// Whether stop `index` may be reached so much later, give or take what drives are rounded by; at the end nobody minds.
    fn can_be_later(&self, index: usize, by: i64) -> bool {
        self.schedule.slack.get(index).is_none_or(|slack| slack + ROUNDING_MS >= by)
    }

    /// How much later stop `index` is reached when the vehicle comes at `at`; `None` if that is too late for somebody.
    fn shift(&self, index: usize, at: i64) -> Option<i64> {
        let Some(&planned) = self.schedule.arrive.get(index) else { return Some(0) };
        (at - planned <= self.schedule.slack[index]).then_some(at - planned)
    }

    /// The cost added when the party is home at `home`; each of `shifts` delays all who leave from its stop on.
    fn price(
        &self,
        home: i64,
        added: Leg,
        skipped: Leg,
        at_end: bool,
        shifts: &[(usize, i64)],
    ) -> Option<i64> {
        let drive = self.schedule.drive.then(added);
        let drive = Leg {
            time: drive.time.saturating_sub(skipped.time),
            effort: Centimetres(drive.effort.0.saturating_sub(skipped.effort.0)),
            ..drive
        };
        let last = if at_end { Some(self.rider) } else { self.schedule.stops.last().map(|stop| stop.rider) };
        if !has_energy(self.problem, self.vehicle, drive, last) {
            return None;
        }
        let delayed: i64 = shifts
            .iter()
            .map(|&(from, shift)| shift * i64::from(self.schedule.leaving.get(from).copied().unwrap_or(0)))
            .sum();
        let rules = &self.problem.rules;
        let driving = (ms(added) - ms(skipped)) * rules.drive_price / 1_000;
        Some(driving + delayed * rules.delay_price / 1_000 + self.problem.delay_cost(self.rider, home))
    }
}

fn ms(leg: Leg) -> i64 {
    i64::from(leg.time.0)
}

/// Whether a pick-up stands before its drop-off for everybody, each once; aboard riders have only the second.
pub(super) fn is_whole(problem: &Problem, vehicle: u32, stops: &[Stop]) -> bool {
    let aboard = &problem.vehicles[vehicle as usize].aboard;
    let mut in_it: Vec<u32> = aboard.clone();
    for stop in stops {
        match stop.kind {
            StopKind::PickUp if in_it.contains(&stop.rider) => return false,
            StopKind::PickUp => in_it.push(stop.rider),
            StopKind::DropOff => match in_it.iter().position(|&rider| rider == stop.rider) {
                Some(at) => _ = in_it.swap_remove(at),
                None => return false,
            },
        }
    }
    in_it.is_empty()
}
