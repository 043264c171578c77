//! The process of a run: the real region with the real log, as the server puts them together, one step at a time.

use super::around::{Around, CommandOf, PlanOf, ProblemOf, RecordedOf, RefusalOf, TelemetryOf};
use super::calls;
use super::disk::DIR;
use super::promise::Promise;
use super::promises::Stored;
use super::setup::Setup;
use paceline_engine::ledger::{self, Change, Checkpoint, Record, World as _};
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Encoded, Ledger, RecordError, Ticket};
use paceline_journal::disk::memory::MemoryDisk;
use paceline_journal::{Directory, DurableLog, Flushed, Health, Journal, JournalError, Opened, Options, Seq};
use paceline_model::{Answer, Instant, Version};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

/// Records in one group, so that small runs have several.
const GROUP_MAX: usize = 8;
/// Bytes of a snapshot between two groups, so that small ones come in several pieces.
const SNAPSHOT_PIECE_BYTES: usize = 256;

pub(super) struct Process<A: Around> {
    region: Region<A::World>,
    log: DurableLog<Version>,
    /// What waits for the log's thread.
    writes: VecDeque<Write<A>>,
    /// Whether the log's thread is at work on a group.
    pub(super) is_writing: bool,
    callers: BTreeMap<Ticket, u64>,
    tickets: u64,
    payload_bytes_max: usize,
}

enum Write<A: Around> {
    Record(Record<RecordedOf<A>>),
    Snapshot(Box<Checkpoint<A::World>>),
}

/// Something that comes out of the process.
pub(super) enum Out<A: Around> {
    Published(Arc<Change<RecordedOf<A>>>),
    Answered(u64, Answer<RefusalOf<A>>),
    Solve(Box<ProblemOf<A>>),
}

/// What a start found.
pub(super) struct Started<A: Around> {
    pub(super) process: Process<A>,
    pub(super) version: u64,
    pub(super) journal: Vec<Stored<RecordedOf<A>>>,
    pub(super) warnings: Vec<String>,
}

/// Why the process did not start.
pub(super) enum NoStart {
    Journal(JournalError),
    Record(RecordError),
}

impl From<JournalError> for NoStart {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<RecordError> for NoStart {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

impl<A: Around> Process<A> {
    /// Recovers the world from the journal, as the server does.
    pub(super) fn start(setup: &Setup, disk: &MemoryDisk, now: Instant) -> Result<Started<A>, NoStart> {
        let dir = Directory::on(Arc::new(disk.clone()), Path::new(DIR));
        let options = Options {
            segment_bytes: setup.segment_bytes,
            payload_bytes_max: setup.payload_bytes_max,
            ..Options::default()
        };
        let Opened { journal, snapshot, warnings, .. } = Journal::open(dir.clone(), options)?;
        let empty = A::empty(setup);
        let (mut ledger, from) = match &snapshot {
            Some(found) => {
                let restore = |format, bytes: &[u8]| Ledger::restore(empty, format, bytes);
                (found.state.read(restore)?, found.at)
            }
            None => (Ledger::new(empty), Seq(0)),
        };
        for stored in Journal::replay(dir.clone(), from)? {
            ledger.replay(stored?.payload.read(A::World::decode)?)?;
        }
        let version = ledger.version().0;
        let journal_events = events::<A>(&dir)?;
        let driven = RegionOptions { tick: setup.tick, snapshot_every: setup.snapshot_every };
        let process = Self {
            region: Region::new(ledger, driven, now),
            log: DurableLog::new(journal, setup.reserve_bytes).in_pieces_of(SNAPSHOT_PIECE_BYTES),
            writes: VecDeque::new(),
            is_writing: false,
            callers: BTreeMap::new(),
            tickets: 0,
            payload_bytes_max: setup.payload_bytes_max,
        };
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Ok(Started { process, version, journal: journal_events, warnings })
    }

    /// A command arrives. `false`: it is refused at the door, and nothing of it happens.
    pub(super) fn command(&mut self, at: Instant, call: u64, command: &CommandOf<A>) -> Option<Vec<Out<A>>> {
        if !self.log.health().takes(A::is_new_work(command)) {
            return None;
        }
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.callers.insert(ticket, call);
        Some(self.feed(at, Input::Command(ticket, calls::request(call, command))))
    }

