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
pub mod rebalance;
pub mod snapshot;

pub use budget::Budget;
pub use plan::{Assignment, ChargeAssignment, Degraded, Plan, Report, Stage, StandAssignment};
pub use policy::{Policy, PolicySpec, price_in_words};
pub use snapshot::{Demand, Plug, Snapshot, Supply};

use paceline_road::{Roads, Search};

/// Solves one round: orders to vehicles first, then vehicles low on charge to plugs, then idle ones to where they stand.
pub fn solve(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policy: &PolicySpec,
    budget: &mut Budget,
) -> Plan {
    let (assignments, mut report) = matching::solve(roads, search, snapshot, policy, budget);
    let mut charges = charging::solve(roads, search, snapshot, budget, &mut report);
    let standing = without_busy(snapshot, &assignments, &charges);
    let stood = rebalance::solve(roads, search, standing.as_ref().unwrap_or(snapshot), budget);
    charges.extend(stood.charges);
    report.degraded.extend(stood.degraded);
    report.steps = budget.used();
    Plan { made_from: snapshot.version, assignments, charges, stands: stood.stands, report }
}

/// The snapshot for those who stay idle: without the vehicles and plugs that this round has given away.
fn without_busy(
    snapshot: &Snapshot,
    assignments: &[Assignment],
    charges: &[ChargeAssignment],
) -> Option<Snapshot> {
    let standing = snapshot.standing.as_ref()?;
    let busy: std::collections::BTreeSet<_> = assignments.iter().map(|taken| &taken.vehicle).collect();
    let mut standing = standing.clone();
    standing.idle.retain(|idle| !busy.contains(idle.supply.id()));
    let mut left = Snapshot { standing: Some(standing), ..snapshot.clone() };
    for charge in charges {
        let site = left.plugs.iter_mut().find(|site| site.id == charge.decision.charger);
        if let Some(site) = site {
            site.free = site.free.saturating_sub(1);
        }
    }
    Some(left)
}
