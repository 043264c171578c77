//! Where idle vehicles stand and which of them charge: one assignment over both.
//!
//! The k-th vehicle in a cell is worth the chance that k or more riders will ask there, so each cell is a row of places
//! of falling worth, and a plug is a place whose worth is what the battery lacks. A vehicle keeps its cell or its plug for
//! nothing or pays the drive to another place: so one at a plug leaves when it is worth more on the street than what its
//! battery still lacks. With all drives as arcs this is a min-cost flow; it is solved as the assignment that it unrolls to.

use super::problem::{Idle, Standing};
use crate::rows::Plug;
use crate::solver::assignment::{AssignmentProblem, Pair, assign};
use crate::{Budget, ChargeAssignment, Degraded, Snapshot, Stage, StandAssignment};
use paceline_model::{ChargeDecision, StandDecision};
use paceline_road::{Direction, Found, Leg, NearestQuery, RoadPoint, Roads, Search, Targets, TravelTimes};

/// Vehicles whose ways are searched in one look, at some 0.3 ms each; the rest may only stay. The next look begins with
/// other ones.
const SEARCHES_MAX: usize = 64;
/// Places of one cell: more are never worth it.
const PLACES_MAX: u32 = 40;
/// Worth below which a place is not looked at.
const WORTH_MIN_MS: i64 = 15_000;
/// What setting out costs beside the drive: small differences shall not make vehicles wander.
const STIR_MS: i64 = 60_000;
/// Sites weighed per vehicle.
const PLUGS_PER_VEHICLE: usize = 3;

/// What one look has before it: of the round's snapshot, what the stages before this one have left.
pub struct Look<'a> {
    /// The round's snapshot, for batteries and what they last for.
    pub snapshot: &'a Snapshot,
    /// Idle vehicles that have not been given anything else to do.
    pub standing: &'a Standing,
    /// Sites with the plugs that are still free.
    pub plugs: &'a [Plug],
}

/// What was decided.
#[derive(Debug, Default)]
pub struct Stood {
    /// Vehicles to cells.
    pub stands: Vec<StandAssignment>,
    /// Vehicles to plugs.
    pub charges: Vec<ChargeAssignment>,
    /// What ran short.
    pub degraded: Option<Degraded>,
}

/// A place to be: a share of a cell, or a plug.
#[derive(Clone, Copy)]
enum Spot {
    Stand(u32),
    Plug(u32),
    /// The plug that a vehicle is at.
    Own,
}

/// A way to a spot that a vehicle could take.
struct Way {
    vehicle: u32,
    first: u32,
    leg: Option<Leg>,
    price: i64,
}

/// Decides for all idle vehicles of `look`. Units: prices in milliseconds of empty driving.
///
/// Errors: none; a vehicle without a better place is in neither list and stays. Same input and steps, same answer.
/// Source: Pavone, Smith, Frazzoli, Rus, IJRR 31(7), 2012 (min-cost flow); Wallar et al., IROS 2018 (by expected demand).
pub fn solve(roads: &Roads, search: &mut Search, look: &Look, budget: &mut Budget) -> Stood {
    let standing = look.standing;
    if standing.idle.is_empty() {
        return Stood::default();
    }
    let mut spots = Spots::of_stands(standing);
    spots.add_plugs(standing, look.plugs);
    spots.add_own(standing);
    let ways = ways(roads, search, look, &spots, budget);
    let matching = assign(&spots.problem(standing.idle.len(), &ways), budget);
    let mut stood = Stood::default();
    for (spot, vehicle) in matching.column_of.iter().enumerate() {
        if let Some(vehicle) = *vehicle {
            send(look, &spots, &ways, spot, vehicle, &mut stood);
        }
    }
    stood.degraded = (!matching.exact).then(|| Degraded {
        stage: Stage::Rebalance,
        reason: "the budget ended before the stands were best; the rest was taken greedily".into(),
    });
    stood
}

/// All places to be, with the worth of each.
struct Spots {
    spot: Vec<Spot>,
    worth: Vec<i64>,
    /// Where each group of spots begins: first the stands, then the sites, then the plugs that vehicles are at.
    first: Vec<u32>,
    /// The first group of the sites.
    sites_from: usize,
    /// The first group of the plugs that vehicles are at.
    own_from: usize,
}

