//! A federation from its journal to its tasks.

use super::links::Links;
use super::reports::ClusterReports;
use super::shell::{FederationMetrics, FederationMoments, FederationRound, FederationShell};
use super::ways::{LinkMetrics, Ways};
use super::{FederationModel, FederationOwn};
use crate::error::ServeError;
use crate::hooks::TestHooks;
use crate::http::{ServedRegion, federation_region};
use crate::metrics::{self, RegionMetrics};
use crate::region::recovery::{Recovered, Replica, recover};
use crate::region::setup::{Kept, OfKind, Shared, Started, start_region, view_options};
use crate::reload::{ReadOptions, RegionReload, ReloadCounts};
use crate::running::Running;
use crate::solver::{self, SolverHandle};
use crate::stream::Stream;
use crate::view::{self, Moments, Shown};
use paceline_engine::federation::{Federation, FederationOptions};
use paceline_journal::{Identity, LogAddress};
use paceline_model::RegionId;
use paceline_plan::edge::federation::{Plan, solve};
use paceline_supervise::Spawner;
use paceline_supervise::sync::watch;
use std::sync::Arc;
use std::time::Duration;

/// A federation of a server, as it is configured.
#[derive(Clone)]
pub struct FederationSpec {
    /// The name by which `/v1/regions/{region}/...` addresses it.
    pub name: RegionId,
    /// How it is run.
    pub options: FederationOptions,
    /// Where its journal is; begun if absent, and no other region's.
    pub journal: LogAddress,
    /// The only journal that is served. `None`: whichever is there, or a new one.
    pub journal_identity: Option<Identity>,
    /// Reads its options again on SIGHUP, and when the operator's listener is asked to.
    pub read_options: Option<ReadOptions<FederationOptions>>,
}

/// A recovered federation, not yet running.
pub(crate) struct FederationSetup {
    pub(crate) name: RegionId,
    pub(crate) recovered: Recovered,
    kept: Kept<Federation>,
    read_options: Option<ReadOptions<FederationOptions>>,
}

impl FederationSpec {
    /// The world as its journal has told it so far, beside whoever writes it. Errors: options that break a rule; the journal.
    pub(crate) fn replica(&self) -> Result<Replica<Federation>, ServeError> {
        Replica::begin(Federation::new(self.options.clone().validate()?), &self.journal)
    }
}

impl FederationSetup {
    /// Recovers the world from the region's journal, which is begun if absent.
    ///
    /// Errors: options that break a rule; a journal that is damaged or held by another process, or another region.
    pub(crate) fn recover(
        spec: FederationSpec,
        replayed: Option<Replica<Federation>>,
    ) -> Result<Self, ServeError> {
        let FederationSpec { name, options, journal: at, journal_identity, read_options } = spec;
        let world = Federation::new(options.validate()?);
        let (ledger, journal, recovered) = recover(world, &at, journal_identity, replayed)?;
        Ok(Self { name, recovered, kept: Kept { ledger, journal, at }, read_options })
    }

    /// Starts its threads and its links. They end when nobody is left who could ask the region.
    pub(crate) fn start(self, shared: &Shared<'_>) -> Running {
        let (mut registry, metrics) = (metrics::of_region(&self.name), RegionMetrics::default());
        let (world, linked) = (FederationMetrics::default(), LinkMetrics::default());
        world.register(&mut registry);
        linked.register(&mut registry);
        metrics.register(&mut registry);
        let telling =
            |_: &Arc<Shown<FederationModel>>, _: &Arc<Stream>| -> Box<dyn Moments<FederationModel>> {
                Box::new(FederationMoments(world.clone()))
            };
        let (feed, view) =
            view::start(shared.scope, &self.kept.ledger, view_options(shared, &metrics), telling);
        let budget = Duration::from(shared.options.round_budget);
        let solver = start_solver(shared.scope, budget, shared.hooks.clone());
        let counts = ReloadCounts::registered(&mut registry);
        let reports = Arc::new(ClusterReports::default());
        let (wake, woken) = watch::channel("what clusters are to be told", 0);
        let shell = FederationShell { reports: reports.clone(), wake, world, rounds: metrics.rounds.clone() };
        let own = FederationOwn;
        let kind = OfKind { solver, shell, feed, view, own, metrics, registry };
        let Started { app, registry, stream, queues, ways, journal } = start_region(shared, self.kept, kind);
        Links(Ways { app: app.clone(), reports, woken, metrics: linked }).start(shared.scope);
        let reload = self.read_options.map(|read| {
            let checked = move || Ok(read()?.validate()?);
            RegionReload::of(self.name.clone(), "federation", ways, checked, counts)
        });
        let router = federation_region(self.name.clone(), app.clone());
        let served = ServedRegion::new(self.name, router, app);
        Running { served, registry, stream, reload, queues, journal }
    }
}

/// Starts the solver. A round in which it panics spreads nothing.
fn start_solver(
    scope: &Spawner,
    budget: Duration,
    hooks: Option<TestHooks>,
) -> SolverHandle<FederationRound, Plan> {
    let solve = move |FederationRound { problem, since }: FederationRound| {
        let mut budget = since.budget(budget);
        let solved = solver::caught(hooks.as_ref(), problem.version, || solve(&problem, &mut budget));
        let nothing = || Plan { made_from: problem.version, ran_short: true, ..Plan::default() };
        solved.unwrap_or_else(nothing)
    };
    solver::start_alone(scope, solve)
}
