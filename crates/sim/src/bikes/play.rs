//! A run: the region that `serve` runs, and a city of riders and crews around it, in virtual time. Time jumps from one thing that happens to
//! the next; what the region is told goes through the commands that the API has.

use super::counts::Counts;
use super::crews::{Crews, Pace};
use super::history::History;
use super::kpis::BikesKpis;
use super::learnt::{self, Observed};
use super::planner::Planner;
use super::policy::BikesPolicy;
use super::riders::{Crowd, QUARTER, walk};
use super::scenario::BikesScenario;
use super::town::Town;
use crate::error::SimError;
use crate::kpi::ratio;
use crate::run::drive::{Drive, Solves};
use crate::run::log::Log;
use crate::run::rounds::Decisions;
use crate::stopwatch::Stopwatch;
use paceline_engine::Ledger;
use paceline_engine::bikes::{Bikes, RoundSummary};
use paceline_engine::ledger::Entry;
use paceline_engine::region::{Input, Region, RegionOptions};
use paceline_model::bikes::{
    AsOf, BikeCounts, Command, CrewReport, Room, Service, SiteKind, StationId, StationReport, StationSpec,
    Stock, StockReading, StockTarget, VanId, VanSpec,
};
use paceline_model::{Instant, Millis, Request};
use paceline_plan::Budget;
use paceline_plan::bikes::nearest::{self, Plan, Problem};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a run may vary of its scenario.
#[derive(Clone, Debug)]
pub struct BikesRun {
    /// How targets are set.
    pub policy: BikesPolicy,
    /// Instead of the scenario's number.
    pub vans: Option<u32>,
    /// Fixes all chance.
    pub seed: u64,
    /// Writes the run's journal into this directory, which must be empty or absent.
    pub journal: Option<PathBuf>,
}

/// Runs a scenario to its end; `progress` is told the share that has passed. Errors: files, values out of bounds, what the region refuses.
pub fn run(
    scenario: &BikesScenario,
    options: &BikesRun,
    progress: &mut dyn FnMut(f64),
) -> Result<BikesKpis, SimError> {
    let watch = Stopwatch::start();
    let mut history = History::open(&scenario.history.folder)?;
    let zone = &scenario.history.zone;
    let observed = learnt::observed(&mut history, zone, scenario.days)?;
    let mut host = Host::new(scenario, options, &mut history)?;
    host.set_up(scenario, options)?;
    host.play(progress)?;
    let mut kpis = host.close(scenario, options, observed);
    kpis.sim_seconds = watch.elapsed().as_secs_f64();
    Ok(kpis)
}

/// What happens in the city by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    /// Who comes in the next quarter of an hour is drawn.
    Quarter,
    /// A rider wants a bike; `true` if this is the second station that is tried.
    Wants(usize, bool),
    /// A rider brings one.
    Brings(usize),
    /// The region hears of stations that are other than before.
    Feed,
    /// Targets are looked at anew.
    Targets,
}

/// A server's solver.
#[derive(Default)]
struct AsServed {
    decided: bool,
}

impl Solves<Bikes> for AsServed {
    fn solve(&mut self, _: Instant, _: &Ledger<Bikes>, problem: &Problem) -> Option<Box<Plan>> {
        self.decided = true;
        Some(Box::new(nearest::solve(problem, &mut Budget::unlimited())))
    }
    fn over(&mut self, _: &RoundSummary) {}
}

struct Host {
    drive: Drive<Bikes>,
    solver: AsServed,
    town: Town,
    crowd: Crowd,
    crews: Crews,
    planner: Option<Planner>,
    agenda: BTreeMap<(Instant, u64), Happens>,
    drawn: u64,
    walk_m: f64,
    feed_every: Millis,
    counts: Counts,
    decisions: Decisions,
    now: Instant,
    end: Instant,
}

