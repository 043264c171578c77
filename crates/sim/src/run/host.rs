//! The host of a region in virtual time: it moves the clock from one thing that happens to the next, and carries what the region asks
//! for to the log, the solver and the city, and what they say back.

use super::log::Log;
use super::progress::Progress;
use super::solver::Solver;
use crate::city::{Act, City};
use crate::day::Day;
use crate::error::SimError;
use crate::kpi::{BIN, Tally};
use crate::options::RunOptions;
use crate::scenario::Scenario;
use crate::stopwatch::Stopwatch;
use crate::traffic::Streets;
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Change, Fleet, Ledger, RoundSummary, Setting, Ticket, TripLeg};
use paceline_model::{Answer, Command, Instant, Millis, Refusal, Request};
use paceline_road::Roads;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How long after the end of the day orders may be under way before that counts as a bug.
const AFTERMATH_HOURS: u32 = 6;
/// Virtual time between two looks at what the vehicles do, and two reports of progress.
const LOOK_EVERY: Millis = Millis(BIN.0 / 3);

/// Everything around the region.
pub(super) struct Host {
    pub(super) region: Region<Fleet>,
    pub(super) city: City,
    pub(super) streets: Option<Streets>,
    pub(super) solver: Solver,
    pub(super) tally: Tally,
    pub(super) rounds: Rounds,
    pub(super) now: Instant,
    log: Log,
    tickets: u64,
    asked: BTreeMap<Ticket, Command>,
    /// What comes back from the log and the solver at once.
    inputs: VecDeque<Input<Fleet>>,
    published: Vec<Arc<Change>>,
    answered: Vec<(Ticket, Answer)>,
}

/// What the rounds of a run add up to.
#[derive(Default)]
pub(super) struct Rounds {
    /// Wall time of rounds with something to decide, in microseconds.
    pub(super) decisions_us: Vec<u32>,
    pub(super) degraded: u64,
    pub(super) held_back: u64,
}

impl Rounds {
    fn count(&mut self, summary: &RoundSummary) {
        self.degraded += u64::from(!summary.degraded.is_empty());
        self.held_back += u64::from(summary.held_back);
    }
}

impl Host {
    pub(super) fn new(
        scenario: &Scenario,
        roads: &Arc<Roads>,
        day: Day,
        options: &RunOptions,
    ) -> Result<Self, SimError> {
        let fleet = Fleet::new(roads.clone(), scenario.fleet.clone());
        let (start, tick) = (day.start, scenario.engine.tick);
        // A run is not started again in the middle.
        let driven = RegionOptions { tick, snapshot_every: u64::MAX };
        let mut host = Self {
            region: Region::new(Ledger::new(fleet), driven, start + tick),
            city: City::new(scenario, roads.clone(), day, options.draw.seed),
            streets: Streets::of_run(scenario, roads, options.traffic.as_ref(), start)?,
            solver: Solver::new(scenario, roads),
            tally: Tally::new(start),
            rounds: Rounds::default(),
            now: start,
            log: Log::open(options.journal.as_deref())?,
            tickets: 0,
            asked: BTreeMap::new(),
            inputs: VecDeque::new(),
            published: Vec::new(),
            answered: Vec::new(),
        };
        if let Some(values) = &options.values {
            host.set(Setting::Values(values.clone()))?;
        }
        Ok(host)
    }

    /// The loop: whatever is due next, until every order has its outcome and all of it is in the log.
    pub(super) fn play(
        &mut self,
        start: Instant,
        end: Instant,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), SimError> {
        let last = end + Millis::from_secs(AFTERMATH_HOURS * 3_600);
        let mut next_look = start;
        while self.now < end || self.city.unsettled() + self.city.to_come() > 0 {
            if self.now >= next_look {
                next_look = next_look + LOOK_EVERY;
                self.tally.states(self.city.states());
                progress(self.progress(start, end));
            }
            self.now = self.next().max(self.now);
            self.change_streets()?;
            self.act()?;
            if let Some(plan) = self.solver.take(self.now) {
                self.feed(Input::Proposed(plan))?;
            }
            if self.region.due().is_some_and(|due| due <= self.now) {
                self.tick()?;
            }
            if self.now > last {
                let open = self.city.unsettled();
                return Err(SimError::Unfinished { open, hours: AFTERMATH_HOURS });
            }
        }
        self.log.commit()
    }

    /// When the next thing happens.
    fn next(&self) -> Instant {
        let streets = self.streets.as_ref().map(Streets::next_at);
        let all = [self.region.due(), self.solver.next_at(), self.city.next_at(), streets];
        all.into_iter().flatten().min().unwrap_or(self.now)
    }

