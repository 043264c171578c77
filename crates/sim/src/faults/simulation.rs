//! One run: whatever is due next, until all faults are healed and what must come right has had its time.

use super::around::{Around, CommandOf, ProblemOf, RefusalOf};
use super::bike_city::BikeCity;
use super::calls::Calls;
use super::city::City;
use super::disk::FaultyDisk;
use super::network::Network;
use super::plant::Plant;
use super::process::{Out, Process};
use super::promise::Promise;
use super::promises::Promises;
use super::setup::{Fault, RegionKind, Setup};
use super::stats::Stats;
use super::step::Step;
use crate::agenda::Agenda;
use crate::fuzzed::{Broken, Trace};
use crate::panics::said_by;
use paceline_journal::{Flushed, Health};
use paceline_model::{Answer, Instant, Millis, Version};
use paceline_plan::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// When runs begin: not at zero, so that a clock can jump back.
const START: Instant = Instant(1_700_000_000_000);
/// Between two attempts of a client.
const SEND_EVERY: Millis = Millis(5_000);
/// Between two reports of every device.
const ROLL_EVERY: Millis = Millis(4_000);
/// Between two looks of whoever is around at how things stand, once they can.
const CATCH_UP_EVERY: Millis = Millis(20_000);
/// What the log's thread waits between two looks.
pub(super) const TEND_EVERY: Millis = Millis(1_000);
/// Time from when all is healed until all must have come right: the longest that a snapshot, a plan, a client or an order waits.
const RECOVERS_WITHIN: Millis = Millis(400_000);

/// Plays what a seed sets up. Errors: the first promise that is broken.
pub fn run<'a>(setup: &'a Setup, trace: Trace<'a>) -> Result<Stats, Broken<Promise>> {
    match setup.region {
        RegionKind::Fleet => play::<City>(setup, trace),
        RegionKind::Edge => play::<Plant>(setup, trace),
        RegionKind::Bikes => play::<BikeCity>(setup, trace),
    }
}

fn play<'a, A: Around>(setup: &'a Setup, trace: Trace<'a>) -> Result<Stats, Broken<Promise>> {
    let mut simulation = Simulation::<A>::new(setup, trace);
    let played = catch_unwind(AssertUnwindSafe(|| simulation.play()));
    let at = simulation.now;
    let played = played.unwrap_or_else(|panic| Err((Promise::Sound, said_by(&*panic))));
    played.map_err(|(promise, what)| Broken { promise, at, what })?;
    Ok(Stats { events: simulation.promises.history().len() as u64, ..simulation.stats })
}

pub(super) type Judged<T = ()> = Result<T, (Promise, String)>;

pub(super) struct Simulation<'a, A: Around> {
    pub(super) setup: &'a Setup,
    trace: Trace<'a>,
    pub(super) now: Instant,
    pub(super) agenda: Agenda<Step<A>>,
    pub(super) process: Option<Process<A>>,
    /// How far the process's clock is off, in milliseconds.
    offset: i64,
    pub(super) disk: FaultyDisk,
    network: Network,
    around: A,
    pub(super) calls: Calls<CommandOf<A>>,
    pub(super) promises: Promises<A>,
    pub(super) rng: Rng,
    pub(super) healed: bool,
    pub(super) stats: Stats,
}

impl<'a, A: Around> Simulation<'a, A> {
    fn new(setup: &'a Setup, trace: Trace<'a>) -> Self {
        let mut simulation = Self {
            setup,
            trace,
            now: START,
            agenda: Agenda::default(),
            process: None,
            offset: 0,
            disk: FaultyDisk::new(setup),
            network: Network::new(setup),
            around: A::new(setup, START + Millis(1)),
            calls: Calls::default(),
            promises: Promises::new(A::book(setup)),
            rng: setup.rng("steps"),
            healed: false,
            stats: Stats::default(),
        };
        simulation.schedule();
        simulation
    }

    /// What happens whatever is said: the spells of each kind of fault, each from a stream of its own.
    fn schedule(&mut self) {
        self.at(START, Step::Start);
        self.at(START + ROLL_EVERY, Step::Roll);
        self.at(START + self.setup.lasts, Step::Heal);
        self.spells(Fault::Kill, |_| vec![(0, Step::Stop { power: false })]);
        self.spells(Fault::PowerCut, |_| vec![(0, Step::Stop { power: true })]);
        self.spells(Fault::DieInDisk, |_| vec![(0, Step::DieSoon)]);
        self.spells(Fault::DiskFull, |rng| vec![(0, Step::Fill), (1 + rng.below(30), Step::Empty)]);
        self.spells(Fault::ClockJumps, |rng| {
            let ms = rng.below(40_000) as i64 - 20_000;
            vec![(0, Step::Jump(ms)), (1 + rng.below(20), Step::Jump(0))]
        });
    }

