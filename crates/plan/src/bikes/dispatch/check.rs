//! Whether a plan keeps the rules, written from these and not from the solver.

use super::problem::{Ask, Plan, Problem, Station, Stop, Van};
use paceline_model::{Millis, Position};
use std::collections::BTreeSet;

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which station, or which van where no station is concerned.
    pub number: usize,
    /// Which rule.
    pub rule: &'static str,
}

/// How a van stands while the plan is walked through.
struct Walk {
    position: Position,
    free_at: u64,
    aboard: i64,
    batteries: i64,
}

/// What is done somewhere.
#[derive(Default)]
struct Served {
    visited: BTreeSet<usize>,
    asks: BTreeSet<(usize, Ask)>,
}

/// Walks every van through what it is given, in order; `drive` says how long it takes from one place to another.
///
/// Errors: the first rule that is broken.
pub fn check(
    problem: &Problem,
    plan: &Plan,
    drive: &mut dyn FnMut(Position, Position) -> Millis,
) -> Result<(), Broken> {
    if plan.tours.len() != problem.vans.len() {
        return Err(Broken { number: plan.tours.len(), rule: "there is one tour for each van" });
    }
    let mut served = Served::default();
    for (number, (van, stops)) in problem.vans.iter().zip(&plan.tours).enumerate() {
        if (van.out.is_some() || van.stops_left == 0) && !stops.is_empty() {
            return Err(Broken { number, rule: "nobody goes who is out or has been told enough" });
        }
        tour(problem, (number, van), stops, (&mut served, &mut *drive))?;
    }
    answered(problem, plan, &served.asks)
}

fn tour(
    problem: &Problem,
    (number, van): (usize, &Van),
    stops: &[Stop],
    (served, drive): (&mut Served, &mut dyn FnMut(Position, Position) -> Millis),
) -> Result<(), Broken> {
    let (aboard, batteries) = (i64::from(van.aboard), i64::from(van.batteries));
    let mut walk = Walk { position: van.position, free_at: 0, aboard, batteries };
    for told in &van.told {
        walk.free_at += u64::from(drive(walk.position, told.position).0) + u64::from(told.takes.0);
        walk.position = told.position;
    }
    let mut last = walk.free_at;
    for stop in stops {
        let broken = |rule| Broken { number: stop.station, rule };
        let at = problem.stations.get(stop.station).ok_or(broken("a station that there is"))?;
        if !served.visited.insert(stop.station) {
            return Err(broken("a station is visited once"));
        }
        let moves = [(stop.change > 0, Ask::Bring), (stop.change < 0, Ask::Take)];
        let moves = moves.iter().filter(|(done, _)| *done).map(|(_, ask)| *ask);
        served.asks.extend(moves.chain(stop.errand).map(|ask| (stop.station, ask)));
        if at.declined.contains(&number) {
            return Err(broken("nobody is sent where he has declined to go"));
        }
        if stop.errand == Some(Ask::Swap) {
            walk.batteries -= i64::from(problem.changed(at));
        }
        let can = can(van, &walk, at, stop);
        if !can {
            return Err(broken(
                "there is something to do, and who mends nothing, or has no batteries, does not do that",
            ));
        }
        let change = i64::from(stop.change);
        if change > i64::from(at.bring_max) || -change > i64::from(at.take_max) {
            return Err(broken("no more bikes are moved than may be"));
        }
        let arrives_at = walk.free_at + u64::from(drive(walk.position, at.position).0);
        if u64::from(stop.arrives_in.0) != arrives_at || i64::from(stop.aboard) != walk.aboard {
            return Err(broken(
                "it arrives when its drives and its work before are over, with what is aboard",
            ));
        }
        walk.aboard -= change;
        if !(0..=i64::from(van.capacity)).contains(&walk.aboard) {
            return Err(broken("no van beyond its capacity"));
        }
        // How long parking and mending take is the planner's.
        walk.free_at = arrives_at + u64::from(van.handling.0) * u64::from(stop.change.unsigned_abs());
        walk.free_at += u64::from(super::planner::stop_time(problem, at, stop.errand).0);
        last = walk.free_at + u64::from(drive(at.position, van.depot).0);
        walk.position = at.position;
    }
    match stops.is_empty() || last <= u64::from(van.shift_ends_in.0) || van.shift_ends_in.0 == u32::MAX {
        true => Ok(()),
        false => Err(Broken { number, rule: "it is back before its shift is over" }),
    }
}

/// Whether there is something to do at a stop, and the van can do it.
fn can(van: &Van, walk: &Walk, at: &Station, stop: &Stop) -> bool {
    match stop.errand {
        None => stop.change != 0,
        Some(Ask::Repair) => van.repairs && at.asks.repair && !at.asks.inspect,
        Some(Ask::Inspect) => at.asks.inspect,
        Some(Ask::Swap) => at.asks.swap > 0 && !at.asks.inspect && walk.batteries >= 0,
        Some(Ask::Bring | Ask::Take) => false,
    }
}

/// What is asked for is done by one, or said of all why not.
fn answered(problem: &Problem, plan: &Plan, served: &BTreeSet<(usize, Ask)>) -> Result<(), Broken> {
    let mut waits = BTreeSet::new();
    for unserved in &plan.unserved {
        let counted: u32 = unserved.excluded.iter().map(|(_, vans)| vans).sum();
        if !waits.insert((unserved.station, unserved.ask)) || counted as usize != problem.vans.len() {
            return Err(Broken {
                number: unserved.station,
                rule: "where nobody goes, each van is counted once",
            });
        }
    }
    for (number, station) in problem.stations.iter().enumerate() {
        for ask in station.asks.each() {
            if served.contains(&(number, ask)) == waits.contains(&(number, ask)) {
                return Err(Broken { number, rule: "what is asked for is done, or waits" });
            }
        }
    }
    Ok(())
}
