//! How many rides can be served at most: prices for the rides by which vehicles cannot earn more.
//!
//! Say each ride has a price from 0 to 1, and a vehicle that serves it earns 1 less the price. Then no chains serve more rides than
//! all prices together and what each vehicle can earn at most on its own: for a served ride both parts together are at least 1.
//! So any prices give a bound, and the search is for those that give the least. A ride that more than one vehicle would go
//! for becomes dearer, one that nobody goes for cheaper.
//!
//! All vehicles think alike, and would all go for the same rides. So each is sampled several times with noise on what it
//! thinks chains are worth, less and less of it: that is the slope of a smoothed bound.
//! Sources: Held and Karp, Mathematical Programming 1, 1971 (bounds by prices); Berthet et al., *Learning with differentiable perturbed
//! optimizers*, NeurIPS 2020 (slopes by noise); Polyak, 1964 (momentum).

use super::problem::{ChainProblem, Link, Ride};
use super::values::{Counts, Grid, Offer, RIDE_VALUE, Values};
use crate::budget::Budget;
use crate::rng::Rng;

/// How prices are searched for.
#[derive(Clone, Copy, Debug)]
pub struct PriceOptions {
    /// Time, while prices are searched for.
    pub grid: Grid,
    /// Slots of the grid by which the bound is worked out in the end.
    pub final_slot_ms: u32,
    /// Rounds of the search at most.
    pub rounds: u32,
}

/// A bound, and the prices that show it.
#[derive(Clone, Debug)]
pub struct Bound {
    /// No chains serve more rides.
    pub served_max: u64,
    /// Per ride, in parts of [`RIDE_VALUE`].
    pub prices: Vec<i32>,
    /// When vehicles begin to be short: before, every ride counts as served. `None`: they never are.
    pub short_from_ms: Option<u32>,
}

/// Times that each vehicle is sampled in a round.
const SAMPLES: usize = 5;
/// Noise at the beginning, and how far a price moves for a vehicle too many, in parts of a ride. Both fall to a tenth
/// (measured on the Manhattan day).
const NOISE: f32 = 0.03;
const STEP: f32 = 0.03;
/// How much of the slope of the rounds before a step keeps.
const MOMENTUM: f32 = 0.9;
/// More vehicles than this on one ride count as so many.
const CROWD_MAX: f32 = 20.0;
/// Different draws of noise in a round: enough that neighbours differ.
const NOISES: usize = 4_096;

/// Searches for prices until `budget` or the rounds are over. `on_round` is told the rounds and the best bound so far.
///
/// Same input and seed, same prices. A step of the budget is a link that is looked at.
pub fn bound(
    problem: &ChainProblem,
    options: PriceOptions,
    rng: &mut Rng,
    budget: &mut Budget,
    mut on_round: impl FnMut(u32, u64),
) -> Bound {
    let mut search = Search::new(problem, options);
    let mut best = Bound {
        served_max: problem.rides().len() as u64,
        prices: search.prices(),
        short_from_ms: search.from_ms,
    };
    let Some(from_ms) = search.from_ms else { return best };
    let mut least = i64::MAX;
    for round in 0..options.rounds {
        if !budget.spend(problem.link_count() as u64) {
            break;
        }
        let prices = search.prices();
        let values = Values::new(problem, offers(problem, &prices), options.grid, Counts::AtMost, from_ms);
        let total = total(problem, &prices, &values, from_ms);
        if total < least {
            least = total;
            best.prices = prices;
        }
        on_round(round, whole(least));
        let left = 1.0 - f32::from(u16::try_from(round).unwrap_or(u16::MAX)) / options.rounds as f32;
        search.step(problem, &values, left.max(0.1), rng);
    }
    let grid = Grid { slot_ms: options.final_slot_ms, ..options.grid };
    let values = Values::new(problem, offers(problem, &best.prices), grid, Counts::AtMost, from_ms);
    let total = total(problem, &best.prices, &values, from_ms);
    best.served_max = whole(total).min(best.served_max);
    best
}

/// All prices and all that the vehicles can earn.
fn total(problem: &ChainProblem, prices: &[i32], values: &Values, from_ms: u32) -> i64 {
    let earned = |vehicle: usize| match from_ms {
        0 => values.of(problem, problem.origin_of(vehicle), 0),
        // Nothing can be earned before, so that each may be anywhere by then.
        from_ms => values.from(from_ms),
    };
    let prices: i64 = prices.iter().map(|&price| i64::from(price)).sum();
    prices + (0..problem.vehicles()).map(|vehicle| i64::from(earned(vehicle))).sum::<i64>()
}

/// Rides are whole.
fn whole(total: i64) -> u64 {
    u64::try_from(total / i64::from(RIDE_VALUE)).unwrap_or(0)
}

fn offers(problem: &ChainProblem, prices: &[i32]) -> Vec<Option<Offer>> {
    let priced = problem.rides().iter().zip(prices);
    priced.map(|(ride, price)| Some(Offer::whole(*ride, RIDE_VALUE - price))).collect()
}

struct Search<'a> {
    /// Per ride, in parts of a ride, 0 to 1.
    prices: Vec<f32>,
    slopes: Vec<f32>,
    /// Whether a ride's price may move. The others cost 1: nobody earns by them, and they count as served.
    moves: Vec<bool>,
    /// When the first ride begins whose price may move; `None` if none may.
    from_ms: Option<u32>,
    rides: &'a [Ride],
}

