//! The traffic service: one thread that takes reports and probes, customises a metric in the background and swaps it in. A tick
//! takes the newest `Roads` once, at its start, and keeps it to the end: it knows one metric only.
//!
//! A report is answered when it is in force. What the fleet observes and what is usual at this hour comes into force once a minute, or
//! sooner when much has changed.

mod figures;
mod options;
mod probes;

pub use options::TrafficOptions;
pub(crate) use probes::{Probe, ProbeBuffer};

use crate::clock::{Clock, Stopwatch};
use crate::hooks::TestHooks;
use figures::{Reason, TrafficFigures};
use paceline_api::TrafficView;
use paceline_engine::TripLeg;
use paceline_model::{Instant, Millis};
use paceline_road::traffic::{Profile, Sensor, SensorOptions, SpeedReport, Traffic, TrafficError};
use paceline_road::{Customisation, Leg, RoadError, Roads};
use paceline_supervise::sync::{oneshot, watch};
use paceline_supervise::{Spawner, Until};
use prometheus_client::registry::Registry;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};

/// What it is called among the tasks.
pub(crate) const NAME: &str = "traffic-service";
/// Batches that may wait.
const BATCHES_MAX: usize = 16;
/// A trace shorter than this waits for more.
const TRACE_LEAST: Millis = Millis::from_secs(10);
/// An edge has changed when it takes this share more or less than by the metric in force.
const CHANGE: f64 = 0.25;

/// Reports, all of which are taken or none.
pub(crate) struct Batch {
    pub(crate) reports: Vec<SpeedReport>,
    /// Sent how many edges it was about, once the new metric holds.
    pub(crate) caller: oneshot::Sender<Result<usize, TrafficError>>,
}

/// What the service goes by.
pub(crate) struct TrafficSetup {
    pub(crate) roads: Arc<Roads>,
    /// Usual speeds by hour of the week.
    pub(crate) profile: Profile,
    pub(crate) options: TrafficOptions,
    pub(crate) clock: Clock,
    pub(crate) hooks: Option<TestHooks>,
}

/// The ways to the service, and what it says. It runs while one is held.
pub(crate) struct TrafficHandle {
    pub(crate) batches: SyncSender<Batch>,
    /// Where positions go from which speeds are learnt; `None`: the fleet is not its own sensor.
    pub(crate) probes: Option<Arc<ProbeBuffer>>,
    /// The newest travel times.
    pub(crate) current: watch::Receiver<Arc<Roads>>,
    /// What is known of speeds, as of these.
    pub(crate) view: watch::Receiver<Arc<TrafficView>>,
}

/// Starts the service.
pub(crate) fn start(scope: &Spawner, setup: TrafficSetup, registry: &mut Registry) -> TrafficHandle {
    let (batches_to, batches) = sync_channel(BATCHES_MAX);
    let (current_to, current) = watch::channel("new travel times", setup.roads.clone());
    let (view_to, view) = watch::channel("a new view of traffic", Arc::default());
    let (probes, figures) = (Arc::<ProbeBuffer>::default(), TrafficFigures::default());
    figures.register(registry);
    let buffer = probes.clone();
    let probes = setup.options.probes.then_some(probes);
    let service =
        TrafficService { setup, batches, probes: buffer, current: current_to, view: view_to, figures };
    scope.spawn_blocking_restarting(NAME, Until::Owner, move || service.run());
    TrafficHandle { batches: batches_to, probes, current, view }
}

/// The service's settings, its inputs and its outputs.
struct TrafficService {
    setup: TrafficSetup,
    batches: Receiver<Batch>,
    probes: Arc<ProbeBuffer>,
    current: watch::Sender<Arc<Roads>>,
    view: watch::Sender<Arc<TrafficView>>,
    figures: TrafficFigures,
}

/// What is known of the streets, and the metric that was made of it.
struct TrafficState {
    traffic: Traffic,
    sensor: Sensor<TripLeg>,
    /// Positions that found no room on their way here.
    lost: u64,
    /// The weights of the metric in force, and since when.
    in_force: Vec<Leg>,
    since: Instant,
}

