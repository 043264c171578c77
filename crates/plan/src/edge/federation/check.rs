//! Whether a spread may be: written from the rules of `docs/federation.md`, and knows nothing of how one is found.

use super::problem::{Cluster, May, Spread, Workload};
use super::room::Room;
use std::collections::BTreeSet;

/// What a spread breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// More replicas than are wanted.
    TooMany(u32),
    /// A cluster has more than it may have, or than it has room for.
    TooManyIn(usize),
    /// A cluster has fewer than one that has any must have.
    TooFewIn(usize),
    /// A cluster that cannot be told is to have another number, though so many are wanted.
    Moved(usize),
    /// More clusters than there may be.
    Clusters(usize),
    /// More locations than there may be.
    Locations(usize),
    /// A part of what goes together.
    Parted,
    /// It says that more, or fewer, go nowhere.
    Unplaced(u32),
}

/// Errors: the first rule that it breaks.
pub fn check(
    clusters: &[Cluster],
    rooms: &[Room],
    workload: &Workload,
    spread: &Spread,
) -> Result<(), Broken> {
    let (places, replicas) = (&workload.places, &spread.replicas);
    let total: u32 = replicas.iter().sum();
    if total > workload.wanted {
        return Err(Broken::TooMany(total));
    }
    if spread.unplaced != workload.wanted - total {
        return Err(Broken::Unplaced(spread.unplaced));
    }
    let fixed = |at: usize| matches!(places[at].may, May::Frozen(_)) && places[at].now > 0;
    let all_fixed: u32 = (0..places.len()).filter(|at| fixed(*at)).map(|at| places[at].now).sum();
    for (at, place) in places.iter().enumerate() {
        let most = match place.may {
            May::Leave(_) => 0,
            May::Stay(_) | May::Frozen(_) => place.now,
            May::Grow => place
                .most
                .unwrap_or(u32::MAX)
                .min((place.now + place.held).saturating_add(rooms[at].fits(&place.need))),
        };
        let most =
            if fixed(at) { most } else { most.min(workload.rules.per_cluster_max.unwrap_or(u32::MAX)) };
        if replicas[at] > most {
            return Err(Broken::TooManyIn(at));
        }
        if fixed(at) && all_fixed <= workload.wanted && replicas[at] != place.now {
            return Err(Broken::Moved(at));
        }
        // A gang that does not go as a whole stays as it is.
        let is_left = workload.rules.gang && replicas[at] <= place.now;
        if !fixed(at) && !is_left && (1..workload.rules.per_cluster_min).contains(&replicas[at]) {
            return Err(Broken::TooFewIn(at));
        }
    }
    groups(clusters, workload, replicas, &fixed)?;
    let as_before = places.iter().zip(replicas).all(|(place, replicas)| *replicas <= place.now);
    if workload.rules.gang && total > 0 && total < workload.wanted && !as_before {
        return Err(Broken::Parted);
    }
    Ok(())
}

/// Errors: more clusters, or locations, than there may be, where those that cannot be told are not more already.
fn groups(
    clusters: &[Cluster],
    workload: &Workload,
    replicas: &[u32],
    fixed: &dyn Fn(usize) -> bool,
) -> Result<(), Broken> {
    let used: Vec<usize> = (0..replicas.len()).filter(|at| replicas[*at] > 0).collect();
    let fixed: Vec<usize> = used.iter().copied().filter(|at| fixed(*at)).collect();
    let count = |of: &[usize]| of.iter().map(|at| clusters[*at].location).collect::<BTreeSet<_>>().len();
    let is_over = |used: usize, fixed: usize, most: Option<u32>| {
        used > fixed && most.is_some_and(|most| used > most as usize)
    };
    if is_over(used.len(), fixed.len(), workload.rules.clusters_max) {
        return Err(Broken::Clusters(used.len()));
    }
    if is_over(count(&used), count(&fixed), workload.rules.locations_max) {
        return Err(Broken::Locations(count(&used)));
    }
    Ok(())
}