impl Host {
    fn new(scenario: &BikesScenario, options: &BikesRun, history: &mut History) -> Result<Self, SimError> {
        let source = &scenario.history;
        let (now, end) = scenario.days.span(&source.zone);
        let rates = learnt::rates(history, &source.zone, source.riders)?;
        let (town, numbers) = Town::of_history(history, (&source.zone, scenario.days))?;
        let planner = Planner::new(scenario, options.policy, history, &numbers)?;
        let ids = town.stands.iter().enumerate().map(|(at, stand)| (stand.id.clone(), at)).collect();
        let vans = match options.policy {
            BikesPolicy::NoVans => 0,
            _ => options.vans.unwrap_or(scenario.vans.count),
        };
        let van = |number: u32| {
            let id = VanId::new(&format!("van-{}", number + 1)).expect("letters, a hyphen and digits, short");
            (id, scenario.vans.capacity, scenario.vans.depot)
        };
        let pace = Pace { bike: scenario.vans.handling, stop: scenario.vans.stop };
        // A run is not started again in the middle.
        let driven = RegionOptions { tick: scenario.tick, snapshot_every: u64::MAX };
        let region =
            Region::new(Ledger::new(Bikes::new(scenario.bikes.clone())), driven, now + scenario.tick);
        Ok(Self {
            drive: Drive::new(region, Log::open(options.journal.as_deref())?),
            solver: AsServed::default(),
            crowd: Crowd::new(rates, numbers, scenario.riders.ride_kmh, options.seed),
            crews: Crews::new((0..vans).map(van), ids, pace),
            planner,
            town,
            agenda: BTreeMap::new(),
            drawn: 0,
            walk_m: scenario.riders.walk_m,
            feed_every: scenario.riders.feed_every,
            counts: Counts::default(),
            decisions: Decisions::default(),
            now,
            end,
        })
    }

    /// Stations and vans are registered, and the first things put on the agenda.
    fn set_up(&mut self, scenario: &BikesScenario, options: &BikesRun) -> Result<(), SimError> {
        for at in 0..self.town.stands.len() {
            let target = StockTarget::usual(Some(self.town.stands[at].docks));
            self.put_station(at, target)?;
        }
        if options.policy != BikesPolicy::NoVans {
            let specs: Vec<VanSpec> = self.crews.vans.iter().map(|van| spec(van.id(), scenario)).collect();
            for spec in specs {
                self.command(Command::PutVan(spec, Some(0)))?;
            }
        }
        for first in [Happens::Targets, Happens::Feed, Happens::Quarter] {
            self.agenda_at(self.now, first);
        }
        Ok(())
    }

    fn put_station(&mut self, at: usize, target: StockTarget) -> Result<(), SimError> {
        let stand = &self.town.stands[at];
        let spec = StationSpec {
            id: stand.id.clone(),
            kind: SiteKind::Station,
            name: (!stand.name.is_empty()).then(|| stand.name.clone()),
            position: stand.position,
            docks: Some(stand.docks),
            target,
        };
        self.command(Command::PutStation(spec))
    }

    fn agenda_at(&mut self, at: Instant, happens: Happens) {
        self.drawn += 1;
        self.agenda.insert((at, self.drawn), happens);
    }

