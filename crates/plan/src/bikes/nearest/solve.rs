//! One job after the other, each to the van that is there soonest; a bike that it is short of counts as some minutes.

use super::problem::{
    Excluded, Found, Interval, Job, Outcome, Plan, Problem, Site, Supply, Van, Work, drive,
};
use crate::budget::Budget;
use paceline_model::{Millis, Position};
use std::collections::BTreeMap;

/// What a bike is worth that a visit is short of: so much longer another van may take that brings it.
const SHORT_OF_A_BIKE: Millis = Millis::from_secs(120);
/// Sites that a van is looked at with for each job: those nearest to where the bikes are wanted.
const SITES_LOOKED_AT: usize = 8;

/// Gives each job to a van, or says why none can have it.
///
/// Same problem and steps, same plan. When the budget ends, the jobs that were not looked at are left out.
pub fn solve(problem: &Problem, budget: &mut Budget) -> Plan {
    let (mut vans, mut sites) = (problem.vans.clone(), problem.sites.clone());
    let mut plan = Plan { made_from: problem.version, ..Plan::default() };
    for (number, job) in problem.jobs.iter().enumerate() {
        if !budget.spend((sites.len() + vans.len() * SITES_LOOKED_AT) as u64) {
            plan.ran_short = true;
            break;
        }
        let outcome = choose(number, job, &vans, &sites);
        if let Some(found) = &outcome.found {
            follow(found, job, &mut vans, &mut sites);
        }
        plan.outcomes.push(outcome);
    }
    plan
}

/// How one van would do a job.
struct Offer {
    van: usize,
    arrives_in: Millis,
    supply: Option<Supply>,
    bikes: Interval,
    /// With what the bikes count that it is short of.
    price: Millis,
}

fn choose(number: usize, job: &Job, vans: &[Van], sites: &[Site]) -> Outcome {
    let near = near(job.position, sites);
    let (mut offers, mut excluded) = (Vec::new(), BTreeMap::<Excluded, u32>::new());
    for (index, van) in vans.iter().enumerate() {
        match offer(index, van, job, &near) {
            Ok(offer) => offers.push(offer),
            Err(why) => *excluded.entry(why).or_default() += 1,
        }
    }
    offers.sort_by_key(|offer| (offer.price, offer.van));
    let next_best = offers.get(1).map(|offer| (offer.van, offer.arrives_in));
    let found = offers.into_iter().next().map(|Offer { van, arrives_in, supply, bikes, .. }| Found {
        van,
        supply,
        bikes,
        arrives_in,
        aboard: vans[van].aboard,
        next_best,
    });
    Outcome { job: number, found, excluded: excluded.into_iter().collect() }
}

/// Sites with bikes to spare, the nearest first.
fn near(to: Position, sites: &[Site]) -> Vec<(usize, Site)> {
    let spare = sites.iter().copied().enumerate().filter(|(_, site)| site.spare > 0);
    let mut near: Vec<(Millis, usize, Site)> =
        spare.map(|(number, site)| (drive(site.position, to), number, site)).collect();
    near.sort_by_key(|(away, number, _)| (*away, *number));
    near.into_iter().take(SITES_LOOKED_AT).map(|(_, number, site)| (number, site)).collect()
}

fn offer(index: usize, van: &Van, job: &Job, near: &[(usize, Site)]) -> Result<Offer, Excluded> {
    if let Some(code) = van.out {
        return Err(Excluded::Caller(code));
    }
    if let Some((_, code)) = job.barred.iter().find(|(barred, _)| *barred == index) {
        return Err(Excluded::Caller(*code));
    }
    if van.stops_left == 0 {
        return Err(Excluded::Busy);
    }
    let offer = match job.work {
        Work::Visit(repair) if repair && !van.repairs => return Err(Excluded::CannotRepair),
        Work::Visit(_) => straight(index, van, job, Interval { least: 0, most: 0 }),
        Work::Collect(wanted) => match wanted.most.min(van.capacity.saturating_sub(van.aboard)) {
            0 => return Err(Excluded::NoRoom),
            room => short(straight(index, van, job, cut(wanted, room)), wanted, room),
        },
        Work::Deliver(wanted) => deliver(index, van, job, wanted, near)?,
    };
    let ends_in = offer.arrives_in.saturating_add(Millis(van.handling.0.saturating_mul(offer.bikes.most)));
    if ends_in > van.shift_ends_in { Err(Excluded::ShiftOver) } else { Ok(offer) }
}

