//! The region's task: it alone owns the region. Everything that happens comes in over bounded channels and by the clock; what the
//! region asks for goes out to the journal's writer, the solver, the read model and the callers. When what is to be done is the
//! engine's: [`paceline_engine::region`].

pub(crate) mod admission;
pub(crate) mod backlog;
pub(crate) mod handle;
pub(crate) mod matters;
pub(crate) mod recovery;
pub(crate) mod setup;
mod tail;

use crate::clock::{Clock, Stopwatch};
use crate::journal_writer::{JournalHandle, Write};
use crate::kind::{Kind, Shell};
use crate::metrics::RegionMetrics;
use crate::solver::SolverHandle;
use crate::view::Feed;
use crate::written_level::WrittenLevel;
use admission::NotDone;
use backlog::{Backlog, Line};
use handle::Ask;
use paceline_engine::Ticket;
use paceline_engine::ledger::{Change, World};
use paceline_engine::region::{self, Input, Output, Tick};
use paceline_model::{Answer, Receipt, Version};
use paceline_supervise::sync::{mpsc, oneshot};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Where the region's outputs go, and where its inputs come from.
pub(crate) struct Region<W: Kind> {
    pub(crate) region: region::Region<W>,
    pub(crate) clock: Clock,
    pub(crate) asks: mpsc::Receiver<Ask<W>>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) journal: JournalHandle<W>,
    pub(crate) solver: SolverHandle<<W::Shell as Shell>::Job, W::Plan>,
    /// The way to the read model, and through it to the streams.
    pub(crate) feed: Feed<W::Model>,
    pub(crate) metrics: RegionMetrics,
    /// What may be written.
    pub(crate) level: WrittenLevel,
    /// What stands around it.
    pub(crate) shell: W::Shell,
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
/// Time between two looks for telemetry: a tick meets little of it, however many devices report.
const INTAKE_EVERY: Duration = Duration::from_millis(10);
/// Time between two publications of positions and figures, which the read model knows.
const PUBLISH_EVERY: Duration = Duration::from_millis(500);

/// Longest that the end waits for a disk that takes nothing.
const DURABLE_WITHIN: Duration = Duration::from_secs(3);

/// What the loop keeps beside the region.
struct LoopState<R> {
    tickets: u64,
    callers: BTreeMap<Ticket, Caller<R>>,
    /// When the last tick was due.
    tick: Option<Stopwatch>,
    /// Since when a round is under way.
    round: Option<Stopwatch>,
}

type StateOf<W> = LoopState<<W as World>::Refusal>;

/// Who waits for the answer under a ticket.
enum Caller<R> {
    Command(oneshot::Sender<Result<Receipt, NotDone<R>>>),
    /// With whether the setting was any different.
    Set(bool, oneshot::Sender<(bool, Version)>),
}

impl<R> LoopState<R> {
    fn new() -> Self {
        Self { tickets: 0, callers: BTreeMap::new(), tick: None, round: None }
    }
    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }
}

