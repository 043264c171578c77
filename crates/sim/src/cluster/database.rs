//! A model of the store with the guarantees that are documented of it: each statement is done at once, or not at all; what is answered is
//! durable. It keeps the table of owners (`crates/cluster/src/postgres.rs`) and each region's log (`crates/journal/src/postgres/`).

use super::log::{End, Held, Line, Log};
use super::setup::{Planted, Setup};
use paceline_cluster::{FormatLevel, Incarnation, RegionRow, ServerRow, Table, Term};
use paceline_model::{Instant, RegionId, ServerId};
use std::collections::BTreeMap;

/// What is asked of it.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    Join {
        name: ServerId,
        url: String,
        weight: f64,
    },
    Beat {
        name: ServerId,
        incarnation: Incarnation,
        leaving: bool,
    },
    /// The second half of a beat's reading: the servers were read before.
    Regions(BTreeMap<ServerId, ServerRow>),
    Claim {
        region: RegionId,
        after: Term,
        by: ServerId,
    },
    Release {
        region: RegionId,
        term: Term,
        heir: Option<ServerId>,
        by: ServerId,
    },
    Ready {
        region: RegionId,
        term: Term,
        follower: ServerId,
    },
    /// Where a log stands and what is in it.
    Look(RegionId),
    /// Takes a log over from whoever has it in this epoch, and reads what came after so many records.
    Take {
        region: RegionId,
        epoch: u64,
        after: u64,
    },
    /// Appends behind this end in this epoch.
    Put {
        region: RegionId,
        epoch: u64,
        opening: u64,
        after: End,
        group: Vec<Line>,
    },
    /// The next epoch of the same writer.
    Resume {
        region: RegionId,
        writer: u64,
    },
    /// Whether this epoch is still the newest.
    Check {
        region: RegionId,
        epoch: u64,
    },
    /// What came after so many records.
    Tail {
        region: RegionId,
        after: u64,
    },
}

/// What it says.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Joined(Incarnation),
    Read(Table),
    Claimed(Option<Term>),
    Done,
    Looked {
        epoch: u64,
        lines: Vec<Line>,
    },
    Taken(Option<Taken>),
    /// Whether it was appended, and the newest epoch.
    Put {
        appended: bool,
        epoch: u64,
    },
    Resumed(Option<Held>),
    Lines(Vec<Line>),
}

/// What taking a log over gives.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) held: Held,
    pub(super) writer: u64,
    pub(super) rest: Vec<Line>,
}

/// What a statement changed, for whoever judges it.
#[derive(Debug)]
pub(super) enum Changed {
    /// A sign of life was written down.
    Lives(ServerId),
    /// A region's owner changed, by a server's word.
    Hands { region: RegionId, from: RegionRow, by: ServerId, claimed: bool },
    /// A log was opened for writing.
    Opened { region: RegionId, opening: u64 },
    /// Lines were appended by who had opened it.
    Appended { region: RegionId, opening: u64, lines: Vec<Line> },
}

/// The store.
pub(super) struct Database {
    pub(super) table: Table,
    pub(super) logs: BTreeMap<RegionId, Log>,
    /// It takes nothing until then.
    pub(super) gone_until: Instant,
    planted: Option<Planted>,
    writers: u64,
}

impl Database {
    pub(super) fn new(setup: &Setup, regions: &[RegionId]) -> Self {
        let logs = regions.iter().map(|region| (region.clone(), Log::default())).collect();
        Self { table: Table::default(), logs, planted: setup.planted, writers: 0, gone_until: Instant::ZERO }
    }

