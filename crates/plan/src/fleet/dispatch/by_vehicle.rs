//! Candidates when vehicles are scarce: from each vehicle, along the roads, the nearest pick-ups that it may serve.

use super::candidates::{Candidate, Candidates};
use super::round::Round;
use crate::Budget;
use crate::policy::REACH_WHEN_SCARCE;
use paceline_model::Exclusion;
use paceline_road::{Direction, Found, NearestQuery, RoadPoint, Search, Targets, TravelTimes};

/// Orders that one kind of vehicle may serve, as search targets.
struct Class {
    orders: Vec<u32>,
    targets: Targets,
}

pub(super) fn find(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let mut found = Candidates::default();
    let (classes, class_of) = classes(round);
    for (searched, row) in in_turn(round).enumerate() {
        if budget.is_over() {
            found.ran_short(searched, round.dispatchable.len(), "vehicles");
            break;
        }
        let class = &classes[class_of[round.kind_of[row as usize] as usize]];
        nearest(round, row, class, search, budget, &mut found);
    }
    let content = found.content.take().unwrap_or_default();
    found.content = found.short.is_none().then_some(content);
    for row in fitting_nobody(round, &classes) {
        found.ruled_out.entry(row).or_default();
    }
    found
}

/// No search meets an order that no kind of vehicle can serve; its riders should know all the same.
fn fitting_nobody(round: &Round, classes: &[Class]) -> Vec<u32> {
    let mut fits = vec![false; round.orders.len()];
    for &row in classes.iter().flat_map(|class| &class.orders) {
        fits[row as usize] = true;
    }
    let unmet = (0..).zip(fits).filter(|(_, fits)| !fits).map(|(row, _)| row);
    unmet.filter(|&row| round.kinds.iter().all(|kind| kind.exclusion(round.order(row)).is_some())).collect()
}

/// The vehicles, from another one on in each version of the world: if the budget ends, it ends for others each time.
fn in_turn(round: &Round) -> impl Iterator<Item = u32> {
    let count = round.dispatchable.len() as u64;
    let (before, after) = round.dispatchable.split_at((round.snapshot.version.0 % count.max(1)) as usize);
    after.iter().chain(before).copied()
}

/// The classes, and per kind of vehicle its class. Kinds that may serve the same orders share one.
fn classes(round: &Round) -> (Vec<Class>, Vec<usize>) {
    let mut classes: Vec<Class> = Vec::new();
    let mut class_of = Vec::new();
    for kind in &round.kinds {
        let may_serve = |&row: &u32| kind.exclusion(round.order(row)).is_none() && round.reach(row).is_some();
        let orders: Vec<u32> = (0..round.orders.len() as u32).filter(may_serve).collect();
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
    search: &mut Search,
    budget: &mut Budget,
    found: &mut Candidates,
) {
    let most = round.policies.all().map(|policy| policy.candidates).max().unwrap_or(0);
    let wanted = usize::from(most.max(REACH_WHEN_SCARCE));
    let (place, longest) = (round.vehicle(row).place, round.policies.pickup_time_max());
    let mut count = wanted;
    for look in 1..=LOOKS {
        // The search ends with the last order that there is; asked for more, it would walk on to its bound.
        count = count.min(class.orders.len());
        let query = NearestQuery { place, count, bound: longest };
        let near = round.roads.nearest(search, query, &class.targets, Direction::FromSource);
        let goes_on = budget.spend(search.settled().max(1));
        let weighed = weigh(round, row, class, &near);
        let feasible = weighed.iter().filter(|(_, verdict)| verdict.is_ok()).count();
        let all = near.len() < count || count == class.orders.len();
        let ends = all || !goes_on || look == LOOKS || feasible >= wanted.min(ENOUGH);
        if ends && (!all || feasible > wanted) {
            found.content.get_or_insert_default().push(row);
        }
        if ends {
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
        let exclusion = if round.is_inside(number, row) {
            round.exclusion(number, vehicle, place.leg)
        } else {
            Some(Exclusion::Geofence)
        };
        let candidate = || Candidate {
            order: number,
            vehicle: row,
            pickup: place.leg,
            price: round.price(number, vehicle, place.leg),
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
