//! The region's task: it alone owns the fleet. Everything that happens comes in over bounded channels; what the fleet
//! asks for goes out to the journal's writer, the solver, the stream and the callers.

use crate::clock::{Clock, Stopwatch};
use crate::journal_writer::Write;
use crate::metrics::{Figures, Metrics};
use crate::order_trace::OrderTraces;
use crate::solver::Round;
use crate::stream::Stream;
use crate::telemetry::Telemetry;
use crate::traffic::{Probe, ProbeBuffer};
use crate::vehicle_tasks::VehicleTasks;
use crate::view;
use paceline_api::stream::{FIGURES, POSITIONS};
use paceline_engine::{Fleet, FleetOptions, Input, Ledger, Output, Setting, Ticket, TripLeg};
use paceline_model::{Answer, Reading, Request, VehicleId, Version};
use paceline_plan::Plan;
use paceline_road::{Fix, Roads};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

/// Looks at the fleet at one moment, and answers its caller itself.
type Look = Box<dyn FnOnce(&Ledger<Fleet>) + Send>;

/// Looks at the fleet and at the tasks of its vehicles.
type Join = Box<dyn FnOnce(&Ledger<Fleet>, &mut VehicleTasks) + Send>;

/// Something asked of the region.
pub(crate) enum Ask {
    /// With the trace of the order that it places.
    Command(Request, oneshot::Sender<Answer>, tracing::Span),
    Look(Look),
    Join(Join),
    /// New options, and who wants to know whether they were any different and in which version of the world.
    Options(Box<FleetOptions>, oneshot::Sender<(bool, Version)>),
}

/// Where the region's outputs go, and where its inputs come from.
pub(crate) struct Region {
    pub(crate) fleet: Ledger<Fleet>,
    pub(crate) clock: Clock,
    pub(crate) tick: Duration,
    pub(crate) snapshot_every: u64,
    pub(crate) asks: mpsc::Receiver<Ask>,
    pub(crate) writes: mpsc::Sender<Write>,
    pub(crate) durable: watch::Receiver<Version>,
    /// The newest travel times.
    pub(crate) current: watch::Receiver<Arc<Roads>>,
    pub(crate) rounds: mpsc::Sender<Round>,
    pub(crate) plans: mpsc::Receiver<Plan>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) probes: Arc<ProbeBuffer>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) vehicles: VehicleTasks,
}

/// Why the region cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegionError {
    #[error("the journal's writer is gone")]
    Journal,
    #[error("the solver is gone")]
    Solver,
}

/// Asks taken in a row before ticks and plans are looked at again.
const BURST: usize = 256;
/// Time between two tellings of positions and figures.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// What the loop keeps beside the fleet.
#[derive(Default)]
struct Kept {
    tickets: u64,
    callers: BTreeMap<Ticket, oneshot::Sender<Answer>>,
    figures: Figures,
    /// When the last tick was due.
    tick: Option<Stopwatch>,
    /// Since when a round is under way.
    round: Option<Stopwatch>,
    records_since_snapshot: u64,
    traces: OrderTraces,
}