    fn spells(&mut self, fault: Fault, spell: impl Fn(&mut Rng) -> Vec<(usize, Step<A>)>) {
        if !self.setup.has(fault) {
            return;
        }
        let rng = &mut self.setup.rng(fault.name());
        for _ in 0..1 + rng.below(1 + self.setup.per_mille.min(8)) {
            let at = START + Millis(rng.below(self.setup.lasts.0 as usize) as u32);
            for (after_s, step) in spell(rng) {
                self.at(at + Millis::from_secs(after_s as u32), step);
            }
        }
    }

    pub(super) fn at(&mut self, at: Instant, step: Step<A>) {
        self.agenda.add(at, step);
    }

    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace(format!("{:>9.3} s  {}", f64::from(self.now.since(START).0) / 1_000.0, line()));
        }
    }

    /// The time of the process's clock.
    pub(super) fn clock(&self) -> Instant {
        Instant(self.now.0.saturating_add_signed(self.offset))
    }

    fn play(&mut self) -> Judged {
        let end = START + self.setup.lasts + RECOVERS_WITHIN;
        while self.now < end && !(self.healed && self.is_quiet()) {
            self.stats.steps += 1;
            self.one_step()?;
        }
        self.finish()
    }

    /// Whatever is due next: a tick, something that somebody says, or a step of the agenda.
    fn one_step(&mut self) -> Judged {
        let tick = self.process.as_ref().and_then(Process::due);
        let tick = tick.map(|due| Instant(due.0.saturating_add_signed(-self.offset)).max(self.now));
        let next = [tick, self.agenda.next_at(), self.around.next_at()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.now);
        self.now = next.max(self.now);
        for said in self.around.due(self.now) {
            let call = self.calls.take(said);
            self.at(self.now, Step::Send(call));
        }
        if tick.is_some_and(|due| due <= self.now) {
            let at = self.clock();
            let out = self.process.as_mut().map(|process| process.tick(at));
            return self.emit(out.unwrap_or_default());
        }
        match self.agenda.due(self.now) {
            Some(step) => {
                self.note(|| step.line());
                self.step(step)
            }
            None => Ok(()),
        }
    }

    fn step(&mut self, step: Step<A>) -> Judged {
        match step {
            Step::Send(call) => self.send(call),
            Step::Arrives(call) => return self.arrives(call),
            Step::Answered(call) => self.calls.answered(call),
            Step::Heard(change) => self.around.hear(self.now, &change.event),
            Step::Roll => self.roll(),
            Step::Readings(readings) => {
                let at = self.clock();
                let out = self.process.as_mut().map(|process| process.readings(at, readings));
                return self.emit(out.unwrap_or_default());
            }
            Step::Write => return self.write(),
            Step::Tend => return self.tend(),
            Step::Solved(plan) => {
                let at = self.clock();
                let out = self.process.as_mut().map(|process| process.solved(at, plan));
                return self.emit(out.unwrap_or_default());
            }
            Step::Stop { power } => self.stop(power),
            Step::DieSoon if !self.healed => self.disk.die_soon(),
            Step::Start => return self.start(),
            Step::Fill if !self.healed => self.disk.fill(),
            Step::Jump(ms) if !self.healed => self.offset = ms,
            Step::Empty => self.disk.empty(),
            Step::Heal => self.heal(),
            Step::DieSoon | Step::Fill | Step::Jump(_) => {}
        }
        Ok(())
    }

    fn heal(&mut self) {
        self.disk.heal();
        self.network.heal();
        self.around.calm();
        (self.offset, self.healed) = (0, true);
    }

    fn send(&mut self, number: u64) {
        let Some(call) = self.calls.send(number) else { return };
        let arrivals = self.network.arrivals(self.now, &call.party);
        arrivals.into_iter().for_each(|at| self.at(at, Step::Arrives(number)));
        self.at(self.now + SEND_EVERY, Step::Send(number));
    }

    fn arrives(&mut self, number: u64) -> Judged {
        let at = self.clock();
        let (Some(process), Some(call)) = (&mut self.process, self.calls.get(number)) else { return Ok(()) };
        let Some(out) = process.command(at, number, &call.command) else {
            self.stats.refused += 1;
            self.note(|| format!("call {number} is refused: the log cannot take it"));
            return Ok(());
        };
        self.emit(out)
    }

    fn roll(&mut self) {
        if !self.healed || !self.is_quiet() {
            self.at(self.now + ROLL_EVERY, Step::Roll);
        }
        if self.healed && self.now.since(START).0.is_multiple_of(CATCH_UP_EVERY.0) {
            self.catch_up();
        }
        for (device, readings) in self.around.roll_call(self.now) {
            for at in self.network.arrivals(self.now, &device) {
                self.at(at, Step::Readings(readings.clone()));
            }
        }
    }

    /// Whoever is around reads how things stand, as a good client does once it can.
    fn catch_up(&mut self) {
        let Some(process) = &self.process else { return };
        self.around.catch_up(self.now, process.ledger());
    }

    /// Says what comes out of the process to those whom it concerns, and lets the log's thread write.
    fn emit(&mut self, out: Vec<Out<A>>) -> Judged {
        for said in out {
            match said {
                Out::Published(change) => {
                    self.promises.publish(&change)?;
                    let party = A::party(&change.event);
                    for at in self.network.arrivals(self.now, &party) {
                        self.at(at, Step::Heard(change.clone()));
                    }
                }
                Out::Answered(call, answer) => self.answer(call, &answer)?,
                Out::Solve(problem) => self.solve(&problem),
            }
        }
        self.wake_the_log();
        Ok(())
    }

    fn answer(&mut self, number: u64, answer: &Answer<RefusalOf<A>>) -> Judged {
        self.note(|| format!("call {number} is answered {answer:?}"));
        let Some(call) = self.calls.get(number) else { return Ok(()) };
        self.promises.reply(number, &call.command, answer)?;
        for at in self.network.arrivals(self.now, &call.party) {
            self.at(at, Step::Answered(number));
        }
        Ok(())
    }

    /// The log's thread takes its time over a sync.
    pub(super) fn wake_the_log(&mut self) {
        let Some(process) = &mut self.process else { return };
        if process.is_writing || !process.has_writes() {
            return;
        }
        process.is_writing = true;
        let (usual, slow) = (1 + self.rng.below(8), self.rng.below(6_000));
        let is_slow = self.rng.below(1_000) < 5 * self.setup.per_mille && !self.healed;
        let takes = if is_slow && self.setup.has(Fault::SlowSyncs) { slow } else { usual };
        self.at(self.now + Millis(takes as u32), Step::Write);
    }

    fn write(&mut self) -> Judged {
        let Some(process) = &mut self.process else { return Ok(()) };
        process.is_writing = false;
        let flushed = process.write()?;
        self.flushed(flushed)
    }

    fn tend(&mut self) -> Judged {
        self.at(self.now + TEND_EVERY, Step::Tend);
        let Some(process) = &mut self.process else { return Ok(()) };
        let flushed = process.tend();
        self.flushed(flushed)
    }

    fn flushed(&mut self, flushed: Flushed<Version>) -> Judged {
        if self.disk.died() {
            self.note(|| "the process died in a call of the disk".to_owned());
            self.stop(false);
            return Ok(());
        }
        if let Some(error) = &flushed.failed {
            self.stats.failures += 1;
            self.note(|| format!("the log failed: {error}"));
        }
        if let Some(Err(error)) = &flushed.snapshot {
            self.note(|| format!("a snapshot failed: {error}"));
        }
        let at = self.clock();
        let out = match (flushed.durable, &mut self.process) {
            (Some(version), Some(process)) => process.durable(at, version),
            _ => Vec::new(),
        };
        self.emit(out)
    }

    /// The real solver, which may take its time, or take the process with it.
    fn solve(&mut self, problem: &ProblemOf<A>) {
        let [late, panics] = [(); 2].map(|()| self.rng.below(1_000));
        let (usual, long) = (5 + self.rng.below(200), self.rng.below(20_000));
        let faulty = !self.healed;
        if faulty && self.setup.has(Fault::SolverPanics) && panics < self.setup.per_mille.div_ceil(4) {
            self.at(self.now + Millis(usual as u32), Step::Stop { power: false });
            return;
        }
        let is_late = faulty && self.setup.has(Fault::LateSolver) && late < 10 * self.setup.per_mille;
        let plan = self.around.solve(problem);
        let takes = Millis(if is_late { long } else { usual } as u32);
        self.at(self.now + takes, Step::Solved(Box::new(plan)));
    }

    /// Whether nothing is under way any more.
    fn is_quiet(&self) -> bool {
        let well = |process: &Process<A>| process.is_settled() && process.health() == Health::Good;
        self.promises.under_way() == 0
            && self.calls.unanswered().next().is_none()
            && self.around.next_at().is_none()
            && self.process.as_ref().is_some_and(well)
    }
}
