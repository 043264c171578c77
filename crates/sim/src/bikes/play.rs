//! A run: the region that `serve` runs, and a city of riders and crews around it, in virtual time. Time jumps from one thing that happens to
//! the next; what the region is told goes through the commands that the API has.

use super::city::{BikesAct, BikesCity};
use super::classical::Classical;
use super::heard::Heard;
use super::history::History;
use super::kpis::BikesKpis;
use super::learnt::{self, Observed};
use super::options::BikesRun;
use super::policy::BikesPolicy;
use super::riders::QUARTER;
use super::scenario::BikesScenario;
use super::sketch::BikesSketch;
use super::town::Stand;
use crate::error::SimError;
use crate::kpi::ratio;
use crate::run::drive::{Drive, Solves};
use crate::run::log::Log;
use crate::run::rounds::Decisions;
use crate::stopwatch::Stopwatch;
use paceline_engine::Ledger;
use paceline_engine::bikes::{Bikes, BikesOptions, Demand, RoundSummary};
use paceline_engine::ledger::Entry;
use paceline_engine::region::{Input, Region, RegionOptions};
use paceline_model::bikes::StationId;
use paceline_model::{Instant, Request};
use paceline_plan::Budget;
use paceline_plan::bikes::dispatch::{Plan, Planner, Problem};
use paceline_road::Roads;
use std::sync::Arc;

/// What a run came to.
#[derive(Clone, Debug)]
pub struct BikesOutcome {
    /// Its table.
    pub kpis: BikesKpis,
    /// What is drawn of it.
    pub sketch: BikesSketch,
}

/// As [`play`]: the table alone.
pub fn run(
    scenario: &BikesScenario,
    options: &BikesRun,
    progress: &mut dyn FnMut(f64),
) -> Result<BikesKpis, SimError> {
    play(scenario, options, progress).map(|outcome| outcome.kpis)
}

/// Runs a scenario to its end; `progress` is told the share that has passed. Errors: files, values out of bounds, what the region refuses.
pub fn play(
    scenario: &BikesScenario,
    options: &BikesRun,
    progress: &mut dyn FnMut(f64),
) -> Result<BikesOutcome, SimError> {
    let watch = Stopwatch::start();
    let mut history = History::open(&scenario.history.folder)?;
    let zone = &scenario.history.zone;
    let observed = learnt::observed(&mut history, zone, scenario.days)?;
    let mut host = Host::new(scenario, options, &mut history)?;
    host.play(progress)?;
    let mut outcome = host.close(scenario, options, observed);
    outcome.kpis.sim_seconds = watch.elapsed().as_secs_f64();
    Ok(outcome)
}

/// Work of one round, in steps of a budget: a tenth of what a server has time for.
const STEPS: u64 = 60_000;

/// Who plans tours.
enum Plans {
    /// As a server does.
    AsServed(Planner),
    ByTheHour(Classical),
}

/// What solves rounds.
struct Solver {
    plans: Plans,
    decided: bool,
}

impl Solver {
    fn of(policy: BikesPolicy, roads: Option<&Arc<Roads>>) -> Self {
        let mut plans = match policy {
            BikesPolicy::Classical => Plans::ByTheHour(Classical::default()),
            _ => Plans::AsServed(Planner::default()),
        };
        match (&mut plans, roads) {
            (Plans::AsServed(planner), Some(roads)) => planner.drive_along(roads),
            (Plans::ByTheHour(classical), Some(roads)) => classical.drive_along(roads),
            (_, None) => {}
        }
        Self { plans, decided: false }
    }
}

impl Solves<Bikes> for Solver {
    fn solve(&mut self, _: Instant, _: &Ledger<Bikes>, problem: &Problem) -> Option<Box<Plan>> {
        self.decided = true;
        let mut budget = Budget::steps(STEPS);
        Some(Box::new(match &mut self.plans {
            Plans::AsServed(planner) => planner.solve(problem, &mut budget),
            Plans::ByTheHour(classical) => classical.solve(problem, &mut budget),
        }))
    }
    fn over(&mut self, _: &RoundSummary) {}
}

struct Host {
    drive: Drive<Bikes>,
    solver: Solver,
    city: BikesCity,
    sketch: BikesSketch,
    decisions: Decisions,
    now: Instant,
    end: Instant,
}

impl Host {
    fn new(scenario: &BikesScenario, options: &BikesRun, history: &mut History) -> Result<Self, SimError> {
        let (now, end) = scenario.days.span(&scenario.history.zone);
        let bikes = BikesOptions { time_zone: scenario.history.zone.clone(), ..scenario.bikes.clone() };
        let demand = known(scenario, options.policy, history)?;
        // A run is not started again in the middle.
        let driven = RegionOptions { tick: scenario.tick, snapshot_every: u64::MAX };
        let region =
            Region::new(Ledger::new(Bikes::new(bikes).with_demand(demand)), driven, now + scenario.tick);
        let city = BikesCity::new(scenario, options, history, now)?;
        let solver = Solver::of(options.policy, city.roads());
        Ok(Self {
            drive: Drive::new(region, Log::open(options.journal.as_deref())?),
            solver,
            city,
            sketch: BikesSketch::new(scenario),
            decisions: Decisions::default(),
            now,
            end,
        })
    }

