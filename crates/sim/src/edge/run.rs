//! A run of a scene: an edge region and its boxes in one process, in virtual time. The region, its loop and its log are those of every
//! other run; time jumps from one thing that happens to the next.

use super::kpis::{BatteryKpis, EdgeCourses, EdgeKpis, LOOKS};
use super::policy::EdgePolicy;
use super::rules::Books;
use super::scene::Scene;
use super::site::{Act, Site};
use super::solver::EdgeSolver;
use super::tally::Tally;
use super::users::Crowd;
use crate::error::SimError;
use crate::run::drive::Drive;
use crate::run::log::Log;
use crate::run::memory_mb;
use crate::run::rounds::Decisions;
use crate::stopwatch::Stopwatch;
use paceline_engine::Ledger;
use paceline_engine::edge::Edge;
use paceline_engine::region::{Input, Region, RegionOptions};
use paceline_model::{Instant, Millis, Request};
use std::path::PathBuf;

/// What a run may vary of its scene.
#[derive(Clone, Debug, Default)]
pub struct EdgeRun {
    /// By what is placed.
    pub policy: EdgePolicy,
    /// Fixes all chance.
    pub seed: u64,
    /// Writes the run's journal into this directory, which must be empty or absent.
    pub journal: Option<PathBuf>,
}

/// What a run of a scene came to.
pub struct EdgeOutcome {
    /// The table.
    pub kpis: EdgeKpis,
    /// What the report draws.
    pub courses: EdgeCourses,
    /// The world's checksum at the end.
    pub digest: u64,
    /// Rules that were broken, in words; the first of them.
    pub broken: Vec<String>,
}

/// Runs a scene to its end; `progress` is told the share that has passed. Errors: files, values out of bounds, what the region refuses.
pub fn run(scene: &Scene, options: &EdgeRun, progress: &mut dyn FnMut(f64)) -> Result<EdgeOutcome, SimError> {
    let watch = Stopwatch::start();
    let mut host = Host::new(scene, options)?;
    host.play(scene, progress)?;
    let mut outcome = host.close(scene, options);
    outcome.kpis.sim_seconds = watch.elapsed().as_secs_f64();
    outcome.kpis.memory_mb = memory_mb();
    Ok(outcome)
}

struct Host {
    drive: Drive<Edge>,
    site: Site,
    solver: EdgeSolver,
    tally: Tally,
    crowd: Option<Crowd>,
    decisions: Decisions,
    now: Instant,
}

impl Host {
    fn new(scene: &Scene, options: &EdgeRun) -> Result<Self, SimError> {
        let start = scene.begins();
        // A run is not started again in the middle.
        let driven = RegionOptions { tick: scene.tick, snapshot_every: u64::MAX };
        let crowd = Crowd::of(scene)?;
        let mut settings = options.policy.options(scene)?;
        if let (Some(crowd), true) = (&crowd, settings.users.is_empty()) {
            settings.users = crowd.sites();
        }
        let hot_celsius = settings.hot_celsius;
        let (site, first) = Site::new(scene, hot_celsius, options.seed)?;
        let region = Region::new(Ledger::new(Edge::new(settings)), driven, start + scene.tick);
        let every = Millis((scene.lasts.0 / LOOKS).max(1));
        let courses = EdgeCourses { start, every, hot_celsius, ..EdgeCourses::default() };
        let mut host = Self {
            drive: Drive::new(region, Log::open(options.journal.as_deref())?),
            site,
            solver: EdgeSolver::new(options.policy.clone()),
            tally: Tally::new(Books::new(scene.forbidden.clone()), courses),
            crowd,
            decisions: Decisions::default(),
            now: start,
        };
        first.into_iter().try_for_each(|act| host.act(act))?;
        Ok(host)
    }

