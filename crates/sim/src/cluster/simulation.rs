//! One run: whatever is due next, until all faults are healed and what must come right has had its time.

use super::calls::Call;
use super::clients::{Clients, Who};
use super::clock::Clock;
use super::database::{Answer, Database, Statement};
use super::fleet::borders;
use super::network::{Network, Node};
use super::process::{Back, Channel, Effect, Pid, Process};
use super::promise::{Judged, Promise};
use super::promises::Promises;
use super::server::{Server, servers};
use super::setup::{Fault, Setup};
use super::stats::Stats;
use super::step::Step;
use crate::agenda::Agenda;
use crate::fuzzed::{Broken, Trace};
use crate::panics::said_by;
use paceline_model::{Instant, Millis, RegionId};
use paceline_plan::Rng;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// When runs begin: not at zero, so that a clock can jump back.
pub(super) const START: Instant = Instant(1_700_000_000_000);
/// When clients begin: servers have joined by then.
const ORDERS_FROM: Millis = Millis(3_000);
/// Longest that a client waits for an answer.
const CLIENT_WAIT: Millis = Millis(4_000);
/// Time until who was refused, or reached nobody, tries again.
pub(super) const AGAIN_AFTER: Millis = Millis(200);
/// A cluster in which nothing has moved for so long is at rest: longer than who has just come waits for regions.
pub(super) const REST: Millis = Millis(8_000);
/// Time from when all is healed until all must have come right: a statement is under way for 20 s, waited for for 15 s, a region that
/// could not be opened is tried again after 5 s, and who comes back settles for 5 s.
const RECOVERS_WITHIN: Millis = Millis(60_000);

/// Plays what a seed sets up. Errors: the first promise that is broken.
pub fn run<'a>(setup: &'a Setup, trace: Trace<'a>) -> Result<Stats, Broken<Promise>> {
    let mut simulation = Simulation::new(setup, trace);
    let played = catch_unwind(AssertUnwindSafe(|| simulation.play()));
    let at = simulation.now;
    let played = played.unwrap_or_else(|panic| Err((Promise::Sound, said_by(&*panic))));
    played.map_err(|(promise, what)| Broken { promise, at, what })?;
    let Promises { moves, whereabouts, .. } = &simulation.promises;
    Ok(Stats {
        moves: *moves,
        hand_overs: whereabouts.taken_count(),
        rides: simulation.promises.rides(),
        ..simulation.stats
    })
}

pub(super) struct Simulation<'a> {
    pub(super) setup: &'a Setup,
    trace: Trace<'a>,
    pub(super) now: Instant,
    pub(super) agenda: Agenda<Step>,
    pub(super) database: Database,
    pub(super) network: Network,
    pub(super) processes: BTreeMap<Pid, Process>,
    pub(super) servers: Vec<Server>,
    pub(super) regions: Vec<RegionId>,
    pub(super) clients: Clients,
    pub(super) promises: Promises,
    pub(super) rng: Rng,
    pids: u32,
    pub(super) healed_at: Option<Instant>,
    pub(super) stats: Stats,
}

impl<'a> Simulation<'a> {
    fn new(setup: &'a Setup, trace: Trace<'a>) -> Self {
        let regions: Vec<RegionId> =
            (0..setup.regions).filter_map(|number| RegionId::new(&format!("r{number}")).ok()).collect();
        let orders = (START + ORDERS_FROM, START + ORDERS_FROM + setup.lasts);
        let mut simulation = Self {
            setup,
            trace,
            now: START,
            agenda: Agenda::default(),
            database: Database::new(setup, &regions),
            network: Network::new(setup),
            processes: BTreeMap::new(),
            servers: servers(setup),
            clients: Clients::new(setup, &regions, orders),
            regions,
            promises: Promises::new(setup),
            rng: setup.rng("steps"),
            pids: 0,
            healed_at: None,
            stats: Stats::default(),
        };
        simulation.schedule();
        simulation
    }

    /// What happens whatever is said.
    fn schedule(&mut self) {
        for number in 0..self.setup.servers {
            let at = START + Millis(self.rng.below(300) as u32);
            self.at(at, Step::Start(number));
        }
        let orders: Vec<(usize, Instant)> = self.clients.orders().collect();
        for (number, at) in orders {
            self.at(at, Step::Send(Who::Order(number)));
        }
        for region in 0..self.regions.len() {
            self.at(START + ORDERS_FROM, Step::Send(Who::Reader(region)));
        }
        for number in 0..self.clients.rovers.len() {
            self.at(START + ORDERS_FROM, Step::Send(Who::Rover(number)));
        }
        self.schedule_happenings();
        self.at(START + ORDERS_FROM + self.setup.lasts, Step::Heal);
    }