impl<W: Kind> Region<W> {
    /// Runs until every asker is gone and all that was asked is durable and answered.
    pub(crate) async fn run(mut self) -> Result<(), RegionError> {
        let mut state = LoopState::new();
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
                _ = intake.tick() => {
                    if self.asks.is_empty() {
                        self.backlog.observe(Line::Region, Duration::ZERO);
                    }
                    self.take_in(&mut state).await?;
                }
                taken = self.asks.recv_many(&mut burst, BURST) => {
                    if taken == 0 {
                        break;
                    }
                    let waited = burst.iter().find_map(Ask::waited);
                    self.backlog.observe(Line::Region, waited.unwrap_or_default());
                    for ask in burst.drain(..) {
                        self.ask(&mut state, ask).await?;
                    }
                }
            }
        }
        let drained = self.drain(&mut state).await;
        self.shell.close().await;
        drained
    }

    /// When the region wants to be woken. Its clock need not run as fast as ours.
    fn wake_at(&self) -> tokio::time::Instant {
        let now = self.clock.now();
        let left = self.region.due().map_or(PUBLISH_EVERY, |due| self.clock.real(due.since(now)));
        tokio::time::Instant::now() + left
    }

    /// All that was accepted becomes durable and is answered, before the writer's channel closes.
    async fn drain(&mut self, state: &mut StateOf<W>) -> Result<(), RegionError> {
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

    async fn on_durable(&mut self, state: &mut StateOf<W>) -> Result<(), RegionError> {
        let version = *self.journal.durable.borrow_and_update();
        self.input(state, Input::Durable(version)).await
    }

    async fn ask(&mut self, state: &mut StateOf<W>, ask: Ask<W>) -> Result<(), RegionError> {
        match ask {
            Ask::Command(request, caller, trace) => {
                let waited_out = caller.since.elapsed() > self.backlog.waited_max();
                if let Err(why) = admission::admit(&**self.region.ledger(), &request.command, waited_out) {
                    self.metrics.requests.turned_away.inc();
                    // A caller that has gone away does not need its answer.
                    _ = caller.answer.send(Err(why));
                    return Ok(());
                }
                let ticket = state.ticket();
                state.callers.insert(ticket, Caller::Command(caller.answer));
                self.shell.admitting(trace);
                let done = self.input(state, Input::Command(ticket, *request)).await;
                self.shell.admitted();
                done
            }
            Ask::Set(setting, caller) => {
                let changed = W::alters(self.region.ledger(), &setting);
                self.shell.on_set(&setting);
                let ticket = state.ticket();
                state.callers.insert(ticket, Caller::Set(changed, caller));
                self.input(state, Input::Set(ticket, W::within(*setting, &self.level))).await
            }
            Ask::Look(look) => {
                look(self.region.ledger());
                Ok(())
            }
            Ask::Join(join) => {
                join(self.region.ledger(), &mut self.shell);
                Ok(())
            }
        }
    }

    /// A tick is due: what has come since the last one goes in before it.
    async fn on_due(&mut self, state: &mut StateOf<W>, due: Stopwatch) -> Result<(), RegionError> {
        state.tick = Some(due);
        self.take_in(state).await?;
        if let Some(setting) = self.shell.take_setting() {
            let ticket = state.ticket();
            self.input(state, Input::Set(ticket, W::within(setting, &self.level))).await?;
        }
        self.input(state, Input::Elapsed).await
    }

    /// Takes in what devices have said.
    async fn take_in(&mut self, state: &mut StateOf<W>) -> Result<(), RegionError> {
        match self.shell.take_telemetry(self.region.ledger()) {
            Some(telemetry) => self.input(state, Input::Telemetry(telemetry)).await,
            None => Ok(()),
        }
    }

    /// Gives the region one input and does what it asks for.
    async fn input(&mut self, state: &mut StateOf<W>, input: Input<W>) -> Result<(), RegionError> {
        self.region.handle(self.clock.now(), input);
        let changes = self.region.take_changes();
        self.feed.changed(self.region.ledger(), changes);
        while let Some(output) = self.region.poll() {
            match output {
                Output::Append(record) => {
                    self.shell.on_append(&record);
                    self.write(Write::Record(record)).await?;
                }
                Output::Snapshot(_) if !self.level.has(W::SNAPSHOT_LEVEL) => {}
                Output::Snapshot(checkpoint) => self.write(Write::Snapshot(Box::new(checkpoint))).await?,
                Output::Solve(problem, _) => self.solve(state, problem).await?,
                Output::Publish(change) => self.on_change(change),
                Output::Reply(ticket, answer) => self.reply(state, ticket, answer),
                Output::Tick(tick) => self.count_tick(tick),
                Output::Round(round) => self.count_round(state, &round.summary),
            }
        }
        Ok(())
    }

    async fn write(&self, write: Write<W>) -> Result<(), RegionError> {
        self.journal.writes.send(write).await.map_err(|_| RegionError::Journal)
    }

    async fn solve(&mut self, state: &mut StateOf<W>, problem: Box<W::Problem>) -> Result<(), RegionError> {
        // Only a tick asks for a round. What made the tick late, and what its problem took, counts.
        let since = state.tick.unwrap_or_else(Stopwatch::start);
        state.round = Some(since);
        let job = self.shell.job(self.region.ledger(), problem, since);
        self.solver.rounds.send(job).await.map_err(|_| RegionError::Solver)
    }

    fn on_change(&mut self, change: Arc<Change<W::Recorded>>) {
        let published = self.shell.on_change(&change);
        self.feed.publish(self.region.ledger(), change);
        drop(published);
    }

    /// A caller that has gone away does not need its answer.
    fn reply(&self, state: &mut StateOf<W>, ticket: Ticket, answer: Answer<W::Refusal>) {
        match (state.callers.remove(&ticket), answer) {
            (Some(Caller::Command(caller)), answer) => {
                self.metrics.requests.refused.inc_by(u64::from(answer.is_err()));
                _ = caller.send(answer.map_err(NotDone::Refused));
            }
            (Some(Caller::Set(changed, caller)), Ok(receipt)) => {
                _ = caller.send((changed, receipt.version));
            }
            (Some(Caller::Set(..)), Err(_)) | (None, _) => {}
        }
    }

    fn count_tick(&self, tick: Tick) {
        self.metrics.rounds.ticks_skipped.inc_by(u64::from(tick.overrun));
        self.metrics.rounds.ticks_missed.inc_by(tick.missed);
    }

    fn count_round(&mut self, state: &mut StateOf<W>, round: &W::Round) {
        let took = state.round.take().map_or(Duration::ZERO, Stopwatch::elapsed);
        let degraded = self.shell.on_round(round, took);
        self.feed.round(degraded, took);
    }

    /// Time to tell the streams where everything is, and the key figures.
    fn publish(&mut self) {
        self.metrics.requests.queue.set(self.asks.len() as i64);
        self.feed.due(self.region.ledger());
    }
}
