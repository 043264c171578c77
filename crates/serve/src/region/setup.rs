//! One region from its journal to its threads: recovered first, started when the server runs. Each region of a process has its own
//! journal, writer, solver, streets, streams and figures; clock, load shedding and tasks are shared.

use super::backlog::{self, Backlog};
use super::handle::{Ask, RegionHandle};
use super::matters::new_work_places;
use super::recovery::{Recovered, Replica, recover};
use super::{Region, tail};
use crate::clock::Clock;
use crate::error::ServeError;
use crate::fleet::FleetShell;
use crate::fleet::shadow::{self, ShadowBook};
use crate::hand_over::{Awaited, Beyond, Exchange, HandOverMetrics, ReliefOptions};
use crate::hooks::TestHooks;
use crate::http::{App, FleetOwn, Parts, ServedRegion, fleet_region};
use crate::journal_writer::{self, JournalHandle, JournalStatus};
use crate::kind::{Kind, Shell};
use crate::metrics::{self, RegionMetrics, WorldMetrics};
use crate::options::ServeOptions;
use crate::order_trace::OrderTraces;
use crate::reload::{ReadOptions, RegionReload, ReloadCounts, Ways};
use crate::running::{Depth, Running};
use crate::solver::{self, Round, SolverHandle, SolverOptions};
use crate::stream::Stream;
use crate::streets::{Streets, StreetsSetup};
use crate::task_allowance::TaskAllowance;
use crate::telemetry::Telemetry;
use crate::traffic::TrafficOptions;
use crate::vehicle_tasks::VehicleTasks;
use crate::view::{self, Feed, FleetMoments, Model, Moments, Shown, ViewHandle, ViewOptions};
use crate::written_level::WrittenLevel;
use paceline_engine::record::level::HAND_OVERS;
use paceline_engine::region::{self, RegionOptions};
use paceline_engine::{Borders, Fleet, FleetOptions, Input, Ledger, Setting, Ticket};
use paceline_journal::{Identity, Log, LogAddress};
use paceline_model::{Millis, RegionId};
use paceline_plan::Plan;
use paceline_plan::forecast::ValueFunction;
use paceline_road::Roads;
use paceline_supervise::sync::{mpsc, watch};
use paceline_supervise::{LoadShedder, Scope, Spawner, Supervisor, Until};
use prometheus_client::registry::Registry;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tracing::instrument::WithSubscriber as _;

/// A region of a server, as it is configured.
#[derive(Clone)]
pub struct RegionSpec {
    /// The name by which `/v1/regions/{region}/...` addresses it.
    pub name: RegionId,
    /// How its fleet is run.
    pub fleet: FleetOptions,
    /// Its streets.
    pub roads: Arc<Roads>,
    /// Where its journal is; begun if absent, and no other region's.
    pub journal: LogAddress,
    /// The only journal that is served. `None`: whichever is there, or a new one.
    pub journal_identity: Option<Identity>,
    /// What its streets' speeds come from.
    pub traffic: TrafficOptions,
    /// What vehicles are worth where and when, for policies that look ahead.
    pub values: Option<Arc<ValueFunction>>,
    /// Where it and other regions lie: who brings riders to another's place goes on there.
    pub borders: Borders,
    /// Which regions it helps with vehicles, and is helped by.
    pub relief: ReliefOptions,
    /// Reads its fleet's options again on SIGHUP.
    pub read_options: Option<ReadOptions>,
}

impl RegionSpec {
    /// A region whose journal lies in `journal`, with usual settings for the rest.
    pub fn new(
        name: RegionId,
        fleet: FleetOptions,
        roads: Arc<Roads>,
        journal: impl Into<LogAddress>,
    ) -> Self {
        let (journal, traffic) = (journal.into(), TrafficOptions::default());
        Self {
            name,
            fleet,
            roads,
            journal,
            journal_identity: None,
            traffic,
            values: None,
            borders: Borders::default(),
            relief: ReliefOptions::default(),
            read_options: None,
        }
    }
}

/// A recovered region, not yet running.
pub(crate) struct Setup {
    pub(crate) name: RegionId,
    pub(crate) recovered: Recovered,
    streets: StreetsSetup,
    ledger: Ledger<Fleet>,
    journal: Box<dyn Log>,
    journal_at: LogAddress,
    borders: Borders,
    relief: ReliefOptions,
    read_options: Option<ReadOptions>,
}

