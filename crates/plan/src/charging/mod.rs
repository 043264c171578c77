//! Which vehicle low on charge goes to which plug.

use crate::{Budget, ChargeAssignment, Report, Snapshot};
use paceline_road::{Search, TravelTimes};

/// Gives each vehicle in `snapshot.low` the nearest free plug that it reaches with reserve, while plugs last.
pub fn solve(
    _roads: &(impl TravelTimes + ?Sized),
    _search: &mut Search,
    _snapshot: &Snapshot,
    _budget: &mut Budget,
    _report: &mut Report,
) -> Vec<ChargeAssignment> {
    Vec::new()
}
