//! A region as others reach it: what may be asked of it, and how its answers are waited for.

use super::admission::NotDone;
use super::backlog::Backlog;
use super::matters::Matters;
use crate::clock::Stopwatch;
use crate::journal_writer::JournalStatus;
use crate::kind::Kind;
use crate::problem::Problem;
use paceline_engine::ledger::World;
use paceline_engine::{Fleet, Ledger};
use paceline_journal::Health;
use paceline_model::{Receipt, Request, Version};
use paceline_supervise::sync::{mpsc, oneshot, watch};
use prometheus_client::metrics::counter::Counter;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

/// Looks at the world at one moment, and answers its caller itself.
type Look<W> = Box<dyn FnOnce(&Ledger<W>) + Send>;

/// Looks at the world and at what stands around it.
type Join<W> = Box<dyn FnOnce(&Ledger<W>, &mut <W as Kind>::Shell) + Send>;

/// Who waits for the answer to a command, and since when.
pub(crate) struct Caller<W: World> {
    pub(crate) answer: oneshot::Sender<Result<Receipt, NotDone<W::Refusal>>>,
    pub(crate) since: Stopwatch,
}

/// Something asked of the region.
pub(crate) enum Ask<W: Kind = Fleet> {
    /// With its trace.
    Command(Box<Request<W::Command>>, Caller<W>, tracing::Span),
    Look(Look<W>),
    Join(Join<W>),
    /// Another setting, and who wants to know whether it was any different and in which version of the world.
    Set(Box<W::Setting>, oneshot::Sender<(bool, Version)>),
}

impl<W: Kind> Ask<W> {
    /// How long it has waited, if somebody waits for more than a look.
    pub(crate) fn waited(&self) -> Option<Duration> {
        if let Self::Command(_, caller, _) = self { Some(caller.since.elapsed()) } else { None }
    }
}

/// The way to a region. While one is held, the region runs.
pub(crate) struct RegionHandle<W: Kind = Fleet> {
    pub(crate) asks: mpsc::Sender<Ask<W>>,
    /// Places for new work, from when it is taken on until it is answered: as much of it is under way at once, so that what is let in of a
    /// flood that comes all at once is answered soon, and not only before its caller gives up.
    pub(crate) places: Semaphore,
    pub(crate) backlog: Arc<Backlog>,
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

impl<W: Kind> RegionHandle<W> {
    /// Turns away new work that there is no room for, before more is done for it; asked once for each. Errors: there is none.
    pub(crate) fn has_room(&self) -> Result<(), Problem> {
        if self.places.available_permits() == 0 {
            return Err(self.full());
        }
        self.unless(self.backlog.turns_away())
    }

    /// A place for something that matters so much, which is kept for as long as it is under way; what is not new work needs none.
    /// Errors: there is none.
    fn place(&self, matters: Matters) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        match matters {
            Matters::New => self.places.try_acquire().map(Some).map_err(|_| self.full()),
            Matters::Trip | Matters::Accepted | Matters::Read => Ok(None),
        }
    }

    fn full(&self) -> Problem {
        self.turned_away.inc();
        Problem::busy("The region's queue is full; nothing of this request was applied.")
    }

    /// Turns away what would wait too long. Errors: it would.
    pub(crate) fn in_time(&self, matters: Matters) -> Result<(), Problem> {
        self.unless(match matters {
            Matters::Trip | Matters::Accepted => false,
            Matters::New => self.backlog.is_late(),
            Matters::Read => self.backlog.is_behind(),
        })
    }

    fn unless(&self, away: bool) -> Result<(), Problem> {
        if away {
            self.turned_away.inc();
            return Err(Problem::behind());
        }
        Ok(())
    }

