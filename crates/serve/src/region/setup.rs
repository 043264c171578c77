//! One region from its journal to its threads: recovered first, started when the server runs. Each region of a process has its own
//! journal, writer, solver, streets, streams and figures; clock, load shedding and tasks are shared.

use super::Region;
use crate::admin::sched::Depth;
use crate::clock::Clock;
use crate::hooks::TestHooks;
use crate::hotspots::Hotspots;
use crate::http::{App, streets_json};
use crate::journal_writer::{self, Write};
use crate::metrics::Metrics;
use crate::options::ServeOptions;
use crate::reload::{ReadOptions, Reloader};
use crate::road_service::{self, RoadRequest, RoadService};
use crate::server::{Recovered, ServeError};
use crate::stream::Stream;
use crate::task_allowance::TaskAllowance;
use crate::telemetry::Telemetry;
use crate::traffic::{self, ProbeBuffer, TrafficOptions, TrafficService};
use crate::vehicle_tasks::VehicleTasks;
use crate::{shadow, solver};
use paceline_api::stream::{POSITIONS, PositionRow};
use paceline_engine::region::{self, RegionOptions};
use paceline_engine::{Fleet, FleetOptions, Input, Ledger, Setting, Ticket, record};
use paceline_journal::{Journal, Options, Seq};
use paceline_model::{Millis, RegionId, Version};
use paceline_plan::Plan;
use paceline_plan::forecast::ValueFunction;
use paceline_road::Roads;
use paceline_road::traffic::Profile;
use paceline_supervise::{LoadShedder, Scope, Supervisor, Until};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tracing::instrument::WithSubscriber as _;

/// Records that may wait for the disk before the region waits for it.
const WRITES_MAX: usize = 8_192;
/// Rounds go out one at a time.
const ROUNDS_MAX: usize = 1;

/// A recovered region, not yet running.
pub(crate) struct Setup {
    pub(crate) name: RegionId,
    pub(crate) recovered: Recovered,
    pub(crate) roads: Arc<Roads>,
    ledger: Ledger<Fleet>,
    journal: Journal,
    traffic: TrafficOptions,
    profile: Profile,
    read_options: Option<ReadOptions>,
}

/// What the regions of a server share.
pub(crate) struct Shared<'a> {
    pub(crate) supervisor: &'a Supervisor,
    pub(crate) scope: &'a Scope,
    pub(crate) load_shedder: Arc<LoadShedder>,
    pub(crate) hotspots: &'a Arc<Hotspots>,
    pub(crate) allowance: TaskAllowance,
    pub(crate) options: &'a ServeOptions,
    pub(crate) clock: Clock,
    pub(crate) hooks: Option<&'a TestHooks>,
}

/// A region that runs.
pub(crate) struct Running {
    pub(crate) name: RegionId,
    pub(crate) app: App,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) reloader: Option<Reloader>,
    pub(crate) queues: Vec<(&'static str, Depth)>,
}

impl Setup {
    /// Recovers the world from the journal in `dir`, which is made if absent.
    ///
    /// Errors: options that break a rule; a journal that is damaged or held by another process, or another region.
    pub(crate) fn recover(
        name: RegionId,
        options: FleetOptions,
        roads: Arc<Roads>,
        dir: &Path,
    ) -> Result<Self, ServeError> {
        let opened = Journal::open(dir, Options::default())?;
        let mut warnings: Vec<String> = opened.warnings.iter().map(ToString::to_string).collect();
        let empty = Fleet::new(roads.clone(), options.validate()?);
        let (mut ledger, from) = match &opened.snapshot {
            Some(snapshot) => {
                let restore = |format, bytes| Ledger::restore(empty, format, bytes);
                (snapshot.state.read(restore)?, snapshot.at)
            }
            None => (Ledger::new(empty), Seq(0)),
        };
        let mut replayed = 0;
        let mut replay = Journal::replay(dir, from)?;
        for record in replay.by_ref() {
            ledger.replay(record?.payload.read(record::decode)?)?;
            replayed += 1;
        }
        warnings.extend(replay.warnings().iter().map(ToString::to_string));
        Ok(Self {
            name,
            recovered: Recovered { version: ledger.version(), replayed, warnings },
            roads,
            ledger,
            journal: opened.journal,
            traffic: TrafficOptions::default(),
            profile: Profile::free_flow(),
            read_options: None,
        })
    }

