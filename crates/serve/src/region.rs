//! The region's task: it alone owns the region. Everything that happens comes in over bounded channels and by the clock; what the
//! region asks for goes out to the journal's writer, the solver, the read model and the callers. When what is to be done is the
//! engine's: [`paceline_engine::region`].

pub(crate) mod admission;
pub(crate) mod handle;
pub(crate) mod recovery;
pub(crate) mod setup;
mod tail;

use crate::clock::{Clock, Stopwatch};
use crate::journal_writer::{JournalHandle, Write};
use crate::metrics::RegionMetrics;
use crate::order_trace::OrderTraces;
use crate::solver::{Round, SolverHandle};
use crate::telemetry::Telemetry;
use crate::traffic::{Probe, ProbeBuffer};
use crate::vehicle_tasks::VehicleTasks;
use crate::view::Feed;
use admission::NotDone;
use handle::Ask;
use paceline_engine::region::{self, Input, Output, Tick};
use paceline_engine::{Change, Fleet, RoundSummary, Setting, Ticket, TripLeg};
use paceline_model::{Answer, Reading, Receipt, VehicleId, Version};
use paceline_plan::Snapshot;
use paceline_road::{Fix, Roads};
use paceline_supervise::sync::{mpsc, oneshot, watch};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Where the region's outputs go, and where its inputs come from.
pub(crate) struct Region {
    pub(crate) region: region::Region<Fleet>,
    pub(crate) clock: Clock,
    pub(crate) asks: mpsc::Receiver<Ask>,
    pub(crate) journal: JournalHandle,
    /// The newest travel times.
    pub(crate) current: watch::Receiver<Arc<Roads>>,
    pub(crate) solver: SolverHandle,
    /// The way to the read model, and through it to the streams.
    pub(crate) feed: Feed,
    pub(crate) telemetry: Arc<Telemetry>,
    /// Where positions go from which speeds are learnt; `None`: the fleet is not its own sensor.
    pub(crate) probes: Option<Arc<ProbeBuffer>>,
    pub(crate) metrics: RegionMetrics,
    pub(crate) vehicles: VehicleTasks,
}

/// Why the region cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegionError {
    #[error("the journal takes nothing: not all that was taken in is durable")]
    Journal,
    #[error("the solver is gone")]
    Solver,
}

/// Asks taken in a row before ticks and plans are looked at again.
const BURST: usize = 256;
/// Time between two looks for readings: a tick meets few of them, however many vehicles report.
const INTAKE_EVERY: Duration = Duration::from_millis(10);
/// Time between two publications of positions and figures, which the read model knows.
const PUBLISH_EVERY: Duration = Duration::from_millis(500);

/// Longest that the end waits for a disk that takes nothing.
const DURABLE_WITHIN: Duration = Duration::from_secs(3);

/// What the loop keeps beside the region.
#[derive(Default)]
struct LoopState {
    tickets: u64,
    callers: BTreeMap<Ticket, Caller>,
    /// When the last tick was due.
    tick: Option<Stopwatch>,
    /// Since when a round is under way.
    round: Option<Stopwatch>,
    traces: OrderTraces,
}

/// Who waits for the answer under a ticket.
enum Caller {
    Command(oneshot::Sender<Result<Receipt, NotDone>>),
    /// With whether the options were any different.
    Options(bool, oneshot::Sender<(bool, Version)>),
}

impl LoopState {
    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }
}