impl<'a> Search<'a> {
    fn new(problem: &'a ChainProblem, options: PriceOptions) -> Self {
        let rides = problem.rides();
        let (mut prices, busy) = first_prices(problem);
        let near = |at: u32| busy.iter().any(|hour| at + QUIET_MS >= hour.start && at < hour.end + QUIET_MS);
        let moves: Vec<bool> = rides
            .iter()
            .map(|ride| near(ride.earliest_ms) && !options.grid.is_short(ride.takes_ms))
            .collect();
        for (price, moves) in prices.iter_mut().zip(&moves) {
            if !moves {
                *price = 1.0;
            }
        }
        let from_ms = rides.iter().zip(&moves).find(|(_, moves)| **moves).map(|(ride, _)| ride.earliest_ms);
        let slopes = vec![0.0; rides.len()];
        Self { prices, slopes, moves, from_ms, rides }
    }

    fn prices(&self) -> Vec<i32> {
        self.prices.iter().map(|price| (price * RIDE_VALUE as f32) as i32).collect()
    }

    /// Moves each price by how many vehicles go for its ride. Noise and steps are `left` of what they are at first.
    fn step(&mut self, problem: &ChainProblem, values: &Values, left: f32, rng: &mut Rng) {
        let visits = self.visits(problem, values, NOISE * left, rng);
        for (ride, visits) in visits.iter().enumerate().filter(|(ride, _)| self.moves[*ride]) {
            let excess = (*visits as f32 / SAMPLES as f32 - 1.0).min(CROWD_MAX);
            self.slopes[ride] = MOMENTUM * self.slopes[ride] + (1.0 - MOMENTUM) * excess;
            self.prices[ride] = (self.prices[ride] + STEP * left * self.slopes[ride]).clamp(0.0, 1.0);
        }
    }

    /// Per ride, how often it is on the chain of a sampled vehicle.
    fn visits(&self, problem: &ChainProblem, values: &Values, noise: f32, rng: &mut Rng) -> Vec<u32> {
        let mut visits = vec![0; self.rides.len()];
        let noises: Vec<i32> =
            (0..NOISES).map(|_| (gumbel(rng) * noise * RIDE_VALUE as f32) as i32).collect();
        let most = noises.iter().copied().max().unwrap_or(0);
        let begin = self.from_ms.unwrap_or(0);
        let near = self.rides.partition_point(|ride| ride.earliest_ms < begin);
        for vehicle in 0..problem.vehicles() * SAMPLES {
            let (mut origin, mut free_ms) = match begin {
                0 => (problem.origin_of(vehicle % problem.vehicles()), 0),
                begin => ((near + rng.below(problem.vehicles())).min(self.rides.len() - 1), begin),
            };
            loop {
                let shift = rng.below(NOISES);
                let noise = |ride: u32| noises[(ride as usize * 7_919 + shift) % NOISES];
                let mut best: Option<(i32, Link)> = None;
                for link in problem.links(origin) {
                    let Some(value) = values.by_link(problem, free_ms, *link) else { continue };
                    let least = best.map_or(0, |(value, _)| value);
                    if value + most > least && value + noise(link.to) > least {
                        best = Some((value + noise(link.to), *link));
                    }
                }
                let Some((_, link)) = best else { break };
                let Some(start_ms) = problem.start_ms(free_ms, link.drive_ms, link.to) else { break };
                visits[link.to as usize] += 1;
                (origin, free_ms) = (link.to as usize, problem.free_ms(link.to as usize, start_ms));
            }
        }
        visits
    }
}

/// A draw of Gumbel's distribution: with it, the best of several is each of them as often as its weight says.
fn gumbel(rng: &mut Rng) -> f32 {
    -(-(rng.unit().max(1e-9)).ln()).ln() as f32
}

/// Time over which vehicles and rides are compared at first.
const SPAN_MS: u32 = 30 * 60_000;
/// This far from where vehicles are short, every ride is taken for served.
const QUIET_MS: u32 = 60 * 60_000;
/// What a ride costs beside itself: a drive to it (about what it is on the Manhattan day).
const APPROACH_MS: u64 = 80_000;

/// Prices to begin with, and when vehicles are short: as if all stood together, each span of time serves its shortest rides.
fn first_prices(problem: &ChainProblem) -> (Vec<f32>, Vec<std::ops::Range<u32>>) {
    let mut prices = vec![1.0; problem.rides().len()];
    let mut busy = Vec::new();
    let mut begin = 0;
    while begin < problem.rides().len() {
        let start = problem.rides()[begin].earliest_ms / SPAN_MS * SPAN_MS;
        let end = problem.rides().partition_point(|ride| ride.earliest_ms < start + SPAN_MS);
        let spans = &problem.rides()[begin..end];
        if let Some(longest) = longest_served(spans, problem.vehicles() as u64 * u64::from(SPAN_MS)) {
            busy.push(start..start + SPAN_MS);
            for (price, ride) in prices[begin..end].iter_mut().zip(spans) {
                *price = (1.0 - (u64::from(ride.takes_ms) + APPROACH_MS) as f32 / longest as f32).max(0.0);
            }
        }
        begin = end;
    }
    (prices, busy)
}

/// What the longest ride takes that is still served where time is given to the shortest first; `None` if all are.
fn longest_served(rides: &[Ride], mut left_ms: u64) -> Option<u64> {
    let mut takes: Vec<u64> = rides.iter().map(|ride| u64::from(ride.takes_ms) + APPROACH_MS).collect();
    takes.sort_unstable();
    takes.into_iter().find(|takes| {
        let fits = *takes <= left_ms;
        left_ms = left_ms.saturating_sub(*takes);
        !fits
    })
}
