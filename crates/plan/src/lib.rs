//! What should we do? Pure functions from a snapshot of the world to a proposal, under a budget.
//!
//! Two floors. `solver` is numbers only: assignment, packing, vehicle routing. `fleet` decides by it: dispatch gives orders
//! to vehicles one to one, pooling plans shared rides, charging gives empty batteries to plugs, reposition sends idle
//! vehicles to where riders are expected; `forecast` says where that is. None knows a clock, a journal or a task: time and
//! budget arrive as arguments, and what ran short stands in the report.

pub mod budget;
pub mod fleet;
pub mod forecast;
mod memory;
pub mod plan;
pub mod policy;
mod rng;
pub mod shadow;
pub mod snapshot;
pub mod solver;

pub use budget::Budget;
pub use memory::Memory;
pub use plan::{
    Assignment, ChargeAssignment, Degraded, Plan, Report, RouteAssignment, Stage, StandAssignment,
};
pub use policy::{Policies, Policy, PolicyRule, PolicySpec, PoolingLevel, PoolingSpec, price_in_words};
pub use rng::Rng;
pub use snapshot::{Demand, Held, Party, Plug, Pool, Sharer, Snapshot, Supply};

use fleet::{charging, dispatch, pooling, reposition};
use paceline_road::Roads;

/// Part of a round's budget for shared rides: what is left is for orders that cannot share, for those who charge and for
/// idle vehicles, however overrun the fleet is.
const POOLING_SHARE: f64 = 0.9;

/// Solves one round: shared rides first where the policy pools, then orders to vehicles, then vehicles low on charge to
/// plugs, then idle ones to where they stand.
///
/// Panics if `roads` has another metric than the snapshot was taken by: a round that mixes two is worth nothing.
pub fn solve(
    roads: &Roads,
    memory: &mut Memory,
    snapshot: &Snapshot,
    policies: &Policies,
    budget: &mut Budget,
) -> Plan {
    assert_eq!(
        roads.metric().digest(),
        snapshot.metric,
        "the round's roads have another metric than its snapshot"
    );
    let Memory { search, matcher } = memory;
    let policy = policies.usual();
    let pooled = policy.pooling.map(|spec| {
        let share = |budget: &mut Budget| pooling::share(roads, search, snapshot, policy, &spec, budget);
        budget.up_to(POOLING_SHARE, share)
    });
    let left;
    let snapshot = match &pooled {
        Some(shared) if !shared.routes.is_empty() => {
            left = without(snapshot, &shared.routes);
            &left
        }
        _ => snapshot,
    };
    let (assignments, mut report) = dispatch::solve(roads, search, matcher, snapshot, policies, budget);
    let mut charges = charging::solve(roads, search, snapshot, budget, &mut report);
    let routes = pooled.as_ref().map_or(&[][..], |shared| &shared.routes);
    let standing = without_busy(snapshot, &assignments, routes, &charges);
    let stood = reposition::solve(roads, search, standing.as_ref().unwrap_or(snapshot), budget);
    charges.extend(stood.charges);
    report.degraded.extend(stood.degraded);
    let shared = pooled.unwrap_or_default();
    report.candidates += shared.report.offers;
    report.degraded.extend(shared.report.degraded);
    report.undispatched.extend(shared.undispatched);
    report.steps = budget.used();
    let (stands, routes) = (stood.stands, shared.routes);
    Plan { made_from: snapshot.version, assignments, charges, routes, stands, report }
}

/// The snapshot for those who stay idle: without the vehicles and plugs that this round has given away.
fn without_busy(
    snapshot: &Snapshot,
    assignments: &[Assignment],
    routes: &[RouteAssignment],
    charges: &[ChargeAssignment],
) -> Option<Snapshot> {
    let standing = snapshot.standing.as_ref()?;
    let routed = routes.iter().map(|route| &route.vehicle);
    let assigned = assignments.iter().map(|taken| &taken.vehicle);
    let busy: std::collections::BTreeSet<_> = assigned.chain(routed).collect();
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

/// The snapshot for those who do not share: without the orders that shared routes have taken.
fn without(snapshot: &Snapshot, routes: &[RouteAssignment]) -> Snapshot {
    let gained = routes.iter().flat_map(|route| &route.gained).map(|(order, _)| order);
    let taken: std::collections::BTreeSet<_> = gained.collect();
    let mut left = Snapshot { pool: None, ..snapshot.clone() };
    left.orders.retain(|order| !taken.contains(order.id()));
    left
}