impl Region {
    /// Runs until every asker is gone and all that was asked is durable and answered.
    pub(crate) async fn run(mut self) -> Result<(), RegionError> {
        let mut state = LoopState::default();
        let mut publications = tokio::time::interval(PUBLISH_EVERY);
        let mut intake = tokio::time::interval(INTAKE_EVERY);
        publications.set_missed_tick_behavior(MissedTickBehavior::Delay);
        intake.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut burst = Vec::with_capacity(BURST);
        loop {
            let due = self.wake_at();
            // Time goes on once what has happened can be written down: what waits for that is bounded.
            let stalled = self.journal.is_stalled();
            tokio::select! {
                biased;
                changed = self.journal.durable.changed() => {
                    changed.map_err(|_| RegionError::Journal)?;
                    self.on_durable(&mut state).await?;
                }
                plan = self.solver.plans.recv() => {
                    let plan = plan.ok_or(RegionError::Solver)?;
                    self.input(&mut state, Input::Proposed(Box::new(plan))).await?;
                }
                () = tokio::time::sleep_until(due), if !stalled => self.on_due(&mut state, Stopwatch::since(due)).await?,
                _ = publications.tick() => self.publish(),
                _ = intake.tick() => self.take_in(&mut state).await?,
                taken = self.asks.recv_many(&mut burst, BURST) => {
                    if taken == 0 {
                        break;
                    }
                    for ask in burst.drain(..) {
                        self.ask(&mut state, ask).await?;
                    }
                }
            }
        }
        let drained = self.drain(&mut state).await;
        self.vehicles.close().await;
        drained
    }

    /// When the region wants to be woken. Its clock need not run as fast as ours.
    fn wake_at(&self) -> tokio::time::Instant {
        let now = self.clock.now();
        let left = self.region.due().map_or(PUBLISH_EVERY, |due| self.clock.real(due.since(now)));
        tokio::time::Instant::now() + left
    }

    /// All that was accepted becomes durable and is answered, before the writer's channel closes.
    async fn drain(&mut self, state: &mut LoopState) -> Result<(), RegionError> {
        self.input(state, Input::Close).await?;
        while !self.region.is_closed() {
            let changed = tokio::time::timeout(DURABLE_WITHIN, self.journal.durable.changed()).await;
            match changed {
                Err(_) if self.journal.is_stalled() => return Err(RegionError::Journal),
                Err(_) => continue,
                Ok(changed) => changed.map_err(|_| RegionError::Journal)?,
            }
            self.on_durable(state).await?;
        }
        Ok(())
    }

    async fn on_durable(&mut self, state: &mut LoopState) -> Result<(), RegionError> {
        let version = *self.journal.durable.borrow_and_update();
        self.input(state, Input::Durable(version)).await
    }

    async fn ask(&mut self, state: &mut LoopState, ask: Ask) -> Result<(), RegionError> {
        match ask {
            Ask::Command(request, caller, trace) => {
                let waited = caller.since.elapsed();
                if let Err(why) = admission::admit(self.region.ledger().world(), &request.command, waited) {
                    self.metrics.requests.turned_away.inc();
                    // A caller that has gone away does not need its answer.
                    _ = caller.answer.send(Err(why));
                    return Ok(());
                }
                let ticket = state.ticket();
                state.callers.insert(ticket, Caller::Command(caller.answer));
                state.traces.placing(trace);
                let done = self.input(state, Input::Command(ticket, *request)).await;
                state.traces.placed();
                done
            }
            Ask::Options(options, caller) => {
                let changed = *options != *self.region.ledger().options();
                self.telemetry.follow(&options);
                let ticket = state.ticket();
                state.callers.insert(ticket, Caller::Options(changed, caller));
                self.input(state, Input::Set(ticket, Setting::Options(options))).await
            }
            Ask::Look(look) => {
                look(self.region.ledger());
                Ok(())
            }
            Ask::Join(join) => {
                join(self.region.ledger(), &mut self.vehicles);
                Ok(())
            }
        }
    }

    /// A tick is due: what has come since the last one goes in before it.
    async fn on_due(&mut self, state: &mut LoopState, due: Stopwatch) -> Result<(), RegionError> {
        state.tick = Some(due);
        self.take_in(state).await?;
        if self.current.has_changed().unwrap_or(false) {
            let roads = self.current.borrow_and_update().clone();
            let ticket = state.ticket();
            self.input(state, Input::Set(ticket, Setting::Roads(roads))).await?;
        }
        self.input(state, Input::Elapsed).await
    }

    /// Takes in what vehicles have said.
    async fn take_in(&mut self, state: &mut LoopState) -> Result<(), RegionError> {
        let readings = self.telemetry.take();
        if readings.is_empty() {
            return Ok(());
        }
        self.hand_on_probes(&readings);
        self.input(state, Input::Telemetry(readings)).await
    }

