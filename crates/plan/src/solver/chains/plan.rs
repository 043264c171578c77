//! Chains that serve many rides: vehicles give up what they serve from some time on, and each takes the best that is open to it.
//!
//! At first all do so in turn, by what is left of a ride after its price: whoever comes first must not take what others need more.
//! Then each again, and then a few at a time for an hour or so, up to what they go on with. What a choice is worth counts rides, less the
//! time that they take: time that is saved serves others later. Worse choices are taken back, all but a few, and fewer and fewer.
//! Sources: Beasley, *Lagrangean relaxation*, in Reeves (ed.), Modern Heuristic Techniques, 1993 (plans by the prices of a bound); Shaw, CP 1998
//! (large neighbourhood search); Kirkpatrick, Gelatt, Vecchi, Science 220, 1983 (annealing).

use super::fill::Gaps;
use super::prices::Bound;
use super::problem::{ChainProblem, Link};
use super::solution::Chains;
use super::values::{Counts, Grid, Offer, RIDE_VALUE, Values};
use crate::budget::Budget;
use crate::rng::Rng;
use std::ops::{Range, RangeInclusive};

/// Time while all vehicles choose in turn: much is open, and what is lost between two slots is found again later.
const COARSE: Grid = Grid { slot_ms: 10_000, short_ms: 70_000 };
/// Time while a few do.
const FINE: Grid = Grid { slot_ms: 2_000, short_ms: 22_000 };
/// What any ride is worth beside what its price leaves, so that nobody stands still for nothing.
const ANY: i32 = RIDE_VALUE / 100;
/// How much prices count where rides do: enough to choose between chains that serve as many.
const PRICE_SHARE: f32 = 0.3;
/// The same for those who choose before others do, at most.
const PRICE_SHARE_MAX: f32 = 0.9;
/// How much of its window a ride is offered in while a few choose: so short that a chain seldom comes back to it.
const PART_MS: u32 = 200_000;
/// What it is worth to reach what a vehicle goes on with: more than any chain on the way.
const GOAL: i32 = 5_000 * RIDE_VALUE;
/// For how long a few choose anew: so long, and a random time more.
const SPAN_MS_MIN: u32 = 20 * 60_000;
const SPAN_MS_MORE: usize = 60 * 60_000;
/// What a ride is worth in time of vehicles: more than any takes, so that none is given up for the time that it costs.
const RIDE_MS: i64 = 24 * 3_600_000;
/// How much worse a choice may be at first, as a scale of chances; it falls to nothing, faster first.
const HEAT_MS: f64 = 60_000.0;
/// Vehicles that choose anew in one round at most.
const TOGETHER_MAX: usize = 4;
/// Draws for each of them: a draw may name nobody, or somebody who is there already.
const TRIES_EACH: usize = 4;

/// Improves `start` for so many rounds, or until `budget` is spent; never returns chains that serve fewer. `on_round` is told the
/// rounds and how many rides the best chains serve.
///
/// Same input and seed, same chains. A step of the budget is a link that is looked at.
pub fn plan(
    problem: &ChainProblem,
    (start, bound): (&Chains, &Bound),
    rounds: u32,
    rng: &mut Rng,
    budget: &mut Budget,
    mut on_round: impl FnMut(u32, u64),
) -> Chains {
    let mut planner = Planner::new(problem, &bound.prices, start.possible(problem));
    if let Some(from_ms) = bound.short_from_ms {
        let mut built = Planner::new(problem, &bound.prices, planner.chains.clone());
        built.build(from_ms, rng, budget);
        if built.served > planner.served {
            planner = built;
        }
    }
    on_round(0, planner.served);
    let mut best = planner.chains.clone();
    let from_ms = bound.short_from_ms.unwrap_or(0);
    for round in 1..=rounds {
        if budget.is_over() || planner.served >= bound.served_max {
            break;
        }
        let left = f64::from(rounds - round) / f64::from(rounds);
        planner.round((from_ms, left * left), rng, budget);
        if planner.served > best.served() as u64 {
            best = planner.chains.clone();
        }
        on_round(round, best.served() as u64);
    }
    best
}

/// A vehicle that gives up what it serves in a span of time.
struct Opened {
    vehicle: usize,
    /// How many rides come before.
    head: usize,
    given_up: Vec<u32>,
    /// What it goes on with, and when that begins at the latest.
    goal: Option<(u32, u32)>,
    /// The goal and what follows.
    tail: Vec<u32>,
}

struct Planner<'a> {
    problem: &'a ChainProblem,
    prices: &'a [i32],
    chains: Chains,
    /// Per ride, the vehicle whose chain it is in, if any.
    taken: Vec<Option<u32>>,
    /// Per ride, when it begins in its chain, or did until it was given up in this round.
    begin_ms: Vec<Option<u32>>,
    served: u64,
}

