//! The solver's thread: one problem in, one plan out, within the round's budget.

use crate::clock::Stopwatch;
use crate::fleet::shadow::{ShadowHandle, Solved};
use crate::hooks::TestHooks;
use crate::shadow::{self, Figures};
use paceline_model::Version;
use paceline_plan::shadow::Given;
use paceline_plan::{Degraded, Plan, Report, Snapshot, Stage};
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
pub(crate) struct SolverHandle<J, P> {
    pub(crate) rounds: mpsc::Sender<J>,
    pub(crate) plans: mpsc::Receiver<P>,
}

/// Starts a thread that solves one job after another, until the region closes its end. What `solve` gives besides the plan is the
/// shadow's, once the plan is out.
pub(crate) fn start<J: Send + 'static, P: Send + 'static, S: Send + 'static, F: Figures>(
    scope: &Spawner,
    solve: impl FnMut(J) -> (P, Option<S>) + Send + 'static,
    shadow: shadow::ShadowHandle<S, F>,
) -> SolverHandle<J, P> {
    start_before(scope, solve, move |solved| shadow.offer(solved))
}

/// The same where there is no shadow.
pub(crate) fn start_alone<J: Send + 'static, P: Send + 'static>(
    scope: &Spawner,
    mut solve: impl FnMut(J) -> P + Send + 'static,
) -> SolverHandle<J, P> {
    start_before(scope, move |job| (solve(job), None), |never: Infallible| match never {})
}

/// Solves, hands the plan out, and then does what is left to do.
fn start_before<J: Send + 'static, P: Send + 'static, S: Send + 'static>(
    scope: &Spawner,
    mut solve: impl FnMut(J) -> (P, Option<S>) + Send + 'static,
    mut rest: impl FnMut(S) + Send + 'static,
) -> SolverHandle<J, P> {
    let (rounds, mut waiting) = mpsc::channel("the next round", ROUNDS_MAX);
    let (plans_to, plans) = mpsc::channel("a plan", ROUNDS_MAX);
    scope.spawn_blocking("solver", Until::Owner, move |_| {
        while let Some(job) = waiting.blocking_recv() {
            let (plan, solved) = solve(job);
            if plans_to.blocking_send(plan).is_err() {
                break;
            }
            if let Some(solved) = solved {
                rest(solved);
            }
        }
        Ok::<(), Infallible>(())
    });
    SolverHandle { rounds, plans }
}

/// Solves one round. `None`: the solver panicked, and the round comes to nothing; what it keeps from round to round may be half-written.
pub(crate) fn caught<P>(hooks: Option<&TestHooks>, version: Version, solve: impl FnOnce() -> P) -> Option<P> {
    let solved = catch_unwind(AssertUnwindSafe(|| {
        hooks.inspect(|hooks| hooks.turn("solver"));
        solve()
    }));
    let panicked =
        |_| tracing::error!(version = version.0, "the solver panicked: this round comes to nothing");
    solved.map_err(panicked).ok()
}

/// Starts a fleet's live solver, which hands each round on to the shadow.
pub(crate) fn start_fleet(
    scope: &Spawner,
    options: SolverOptions,
    shadow: ShadowHandle,
) -> SolverHandle<Round, Plan> {
    let SolverOptions { roads, budget, hooks } = options;
    let mut search = Search::new(&roads);
    let solve = move |Round { snapshot, roads, since }: Round| {
        let mut budget = since.budget(budget);
        let solved = caught(hooks.as_ref(), snapshot.version, || {
            paceline_plan::solve(&roads, &mut search, &snapshot, &snapshot.policies, &mut budget)
        });
        let plan = solved.unwrap_or_else(|| {
            search = Search::new(&roads);
            nothing(&snapshot)
        });
        let live = snapshot.shadow.is_some().then(|| Given::of(&plan));
        (plan, live.map(|live| Solved { snapshot, roads, live }))
    };
    start(scope, solve, shadow)
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