    /// Lets the streets change, if they do now: drivers at once, engine and solver with the next tick.
    fn change_streets(&mut self) -> Result<(), SimError> {
        let Some(streets) = self.streets.as_mut().filter(|streets| streets.next_at() <= self.now) else {
            return Ok(());
        };
        let change = streets.change(self.now)?;
        self.set(Setting::Roads(change.believed.clone()))?;
        let planned = self.city.traffic(self.now, change.real, change.believed);
        if let Some(streets) = &mut self.streets {
            streets.planned_again(planned);
        }
        Ok(())
    }

    fn progress(&self, start: Instant, end: Instant) -> Progress {
        let share = f64::from(self.now.since(start).0) / f64::from(end.since(start).0.max(1));
        let outcomes = self.tally.outcomes();
        Progress { at: self.now, share: share.min(1.0), placed: self.city.placed(), outcomes }
    }

    /// Lets the city do what is due, and again what comes of that.
    fn act(&mut self) -> Result<(), SimError> {
        while self.city.next_at().is_some_and(|at| at <= self.now) {
            let mut readings = Vec::new();
            for act in self.city.step(self.now) {
                match act {
                    Act::Position(vehicle, reading) => {
                        if let Some(streets) = &mut self.streets {
                            let known = self.region.ledger().world().vehicle(&vehicle);
                            streets.ingest(&vehicle, known.and_then(TripLeg::of), reading);
                        }
                        readings.push((vehicle, reading));
                    }
                    Act::Command(request) => {
                        // In the order in which it happened: a fault is judged where the vehicle is by then.
                        if !readings.is_empty() {
                            self.feed(Input::Telemetry(std::mem::take(&mut readings)))?;
                        }
                        self.command(request)?;
                    }
                }
            }
            if !readings.is_empty() {
                self.feed(Input::Telemetry(readings))?;
            }
        }
        Ok(())
    }

    fn command(&mut self, request: Request) -> Result<(), SimError> {
        let ticket = self.ticket();
        self.asked.insert(ticket, request.command.clone());
        self.feed(Input::Command(ticket, request))
    }

    fn set(&mut self, setting: Setting) -> Result<(), SimError> {
        let ticket = self.ticket();
        self.feed(Input::Set(ticket, setting))
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// One tick, with its wall time if there was something to decide.
    fn tick(&mut self) -> Result<(), SimError> {
        let watch = Stopwatch::start();
        self.exchange(Input::Elapsed)?;
        if let Some(checked) = self.solver.decided() {
            let taken = watch.elapsed().saturating_sub(checked).as_micros();
            self.rounds.decisions_us.push(u32::try_from(taken).unwrap_or(u32::MAX));
        }
        self.tell()?;
        self.act()
    }

    fn feed(&mut self, input: Input<Fleet>) -> Result<(), SimError> {
        self.exchange(input)?;
        self.tell()
    }

    /// Gives the region one input and does what it asks for, until it asks for nothing more.
    fn exchange(&mut self, input: Input<Fleet>) -> Result<(), SimError> {
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            self.region.handle(self.now, input);
            while let Some(output) = self.region.poll() {
                match output {
                    Output::Append(record) => {
                        self.log.append(&record)?;
                        self.inputs.push_back(Input::Durable(record.version));
                    }
                    Output::Solve(snapshot, _) => {
                        let roads = self.region.ledger().roads();
                        let plan = self.solver.solve(self.now, roads, &snapshot);
                        self.inputs.extend(plan.map(Input::Proposed));
                    }
                    Output::Publish(change) => self.published.push(change),
                    Output::Reply(ticket, answer) => self.answered.push((ticket, answer)),
                    Output::Round(round) => self.rounds.count(&round.summary),
                    Output::Tick(_) | Output::Snapshot(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Tells the city what the region said. Errors: a vehicle or charger that it does not take.
    fn tell(&mut self) -> Result<(), SimError> {
        for change in std::mem::take(&mut self.published) {
            self.tally.see(&change);
            self.city.react(self.now, &change);
        }
        for (ticket, answer) in std::mem::take(&mut self.answered) {
            if let (Some(command), Err(refusal)) = (self.asked.remove(&ticket), answer) {
                self.city.refused(self.now, &command, &refusal);
                refuse_setup(&command, &refusal)?;
            }
        }
        Ok(())
    }
}

/// A day that starts without all its vehicles and chargers would be another day.
fn refuse_setup(command: &Command, refusal: &Refusal) -> Result<(), SimError> {
    let what = match command {
        Command::PutVehicle(spec, _) => format!("vehicle {}", spec.id),
        Command::PutCharger(spec) => format!("charger {}", spec.id),
        _ => return Ok(()),
    };
    Err(SimError::Refused { what, why: refusal.to_string() })
}