impl<'a> Planner<'a> {
    fn new(problem: &'a ChainProblem, prices: &'a [i32], chains: Chains) -> Self {
        let mut taken = vec![None; problem.rides().len()];
        for (vehicle, rides) in chains.rides_of.iter().enumerate() {
            rides.iter().for_each(|&ride| taken[ride as usize] = Some(vehicle as u32));
        }
        let served = chains.served() as u64;
        let begin_ms = vec![None; problem.rides().len()];
        let mut planner = Self { problem, prices, chains, taken, begin_ms, served };
        (0..problem.vehicles()).for_each(|vehicle| planner.retime(vehicle));
        planner
    }

    /// Everybody chooses anew from `from_ms` on: twice, by prices and by rides.
    fn build(&mut self, from_ms: u32, rng: &mut Rng, budget: &mut Budget) {
        let span = from_ms..u32::MAX;
        let vehicles = 0..self.problem.vehicles();
        let opened: Vec<Opened> = vehicles.clone().map(|vehicle| self.open(vehicle, &span)).collect();
        let by_price = |planner: &Self, row: usize| {
            Offer::whole(planner.problem.rides()[row], RIDE_VALUE - planner.prices[row] + ANY)
        };
        for opened in &opened {
            self.choose(opened, (&span, COARSE), by_price, budget);
        }
        self.forget(0..self.taken.len());
        for vehicle in vehicles {
            let before = self.served;
            let opened = self.open(vehicle, &span);
            let salt = rng.next_u64();
            self.choose(&opened, (&span, FINE), |planner, row| planner.part(row, PRICE_SHARE, salt), budget);
            if self.served < before {
                self.give_up(&opened);
                self.take_back(&opened);
            }
        }
    }

    /// A few vehicles choose anew for a while.
    fn round(&mut self, (from_ms, heat): (u32, f64), rng: &mut Rng, budget: &mut Budget) {
        let last_ms = self.problem.rides().last().map_or(0, |ride| ride.earliest_ms);
        let at_ms = from_ms + rng.below((last_ms.saturating_sub(from_ms) + SPAN_MS_MIN + 1) as usize) as u32;
        // From before the first on, so that it is given up as often as others.
        let at_ms = at_ms.saturating_sub(SPAN_MS_MIN);
        let span = at_ms..at_ms.saturating_add(SPAN_MS_MIN + rng.below(SPAN_MS_MORE) as u32);
        let vehicles = self.neighbours(at_ms, 2 + rng.below(TOGETHER_MAX - 1), rng);
        let before = self.worth(&vehicles);
        let opened: Vec<Opened> = vehicles.iter().map(|&vehicle| self.open(vehicle, &span)).collect();
        let share = rng.unit() as f32 * PRICE_SHARE_MAX;
        let mut fits = true;
        for (turn, opened) in opened.iter().enumerate() {
            let share = if turn + 1 == vehicles.len() { PRICE_SHARE } else { share };
            let salt = rng.next_u64();
            let offer = |planner: &Self, row: usize| planner.part(row, share, salt);
            fits = fits && self.choose(opened, (&span, FINE), offer, budget);
        }
        let least = before + (heat * HEAT_MS * rng.unit().max(1e-9).ln()) as i64;
        if !fits || self.worth(&vehicles) < least {
            opened.iter().for_each(|opened| self.give_up(opened));
            opened.iter().for_each(|opened| self.take_back(opened));
        }
        self.forget(opened.iter().flat_map(|opened| &opened.given_up).map(|&ride| ride as usize));
    }

    /// What vehicles serve, less the time for which they are bound, in milliseconds.
    fn worth(&self, vehicles: &[usize]) -> i64 {
        let mut worth_ms = 0;
        for &vehicle in vehicles {
            let mut origin = self.problem.origin_of(vehicle);
            for &ride in &self.chains.rides_of[vehicle] {
                let drive_ms = self.problem.drive_ms(origin, ride).unwrap_or(0);
                let takes_ms = self.problem.rides()[ride as usize].takes_ms;
                worth_ms += RIDE_MS - i64::from(drive_ms) - i64::from(takes_ms);
                origin = ride as usize;
            }
        }
        worth_ms
    }

    /// Forgets when rides began that nobody serves any more.
    fn forget(&mut self, rides: impl Iterator<Item = usize>) {
        for ride in rides {
            if self.taken[ride].is_none() {
                self.begin_ms[ride] = None;
            }
        }
    }

