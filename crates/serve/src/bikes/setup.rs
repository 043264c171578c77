//! A bikes region from its journal to its threads.

use super::feed::{FeedMetrics, Source};
use super::moments::BikesMoments;
use super::shell::{BikesMetrics, BikesRound, BikesShell};
use super::{BikesModel, BikesOwn, GbfsOptions, LooseBikes, Published, VanPositions};
use crate::error::ServeError;
use crate::hooks::TestHooks;
use crate::http::{ServedRegion, bikes_region};
use crate::kind::Kind as _;
use crate::metrics::{self, RegionMetrics};
use crate::region::recovery::{Recovered, Replica, recover};
use crate::region::setup::{Kept, OfKind, Shared, Started, start_region, view_options};
use crate::reload::{ReadOptions, RegionReload, ReloadCounts};
use crate::running::Running;
use crate::solver::{self, SolverHandle};
use crate::stream::Stream;
use crate::streets::{Streets, StreetsSetup};
use crate::traffic::TrafficOptions;
use crate::view::{self, Moments, Shown};
use crate::written_level::Awaited;
use paceline_engine::bikes::{Bikes, BikesOptions};
use paceline_engine::record::level::INSPECTIONS;
use paceline_engine::{Input, Ticket};
use paceline_journal::{Identity, LogAddress};
use paceline_model::RegionId;
use paceline_plan::bikes::dispatch::{Plan, Planner};
use paceline_road::Roads;
use paceline_supervise::Spawner;
use std::sync::Arc;
use std::time::Duration;

/// A bikes region of a server, as it is configured.
#[derive(Clone)]
pub struct BikesSpec {
    /// The name by which `/v1/regions/{region}/...` addresses it.
    pub name: RegionId,
    /// How it is run.
    pub options: BikesOptions,
    /// The streets that its vans drive along. `None`: drives go by the straight line.
    pub roads: Option<Arc<Roads>>,
    /// What the streets' speeds come from.
    pub traffic: TrafficOptions,
    /// Where its journal is; begun if absent, and no other region's.
    pub journal: LogAddress,
    /// The only journal that is served. `None`: whichever is there, or a new one.
    pub journal_identity: Option<Identity>,
    /// The feed that it publishes. `None`: none.
    pub gbfs: Option<GbfsOptions>,
    /// Reads its options again on SIGHUP, and when the operator's listener is asked to.
    pub read_options: Option<ReadOptions<BikesOptions>>,
}

/// A recovered bikes region, not yet running.
pub(crate) struct BikesSetup {
    pub(crate) name: RegionId,
    pub(crate) recovered: Recovered,
    kept: Kept<Bikes>,
    streets: Option<StreetsSetup>,
    source: Option<Source>,
    gbfs: Option<GbfsOptions>,
    read_options: Option<ReadOptions<BikesOptions>>,
}

impl BikesSpec {
    /// The world as its journal has told it so far, beside whoever writes it. Errors: options that break a rule; the journal.
    pub(crate) fn replica(&self) -> Result<Replica<Bikes>, ServeError> {
        Replica::begin(Bikes::new(self.options.clone().validate()?), &self.journal)
    }
}

impl BikesSetup {
    /// Recovers the world from the region's journal, which is begun if absent.
    ///
    /// Errors: options that break a rule, or name no feed; a journal that is damaged or held by another process, or another region; a profile
    /// of speeds that cannot be read, or is none of these roads.
    pub(crate) fn recover(spec: BikesSpec, replayed: Option<Replica<Bikes>>) -> Result<Self, ServeError> {
        let BikesSpec { name, options, roads, traffic, journal: at, journal_identity, gbfs, read_options } =
            spec;
        let streets = roads.map(|roads| StreetsSetup::of(roads, traffic)).transpose()?;
        let gbfs = gbfs.map(|gbfs| gbfs.validate().map_err(|invalid| invalid.within("gbfs"))).transpose()?;
        let source = Source::open(options.feed.as_deref())?;
        let world = Bikes::new(options.validate()?);
        let (ledger, journal, recovered) = recover(world, &at, journal_identity, replayed)?;
        let kept = Kept { ledger, journal, at };
        Ok(Self { name, recovered, kept, streets, source, gbfs, read_options })
    }

