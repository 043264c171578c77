//! What of a plan still holds: the next stops of each van are checked against the world as it is now. What does not hold ends that van's part
//! of the plan, and is looked at again.

use super::problem::{aboard_after, charged_after, out, rests_on_something};
use super::{NotIssued, RoundSummary};
use crate::bikes::row::{Finding, OrderRow, StationRow, VanRow};
use crate::bikes::world::Bikes;
use crate::ledger::Draft;
use paceline_model::bikes::{
    BikeInterval, Event, IssueDecision, NewWorkOrder, OrderCause, OrderPhase, Task, VanId, VanRule,
    WithdrawReason, WorkOrderId,
};
use paceline_plan::bikes::dispatch::{Ask, Excluded, Plan, Stop, Unserved};
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
    for (number, stops) in plan.tours.iter().enumerate() {
        let Some(van) = round.vans.get(number).cloned() else { continue };
        let told = Telling::of(world, &round, &van, stops);
        round.stale += u32::from(told.is_stale);
        round.issued +=
            told.events.iter().filter(|event| matches!(event, Event::OrderIssued { .. })).count() as u32;
        draft.apply(world, told.events);
    }
    if !plan.ran_short {
        noted(world, draft, &mut round, &plan);
    }
    // Nothing was found because nothing was searched, or what was found came too late: the next round looks at once.
    let overtaken = draft.version() != plan.made_from || world.options.is_quiet(world.now);
    if plan.ran_short || round.stale > 0 && overtaken {
        world.asked.at = None;
    }
    (round.vans, round.stations) = Default::default();
    round
}

/// Notes what waits on, and why. What nobody had a stop left for is looked at again once somebody has.
fn noted(world: &mut Bikes, draft: &mut Draft<Bikes>, round: &mut RoundSummary, plan: &Plan) {
    let mut idle = Vec::new();
    for unserved in &plan.unserved {
        let Some(order) = asking(world, round, unserved).cloned() else { continue };
        let refused = order.declined_by(world.now, world.options.declined_for).next().is_some();
        if order.is_planned() && !refused {
            let why = WithdrawReason::SavesNothing;
            idle.push(Event::OrderWithdrawn { order: order.id, van: None, why });
        } else {
            note(world, &order.id, unserved, plan);
            round.refused += 1;
        }
    }
    draft.apply(world, idle);
    let waits: Vec<WorkOrderId> = world.waiting.values().cloned().collect();
    for id in waits {
        if let Some(order) = world.order_mut(&id).filter(|order| order.finding.tried_at.is_none()) {
            order.finding.tried_at = Some(plan.made_from);
        }
    }
}

/// Why nobody has it: kept beside the world, for whoever asks.
fn note(world: &mut Bikes, id: &WorkOrderId, unserved: &Unserved, plan: &Plan) {
    let (now, span) = (world.now, world.options.declined_for);
    let Some(order) = world.order_mut(id) else { return };
    let again_at = order.declined_by(now, span).map(|(_, until)| until).min();
    let considered = unserved.excluded.iter().map(|(_, vans)| vans).sum();
    let why_not = Some(Arc::new(NotIssued { considered, excluded: named(&unserved.excluded) }));
    order.finding = Finding { why_not, tried_at: Some(plan.made_from), again_at };
    world.changes.order(id);
}

/// The order that asks for what nobody does.
fn asking<'a>(world: &'a Bikes, round: &RoundSummary, unserved: &Unserved) -> Option<&'a OrderRow> {
    let station = round.stations.get(unserved.station).and_then(|id| world.station(id))?;
    world.waiting_at(station, task(unserved.ask))
}

fn task(ask: Ask) -> Task {
    match ask {
        Ask::Bring => Task::Deliver,
        Ask::Take => Task::Collect,
        Ask::Repair => Task::Repair,
        Ask::Inspect => Task::Inspect,
        Ask::Swap => Task::SwapBattery,
    }
}

/// What one crew is told next.
struct Telling {
    events: Vec<Event>,
    is_stale: bool,
}