    fn plants(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    /// Does one statement.
    pub(super) fn run(&mut self, statement: Statement, changed: &mut Vec<Changed>) -> Answer {
        match statement {
            Statement::Join { name, url, weight } => Answer::Joined(self.join(name, url, weight, changed)),
            Statement::Beat { name, incarnation, leaving } => {
                self.beat(name, incarnation, leaving, changed);
                Answer::Read(self.table.clone())
            }
            Statement::Regions(servers) => Answer::Read(Table { servers, ..self.table.clone() }),
            Statement::Claim { region, after, by } => Answer::Claimed(self.claim(region, after, by, changed)),
            Statement::Release { region, term, heir, by } => {
                self.release(region, term, heir, by, changed);
                Answer::Done
            }
            Statement::Ready { region, term, follower } => {
                if let Some(row) = self.table.regions.get_mut(&region).filter(|row| row.term == term) {
                    row.follower = Some(follower);
                }
                Answer::Done
            }
            log => self.run_on_log(log, changed),
        }
    }

    fn join(&mut self, name: ServerId, url: String, weight: f64, changed: &mut Vec<Changed>) -> Incarnation {
        let before = self.table.servers.get(&name);
        let incarnation = Incarnation(before.map_or(1, |row| row.incarnation.0 + 1));
        let draining = before.is_some_and(|row| row.draining);
        let (version, reads) = (String::new(), FormatLevel::FIRST);
        let row = ServerRow { incarnation, beat: 0, url, weight, draining, leaving: false, version, reads };
        self.table.servers.insert(name.clone(), row);
        changed.push(Changed::Lives(name));
        incarnation
    }

    fn beat(&mut self, name: ServerId, incarnation: Incarnation, leaving: bool, changed: &mut Vec<Changed>) {
        let row = self.table.servers.get_mut(&name);
        if let Some(row) = row.filter(|row| row.incarnation == incarnation) {
            (row.beat, row.leaving) = (row.beat + 1, leaving);
            changed.push(Changed::Lives(name));
        }
    }

    fn claim(
        &mut self,
        region: RegionId,
        after: Term,
        by: ServerId,
        changed: &mut Vec<Changed>,
    ) -> Option<Term> {
        let any = self.plants(Planted::ClaimInAnyTerm);
        let row = self.table.regions.entry(region.clone()).or_default();
        if row.term != after && !any {
            return None;
        }
        let from = row.clone();
        *row = RegionRow { term: row.term.next(), owner: Some(by.clone()), follower: None, ..row.clone() };
        let term = row.term;
        changed.push(Changed::Hands { region, from, by, claimed: true });
        Some(term)
    }

    fn release(
        &mut self,
        region: RegionId,
        term: Term,
        heir: Option<ServerId>,
        by: ServerId,
        changed: &mut Vec<Changed>,
    ) {
        let any = self.plants(Planted::ReleaseInAnyTerm);
        let heir = heir.filter(|heir| self.table.servers.get(heir).is_some_and(|row| !row.leaving));
        let Some(row) = self.table.regions.get_mut(&region) else { return };
        if row.term != term && !any {
            return;
        }
        let from = row.clone();
        *row = RegionRow { term: row.term.next(), owner: heir, follower: None, ..row.clone() };
        changed.push(Changed::Hands { region, from, by, claimed: false });
    }

    fn run_on_log(&mut self, statement: Statement, changed: &mut Vec<Changed>) -> Answer {
        match statement {
            Statement::Look(region) => {
                let log = self.log(&region);
                Answer::Looked { epoch: log.epoch, lines: log.lines.clone() }
            }
            Statement::Take { region, epoch, after } => {
                Answer::Taken(self.take(region, epoch, after, changed))
            }
            Statement::Put { region, epoch, opening, after, group } => {
                let trusted = self.plants(Planted::LeaseForAFence);
                let log = self.log(&region);
                let newest = log.epoch;
                let appended = (epoch == newest || trusted) && log.end == after;
                if appended {
                    log.append(&group);
                    changed.push(Changed::Appended { region, opening, lines: group });
                }
                Answer::Put { appended, epoch: newest }
            }
            Statement::Resume { region, writer } => {
                let log = self.log(&region);
                let resumed = (log.writer == writer).then(|| log.open(true));
                changed.extend(resumed.map(|held| Changed::Opened { region, opening: held.opening }));
                Answer::Resumed(resumed)
            }
            Statement::Check { region, epoch } => {
                let newest = self.log(&region).epoch;
                Answer::Put { appended: newest == epoch, epoch: newest }
            }
            Statement::Tail { region, after } => Answer::Lines(self.log(&region).after(after)),
            _ => Answer::Done,
        }
    }

    fn take(
        &mut self,
        region: RegionId,
        epoch: u64,
        after: u64,
        changed: &mut Vec<Changed>,
    ) -> Option<Taken> {
        let (raised, read) = (!self.plants(Planted::EpochNotRaised), !self.plants(Planted::RestNotRead));
        self.writers += 1;
        let writer = self.writers;
        let log = self.log(&region);
        if log.epoch != epoch {
            return None;
        }
        let held = log.open(raised || epoch == 0);
        log.writer = writer;
        let rest = if read { log.after(after) } else { Vec::new() };
        changed.push(Changed::Opened { region, opening: held.opening });
        Some(Taken { held, writer, rest })
    }

    fn log(&mut self, region: &RegionId) -> &mut Log {
        self.logs.entry(region.clone()).or_default()
    }
}