    /// The loop: whatever is due next, until the days are over.
    fn play(&mut self, progress: &mut dyn FnMut(f64)) -> Result<(), SimError> {
        let start = self.now;
        while self.now < self.end {
            let agenda = self.agenda.keys().next().map(|(at, _)| *at);
            let due = [self.drive.region.due(), agenda, self.crews.next_at()];
            self.now = due.into_iter().flatten().min().unwrap_or(self.end).max(self.now);
            while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let happens = entry.remove();
                if happens == Happens::Quarter {
                    progress(f64::from(self.now.since(start).0) / f64::from(self.end.since(start).0.max(1)));
                }
                self.happen(happens)?;
            }
            for word in self.crews.step(self.now, &mut self.town) {
                self.say(word)?;
            }
            if self.drive.region.due().is_some_and(|due| due <= self.now) {
                self.tick()?;
            }
        }
        self.drive.commit()
    }

    fn happen(&mut self, happens: Happens) -> Result<(), SimError> {
        match happens {
            Happens::Quarter => {
                for (at, station) in self.crowd.quarter(self.now) {
                    self.agenda_at(at, Happens::Wants(station, false));
                }
                self.agenda_at(self.now + QUARTER, Happens::Quarter);
            }
            Happens::Wants(station, again) => self.wants(station, again),
            Happens::Brings(station) => self.brings(station),
            Happens::Feed => {
                self.agenda_at(self.now + self.feed_every, Happens::Feed);
                return self.feed();
            }
            Happens::Targets => return self.targets(),
        }
        Ok(())
    }

    fn wants(&mut self, station: usize, again: bool) {
        self.counts.riders += u64::from(!again);
        if self.town.change(self.now, station, -1) == 1 {
            self.counts.rides += 1;
            let to = self.crowd.destination(&self.town, station);
            let metres = self.town.stands[station].position.distance_m(self.town.stands[to].position);
            return self.agenda_at(self.now + self.crowd.ride(metres), Happens::Brings(to));
        }
        // Who has walked to a station that had a bike, and finds none, gives up.
        let other = self.town.nearest(station, self.walk_m, |stand| stand.bikes > 0).filter(|_| !again);
        match other {
            Some((other, metres)) => {
                self.counts.walked += 1;
                self.agenda_at(self.now + walk(metres), Happens::Wants(other, true));
            }
            None => self.counts.lost += 1,
        }
    }

    fn brings(&mut self, station: usize) {
        if self.town.change(self.now, station, 1) == 1 {
            return;
        }
        self.counts.refused_returns += 1;
        let other = self.town.nearest(station, f64::INFINITY, |stand| stand.room() > 0);
        // Where all docks around are taken, the rider waits for one.
        let (to, metres) = other.unwrap_or((station, 0.0));
        self.agenda_at(self.now + self.crowd.ride(metres), Happens::Brings(to));
    }

    fn feed(&mut self) -> Result<(), SimError> {
        let changed = std::mem::replace(&mut self.town.changed, vec![false; self.town.stands.len()]);
        let stands = self.town.stands.iter().zip(changed).filter(|(_, changed)| *changed);
        let report = |id: &StationId, bikes: u32, docks: u32| StationReport {
            station: id.clone(),
            service: Service::OPEN,
            stock: StockReading::Known(Stock {
                bikes: BikeCounts { of_unknown_kind: bikes, ..BikeCounts::default() },
                bikes_broken: 0,
                docks_broken: 0,
                room: Room::docks(docks),
                as_of: AsOf::Said(self.now),
            }),
        };
        let reports: Vec<StationReport> =
            stands.map(|(stand, _)| report(&stand.id, stand.bikes, stand.room())).collect();
        let positions =
            self.crews.vans.iter().map(|van| (van.id().clone(), van.position, self.now)).collect();
        self.drive.exchange(self.now, Input::Telemetry(positions), &mut self.solver)?;
        match reports.is_empty() {
            true => Ok(()),
            false => self.command(Command::TakeStock(reports)),
        }
    }

    fn targets(&mut self) -> Result<(), SimError> {
        let Some(mut planner) = self.planner.take() else { return Ok(()) };
        for (station, target) in planner.changed(self.now, &self.town) {
            self.put_station(station, target)?;
        }
        self.agenda_at(self.now + Planner::EVERY, Happens::Targets);
        self.planner = Some(planner);
        Ok(())
    }

    fn say(&mut self, word: CrewReport) -> Result<(), SimError> {
        self.command(Command::Report(word))
    }

    fn command(&mut self, command: Command) -> Result<(), SimError> {
        self.drive.command(self.now, Request { command, key: None }, &mut self.solver)?;
        self.tell()
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
            let mut words = Vec::new();
            for change in said.published {
                if let Entry::Event(event) = &change.event {
                    self.counts.see(self.now, event);
                    words.extend(self.crews.hear(self.now, event, &self.town));
                }
            }
            for word in words {
                let request = Request { command: Command::Report(word), key: None };
                self.drive.command(self.now, request, &mut self.solver)?;
            }
        }
    }

    fn close(mut self, scenario: &BikesScenario, options: &BikesRun, observed: Observed) -> BikesKpis {
        self.town.close(self.end);
        let span = self.end.0 - scenario.days.span(&scenario.history.zone).0.0;
        let all = span as f64 * self.town.stands.len() as f64;
        let time =
            |of: fn(&super::town::Stand) -> u64| self.town.stands.iter().map(of).sum::<u64>() as f64 / all;
        let [issue_p50_s, issue_p99_s] = self.counts.issued_after_s();
        let driven = self.crews.driven;
        let mut kpis = BikesKpis {
            scenario: scenario.name.clone(),
            policy: options.policy.to_string(),
            seed: options.seed,
            stations: self.town.stands.len() as u32,
            bikes: self.town.bikes_at_first,
            vans: self.crews.vans.len() as u32,
            riders: self.counts.riders,
            rides: self.counts.rides,
            lost_rides: self.counts.lost,
            walked: self.counts.walked,
            refused_returns: self.counts.refused_returns,
            empty: time(|stand| stand.empty_ms),
            full: time(|stand| stand.full_ms),
            orders: self.counts.orders,
            done: self.counts.done,
            moved: driven.moved,
            van_km: driven.metres / 1_000.0,
            van_idle: ratio(driven.idle_metres, driven.metres),
            issue_p50_s,
            issue_p99_s,
            decision_p99_ms: self.decisions.quantiles_ms()[1],
            ..BikesKpis::default()
        };
        kpis.observe(observed);
        kpis
    }
}

fn spec(id: &VanId, scenario: &BikesScenario) -> VanSpec {
    VanSpec {
        id: id.clone(),
        capacity: scenario.vans.capacity,
        position: scenario.vans.depot,
        shift_ends: None,
        handling: scenario.vans.handling,
        repairs: false,
    }
}
