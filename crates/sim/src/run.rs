//! A run: a region, or several between which the city is cut, and the city in one process, in virtual time. Called by `paceline sim`,
//! tests and benchmarks. A region is the one that `serve` runs; `host` stands for its log, solver and clock.
//!
//! Time jumps from one thing that happens to the next; rounds are solved at once, or after the delay that the scenario
//! sets. Budgets are work steps, so that a run repeats exactly. Wall time is measured for the table and read by nobody.

mod books;
pub(crate) mod drive;
mod host;
pub(crate) mod log;
mod progress;
mod regions;
pub(crate) mod rounds;
mod solver;

pub use progress::Progress;

use crate::day::{Day, LeftOut, counted};
use crate::error::SimError;
use crate::kpi::{Courses, Kpis};
use crate::options::RunOptions;
use crate::scenario::Scenario;
use crate::stopwatch::Stopwatch;
use crate::traffic::{Streets, TrafficReport};
use host::Host;
use paceline_model::Instant;
use paceline_road::Roads;
use std::sync::Arc;

/// What a run came to.
pub struct Outcome {
    /// The table.
    pub kpis: Kpis,
    /// What the report draws.
    pub courses: Courses,
    /// Trips that were not played, and why.
    pub left_out: Vec<LeftOut>,
    /// When it began.
    pub start: Instant,
    /// The world's checksum at the end.
    pub digest: u64,
    /// What came of the traffic, if there was some.
    pub traffic: Option<TrafficReport>,
    /// Wall time that the fleet took as a sensor: to match its positions and to work out what every edge takes.
    pub sensing_seconds: f64,
}

/// Runs a day to its end. Errors: files, values out of bounds, or accounts that do not add up.
pub fn run(
    scenario: &Scenario,
    roads: &Arc<Roads>,
    options: &RunOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, SimError> {
    let load = Stopwatch::start();
    let invalid = |invalid| SimError::Invalid { path: scenario.path.clone(), invalid };
    let scenario = &options.vary(scenario).map_err(invalid)?;
    let mut day = Day::draw(scenario, roads, &options.draw)?;
    let load_seconds = load.elapsed().as_secs_f64();
    let watch = Stopwatch::start();
    let (start, end, moved_trips) = (day.start, day.end, day.notes.moved_trips);
    let mut left_out = std::mem::take(&mut day.notes.left_out);
    let vehicles = day.vehicles.len() as u32;
    let mut host = Host::new(scenario, roads, day, options)?;
    host.play(start, end, progress)?;
    let mut kpis = Kpis {
        scenario: scenario.name.clone(),
        policy: scenario.fleet.policy.kind.to_string(),
        seed: options.draw.seed,
        vehicles,
        demand_scale: options.draw.demand_scale,
        moved_trips,
        load_seconds,
        ..Kpis::default()
    };
    let (traffic, sensing) = host.streets.take().map(Streets::report).unzip();
    left_out.extend_from_slice(host.city.turned_away());
    kpis.left_out = counted(&left_out);
    let (courses, digest) = host.close(&mut kpis)?;
    kpis.sim_seconds = watch.elapsed().as_secs_f64();
    kpis.memory_mb = memory_mb();
    let sensing_seconds = sensing.map_or(0.0, |sensing| sensing.as_secs_f64());
    Ok(Outcome { kpis, courses, left_out, start, digest, traffic, sensing_seconds })
}

/// Most memory that this process has had, where the system says so.
pub(crate) fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1_024.0
}
