//! A region as a server runs it: a real ledger, and a writer that keeps to what `crates/journal` documents of one on a server.
//!
//! ```text
//! Looking --> Taking --> Idle <--appended-- Putting
//!    |          |        ^  |                |  |
//!    no answer, or       |  '----refused-----|--'--> Fenced
//!    somebody else took  '--where it ends-- Resuming <--no answer--'
//! ```

use super::database::{Answer, Statement, Taken};
use super::log::{End, Held, Line};
use super::orders::{Orders, Told, request};
use super::setup::Planted;
use paceline_engine::ledger::{Input, Output};
use paceline_engine::{Ledger, Ticket};
use paceline_model::{Instant, RegionId, Version};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What the writer is about. Numbers are of lines that were sent and not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Looking,
    Taking,
    Idle,
    Checking,
    Putting(usize),
    Resuming(usize),
    Fenced,
}

/// What comes out of a region.
pub(super) enum Out<C> {
    Ask(Statement),
    Opened,
    Failed,
    Closed,
    Fenced,
    /// An order that is durable, at this version.
    Reply(C, u64),
    /// The log ends with what this writer did not write.
    Damaged(String),
}

/// A region. `C` names who asked.
pub(super) struct Host<C> {
    region: RegionId,
    ledger: Ledger<Orders>,
    /// What its stream has said: position n stands at n - 1.
    told: Vec<Told>,
    stage: Stage,
    held: Held,
    writer: u64,
    /// Where the log ends for certain.
    end: End,
    /// Lines behind that.
    pending: VecDeque<Line>,
    closing: bool,
    callers: BTreeMap<Ticket, C>,
    tickets: u64,
    planted: Option<Planted>,
    pub(super) out: Vec<Out<C>>,
}

impl<C> Host<C> {
    /// Opens the log.
    pub(super) fn open(region: RegionId, planted: Option<Planted>) -> Self {
        let look = Out::Ask(Statement::Look(region.clone()));
        Self {
            region,
            ledger: Ledger::new(Orders::default()),
            told: Vec::new(),
            stage: Stage::Looking,
            held: Held::default(),
            writer: 0,
            end: End::default(),
            pending: VecDeque::new(),
            closing: false,
            callers: BTreeMap::new(),
            tickets: 0,
            planted,
            out: vec![look],
        }
    }

    fn plants(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    /// Whether it takes orders.
    pub(super) fn takes_orders(&self) -> bool {
        let good = matches!(self.stage, Stage::Idle | Stage::Checking | Stage::Putting(_));
        !self.closing && (good || self.stage == Stage::Fenced && self.plants(Planted::ServedWhenFenced))
    }

    /// Takes an order.
    pub(super) fn place(&mut self, now: Instant, order: u64, keyed: bool, caller: C) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.callers.insert(ticket, caller);
        self.ledger.handle(now, Input::Command(ticket, request(order, keyed)));
        self.go_on();
    }

    /// What its stream says after this position.
    pub(super) fn after(&self, position: u64, most: usize) -> Vec<Told> {
        self.told.iter().skip(position as usize).take(most).cloned().collect()
    }

    /// Takes no more, and lets go once all that was taken is durable.
    pub(super) fn close(&mut self) {
        self.closing = true;
        if self.plants(Planted::ClosedTooEarly) || self.stage == Stage::Fenced {
            self.out.push(Out::Closed);
        } else {
            self.go_on();
        }
    }

    /// Looks whether the log is still its own, if nothing else would show it.
    pub(super) fn tend(&mut self) {
        if self.stage == Stage::Idle && !self.closing {
            self.stage = Stage::Checking;
            let check = Statement::Check { region: self.region.clone(), epoch: self.held.epoch };
            self.out.push(Out::Ask(check));
        }
    }

    /// Who asked and will not be answered: their orders may be durable or not.
    pub(super) fn into_callers(self) -> impl Iterator<Item = C> {
        self.callers.into_values()
    }

    /// What the store said, or `None`: nothing in time.
    pub(super) fn answered(&mut self, now: Instant, answer: Option<Answer>) {
        match (self.stage, answer) {
            (Stage::Looking, Some(Answer::Looked { epoch, lines })) => self.looked(epoch, &lines),
            (Stage::Taking, Some(Answer::Taken(Some(taken)))) => self.taken(taken),
            (Stage::Looking | Stage::Taking, _) => self.out.push(Out::Failed),
            (Stage::Checking, Some(Answer::Put { appended, .. })) => self.checked(appended),
            (Stage::Checking, _) => self.resume(0),
            (Stage::Putting(sent), answer) => self.put(now, sent, answer),
            (Stage::Resuming(sent), Some(Answer::Resumed(Some(held)))) => self.resumed(now, sent, held),
            (Stage::Resuming(_), Some(_)) => self.fenced(),
            (Stage::Resuming(sent), None) => self.resume(sent),
            (Stage::Idle | Stage::Fenced, _) => {}
        }
        self.go_on();
    }