    pub(super) fn readings(&mut self, at: Instant, readings: TelemetryOf<A>) -> Vec<Out<A>> {
        self.feed(at, Input::Telemetry(readings))
    }

    pub(super) fn solved(&mut self, at: Instant, plan: Box<PlanOf<A>>) -> Vec<Out<A>> {
        self.feed(at, Input::Proposed(plan))
    }

    /// When the region wants to be woken. `None`: not before the log takes something again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.region.due().filter(|_| self.log.health() != Health::Stalled)
    }

    pub(super) fn tick(&mut self, at: Instant) -> Vec<Out<A>> {
        self.feed(at, Input::Elapsed)
    }

    /// Whether the log's thread has something to do.
    pub(super) fn has_writes(&self) -> bool {
        !self.writes.is_empty()
    }

    /// One group of the log's thread; while it has not written down what it has, it takes nothing more. Returns the version that
    /// has become durable, if one has. Errors: a record beyond the limit.
    pub(super) fn write(&mut self) -> Result<Flushed<Version>, (Promise, String)> {
        if !self.log.is_settled() {
            return Ok(Flushed::default());
        }
        for write in self.writes.drain(..GROUP_MAX.min(self.writes.len())) {
            match write {
                Write::Snapshot(checkpoint) => {
                    let Encoded { format, bytes } = checkpoint.encode();
                    self.log.push_snapshot(self.log.last(), format, bytes);
                }
                Write::Record(record) => {
                    for (version, Encoded { format, bytes }) in
                        ledger::encode_within::<A::World>(record, self.payload_bytes_max)
                    {
                        if bytes.len() > self.payload_bytes_max {
                            return Err((
                                Promise::RecordLimit,
                                format!("{} bytes up to {}", bytes.len(), version.0),
                            ));
                        }
                        self.log.push(version, format, bytes);
                    }
                }
            }
        }
        Ok(self.log.flush())
    }

    pub(super) fn tend(&mut self) -> Flushed<Version> {
        self.log.tend()
    }

    /// The log's thread says what has become durable.
    pub(super) fn durable(&mut self, at: Instant, version: Version) -> Vec<Out<A>> {
        self.feed(at, Input::Durable(version))
    }

    pub(super) fn health(&self) -> Health {
        self.log.health()
    }

    pub(super) fn ledger(&self) -> &Ledger<A::World> {
        self.region.ledger()
    }

    /// Whether all that has happened is durable.
    pub(super) fn is_settled(&self) -> bool {
        let ledger = self.region.ledger();
        self.writes.is_empty() && self.log.is_settled() && ledger.durable() == ledger.version()
    }

    fn feed(&mut self, at: Instant, input: Input<A::World>) -> Vec<Out<A>> {
        self.region.handle(at, input);
        let mut out = Vec::new();
        while let Some(output) = self.region.poll() {
            match output {
                Output::Append(record) => self.writes.push_back(Write::Record(record)),
                Output::Snapshot(state) => self.writes.push_back(Write::Snapshot(Box::new(state))),
                Output::Solve(snapshot, _) => out.push(Out::Solve(snapshot)),
                Output::Publish(change) => out.push(Out::Published(change)),
                Output::Reply(ticket, answer) => {
                    out.extend(self.callers.remove(&ticket).map(|call| Out::Answered(call, answer)));
                }
                Output::Tick(_) | Output::Round(_) => {}
            }
        }
        out
    }
}

/// All events that the journal still holds, with their versions.
fn events<A: Around>(dir: &Directory) -> Result<Vec<Stored<RecordedOf<A>>>, NoStart> {
    let mut all = Vec::new();
    for stored in Journal::replay_all(dir.clone())? {
        let Record { version, at, events } = stored?.payload.read(A::World::decode)?;
        let before = version.0 - events.len() as u64;
        let numbered = (before + 1..).zip(events);
        all.extend(numbered.map(|(version, event)| Stored { version, at, event }));
    }
    Ok(all)
}
