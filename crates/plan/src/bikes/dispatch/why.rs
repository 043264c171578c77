//! Why vans do not do what is asked for.

use super::problem::{Ask, Excluded, Problem, Station, Van};
use crate::bikes::drive;
use paceline_model::Millis;
use std::collections::BTreeMap;

/// All vans but `chosen`, by why they do not.
pub(super) fn excluded(
    problem: &Problem,
    station: usize,
    ask: Ask,
    chosen: Option<usize>,
) -> Vec<(Excluded, u32)> {
    let mut counts: BTreeMap<Excluded, u32> = BTreeMap::new();
    let at = &problem.stations[station];
    let others = problem.vans.iter().enumerate().filter(|(number, _)| Some(*number) != chosen);
    let spare = problem.stations.iter().any(|other| other.key != at.key && other.take_max > 0);
    for (number, van) in others {
        *counts.entry(why((number, van), at, ask, spare)).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn why((number, van): (usize, &Van), at: &Station, ask: Ask, spare: bool) -> Excluded {
    let refused = match ask {
        Ask::Bring if van.aboard == 0 && !spare => Some(Excluded::NoBikes),
        Ask::Take if van.aboard >= van.capacity => Some(Excluded::NoRoom),
        Ask::Repair if !van.repairs => Some(Excluded::CannotRepair),
        _ => None,
    };
    match van.out {
        Some(code) => Excluded::Caller(code),
        None if at.declined.contains(&number) => Excluded::Declined,
        None if van.stops_left == 0 => Excluded::Busy,
        None if back(van, at) > van.shift_ends_in => Excluded::ShiftOver,
        None => refused.unwrap_or(Excluded::Elsewhere),
    }
}

/// When it would be at its depot, if it went there and did nothing.
fn back(van: &Van, at: &Station) -> Millis {
    arrival(van, at).saturating_add(drive(at.position, van.depot))
}

fn arrival(van: &Van, at: &Station) -> Millis {
    van.free_in.saturating_add(drive(van.position, at.position))
}

/// Who else could be there soonest.
pub(super) fn next_best(problem: &Problem, station: usize, chosen: usize) -> Option<(usize, Millis)> {
    let at = &problem.stations[station];
    let can = |(number, van): &(usize, &Van)| {
        let asked = van.is_able() && !at.declined.contains(number);
        *number != chosen && asked && back(van, at) <= van.shift_ends_in
    };
    let others = problem.vans.iter().enumerate().filter(can);
    others.map(|(number, van)| (number, arrival(van, at))).min_by_key(|(number, at)| (*at, *number))
}
