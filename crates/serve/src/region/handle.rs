//! A region as others reach it: what may be asked of it, and how its answers are waited for.

use super::admission::{Matters, NotDone};
use crate::clock::Stopwatch;
use crate::journal_writer::JournalStatus;
use crate::problem::Problem;
use crate::vehicle_tasks::VehicleTasks;
use paceline_engine::{Fleet, FleetOptions, Ledger};
use paceline_journal::Health;
use paceline_model::{Command, Receipt, Request, Version};
use paceline_supervise::sync::{mpsc, oneshot, watch};
use prometheus_client::metrics::counter::Counter;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Looks at the fleet at one moment, and answers its caller itself.
type Look = Box<dyn FnOnce(&Ledger<Fleet>) + Send>;

/// Looks at the fleet and at the tasks of its vehicles.
type Join = Box<dyn FnOnce(&Ledger<Fleet>, &mut VehicleTasks) + Send>;

/// Who waits for the answer to a command, and since when.
pub(crate) struct Caller {
    pub(crate) answer: oneshot::Sender<Result<Receipt, NotDone>>,
    pub(crate) since: Stopwatch,
}

/// Something asked of the region.
pub(crate) enum Ask {
    /// With the trace of the order that it places.
    Command(Box<Request>, Caller, tracing::Span),
    Look(Look),
    Join(Join),
    /// New options, and who wants to know whether they were any different and in which version of the world.
    Options(Box<FleetOptions>, oneshot::Sender<(bool, Version)>),
}

/// The way to a region. While one is held, the region runs.
pub(crate) struct RegionHandle {
    pub(crate) asks: mpsc::Sender<Ask>,
    /// The newest version of the world that is on disk.
    pub(crate) durable: watch::Receiver<Version>,
    /// How the journal stands.
    pub(crate) status: watch::Receiver<JournalStatus>,
    /// Cancelled when the server begins to end: nothing more is asked.
    pub(crate) closing: CancellationToken,
    /// Longest that an answer is waited for.
    pub(crate) timeout: Duration,
    /// Counts what found the queue full.
    pub(crate) turned_away: Counter,
}

impl RegionHandle {
    /// Asks without waiting. Errors: the queue has no place for what matters so much, or the server ends.
    pub(crate) fn ask(&self, ask: Ask, matters: Matters) -> Result<(), Problem> {
        if self.closing.is_cancelled() {
            return Err(Problem::draining());
        }
        if let Ask::Command(request, ..) = &ask {
            self.refuse_what_cannot_be_kept(&request.command)?;
        }
        let full = || {
            self.turned_away.inc();
            Problem::busy("The region's queue is full; nothing of this request was applied.")
        };
        if self.asks.capacity() < matters.leaves_free(self.asks.max_capacity()) {
            return Err(full());
        }
        self.asks.try_send(ask).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => full(),
            mpsc::error::TrySendError::Closed(_) => Problem::draining(),
        })
    }

    /// While the disk is full only what is under way goes on; while it takes nothing, nothing does.
    fn refuse_what_cannot_be_kept(&self, command: &Command) -> Result<(), Problem> {
        let status = self.status.borrow();
        let takes = status.health.takes(matches!(command, Command::PlaceOrder(_)));
        if takes { Ok(()) } else { Err(Problem::no_room(status.why.as_deref())) }
    }

    /// Puts a command to the fleet and waits until its answer is durable.
    pub(crate) async fn command(&self, request: Request) -> Result<Receipt, Problem> {
        self.command_traced(request, tracing::Span::none()).await
    }

    /// As [`Self::command`], for a command that begins an order's trace.
    pub(crate) async fn command_traced(
        &self,
        request: Request,
        trace: tracing::Span,
    ) -> Result<Receipt, Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        let matters = Matters::of(&request.command);
        let caller = Caller { answer: caller, since: Stopwatch::start() };
        self.ask(Ask::Command(Box::new(request), caller, trace), matters)?;
        // It was taken in: whether it happened, only the journal knows.
        let answer = async {
            tokio::select! {
                answered = answer.recv() => answered.map_err(|_| Problem::unanswered()),
                () = self.given_up() => Err(Problem::unanswered()),
            }
        };
        self.within(answer).await??.map_err(Problem::from)
    }

    /// Looks at the fleet, and waits until what was seen is durable.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Ledger<Fleet>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        self.ask(
            Ask::Look(Box::new(move |fleet| {
                // A caller that has gone away does not need its answer.
                _ = caller.send((fleet.version(), look(fleet)));
            })),
            Matters::Read,
        )?;
        let seen = async {
            let (version, seen) = answer.recv().await.map_err(|_| Problem::draining())?;
            self.reached(version).await?;
            Ok(seen)
        };
        self.within(seen).await?
    }

    /// As [`Self::look`], with the tasks of the vehicles; what was seen may not be durable yet.
    pub(crate) async fn join<T: Send + 'static>(
        &self,
        join: impl FnOnce(&Ledger<Fleet>, &mut VehicleTasks) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        self.ask(
            Ask::Join(Box::new(move |fleet, tasks| {
                // A caller that has gone away does not need its answer.
                _ = caller.send(join(fleet, tasks));
            })),
            Matters::Trip,
        )?;
        self.within(answer.recv()).await?.map_err(|_| Problem::draining())
    }

    /// Waits until a version of the world is durable.
    pub(crate) async fn until_durable(&self, version: Version) -> Result<(), Problem> {
        self.within(self.reached(version)).await?
    }

    /// The server ends while the journal takes nothing: what waits for it waits in vain.
    async fn given_up(&self) {
        self.closing.cancelled().await;
        self.stalled().await;
    }

    /// Waits until nothing becomes durable.
    pub(crate) async fn stalled(&self) {
        let mut status = self.status.clone();
        // An error means that the writer is gone, and that is no better.
        _ = status.wait_for(|status| status.health == Health::Stalled).await;
    }

    async fn reached(&self, version: Version) -> Result<(), Problem> {
        let mut durable = self.durable.clone();
        durable.wait_for(|durable| *durable >= version).await.map_err(|_| Problem::draining())?;
        Ok(())
    }

    /// Errors: it did not come in time.
    pub(crate) async fn within<T>(&self, answer: impl Future<Output = T>) -> Result<T, Problem> {
        tokio::time::timeout(self.timeout, answer).await.map_err(|_| Problem::timeout())
    }
}