    fn looked(&mut self, epoch: u64, lines: &[Line]) {
        self.replay(lines);
        self.stage = Stage::Taking;
        let take = Statement::Take { region: self.region.clone(), epoch, after: self.end.lines };
        self.out.push(Out::Ask(take));
    }

    fn taken(&mut self, taken: Taken) {
        self.replay(&taken.rest);
        (self.held, self.writer, self.end) = (taken.held, taken.writer, taken.held.end);
        self.stage = Stage::Idle;
        self.out.push(Out::Opened);
    }

    fn replay(&mut self, lines: &[Line]) {
        for line in lines {
            if let Err(error) = self.ledger.replay((**line).clone()) {
                self.out.push(Out::Damaged(error.to_string()));
            }
            self.end = self.end.then(line);
            if !self.plants(Planted::PositionByServer) {
                self.told.extend((**line).clone().changes().map(Arc::new));
            }
        }
    }

    fn checked(&mut self, mine: bool) {
        match mine {
            true => self.stage = Stage::Idle,
            false => self.fenced(),
        }
    }

    fn put(&mut self, now: Instant, sent: usize, answer: Option<Answer>) {
        match answer {
            Some(Answer::Put { appended: true, .. }) => self.durable(now, sent),
            Some(Answer::Put { epoch, .. }) if epoch != self.held.epoch => {
                if self.plants(Planted::ServedWhenFenced) {
                    self.durable(now, sent);
                }
                self.fenced();
            }
            None if self.plants(Planted::UnknownIsDone) => self.durable(now, sent),
            _ => self.resume(sent),
        }
    }

    /// What was sent may be done or not: the next epoch ends that, and says where the log ends.
    fn resume(&mut self, sent: usize) {
        self.stage = Stage::Resuming(sent);
        let resume = Statement::Resume { region: self.region.clone(), writer: self.writer };
        self.out.push(Out::Ask(resume));
    }

    fn resumed(&mut self, now: Instant, sent: usize, held: Held) {
        self.held = held;
        if self.plants(Planted::AppendedAgain) {
            (self.end, self.stage) = (held.end, Stage::Idle);
            return;
        }
        let mut end = self.end;
        for landed in 0..=sent {
            if end == held.end {
                return self.durable(now, landed);
            }
            let Some(line) = self.pending.get(landed) else { break };
            end = end.then(line);
        }
        let what = format!("{} ends with what its writer did not write", self.region);
        self.out.push(Out::Damaged(what));
    }

    /// So many of the pending lines are in the log.
    fn durable(&mut self, now: Instant, lines: usize) {
        self.stage = Stage::Idle;
        let mut version = Version(0);
        for line in self.pending.drain(..lines) {
            self.end = self.end.then(&line);
            version = line.version;
        }
        if lines > 0 {
            self.ledger.handle(now, Input::Durable(version));
        }
    }

    fn fenced(&mut self) {
        self.stage = Stage::Fenced;
        self.out.push(if self.closing { Out::Closed } else { Out::Fenced });
    }

    /// Says what may be said, and sends what there is to send.
    fn go_on(&mut self) {
        while let Some(output) = self.ledger.poll() {
            match output {
                Output::Append(record) => self.pending.push_back(Arc::new(record)),
                Output::Publish(change) => self.told.push(change),
                Output::Reply(ticket, answer) => {
                    let reply = self.callers.remove(&ticket).zip(answer.ok());
                    self.out.extend(reply.map(|(caller, receipt)| Out::Reply(caller, receipt.version.0)));
                }
                Output::Solve(_) | Output::Round(()) => {}
            }
        }
        if self.stage != Stage::Idle {
            return;
        }
        if !self.pending.is_empty() {
            self.send();
        } else if self.closing {
            self.out.push(Out::Closed);
        }
    }

    fn send(&mut self) {
        self.stage = Stage::Putting(self.pending.len());
        let Held { epoch, opening, .. } = self.held;
        let group = self.pending.iter().cloned().collect();
        let put = Statement::Put { region: self.region.clone(), epoch, opening, after: self.end, group };
        self.out.push(Out::Ask(put));
    }
}