    pub(super) fn at(&mut self, at: Instant, step: Step) {
        self.agenda.add(at, step);
    }

    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace(format!("{:>9.3} s  {}", f64::from(self.now.since(START).0) / 1_000.0, line()));
        }
    }

    fn play(&mut self) -> Judged {
        loop {
            let Some(next) = self.agenda.next_at() else { return self.finish() };
            self.now = self.now.max(next);
            if let Some(healed) = self.healed_at {
                let at_rest = self.now.since(self.promises.moved_at.max(healed)) > REST;
                if at_rest && self.is_right().is_ok() || self.now.since(healed) > RECOVERS_WITHIN {
                    return self.finish();
                }
            }
            self.stats.steps += 1;
            if let Some(step) = self.agenda.due(self.now) {
                self.step(step)?;
            }
        }
    }

    fn step(&mut self, step: Step) -> Judged {
        if let Some(pid) = step.process()
            && let Some(until) = self.processes.get(&pid).and_then(|process| process.paused_until)
            && until > self.now
        {
            self.at(until, step);
            return Ok(());
        }
        if self.trace.is_some()
            && let Some(line) = step.line()
        {
            self.note(|| line);
        }
        match step {
            Step::Start(server) => self.start(server),
            Step::Statement { from, channel, number, statement, sent } => {
                let answer = self.do_statement(statement, sent)?;
                self.answer(from, channel, number, answer);
                Ok(())
            }
            Step::Answer { to, channel, number, answer } => {
                self.to(to, |process, now| process.answered(now, channel, number, answer))
            }
            Step::Timer(pid, timer) => self.to(pid, |process, now| process.timer(now, timer)),
            Step::Call { to, call } => self.arrives(to, call),
            Step::Forward { from, to, id, nth, call } => self.forwarded(from, to, id, nth, call),
            Step::Back { to, id, nth, back } => {
                self.to(to, |process, now| process.came_back(now, id, nth, back))
            }
            Step::ToClient { attempt, said } => self.told(attempt, said),
            Step::Send(who) => self.send(who),
            Step::GiveUp(attempt) => {
                if let Some((who, _, true)) = self.clients.close(self.now, attempt) {
                    self.stats.unanswered += 1;
                    self.at(self.now, Step::Send(who));
                }
                Ok(())
            }
            Step::Happens(happening) => {
                if self.healed_at.is_none() {
                    return self.happens(happening);
                }
                Ok(())
            }
            Step::Heal => self.heal(),
        }
    }

    /// Something happens to a process, by its own clock; then what it does.
    pub(super) fn to(&mut self, pid: Pid, happen: impl FnOnce(&mut Process, Instant)) -> Judged {
        let Some(process) = self.processes.get_mut(&pid) else { return Ok(()) };
        let shows = process.clock.shows(self.now);
        happen(process, shows);
        let clock = process.clock;
        let effects = std::mem::take(&mut process.effects);
        effects.into_iter().try_for_each(|effect| self.effect(pid, clock, effect))
    }

    fn effect(&mut self, pid: Pid, clock: Clock, effect: Effect) -> Judged {
        match effect {
            Effect::Ask(channel, number, statement) => {
                let sent = self.now;
                match self.network.statement(self.now, pid) {
                    Some(at) => self.at(at, Step::Statement { from: pid, channel, number, statement, sent }),
                    None => self.no_answer(pid, channel, number),
                }
            }
            Effect::After(span, timer) => self.at(self.now + clock.lasts(span), Step::Timer(pid, timer)),
            Effect::Forward { to, id, nth, call } => {
                let [first, second] = self.network.arrivals(self.now, Node::Process(pid), Node::Process(to));
                if first.is_none() {
                    self.comes_back(pid, id, nth, Back::Unknown);
                }
                for at in [first, second].into_iter().flatten() {
                    self.at(at, Step::Forward { from: pid, to, id, nth, call: call.clone() });
                }
            }
            Effect::Back { to, id, nth, said } => {
                for at in self
                    .network
                    .arrivals(self.now, Node::Process(pid), Node::Process(to))
                    .into_iter()
                    .flatten()
                {
                    self.at(at, Step::Back { to, id, nth, back: Back::Said(said.clone()) });
                }
            }
            Effect::ToClient { attempt, said } => {
                for at in
                    self.network.arrivals(self.now, Node::Process(pid), Node::Clients).into_iter().flatten()
                {
                    self.at(at, Step::ToClient { attempt, said: said.clone() });
                }
            }
            Effect::Ended => self.ended(pid),
            Effect::Damaged(what) => return Err((Promise::OneWriter, what)),
            Effect::Note(line) => self.note(|| line),
        }
        Ok(())
    }

    fn do_statement(&mut self, statement: Statement, sent: Instant) -> Judged<Option<Answer>> {
        if self.database.gone_until > self.now {
            return Ok(None);
        }
        let mut changed = Vec::new();
        let answer = self.database.run(statement, &mut changed);
        changed.into_iter().try_for_each(|changed| self.promises.changed(self.now, sent, changed))?;
        Ok(Some(answer))
    }

    fn answer(&mut self, to: Pid, channel: Channel, number: u64, answer: Option<Answer>) {
        // A sign of life, its servers and its regions are three statements: others may come between.
        if let Some(Answer::Read(table)) = &answer
            && self.rng.below(8) == 0
        {
            let (at, sent) = (self.now + Millis(self.rng.below(20) as u32), self.now);
            let statement = Statement::Regions(table.servers.clone());
            return self.at(at, Step::Statement { from: to, channel, number, statement, sent });
        }
        match (answer, self.network.answer(self.now, to)) {
            (Some(answer), Some(at)) => {
                self.at(at, Step::Answer { to, channel, number, answer: Some(answer) })
            }
            _ => self.no_answer(to, channel, number),
        }
    }

    /// A connection to the store breaks, and is seen to, or stays silent.
    fn no_answer(&mut self, to: Pid, channel: Channel, number: u64) {
        let noticed = self.network.noticed(self.setup.answer_wait);
        self.at(self.now + noticed, Step::Answer { to, channel, number, answer: None });
    }

    fn comes_back(&mut self, to: Pid, id: u64, nth: u64, back: Back) {
        let after = match back {
            Back::Unknown => self.network.noticed(CLIENT_WAIT),
            _ => Millis(2),
        };
        self.at(self.now + after, Step::Back { to, id, nth, back });
    }

    fn arrives(&mut self, to: Pid, call: Call) -> Judged {
        if self.processes.get(&to).is_some_and(Process::listens) {
            return self.to(to, |process, now| process.called(now, call));
        }
        // There is nobody behind the door: another one is tried.
        if let Some((who, _, true)) = self.clients.close(self.now, call.attempt) {
            self.at(self.now + AGAIN_AFTER, Step::Send(who));
        }
        Ok(())
    }

    fn forwarded(&mut self, from: Pid, to: Pid, id: u64, nth: u64, call: Call) -> Judged {
        if self.processes.get(&to).is_some_and(Process::listens) {
            return self.to(to, |process, now| process.forwarded(now, (from, id, nth), call));
        }
        self.comes_back(from, id, nth, Back::Unreached);
        Ok(())
    }

    fn send(&mut self, who: Who) -> Judged {
        let doors: Vec<Pid> = self.servers.iter().filter_map(|server| server.pid).collect();
        let door = self.clients.door(doors.len());
        let (Some(to), Some(call)) = (doors.get(door).copied(), self.clients.call(self.now, who)) else {
            if doors.is_empty() {
                self.at(self.now + AGAIN_AFTER, Step::Send(who));
            }
            return Ok(());
        };
        self.at(self.now + CLIENT_WAIT, Step::GiveUp(call.attempt));
        for at in self.network.arrivals(self.now, Node::Clients, Node::Process(to)).into_iter().flatten() {
            self.at(at, Step::Call { to, call: call.clone() });
        }
        Ok(())
    }

    /// Starts a process under a server's name, unless there is one or is to be none.
    pub(super) fn start(&mut self, server: usize) -> Judged {
        match self.servers.get(server) {
            Some(Server { pid: None, wanted: true, .. }) => self.start_another(server),
            _ => Ok(()),
        }
    }

    /// Starts a process under a server's name, beside or after the one before it.
    pub(super) fn start_another(&mut self, server: usize) -> Judged {
        let Some(Server { name, weight, pid, .. }) = self.servers.get_mut(server) else { return Ok(()) };
        self.pids += 1;
        let next = Pid(self.pids);
        *pid = Some(next);
        let rates = self.setup.has(Fault::ClockRates) && self.healed_at.is_none();
        let rate = if rates { 800 + self.rng.below(450) as u64 } else { 1_000 };
        // Each begins to count where it likes.
        let shows = Instant(1_000_000 + self.rng.below(1_000_000) as u64);
        let clock = Clock::new(self.now, shows, rate);
        let mut process =
            Process::new(self.setup, next, (name.clone(), *weight), clock, borders(&self.regions));
        process.calm = self.healed_at.is_some();
        self.processes.insert(next, process);
        self.to(next, Process::start)
    }
}
