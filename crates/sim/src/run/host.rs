//! The host of regions in virtual time: it moves the clock from one thing that happens to the next, and carries what a region asks for to
//! its log, its solver, the city and other regions, and what they say back.

use super::progress::Progress;
use super::regions::{Concerns, Regions};
use crate::city::{Act, City};
use crate::day::Day;
use crate::error::SimError;
use crate::kpi::{BIN, Tally};
use crate::options::RunOptions;
use crate::scenario::Scenario;
use crate::stopwatch::Stopwatch;
use crate::traffic::Streets;
use paceline_engine::region::Input;
use paceline_engine::{Fleet, Setting, TripLeg};
use paceline_model::{Command, Instant, Millis, Reading, Refusal, Request, VehicleId};
use paceline_road::Roads;
use std::sync::Arc;

/// How long after the end of the day orders may be under way before that counts as a bug.
const AFTERMATH_HOURS: u32 = 6;
/// Virtual time between two looks at what the vehicles do, and two reports of progress.
const LOOK_EVERY: Millis = Millis(BIN.0 / 3);

/// The regions, and everything around them.
pub(super) struct Host {
    pub(super) regions: Regions,
    pub(super) city: City,
    pub(super) streets: Option<Streets>,
    pub(super) tally: Tally,
    pub(super) now: Instant,
    /// Vehicles that were found in no region, or in several.
    pub(super) lost: u64,
}

