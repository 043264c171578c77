//! The host of a region in virtual time: it moves the clock from one thing that happens to the next, and carries what the region asks
//! for to the log, the solver and the city, and what they say back.

use super::drive::Drive;
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
use paceline_engine::region::{Input, Region, RegionOptions};
use paceline_engine::{Fleet, Ledger, Setting, TripLeg};
use paceline_model::{Command, Instant, Millis, Refusal, Request};
use paceline_road::Roads;
use std::sync::Arc;

/// How long after the end of the day orders may be under way before that counts as a bug.
const AFTERMATH_HOURS: u32 = 6;
/// Virtual time between two looks at what the vehicles do, and two reports of progress.
const LOOK_EVERY: Millis = Millis(BIN.0 / 3);

/// Everything around the region.
pub(super) struct Host {
    pub(super) drive: Drive<Fleet>,
    pub(super) city: City,
    pub(super) streets: Option<Streets>,
    pub(super) solver: Solver,
    pub(super) tally: Tally,
    pub(super) now: Instant,
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
            drive: Drive::new(
                Region::new(Ledger::new(fleet), driven, start + tick),
                Log::open(options.journal.as_deref())?,
            ),
            city: City::new(scenario, roads.clone(), day, options.draw.seed),
            streets: Streets::of_run(scenario, roads, options.traffic.as_ref(), start)?,
            solver: Solver::new(scenario, roads),
            tally: Tally::new(start),
            now: start,
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
            if self.drive.region.due().is_some_and(|due| due <= self.now) {
                self.tick()?;
            }
            if self.now > last {
                let open = self.city.unsettled();
                return Err(SimError::Unfinished { open, hours: AFTERMATH_HOURS });
            }
        }
        self.drive.commit()
    }

    /// When the next thing happens.
    fn next(&self) -> Instant {
        let streets = self.streets.as_ref().map(Streets::next_at);
        let all = [self.drive.region.due(), self.solver.next_at(), self.city.next_at(), streets];
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
                            let known = self.drive.region.ledger().world().vehicle(&vehicle);
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
        self.drive.command(self.now, request, &mut self.solver)?;
        self.tell()
    }

    fn set(&mut self, setting: Setting) -> Result<(), SimError> {
        self.drive.set(self.now, setting, &mut self.solver)?;
        self.tell()
    }

    /// One tick, with its wall time if there was something to decide.
    fn tick(&mut self) -> Result<(), SimError> {
        let watch = Stopwatch::start();
        self.exchange(Input::Elapsed)?;
        if let Some(checked) = self.solver.decided() {
            self.solver.rounds.decisions.count(watch.elapsed().saturating_sub(checked));
        }
        self.tell()?;
        self.act()
    }

    fn feed(&mut self, input: Input<Fleet>) -> Result<(), SimError> {
        self.exchange(input)?;
        self.tell()
    }

    fn exchange(&mut self, input: Input<Fleet>) -> Result<(), SimError> {
        self.drive.exchange(self.now, input, &mut self.solver)
    }

    /// Tells the city what the region said. Errors: a vehicle or charger that it does not take.
    fn tell(&mut self) -> Result<(), SimError> {
        let said = self.drive.said();
        for change in said.published {
            self.tally.see(&change);
            self.city.react(self.now, &change);
        }
        for (command, answer) in said.answered {
            if let Err(refusal) = answer {
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