/// What all regions of a process share, whenever they begin.
pub(crate) struct Host {
    pub(crate) supervisor: Supervisor,
    pub(crate) load_shedder: Arc<LoadShedder>,
    pub(crate) allowance: TaskAllowance,
    pub(crate) options: ServeOptions,
    pub(crate) clock: Clock,
    /// How regions reach each other.
    pub(crate) exchange: Exchange,
    /// What may be written.
    pub(crate) level: WrittenLevel,
    pub(crate) hooks: Option<TestHooks>,
}

impl Host {
    /// What a region begins with whose tasks live in `scope`.
    pub(crate) fn shared<'a>(&'a self, scope: &'a Scope) -> Shared<'a> {
        Shared { host: self, scope }
    }
}

/// What a region begins with: what all share, and the scope that its tasks live in.
pub(crate) struct Shared<'a> {
    host: &'a Host,
    pub(crate) scope: &'a Scope,
}

impl Deref for Shared<'_> {
    type Target = Host;
    fn deref(&self) -> &Host {
        self.host
    }
}

impl Shared<'_> {
    /// What a service beside a region runs by.
    pub(crate) fn around(&self) -> (&Spawner, Clock, Option<&TestHooks>) {
        (self.scope, self.clock, self.hooks.as_ref())
    }
}

/// A recovered world with its journal, which is all that a region of any kind starts from.
pub(crate) struct Kept<W: Kind> {
    pub(crate) ledger: Ledger<W>,
    pub(crate) journal: Box<dyn Log>,
    pub(crate) at: LogAddress,
}

/// What of a region's kind its start needs.
pub(crate) struct OfKind<W: Kind> {
    pub(crate) solver: SolverHandle<<W::Shell as Shell>::Job, W::Plan>,
    pub(crate) shell: W::Shell,
    pub(crate) feed: Feed<W::Model>,
    pub(crate) view: ViewHandle<W::Model>,
    pub(crate) own: W::Own,
    pub(crate) metrics: RegionMetrics,
    pub(crate) registry: Registry,
}

/// A region whose threads run, and the ways to it.
pub(crate) struct Started<W: Kind> {
    pub(crate) app: App<W>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) queues: Vec<(&'static str, Depth)>,
    pub(crate) ways: Ways<W>,
    pub(crate) journal: watch::Receiver<JournalStatus>,
}

/// Starts what every kind of region has: its journal's writer, its loop, the way to it. They end when nobody is left who could ask it.
pub(crate) fn start_region<W: Kind>(shared: &Shared<'_>, kept: Kept<W>, kind: OfKind<W>) -> Started<W> {
    let (options, scope, clock) = (&shared.options, shared.scope, shared.clock);
    let OfKind { solver, shell, feed, view, own, metrics, registry } = kind;
    let stream = view.stream.clone();
    tail::start::<W>(scope, kept.at, kept.journal.last(), stream.clone());
    let journal = journal_writer::start(scope, kept.journal, kept.ledger.durable(), &metrics.journal);
    let (asks, asked) = mpsc::channel("what is asked of the region", options.queue_length);
    let queues =
        vec![depth("asks", &asks), depth("writes", &journal.writes), depth("rounds", &solver.rounds)];
    let ways = Ways { asks: asks.downgrade(), durable: journal.durable.clone() };
    let handle = handle(shared, asks, &journal, &metrics);
    let status = journal.status.clone();
    let region = driven(kept.ledger, options, clock);
    let backlog = handle.backlog.clone();
    let level = shared.level.clone();
    run(Region { region, clock, asks: asked, backlog, journal, solver, feed, metrics, level, shell }, scope);
    let registry = Arc::new(registry);
    let app = App::from(Parts {
        region: handle,
        view,
        registry: registry.clone(),
        clock,
        options: options.clone(),
        load_shedder: shared.load_shedder.clone(),
        own,
    });
    Started { app, registry, stream, queues, ways, journal: status }
}

impl RegionSpec {
    /// The world as its journal has told it so far, beside whoever writes it. Errors: options that break a rule; the journal.
    pub(crate) fn replica(&self) -> Result<Replica<Fleet>, ServeError> {
        Replica::begin(Fleet::new(self.roads.clone(), self.fleet.clone().validate()?), &self.journal)
    }
}