impl Host {
    pub(super) fn new(
        scenario: &Scenario,
        roads: &Arc<Roads>,
        day: Day,
        options: &RunOptions,
    ) -> Result<Self, SimError> {
        let start = day.start;
        let mut host = Self {
            regions: Regions::new(scenario, roads, &day, options)?,
            city: City::new(scenario, roads.clone(), day, options.draw.seed),
            streets: Streets::of_run(scenario, roads, options.traffic.as_ref(), start)?,
            tally: Tally::new(start),
            now: start,
            lost: 0,
        };
        for (part, borders) in host.regions.borders() {
            host.set(part, borders)?;
        }
        if let Some(values) = &options.values {
            host.set_all(|| Setting::Values(values.clone()))?;
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
                self.lost = self.lost.max(self.regions.findings());
                progress(self.progress(start, end));
            }
            self.now = self.next().max(self.now);
            self.change_streets()?;
            self.act()?;
            self.regions.look_around(self.now);
            self.carry()?;
            for part in 0..self.regions.parts.len() {
                self.advance(part)?;
            }
            if self.now > last {
                let open = self.city.unsettled();
                return Err(SimError::Unfinished { open, hours: AFTERMATH_HOURS });
            }
        }
        self.regions.parts.iter_mut().try_for_each(|part| part.drive.commit())
    }

    /// Lets arrive what regions have told each other.
    fn carry(&mut self) -> Result<(), SimError> {
        while let Some((part, command)) = self.regions.arrived(self.now) {
            self.command_of(part, Request { command, key: None })?;
        }
        self.act()
    }

    /// Lets one region have the plan that has come, and its tick.
    fn advance(&mut self, part: usize) -> Result<(), SimError> {
        let region = &mut self.regions.parts[part];
        if let Some(plan) = region.solver.take(self.now) {
            self.feed(part, Input::Proposed(plan))?;
        }
        let due = self.regions.parts[part].drive.region.due();
        if due.is_some_and(|due| due <= self.now) { self.tick(part) } else { Ok(()) }
    }

    /// When the next thing happens.
    fn next(&self) -> Instant {
        let streets = self.streets.as_ref().map(Streets::next_at);
        let all = [self.regions.next_at(), self.city.next_at(), streets];
        all.into_iter().flatten().min().unwrap_or(self.now)
    }

    /// Lets the streets change, if they do now: drivers at once, engine and solver with the next tick.
    fn change_streets(&mut self) -> Result<(), SimError> {
        let Some(streets) = self.streets.as_mut().filter(|streets| streets.next_at() <= self.now) else {
            return Ok(());
        };
        let change = streets.change(self.now)?;
        self.set_all(|| Setting::Roads(change.believed.clone()))?;
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
            let mut readings = vec![Vec::new(); self.regions.parts.len()];
            for act in self.city.step(self.now) {
                match act {
                    Act::Position(vehicle, reading) => self.position(vehicle, reading, &mut readings),
                    Act::Command(request) => {
                        // In the order in which it happened: a fault is judged where the vehicle is by then.
                        self.hear(&mut readings)?;
                        self.command(request)?;
                    }
                }
            }
            self.hear(&mut readings)?;
        }
        Ok(())
    }

    /// Puts what a vehicle says to the rest that its region is to hear. One that is on its way from one to another says it again there.
    fn position(&mut self, vehicle: VehicleId, reading: Reading, readings: &mut [Vec<(VehicleId, Reading)>]) {
        let Concerns::One(part) = self.regions.vehicle(&vehicle) else { return };
        if let Some(streets) = &mut self.streets {
            let known = self.regions.parts[part].world().vehicle(&vehicle);
            streets.ingest(&vehicle, known.and_then(TripLeg::of), reading);
        }
        readings[part].push((vehicle, reading));
    }

    /// Lets each region hear what its vehicles have said.
    fn hear(&mut self, readings: &mut [Vec<(VehicleId, Reading)>]) -> Result<(), SimError> {
        for (part, readings) in readings.iter_mut().enumerate().filter(|(_, readings)| !readings.is_empty()) {
            self.feed(part, Input::Telemetry(std::mem::take(readings)))?;
        }
        Ok(())
    }

    fn command(&mut self, request: Request) -> Result<(), SimError> {
        match self.regions.concerned(&request.command) {
            Concerns::One(part) => self.command_of(part, request),
            Concerns::All => {
                (0..self.regions.parts.len()).try_for_each(|part| self.command_of(part, request.clone()))
            }
            Concerns::Next(vehicle) => {
                self.regions.ask_later(&vehicle, request);
                Ok(())
            }
        }
    }

    fn command_of(&mut self, part: usize, request: Request) -> Result<(), SimError> {
        self.regions.parts[part].command(self.now, request)?;
        self.tell(part)
    }

    fn set(&mut self, part: usize, setting: Setting) -> Result<(), SimError> {
        self.regions.parts[part].set(self.now, setting)?;
        self.tell(part)
    }

    fn set_all(&mut self, setting: impl Fn() -> Setting) -> Result<(), SimError> {
        (0..self.regions.parts.len()).try_for_each(|part| self.set(part, setting()))
    }

    /// One tick, with its wall time if there was something to decide.
    fn tick(&mut self, part: usize) -> Result<(), SimError> {
        let region = &mut self.regions.parts[part];
        let watch = Stopwatch::start();
        region.exchange(self.now, Input::Elapsed)?;
        if let Some(checked) = region.solver.decided() {
            region.solver.rounds.decisions.count(watch.elapsed().saturating_sub(checked));
        }
        self.tell(part)?;
        self.act()
    }

    fn feed(&mut self, part: usize, input: Input<Fleet>) -> Result<(), SimError> {
        self.regions.parts[part].exchange(self.now, input)?;
        self.tell(part)
    }

    /// Tells the city what a region said. Errors: a vehicle or charger that it does not take.
    fn tell(&mut self, part: usize) -> Result<(), SimError> {
        let said = self.regions.parts[part].said();
        for change in said.published {
            self.tally.see(&change);
            self.city.react(self.now, &change);
            if let Some((vehicle, asked)) = self.regions.see(self.now, part, &change) {
                self.city.changed_region(self.now, &vehicle, asked);
            }
        }
        for (command, answer) in said.answered {
            if self.regions.answered(self.now, part, &command, &answer) {
                continue;
            }
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
