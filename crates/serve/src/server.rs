//! Puts the parts together: recovers the world, owns the tasks, ends them.

use crate::admin::sched::{Depth, Sampler};
use crate::admin::{Admin, AdminOptions, Sources};
use crate::clock::Clock;
use crate::hooks::TestHooks;
use crate::hotspots::Hotspots;
use crate::http::{self, App};
use crate::journal_writer::{self, Write};
use crate::load_sampler;
use crate::metrics::Metrics;
use crate::options::ServeOptions;
use crate::region::Region;
use crate::reload::{ReadOptions, Reloader};
use crate::road_service::{self, RoadService};
use crate::shadow;
use crate::solver;
use crate::stream::Stream;
use crate::task_allowance::TaskAllowance;
use crate::telemetry::Telemetry;
use crate::traces::Traces;
use crate::traffic::{self, ProbeBuffer, TrafficOptions, TrafficService};
use crate::vehicle_tasks::VehicleTasks;
use paceline_engine::{Fleet, FleetOptions, Input, Ledger, RecordError, Setting, record};
use paceline_journal::{Journal, JournalError, Options, Seq};
use paceline_model::{Invalid, Version};
use paceline_plan::forecast::ValueFunction;
use paceline_road::Roads;
use paceline_road::traffic::Profile;
use paceline_supervise::{Closed, LoadShedder, LoadShedderOptions, Options as Watch, Supervisor, Until};
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tracing::instrument::WithSubscriber as _;

/// Records that may wait for the disk before the region waits for it.
const WRITES_MAX: usize = 8_192;
/// Rounds go out one at a time.
const ROUNDS_MAX: usize = 1;

