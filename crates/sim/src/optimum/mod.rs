//! How good could the day have been? With all orders known beforehand and batteries left aside: how many could be served at most, and
//! a plan that serves nearly as many. What a run served stands beside it. The solver is `paceline_plan::solver::chains`.
//!
//! One ride at a time in each vehicle, at the travel times of the streets as they were imported: scenarios that pool, whose
//! streets change over the day, or whose riders call off, are refused rather than held against a bound of another day.

mod check;
mod hours;
mod lay_out;
mod refuse;

use crate::day::{Day, Draw};
use crate::error::SimError;
use crate::kpi::{Courses, HourOfOptimum, Kpis, OptimumKpis, ratio};
use crate::options::RunOptions;
use crate::run::{Outcome, run};
use crate::scenario::Scenario;
use lay_out::LaidOut;
use paceline_model::Instant;
use paceline_plan::solver::chains::{self, Bound, Chains, Grid, PriceOptions};
use paceline_plan::{Budget, Rng};
use paceline_road::Roads;
use std::sync::Arc;

/// Rounds of the search for prices. On the Manhattan day the bound falls by 0.1 % in the last thirty.
const PRICE_ROUNDS: u32 = 160;
/// Rounds of the search for a plan, for each vehicle: see docs/kernel/optimum.md for what more of them find.
const PLAN_ROUNDS_EACH: u32 = 60;
/// Time while prices are searched for; rides under half a minute count as served.
const GRID: Grid = Grid { slot_ms: 2_000, short_ms: 30_000 };
/// The same for the bound itself.
const FINAL_SLOT_MS: u32 = 1_000;
/// A battery that lasts all day, the largest that there may be.
const LASTING_KWH: f64 = 2_000.0;

/// What a day could have come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Optimum {
    /// Nobody could serve more orders, whatever they knew.
    pub served_max: u64,
    /// So many are served by a plan that knows all orders beforehand; checked apart from the solver.
    pub planned: u64,
    /// When the orders were placed that the plan serves.
    planned_at: Vec<Instant>,
}

/// How far the search has got.
#[derive(Clone, Copy, Debug)]
pub struct OptimumProgress {
    /// What is under way.
    pub stage: OptimumStage,
    /// Share of it that is done, 0 to 1.
    pub share: f64,
    /// The best count of orders so far.
    pub orders: u64,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptimumStage {
    /// The day with batteries that last.
    Uncharged,
    /// The most that can be served.
    Bound,
    /// A plan that serves many.
    Plan,
}

/// Adds to each of `outcomes`, which are runs of one scenario with these options, what it could have come to.
///
/// Errors: a scenario that this does not cover, files, or a plan that does not stand up to its check.
pub fn add(
    scenario: &Scenario,
    roads: &Arc<Roads>,
    runs: &mut [(RunOptions, Outcome)],
    progress: &mut dyn FnMut(OptimumProgress),
) -> Result<(), SimError> {
    let mut known: Option<(u64, Optimum)> = None;
    for (options, outcome) in runs {
        let uncharged = run_uncharged(scenario, roads, options, progress)?;
        let seed = options.draw.seed;
        let optimum = match known.take() {
            Some((of, optimum)) if of == seed => optimum,
            _ => find(scenario, roads, (options, &uncharged.courses), progress)?,
        };
        let hours = hours::of(scenario, outcome.start, &outcome.courses.waits, &optimum.planned_at);
        outcome.kpis.optimum = Some(compare(&outcome.kpis, &uncharged.kpis, &optimum, hours));
        known = Some((seed, optimum));
    }
    Ok(())
}

fn compare(kpis: &Kpis, uncharged: &Kpis, optimum: &Optimum, hours: Vec<HourOfOptimum>) -> OptimumKpis {
    OptimumKpis {
        served_max: optimum.served_max,
        planned: optimum.planned,
        served_uncharged: uncharged.served,
        share: ratio(kpis.served as f64, optimum.served_max as f64),
        hours,
    }
}

/// The same run with batteries that last all day. Errors: as of a run, or a scenario that this does not cover.
fn run_uncharged(
    scenario: &Scenario,
    roads: &Arc<Roads>,
    options: &RunOptions,
    progress: &mut dyn FnMut(OptimumProgress),
) -> Result<Outcome, SimError> {
    refuse::uncovered(scenario, options)?;
    let mut lasting = scenario.clone();
    for kind in lasting.kinds.values_mut().chain([&mut lasting.vehicle]) {
        (kind.battery_kwh, kind.idle_kw) = (LASTING_KWH, 0.0);
    }
    let options = RunOptions { journal: None, shadow: None, ..options.clone() };
    let stage = OptimumStage::Uncharged;
    run(&lasting, roads, &options, &mut |run| {
        progress(OptimumProgress { stage, share: run.share, orders: run.outcomes.served });
    })
}

/// Searches for the bound and for a plan, which begins with what `courses` says was served.
fn find(
    scenario: &Scenario,
    roads: &Roads,
    (options, courses): (&RunOptions, &Courses),
    progress: &mut dyn FnMut(OptimumProgress),
) -> Result<Optimum, SimError> {
    let draw: &Draw = &options.draw;
    let day = Day::draw(scenario, roads, draw)?;
    refuse::uncovered_day(scenario, &day)?;
    let laid_out = LaidOut::new(scenario, roads, &day, &courses.pickups);
    let bound = bound(&laid_out, draw.seed, progress);
    let planned = planned(&laid_out, &bound, draw.seed, progress);
    let trips_of = laid_out.trips_of(&planned);
    check::plan(scenario, roads, &day, &trips_of)?;
    let planned_at = lay_out::placed(&day, &trips_of);
    Ok(Optimum { served_max: bound.served_max, planned: planned.served() as u64, planned_at })
}

fn bound(laid_out: &LaidOut, seed: u64, progress: &mut dyn FnMut(OptimumProgress)) -> Bound {
    let options = PriceOptions { grid: GRID, final_slot_ms: FINAL_SLOT_MS, rounds: PRICE_ROUNDS };
    let (mut rng, mut budget) = (Rng::of(seed, "prices"), Budget::unlimited());
    chains::bound(&laid_out.problem, options, &mut rng, &mut budget, |round, orders| {
        let share = f64::from(round) / f64::from(PRICE_ROUNDS);
        progress(OptimumProgress { stage: OptimumStage::Bound, share, orders });
    })
}

fn planned(
    laid_out: &LaidOut,
    bound: &Bound,
    seed: u64,
    progress: &mut dyn FnMut(OptimumProgress),
) -> Chains {
    let (mut rng, mut budget) = (Rng::of(seed, "plan"), Budget::unlimited());
    let from = (&laid_out.start, bound);
    let rounds = PLAN_ROUNDS_EACH * laid_out.problem.vehicles() as u32;
    chains::plan(&laid_out.problem, from, rounds, &mut rng, &mut budget, |round, orders| {
        let share = f64::from(round) / f64::from(rounds.max(1));
        progress(OptimumProgress { stage: OptimumStage::Plan, share, orders });
    })
}