/// With what is aboard, or with what is taken up on the way: whichever is the cheaper.
fn deliver(
    index: usize,
    van: &Van,
    job: &Job,
    wanted: Interval,
    near: &[(usize, Site)],
) -> Result<Offer, Excluded> {
    let aboard = van.aboard.min(wanted.most);
    let direct = (aboard > 0).then(|| short(straight(index, van, job, cut(wanted, aboard)), wanted, aboard));
    let more = (wanted.most - aboard).min(van.capacity - van.aboard);
    let by_way = near
        .iter()
        .filter(|_| more > 0 && van.stops_left > 1)
        .map(|(site, at)| by_way_of(index, van, job, wanted, (*site, *at, more)));
    let offers = direct.into_iter().chain(by_way);
    offers.min_by_key(|offer| offer.price).ok_or(Excluded::NoBikes)
}

fn straight(van: usize, of: &Van, job: &Job, bikes: Interval) -> Offer {
    let arrives_in = of.free_in.saturating_add(drive(of.position, job.position));
    Offer { van, arrives_in, supply: None, bikes, price: arrives_in }
}

fn by_way_of(
    van: usize,
    of: &Van,
    job: &Job,
    wanted: Interval,
    (site, at, more): (usize, Site, u32),
) -> Offer {
    let taken = at.spare.min(more);
    let legs = [drive(of.position, at.position), drive(at.position, job.position)];
    let handling = Millis(of.handling.0.saturating_mul(taken));
    let arrives_in = legs.into_iter().chain([handling]).fold(of.free_in, Millis::saturating_add);
    let supply = Some(Supply { site, bikes: Interval { least: 1, most: taken } });
    let brought = (of.aboard + taken).min(wanted.most);
    short(Offer { van, arrives_in, supply, bikes: cut(wanted, brought), price: arrives_in }, wanted, brought)
}

/// The same offer, at the price of the bikes that it is short of.
fn short(offer: Offer, wanted: Interval, brought: u32) -> Offer {
    let missing = Millis(SHORT_OF_A_BIKE.0.saturating_mul(wanted.least.saturating_sub(brought)));
    Offer { price: offer.arrives_in.saturating_add(missing), ..offer }
}

/// As many as are wanted, and not more than there are.
fn cut(wanted: Interval, most: u32) -> Interval {
    Interval { least: wanted.least.min(most), most: wanted.most.min(most) }
}

/// The van stands after the job, and what it took up is spare no longer.
fn follow(found: &Found, job: &Job, vans: &mut [Van], sites: &mut [Site]) {
    let van = &mut vans[found.van];
    if let Some(supply) = found.supply {
        sites[supply.site].spare -= supply.bikes.most;
        van.aboard += supply.bikes.most;
        van.stops_left -= 1;
    }
    van.stops_left -= 1;
    let bikes = found.bikes.most;
    match job.work {
        Work::Deliver(_) => van.aboard -= bikes,
        Work::Collect(_) => van.aboard += bikes,
        Work::Visit(_) => {}
    }
    van.position = job.position;
    van.free_in = found.arrives_in.saturating_add(Millis(van.handling.0.saturating_mul(bikes)));
}

#[cfg(test)]
mod tests {
    use super::super::check::check;
    use super::*;
    use paceline_model::Version;
    use proptest::prelude::*;

    fn at(east: i32, north: i32) -> Position {
        // 100 m a step.
        Position::from_e7(599_000_000 + north * 9_000, 107_000_000 + east * 18_000).expect("a place")
    }

    fn van(position: Position, aboard: u32) -> Van {
        Van {
            position,
            free_in: Millis::ZERO,
            aboard,
            capacity: 20,
            handling: Millis::from_secs(40),
            shift_ends_in: Millis::MAX,
            stops_left: 3,
            repairs: false,
            out: None,
        }
    }

    fn job(position: Position, work: Work) -> Job {
        Job { position, work, barred: Vec::new() }
    }

    fn solved(problem: &Problem) -> Plan {
        let plan = solve(problem, &mut Budget::unlimited());
        check(problem, &plan).expect("a plan keeps the rules");
        plan
    }