    /// Hands the traffic service where vehicles were, and on which trip leg: only here is that known.
    fn hand_on_probes(&self, readings: &[(VehicleId, Reading)]) {
        let Some(probes) = &self.probes else { return };
        let world = self.region.ledger().world();
        let probe = |(vehicle, reading): &(VehicleId, Reading)| {
            let leg = TripLeg::of(world.vehicle(vehicle)?);
            let fix = Fix { position: reading.position, at: reading.at };
            Some(Probe { vehicle: vehicle.clone(), leg, fix })
        };
        probes.insert(readings.iter().filter_map(probe));
    }

    /// Gives the region one input and does what it asks for.
    async fn input(&mut self, state: &mut LoopState, input: Input<Fleet>) -> Result<(), RegionError> {
        self.region.handle(self.clock.now(), input);
        let changes = self.region.take_changes();
        self.feed.changed(self.region.ledger(), changes);
        while let Some(output) = self.region.poll() {
            match output {
                Output::Append(record) => {
                    state.traces.appended(&record);
                    self.write(Write::Record(record)).await?;
                }
                Output::Snapshot(checkpoint) => self.write(Write::Snapshot(Box::new(checkpoint))).await?,
                Output::Solve(snapshot, _) => self.solve(state, snapshot).await?,
                Output::Publish(change) => self.on_change(state, change),
                Output::Reply(ticket, answer) => self.reply(state, ticket, answer),
                Output::Tick(tick) => self.count_tick(tick),
                Output::Round(round) => self.count_round(state, &round.summary),
            }
        }
        Ok(())
    }

    async fn write(&self, write: Write) -> Result<(), RegionError> {
        self.journal.writes.send(write).await.map_err(|_| RegionError::Journal)
    }

    async fn solve(&self, state: &mut LoopState, snapshot: Box<Snapshot>) -> Result<(), RegionError> {
        state.traces.solving(&snapshot);
        // Only a tick asks for a round. What made the tick late, and what its snapshot took, counts.
        let since = state.tick.unwrap_or_else(Stopwatch::start);
        state.round = Some(since);
        let round = Round { snapshot, roads: self.region.ledger().roads().clone(), since };
        self.solver.rounds.send(round).await.map_err(|_| RegionError::Solver)
    }

    fn on_change(&mut self, state: &mut LoopState, change: Arc<Change>) {
        self.metrics.world.see(&change);
        self.vehicles.see(&change);
        self.telemetry.see(&change);
        let published = state.traces.publishing(&change);
        self.feed.publish(self.region.ledger(), change);
        drop(published);
    }

    /// A caller that has gone away does not need its answer.
    fn reply(&self, state: &mut LoopState, ticket: Ticket, answer: Answer) {
        match (state.callers.remove(&ticket), answer) {
            (Some(Caller::Command(caller)), answer) => {
                self.metrics.requests.refused.inc_by(u64::from(answer.is_err()));
                _ = caller.send(answer.map_err(NotDone::Refused));
            }
            (Some(Caller::Options(changed, caller)), Ok(receipt)) => {
                _ = caller.send((changed, receipt.version));
            }
            (Some(Caller::Options(..)), Err(_)) | (None, _) => {}
        }
    }

    fn count_tick(&self, tick: Tick) {
        self.metrics.rounds.ticks_skipped.inc_by(u64::from(tick.overrun));
        self.metrics.rounds.ticks_missed.inc_by(tick.missed);
    }

    fn count_round(&self, state: &mut LoopState, summary: &RoundSummary) {
        let took = state.round.take().map_or(Duration::ZERO, Stopwatch::elapsed);
        self.metrics.rounds.ended(summary, took);
        for degraded in &summary.degraded {
            tracing::warn!(stage = ?degraded.stage, reason = degraded.reason, "round degraded");
        }
        self.feed.round(!summary.degraded.is_empty(), took);
    }

    /// Time to tell the streams where everything is, and the key figures.
    fn publish(&mut self) {
        self.metrics.requests.queue.set(self.asks.len() as i64);
        self.feed.due(self.region.ledger());
    }
}
