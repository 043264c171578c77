//! What should we do? Pure functions from a snapshot of the world to a proposal, under a budget.
//!
//! `matching` gives orders to vehicles, `packing` gives trips of several to vehicles, `charging` gives empty batteries to plugs. None knows a clock, a journal
//! or a task: time and budget arrive as arguments, and what ran short stands in the report.

pub mod budget;
pub mod charging;
pub mod matching;
pub mod packing;
pub mod plan;
pub mod policy;
pub mod snapshot;

pub use budget::Budget;
pub use plan::{Assignment, ChargeAssignment, Degraded, Plan, Report, Stage};
pub use policy::{Policy, PolicySpec, price_in_words};
pub use snapshot::{Demand, Plug, Snapshot, Supply};

use paceline_road::{Roads, Search};

/// Solves one round: orders to vehicles first, then vehicles low on charge to plugs.
pub fn solve(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policy: &PolicySpec,
    budget: &mut Budget,
) -> Plan {
    let (assignments, mut report) = matching::solve(roads, search, snapshot, policy, budget);
    let charges = charging::solve(roads, search, snapshot, budget, &mut report);
    Plan { made_from: snapshot.version, assignments, charges, report }
}
