//! Whether a plan keeps the rules, written from these and not from the solver.

use super::problem::{Found, Plan, Problem, Van, Work, drive};
use paceline_model::{Millis, Position};
use std::collections::BTreeMap;

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which job.
    pub job: usize,
    /// Which rule.
    pub rule: &'static str,
}

/// How a van stands while the plan is walked through.
struct Walk {
    position: Position,
    free_at: u64,
    aboard: i64,
    stops: u32,
}

/// Walks every van through what it is given, in order.
///
/// Errors: the first rule that is broken.
pub fn check(problem: &Problem, plan: &Plan) -> Result<(), Broken> {
    let start = |van: &Van| Walk {
        position: van.position,
        free_at: u64::from(van.free_in.0),
        aboard: i64::from(van.aboard),
        stops: 0,
    };
    let mut walks: Vec<Walk> = problem.vans.iter().map(start).collect();
    let mut taken: BTreeMap<usize, u32> = BTreeMap::new();
    for (place, outcome) in plan.outcomes.iter().enumerate() {
        let broken = |rule| Broken { job: outcome.job, rule };
        if outcome.job != place || outcome.job >= problem.jobs.len() {
            return Err(broken("jobs are answered in their order, each once"));
        }
        let counted: u32 = outcome.excluded.iter().map(|(_, vans)| vans).sum();
        let Some(found) = &outcome.found else {
            match counted as usize == problem.vans.len() {
                true => continue,
                false => return Err(broken("where nobody goes, each van is counted once")),
            }
        };
        let walk = walks.get_mut(found.van).ok_or(broken("a van that there is"))?;
        visit(problem, outcome.job, found, walk, &mut taken).map_err(broken)?;
    }
    Ok(())
}

fn visit(
    problem: &Problem,
    job: usize,
    found: &Found,
    walk: &mut Walk,
    taken: &mut BTreeMap<usize, u32>,
) -> Result<(), &'static str> {
    let (van, job) = (&problem.vans[found.van], &problem.jobs[job]);
    if van.out.is_some() || job.barred.iter().any(|(barred, _)| *barred == found.van) {
        return Err("nobody goes who is out or barred");
    }
    if found.aboard != walk.aboard as u32 {
        return Err("what is aboard is what is left of before");
    }
    let handled = |bikes: u32| u64::from(van.handling.0) * u64::from(bikes);
    if found.supply.is_some() {
        fetch(problem, found, walk, taken)?;
    }
    walk.free_at += u64::from(drive(walk.position, job.position).0);
    if found.arrives_in != Millis(u32::try_from(walk.free_at).unwrap_or(u32::MAX)) {
        return Err("it arrives when its drives and its work before are over");
    }
    let wanted = match job.work {
        Work::Deliver(wanted) => {
            walk.aboard -= i64::from(found.bikes.most);
            Some(wanted)
        }
        Work::Collect(wanted) => {
            walk.aboard += i64::from(found.bikes.most);
            Some(wanted)
        }
        Work::Visit(repair) if repair && !van.repairs => return Err("who mends nothing mends nothing"),
        Work::Visit(_) => None,
    };
    let most = wanted.map_or(0, |wanted| wanted.most);
    if found.bikes.most > most || found.bikes.least > found.bikes.most {
        return Err("not more bikes than are wanted");
    }
    if wanted.is_some() && found.bikes.most == 0 {
        return Err("no visit without a bike");
    }
    within(walk.aboard, van.capacity)?;
    walk.position = job.position;
    walk.free_at += handled(found.bikes.most);
    walk.stops += 1;
    if walk.stops > van.stops_left {
        return Err("a crew is told so many stops and no more");
    }
    if walk.free_at > u64::from(van.shift_ends_in.0) && van.shift_ends_in != Millis::MAX {
        return Err("it is over before the shift is");
    }
    Ok(())
}

/// The bikes that it takes up on its way.
fn fetch(
    problem: &Problem,
    found: &Found,
    walk: &mut Walk,
    taken: &mut BTreeMap<usize, u32>,
) -> Result<(), &'static str> {
    let (van, supply) = (&problem.vans[found.van], found.supply.ok_or("a supply")?);
    let site = problem.sites.get(supply.site).ok_or("a site that there is")?;
    let all = taken.entry(supply.site).or_default();
    *all += supply.bikes.most;
    if *all > site.spare {
        return Err("no bike is taken twice");
    }
    let handled = u64::from(van.handling.0) * u64::from(supply.bikes.most);
    walk.free_at += u64::from(drive(walk.position, site.position).0) + handled;
    walk.position = site.position;
    walk.aboard += i64::from(supply.bikes.most);
    walk.stops += 1;
    within(walk.aboard, van.capacity)
}

fn within(aboard: i64, capacity: u32) -> Result<(), &'static str> {
    if (0..=i64::from(capacity)).contains(&aboard) { Ok(()) } else { Err("no van beyond its capacity") }
}