    /// Starts its threads. They end when nobody is left who could ask the region.
    pub(crate) fn start(mut self, shared: &Shared<'_>) -> Running {
        let awaited = self.run_within(shared);
        let (mut registry, metrics) = (metrics::of_region(&self.name), RegionMetrics::default());
        let world = BikesMetrics::default();
        world.register(&mut registry);
        let polled = FeedMetrics::default();
        if self.source.is_some() {
            polled.register(&mut registry);
        }
        metrics.register(&mut registry);
        let telling = |_: &Arc<Shown<BikesModel>>, _: &Arc<Stream>| -> Box<dyn Moments<BikesModel>> {
            Box::new(BikesMoments::new(world.clone(), shared.clock))
        };
        let (feed, view) =
            view::start(shared.scope, &self.kept.ledger, view_options(shared, &metrics), telling);
        let budget = Duration::from(shared.options.round_budget);
        let positions = Arc::new(VanPositions::default());
        let tls = shared.options.tls.is_some();
        let published = self.gbfs.map(|gbfs| Published::new(self.name.clone(), gbfs, tls));
        let streets = self.streets.map(|streets| Streets::start(shared.around(), streets, &mut registry));
        let current = streets.as_ref().map(|streets| streets.traffic.current.clone());
        let own = BikesOwn { positions: positions.clone(), loose: LooseBikes::default(), streets, published };
        let solver = start_solver(shared.scope, budget, shared.hooks.clone());
        let counts = ReloadCounts::registered(&mut registry);
        let shell = BikesShell { positions, current, world, rounds: metrics.rounds.clone(), awaited };
        let kind = OfKind { solver, shell, feed, view, own, metrics, registry };
        let Started { app, registry, stream, queues, ways, journal } = start_region(shared, self.kept, kind);
        if let Some(source) = self.source {
            source.start(shared.scope, app.clone(), polled);
        }
        let reload = self.read_options.map(|read| {
            let checked = move || Ok(read()?.validate()?);
            RegionReload::of(self.name.clone(), "bikes", ways, checked, counts)
        });
        let router = bikes_region(self.name.clone(), app.clone());
        let served = ServedRegion::new(self.name, router, app);
        Running { served, registry, stream, reload, queues, journal }
    }
}

impl BikesSetup {
    /// Leaves out what may not be written yet. Returns what it is to be run by once it may be.
    fn run_within(&mut self, shared: &Shared<'_>) -> Option<Awaited<BikesOptions>> {
        if shared.level.has(INSPECTIONS) {
            return None;
        }
        let options = self.kept.ledger.options().clone();
        let within = Bikes::within(options.clone(), &shared.level);
        // Nobody waits for the answer.
        self.kept.ledger.handle(shared.clock.now(), Input::Set(Ticket(0), within));
        Some(shared.level.awaits(INSPECTIONS, options))
    }
}

/// Starts the solver. A round in which it panics sends nobody out.
fn start_solver(
    scope: &Spawner,
    budget: Duration,
    hooks: Option<TestHooks>,
) -> SolverHandle<BikesRound, Plan> {
    let mut planner = Planner::default();
    let solve = move |BikesRound { problem, roads, since }: BikesRound| {
        let mut budget = since.budget(budget);
        let solved = solver::caught(hooks.as_ref(), problem.version, || {
            roads.iter().for_each(|roads| planner.drive_along(roads));
            planner.solve(&problem, &mut budget)
        });
        solved.unwrap_or_else(|| {
            planner = Planner::default();
            Plan { made_from: problem.version, ran_short: true, ..Plan::default() }
        })
    };
    solver::start_alone(scope, solve)
}
