//! Which vehicle low on charge goes to which plug. See the README beside this file.

mod check;

pub use check::{Fault, Note, check};

use crate::rows::Supply;
use crate::solver::assignment::{AssignmentProblem, Pair, assign};
use crate::{Budget, ChargeAssignment, Degraded, Report, Snapshot, Stage};
use paceline_model::{ChargeDecision, Millis};
use paceline_road::{Direction, Found, Leg, NearestQuery, RoadPoint, Roads, Search, Targets, TravelTimes};

/// Sites weighed per vehicle: with fewer, neighbours that are low together could not spread out.
const SITES_PER_VEHICLE: usize = 5;

/// A day of driving: above any drive to a plug, so that whoever can charge does.
const WITHOUT_PLUG_MS: i64 = 86_400_000;

/// A site that a vehicle can reach.
struct Reach {
    vehicle: u32,
    site: u32,
    leg: Leg,
}

/// Gives the vehicles in `snapshot.low` free plugs such that as many as possible charge and all drives together are
/// shortest. A site is reached with the reserve left, or, where a vehicle has no such site, reached at all.
///
/// A vehicle that can reach no free plug is in `report.stranded`; one that only lost out to others is not.
pub fn solve(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    budget: &mut Budget,
    report: &mut Report,
) -> Vec<ChargeAssignment> {
    if snapshot.low.is_empty() {
        return Vec::new();
    }
    let options = options(roads, search, snapshot, budget, report);
    let plugs = Plugs::new(snapshot, &options);
    let matching = assign(&plugs.problem(snapshot.low.len(), &options), budget);
    if !matching.exact {
        degrade(
            report,
            "the budget ended before the drives were shortest; the rest was taken greedily".into(),
        );
    }
    report.steps = budget.used();
    let pick = |(vehicle, plug): (usize, &Option<u32>)| {
        let site = plugs.site_of[(*plug)? as usize];
        let own = options.iter().find(|option| option.vehicle as usize == vehicle && option.site == site)?;
        Some(decide(snapshot, own))
    };
    matching.column_of.iter().enumerate().filter_map(pick).collect()
}

fn degrade(report: &mut Report, reason: String) {
    report.degraded.push(Degraded { stage: Stage::Charging, reason });
}

/// What each vehicle can reach, by vehicle, nearest first.
fn options(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    budget: &mut Budget,
    report: &mut Report,
) -> Vec<Reach> {
    let places: Vec<RoadPoint> = snapshot.plugs.iter().map(|site| site.place).collect();
    let targets = Targets::new(roads, &places);
    let mut options = Vec::new();
    for (row, vehicle) in (0..).zip(&snapshot.low) {
        if budget.is_over() {
            let of = snapshot.low.len();
            degrade(report, format!("the budget ended after {row} of {of} vehicles had looked for a plug"));
            break;
        }
        let count = SITES_PER_VEHICLE.min(places.len());
        let query = NearestQuery { place: vehicle.place, count, bound: Millis::MAX };
        let near = roads.nearest(search, query, &targets, Direction::FromSource);
        budget.spend(search.settled().max(1));
        let reachable = reachable(snapshot, vehicle, &near);
        if reachable.is_empty() {
            report.stranded.push(vehicle.idx);
        }
        options.extend(reachable.iter().map(|place| Reach {
            vehicle: row,
            site: place.target,
            leg: place.leg,
        }));
    }
    options
}

/// Sites that are reached with the reserve left; if there are none, those that are reached at all.
fn reachable(snapshot: &Snapshot, vehicle: &Supply, near: &[Found]) -> Vec<Found> {
    let needed = |place: &Found| snapshot.uses(vehicle).driving(place.leg);
    let free = |place: &&Found| snapshot.plugs[place.target as usize].free > 0;
    let with_reserve = |place: &&Found| needed(place).saturating_add(snapshot.reserve) <= vehicle.energy;
    let safe: Vec<Found> = near.iter().filter(free).filter(with_reserve).copied().collect();
    if !safe.is_empty() {
        return safe;
    }
    near.iter().filter(free).filter(|place| needed(place) <= vehicle.energy).copied().collect()
}

/// Plugs as columns of their own: as many per site as are free, but no more than vehicles that look at it.
struct Plugs {
    /// Per site, its plugs are `first[site]..first[site + 1]`.
    first: Vec<u32>,
    site_of: Vec<u32>,
}

impl Plugs {
    fn new(snapshot: &Snapshot, options: &[Reach]) -> Self {
        let mut asked = vec![0_u32; snapshot.plugs.len()];
        options.iter().for_each(|option| asked[option.site as usize] += 1);
        let mut plugs = Self { first: vec![0], site_of: Vec::new() };
        for ((site, row), asked) in snapshot.plugs.iter().zip(0..).zip(asked) {
            let count = asked.min(u32::from(site.free));
            plugs.site_of.extend((0..count).map(|_| row));
            plugs.first.push(plugs.site_of.len() as u32);
        }
        plugs
    }
    fn problem(&self, vehicles: usize, options: &[Reach]) -> AssignmentProblem {
        let pairs = options.iter().flat_map(|option| {
            let site = option.site as usize;
            let cost = i64::from(option.leg.time.0);
            (self.first[site]..self.first[site + 1]).map(move |plug| Pair {
                row: option.vehicle,
                column: plug,
                cost,
            })
        });
        AssignmentProblem {
            unassigned_cost: vec![WITHOUT_PLUG_MS; vehicles],
            columns: self.site_of.len(),
            pairs: pairs.collect(),
        }
    }
}

fn decide(snapshot: &Snapshot, option: &Reach) -> ChargeAssignment {
    let vehicle = &snapshot.low[option.vehicle as usize];
    let used = snapshot.uses(vehicle).driving(option.leg);
    ChargeAssignment {
        vehicle: vehicle.idx,
        decision: ChargeDecision {
            charger: snapshot.plugs[option.site as usize].idx,
            drive_time: option.leg.time,
            drive_distance: option.leg.distance,
            left_on_arrival: vehicle.energy.saturating_sub(used),
        },
    }
}
