//! An edge region from its journal to its threads.

use super::scrape::{ScrapeMetrics, Scraper, check_addresses};
use super::shadow::{self, ShadowHandle, Solved};
use super::shell::{EdgeMetrics, EdgeMoments, EdgeRound, EdgeShell};
use super::{EdgeModel, EdgeOwn, Memory, NodeReports, Questions, Twins, Verifier, memory, standing};
use crate::error::ServeError;
use crate::hooks::TestHooks;
use crate::http::{ServedRegion, edge_region};
use crate::metrics::{self, RegionMetrics};
use crate::region::recovery::{Recovered, recover};
use crate::region::setup::{Kept, OfKind, Shared, Started, start_region, view_options};
use crate::reload::{ReadOptions, RegionReload, ReloadCounts};
use crate::running::Running;
use crate::solver::{self, SolverHandle};
use crate::stream::Stream;
use crate::view::{self, Moments, Shown};
use paceline_engine::edge::{Edge, EdgeOptions};
use paceline_journal::{Identity, LogAddress};
use paceline_model::{Invalid, RegionId, Rule};
use paceline_plan::edge::round::{Plan, solve};
use paceline_supervise::Spawner;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// An edge region of a server, as it is configured.
#[derive(Clone)]
pub struct EdgeSpec {
    /// The name by which `/v1/regions/{region}/...` addresses it.
    pub name: RegionId,
    /// How it is run.
    pub options: EdgeOptions,
    /// Where its journal is; begun if absent, and no other region's.
    pub journal: LogAddress,
    /// The only journal that is served. `None`: whichever is there, or a new one.
    pub journal_identity: Option<Identity>,
    /// Reads its options again on SIGHUP, and when the operator's listener is asked to.
    pub read_options: Option<ReadOptions<EdgeOptions>>,
}

/// A recovered edge region, not yet running.
pub(crate) struct EdgeSetup {
    pub(crate) name: RegionId,
    pub(crate) recovered: Recovered,
    kept: Kept<Edge>,
    /// The directory of its journal, where what is no part of the world is kept.
    dir: PathBuf,
    read_options: Option<ReadOptions<EdgeOptions>>,
    scraper: Option<Scraper>,
    verifier: Verifier,
    twins: Twins,
}

impl EdgeSetup {
    /// Recovers the world from the region's journal, which is begun if absent.
    ///
    /// Errors: options that break a rule; a journal that is damaged or held by another process, another region's, or in no directory.
    pub(crate) fn recover(spec: EdgeSpec) -> Result<Self, ServeError> {
        let EdgeSpec { name, options, journal: at, journal_identity, read_options } = spec;
        let scraper = Scraper::new(&options.scrape)?;
        let dir = at.directory().ok_or_else(|| must_be_a_directory(&at))?.to_owned();
        let (enrolments, twins) = memory::read(&dir)?;
        let verifier = Verifier::new(&options.attestation, enrolments)?;
        let world = Edge::new(options.validate()?);
        let (ledger, journal, recovered) = recover(world, &at, journal_identity, None)?;
        Ok(Self {
            name,
            recovered,
            kept: Kept { ledger, journal, at },
            dir,
            read_options,
            scraper,
            verifier,
            twins,
        })
    }

    /// Starts its threads. They end when nobody is left who could ask the region.
    pub(crate) fn start(self, shared: &Shared<'_>) -> Running {
        let (mut registry, metrics) = (metrics::of_region(&self.name), RegionMetrics::default());
        let world = EdgeMetrics::default();
        world.register(&mut registry);
        metrics.register(&mut registry);
        let reports = Arc::new(NodeReports::new(&mut registry));
        self.verifier.start(shared.scope, &mut registry);
        let scrapes = ScrapeMetrics::default();
        scrapes.register(&mut registry);
        if let Some(scraper) = self.scraper {
            scraper.start(shared.scope, shared.clock, &reports, &scrapes);
        }
        let telling = |_: &Arc<Shown<EdgeModel>>, _: &Arc<Stream>| -> Box<dyn Moments<EdgeModel>> {
            Box::new(EdgeMoments(world.clone()))
        };
        let (feed, view) =
            view::start(shared.scope, &self.kept.ledger, view_options(shared, &metrics), telling);
        let budget = Duration::from(shared.options.round_budget);
        let shadow = shadow::start(shared.scope, budget, &mut registry);
        let questions = Questions::new(shared.scope.spawner());
        let twins = Arc::new(self.twins);
        let enrolments = self.verifier.enrolments.clone();
        let memory = Memory::start(shared.scope, &self.dir, enrolments, twins.clone());
        let own = EdgeOwn {
            reports: reports.clone(),
            shadow: shadow.book.clone(),
            questions,
            verifier: self.verifier,
            twins,
            memory,
        };
        let solver = start_solver(shared.scope, budget, shared.hooks.clone(), shadow);
        let counts = ReloadCounts::registered(&mut registry);
        let shell = EdgeShell { reports, world, rounds: metrics.rounds.clone() };
        let kind = OfKind { solver, shell, feed, view, own, metrics, registry };
        let Started { app, registry, stream, queues, ways, journal } = start_region(shared, self.kept, kind);
        let reload = self.read_options.map(|read| {
            let checked = move || {
                let options = read()?.validate()?;
                check_addresses(&options.scrape)?;
                Ok(options)
            };
            RegionReload::of(self.name.clone(), "edge", ways, checked, counts)
        });
        let router = edge_region(self.name.clone(), app.clone());
        let gate = standing::gate(app.clone());
        let served = ServedRegion::new(self.name, router, app).with_nodes(gate);
        Running { served, registry, stream, reload, queues, journal }
    }
}

/// Starts the solver, which hands each round on to the shadow. A round in which it panics places nothing.
fn start_solver(
    scope: &Spawner,
    budget: Duration,
    hooks: Option<TestHooks>,
    shadow: ShadowHandle,
) -> SolverHandle<EdgeRound, Plan> {
    let solve = move |EdgeRound { problem, since }: EdgeRound| {
        let mut budget = since.budget(budget);
        let solved = solver::caught(hooks.as_ref(), problem.version, || {
            solve(&problem, &mut problem.placer(), &mut budget)
        });
        let nothing = || Plan { made_from: problem.version, ran_short: true, ..Plan::default() };
        let plan = solved.unwrap_or_else(nothing);
        let live = problem.shadow.is_some().then(|| plan.clone());
        (plan, live.map(|live| Solved { problem, live }))
    };
    solver::start(scope, solve, shadow)
}

/// Who was let in is written down beside the journal.
fn must_be_a_directory(journal: &LogAddress) -> ServeError {
    let rule = Rule::Shape("must be a directory: an edge region keeps beside it who was let in".into());
    Invalid::new("journal", journal.name(), rule).into()
}
