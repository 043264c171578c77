//! The ledger: what every world needs and none should write again. Commands with tickets and idempotency keys, records and their
//! durability, what may be said only once it is durable, one round at a time, replay, snapshots, digests.
//!
//! Events are applied at once, to the *head*, but every reply and publication waits until its events are durable: from outside only
//! durable events exist, while commands that queue behind one sync are judged against those before them.
//! What a world is made of, and what its events mean, is the world's.

mod message;
mod pieces;
mod replies;
mod state;
mod stored;
mod turn;
mod world;

pub use message::{Input, Output, Ticket};
pub use pieces::encode_within;
pub use replies::{IdempotentReply, KeyReused};
pub use state::Checkpoint;
pub use stored::{Change, Entry, Head, Record};
pub use turn::Turn;
pub use world::{Draft, World};

use crate::record::RecordError;
use paceline_model::{Answer, Fingerprint, IdempotencyKey, Instant, Receipt, Request, Version};
use replies::Replies;
use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::Arc;

/// A world with its history. Reads go to the world at the head: everything admitted, durable or not yet.
pub struct Ledger<W: World> {
    world: W,
    /// The head: the number of the last event.
    version: Version,
    durable: Version,
    replies: Replies<W::Refusal>,
    /// The latest time seen; a clock that jumps back is held here.
    now: Instant,
    /// When a round last began, or could have.
    last_turn: Instant,
    /// The round under way.
    solving: Option<W::Round>,
    /// What waits for its version to be durable, oldest first.
    pending: VecDeque<(Version, Output<W>)>,
    outbox: VecDeque<Output<W>>,
}

impl<W: World> Deref for Ledger<W> {
    type Target = W;
    fn deref(&self) -> &W {
        &self.world
    }
}

impl<W: World> Ledger<W> {
    /// A ledger without history; `world` is an empty one.
    pub fn new(world: W) -> Self {
        Self {
            world,
            version: Version(0),
            durable: Version(0),
            replies: Replies::default(),
            now: Instant::ZERO,
            last_turn: Instant::ZERO,
            solving: None,
            pending: VecDeque::new(),
            outbox: VecDeque::new(),
        }
    }

    /// The same as if a round had last begun at `last`: whoever restores a world says when that would have been.
    pub(crate) fn with_last_turn(self, last: Instant) -> Self {
        Self { last_turn: last, ..self }
    }

    /// The number of events up to the head.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The version up to which everything is on disk.
    pub fn durable(&self) -> Version {
        self.durable
    }

    /// Whether a round is under way.
    pub fn is_solving(&self) -> bool {
        self.solving.is_some()
    }

    /// Folds in a durable record: recovery. Errors: a record that does not follow the world as it is.
    pub fn replay(&mut self, record: Record<W::Recorded>) -> Result<(), RecordError> {
        let expected = Version(self.version.0 + record.events.len() as u64);
        if record.version != expected || record.events.is_empty() {
            return Err(RecordError::Gap { expected: expected.0, found: record.version.0 });
        }
        self.now = self.now.max(record.at);
        for recorded in record.events {
            match self.world.recall(recorded)? {
                Entry::Event(event) => self.world.apply(record.at, event),
                Entry::Reply(reply) => self.replies.insert(record.at, reply),
            }
            self.version.0 += 1;
        }
        self.durable = self.version;
        Ok(())
    }

    /// Takes in one thing that happened. Then [`Ledger::poll`] until it has no more to say.
    pub fn handle(&mut self, at: Instant, input: Input<W>) {
        self.now = self.now.max(at);
        match input {
            Input::Command(ticket, request) => self.command(ticket, request),
            Input::Telemetry(telemetry) => self.write(|world, draft| world.observe(draft, telemetry)),
            Input::Set(ticket, setting) => {
                self.write(|world, draft| world.set(draft, setting));
                self.reply(ticket, Ok(Receipt { version: self.version }));
            }
            Input::Tick => self.tick(),
            Input::Proposed(plan) => self.adopt(*plan),
            Input::Durable(version) => self.durable = self.durable.max(version),
        }
        self.release();
    }

    /// What has changed in the world at the head since this was last asked.
    pub fn take_changes(&mut self) -> W::Changes {
        self.world.take_changes()
    }

    /// The next thing that the ledger asks for.
    pub fn poll(&mut self) -> Option<Output<W>> {
        self.outbox.pop_front()
    }

    fn command(&mut self, ticket: Ticket, request: Request<W::Command>) {
        let Request { command, key } = request;
        let known = key.as_ref().and_then(|(key, fingerprint)| self.replies.get(key, *fingerprint));
        let answer = match known {
            Some(Ok(answer)) => answer,
            Some(Err(reused)) => Err(reused.into()),
            None => self.effect(command, key),
        };
        self.reply(ticket, answer);
    }

    /// Answers once the head is durable.
    fn reply(&mut self, ticket: Ticket, answer: Answer<W::Refusal>) {
        self.pending.push_back((self.version, Output::Reply(ticket, answer)));
    }

    /// Puts a command to the world, and keeps the answer under its key.
    fn effect(
        &mut self,
        command: W::Command,
        key: Option<(IdempotencyKey, Fingerprint)>,
    ) -> Answer<W::Refusal> {
        let mut draft = Draft::new(self.now, self.version);
        let answer = match self.world.admit(&mut draft, command) {
            Ok(()) => Ok(Receipt { version: draft.version() }),
            Err(refusal) => {
                debug_assert_eq!(draft.version(), self.version, "what is refused changes nothing");
                Err(refusal)
            }
        };
        if let Some((key, fingerprint)) = key {
            let reply = IdempotentReply { key, fingerprint, answer: answer.clone() };
            self.replies.insert(self.now, reply.clone());
            draft.record(reply.into());
        }
        self.seal(draft);
        answer
    }

    fn tick(&mut self) {
        let turn = self.solving.is_none().then_some(Turn { last: self.last_turn });
        if turn.is_some() {
            self.last_turn = self.now;
        }
        if let Some((problem, round)) = self.write(|world, draft| world.tick(draft, turn)) {
            self.solving = Some(round);
            self.outbox.push_back(Output::Solve(problem));
        }
    }

    fn adopt(&mut self, plan: W::Plan) {
        let round = self.solving.take().unwrap_or_default();
        let round = self.write(|world, draft| world.adopt(draft, round, plan));
        self.outbox.push_back(Output::Round(round));
    }

    /// Lets the world write a record.
    fn write<T>(&mut self, happen: impl FnOnce(&mut W, &mut Draft<W>) -> T) -> T {
        let mut draft = Draft::new(self.now, self.version);
        let done = happen(&mut self.world, &mut draft);
        self.seal(draft);
        done
    }

    /// Makes one record of what happened during this input, and keeps its publication until it is durable.
    fn seal(&mut self, draft: Draft<W>) {
        let (at, first) = (self.now, self.version.0 + 1);
        let version = draft.version();
        let events = draft.into_entries();
        if events.is_empty() {
            return;
        }
        self.version = version;
        for (number, event) in (first..).zip(&events) {
            let change = Change { version: Version(number), at, event: event.clone() };
            self.pending.push_back((version, Output::Publish(Arc::new(change))));
        }
        self.outbox.push_back(Output::Append(Record { version, at, events }));
    }

    /// Says what has become durable.
    fn release(&mut self) {
        while self.pending.front().is_some_and(|(version, _)| *version <= self.durable) {
            self.outbox.extend(self.pending.pop_front().map(|(_, output)| output));
        }
    }
}