    /// Errors: a setting that breaks a rule; a profile that cannot be read, or is none of these roads.
    pub(crate) fn set_traffic(&mut self, options: TrafficOptions) -> Result<(), ServeError> {
        self.traffic = options.validate()?;
        self.profile = self.traffic.read_profile(&self.roads)?;
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
        let (options, scope) = (shared.options, shared.scope);
        let moments = shared.load_shedder.declare("positions and figures");
        let stream = Arc::new(Stream::new(options.stream_ring, options.stream_clients_max, moments));
        let metrics = Arc::new(Metrics::new(shared.supervisor, &shared.load_shedder, shared.hotspots));
        let telemetry = Arc::new(Telemetry::new(self.traffic.probes));
        let streets = start_streets(shared, &self.roads, (self.traffic, self.profile), &metrics);
        let (asks, asked) = mpsc::channel(options.queue_length);
        let (writes, durable) = start_journal(shared, self.journal, self.ledger.durable());
        let (rounds, plans) = start_solver(shared, &self.roads, &metrics);
        let queues = vec![depth("asks", &asks), depth("writes", &writes), depth("rounds", &rounds)];
        let reloader = self.read_options.map(|read| Reloader {
            read,
            asks: asks.downgrade(),
            durable: durable.clone(),
            counts: metrics.reloads.clone(),
            spawner: scope.spawner(),
        });
        start_region(
            Region {
                vehicles: vehicles(shared, &self.ledger),
                region: driven(self.ledger, options, shared.clock),
                clock: shared.clock,
                asks: asked,
                writes,
                durable: durable.clone(),
                current: streets.current,
                rounds,
                plans,
                positions: start_positions(shared, stream.clone()),
                stream: stream.clone(),
                telemetry: telemetry.clone(),
                probes: streets.probes,
                metrics: metrics.clone(),
            },
            scope,
        );
        let app = App::new(
            asks,
            streets.requests,
            streets.batches,
            streets.view,
            durable,
            stream.clone(),
            telemetry,
            metrics.clone(),
            shared.clock,
            options.clone(),
            streets_json(&self.roads),
            scope.token(),
            shared.load_shedder.clone(),
            shared.allowance.clone(),
        );
        Running { name: self.name, app, metrics, stream, reloader, queues }
    }
}

/// The ways to and from what knows the streets.
struct Streets {
    requests: mpsc::Sender<RoadRequest>,
    batches: SyncSender<traffic::Batch>,
    view: watch::Receiver<Arc<paceline_api::TrafficView>>,
    /// The newest travel times.
    current: watch::Receiver<Arc<Roads>>,
    probes: Arc<ProbeBuffer>,
}

/// Starts what answers questions about the streets, and what learns how fast they are.
fn start_streets(
    shared: &Shared<'_>,
    roads: &Arc<Roads>,
    (options, profile): (TrafficOptions, Profile),
    metrics: &Metrics,
) -> Streets {
    let (current_to, current) = watch::channel(roads.clone());
    let (requests_to, requests) = road_service::channel();
    let (batches_to, batches) = traffic::channel();
    let (view_to, view) = watch::channel(Arc::default());
    let probes = Arc::new(ProbeBuffer::default());
    let traffic = TrafficService {
        roads: roads.clone(),
        profile,
        options,
        clock: shared.clock,
        batches,
        probes: probes.clone(),
        current: current_to,
        view: view_to,
        figures: metrics.traffic.clone(),
    };
    let road = RoadService { current: current.clone(), requests };
    shared.scope.spawn_blocking("road-service", Until::Owner, move |_| road.run());
    shared.scope.spawn_blocking("traffic-service", Until::Owner, move |_| traffic.run());
    Streets { requests: requests_to, batches: batches_to, view, current, probes }
}