/// A van on the way through what it is told.
struct Told<'a> {
    row: &'a VanRow,
    aboard: u32,
    /// Charged batteries.
    charged: u32,
    /// Orders that its crew may be told yet.
    left: u32,
}

impl Telling {
    /// The first stops of a tour, as many as a crew is told at a time.
    fn of(world: &Bikes, round: &RoundSummary, van: &VanId, stops: &[Stop]) -> Self {
        let mut telling = Self { events: Vec::new(), is_stale: false };
        let Some(row) = world.van(van).filter(|row| goes_out(world, row)) else {
            return Self { is_stale: !stops.is_empty(), ..telling };
        };
        let left = world.stops_left(row);
        let mut told =
            Told { row, aboard: aboard_after(world, row), charged: charged_after(world, row), left };
        let next = &stops[..stops.len().min(left as usize)];
        for (at, stop) in next.iter().enumerate() {
            if told.left == 0 {
                break;
            }
            let before = telling.events.len();
            if telling.tell(world, round, &mut told, (stop, next.get(at + 1))).is_none() {
                telling.events.truncate(before);
                telling.is_stale = true;
                break;
            }
        }
        telling
    }

    /// One stop. `None`: it does not hold any more.
    fn tell(
        &mut self,
        world: &Bikes,
        round: &RoundSummary,
        told: &mut Told<'_>,
        (stop, next): (&Stop, Option<&Stop>),
    ) -> Option<()> {
        let station = world.station(round.stations.get(stop.station)?)?;
        let decision = Arc::new(decision(round, stop));
        if stop.change != 0 {
            let task = if stop.change > 0 { Task::Deliver } else { Task::Collect };
            let bikes = moved(world, station, told, stop.change)?;
            let known = world.waiting_at(station, task);
            let other = world.orders_at(station).any(|order| order.task.moves_bikes());
            if known.is_none() && (other || station.is_stale(world.now, world.options.stale_after)) {
                return None;
            }
            let least = known.map_or(bikes.least, |order| order.bikes.least.clamp(1, bikes.most));
            let (bikes, known) = (BikeInterval { least, ..bikes }, known.map(|order| order.id.clone()));
            let next = next.and_then(|next| delivery(world, round, next));
            let order = match known {
                Some(order) => order,
                None => self.propose(world, station, (task, bikes), cause(station, stop, next)),
            };
            told.aboard = match task {
                Task::Deliver => told.aboard - bikes.most,
                _ => told.aboard + bikes.most,
            };
            self.issue(told, order, bikes, &decision);
        }
        if let Some(errand) = stop.errand {
            let order = world.waiting_at(station, task(errand));
            let can = |order: &&OrderRow| {
                let refused = world.has_declined(&told.row.spec.id, order);
                told.left > 0 && !refused && (told.row.spec.repairs || order.task != Task::Repair)
            };
            let order = order.filter(can).map(|order| order.id.clone());
            match order.zip(told.errand(station, errand)) {
                Some((order, bikes)) => self.issue(told, order, bikes, &decision),
                None => return (stop.change != 0).then_some(()),
            }
        }
        Some(())
    }

    fn propose(
        &mut self,
        world: &Bikes,
        station: &StationRow,
        (task, bikes): (Task, BikeInterval),
        cause: OrderCause,
    ) -> WorkOrderId {
        let before = self.events.iter().filter(|event| matches!(event, Event::OrderProposed(_)));
        let id = world.upcoming_order(before.count() as u64);
        let new = NewWorkOrder { id: id.clone(), task, station: station.spec.id.clone(), bikes, cause };
        self.events.push(Event::OrderProposed(Arc::new(new)));
        id
    }

    fn issue(
        &mut self,
        told: &mut Told<'_>,
        order: WorkOrderId,
        bikes: BikeInterval,
        decision: &Arc<IssueDecision>,
    ) {
        told.left -= 1;
        let van = told.row.spec.id.clone();
        self.events.push(Event::OrderIssued { order, van, bikes, decision: decision.clone() });
    }
}