    /// A random vehicle, and others that serve about `at_ms` what it could serve instead.
    fn neighbours(&self, at_ms: u32, count: usize, rng: &mut Rng) -> Vec<usize> {
        let first = rng.below(self.problem.vehicles());
        let mut vehicles = vec![first];
        let rides = self.chains.rides_of[first].iter();
        let before = rides.take_while(|ride| self.problem.rides()[**ride as usize].earliest_ms < at_ms);
        let origin = before.last().map_or(self.problem.origin_of(first), |ride| *ride as usize);
        let links = self.problem.links(origin);
        for _ in 0..TRIES_EACH * count {
            if vehicles.len() == count || links.is_empty() {
                break;
            }
            let vehicle =
                self.taken[links[rng.below(links.len())].to as usize].map(|vehicle| vehicle as usize);
            vehicles.extend(vehicle.filter(|vehicle| !vehicles.contains(vehicle)));
        }
        rng.shuffle(&mut vehicles);
        vehicles
    }

    /// Opens a vehicle's chain: what it serves in a span of time is free to be chosen, by whomever.
    fn open(&mut self, vehicle: usize, span: &Range<u32>) -> Opened {
        let rides = self.problem.rides();
        let chain = std::mem::take(&mut self.chains.rides_of[vehicle]);
        let from = |least_ms: u32| move |ride: &u32| rides[*ride as usize].earliest_ms >= least_ms;
        let head = chain.iter().position(from(span.start)).unwrap_or(chain.len());
        // It goes on with a ride that values are worked out for.
        let goes_on = |ride: &u32| from(span.end)(ride) && !FINE.is_short(rides[*ride as usize].takes_ms);
        let tail = chain[head..].iter().position(goes_on).map_or(chain.len(), |tail| head + tail);
        let gaps = Gaps::new(self.problem, self.problem.origin_of(vehicle), chain);
        let late_ms = (tail < gaps.rides.len()).then(|| gaps.late_ms(tail));
        let mut chain = gaps.rides;
        let (tail, given_up) = (chain.split_off(tail), chain.split_off(head));
        given_up.iter().for_each(|&ride| self.taken[ride as usize] = None);
        self.served -= given_up.len() as u64;
        self.chains.rides_of[vehicle] = chain;
        Opened { vehicle, head, given_up, goal: tail.first().copied().zip(late_ms), tail }
    }

    /// Gives up what a vehicle has chosen since it was opened.
    fn give_up(&mut self, opened: &Opened) {
        let mut chosen = self.chains.rides_of[opened.vehicle].split_off(opened.head);
        if chosen.ends_with(&opened.tail) {
            chosen.truncate(chosen.len() - opened.tail.len());
        }
        chosen.iter().for_each(|&ride| self.taken[ride as usize] = None);
        self.served -= chosen.len() as u64;
    }

    /// A vehicle that has given up what it chose serves again what it had.
    fn take_back(&mut self, opened: &Opened) {
        self.append(opened.vehicle, &opened.given_up);
        self.chains.rides_of[opened.vehicle].extend(&opened.tail);
        self.retime(opened.vehicle);
    }

    fn append(&mut self, vehicle: usize, rides: &[u32]) {
        rides.iter().for_each(|&ride| self.taken[ride as usize] = Some(vehicle as u32));
        self.chains.rides_of[vehicle].extend(rides);
        self.served += rides.len() as u64;
    }

    /// Gives an opened vehicle the chain that earns most among the open rides. `false`: it does not reach what it goes on with.
    fn choose(
        &mut self,
        opened: &Opened,
        (span, grid): (&Range<u32>, Grid),
        offer: impl Fn(&Self, usize) -> Offer,
        budget: &mut Budget,
    ) -> bool {
        let rows = 0..self.taken.len();
        let mut offers: Vec<Option<Offer>> =
            rows.map(|row| self.is_open(row as u32, span).then(|| offer(self, row))).collect();
        if let Some((ride, latest_ms)) = opened.goal {
            let earliest_ms = self.problem.rides()[ride as usize].earliest_ms;
            offers[ride as usize] = Some(Offer { prize: GOAL, earliest_ms, latest_ms, is_last: true });
        }
        let open = offers.iter().enumerate().filter(|(_, offer)| offer.is_some());
        budget.spend(open.map(|(row, _)| self.problem.links(row).len() as u64).sum());
        let values = Values::new(self.problem, offers, grid, Counts::AtLeast, span.start);
        let reached = self.follow(opened, &values);
        if reached {
            let until = self.chains.rides_of[opened.vehicle].len();
            self.chains.rides_of[opened.vehicle].extend(&opened.tail);
            self.fill(opened.vehicle, opened.head..=until, span);
        }
        reached
    }

