//! The solver's thread: one snapshot in, one plan out, within the round's budget.

use crate::clock::Stopwatch;
use paceline_engine::FleetOptions;
use paceline_plan::{Budget, Plan, Snapshot};
use paceline_road::{Roads, Search};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// A round to solve.
pub(crate) struct Round {
    pub(crate) snapshot: Box<Snapshot>,
    /// The streets under the travel times that the snapshot was taken by: the whole round knows no other.
    pub(crate) roads: Arc<Roads>,
    /// Started when the tick was due: what the snapshot took counts.
    pub(crate) since: Stopwatch,
}

/// Runs until the region closes its end.
pub(crate) fn run(
    roads: &Arc<Roads>,
    options: &FleetOptions,
    budget: Duration,
    mut rounds: mpsc::Receiver<Round>,
    plans: &mpsc::Sender<Plan>,
) -> Result<(), Infallible> {
    let mut search = Search::new(roads);
    while let Some(Round { snapshot, roads, since }) = rounds.blocking_recv() {
        let mut budget = Budget::until(move || since.elapsed() >= budget);
        let plan = paceline_plan::solve(&roads, &mut search, &snapshot, &options.policy, &mut budget);
        if plans.blocking_send(plan).is_err() {
            break;
        }
    }
    Ok(())
}
