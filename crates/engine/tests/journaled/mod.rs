//! A region of any kind with its journal on disk, under a clock that its test moves. Solving and listening are the test's.

use paceline_engine::ledger::{Change, World};
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Ledger, Ticket};
use paceline_journal::{Journal, Options, Seq};
use paceline_model::{Answer, Fingerprint, IdempotencyKey, Instant, Request};
use std::path::Path;
use std::sync::Arc;

/// A region with its journal.
pub(crate) struct Journaled<W: World> {
    pub(crate) region: Region<W>,
    pub(crate) now: Instant,
    journal: Journal,
    tickets: u64,
    replies: Vec<(Ticket, Answer<W::Refusal>)>,
}

/// What a region leaves to its test.
pub(crate) enum Outward<W: World> {
    /// To be solved. The plan comes at once, or later as an input.
    Solve(Box<W::Problem>),
    /// Durable, and told.
    Publish(Arc<Change<W::Recorded>>),
}

impl<W: World> Journaled<W> {
    /// Begins anew with `empty` or goes on, by what the directory holds.
    pub(crate) fn open(dir: &Path, empty: W, options: RegionOptions, now: Instant) -> Self {
        let opened = Journal::open(dir, Options::default()).expect("a sound journal");
        let (mut ledger, from) = match opened.snapshot {
            Some(found) => {
                let restore = |format, bytes: &[u8]| Ledger::restore(empty, format, bytes);
                (found.state.read(restore).expect("its own snapshot"), found.at)
            }
            None => (Ledger::new(empty), Seq(0)),
        };
        for record in Journal::replay(dir, from).expect("a sound journal") {
            let record = record.expect("a sound record").payload;
            ledger
                .replay(record.read(W::decode).expect("its own record"))
                .expect("records follow each other");
        }
        let region = Region::new(ledger, options, now + options.tick);
        Self { region, now, journal: opened.journal, tickets: 0, replies: Vec::new() }
    }

    pub(crate) fn input(
        &mut self,
        input: Input<W>,
        outward: &mut impl FnMut(Outward<W>) -> Option<Box<W::Plan>>,
    ) {
        self.region.handle(self.now, input);
        while let Some(output) = self.region.poll() {
            match output {
                Output::Append(record) => {
                    let stored = W::encode(&record);
                    self.journal.append(stored.format, &stored.bytes).expect("there is room");
                    self.journal.commit().expect("there is room");
                    self.region.handle(self.now, Input::Durable(record.version));
                }
                Output::Snapshot(checkpoint) => {
                    let (at, stored) = (self.journal.last(), checkpoint.encode());
                    self.journal.snapshot(at, stored.format, &stored.bytes).expect("there is room");
                }
                Output::Solve(problem, _) => {
                    if let Some(plan) = outward(Outward::Solve(problem)) {
                        self.region.handle(self.now, Input::Proposed(plan));
                    }
                }
                Output::Publish(change) => _ = outward(Outward::Publish(change)),
                Output::Reply(ticket, answer) => self.replies.push((ticket, answer)),
                Output::Tick(_) | Output::Round(_) => {}
            }
        }
    }

    /// Asks, under a key or without, and returns the answer.
    pub(crate) fn ask(
        &mut self,
        command: W::Command,
        key: Option<(&str, u64)>,
        outward: &mut impl FnMut(Outward<W>) -> Option<Box<W::Plan>>,
    ) -> Answer<W::Refusal> {
        self.tickets += 1;
        let key = key.map(|(key, sent)| (IdempotencyKey::new(key).expect("a good key"), Fingerprint(sent)));
        self.input(Input::Command(Ticket(self.tickets), Request { command, key }), outward);
        let (ticket, answer) = self.replies.pop().expect("what is durable is answered");
        assert_eq!(ticket, Ticket(self.tickets));
        answer
    }

    /// Lets ticks come until then.
    pub(crate) fn until(
        &mut self,
        until: Instant,
        outward: &mut impl FnMut(Outward<W>) -> Option<Box<W::Plan>>,
    ) {
        while let Some(due) = self.region.due().filter(|due| *due <= until) {
            self.now = due;
            self.input(Input::Elapsed, outward);
        }
        self.now = until;
    }
}
