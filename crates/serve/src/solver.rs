//! The solver's thread: one snapshot in, one plan out, within the round's budget.

use crate::clock::Stopwatch;
use crate::hooks::TestHooks;
use crate::shadow::{ShadowHandle, Solved};
use paceline_plan::shadow::Given;
use paceline_plan::{Budget, Degraded, Plan, Report, Snapshot, Stage};
use paceline_road::{Roads, Search};
use paceline_supervise::sync::mpsc;
use paceline_supervise::{Spawner, Until};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// A round to solve.
pub(crate) struct Round {
    pub(crate) snapshot: Box<Snapshot>,
    /// The streets under the travel times that the snapshot was taken by: the whole round knows no other.
    pub(crate) roads: Arc<Roads>,
    /// Started when the tick was due: what the snapshot took counts.
    pub(crate) since: Stopwatch,
}

/// Rounds go out one at a time.
const ROUNDS_MAX: usize = 1;

/// What a solver goes by.
pub(crate) struct SolverOptions {
    pub(crate) roads: Arc<Roads>,
    /// Time that one round may take.
    pub(crate) budget: Duration,
    pub(crate) hooks: Option<TestHooks>,
}

/// The ways to the solver and back.
pub(crate) struct SolverHandle {
    pub(crate) rounds: mpsc::Sender<Round>,
    pub(crate) plans: mpsc::Receiver<Plan>,
}

/// Starts the live solver, which hands each round on to the shadow.
pub(crate) fn start(scope: &Spawner, options: SolverOptions, shadow: ShadowHandle) -> SolverHandle {
    let (rounds, waiting) = mpsc::channel("the next round", ROUNDS_MAX);
    let (plans_to, plans) = mpsc::channel("a plan", ROUNDS_MAX);
    scope.spawn_blocking("solver", Until::Owner, move |_| run(&options, waiting, &plans_to, &shadow));
    SolverHandle { rounds, plans }
}

/// Runs until the region closes its end.
fn run(
    options: &SolverOptions,
    mut rounds: mpsc::Receiver<Round>,
    plans: &mpsc::Sender<Plan>,
    shadow: &ShadowHandle,
) -> Result<(), Infallible> {
    let (mut search, budget) = (Search::new(&options.roads), options.budget);
    while let Some(Round { snapshot, roads, since }) = rounds.blocking_recv() {
        let mut budget = Budget::within(move || since.elapsed().div_duration_f64(budget));
        let solved = catch_unwind(AssertUnwindSafe(|| {
            options.hooks.as_ref().inspect(|hooks| hooks.turn("solver"));
            paceline_plan::solve(&roads, &mut search, &snapshot, &snapshot.policies, &mut budget)
        }));
        let plan = solved.unwrap_or_else(|_| {
            tracing::error!(version = snapshot.version.0, "the solver panicked: this round assigns nothing");
            // It may have left what it keeps half-written.
            search = Search::new(&roads);
            nothing(&snapshot)
        });
        let live = snapshot.shadow.is_some().then(|| Given::of(&plan));
        if plans.blocking_send(plan).is_err() {
            break;
        }
        if let Some(live) = live {
            shadow.offer(Solved { snapshot, roads, live });
        }
    }
    Ok(())
}

/// The plan of a round that came to nothing.
fn nothing(snapshot: &Snapshot) -> Plan {
    let degraded = Degraded { stage: Stage::Assignment, reason: "the solver panicked".to_owned() };
    let report = Report { degraded: vec![degraded], ..Report::default() };
    Plan {
        made_from: snapshot.version,
        assignments: Vec::new(),
        routes: Vec::new(),
        stands: Vec::new(),
        charges: Vec::new(),
        report,
    }
}