    /// The loop: whatever is due next, until the days are over.
    fn play(&mut self, progress: &mut dyn FnMut(f64)) -> Result<(), SimError> {
        for command in self.city.put_at_first() {
            self.act(BikesAct::Command(command))?;
        }
        let (start, mut shown) = (self.now, self.now);
        while self.now < self.end {
            let due = [self.drive.region.due(), self.city.next_at()];
            self.now = due.into_iter().flatten().min().unwrap_or(self.end).max(self.now);
            while self.now >= shown + QUARTER {
                shown = shown + QUARTER;
                self.sketch.look(shown, &self.city.count());
                progress(f64::from(shown.since(start).0) / f64::from(self.end.since(start).0.max(1)));
            }
            while let Some(acts) = self.city.step(self.now) {
                for act in acts {
                    self.sketch.hear(self.now, &act, &self.city);
                    self.act(act)?;
                }
            }
            if self.drive.region.due().is_some_and(|due| due <= self.now) {
                self.tick()?;
            }
        }
        self.drive.commit()
    }

    fn act(&mut self, act: BikesAct) -> Result<(), SimError> {
        match act {
            BikesAct::Positions(positions) => {
                self.drive.exchange(self.now, Input::Telemetry(positions), &mut self.solver)
            }
            BikesAct::Command(command) => {
                self.drive.command(self.now, Request { command, key: None }, &mut self.solver)?;
                self.tell()
            }
        }
    }

    /// One tick, with its wall time if there was something to decide.
    fn tick(&mut self) -> Result<(), SimError> {
        let watch = Stopwatch::start();
        self.drive.exchange(self.now, Input::Elapsed, &mut self.solver)?;
        if std::mem::take(&mut self.solver.decided) {
            self.decisions.count(watch.elapsed());
        }
        self.tell()
    }

    /// Tells crews and books what the region said. Errors: a command that it does not take.
    fn tell(&mut self) -> Result<(), SimError> {
        loop {
            let said = self.drive.said();
            if said.published.is_empty() && said.answered.is_empty() {
                return Ok(());
            }
            for (command, answer) in said.answered {
                if let Err(refusal) = answer {
                    return Err(SimError::Refused { what: format!("{command:?}"), why: refusal.to_string() });
                }
            }
            let mut acts = Vec::new();
            for change in said.published {
                if let Entry::Event(event) = &change.event
                    && let Some(heard) = Heard::of(event)
                {
                    acts.extend(self.city.hear(self.now, &heard));
                }
            }
            for act in acts {
                let BikesAct::Command(command) = act else { continue };
                self.drive.command(self.now, Request { command, key: None }, &mut self.solver)?;
            }
        }
    }

    fn close(mut self, scenario: &BikesScenario, options: &BikesRun, observed: Observed) -> BikesOutcome {
        let city = &mut self.city;
        city.town.close(self.end);
        let span = self.end.0 - scenario.days.span(&scenario.history.zone).0.0;
        let all = span as f64 * city.town.stands.len() as f64;
        let time = |of: fn(&Stand) -> u64| city.town.stands.iter().map(of).sum::<u64>() as f64 / all;
        let [issue_p50_s, issue_p99_s] = city.counts.issued_after_s();
        let (driven, jams) = (city.crews.driven, city.jams.over());
        let mut kpis = BikesKpis {
            scenario: scenario.name.clone(),
            policy: options.policy.to_string(),
            seed: options.seed,
            stations: city.town.stands.len() as u32,
            bikes: city.town.bikes_at_first,
            vans: city.crews.vans.len() as u32,
            riders: city.counts.riders,
            rides: city.counts.rides,
            lost_rides: city.counts.lost,
            walked: city.counts.walked,
            refused_returns: city.counts.refused_returns,
            empty: time(|stand| stand.empty_ms),
            full: time(|stand| stand.full_ms),
            orders: city.counts.orders,
            done: city.counts.done,
            moved: driven.moved,
            jams: jams.jams,
            jams_found: jams.found,
            jam_found_h: jams.found_after_h,
            jam_mended_h: jams.mended_after_h,
            jam_lost_rides: city.jams.lost,
            inspections: city.jams.looks,
            false_alarms: city.jams.false_alarms,
            van_km: driven.metres / 1_000.0,
            van_idle: ratio(driven.idle_metres, driven.metres),
            issue_p50_s,
            issue_p99_s,
            decision_p99_ms: self.decisions.quantiles_ms()[1],
            ..BikesKpis::default()
        };
        kpis.observe(observed);
        self.sketch.close(city);
        BikesOutcome { kpis, sketch: self.sketch }
    }
}

/// What the region knows of riders when the days begin. Errors: a scenario that has nothing to learn from, or files.
fn known(scenario: &BikesScenario, policy: BikesPolicy, history: &mut History) -> Result<Demand, SimError> {
    let source = &scenario.history;
    if !matches!(policy, BikesPolicy::Forecast | BikesPolicy::Classical) {
        return Ok(Demand::new(source.zone.offset(scenario.days.span(&source.zone).0)));
    }
    let Some(known) = source.known else {
        let rule = "must name other days, to forecast from";
        return Err(history.lacks("history.known", &scenario.days, rule));
    };
    let forecast = learnt::rates(history, &source.zone, known)?;
    let named = history.stations().iter().take(forecast.stations()).enumerate();
    let numbers = named.filter_map(|(number, station)| Some((StationId::new(&station.id).ok()?, number)));
    Ok(Demand::learnt(forecast, numbers.collect()))
}
