//! What of a plan still holds: each van is checked against the world as it is now. What does not hold is refused, alone, and looked at
//! again.

use super::problem::{After, out};
use super::{NotIssued, RoundSummary};
use crate::bikes::row::{Finding, OrderRow, VanRow};
use crate::bikes::world::Bikes;
use crate::ledger::Draft;
use paceline_model::bikes::{
    BikeInterval, Event, IssueDecision, NewWorkOrder, OrderCause, OrderPhase, Task, VanRule, WorkOrderId,
};
use paceline_plan::bikes::nearest::{Excluded, Found, Outcome, Plan};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Applies what still holds.
pub(in crate::bikes) fn adopt(
    world: &mut Bikes,
    draft: &mut Draft<Bikes>,
    mut round: RoundSummary,
    plan: Plan,
) -> RoundSummary {
    round.ran_short = plan.ran_short;
    for outcome in &plan.outcomes {
        let Some(id) = round.orders.get(outcome.job).cloned() else { continue };
        let Some(found) = &outcome.found else {
            round.refused += 1;
            note(world, &id, outcome, &plan);
            continue;
        };
        match issued(world, &round, &id, (outcome, found)) {
            Some(events) => {
                round.issued +=
                    events.iter().filter(|event| matches!(event, Event::OrderIssued { .. })).count() as u32;
                draft.apply(world, events);
            }
            None => round.stale += 1,
        }
    }
    (round.orders, round.vans, round.sites) = Default::default();
    round
}

/// Why nobody has it: kept beside the world, for whoever asks.
fn note(world: &mut Bikes, id: &WorkOrderId, outcome: &Outcome, plan: &Plan) {
    let (considered, excluded) = counts(outcome);
    let (now, span) = (world.now, world.options.declined_for);
    let Some(order) = world.order_mut(id) else { return };
    let again_at = order.declined_by(now, span).map(|(_, until)| until).min();
    order.finding = Finding {
        why_not: Some(Arc::new(NotIssued { considered, excluded })),
        tried_at: Some(plan.made_from),
        again_at,
    };
    world.changes.order(id);
}

/// The events by which a van gets an order, and before it the bikes for it. `None`: it no longer holds.
fn issued(
    world: &Bikes,
    round: &RoundSummary,
    id: &WorkOrderId,
    (outcome, found): (&Outcome, &Found),
) -> Option<Vec<Event>> {
    let order = world.order(id).filter(|order| order.phase == OrderPhase::Proposed)?;
    let row = round.vans.get(found.van).and_then(|van| world.van(van))?;
    let stops = 1 + u32::from(found.supply.is_some());
    let declined = |order: &OrderRow| {
        order.declined_by(world.now, world.options.declined_for).any(|(van, _)| *van == row.spec.id)
    };
    if world.options.is_quiet(world.now)
        || out(row, world.now).is_some()
        || declined(order)
        || row.orders.len() as u32 + stops > world.options.stops_max
        || order.task == Task::Repair && !row.spec.repairs
    {
        return None;
    }
    let decision = Arc::new(decision(round, outcome, found));
    let mut after = After::of(world, row).aboard;
    let mut events = match found.supply {
        Some(supply) => {
            let site = round.sites.get(supply.site)?;
            let events = fetched(world, order, (row, after), (site, supply.bikes.most), &decision)?;
            after += most(&events);
            events
        }
        None => Vec::new(),
    };
    let bikes = bikes(world, order, row, after)?;
    events.push(Event::OrderIssued { order: id.clone(), van: row.spec.id.clone(), bikes, decision });
    Some(events)
}

fn most(events: &[Event]) -> u32 {
    let bikes = events.iter().map(|event| match event {
        Event::OrderIssued { bikes, .. } => bikes.most,
        _ => 0,
    });
    bikes.sum()
}

/// As many bikes as the station takes or gives now, and the van has or has room for.
fn bikes(world: &Bikes, order: &OrderRow, row: &VanRow, aboard: u32) -> Option<BikeInterval> {
    let can = match order.task {
        Task::Deliver => aboard,
        Task::Collect => row.spec.capacity - aboard.min(row.spec.capacity),
        Task::Inspect | Task::SwapBattery | Task::Repair => return Some(BikeInterval::NONE),
    };
    let wanted = world.wanted(world.station(&order.station)?, order.task)?.at_most(can);
    (wanted.most > 0).then_some(wanted)
}

/// The order by which bikes are fetched for another.
fn fetched(
    world: &Bikes,
    order: &OrderRow,
    (row, aboard): (&VanRow, u32),
    (site, planned): (&paceline_model::bikes::StationId, u32),
    decision: &Arc<IssueDecision>,
) -> Option<Vec<Event>> {
    let spare = world.spare(world.station(site)?);
    let most = planned.min(spare).min(row.spec.capacity.saturating_sub(aboard));
    let bikes = BikeInterval { least: 1, most };
    let (id, van) = (world.upcoming_order(0), row.spec.id.clone());
    let new = NewWorkOrder {
        id: id.clone(),
        task: Task::Collect,
        station: site.clone(),
        bikes,
        cause: OrderCause::Supply(order.id.clone()),
    };
    let issued = Event::OrderIssued { order: id, van, bikes, decision: decision.clone() };
    (most > 0).then(|| vec![Event::OrderProposed(Arc::new(new)), issued])
}

fn decision(round: &RoundSummary, outcome: &Outcome, found: &Found) -> IssueDecision {
    let next_best = found.next_best.and_then(|(van, at)| Some((round.vans.get(van)?.clone(), at)));
    IssueDecision {
        considered: round.vans.len() as u32,
        arrives_in: found.arrives_in,
        aboard: found.aboard,
        next_best,
        excluded: counts(outcome).1,
    }
}

/// The solver's counts under the world's names of the rules.
fn counts(outcome: &Outcome) -> (u32, Vec<(VanRule, u32)>) {
    let mut counts: BTreeMap<VanRule, u32> = BTreeMap::new();
    for (excluded, vans) in &outcome.excluded {
        *counts.entry(named(*excluded)).or_default() += vans;
    }
    (outcome.excluded.iter().map(|(_, vans)| vans).sum(), counts.into_iter().collect())
}

fn named(excluded: Excluded) -> VanRule {
    match excluded {
        Excluded::Caller(code) => VanRule::ALL.get(usize::from(code)).copied().unwrap_or(VanRule::Busy),
        Excluded::ShiftOver => VanRule::ShiftOver,
        Excluded::Busy => VanRule::Busy,
        Excluded::NoBikes => VanRule::NoBikes,
        Excluded::NoRoom => VanRule::NoRoom,
        Excluded::CannotRepair => VanRule::CannotRepair,
    }
}
