//! What the solver is told: orders that no van has, vans as they will stand after what their crews have been told, and bikes to spare.

use super::RoundSummary;
use crate::bikes::row::{OrderRow, StationRow, VanRow};
use crate::bikes::world::Bikes;
use paceline_model::bikes::{Task, VanRule, VanState};
use paceline_model::{Instant, Millis, Position, Version};
use paceline_plan::bikes::nearest::{Interval, Job, Problem, Site, Van, Work, drive};

/// Orders that one round looks at: in a city that wakes up with more, the oldest come first, and the rest a tick later.
const JOBS_MAX: usize = 256;

/// What is to be solved, if anything has changed for an order that waits.
pub(in crate::bikes) fn problem(world: &mut Bikes, version: Version) -> Option<(Box<Problem>, RoundSummary)> {
    if world.waiting.is_empty() || world.options.is_quiet(world.now) {
        return None;
    }
    let waiting = world.waiting.values().filter_map(|id| world.order(id));
    let is_new = |order: &&OrderRow| {
        let again = order.finding.again_at.is_some_and(|at| at <= world.now);
        order.finding.tried_at != Some(version) || again
    };
    let asked: Vec<(&OrderRow, Job)> =
        waiting.filter(is_new).filter_map(|order| Some((order, job(world, order)?))).take(JOBS_MAX).collect();
    if asked.is_empty() {
        return None;
    }
    let places: Vec<Position> = asked.iter().map(|(_, job)| job.position).collect();
    let spare: Vec<(&StationRow, u32)> = world
        .stations()
        .map(|row| (row, world.spare(row)))
        .filter(|(row, spare)| *spare > 0 && !places.contains(&row.spec.position))
        .collect();
    let round = RoundSummary {
        orders: asked.iter().map(|(order, _)| order.id.clone()).collect(),
        vans: world.vans().map(|row| row.spec.id.clone()).collect(),
        sites: spare.iter().map(|(row, _)| row.spec.id.clone()).collect(),
        ..RoundSummary::default()
    };
    let problem = Problem {
        version,
        vans: world.vans().map(|row| van(world, row)).collect(),
        sites: spare.iter().map(|(row, spare)| Site { position: row.spec.position, spare: *spare }).collect(),
        jobs: asked.into_iter().map(|(_, job)| job).collect(),
    };
    Some((Box::new(problem), round))
}

/// What an order asks for. `None`: nothing can be said of its station now.
fn job(world: &Bikes, order: &OrderRow) -> Option<Job> {
    let station = world.station(&order.station)?;
    let interval = || world.wanted(station, order.task).map(|of| Interval { least: of.least, most: of.most });
    let work = match order.task {
        Task::Deliver => Work::Deliver(interval()?),
        Task::Collect => Work::Collect(interval()?),
        Task::Repair => Work::Visit(true),
        Task::Inspect | Task::SwapBattery => Work::Visit(false),
    };
    let declined = |van: &VanRow| {
        let mut declined = order.declined_by(world.now, world.options.declined_for);
        declined.any(|(by, _)| *by == van.spec.id)
    };
    let numbered = world.vans().enumerate().filter(|(_, van)| declined(van));
    let barred = numbered.map(|(number, _)| (number, code(VanRule::Declined))).collect();
    Some(Job { position: station.spec.position, work, barred })
}

/// A van as it will stand once it has done what its crew has been told.
fn van(world: &Bikes, row: &VanRow) -> Van {
    let after = After::of(world, row);
    Van {
        position: after.position,
        free_in: after.free_in,
        aboard: after.aboard,
        capacity: row.spec.capacity,
        handling: row.spec.handling,
        shift_ends_in: row.spec.shift_ends.map_or(Millis::MAX, |end| end.since(world.now)),
        stops_left: world.options.stops_max.saturating_sub(row.orders.len() as u32),
        repairs: row.spec.repairs,
        out: out(row, world.now).map(code),
    }
}

/// Why a van gets nothing at all.
pub(super) fn out(row: &VanRow, now: Instant) -> Option<VanRule> {
    if row.state == VanState::BrokenDown {
        Some(VanRule::BrokenDown)
    } else {
        row.is_off(now).then_some(VanRule::ShiftOver)
    }
}

/// The plan's number of a rule.
fn code(rule: VanRule) -> u8 {
    VanRule::ALL.iter().position(|known| *known == rule).unwrap_or(0) as u8
}

/// How a van stands after its orders.
pub(super) struct After {
    pub(super) position: Position,
    pub(super) free_in: Millis,
    pub(super) aboard: u32,
}

impl After {
    pub(super) fn of(world: &Bikes, row: &VanRow) -> Self {
        let start = Self { position: row.position(), free_in: Millis::ZERO, aboard: row.aboard };
        world.orders_of(row).fold(start, |before, order| {
            let position =
                world.station(&order.station).map_or(before.position, |station| station.spec.position);
            let handling = Millis(row.spec.handling.0.saturating_mul(order.bikes.most));
            let free_in =
                before.free_in.saturating_add(drive(before.position, position)).saturating_add(handling);
            let aboard = match order.task {
                Task::Collect => (before.aboard + order.bikes.most).min(row.spec.capacity),
                Task::Deliver => before.aboard.saturating_sub(order.bikes.most),
                Task::Inspect | Task::SwapBattery | Task::Repair => before.aboard,
            };
            Self { position, free_in, aboard }
        })
    }
}
