//! A region as a server runs it: a real fleet with its ledger, and a writer that keeps to what `crates/journal` documents of one on a server.
//!
//! ```text
//! Looking --> Taking --> Idle <--appended-- Putting
//!    |          |        ^  |                |  |
//!    no answer, or       |  '----refused-----|--'--> Fenced
//!    somebody else took  '--where it ends-- Resuming <--no answer--'
//! ```

use super::calls::Said;
use super::database::{Answer, Statement, Taken};
use super::fleet::{self, Told, empty};
use super::log::{End, Held, Line};
use super::setup::Planted;
use paceline_engine::fleet::Errands;
use paceline_engine::ledger::{Input, Output};
use paceline_engine::{Borders, Fleet, Ledger, Setting, Ticket};
use paceline_model::{Command, Event, HandOverNumber, Instant, RegionId, Request, VehicleId, Version};
use paceline_plan::Budget;
use paceline_road::Search;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Steps that a round may take: more than so small a town needs.
const SOLVER_STEPS: u64 = 2_000;

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
    /// What is to be said to whoever asked.
    Reply(C, Said),
    /// What there is to tell other regions, as this look saw it; it is durable.
    Looked(u64, Errands),
    /// A vehicle has left.
    Left,
    /// The log ends with what this writer did not write.
    Damaged(String),
}

/// Who asked and waits, and how many have asked.
struct Callers<C> {
    waiting: BTreeMap<Ticket, C>,
    tickets: u64,
}

/// A region. `C` names who asked.
pub(super) struct Host<C> {
    region: RegionId,
    ledger: Ledger<Fleet>,
    now: Instant,
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
    callers: Callers<C>,
    /// The last hand-over that an earlier writer left pending.
    inherited: HandOverNumber,
    /// What a look saw, at which version. It is told once that is durable.
    look: Option<(Version, u64, Errands)>,
    planted: Option<Planted>,
    pub(super) out: Vec<Out<C>>,
}

impl<C> Host<C> {
    /// Opens the log.
    pub(super) fn open(
        now: Instant,
        region: RegionId,
        borders: Arc<Borders>,
        planted: Option<Planted>,
    ) -> Self {
        let look = Out::Ask(Statement::Look(region.clone()));
        let mut ledger = empty();
        ledger.handle(now, Input::Set(Ticket(0), Setting::Borders(borders)));
        Self {
            region,
            ledger,
            now,
            told: Vec::new(),
            stage: Stage::Looking,
            held: Held::default(),
            writer: 0,
            end: End::default(),
            pending: VecDeque::new(),
            closing: false,
            callers: Callers { waiting: BTreeMap::new(), tickets: 0 },
            inherited: HandOverNumber(0),
            look: None,
            planted,
            out: vec![look],
        }
    }

    fn plants(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    /// Whether it takes commands.
    pub(super) fn takes_commands(&self) -> bool {
        let good = matches!(self.stage, Stage::Idle | Stage::Checking | Stage::Putting(_));
        !self.closing && (good || self.stage == Stage::Fenced && self.plants(Planted::ServedWhenFenced))
    }

    /// Takes a command.
    pub(super) fn command(&mut self, now: Instant, request: Request, caller: C) {
        self.now = now;
        self.callers.tickets += 1;
        let ticket = Ticket(self.callers.tickets);
        let at_once = self.plants(Planted::TakenBeforeDurable)
            && matches!(request.command, Command::ReceiveHandOver(..));
        self.ledger.handle(now, Input::Command(ticket, request));
        match at_once {
            true => self.out.push(Out::Reply(caller, Said::Receipt(self.ledger.version().0))),
            false => _ = self.callers.waiting.insert(ticket, caller),
        }
        self.go_on();
    }

    /// A vehicle says where it is, or does the next thing that it has to do.
    pub(super) fn drive(&mut self, now: Instant, id: &VehicleId, caller: C) {
        match fleet::next(&self.ledger, now, id) {
            fleet::Next::Do(command) => self.command(now, fleet::plain(command), caller),
            fleet::Next::Say(reading) => {
                self.ledger.handle(now, Input::Telemetry(vec![(id.clone(), reading)]));
                // Where somebody is is no fact that has to be durable.
                self.out.push(Out::Reply(caller, Said::Receipt(0)));
                self.go_on();
            }
        }
    }

    /// Looks what there is to tell other regions.
    pub(super) fn look(&mut self, number: u64) {
        let mut errands = Errands::of(&self.ledger);
        if self.plants(Planted::TellsAllAtOnce) {
            errands.firsts = self.ledger.world().hand_overs().pending().cloned().collect();
        }
        if self.plants(Planted::OutboxByServer) {
            errands.firsts.retain(|given| given.number > self.inherited);
        }
        self.look = Some((self.ledger.version(), number, errands));
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

    /// Decides who serves whom.
    pub(super) fn tick(&mut self, now: Instant) {
        self.now = now;
        if self.takes_commands() && self.stage != Stage::Fenced {
            self.ledger.handle(now, Input::Tick);
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
        self.callers.waiting.into_values()
    }

    /// What the store said, or `None`: nothing in time.
    pub(super) fn answered(&mut self, now: Instant, answer: Option<Answer>) {
        self.now = now;
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
        let left = self.ledger.world().hand_overs().pending().last();
        self.inherited = left.map_or(self.inherited, |left| left.number);
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
                Output::Publish(change) => {
                    if matches!(change.event, Event::VehicleHandedOver { .. }) {
                        self.out.push(Out::Left);
                    }
                    self.told.push(change);
                }
                Output::Reply(ticket, answer) => {
                    let said = answer.map_or_else(Said::Denied, |receipt| Said::Receipt(receipt.version.0));
                    self.out
                        .extend(self.callers.waiting.remove(&ticket).map(|caller| Out::Reply(caller, said)));
                }
                Output::Solve(snapshot) => {
                    let budget = &mut Budget::steps(SOLVER_STEPS);
                    let (roads, policies) = (self.ledger.roads(), &snapshot.policies);
                    let search = &mut Search::new(roads);
                    let plan = paceline_plan::solve(roads, search, &snapshot, policies, budget);
                    self.ledger.handle(self.now, Input::Proposed(Box::new(plan)));
                }
                Output::Round(_) => {}
            }
        }
        self.show();
        if self.stage != Stage::Idle {
            return;
        }
        if !self.pending.is_empty() {
            self.send();
        } else if self.closing {
            self.out.push(Out::Closed);
        }
    }

    /// Says what a look saw, once all of that is durable.
    fn show(&mut self) {
        let early = self.plants(Planted::GivenBeforeDurable);
        let durable = self.ledger.durable();
        if let Some((_, number, errands)) = self.look.take_if(|(version, ..)| early || *version <= durable) {
            self.out.push(Out::Looked(number, errands));
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