impl Told<'_> {
    /// With how many bikes an errand is told. `None`: the van has not what it takes any more.
    fn errand(&mut self, station: &StationRow, errand: Ask) -> Option<BikeInterval> {
        if errand != Ask::Swap {
            return Some(BikeInterval::NONE);
        }
        let most = station.stock.low_batteries().min(self.charged);
        self.charged -= most;
        (most > 0).then(|| BikeInterval { least: most.div_ceil(2), most })
    }
}

/// The order that waits for the bikes which are taken just before it.
fn delivery(world: &Bikes, round: &RoundSummary, next: &Stop) -> Option<WorkOrderId> {
    let station = world.station(round.stations.get(next.station)?).filter(|_| next.change > 0)?;
    world.waiting_at(station, Task::Deliver).map(|order| order.id.clone())
}

/// Whether its crew may be told anything now.
fn goes_out(world: &Bikes, row: &VanRow) -> bool {
    out(row, world.now).is_none() && !world.options.is_quiet(world.now)
}

/// As many bikes as were planned, and as the station takes or gives now and the van has or has room for. `None`: none, or nobody may go.
fn moved(world: &Bikes, station: &StationRow, told: &Told<'_>, change: i32) -> Option<BikeInterval> {
    let van = &told.row.spec;
    let taken = world.orders_at(station).any(|order| {
        order.phase.is_out() && order.task.moves_bikes()
            || order.phase == OrderPhase::Proposed && world.has_declined(&van.id, order)
    });
    if taken || station.watch.gives_none || !rests_on_something(world, station) {
        return None;
    }
    let can = match change > 0 {
        true if station.may_be_brought_to() => station.room()?.min(told.aboard),
        false if station.may_be_fetched_from() => {
            station.spare().min(van.capacity.saturating_sub(told.aboard))
        }
        _ => 0,
    };
    let most = change.unsigned_abs().min(can);
    (most > 0).then(|| BikeInterval { least: most.div_ceil(2), most })
}

/// Why there is a stop that nothing asked for.
fn cause(station: &StationRow, stop: &Stop, next: Option<WorkOrderId>) -> OrderCause {
    let bikes = station.bikes().unwrap_or_default();
    match next {
        Some(order) if stop.change < 0 => OrderCause::Supply(order),
        _ if stop.rides > 0.0 => OrderCause::Expected { bikes, saves_centi: (stop.rides * 100.0) as u32 },
        _ => OrderCause::Elsewhere { bikes },
    }
}

fn decision(round: &RoundSummary, stop: &Stop) -> IssueDecision {
    IssueDecision {
        considered: round.vans.len() as u32,
        arrives_in: stop.arrives_in,
        aboard: stop.aboard,
        next_best: stop.next_best.and_then(|(van, at)| Some((round.vans.get(van)?.clone(), at))),
        excluded: named(&stop.excluded),
    }
}

/// The planner's counts under the world's names of the rules.
fn named(excluded: &[(Excluded, u32)]) -> Vec<(VanRule, u32)> {
    let mut counts: BTreeMap<VanRule, u32> = BTreeMap::new();
    for (excluded, vans) in excluded {
        *counts.entry(rule(*excluded)).or_default() += vans;
    }
    counts.into_iter().collect()
}

fn rule(excluded: Excluded) -> VanRule {
    match excluded {
        Excluded::Caller(code) => VanRule::ALL.get(usize::from(code)).copied().unwrap_or(VanRule::Busy),
        Excluded::Declined => VanRule::Declined,
        Excluded::ShiftOver => VanRule::ShiftOver,
        Excluded::Busy => VanRule::Busy,
        Excluded::NoBikes => VanRule::NoBikes,
        Excluded::NoRoom => VanRule::NoRoom,
        Excluded::CannotRepair => VanRule::CannotRepair,
        Excluded::NoBatteries => VanRule::NoBatteries,
        Excluded::Elsewhere => VanRule::Elsewhere,
    }
}
