//! Who serves whom: candidates by road, hard constraints, prices, exact batch assignment, reasons.

use crate::{Assignment, Budget, PolicySpec, Report, Snapshot};
use paceline_road::{Search, TravelTimes};

/// Solves one batch. See the module's README.
pub fn solve(
    _roads: &(impl TravelTimes + ?Sized),
    _search: &mut Search,
    _snapshot: &Snapshot,
    _policy: &PolicySpec,
    _budget: &mut Budget,
) -> (Vec<Assignment>, Report) {
    (Vec::new(), Report::default())
}