/// Starts the journal's writer. It ends when the region closes its end of the channel.
fn start_journal(
    shared: &Shared<'_>,
    journal: Journal,
    recovered: Version,
) -> (mpsc::Sender<Write>, watch::Receiver<Version>) {
    let (writes, written) = mpsc::channel(WRITES_MAX);
    let (durable_to, durable) = watch::channel(recovered);
    shared
        .scope
        .spawn_blocking("journal", Until::Owner, move |_| journal_writer::run(journal, written, &durable_to));
    (writes, durable)
}

/// Starts what writes positions down for the streams: with a large fleet that takes longer than a tick may wait. It ends when the
/// region closes its end of the channel.
fn start_positions(shared: &Shared, stream: Arc<Stream>) -> SyncSender<Vec<PositionRow>> {
    let (rows_to, rows) = std::sync::mpsc::sync_channel::<Vec<PositionRow>>(1);
    shared.scope.spawn_blocking("positions", Until::Owner, move |_| {
        while let Ok(rows) = rows.recv() {
            stream.moment(POSITIONS, || serde_json::to_string(&rows).unwrap_or_default());
        }
    });
    rows_to
}

/// Starts the region itself, on a thread of its own: with a large fleet a tick takes longer than a poll may hold up those of
/// connections.
fn start_region(region: Region, scope: &Scope) {
    let runtime = tokio::runtime::Handle::current();
    // Its part of an order's trace goes to whoever listens to this thread.
    let running = region.run().with_current_subscriber();
    scope.spawn_blocking("region", Until::Owner, move |_| runtime.block_on(running));
}

/// Starts the live solver and the one of the shadow policy. They end when the region closes its end of the channel.
fn start_solver(
    shared: &Shared<'_>,
    roads: &Arc<Roads>,
    metrics: &Metrics,
) -> (mpsc::Sender<solver::Round>, mpsc::Receiver<Plan>) {
    let (rounds_to, rounds) = mpsc::channel(ROUNDS_MAX);
    let (plans_to, plans) = mpsc::channel(ROUNDS_MAX);
    let budget = Duration::from(shared.options.round_budget);
    let (shadow_to, shadowed) = shadow::channel();
    let (book, shadow_roads) = (metrics.shadow.clone(), roads.clone());
    shared
        .scope
        .spawn_blocking("shadow", Until::Owner, move |_| shadow::run(&shadow_roads, budget, shadowed, &book));
    let shadow = (shadow_to, metrics.shadow.clone());
    let (roads, hooks) = (roads.clone(), shared.hooks.cloned());
    shared.scope.spawn_blocking("solver", Until::Owner, move |_| {
        solver::run(&roads, budget, rounds, &plans_to, &shadow, hooks.as_ref())
    });
    (rounds_to, plans)
}

/// The scopes of the vehicles that the world knows, and who has which order.
fn vehicles(shared: &Shared<'_>, ledger: &Ledger<Fleet>) -> VehicleTasks {
    let mut vehicles = VehicleTasks::new(shared.supervisor, shared.allowance.clone());
    let world = ledger.world();
    for vehicle in world.vehicles() {
        vehicles.follow(&vehicle.spec.id, vehicle.operational);
        let job = world.named(vehicle).job;
        job.orders().into_iter().for_each(|order| _ = vehicles.holds(order, &vehicle.spec.id));
    }
    vehicles
}

/// The region, whose first tick is due at once. A clock that runs fast ticks more often, as far as a machine can follow.
fn driven(ledger: Ledger<Fleet>, options: &ServeOptions, clock: Clock) -> region::Region<Fleet> {
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
