//! What a region asks for, done at once: its log, its snapshots, its solver.

use paceline_engine::ledger::Ticket;
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Encoded, Fleet, FleetOptions, Ledger, Record};
use paceline_model::{Command, Event, Instant, Millis, Reading, Request, VehicleId, Version};
use paceline_plan::Budget;
use paceline_road::{Roads, Search};
use std::sync::Arc;

pub(crate) const TICK: Millis = Millis(1_000);
/// A round's budget: improving shared rides would go on for long.
const STEPS: u64 = 200_000;
const OPTIONS: RegionOptions = RegionOptions { tick: TICK, snapshot_every: 3 };

/// Something that happens to a region, which can happen again.
#[derive(Clone)]
pub(crate) enum Deed {
    Command(Command),
    Readings(Vec<(VehicleId, Reading)>),
    Elapsed,
}

pub(crate) struct Host {
    pub(crate) region: Region<Fleet>,
    search: Search,
    pub(crate) log: Vec<Record>,
    /// Each with how many records it stands for.
    pub(crate) snapshots: Vec<(Encoded, usize)>,
    /// When rounds let orders wait, and how many.
    pub(crate) deferred: Vec<(Instant, u32)>,
    pub(crate) published: Vec<(Instant, Event)>,
    tickets: u64,
}

impl Host {
    pub(crate) fn new(ledger: Ledger<Fleet>, first: Instant) -> Self {
        Self {
            search: Search::new(ledger.roads()),
            region: Region::new(ledger, OPTIONS, first),
            log: Vec::new(),
            snapshots: Vec::new(),
            deferred: Vec::new(),
            published: Vec::new(),
            tickets: 0,
        }
    }

    pub(crate) fn feed(&mut self, at: Instant, deed: Deed) {
        let input = match deed {
            Deed::Command(command) => {
                self.tickets += 1;
                Input::Command(Ticket(self.tickets), Request { command, key: None })
            }
            Deed::Readings(readings) => Input::Telemetry(readings),
            Deed::Elapsed => Input::Elapsed,
        };
        self.region.handle(at, input);
        while let Some(output) = self.region.poll() {
            match output {
                Output::Append(record) => {
                    let version = record.version;
                    self.log.push(record);
                    self.region.handle(at, Input::Durable(version));
                }
                Output::Snapshot(checkpoint) => self.snapshots.push((checkpoint.encode(), self.log.len())),
                Output::Solve(problem, _) => {
                    let (roads, budget) = (self.region.ledger().roads(), &mut Budget::steps(STEPS));
                    let plan =
                        paceline_plan::solve(roads, &mut self.search, &problem, &problem.policies, budget);
                    self.region.handle(at, Input::Proposed(Box::new(plan)));
                }
                Output::Publish(change) => self.published.push((at, change.event.clone())),
                Output::Round(round) if round.summary.held_back > 0 => {
                    self.deferred.push((at, round.summary.held_back));
                }
                Output::Round(_) | Output::Reply(..) | Output::Tick(_) => {}
            }
        }
    }
}

/// A ledger as a restart makes it: of a snapshot, if there is one, and the records after it.
pub(crate) fn restored(
    roads: &Arc<Roads>,
    options: &FleetOptions,
    snapshot: Option<&(Encoded, usize)>,
    log: &[Record],
) -> Ledger<Fleet> {
    let empty = Fleet::new(roads.clone(), options.clone());
    let (mut ledger, from) = match snapshot {
        Some((state, from)) => {
            (Ledger::restore(empty, state.format, &state.bytes).expect("its own state"), *from)
        }
        None => (Ledger::new(empty), 0),
    };
    for record in &log[from..] {
        ledger.replay(record.clone()).expect("records follow each other");
    }
    assert_eq!(ledger.version(), log.last().map_or(Version(0), |record| record.version));
    ledger
}
