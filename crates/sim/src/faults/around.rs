//! What a kind of region brings into the simulator of faults: its world, who speaks to it, and what they can hold it to.

use super::promise::Promise;
use super::setup::Setup;
use paceline_engine::ledger::World;
use paceline_model::Instant;

/// A region's kind, with who is around it. Whoever speaks is drawn from the seed and from what reaches them of what is published.
pub(super) trait Around: Sized {
    /// The world that is tried.
    type World: World<Command: Clone, Telemetry: Clone, Recorded: PartialEq, Refusal: PartialEq>;
    /// What was published, as it stands.
    type Book: Book<RecordedOf<Self>>;

    /// An empty world, under the settings that were drawn.
    fn empty(setup: &Setup) -> Self::World;

    /// Empty books, under the same settings.
    fn book(setup: &Setup) -> Self::Book;

    /// All that is asked for is asked between `start` and the end of the faults.
    fn new(setup: &Setup, start: Instant) -> Self;

    /// From now on everybody is honest, and nothing breaks.
    fn calm(&mut self);

    /// When somebody speaks next.
    fn next_at(&self) -> Option<Instant>;

    /// What is said by now.
    fn due(&mut self, now: Instant) -> Vec<Said<CommandOf<Self>>>;

    /// Something that was published reaches whom it concerns.
    fn hear(&mut self, now: Instant, event: &RecordedOf<Self>);

    /// What devices report by themselves, each with its name.
    fn roll_call(&mut self, now: Instant) -> Vec<(String, TelemetryOf<Self>)>;

    /// Whoever can reads how the world stands, as a good client does.
    fn catch_up(&mut self, now: Instant, world: &Self::World);

    /// Whom an event concerns, as the network knows them.
    fn party(event: &RecordedOf<Self>) -> String;

    /// The real solver.
    fn solve(&mut self, problem: &<Self::World as World>::Problem) -> <Self::World as World>::Plan;

    /// Whether a command asks for more than is there: a log that is short of room takes no such.
    fn is_new_work(command: &CommandOf<Self>) -> bool;

    /// What a command that was acknowledged should have brought about, if it is not there.
    fn missing(book: &Self::Book, command: &CommandOf<Self>) -> Option<String>;

    /// Where a world is another than what was published makes it, by books that say so much.
    fn differs(_: &Self::Book, _: &Self::World) -> Option<(Promise, String)> {
        None
    }

    /// What has not come right though all is healed and nothing is under way.
    fn unsettled(_: &Self::Book, _: Instant) -> Option<(Promise, String)> {
        None
    }
}

/// Books that are kept from what was published, and judge it.
pub(super) trait Book<R> {
    /// Enters one event. Errors: a promise that it breaks.
    fn enter(&mut self, at: Instant, event: &R) -> Result<(), (Promise, String)>;

    /// How much is there that must come to an end.
    fn under_way(&self) -> usize;
}

/// A command, and who says it.
pub(super) struct Said<C> {
    pub(super) command: C,
    pub(super) party: String,
}

pub(super) type CommandOf<A> = <<A as Around>::World as World>::Command;
pub(super) type TelemetryOf<A> = <<A as Around>::World as World>::Telemetry;
pub(super) type RecordedOf<A> = <<A as Around>::World as World>::Recorded;
pub(super) type PlanOf<A> = <<A as Around>::World as World>::Plan;
pub(super) type ProblemOf<A> = <<A as Around>::World as World>::Problem;
pub(super) type RefusalOf<A> = <<A as Around>::World as World>::Refusal;
