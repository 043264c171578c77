//! What a ledger asks of the world that it keeps, and the record into which the world writes what happens: each event is applied to the
//! head at once, so that what is judged next is judged against it.

use super::replies::{IdempotentReply, KeyReused};
use super::stored::{Entry, Head, Record};
use super::turn::Turn;
use crate::record::{Encoded, RecordError};
use paceline_model::{Instant, Version};
use std::fmt::Debug;

/// A world that is a fold of its events. It does no I/O and looks at no clock: the time of whatever happens is its [`Draft`]'s.
///
/// Each `&mut` method but [`World::apply`] may only change what telemetry and settings make; facts change by events, which go
/// through [`Draft::apply`] and are so written down, counted and published.
pub trait World: Sized {
    /// Something asked of it, which may be refused.
    type Command: Debug;
    /// Why a command was refused.
    type Refusal: Clone + Debug + From<KeyReused>;
    /// What devices report by themselves: of consequence now, and not kept for ever.
    type Telemetry: Debug;
    /// What may be set from outside while it runs, such as options and travel times.
    type Setting;
    /// A fact, as it is applied. It may name things by where they stand in memory.
    type Event;
    /// A fact, as it is written and published: with lasting names, and readable by itself.
    type Recorded: Clone + Debug + From<IdempotentReply<Self::Refusal>>;
    /// What a solver is asked.
    type Problem;
    /// What a solver proposes.
    type Plan;
    /// What must outlive a restart, as it stood at one time: shared with the world that goes on rather than copied.
    type Checkpoint: Send + 'static;
    /// What a round was about and came to, for metrics and traces.
    type Round: Default;
    /// Which parts of it have changed, for whoever keeps a copy to answer from.
    type Changes;

    /// Judges a command and applies the events that it becomes. Errors: a refusal, and then nothing has changed.
    fn admit(&mut self, draft: &mut Draft<Self>, command: Self::Command) -> Result<(), Self::Refusal>;

    /// Takes in what devices said.
    fn observe(&mut self, draft: &mut Draft<Self>, telemetry: Self::Telemetry);

    /// Goes on under another setting, which the caller has checked.
    fn set(&mut self, draft: &mut Draft<Self>, setting: Self::Setting);

    /// Applies what time alone brings about. Returns what is to be solved, and only in its turn: one round is under way at most.
    fn tick(
        &mut self,
        draft: &mut Draft<Self>,
        turn: Option<Turn>,
    ) -> Option<(Box<Self::Problem>, Self::Round)>;

    /// Applies what still holds of a plan.
    fn adopt(&mut self, draft: &mut Draft<Self>, round: Self::Round, plan: Self::Plan) -> Self::Round;

    /// Folds one event in. Total: a fact cannot be refused. A replay calls it with the same events in the same order.
    fn apply(&mut self, at: Instant, event: Self::Event);

    /// The event with lasting names. Called before it is applied.
    fn record(&self, event: &Self::Event) -> Self::Recorded;

    /// What was recorded, as it is applied next. Errors: it names what this world does not have.
    fn recall(&self, recorded: Self::Recorded) -> Result<Entry<Self::Event, Self::Refusal>, RecordError>;

    /// What has changed since this was last asked.
    fn take_changes(&mut self) -> Self::Changes;

    /// What must outlive a restart, as it stands. Quick, whatever the size of the world: nothing else happens meanwhile.
    fn checkpoint(&self) -> Self::Checkpoint;

    /// A whole snapshot as it is stored, with the ledger's part of it. Equal histories, equal bytes.
    fn encode_checkpoint(checkpoint: &Self::Checkpoint, head: &Head<Self::Refusal>) -> Encoded;

    /// Fills an empty world from a snapshot that this kind of world wrote in any format, and gives the ledger's part of it back.
    ///
    /// Errors: a format that this program does not read, or bytes that are not of it.
    fn restore(&mut self, format: u16, bytes: &[u8]) -> Result<Head<Self::Refusal>, RecordError>;

    /// Whether the second entry of a record is half of what happened without the first: a record that is too long is not cut between them.
    fn belong_together(_first: &Self::Recorded, _second: &Self::Recorded) -> bool {
        false
    }

    /// A record as it is stored.
    fn encode(record: &Record<Self::Recorded>) -> Encoded;

    /// Reads a record of any format that this kind of world wrote.
    ///
    /// Errors: a format that this program does not read, or bytes that are not of it.
    fn decode(format: u16, bytes: &[u8]) -> Result<Record<Self::Recorded>, RecordError>;
}

/// What has happened since the input at hand came in.
pub struct Draft<W: World> {
    at: Instant,
    version: Version,
    entries: Vec<W::Recorded>,
}

impl<W: World> Draft<W> {
    pub(super) fn new(at: Instant, version: Version) -> Self {
        Self { at, version, entries: Vec::new() }
    }
    /// When it happens. It never runs backwards from one input to the next.
    pub fn at(&self) -> Instant {
        self.at
    }
    /// The head: the number of the last event that was applied.
    pub fn version(&self) -> Version {
        self.version
    }
    /// Records events and applies them to the world, in order.
    pub fn apply(&mut self, world: &mut W, events: impl IntoIterator<Item = W::Event>) {
        for event in events {
            self.record(world.record(&event));
            world.apply(self.at, event);
        }
    }
    /// Notes what was recorded beside the world's own events.
    pub(super) fn record(&mut self, entry: W::Recorded) {
        self.version.0 += 1;
        self.entries.push(entry);
    }
    pub(super) fn into_entries(self) -> Vec<W::Recorded> {
        self.entries
    }
}