    const FIVE_TO_TEN: Work = Work::Deliver(Interval { least: 5, most: 10 });

    #[test]
    fn the_nearest_van_with_enough_bikes_goes_and_one_that_is_empty_takes_some_up_on_its_way() {
        let vans = vec![van(at(0, 0), 0), van(at(30, 0), 8)];
        let sites = vec![Site { position: at(2, 0), spare: 9 }];
        let jobs = vec![job(at(28, 0), FIVE_TO_TEN), job(at(4, 0), FIVE_TO_TEN)];
        let plan = solved(&Problem { version: Version(1), vans, sites, jobs });
        let found: Vec<Found> = plan.outcomes.into_iter().filter_map(|outcome| outcome.found).collect();
        assert_eq!((found[0].van, found[0].supply, found[0].bikes.most), (1, None, 8));
        let supply = found[1].supply.expect("it has none aboard");
        assert_eq!((found[1].van, supply.site, supply.bikes.most, found[1].bikes.most), (0, 0, 9, 9));
    }

    #[test]
    fn each_van_that_cannot_is_counted_by_why() {
        let mut vans: Vec<Van> = (0..5).map(|_| van(at(0, 0), 0)).collect();
        vans[1].out = Some(7);
        vans[2].stops_left = 0;
        vans[3].aboard = 9;
        vans[3].shift_ends_in = Millis::from_secs(30);
        let mut wanted = job(at(9, 0), FIVE_TO_TEN);
        wanted.barred.push((4, 3));
        let plan = solved(&Problem { version: Version(1), vans, sites: Vec::new(), jobs: vec![wanted] });
        let counts = [
            (Excluded::Caller(3), 1),
            (Excluded::Caller(7), 1),
            (Excluded::ShiftOver, 1),
            (Excluded::Busy, 1),
            (Excluded::NoBikes, 1),
        ];
        assert_eq!((plan.outcomes[0].found.clone(), &plan.outcomes[0].excluded[..]), (None, &counts[..]));
    }

    fn positions() -> impl Strategy<Value = Position> {
        (0..60_i32, 0..60_i32).prop_map(|(east, north)| at(east, north))
    }

    fn any_van() -> impl Strategy<Value = Van> {
        let parts = (positions(), 0..=20_u32, 0..4_u32, 0..7_200_u32, any::<bool>(), 0..8_u8);
        parts.prop_map(|(position, aboard, stops_left, ends, repairs, out)| Van {
            stops_left,
            repairs,
            shift_ends_in: Millis::from_secs(ends),
            out: (out == 0).then_some(1),
            ..van(position, aboard)
        })
    }

    fn any_work() -> impl Strategy<Value = Work> {
        let bounds = (1..9_u32, 0..9_u32).prop_map(|(least, more)| Interval { least, most: least + more });
        (bounds, 0..4_u8).prop_map(|(bikes, kind)| match kind {
            0 | 1 => Work::Deliver(bikes),
            2 => Work::Collect(bikes),
            _ => Work::Visit(bikes.least > 4),
        })
    }

    proptest! {
        /// Whatever is asked: no van beyond its capacity, no bike promised twice, nobody sent who is out, barred, busy or going home.
        #[test]
        fn a_plan_keeps_the_rules(
            vans in prop::collection::vec(any_van(), 0..6),
            sites in prop::collection::vec((positions(), 0..12_u32), 0..6),
            jobs in prop::collection::vec((positions(), any_work()), 0..8),
            barred in prop::collection::vec((0..8_usize, 0..6_usize), 0..5),
        ) {
            let sites = sites.into_iter().map(|(position, spare)| Site { position, spare }).collect();
            let mut jobs: Vec<Job> = jobs.into_iter().map(|(position, work)| job(position, work)).collect();
            for (one, van) in barred {
                if let Some(job) = jobs.get_mut(one) {
                    job.barred.push((van, 2));
                }
            }
            let problem = Problem { version: Version(3), vans, sites, jobs };
            let plan = solve(&problem, &mut Budget::unlimited());
            prop_assert_eq!(check(&problem, &plan), Ok(()));
            prop_assert_eq!(plan.outcomes.len(), problem.jobs.len());
            prop_assert_eq!(&solve(&problem, &mut Budget::unlimited()), &plan);
        }
    }
}