    /// Follows the best links, to the goal if there is one. Whether that was reached.
    fn follow(&mut self, opened: &Opened, values: &Values) -> bool {
        let goal = opened.goal.map(|(ride, _)| ride);
        let (mut origin, mut free_ms) = self.end_of(opened.vehicle);
        while let Some((link, start_ms)) = self.best(values, (origin, free_ms), opened.goal) {
            if Some(link.to) == goal {
                return true;
            }
            self.append(opened.vehicle, &[link.to]);
            self.begin_ms[link.to as usize] = Some(start_ms);
            (origin, free_ms) = (link.to as usize, self.problem.free_ms(link.to as usize, start_ms));
        }
        goal.is_none()
    }

    /// The link by which most is earned, and when its ride begins. Values may reckon with a ride twice, a chain has it once.
    fn best(
        &self,
        values: &Values,
        (origin, free_ms): (usize, u32),
        goal: Option<(u32, u32)>,
    ) -> Option<(Link, u32)> {
        let is_goal = |ride: u32| goal.is_some_and(|(goal, _)| goal == ride);
        let links = self.problem.links(origin).iter();
        let links = links.filter(|link| self.taken[link.to as usize].is_none() || is_goal(link.to));
        let valued = links.filter_map(|link| Some((values.by_link(self.problem, free_ms, *link)?, *link)));
        let (_, link) = valued.max_by_key(|(value, link)| (*value, std::cmp::Reverse(*link)))?;
        Some((link, self.problem.start_ms(free_ms, link.drive_ms, link.to)?))
    }

    /// Whether a ride may be chosen: it begins in the span, or has just been given up.
    fn is_open(&self, ride: u32, span: &Range<u32>) -> bool {
        let row = ride as usize;
        let begins = span.contains(&self.problem.rides()[row].earliest_ms);
        self.taken[row].is_none() && (begins || self.begin_ms[row].is_some())
    }

    /// Fills gaps in a chain.
    fn fill(&mut self, vehicle: usize, gaps: RangeInclusive<usize>, span: &Range<u32>) {
        let rides = std::mem::take(&mut self.chains.rides_of[vehicle]);
        let mut chain = Gaps::new(self.problem, self.problem.origin_of(vehicle), rides);
        let filled = chain.fill(gaps, |ride| self.is_open(ride, span));
        filled.iter().for_each(|&ride| self.taken[ride as usize] = Some(vehicle as u32));
        self.served += filled.len() as u64;
        self.chains.rides_of[vehicle] = chain.rides;
        self.retime(vehicle);
    }

    /// Notes when the rides of a chain begin.
    fn retime(&mut self, vehicle: usize) {
        let (mut origin, mut free_ms) = (self.problem.origin_of(vehicle), 0);
        for &ride in &self.chains.rides_of[vehicle] {
            let drive_ms = self.problem.drive_ms(origin, ride).expect("chains follow links");
            let start_ms = self.problem.start_ms(free_ms, drive_ms, ride).expect("chains are in time");
            self.begin_ms[ride as usize] = Some(start_ms);
            (origin, free_ms) = (ride as usize, self.problem.free_ms(ride as usize, start_ms));
        }
    }

    /// A ride in a part of its window: about when it began before, or at a random time.
    fn part(&self, row: usize, share: f32, salt: u64) -> Offer {
        let ride = self.problem.rides()[row];
        let window_ms = ride.latest_ms - ride.earliest_ms;
        let random_ms =
            || ride.earliest_ms + Rng::new(salt ^ row as u64).below(window_ms as usize + 1) as u32;
        let about_ms = self.begin_ms[row].unwrap_or_else(random_ms);
        let earliest_ms = about_ms.saturating_sub(PART_MS / 2).max(ride.earliest_ms);
        let latest_ms = (earliest_ms + PART_MS).min(ride.latest_ms);
        Offer {
            is_last: false,
            prize: RIDE_VALUE - (self.prices[row] as f32 * share) as i32,
            earliest_ms,
            latest_ms,
        }
    }

    /// Where a vehicle is free at the end of its chain, and when.
    fn end_of(&self, vehicle: usize) -> (usize, u32) {
        let begin = (self.problem.origin_of(vehicle), 0);
        self.chains.rides_of[vehicle].iter().fold(begin, |(origin, free_ms), &ride| {
            let drive_ms = self.problem.drive_ms(origin, ride).expect("chains follow links");
            let start_ms = self.problem.start_ms(free_ms, drive_ms, ride).expect("chains are in time");
            (ride as usize, self.problem.free_ms(ride as usize, start_ms))
        })
    }
}