impl Setup {
    /// Recovers the world from the region's journal, which is begun if absent.
    ///
    /// Errors: options that break a rule; a journal that is damaged or held by another process, or another region; a profile of
    /// speeds that cannot be read, or is none of these roads.
    pub(crate) fn recover(
        spec: RegionSpec,
        clock: Clock,
        replayed: Option<Replica<Fleet>>,
    ) -> Result<Self, ServeError> {
        let RegionSpec {
            name,
            fleet,
            roads,
            journal: journal_at,
            journal_identity,
            traffic,
            values,
            borders,
            relief,
            read_options,
        } = spec;
        let empty = Fleet::new(roads.clone(), fleet.validate()?);
        let (ledger, journal, recovered) = recover(empty, &journal_at, journal_identity, replayed)?;
        let streets = StreetsSetup::of(roads, traffic)?;
        let relief = relief.validate()?;
        let mut region =
            Self { name, recovered, streets, ledger, journal, journal_at, borders, relief, read_options };
        if let Some(values) = values {
            region.set_values(values, clock);
        }
        Ok(region)
    }

    /// Errors: a setting that breaks a rule; a profile that cannot be read, or is none of these roads.
    pub(crate) fn set_traffic(&mut self, options: TrafficOptions) -> Result<(), ServeError> {
        self.streets = StreetsSetup::of(self.streets.roads.clone(), options)?;
        Ok(())
    }

    pub(crate) fn set_values(&mut self, values: Arc<ValueFunction>, clock: Clock) {
        // Nobody waits for the answer.
        self.ledger.handle(clock.now(), Input::Set(Ticket(0), Setting::Values(values)));
    }

    pub(crate) fn set_reload(&mut self, read: ReadOptions) {
        self.read_options = Some(read);
    }

    /// Starts its threads. They end when nobody is left who could ask the region.
    pub(crate) fn start(self, shared: &Shared<'_>) -> Running {
        let (scope, clock) = (shared.scope, shared.clock);
        let (mut registry, metrics) = (metrics::of_region(&self.name), RegionMetrics::default());
        let world = WorldMetrics::default();
        world.register(&mut registry);
        metrics.register(&mut registry);
        let telemetry = Arc::new(Telemetry::new(&self.ledger, &mut registry));
        let telling = |shown: &Arc<Shown>, stream: &Arc<Stream>| -> Box<dyn Moments<Model>> {
            Box::new(FleetMoments::start(scope, shown, stream, world.clone(), clock))
        };
        let (feed, view) = view::start(scope, &self.ledger, view_options(shared, &metrics), telling);
        let (shadow, solver) = start_solver(shared, &self.streets.roads, &mut registry);
        let streets = Streets::start(shared.around(), self.streets, &mut registry);
        let counts = ReloadCounts::registered(&mut registry);
        let (left, woken) = watch::channel("vehicles that leave for other regions", 0);
        let given = HandOverMetrics::registered(&mut registry);
        let shell = FleetShell {
            left,
            borders: Some(shared.level.awaits(HAND_OVERS, Arc::new(self.borders))),
            current: streets.traffic.current.clone(),
            telemetry: telemetry.clone(),
            probes: streets.traffic.probes.clone(),
            vehicles: vehicles(shared, &self.ledger),
            traces: OrderTraces::default(),
            world,
            rounds: metrics.rounds.clone(),
        };
        let own = FleetOwn {
            name: self.name.clone(),
            exchange: shared.exchange.clone(),
            awaited: Awaited::default(),
            streets,
            telemetry,
            shadow,
            orders_named: AtomicU64::default(),
            allowance: shared.allowance.clone(),
        };
        let kept = Kept { ledger: self.ledger, journal: self.journal, at: self.journal_at };
        let kind = OfKind { solver, shell, feed, view, own, metrics, registry };
        let Started { app, registry, stream, queues, ways, journal } = start_region(shared, kept, kind);
        let name = self.name;
        Beyond { app: app.clone(), woken, relief: self.relief, metrics: given }.start(scope);
        let reload = self.read_options.map(|read| {
            let checked = move || Ok(Setting::Options(Box::new(read()?.validate()?)));
            RegionReload::of(name.clone(), "fleet", ways, checked, counts)
        });
        let router = fleet_region(name.clone(), app.clone());
        Running { served: ServedRegion::new(name, router, app), registry, stream, reload, queues, journal }
    }
}

