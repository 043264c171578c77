//! Why vans do not do what is asked for.

use super::problem::{Ask, Excluded, Problem, Van};
use super::reach::Reach;
use paceline_model::Millis;
use std::collections::BTreeMap;

/// All vans but `chosen`, by why they do not.
pub(super) fn excluded(
    (problem, reach): (&Problem, &Reach),
    station: usize,
    ask: Ask,
    chosen: Option<usize>,
) -> Vec<(Excluded, u32)> {
    let mut counts: BTreeMap<Excluded, u32> = BTreeMap::new();
    let at = &problem.stations[station];
    let others = problem.vans.iter().enumerate().filter(|(number, _)| Some(*number) != chosen);
    let spare = problem.stations.iter().any(|other| other.key != at.key && other.take_max > 0);
    for (number, van) in others {
        let late = reach.back(number, station) > van.shift_ends_in;
        let refused = refused(van, ask, spare);
        let why = match van.out {
            Some(code) => Excluded::Caller(code),
            None if at.declined.contains(&number) => Excluded::Declined,
            None if van.stops_left == 0 => Excluded::Busy,
            None if late => Excluded::ShiftOver,
            None => refused.unwrap_or(Excluded::Elsewhere),
        };
        *counts.entry(why).or_default() += 1;
    }
    counts.into_iter().collect()
}

/// What it has not, if that is why.
fn refused(van: &Van, ask: Ask, spare: bool) -> Option<Excluded> {
    match ask {
        Ask::Bring if van.aboard == 0 && !spare => Some(Excluded::NoBikes),
        Ask::Take if van.aboard >= van.capacity => Some(Excluded::NoRoom),
        Ask::Repair if !van.repairs => Some(Excluded::CannotRepair),
        Ask::Swap if van.batteries == 0 => Some(Excluded::NoBatteries),
        _ => None,
    }
}

/// Who else could be there soonest.
pub(super) fn next_best(
    (problem, reach): (&Problem, &Reach),
    station: usize,
    chosen: usize,
) -> Option<(usize, Millis)> {
    let at = &problem.stations[station];
    let can = |(number, van): &(usize, &Van)| {
        let asked = van.is_able() && !at.declined.contains(number);
        *number != chosen && asked && reach.back(*number, station) <= van.shift_ends_in
    };
    let others = problem.vans.iter().enumerate().filter(can);
    others
        .map(|(number, _)| (number, reach.arrival(number, station)))
        .min_by_key(|(number, at)| (*at, *number))
}