impl TrafficService {
    /// Runs until every sender of reports is dropped. Errors: none in practice; the weights are of these roads.
    fn run(&self) -> Result<(), RoadError> {
        let sigma_m = self.setup.options.position_sigma_m;
        let mut state = TrafficState {
            traffic: Traffic::new(&self.setup.roads, self.setup.profile.clone()),
            sensor: Sensor::new(SensorOptions { sigma_m, trace_least: TRACE_LEAST }),
            lost: 0,
            // If it begins anew: those that it had brought into force. What was reported and learnt is forgotten.
            in_force: self.current.borrow().metric().weights().to_vec(),
            since: self.setup.clock.now(),
        };
        // The first tick shall not decide by empty streets where a profile says otherwise.
        self.swap(&mut state, Reason::Due)?;
        let every = self.setup.clock.real(self.setup.options.look_every);
        loop {
            let batch = match self.batches.recv_timeout(every) {
                Ok(batch) => Some(batch),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            self.setup.hooks.as_ref().inspect(|hooks| hooks.turn(NAME));
            self.ingest_probes(&mut state);
            match batch {
                Some(Batch { reports, caller }) => {
                    let taken = state.traffic.ingest(&self.setup.roads, &reports, self.setup.clock.now());
                    if taken.is_ok() {
                        self.swap(&mut state, Reason::Reported)?;
                    }
                    // A caller that has gone away does not need its answer.
                    _ = caller.send(taken);
                }
                None => self.match_traces(&mut state)?,
            }
        }
    }

    /// Takes in the positions since the last time.
    fn ingest_probes(&self, state: &mut TrafficState) {
        let now = self.setup.clock.now();
        let (probes, lost) = self.probes.drain();
        state.lost = lost;
        for Probe { vehicle, leg, fix } in probes {
            state.sensor.ingest(now, &vehicle, leg, fix);
        }
    }

    /// Matches the positions, and swaps the metric if it is time or if much has changed.
    fn match_traces(&self, state: &mut TrafficState) -> Result<(), RoadError> {
        state.sensor.match_traces(&self.setup.roads, &mut state.traffic, |_| {});
        self.figures.probes(state.sensor.counts(), state.lost);
        let (now, options) = (self.setup.clock.now(), &self.setup.options);
        let age = now.since(state.since);
        if age >= options.metric_every {
            return self.swap(state, Reason::Due);
        }
        if age < options.look_every {
            return Ok(());
        }
        let weights = state.traffic.weights(now);
        let changed = weights.iter().zip(&state.in_force).filter(|(now, then)| has_changed(**now, **then));
        if changed.count() >= options.changed_edges as usize {
            self.swap(state, Reason::Changed)?;
        }
        Ok(())
    }

    /// Brings what is known now into force, unless that is what is in force already.
    fn swap(&self, state: &mut TrafficState, reason: Reason) -> Result<(), RoadError> {
        let now = self.setup.clock.now();
        let weights = state.traffic.weights(now);
        state.since = now;
        let view = crate::view::traffic(&state.traffic, now);
        self.figures.known(view.observed + view.reported);
        self.view.send_replace(Arc::new(view));
        if weights == state.in_force {
            return Ok(());
        }
        let watch = Stopwatch::start();
        // One thread: the others are the tick's.
        let metric = self.setup.roads.customise(weights.clone(), Customisation::Basic, NonZeroUsize::MIN)?;
        let roads = Arc::new(self.setup.roads.with_metric(Arc::new(metric))?);
        // The region, which reads the digest first, need not wait for it.
        roads.metric().digest();
        self.current.send_replace(roads);
        self.figures.swapped(reason, watch.elapsed());
        state.in_force = weights;
        Ok(())
    }
}

fn has_changed(now: Leg, then: Leg) -> bool {
    let (now, then) = (f64::from(now.time.0), f64::from(then.time.0));
    (now - then).abs() > CHANGE * now.min(then)
}