/// Starts the live solver, and the one of the shadow policy whose account is returned. They end when the region does.
fn start_solver(
    shared: &Shared<'_>,
    roads: &Arc<Roads>,
    registry: &mut Registry,
) -> (Arc<ShadowBook>, SolverHandle<Round, Plan>) {
    let budget = Duration::from(shared.options.round_budget);
    let shadow = shadow::start(shared.scope, roads, budget, registry);
    let (book, hooks) = (shadow.book.clone(), shared.hooks.clone());
    (book, solver::start_fleet(shared.scope, SolverOptions { roads: roads.clone(), budget, hooks }, shadow))
}

/// What a region's read model goes by.
pub(crate) fn view_options(shared: &Shared<'_>, metrics: &RegionMetrics) -> ViewOptions {
    ViewOptions {
        ring_max: shared.options.stream_ring,
        clients_max: shared.options.stream_clients_max,
        timeout: shared.options.request_timeout.into(),
        moments: shared.load_shedder.declare("positions and figures"),
        metrics: metrics.clone(),
        hooks: shared.hooks.clone(),
    }
}

/// Starts to watch whether what is asked stands and waits.
fn start_backlog(shared: &Shared<'_>) -> Arc<Backlog> {
    let backlog = Arc::new(Backlog::new(shared.options.queue_delay_max.into()));
    shared.scope.spawn("backlog", Until::Owner, backlog::watch_tasks(backlog.clone(), shared.scope.token()));
    backlog
}

/// The way to a region from its queue.
fn handle<W: Kind>(
    shared: &Shared<'_>,
    asks: mpsc::Sender<Ask<W>>,
    journal: &JournalHandle<W>,
    metrics: &RegionMetrics,
) -> RegionHandle<W> {
    let (timeout, backlog) = (shared.options.request_timeout.into(), start_backlog(shared));
    let (places, turned_away) = (new_work_places(asks.max_capacity()), metrics.requests.turned_away.clone());
    let (durable, status, closing) = (journal.durable.clone(), journal.status.clone(), shared.scope.token());
    RegionHandle { asks, places, backlog, durable, status, closing, timeout, turned_away }
}

/// Starts the region itself, on a thread of its own: with a large fleet a tick takes longer than a poll may hold up those of
/// connections.
fn run<W: Kind>(region: Region<W>, scope: &Scope) {
    let runtime = tokio::runtime::Handle::current();
    // Its part of an order's trace goes to whoever listens to this thread.
    let running = region.run().with_current_subscriber();
    scope.spawn_blocking("region", Until::Owner, move |_| runtime.block_on(running));
}

/// The scopes of vehicles, of which none has come yet, and who has which order.
fn vehicles(shared: &Shared<'_>, ledger: &Ledger<Fleet>) -> VehicleTasks {
    let mut vehicles = VehicleTasks::new(&shared.supervisor, shared.allowance.clone());
    let world = ledger.world();
    for vehicle in world.vehicles() {
        let job = world.named(vehicle).job;
        job.orders().into_iter().for_each(|order| _ = vehicles.holds(order, &vehicle.spec.id));
    }
    vehicles
}

/// The region, whose first tick is due at once. A clock that runs fast ticks more often, as far as a machine can follow.
fn driven<W: Kind>(ledger: Ledger<W>, options: &ServeOptions, clock: Clock) -> region::Region<W> {
    const FASTEST: Duration = Duration::from_millis(20);
    let slowest = Duration::from(options.tick);
    let tick = clock.real(options.tick).max(FASTEST).min(slowest).mul_f64(clock.speed());
    let tick = Millis((tick.as_millis() as u32).max(1));
    let driven = RegionOptions { tick, snapshot_every: options.snapshot_every };
    region::Region::new(ledger, driven, clock.now())
}

/// A queue that can be looked at without being kept open.
fn depth<T: Send + 'static>(name: &'static str, queue: &mpsc::Sender<T>) -> (&'static str, Depth) {
    let queue = queue.downgrade();
    let look = move || {
        let queue = queue.upgrade();
        queue.map_or((0, 0), |queue| (queue.max_capacity() - queue.capacity(), queue.max_capacity()))
    };
    (name, Box::new(look))
}