    /// Asks without waiting. Errors: it would wait too long, the queue has no place for what matters so much, or the server ends.
    pub(crate) fn ask(&self, ask: Ask<W>, matters: Matters) -> Result<(), Problem> {
        if self.closing.is_cancelled() {
            return Err(Problem::draining());
        }
        if let Ask::Command(request, ..) = &ask {
            self.refuse_what_cannot_be_kept(&request.command)?;
        }
        self.in_time(matters)?;
        if self.asks.capacity() < matters.leaves_free(self.asks.max_capacity()) {
            return Err(self.full());
        }
        self.asks.try_send(ask).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => self.full(),
            mpsc::error::TrySendError::Closed(_) => Problem::draining(),
        })
    }

    /// While the disk is full only what is under way goes on; while it takes nothing, nothing does.
    fn refuse_what_cannot_be_kept(&self, command: &W::Command) -> Result<(), Problem> {
        let status = self.status.borrow();
        let takes = status.health.takes(W::asks_for_more(command));
        if takes { Ok(()) } else { Err(Problem::no_room(status.why.as_deref())) }
    }

    /// Puts a command to the world and waits until its answer is durable.
    pub(crate) async fn command(&self, request: Request<W::Command>) -> Result<Receipt, Problem> {
        self.command_traced(request, tracing::Span::none()).await
    }

    /// As [`Self::command`], for a command that begins a trace.
    pub(crate) async fn command_traced(
        &self,
        request: Request<W::Command>,
        trace: tracing::Span,
    ) -> Result<Receipt, Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        let matters = W::matters(&request.command);
        let _place = self.place(matters)?;
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

    /// Looks at the world, and waits until what was seen is durable.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Ledger<W>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        self.ask(
            Ask::Look(Box::new(move |ledger| {
                // A caller that has gone away does not need its answer.
                _ = caller.send((ledger.version(), look(ledger)));
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

    /// As [`Self::look`], with what stands around the world; what was seen may not be durable yet.
    pub(crate) async fn join<T: Send + 'static>(
        &self,
        join: impl FnOnce(&Ledger<W>, &mut W::Shell) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (caller, answer) = oneshot::channel("the region's answer");
        self.ask(
            Ask::Join(Box::new(move |ledger, shell| {
                // A caller that has gone away does not need its answer.
                _ = caller.send(join(ledger, shell));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::matters::new_work_places;
    use futures_util::poll;
    use paceline_api::{NewOrder, Place};
    use paceline_model::{Command, Instant, Millis, OrderId};

    /// A region that answers nobody, and what it is asked.
    fn silent(queue_length: usize) -> (RegionHandle, mpsc::Receiver<Ask>) {
        let (asks, asked) = mpsc::channel("what is asked of the region", queue_length);
        let (_, durable) = watch::channel("the durable version", Version(0));
        let status = JournalStatus { health: Health::Good, why: None, fenced: false };
        let (_, status) = watch::channel("how the journal stands", status);
        let handle = RegionHandle {
            asks,
            places: new_work_places(queue_length),
            backlog: Arc::new(Backlog::new(Duration::from_millis(20))),
            durable,
            status,
            closing: CancellationToken::new(),
            timeout: Duration::from_secs(10),
            turned_away: Counter::default(),
        };
        (handle, asked)
    }

    fn order(name: &str) -> Request<Command> {
        let place = |lat| Place { lat, lon: -74.0 };
        let spec = NewOrder::between(place(40.75), place(40.76)).spec(Instant(0), Millis(60_000), name);
        Request { command: Command::PlaceOrder(spec.expect("a good order")), key: None }
    }

    #[tokio::test]
    async fn of_new_work_a_quarter_of_the_queue_is_under_way_at_once_until_it_is_answered() {
        let (region, mut asked) = silent(8);
        let mut first = Box::pin(region.command(order("first")));
        let mut second = Box::pin(region.command(order("second")));
        assert!(poll!(first.as_mut()).is_pending() && poll!(second.as_mut()).is_pending());
        // Taken out of the queue is not yet answered.
        let Some(Ask::Command(_, caller, _)) = asked.recv().await else { panic!("an order was asked for") };
        assert!(region.has_room().is_err() && region.command(order("third")).await.is_err());
        assert_eq!(region.turned_away.get(), 2);
        let called_off = Command::CancelOrder(OrderId::new("first").expect("a good name"));
        let mut called_off = Box::pin(region.command(Request { command: called_off, key: None }));
        assert!(poll!(called_off.as_mut()).is_pending(), "what was taken on can be called off");
        _ = caller.answer.send(Err(NotDone::Waited));
        assert!(poll!(first.as_mut()).is_ready());
        region.has_room().expect("one was answered");
        let mut fourth = Box::pin(region.command(order("fourth")));
        assert!(poll!(fourth.as_mut()).is_pending());
    }
}
