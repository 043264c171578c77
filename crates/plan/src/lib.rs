//! What should we do? Pure functions from a snapshot of the world to a proposal, under a budget.
//!
//! Two floors. `solver` is numbers only: assignment, packing, vehicle routing, chains of a day known beforehand. `fleet` decides by it: dispatch gives orders
//! to vehicles one to one, pooling plans shared rides, charging gives empty batteries to plugs, reposition sends idle
//! vehicles to where riders are expected; `forecast` says where that is. `bikes` says what a bike is worth where it stands. `release` says whether a new version of any service may stay. None knows a clock, a journal or a task: time and
//! budget arrive as arguments, and what ran short stands in the report.

pub mod bikes;
pub mod budget;
pub mod edge;
pub mod fleet;
pub mod forecast;
pub mod plan;
pub mod policy;
pub mod release;
mod rng;
pub mod rows;
pub mod shadow;
pub mod snapshot;
pub mod solver;

pub use budget::Budget;
pub use plan::{
    Assignment, ChargeAssignment, Degraded, Plan, Report, RouteAssignment, Stage, StandAssignment,
};
pub use policy::{
    Policies, Policy, PolicyKind, PolicyRule, PolicySpec, PoolingLevel, PoolingSpec, price_in_words,
};
pub use rng::Rng;
pub use rows::{Demand, Held, Party, Plug, Pool, Sharer, Supply};
pub use snapshot::Snapshot;

use fleet::reposition::Standing;
use fleet::{charging, dispatch, pooling, reposition};
use paceline_road::{Roads, Search};
use std::collections::BTreeSet;

/// Part of a round's budget for shared rides: what is left is for orders that cannot share, for those who charge and for
/// idle vehicles, however overrun the fleet is.
const POOLING_SHARE: f64 = 0.9;

/// Solves one round: shared rides first where the policy pools, then orders to vehicles, then vehicles low on charge to
/// plugs, then idle ones to where they stand.
///
/// `search` is room to search in, and may be kept from round to round: a plan follows from its snapshot alone.
///
/// Panics if `roads` has another metric than the snapshot was taken by: a round that mixes two is worth nothing.
pub fn solve(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policies: &Policies,
    budget: &mut Budget,
) -> Plan {
    assert_eq!(
        roads.metric().digest(),
        snapshot.metric,
        "the round's roads have another metric than its snapshot"
    );
    let policy = policies.usual();
    let pooled = policy.shared().map(|spec| {
        let share = |budget: &mut Budget| pooling::share(roads, search, snapshot, policy, spec, budget);
        budget.up_to(POOLING_SHARE, share)
    });
    let sharing = pooled.as_ref().filter(|shared| !shared.routes.is_empty());
    let left = sharing.map(|shared| without_shared(&snapshot.orders, &shared.routes));
    let orders = left.as_deref().unwrap_or(&snapshot.orders);
    let batch = dispatch::Batch { snapshot, orders, policies };
    let (assignments, mut report) = dispatch::solve(roads, search, &batch, budget);
    let mut charges = charging::solve(roads, search, snapshot, budget, &mut report);
    let routes = pooled.as_ref().map_or(&[][..], |shared| &shared.routes);
    let stood = match &snapshot.standing {
        Some(standing) => {
            let standing = without_busy(standing, &assignments, routes);
            let plugs = without_taken(&snapshot.plugs, &charges);
            let look = reposition::Look { snapshot, standing: &standing, plugs: &plugs };
            reposition::solve(roads, search, &look, budget)
        }
        None => reposition::Stood::default(),
    };
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

/// Those who stay idle: without the vehicles that this round has given something to do.
fn without_busy(standing: &Standing, assignments: &[Assignment], routes: &[RouteAssignment]) -> Standing {
    let routed = routes.iter().map(|route| route.vehicle);
    let busy: BTreeSet<_> = assignments.iter().map(|taken| taken.vehicle).chain(routed).collect();
    let mut standing = standing.clone();
    standing.idle.retain(|idle| !busy.contains(&idle.supply.idx));
    standing
}

/// The plugs that are still free after `charges`.
fn without_taken(plugs: &[Plug], charges: &[ChargeAssignment]) -> Vec<Plug> {
    let mut left = plugs.to_vec();
    for charge in charges {
        if let Some(site) = left.iter_mut().find(|site| site.idx == charge.decision.charger) {
            site.free = site.free.saturating_sub(1);
        }
    }
    left
}

/// The orders that shared routes have not taken.
fn without_shared(orders: &[Demand], routes: &[RouteAssignment]) -> Vec<Demand> {
    let gained = routes.iter().flat_map(|route| &route.gained).map(|(order, _)| *order);
    let taken: BTreeSet<_> = gained.collect();
    orders.iter().filter(|order| !taken.contains(&order.idx)).cloned().collect()
}
