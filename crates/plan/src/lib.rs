//! What should we do? Pure functions from a snapshot of the world to a proposal, under a budget.
//!
//! `matching` gives orders to vehicles one to one, `pooling` plans shared rides and `packing` chooses among their trips,
//! `charging` gives empty batteries to plugs, `routes` plans whole days ahead. None knows a clock, a journal or a task:
//! time and budget arrive as arguments, and what ran short stands in the report.

pub mod budget;
pub mod charging;
pub mod matching;
pub mod packing;
pub mod plan;
pub mod policy;
pub mod pooling;
pub mod routes;
pub mod snapshot;

pub use budget::Budget;
pub use plan::{Assignment, ChargeAssignment, Degraded, Plan, Report, RouteAssignment, Stage};
pub use policy::{Policy, PolicySpec, PoolingLevel, PoolingSpec, price_in_words};
pub use snapshot::{Demand, Party, Plug, Pool, Sharer, Snapshot, Supply};

use paceline_road::{Roads, Search};

/// Solves one round: shared rides first where the policy pools, then orders to vehicles, then vehicles low on charge to
/// plugs.
pub fn solve(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policy: &PolicySpec,
    budget: &mut Budget,
) -> Plan {
    let pooled = policy.pooling.map(|spec| pooling::share(roads, search, snapshot, policy, &spec, budget));
    let left;
    let snapshot = match &pooled {
        Some(shared) if !shared.routes.is_empty() => {
            left = without(snapshot, &shared.routes);
            &left
        }
        _ => snapshot,
    };
    let (assignments, mut report) = matching::solve(roads, search, snapshot, policy, budget);
    let charges = charging::solve(roads, search, snapshot, budget, &mut report);
    let shared = pooled.unwrap_or_default();
    report.candidates += shared.report.offers;
    report.degraded.extend(shared.report.degraded);
    report.undispatched.extend(shared.undispatched);
    report.steps = budget.used();
    Plan { made_from: snapshot.version, assignments, charges, routes: shared.routes, report }
}

/// The snapshot for those who do not share: without the orders that shared routes have taken.
fn without(snapshot: &Snapshot, routes: &[RouteAssignment]) -> Snapshot {
    let gained = routes.iter().flat_map(|route| &route.gained).map(|(order, _)| order);
    let taken: std::collections::BTreeSet<_> = gained.collect();
    let mut left = Snapshot { pool: None, ..snapshot.clone() };
    left.orders.retain(|order| !taken.contains(order.id()));
    left
}
