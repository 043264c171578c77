//! `paceline sim fuzz --cluster`: seeds of the simulated cluster.

use super::fuzz_args::FuzzArgs;
use paceline_model::Millis;
use paceline_sim::cluster::{Setup, Stats};

/// Runs until a promise is broken, or all seeds are done.
pub(super) fn run(args: &FuzzArgs) -> anyhow::Result<()> {
    let setup = |seed| {
        let mut setup = Setup::of(seed);
        setup.planted = args.planted;
        setup
    };
    args.play(setup, |setup| vary(args, setup), shown)
}

fn vary(args: &FuzzArgs, setup: &mut Setup) {
    setup.orders = args.orders.unwrap_or(setup.orders);
    setup.servers = args.servers.map_or(setup.servers, usize::from);
    setup.vehicles = args.vehicles.map_or(setup.vehicles, usize::from);
    setup.regions = args.regions.map_or(setup.regions, usize::from);
    setup.lasts = args.millis.map_or(setup.lasts, Millis);
}

fn shown(stats: &Stats) -> String {
    let Stats {
        steps,
        orders,
        rides,
        hand_overs,
        moves,
        deaths,
        refused,
        unanswered,
        planned_wait_max,
        recovery_max,
    } = stats;
    format!(
        "{steps} steps, {orders} orders, {rides} rides, {hand_overs} hand-overs, {moves} changes of owners, {deaths} ends of processes, {refused} requests refused and {unanswered} unanswered; longest wait in a healthy cluster {planned_wait_max}, longest recovery {recovery_max}"
    )
}