impl Spots {
    fn of_stands(standing: &Standing) -> Self {
        let (spot, worth) = (Vec::new(), Vec::new());
        let mut spots = Self { spot, worth, first: vec![0], sites_from: 0, own_from: 0 };
        for (row, stand) in (0..).zip(&standing.stands) {
            for chance in chances(f64::from(stand.expected_milli) / 1_000.0, stand.held) {
                let worth = (chance * f64::from(standing.spec.worth.0)) as i64;
                if worth < WORTH_MIN_MS {
                    break;
                }
                spots.spot.push(Spot::Stand(row));
                spots.worth.push(worth);
            }
            spots.first.push(spots.spot.len() as u32);
        }
        spots
    }
    /// Adds the free plugs: no more per site than there are vehicles.
    fn add_plugs(&mut self, standing: &Standing, plugs: &[Plug]) {
        self.sites_from = self.first.len() - 1;
        for (row, site) in (0..).zip(plugs) {
            let count = standing.idle.len().min(usize::from(site.free));
            self.spot.extend(std::iter::repeat_n(Spot::Plug(row), count));
            self.worth.extend(std::iter::repeat_n(charge_worth(standing), count));
            self.first.push(self.spot.len() as u32);
        }
    }
    /// Adds the plugs that vehicles are at, each for its own vehicle.
    fn add_own(&mut self, standing: &Standing) {
        self.own_from = self.first.len() - 1;
        for idle in standing.idle.iter().filter(|idle| idle.plugged) {
            self.spot.push(Spot::Own);
            self.worth.push((charge_worth(standing) as f64 * lacks(standing, idle)) as i64);
            self.first.push(self.spot.len() as u32);
        }
    }
    fn group(&self, group: usize) -> std::ops::Range<u32> {
        self.first[group]..self.first[group + 1]
    }
    fn problem(&self, vehicles: usize, ways: &[Way]) -> AssignmentProblem {
        let pairs = ways.iter().flat_map(|way| {
            let end = self.first[self.first.partition_point(|&first| first <= way.first)];
            (way.first..end).map(move |row| Pair { row, column: way.vehicle, cost: way.price })
        });
        AssignmentProblem { unassigned_cost: self.worth.clone(), columns: vehicles, pairs: pairs.collect() }
    }
}

/// What filling an empty battery is worth.
fn charge_worth(standing: &Standing) -> i64 {
    i64::from(standing.spec.charge_worth.0) * i64::from(standing.charge_worth_percent) / 100
}

/// The share of a full battery that charging would add.
fn lacks(standing: &Standing, idle: &Idle) -> f64 {
    (standing.charge_until.as_percent() - idle.supply.reading.charge.as_percent()).max(0.0) / 100.0
}

/// The chance that the (`held` + 1)-th, the next, and so on vehicle in a cell will be asked for: P(N > k), N of Poisson.
fn chances(mean: f64, held: u32) -> impl Iterator<Item = f64> {
    // e^-mean by compounding: equal on every machine, and within a thousandth.
    let mut exact = (0..20).fold(1.0 - mean / f64::from(1 << 20), |power, _| power * power).max(0.0);
    let mut below = 0.0;
    (0..PLACES_MAX)
        .map(move |k| {
            below += exact;
            exact *= mean / f64::from(k + 1);
            (1.0 - below).max(0.0)
        })
        .skip(held as usize)
}

/// Where idle vehicles could go: from each that is its turn to be searched for, and where each could stay.
fn ways(roads: &Roads, search: &mut Search, look: &Look, spots: &Spots, budget: &mut Budget) -> Vec<Way> {
    let standing = look.standing;
    let places: Vec<RoadPoint> = standing.stands.iter().map(|stand| stand.place).collect();
    let stands = Targets::new(roads, &places);
    let places: Vec<RoadPoint> = look.plugs.iter().map(|site| site.place).collect();
    let sites = Targets::new(roads, &places);
    let mut ways = Ways { look, spots, found: Vec::new() };
    let mut own = spots.own_from..;
    for (vehicle, idle) in (0..).zip(&standing.idle) {
        let stays = if idle.plugged { own.next() } else { idle.stand.map(|cell| cell as usize) };
        if let Some(group) = stays {
            ways.add(vehicle, group, None, 0);
        }
        if !is_searched(look, vehicle as usize) || budget.is_over() {
            continue;
        }
        let mut near = |targets: &Targets, count: usize| -> Vec<Found> {
            let query = NearestQuery { place: idle.supply.place, count, bound: standing.spec.drive_max };
            let found = roads.nearest(search, query, targets, Direction::FromSource);
            budget.spend(search.settled().max(1));
            found
        };
        if !stands.is_empty() {
            ways.add_stands(vehicle, idle, near(&stands, stands.len()));
        }
        if may_charge(standing, idle) && !sites.is_empty() {
            ways.add_sites(vehicle, idle, near(&sites, PLUGS_PER_VEHICLE.min(sites.len())));
        }
    }
    ways.found
}

