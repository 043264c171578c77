//! Candidates when vehicles are scarce: from each vehicle, along the roads, the nearest pick-ups that it may serve.

use super::candidates::{Candidate, Candidates};
use super::round::Round;
use crate::Budget;
use crate::policy::REACH_WHEN_SCARCE;
use paceline_model::{Exclusion, Millis};
use paceline_road::{Direction, Found, RoadPoint, Search, Targets, TravelTimes};

/// Orders that one kind of vehicle may serve, as search targets.
struct Class {
    orders: Vec<u32>,
    targets: Targets,
}

pub(super) fn find(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let mut found = Candidates::default();
    let longest = longest_reach(round);
    let (classes, class_of) = classes(round);
    for (searched, row) in in_turn(round).enumerate() {
        if budget.is_over() {
            found.ran_short(searched, round.dispatchable.len(), "vehicles");
            break;
        }
        let class = &classes[class_of[round.kind_of[row as usize] as usize]];
        nearest(round, row, class, longest, search, budget, &mut found);
    }
    for row in (0..round.snapshot.orders.len() as u32).filter(|&row| fits_nobody(round, row)) {
        found.ruled_out.entry(row).or_default();
    }
    found
}

/// No search meets an order that no kind of vehicle can serve; its riders should know all the same.
fn fits_nobody(round: &Round, row: u32) -> bool {
    round.kinds.iter().all(|kind| kind.exclusion(round.order(row)).is_some())
}

/// The vehicles, from another one on in each version of the world: if the budget ends, it ends for others each time.
fn in_turn(round: &Round) -> impl Iterator<Item = u32> {
    let count = round.dispatchable.len() as u64;
    let (before, after) = round.dispatchable.split_at((round.snapshot.version.0 % count.max(1)) as usize);
    after.iter().chain(before).copied()
}

/// No order can be reached in time over a longer drive than this.
fn longest_reach(round: &Round) -> Millis {
    round.snapshot.orders.iter().filter_map(|order| round.reach(order)).max().unwrap_or(Millis::ZERO)
}

/// The classes, and per kind of vehicle its class. Kinds that may serve the same orders share one.
fn classes(round: &Round) -> (Vec<Class>, Vec<usize>) {
    let mut classes: Vec<Class> = Vec::new();
    let mut class_of = Vec::new();
    for kind in &round.kinds {
        let may_serve = |&row: &u32| {
            let order = round.order(row);
            kind.exclusion(order).is_none() && round.reach(order).is_some()
        };
        let orders: Vec<u32> = (0..round.snapshot.orders.len() as u32).filter(may_serve).collect();
        let known = classes.iter().position(|class| class.orders == orders);
        class_of.push(known.unwrap_or(classes.len()));
        if known.is_none() {
            let places: Vec<RoadPoint> = orders.iter().map(|&row| round.order(row).pickup).collect();
            classes.push(Class { targets: Targets::new(round.roads, &places), orders });
        }
    }
    (classes, class_of)
}

/// Further looks for a vehicle whose nearest orders it may not serve, each over four times as many.
const LOOKS: usize = 3;
const WIDEN: usize = 4;
/// Feasible orders with which a vehicle is content.
const ENOUGH: usize = 4;

/// Adds the nearest orders that one vehicle may serve. What ruled it out counts once, from its last look.
fn nearest(
    round: &Round,
    row: u32,
    class: &Class,
    longest: Millis,
    search: &mut Search,
    budget: &mut Budget,
    found: &mut Candidates,
) {
    let wanted = usize::from(round.policy.candidates.max(REACH_WHEN_SCARCE));
    let place = round.vehicle(row).place;
    let mut count = wanted;
    for look in 1..=LOOKS {
        let near = round.roads.nearest(search, place, &class.targets, Direction::FromSource, count, longest);
        let goes_on = budget.spend(search.settled().max(1));
        let weighed = weigh(round, row, class, &near);
        let feasible = weighed.iter().filter(|(_, verdict)| verdict.is_ok()).count();
        if near.len() < count || !goes_on || look == LOOKS || feasible >= wanted.min(ENOUGH) {
            record(weighed, wanted, found);
            return;
        }
        count *= WIDEN;
    }
}

type Verdict = (u32, Result<Candidate, Exclusion>);

fn weigh(round: &Round, row: u32, class: &Class, near: &[Found]) -> Vec<Verdict> {
    let vehicle = round.vehicle(row);
    let verdict = |place: &Found| {
        let number = class.orders[place.target as usize];
        let order = round.order(number);
        let outside = order.spec.geofence.as_ref().is_some_and(|area| !round.inside(area, row));
        let exclusion =
            if outside { Some(Exclusion::Geofence) } else { round.exclusion(order, vehicle, place.leg) };
        let candidate = || Candidate {
            order: number,
            vehicle: row,
            pickup: place.leg,
            price: round.price(order, vehicle, place.leg),
        };
        (number, exclusion.map_or_else(|| Ok(candidate()), Err))
    };
    near.iter().map(verdict).collect()
}

fn record(weighed: Vec<Verdict>, wanted: usize, found: &mut Candidates) {
    let most = found.pairs.len() + wanted;
    for (order, verdict) in weighed {
        let tally = found.ruled_out.entry(order).or_default();
        match verdict {
            Ok(candidate) if found.pairs.len() < most => found.pairs.push(candidate),
            Ok(_) => {}
            Err(reason) => tally.add(reason, 1),
        }
    }
}