    /// The loop: whatever is due next, until the scene is over.
    fn play(&mut self, scene: &Scene, progress: &mut dyn FnMut(f64)) -> Result<(), SimError> {
        let (start, end) = (scene.begins(), scene.begins() + scene.lasts);
        let mut look = start;
        while self.now < end {
            let due = [self.drive.region.due(), self.site.next_at(), Some(look)];
            self.now = due.into_iter().flatten().min().unwrap_or(end).max(self.now);
            while let Some(act) = self.site.step(self.now) {
                if let Some(act) = act? {
                    self.act(act)?;
                }
            }
            if self.drive.region.due().is_some_and(|due| due <= self.now) {
                self.tick()?;
            }
            if self.now >= look {
                look = look + self.tally.courses.every;
                self.look();
                progress(f64::from(self.now.since(start).0) / f64::from(scene.lasts.0.max(1)));
            }
        }
        self.drive.commit()
    }

    fn look(&mut self) {
        self.site.advance_all(self.now);
        let latencies = self.crowd.as_ref().map(|crowd| crowd.look(&self.tally.books, &self.site));
        self.tally.look(self.now, &self.site, latencies);
    }

    fn act(&mut self, act: Act) -> Result<(), SimError> {
        match act {
            Act::Report(report) => {
                self.drive.exchange(self.now, Input::Telemetry(vec![*report]), &mut self.solver)?;
            }
            Act::Command(command) => {
                let request = Request { command: *command, key: None };
                self.drive.command(self.now, request, &mut self.solver)?;
            }
        }
        self.tell()
    }

    /// One tick, with its wall time if there was something to decide.
    fn tick(&mut self) -> Result<(), SimError> {
        let watch = Stopwatch::start();
        self.drive.exchange(self.now, Input::Elapsed, &mut self.solver)?;
        if let Some(checked) = self.solver.decided() {
            self.decisions.count(watch.elapsed().saturating_sub(checked));
        }
        self.tell()
    }

    /// Tells boxes and books what the region said. Errors: a command that it does not take.
    fn tell(&mut self) -> Result<(), SimError> {
        let said = self.drive.said();
        for change in said.published {
            self.tally.see(&change, &self.site);
            self.site.react(self.now, &change);
        }
        for (command, answer) in said.answered {
            if let Err(refusal) = answer {
                return Err(SimError::Refused { what: format!("{command:?}"), why: refusal.to_string() });
            }
        }
        for broken in std::mem::take(&mut self.solver.broken) {
            self.tally.broke(self.now, &broken);
        }
        Ok(())
    }

    fn close(mut self, scene: &Scene, options: &EdgeRun) -> EdgeOutcome {
        self.site.advance_all(self.now);
        let mut kpis = EdgeKpis {
            scene: scene.name.clone(),
            policy: options.policy.to_string(),
            seed: options.seed,
            nodes: self.site.bodies.len() as u32,
            battery: batteries(&self.site, scene.begins()),
            ..EdgeKpis::default()
        };
        let broken = self.tally.broken_words();
        let digest = self.drive.region.ledger().checkpoint().digest();
        let mut courses = self.tally.finish(&self.site, &mut kpis);
        if let Some(crowd) = self.crowd {
            kpis.users.users = crowd.places.len() as u32;
            courses.users = crowd.places;
        }
        kpis.placing.decisions = self.decisions.number();
        kpis.placing.stale = self.solver.stale;
        [kpis.placing.decision_p50_ms, kpis.placing.decision_p99_ms, kpis.placing.decision_max_ms] =
            self.decisions.quantiles_ms();
        EdgeOutcome { kpis, courses, digest, broken }
    }
}

/// How long batteries lasted. One that has not come to its reserve lasts as long as its mean draw leaves it.
fn batteries(site: &Site, start: Instant) -> BatteryKpis {
    let mut kpis = BatteryKpis::default();
    let mut hours = 0.0;
    for body in site.bodies.iter().filter(|body| body.of.battery.is_some()) {
        kpis.boxes += 1;
        kpis.at_reserve += u32::from(body.at_reserve.is_some());
        kpis.empty += u32::from(body.is_empty());
        hours += body.endurance_h(start);
    }
    kpis.endurance_h = crate::kpi::ratio(hours, f64::from(kpis.boxes));
    kpis
}
