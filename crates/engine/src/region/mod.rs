//! One region as a machine without I/O: when ticks are due, one round under way, settings that change between two rounds, the cadence
//! of snapshots, the way to a clean end. `serve` drives it with tokio and a disk, `sim` with virtual time: what is simulated is what
//! runs.
//!
//! The log, the solver and the clock are outputs and inputs: records go out and [`Input::Durable`] comes back, a round goes out and
//! its plan comes back, [`Region::due`] says when to come back and `at` says when that is.

mod message;

pub use message::{Due, Input, Output, Round, Tick};

use crate::ledger::{self, Checkpoint, Ledger, Ticket, World};
use paceline_model::{Instant, Millis};
use std::collections::VecDeque;

/// How a region is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionOptions {
    /// Time between two ticks, at least 1 ms.
    pub tick: Millis,
    /// Records between two snapshots.
    pub snapshot_every: u64,
}

/// A ledger with its clockwork.
pub struct Region<W: World> {
    ledger: Ledger<W>,
    options: RegionOptions,
    /// When the next tick is due: on a grid, whatever made an earlier one late.
    due: Instant,
    /// The tick that began the round under way, if one is, or else the last one.
    began: Due,
    /// Settings for the next tick.
    settings: VecDeque<(Ticket, W::Setting)>,
    records_since_snapshot: u64,
    end: End,
    now: Instant,
    ticked: Option<Tick>,
}

/// How far a region is on its way to the end:  Open -> Closing -> Closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    /// Not all that was accepted is durable.
    Closing,
    /// The last snapshot is out.
    Closed,
}

impl<W: World> Region<W> {
    /// A region whose first tick is due at `first`, as if there had been one before it.
    pub fn new(ledger: Ledger<W>, options: RegionOptions, first: Instant) -> Self {
        Self {
            ledger: ledger.with_last_turn(Instant(first.0.saturating_sub(options.tick.0.into()))),
            options,
            due: first,
            began: Due(first),
            settings: VecDeque::new(),
            records_since_snapshot: 0,
            end: End::Open,
            now: Instant::ZERO,
            ticked: None,
        }
    }

    /// The world with its history, to read.
    pub fn ledger(&self) -> &Ledger<W> {
        &self.ledger
    }

    /// What has changed in the world at the head since this was last asked.
    pub fn take_changes(&mut self) -> W::Changes {
        self.ledger.take_changes()
    }

    /// When to come with [`Input::Elapsed`]. `None`: never again.
    pub fn due(&self) -> Option<Instant> {
        (self.end == End::Open).then_some(self.due)
    }

    /// Whether it has come to its end: everything that was accepted is durable and the last snapshot is out.
    pub fn is_closed(&self) -> bool {
        self.end == End::Closed
    }

    /// Takes in one thing that happened. Then [`Region::poll`] until it has no more to say.
    pub fn handle(&mut self, at: Instant, input: Input<W>) {
        self.now = self.now.max(at);
        let input = match input {
            Input::Command(ticket, request) => ledger::Input::Command(ticket, request),
            Input::Telemetry(telemetry) => ledger::Input::Telemetry(telemetry),
            Input::Proposed(plan) => ledger::Input::Proposed(plan),
            Input::Durable(version) => ledger::Input::Durable(version),
            // From tick to tick everything is decided by the same.
            Input::Set(ticket, setting) => return self.settings.push_back((ticket, setting)),
            Input::Elapsed => return self.tick(),
            Input::Close => return self.close(),
        };
        self.ledger.handle(self.now, input);
    }

    /// The next thing that the region asks for.
    pub fn poll(&mut self) -> Option<Output<W>> {
        if let Some(tick) = self.ticked.take() {
            return Some(Output::Tick(tick));
        }
        match self.ledger.poll() {
            Some(output) => Some(self.forward(output)),
            None => self.snapshot().map(Output::Snapshot),
        }
    }

    fn tick(&mut self) {
        if self.end != End::Open || self.now < self.due {
            return;
        }
        let (due, every) = (self.due, u64::from(self.options.tick.0.max(1)));
        let missed = (self.now.0 - due.0) / every;
        self.due = Instant(due.0 + (missed + 1) * every);
        self.set();
        let overrun = self.ledger.is_solving();
        if !overrun {
            self.began = Due(due);
        }
        self.ticked = Some(Tick { due, late: self.now.since(due), missed, overrun });
        self.ledger.handle(self.now, ledger::Input::Tick);
    }

    /// Goes over to the settings that have come since the last tick.
    fn set(&mut self) {
        while let Some((ticket, setting)) = self.settings.pop_front() {
            self.ledger.handle(self.now, ledger::Input::Set(ticket, setting));
        }
    }

    fn close(&mut self) {
        if self.end == End::Open {
            // Who set it waits for an answer.
            self.set();
            self.end = End::Closing;
        }
    }

    fn forward(&mut self, output: ledger::Output<W>) -> Output<W> {
        match output {
            ledger::Output::Append(record) => {
                self.records_since_snapshot += 1;
                Output::Append(record)
            }
            ledger::Output::Solve(problem) => Output::Solve(problem, self.began),
            ledger::Output::Publish(change) => Output::Publish(change),
            ledger::Output::Reply(ticket, answer) => Output::Reply(ticket, answer),
            ledger::Output::Round(summary) => {
                let took = self.now.since(self.began.0);
                Output::Round(Round { summary, took, late: took > self.options.tick })
            }
        }
    }

    /// The snapshot that is due now that all records are out, if one is.
    fn snapshot(&mut self) -> Option<Checkpoint<W>> {
        let settled = self.ledger.durable() == self.ledger.version();
        if self.end == End::Closing && settled {
            self.end = End::Closed;
        } else if self.records_since_snapshot < self.options.snapshot_every {
            return None;
        }
        self.records_since_snapshot = 0;
        Some(self.ledger.checkpoint())
    }
}
