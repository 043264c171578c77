//! Puts the parts together: recovers the world, owns the tasks, ends them.

use crate::admin::sched::Sampler;
use crate::admin::{Admin, AdminOptions, Sources};
use crate::any_region::{AnyRegion, AnySetup};
use crate::artefacts::{ArtefactOptions, Opened};
use crate::auth::{AuthOptions, Doors};
use crate::clock::Clock;
use crate::cluster::{self, ClusterMetrics, ClusterSpec, Joined, Leaving};
use crate::connections::Bound;
use crate::error::ServeError;
use crate::hand_over::Exchange;
use crate::hooks::TestHooks;
use crate::hotspots::Hotspots;
use crate::http::PublicSide;
use crate::load_sampler;
use crate::metrics::{self, Exposition};
use crate::options::ServeOptions;
use crate::region::recovery::Recovered;
use crate::region::setup::{Host, RegionSpec, Setup};
use crate::reload::ReadOptions;
use crate::reloader::Reloader;
use crate::running::RunningRegions;
use crate::task_allowance::TaskAllowance;
use crate::tls::{Listener, Tls, TlsMetrics};
use crate::traces::Traces;
use crate::traffic::{self, TrafficOptions};
use crate::written_level::WrittenLevel;
use crate::{road_service, view};
use paceline_engine::FleetOptions;
use paceline_engine::record::level::NEWEST;
use paceline_journal::LogAddress;
use paceline_model::{Invalid, RegionId, Rule};
use paceline_plan::forecast::ValueFunction;
use paceline_road::Roads;
use paceline_supervise::{
    Closed, LoadShedder, LoadShedderOptions, Options as Watch, Restart, Restarts, Scope, Supervisor, Until,
};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The component that a server's own tasks belong to.
const COMPONENT: &str = "serve";

/// How a part on a thread of its own begins anew that panicked: at once, because others wait for it, five times a minute at most. One
/// that goes on panicking ends the server, which whoever runs it starts from the journal.
const AT_ONCE: Restart = Restart::OnError {
    backoff: Duration::ZERO,
    backoff_max: Duration::ZERO,
    budget: 5,
    window: Duration::from_secs(60),
};

/// Longest that a server that is to end waits for others to take its regions.
const LEAVE_MAX: Duration = Duration::from_secs(15);

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

/// Recovered regions, listening and not yet answering.
pub struct Server {
    listener: TcpListener,
    local: SocketAddr,
    regions: Vec<AnySetup>,
    /// `None`: all regions are those above.
    cluster: Option<Joined>,
    options: ServeOptions,
    tls: Option<Arc<Tls>>,
    tls_metrics: TlsMetrics,
    doors: Doors,
    bound: Arc<Bound>,
    clock: Clock,
    load_shedder: LoadShedderOptions,
    hooks: Option<TestHooks>,
    admin: Option<Admin>,
    hotspots: Arc<Hotspots>,
    artefacts: Option<Opened>,
}

impl Server {
    /// A server of one region called `main`, whose journal is at `journal`, with usual settings for the rest: it listens on a
    /// loopback address only.
    ///
    /// Errors: as [`Server::of`].
    pub async fn bind(
        options: ServeOptions,
        fleet: FleetOptions,
        roads: Arc<Roads>,
        journal: impl Into<LogAddress>,
        clock: Clock,
    ) -> Result<Self, ServeError> {
        let first = RegionSpec::new(RegionId::new("main")?, fleet, roads, journal);
        Self::of(options, AuthOptions::default(), first, clock).await
    }

    /// Recovers the world of a first region from its journal, and binds the address.
    ///
    /// Errors: settings; an address that others can reach, where nobody would be asked who they are, or that cannot be had; a
    /// journal that is damaged or held by another process; certificates that cannot be used.
    pub async fn of(
        options: ServeOptions,
        auth: AuthOptions,
        first: impl Into<AnyRegion>,
        clock: Clock,
    ) -> Result<Self, ServeError> {
        let first = first.into();
        Self::listen(options, auth, clock, 1, || Ok(vec![AnySetup::recover(first, clock, None)?])).await
    }

    /// Joins a cluster: which of its regions run here is decided while it runs.
    ///
    /// Errors: as [`Server::of`], without those of journals; a region whose journal is in a directory; the table of owners cannot be asked.
    pub async fn in_cluster(
        options: ServeOptions,
        auth: AuthOptions,
        cluster: ClusterSpec,
        clock: Clock,
    ) -> Result<Self, ServeError> {
        let regions = cluster.regions.len();
        let server = Self::listen(options, auth, clock, regions, || Ok(Vec::new())).await?;
        let joined = cluster.join(server.url())?;
        Ok(Self { cluster: Some(joined), ..server })
    }