impl Region {
    /// Runs until every asker is gone and all that was asked is durable and answered.
    pub(crate) async fn run(mut self) -> Result<(), RegionError> {
        let mut kept = Kept::default();
        let mut ticks = tokio::time::interval(self.tick);
        let mut tells = tokio::time::interval(TELL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tells.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut burst = Vec::with_capacity(BURST);
        loop {
            tokio::select! {
                biased;
                changed = self.durable.changed() => {
                    changed.map_err(|_| RegionError::Journal)?;
                    let version = *self.durable.borrow_and_update();
                    self.input(&mut kept, Input::Durable(version)).await?;
                }
                plan = self.plans.recv() => {
                    let plan = plan.ok_or(RegionError::Solver)?;
                    self.input(&mut kept, Input::Proposed(Box::new(plan))).await?;
                }
                due = ticks.tick() => self.on_tick(&mut kept, Stopwatch::since(due)).await?,
                _ = tells.tick() => self.tell(&kept),
                taken = self.asks.recv_many(&mut burst, BURST) => {
                    if taken == 0 {
                        break;
                    }
                    for ask in burst.drain(..) {
                        self.ask(&mut kept, ask).await?;
                    }
                }
            }
        }
        let drained = self.drain(&mut kept).await;
        self.vehicles.close().await;
        drained
    }

    /// All that was accepted becomes durable and is answered, before the writer's channel closes.
    async fn drain(&mut self, kept: &mut Kept) -> Result<(), RegionError> {
        while self.fleet.durable() < self.fleet.version() {
            self.durable.changed().await.map_err(|_| RegionError::Journal)?;
            let version = *self.durable.borrow_and_update();
            self.input(kept, Input::Durable(version)).await?;
        }
        let state = self.fleet.snapshot();
        self.writes.send(Write::Snapshot(state)).await.map_err(|_| RegionError::Journal)
    }

    async fn ask(&mut self, kept: &mut Kept, ask: Ask) -> Result<(), RegionError> {
        match ask {
            Ask::Command(request, caller, trace) => {
                kept.tickets += 1;
                kept.callers.insert(Ticket(kept.tickets), caller);
                kept.traces.placing(trace);
                let done = self.input(kept, Input::Command(Ticket(kept.tickets), request)).await;
                kept.traces.placed();
                done
            }
            Ask::Options(options, caller) => {
                let changed = *options != *self.fleet.options();
                self.input(kept, Input::Set(Setting::Options(options))).await?;
                // A caller that has gone away does not need its answer.
                _ = caller.send((changed, self.fleet.version()));
                Ok(())
            }
            Ask::Look(look) => {
                look(&self.fleet);
                Ok(())
            }
            Ask::Join(join) => {
                join(&self.fleet, &mut self.vehicles);
                Ok(())
            }
        }
    }

    async fn on_tick(&mut self, kept: &mut Kept, due: Stopwatch) -> Result<(), RegionError> {
        kept.tick = Some(due);
        if kept.round.is_some() {
            self.metrics.ticks_skipped.inc();
        }
        self.hand_on_probes();
        let readings = self.telemetry.take();
        if !readings.is_empty() {
            self.input(kept, Input::Telemetry(readings)).await?;
        }
        // Only here: from tick to tick everything is decided by the same travel times.
        if self.current.has_changed().unwrap_or(false) {
            let roads = self.current.borrow_and_update().clone();
            self.input(kept, Input::Set(Setting::Roads(roads))).await?;
        }
        self.input(kept, Input::Tick).await
    }

    /// Hands the traffic service where vehicles were, and on which trip leg: only here is that known.
    fn hand_on_probes(&self) {
        let world = self.fleet.world();
        let probe = |(vehicle, reading): (VehicleId, Reading)| {
            let leg = TripLeg::of(world.vehicle(&vehicle)?);
            Some(Probe { vehicle, leg, fix: Fix { position: reading.position, at: reading.at } })
        };
        self.probes.insert(self.telemetry.take_all().into_iter().filter_map(probe));
    }

    /// Gives the fleet one input and does what it asks for.
    async fn input(&mut self, kept: &mut Kept, input: Input<Fleet>) -> Result<(), RegionError> {
        self.fleet.handle(self.clock.now(), input);
        while let Some(output) = self.fleet.poll() {
            match output {
                Output::Append(record) => {
                    kept.traces.appended(&record);
                    kept.records_since_snapshot += 1;
                    self.writes.send(Write::Record(record)).await.map_err(|_| RegionError::Journal)?;
                }
                Output::Solve(snapshot) => {
                    kept.traces.solving(&snapshot);
                    // Only a tick asks for a round. What made the tick late, and what its snapshot took, counts.
                    let since = kept.tick.unwrap_or_else(Stopwatch::start);
                    kept.round = Some(since);
                    let round = Round { snapshot, roads: self.fleet.roads().clone(), since };
                    self.rounds.send(round).await.map_err(|_| RegionError::Solver)?;
                }
                Output::Publish(change) => {
                    self.metrics.see(&change);
                    self.vehicles.see(&change);
                    kept.figures.see(&change);
                    let published = kept.traces.publishing(&change);
                    self.stream.change(change);
                    drop(published);
                }
                Output::Reply(ticket, answer) => {
                    if answer.is_err() {
                        self.metrics.commands_refused.inc();
                    }
                    if let Some(caller) = kept.callers.remove(&ticket) {
                        // A caller that has gone away does not need its answer.
                        _ = caller.send(answer);
                    }
                }
                Output::Round(summary) => {
                    let took = kept.round.take().map_or(Duration::ZERO, Stopwatch::elapsed);
                    self.metrics.round_seconds.observe(took.as_secs_f64());
                    self.metrics.assignments_stale.inc_by(summary.stale.len() as u64);
                    for degraded in &summary.degraded {
                        tracing::warn!(stage = ?degraded.stage, reason = degraded.reason, "round degraded");
                    }
                    self.metrics.rounds_degraded.inc_by(u64::from(!summary.degraded.is_empty()));
                    kept.figures.round(&summary, took);
                }
            }
        }
        if kept.records_since_snapshot >= self.snapshot_every {
            kept.records_since_snapshot = 0;
            let state = self.fleet.snapshot();
            self.writes.send(Write::Snapshot(state)).await.map_err(|_| RegionError::Journal)?;
        }
        Ok(())
    }

    /// Tells the streams where everything is, and the key figures.
    fn tell(&self, kept: &Kept) {
        let world = self.fleet.world();
        self.metrics.open_orders.set(world.open_orders() as i64);
        self.metrics.queue.set(self.asks.len() as i64);
        self.metrics.streams.set(self.stream.clients() as i64);
        self.metrics.version.set(self.fleet.version().0 as i64);
        self.stream.moment(POSITIONS, || {
            let rows: Vec<_> = world.vehicles().map(view::position).collect();
            serde_json::to_string(&rows).unwrap_or_default()
        });
        self.stream.moment(FIGURES, || {
            let mut vehicles = BTreeMap::new();
            for vehicle in world.vehicles() {
                *vehicles.entry(view::job(vehicle.service, &vehicle.job)).or_insert(0) += 1;
            }
            let at = self.clock.now();
            let shown = kept.figures.shown(at, self.fleet.version().0, world.open_orders(), vehicles);
            serde_json::to_string(&shown).unwrap_or_default()
        });
    }
}
