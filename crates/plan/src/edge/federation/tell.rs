//! What each cluster is told now, on the way from what runs to what was decided.
//!
//! What may run twice for a moment starts in its new cluster before it stops in the old one: a cluster that is to have fewer keeps as many as do not
//! run elsewhere yet. What must never run twice stops first: a cluster that is to have more waits until no other one may still run them.

/// How a cluster stands to one workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Replicas that it is to have.
    pub target: u32,
    /// Replicas that it may still run, from before it was to have fewer.
    pub residue: u32,
    /// Replicas that are asked of it and that have a node there, as it says; `None`: it cannot be reached.
    pub known: Option<(u32, u32)>,
}

/// What each cluster is told, in the order of `standings`; `None`: nothing, for it cannot be reached or has nothing to do with it.
pub fn tell(wanted: u32, single: bool, standings: &[Standing]) -> Vec<Option<u32>> {
    let told = if single { stop_first(wanted, standings) } else { start_first(wanted, standings) };
    let concerns = |of: &Standing| of.known.is_some() && (of.target > 0 || of.residue > 0);
    standings.iter().zip(told).map(|(of, told)| concerns(of).then_some(told)).collect()
}

fn start_first(wanted: u32, standings: &[Standing]) -> Vec<u32> {
    let running = |of: &Standing| of.known.map_or(0, |(_, placed)| placed.min(of.target));
    let mut missing = wanted.saturating_sub(standings.iter().map(running).sum());
    let told = |of: &Standing| {
        let more = of.known.map_or(0, |(_, placed)| placed.min(of.residue)).saturating_sub(of.target);
        let kept = more.min(missing);
        missing -= kept;
        of.target + kept
    };
    standings.iter().map(told).collect()
}

fn stop_first(wanted: u32, standings: &[Standing]) -> Vec<u32> {
    // What a cluster may run that it is not to have any more, whether it can be reached or not.
    let excess = |of: &Standing| {
        let known = of.known.map_or(0, |(wanted, _)| if of.residue > 0 { wanted } else { 0 });
        of.residue.max(known).saturating_sub(of.target)
    };
    let mut left = wanted.saturating_sub(standings.iter().map(excess).sum());
    // What runs where it is to run has its place already.
    let has = |of: &Standing| of.known.map_or(of.target, |(wanted, _)| wanted.min(of.target));
    let mut told: Vec<u32> = standings.iter().map(has).collect();
    left = left.saturating_sub(told.iter().sum());
    for (of, told) in standings.iter().zip(&mut told) {
        let more = (of.target - *told).min(left);
        *told += more;
        left -= more;
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(target: u32, residue: u32, known: Option<(u32, u32)>) -> Standing {
        Standing { target, residue, known }
    }

    #[test]
    fn what_moves_stops_where_it_was_once_it_runs_where_it_goes() {
        let (from, to) = (at(0, 4, Some((4, 4))), |placed| at(4, 0, Some((4, placed))));
        for (placed, kept) in [(0, 4), (1, 3), (4, 0)] {
            assert_eq!(tell(4, false, &[from, to(placed)]), [Some(kept), Some(4)], "{placed} run");
        }
    }

    #[test]
    fn a_cluster_that_comes_back_ends_at_once_what_runs_elsewhere() {
        let back = at(0, 3, Some((3, 3)));
        assert_eq!(tell(4, false, &[back, at(4, 0, Some((4, 4)))]), [Some(0), Some(4)]);
        // Two of the four have no node there yet, so that two go on here.
        assert_eq!(tell(4, false, &[back, at(4, 0, Some((4, 2)))]), [Some(2), Some(4)]);
    }

    #[test]
    fn what_must_be_single_starts_once_nobody_else_may_run_it() {
        let to = at(1, 0, Some((0, 0)));
        assert_eq!(tell(1, true, &[at(0, 1, Some((1, 1))), to]), [Some(0), Some(0)]);
        assert_eq!(tell(1, true, &[at(0, 1, None), to]), [None, Some(0)]);
        assert_eq!(tell(1, true, &[at(0, 0, Some((0, 0))), to]), [None, Some(1)]);
    }

    #[test]
    fn whoever_cannot_be_reached_is_told_nothing_and_what_is_not_ours_is_left_alone() {
        assert_eq!(tell(2, false, &[at(2, 0, None), at(0, 0, Some((5, 5)))]), [None, None]);
    }
}