    /// Binds the address, for so many regions, and recovers those that are its own once it may listen there.
    async fn listen(
        options: ServeOptions,
        auth: AuthOptions,
        clock: Clock,
        regions_max: usize,
        recover: impl FnOnce() -> Result<Vec<AnySetup>, ServeError>,
    ) -> Result<Self, ServeError> {
        let (options, auth) = (options.validate()?, auth.validate()?);
        auth.check_tls(options.tls.as_ref())?;
        auth.check_address(options.listen)?;
        let regions = recover()?;
        let address = options.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|cause| ServeError::Listen { address, cause })?;
        let tls_metrics = TlsMetrics::default();
        let local = listener.local_addr().map_err(|cause| ServeError::Listen { address, cause })?;
        Ok(Self {
            listener,
            local,
            regions,
            cluster: None,
            tls: Tls::of(options.tls.as_ref(), Listener::Public, &tls_metrics)?,
            tls_metrics,
            doors: Doors::new(&auth, local)?,
            bound: bound(&options, regions_max)?,
            options,
            clock,
            load_shedder: LoadShedderOptions::default(),
            hooks: None,
            admin: None,
            hotspots: Arc::default(),
            artefacts: None,
        })
    }

    /// Recovers one more region, with a journal, a writer, a solver and streams of its own.
    ///
    /// Errors: a name that is taken; settings; a journal that is damaged, or held by another process or region.
    pub fn with_region(mut self, spec: impl Into<AnyRegion>) -> Result<Self, ServeError> {
        let spec = spec.into();
        if self.regions.iter().any(|known| known.name() == spec.name()) {
            let rule = Rule::Shape("must be another name than that of any other region".into());
            return Err(Invalid::new("regions", spec.name(), rule).into());
        }
        self.regions.push(AnySetup::recover(spec, self.clock, None)?);
        self.bound = bound(&self.options, self.regions.len())?;
        Ok(self)
    }

    /// The first region, if it is a fleet.
    fn first(&mut self) -> Option<&mut Setup> {
        match self.regions.first_mut() {
            Some(AnySetup::Fleet(setup)) => Some(setup),
            _ => None,
        }
    }

    /// Sets what the streets' speeds of the first region come from.
    ///
    /// Errors: a setting that breaks a rule; a profile that cannot be read, or is none of these roads.
    pub fn with_traffic(mut self, options: TrafficOptions) -> Result<Self, ServeError> {
        self.first().map_or(Ok(()), |first| first.set_traffic(options))?;
        Ok(self)
    }

    /// Binds the operator's listener too, if it is set.
    ///
    /// Errors: no token, or one that breaks its rule; the address; certificates that cannot be used.
    pub async fn with_admin(mut self, options: &AdminOptions) -> Result<Self, ServeError> {
        if let Some((address, token)) = options.resolve()? {
            let tls = Tls::of(options.tls.as_ref(), Listener::Admin, &self.tls_metrics)?;
            let bound = Admin::bind(address, token, tls).await;
            self.admin = Some(bound.map_err(|cause| ServeError::Listen { address, cause })?);
        }
        Ok(self)
    }

    /// Keeps artefacts and gives them to nodes, if a directory is set.
    ///
    /// Errors: the directory or the keys cannot be used.
    pub fn with_artefacts(self, options: &ArtefactOptions) -> Result<Self, ServeError> {
        Ok(Self { artefacts: Opened::new(options)?, ..self })
    }

    /// Shows the hotspots that these traces find.
    pub fn with_traces(mut self, traces: &Traces) -> Self {
        self.hotspots = traces.hotspots.clone();
        self
    }

    /// Lets the first region's policies that look ahead do so by these values.
    pub fn with_values(mut self, values: Arc<ValueFunction>) -> Self {
        let clock = self.clock;
        if let Some(first) = self.first() {
            first.set_values(values, clock);
        }
        self
    }

    /// Reads the first region's options again with `read` on SIGHUP and when the operator's listener is asked to.
    pub fn with_reload(mut self, read: ReadOptions) -> Self {
        if let Some(first) = self.first() {
            first.set_reload(read);
        }
        self
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
    /// Where clients ask it, such as `https://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("{}://{}", scheme(&self.tls), self.local)
    }
    /// Where operators ask it, if they have a listener.
    pub fn admin_url(&self) -> Option<String> {
        self.admin.as_ref().map(|admin| format!("{}://{}", scheme(&admin.tls), admin.local))
    }
    /// What was found of every region at the start, the first one first; nothing in a cluster, whose regions come later.
    pub fn all_recovered(&self) -> impl Iterator<Item = (&RegionId, &Recovered)> {
        self.regions.iter().map(|region| (region.name(), region.recovered()))
    }

    /// Answers until `shutdown` comes, then drains: what was accepted is durable and answered, streams are closed. A server of a cluster gives
    /// its regions to others first.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Summary {
        let grace = Duration::from(self.options.drain_grace);
        let restarts = Restarts::table(&[
            (COMPONENT, view::NAME, Restart::USUAL),
            (COMPONENT, road_service::NAMES[0], AT_ONCE),
            (COMPONENT, road_service::NAMES[1], AT_ONCE),
            (COMPONENT, traffic::NAME, AT_ONCE),
        ]);
        let supervisor = Supervisor::new(Watch { restarts, ..Watch::default() });
        let scope = supervisor.scope(COMPONENT);
        let leaving = self.start(&supervisor, &scope);
        let asked = async move {
            shutdown.await;
            if let Some(leaving) = leaving {
                leaving.leave(LEAVE_MAX).await;
            }
        };
        let closed = scope.run_until(asked, grace).await;
        Summary { closed, tasks_left: supervisor.registry().len(), reported: supervisor.reported() }
    }

    /// Starts what watches the certificates of both listeners. It ends with the scope.
    fn start_tls(&self, scope: &Scope) {
        let admin = self.admin.iter().filter_map(|admin| admin.tls.as_ref());
        self.tls.iter().chain(admin).for_each(|tls| tls.start(scope));
    }

    /// All regions that there are, here and on other servers.
    fn names(&self) -> RunningRegions {
        let here = self.regions.iter().map(|region| region.name().clone());
        RunningRegions::of(here.chain(self.cluster.iter().flat_map(|joined| joined.spec.names())))
    }

    /// What all its regions share.
    fn host(
        &self,
        supervisor: &Supervisor,
        load_shedder: &Arc<LoadShedder>,
        allowance: &TaskAllowance,
        regions: &RunningRegions,
    ) -> Host {
        let joined = self.cluster.as_ref();
        let level = WrittenLevel::of(joined.map_or(NEWEST, |joined| joined.level));
        let bearer = joined.and_then(|joined| joined.spec.bearer.clone());
        Host {
            supervisor: supervisor.clone(),
            load_shedder: load_shedder.clone(),
            allowance: allowance.clone(),
            options: self.options.clone(),
            clock: self.clock,
            exchange: Exchange::new(regions.all().to_vec(), bearer, level.clone()),
            level,
            hooks: self.hooks.clone(),
        }
    }

    /// Starts all parts. They end with the scope. Returns how it leaves its cluster, if it is in one.
    fn start(self, supervisor: &Supervisor, scope: &Scope) -> Option<Leaving> {
        self.start_tls(scope);
        let regions = self.names();
        // One task a unit, to begin with: a connection is one, a vehicle's closing is one.
        let load_shedder = LoadShedder::new(self.load_shedder.clone(), 1.0);
        let (allowance, hotspots) = (TaskAllowance::default(), self.hotspots.clone());
        let (mut registry, answers) = metrics::process(supervisor, &load_shedder, &hotspots, self.clock);
        let host = self.host(supervisor, &load_shedder, &allowance, &regions);
        let exchange = host.exchange.clone();
        self.regions.into_iter().for_each(|region| regions.begin(region.start(&host.shared(scope))));
        let told = regions.clone();
        load_shedder.on_change(move |change| told.admission(change));
        self.tls_metrics.register(&mut registry);
        let room = self.doors.start(scope, &mut registry);
        let clustered = ClusterMetrics::registered(&mut registry);
        let joined = self.cluster.map(|joined| cluster::start(joined, host, scope, &regions, clustered));
        let (forwarder, leaving) = joined.unzip();
        let exposition = Arc::new(Exposition::new(registry, regions.clone()));
        let reloader = Reloader::new(regions.clone(), scope.spawner());
        scope.spawn("hangups", Until::Owner, reloader.clone().on_hangups());
        let sampler = Arc::new(Sampler::new(supervisor.clone(), hotspots.clone(), regions.clone()));
        scope.spawn("sched", Until::Owner, sampler.clone().run(scope.token()));
        if let Some(admin) = self.admin {
            let sources = Sources {
                supervisor: supervisor.clone(),
                exposition: exposition.clone(),
                hotspots,
                sampler,
                load_shedder: load_shedder.clone(),
                reloader,
            };
            scope.spawn("admin", Until::Owner, admin.run(sources, scope.spawner()));
        }
        load_sampler::run(scope, supervisor.clone(), load_shedder, allowance);
        if let Some(hooks) = self.hooks.clone() {
            scope.spawn("leak-hook", Until::Owner, hooks.leak(supervisor.scope("leak"), scope.token()));
        }
        let public = PublicSide {
            listener: self.listener,
            tls: self.tls,
            bound: self.bound,
            regions,
            forwarder,
            exchange,
            artefacts: self.artefacts.map(|opened| opened.start(scope)),
            exposition,
            answers,
            room,
            hooks: self.hooks,
            // Less than the whole server has, so that connections are ended there and not with their task.
            grace: Duration::from(self.options.drain_grace) * 4 / 5,
        };
        scope.spawn("http", Until::Owner, public.run(supervisor.clone(), scope.token()));
        leaving
    }
}

/// How a listener is asked.
fn scheme(tls: &Option<Arc<Tls>>) -> &'static str {
    if tls.is_some() { "https" } else { "http" }
}

/// How many connections there may be. Errors: the process has too few descriptors for any.
fn bound(options: &ServeOptions, regions: usize) -> Result<Arc<Bound>, ServeError> {
    Bound::within_descriptors(options.connections_max, options.connections_per_address_max, regions)
}