/// Who is searched for rotates with time, so that over a few looks everybody is.
fn is_searched(look: &Look, vehicle: usize) -> bool {
    let (standing, at) = (look.standing, look.snapshot.at);
    let count = standing.idle.len();
    let turn = (at.0 / u64::from(standing.spec.every.0.max(1))) as usize * SEARCHES_MAX;
    (vehicle + count - turn % count) % count < SEARCHES_MAX
}

fn may_charge(standing: &Standing, idle: &Idle) -> bool {
    !idle.plugged && idle.supply.reading.charge <= standing.top_up_below && standing.spec.charge_worth.0 > 0
}

/// The ways of one look, as they are found.
struct Ways<'a> {
    look: &'a Look<'a>,
    spots: &'a Spots,
    found: Vec<Way>,
}

impl Ways<'_> {
    fn add(&mut self, vehicle: u32, group: usize, leg: Option<Leg>, price: i64) {
        if !self.spots.group(group).is_empty() {
            self.found.push(Way { vehicle, first: self.spots.first[group], leg, price });
        }
    }
    /// To other cells than the one that it is in.
    fn add_stands(&mut self, vehicle: u32, idle: &Idle, near: Vec<Found>) {
        for found in near {
            let new = idle.plugged || idle.stand != Some(found.target);
            if new && affords(self.look.snapshot, idle, found.leg) {
                let price = i64::from(found.leg.time.0) + STIR_MS;
                self.add(vehicle, found.target as usize, Some(found.leg), price);
            }
        }
    }
    /// To free plugs. A plug's worth is that of an empty battery; who lacks less pays the difference.
    fn add_sites(&mut self, vehicle: u32, idle: &Idle, near: Vec<Found>) {
        let standing = self.look.standing;
        let lost = charge_worth(standing) as f64 * (1.0 - lacks(standing, idle));
        for found in near {
            if affords(self.look.snapshot, idle, found.leg) {
                let price = i64::from(found.leg.time.0) + STIR_MS + lost as i64;
                let group = self.spots.sites_from + found.target as usize;
                self.add(vehicle, group, Some(found.leg), price);
            }
        }
    }
}

/// Whether the battery lasts for the drive and leaves the reserve.
fn affords(snapshot: &Snapshot, idle: &Idle, leg: Leg) -> bool {
    let used = snapshot.uses(&idle.supply).driving(leg);
    used.saturating_add(snapshot.reserve) <= idle.supply.energy
}

fn send(look: &Look, spots: &Spots, ways: &[Way], spot: usize, vehicle: u32, stood: &mut Stood) {
    let standing = look.standing;
    let group = spots.first.partition_point(|&first| first as usize <= spot) - 1;
    let own = ways.iter().find(|way| way.vehicle == vehicle && way.first == spots.first[group]);
    let Some(leg) = own.and_then(|way| way.leg) else { return };
    let idle = &standing.idle[vehicle as usize].supply;
    let vehicle = idle.idx;
    match spots.spot[spot] {
        // Without a leg it has not come so far.
        Spot::Own => {}
        Spot::Stand(row) => {
            let stand = &standing.stands[row as usize];
            stood.stands.push(StandAssignment {
                vehicle,
                decision: StandDecision {
                    position: stand.position,
                    drive_time: leg.time,
                    drive_distance: leg.distance,
                    expected_milli: stand.expected_milli,
                    held: stand.held,
                },
            });
        }
        Spot::Plug(row) => {
            let used = look.snapshot.uses(idle).driving(leg);
            stood.charges.push(ChargeAssignment {
                vehicle,
                decision: ChargeDecision {
                    charger: look.plugs[row as usize].idx,
                    drive_time: leg.time,
                    drive_distance: leg.distance,
                    left_on_arrival: idle.energy.saturating_sub(used),
                },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::chances;

    #[test]
    fn the_worth_of_a_place_is_the_chance_that_it_is_needed() {
        let found: Vec<f64> = chances(2.0, 0).take(3).collect();
        let exact = [1.0 - 0.135_335, 1.0 - 0.406_006, 1.0 - 0.676_676];
        for (found, exact) in found.iter().zip(exact) {
            assert!((found - exact).abs() < 1e-4, "{found} {exact}");
        }
        assert!((chances(2.0, 2).next().unwrap() - exact[2]).abs() < 1e-4);
        assert_eq!(chances(0.0, 0).next(), Some(0.0));
    }
}