/// Why a region cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting broke a rule.
    #[error("E0101 {0}")]
    Invalid(#[from] Invalid),
    /// The address cannot be listened on.
    #[error("E0601 cannot listen on {address}: {cause}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file that should hold the admin token cannot be read.
    #[error("E0604 cannot read the admin token from {}: {cause}", file.display())]
    TokenFile {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file of usual speeds cannot be read, or is none of these roads.
    #[error("E0607 cannot read the speed profile {}: {cause}", file.display())]
    Profile {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Traces cannot be sent.
    #[error("E0605 traces cannot be sent: {0}")]
    Traces(String),
    /// The journal cannot be opened, or is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal's records do not make a world.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// What was found at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The world's version after recovery.
    pub version: Version,
    /// Records replayed on top of the snapshot.
    pub replayed: u64,
    /// What the journal had to repair.
    pub warnings: Vec<String>,
}

/// How a server ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How its tasks ended.
    pub closed: Closed,
    /// Tasks that are left in the registry, of any component: zero.
    pub tasks_left: usize,
    /// Broken contracts that were reported while it ran.
    pub reported: u64,
}

/// A recovered region, listening and not yet answering.
pub struct Server {
    listener: TcpListener,
    local: SocketAddr,
    journal: Journal,
    fleet: Ledger<Fleet>,
    options: ServeOptions,
    roads: Arc<Roads>,
    traffic: TrafficOptions,
    profile: Profile,
    clock: Clock,
    recovered: Recovered,
    load_shedder: LoadShedderOptions,
    hooks: Option<TestHooks>,
    admin: Option<Admin>,
    hotspots: Arc<Hotspots>,
    read_options: Option<ReadOptions>,
}

impl Server {
    /// Recovers the world from the journal in `dir` (made if absent) and binds the address.
    ///
    /// Errors: settings, address, or a journal that is damaged or held by another process.
    pub async fn bind(
        options: ServeOptions,
        fleet_options: FleetOptions,
        roads: Arc<Roads>,
        dir: &Path,
        clock: Clock,
    ) -> Result<Self, ServeError> {
        let (options, fleet_options) = (options.validate()?, fleet_options.validate()?);
        let opened = Journal::open(dir, Options::default())?;
        let mut warnings: Vec<String> = opened.warnings.iter().map(ToString::to_string).collect();
        let empty = Fleet::new(roads.clone(), fleet_options);
        let (mut fleet, from) = match &opened.snapshot {
            Some(snapshot) => {
                let restore = |format, bytes| Ledger::restore(empty, format, bytes);
                (snapshot.state.read(restore)?, snapshot.at)
            }
            None => (Ledger::new(empty), Seq(0)),
        };
        let mut replayed = 0;
        let mut replay = Journal::replay(dir, from)?;
        for record in replay.by_ref() {
            fleet.replay(record?.payload.read(record::decode)?)?;
            replayed += 1;
        }
        warnings.extend(replay.warnings().iter().map(ToString::to_string));
        let address = options.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|cause| ServeError::Listen { address, cause })?;
        let local = listener.local_addr().map_err(|cause| ServeError::Listen { address, cause })?;
        let recovered = Recovered { version: fleet.version(), replayed, warnings };
        Ok(Self {
            listener,
            local,
            journal: opened.journal,
            fleet,
            options,
            roads,
            traffic: TrafficOptions::default(),
            profile: Profile::free_flow(),
            clock,
            recovered,
            load_shedder: LoadShedderOptions::default(),
            hooks: None,
            admin: None,
            hotspots: Arc::default(),
            read_options: None,
        })
    }

    /// Sets what the streets' speeds come from.
    ///
    /// Errors: a setting that breaks a rule; a profile that cannot be read, or is none of these roads.
    pub fn with_traffic(mut self, options: TrafficOptions) -> Result<Self, ServeError> {
        self.traffic = options.validate()?;
        self.profile = self.traffic.read_profile(&self.roads)?;
        Ok(self)
    }

    /// Binds the operator's listener too, if it is set.
    ///
    /// Errors: no token, or one that breaks its rule; the address.
    pub async fn with_admin(mut self, options: &AdminOptions) -> Result<Self, ServeError> {
        if let Some((address, token)) = options.resolve()? {
            let bound = Admin::bind(address, token).await;
            self.admin = Some(bound.map_err(|cause| ServeError::Listen { address, cause })?);
        }
        Ok(self)
    }

    /// Shows the hotspots that these traces find.
    pub fn with_traces(mut self, traces: &Traces) -> Self {
        self.hotspots = traces.hotspots.clone();
        self
    }

    /// Lets policies that look ahead do so by these values.
    pub fn with_values(mut self, values: Arc<ValueFunction>) -> Self {
        self.fleet.handle(self.clock.now(), Input::Set(Setting::Values(values)));
        self
    }

    /// Reads the fleet's options again with `read` on SIGHUP and when the operator's listener is asked to.
    pub fn with_reload(self, read: ReadOptions) -> Self {
        Self { read_options: Some(read), ..self }
    }

    /// For tests: what they do to it while it runs, and how its load shedder samples.
    #[doc(hidden)]
    pub fn with_test_hooks(self, hooks: TestHooks, load_shedder: LoadShedderOptions) -> Self {
        Self { hooks: Some(hooks), load_shedder, ..self }
    }
    /// Where it listens: with port 0 asked for, the one that was given.
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }
    /// Where the operator's listener listens, if there is one.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|admin| admin.local)
    }
    /// What was found at the start.
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// Answers until `shutdown` comes, then drains: what was accepted is durable and answered, streams are closed.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Summary {
        let grace = Duration::from(self.options.drain_grace);
        let supervisor = Supervisor::new(Watch::default());
        let scope = supervisor.scope("serve");
        let (asks, asked) = mpsc::channel(self.options.queue_length);
        let (writes, written) = mpsc::channel::<Write>(WRITES_MAX);
        let (durable_to, durable) = watch::channel(self.fleet.durable());
        let (rounds, solving) = mpsc::channel(ROUNDS_MAX);
        let (plans_to, plans) = mpsc::channel(ROUNDS_MAX);
        let (road_requests_to, requests) = road_service::channel();
        let (batches_to, batches) = traffic::channel();
        let (current_to, current) = watch::channel(self.roads.clone());
        // One task a unit, to begin with: a connection is one, a vehicle's closing is one.
        let load_shedder = LoadShedder::new(self.load_shedder, 1.0);
        let moments = load_shedder.declare("positions and figures");
        let (ring, clients_max) = (self.options.stream_ring, self.options.stream_clients_max);
        let stream = Arc::new(Stream::new(ring, clients_max, moments));
        let metrics = Arc::new(Metrics::new(&supervisor, &load_shedder, &self.hotspots));
        let telemetry = Arc::new(Telemetry::new(self.traffic.probes));
        let probes = Arc::new(ProbeBuffer::default());
        let (view_to, view) = watch::channel(Arc::default());
        let allowance = TaskAllowance::default();
        let mut vehicles = VehicleTasks::new(&supervisor, allowance.clone());
        for vehicle in self.fleet.world().vehicles() {
            vehicles.follow(&vehicle.spec.id, vehicle.operational);
            self.fleet
                .world()
                .named(vehicle)
                .job
                .orders()
                .into_iter()
                .for_each(|order| _ = vehicles.holds(order, &vehicle.spec.id));
        }
        announce(&load_shedder, &stream, &metrics);
        let region = Region {
            fleet: self.fleet,
            clock: self.clock,
            tick: tick(&self.options, self.clock),
            snapshot_every: self.options.snapshot_every,
            asks: asked,
            writes,
            durable: durable.clone(),
            current: current.clone(),
            rounds,
            plans,
            stream: stream.clone(),
            telemetry: telemetry.clone(),
            probes: probes.clone(),
            metrics: metrics.clone(),
            vehicles,
        };
        let queues =
            vec![depth("asks", &asks), depth("writes", &region.writes), depth("rounds", &region.rounds)];
        let sampler = Arc::new(Sampler::new(supervisor.clone(), self.hotspots.clone(), queues));
        scope.spawn("sched", Until::Owner, sampler.clone().run(scope.token()));
        let reloader = self.read_options.map(|read| Reloader {
            read,
            asks: asks.downgrade(),
            durable: durable.clone(),
            counts: metrics.reloads.clone(),
            spawner: scope.spawner(),
        });
        if let Some(reloader) = reloader.clone() {
            scope.spawn("hangups", Until::Owner, reloader.on_hangups());
        }
        if let Some(admin) = self.admin {
            let (metrics, hotspots) = (metrics.clone(), self.hotspots);
            let sources = Sources {
                supervisor: supervisor.clone(),
                metrics,
                hotspots,
                sampler,
                load_shedder: load_shedder.clone(),
                reloader,
            };
            scope.spawn("admin", Until::Owner, admin.run(sources, scope.spawner()));
        }
        let app = App::new(
            asks,
            road_requests_to,
            batches_to,
            view,
            durable,
            stream,
            telemetry,
            metrics.clone(),
            self.clock,
            self.options.clone(),
            http::streets_json(&self.roads),
            scope.token(),
            load_shedder.clone(),
            allowance.clone(),
        );
        let budget = Duration::from(self.options.round_budget);
        let (journal, roads) = (self.journal, self.roads);
        let (shadow_to, shadowed) = shadow::channel();
        let (book, shadow_roads) = (metrics.shadow.clone(), roads.clone());
        scope.spawn_blocking("shadow", Until::Owner, move |_| {
            shadow::run(&shadow_roads, budget, shadowed, &book)
        });
        let shadow = (shadow_to, metrics.shadow.clone());
        let traffic = TrafficService {
            roads: roads.clone(),
            profile: self.profile,
            options: self.traffic,
            clock: self.clock,
            batches,
            probes,
            current: current_to,
            view: view_to,
            figures: metrics.traffic.clone(),
        };
        let road = RoadService { current, requests };
        scope.spawn_blocking("road-service", Until::Owner, move |_| road.run());
        scope.spawn_blocking("traffic-service", Until::Owner, move |_| traffic.run());
        let hooks = self.hooks.clone();
        // Both threads end when the region closes its ends of their channels.
        scope.spawn_blocking("journal", Until::Owner, move |_| {
            journal_writer::run(journal, written, &durable_to)
        });
        scope.spawn_blocking("solver", Until::Owner, move |_| {
            solver::run(&roads, budget, solving, &plans_to, &shadow, hooks.as_ref())
        });
        // On a thread of its own: with a large fleet a tick takes longer than a poll may hold up those of connections.
        let runtime = tokio::runtime::Handle::current();
        // Its part of an order's trace goes to whoever listens to this thread.
        let region = region.run().with_current_subscriber();
        scope.spawn_blocking("region", Until::Owner, move |_| runtime.block_on(region));
        load_sampler::run(&scope, supervisor.clone(), load_shedder, allowance);
        if let Some(hooks) = self.hooks.clone() {
            scope.spawn("leak-hook", Until::Owner, hooks.leak(supervisor.scope("leak"), scope.token()));
        }
        let http = http::run(supervisor.clone(), self.listener, app, scope.token(), self.hooks);
        scope.spawn("http", Until::Owner, http);
        let closed = scope.run_until(shutdown, grace).await;
        Summary { closed, tasks_left: supervisor.registry().len(), reported: supervisor.reported() }
    }
}

/// Each change of the load shedder goes to the streams and is counted; it writes its own line to the log.
fn announce(load_shedder: &LoadShedder, stream: &Arc<Stream>, metrics: &Arc<Metrics>) {
    let (stream, metrics) = (stream.clone(), metrics.clone());
    load_shedder.on_change(move |change| {
        metrics.admission_changed(change.to);
        stream.admission(change);
    });
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

/// Real time between two rounds. A clock that runs fast ticks more often, as far as a machine can follow.
fn tick(options: &ServeOptions, clock: Clock) -> Duration {
    const FASTEST: Duration = Duration::from_millis(20);
    clock.real(options.tick).max(FASTEST).min(options.tick.into())
}
