//! A crew's word. It counts once, by its name, and as of when the thing was done; bikes that were moved were moved, whatever became of the
//! order meanwhile.

use super::verdict::Verdict;
use crate::bikes::row::{OrderRow, VanRow};
use crate::bikes::settle::{given_back, returned};
use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{
    BatteryLoad, BatterySwap, CrewReport, CrewWord, DoneWork, Event, Found, Inspection, OrderPhase, Refusal,
    ReturnReason, StopMade, Task, VanState, VanTrigger, WorkOrderId,
};
use paceline_model::limits::{Invalid, Rule};
use std::sync::Arc;

pub(super) fn admit(world: &Bikes, at: Instant, report: CrewReport) -> Verdict {
    let report = report.validate().map_err(Refusal::Invalid)?;
    let van = world.van(&report.van).ok_or_else(|| Refusal::unknown("van", &report.van))?;
    match van.word(&report.id) {
        // When it was done is not compared: it was cut to the time at which it was first heard.
        Some(known) if known.word == report.word => return Ok(Vec::new()),
        Some(_) => return Err(Refusal::KeyReused),
        None => {}
    }
    let report = CrewReport { done_at: report.done_at.min(at), ..report };
    let follows = match &report.word {
        CrewWord::Accepted(order) => accepted(world, van, order)?,
        CrewWord::Declined(order, why) => declined(world, van, order, why)?,
        CrewWord::Arrived(order) => arrived(world, van, order)?,
        CrewWord::Done(order, done) => made(world, van, order, |row| stop(van, row, *done, report.done_at))?,
        CrewWord::Inspected(order, found) => {
            made(world, van, order, |row| inspection(van, row, *found, report.done_at))?
        }
        CrewWord::BrokenDown(_) => {
            let mut events = vec![stepped(van, VanTrigger::BreakDown)?];
            events.extend(returned(world, van, &ReturnReason::BrokenDown));
            events
        }
        CrewWord::Recovered => vec![stepped(van, VanTrigger::Recover)?],
        CrewWord::Counted(aboard) => vec![counted(van, *aboard)?],
        CrewWord::BatteriesCounted(charged) => vec![batteries_counted(world, van, *charged)?],
    };
    Ok(std::iter::once(Event::WordTaken(Arc::new(report))).chain(follows).collect())
}

fn known<'a>(world: &'a Bikes, order: &WorkOrderId) -> Result<&'a OrderRow, Refusal> {
    world.order(order).ok_or_else(|| Refusal::unknown("work order", order))
}

/// The order, if this van has it. Errors: it has ended, or is another's.
fn own<'a>(
    world: &'a Bikes,
    van: &VanRow,
    order: &WorkOrderId,
    asked: &str,
) -> Result<&'a OrderRow, Refusal> {
    let row = known(world, order)?;
    if row.phase.has_ended() {
        let (order, phase, why) = (order.clone(), row.phase, row.last_reason());
        return Err(Refusal::OrderStands { order, phase, why, asked: asked.into() });
    }
    match &row.van {
        Some(with) if *with == van.spec.id => Ok(row),
        with => Err(not_theirs(row, with.as_ref().map(ToString::to_string))),
    }
}

fn not_theirs(row: &OrderRow, with: Option<String>) -> Refusal {
    let with = with.map_or_else(|| "no van's".to_owned(), |van| format!("{van}'s"));
    Refusal::NotTheirs { order: row.id.clone(), with }
}

fn accepted(world: &Bikes, van: &VanRow, order: &WorkOrderId) -> Verdict {
    let row = own(world, van, order, "accepted")?;
    let accepts = Event::OrderAccepted { order: order.clone(), van: van.spec.id.clone() };
    Ok(if row.phase == OrderPhase::Issued { vec![accepts] } else { Vec::new() })
}

fn declined(world: &Bikes, van: &VanRow, order: &WorkOrderId, why: &str) -> Verdict {
    let row = own(world, van, order, "declined")?;
    Ok(given_back(world, row, &van.spec.id, &ReturnReason::Declined(why.to_owned())))
}

fn arrived(world: &Bikes, van: &VanRow, order: &WorkOrderId) -> Verdict {
    let row = own(world, van, order, "begun")?;
    let begins = Event::OrderUnderWay { order: order.clone(), van: van.spec.id.clone() };
    Ok(if row.phase == OrderPhase::UnderWay { Vec::new() } else { vec![begins] })
}

/// What was done counts also where the order was taken back meanwhile, or withdrawn: the crew was there. Once for each crew.
fn made(
    world: &Bikes,
    van: &VanRow,
    order: &WorkOrderId,
    what: impl FnOnce(&OrderRow) -> Result<Event, Refusal>,
) -> Verdict {
    let (row, id) = (known(world, order)?, &van.spec.id);
    if !row.was_told(id) {
        return Err(not_theirs(row, row.van.as_ref().map(ToString::to_string)));
    }
    if row.made_by.contains(id) {
        let (order, phase, why) = (order.clone(), row.phase, format!(" by {id}"));
        return Err(Refusal::OrderStands { order, phase, why, asked: "done again".into() });
    }
    let mut events = vec![what(row)?];
    if row.phase.has_ended() {
        return Ok(events);
    }
    if let Some(other) = row.van.as_ref().filter(|other| *other != id) {
        let why = ReturnReason::DoneBy(id.clone());
        events.push(Event::OrderReturned { order: order.clone(), van: other.clone(), why });
    }
    events.push(Event::OrderDone { order: order.clone(), van: id.clone() });
    Ok(events)
}

/// Errors: the order is to do something else than to look.
fn inspection(van: &VanRow, row: &OrderRow, found: Found, done_at: Instant) -> Result<Event, Refusal> {
    if row.task != Task::Inspect {
        let rule = Rule::Shape(format!("must be `done`: this order is to {}", row.task));
        return Err(Refusal::Invalid(Invalid::new("word", "inspected", rule)));
    }
    let (van, station, order) = (van.spec.id.clone(), row.station.clone(), row.id.clone());
    Ok(Event::StationInspected(Arc::new(Inspection { van, station, order, found, done_at })))
}

/// Errors: more batteries than were aboard, or none; docks, at which nobody looked.
fn batteries_changed(
    van: &VanRow,
    row: &OrderRow,
    done: DoneWork,
    done_at: Instant,
) -> Result<Event, Refusal> {
    let refused = |field: &str, value: u32, rule: String| {
        Err(Refusal::Invalid(Invalid::new(field, value, Rule::Shape(rule))))
    };
    let DoneWork { bikes, docks_broken } = done;
    if docks_broken > 0 {
        return refused(
            "docks_broken",
            docks_broken,
            format!("must be left out: this order is to {}", row.task),
        );
    }
    if bikes == 0 {
        return refused("bikes", 0, "must be at least 1: an order that cannot be done is declined".into());
    }
    if bikes > van.batteries.charged {
        let charged = van.batteries.charged;
        let rule =
            format!("must be at most {charged}, the charged batteries aboard: say first how many there are");
        return refused("bikes", bikes, rule);
    }
    let (van, station, order) = (van.spec.id.clone(), row.station.clone(), row.id.clone());
    Ok(Event::BatteriesChanged(Arc::new(BatterySwap { van, station, order, bikes, done_at })))
}

fn batteries_counted(world: &Bikes, van: &VanRow, charged: u32) -> Result<Event, Refusal> {
    let load = BatteryLoad { charged, ..van.batteries };
    if charged > load.most || world.options.batteries.is_none() {
        let rule = format!("must be at most {}, what the van carries where vans change batteries", load.most);
        return Err(Refusal::Invalid(Invalid::new("charged", charged, Rule::Shape(rule))));
    }
    Ok(Event::VanBatteries { van: van.spec.id.clone(), load })
}

/// Errors: more bikes than are aboard, or than go in; no bike where bikes were to be moved; a look, which ends with what was found.
fn stop(van: &VanRow, row: &OrderRow, done: DoneWork, done_at: Instant) -> Result<Event, Refusal> {
    if row.task == Task::Inspect {
        let rule = Rule::Shape("must be `inspected`, with what was found: this order is to inspect".into());
        return Err(Refusal::Invalid(Invalid::new("word", "done", rule)));
    }
    if row.task == Task::SwapBattery {
        return batteries_changed(van, row, done, done_at);
    }
    let (loaded, unloaded) = match row.task {
        Task::Collect => (done.bikes, 0),
        Task::Deliver => (0, done.bikes),
        Task::Inspect | Task::SwapBattery | Task::Repair => (0, 0),
    };
    if row.task.moves_bikes() && done.bikes == 0 {
        let rule = Rule::Shape("must be at least 1: an order that cannot be done is declined".into());
        return Err(Refusal::Invalid(Invalid::new("bikes", 0, rule)));
    }
    if !row.task.moves_bikes() && done.bikes > 0 {
        let rule = Rule::Shape(format!("must be left out: this order is to {}", row.task));
        return Err(Refusal::Invalid(Invalid::new("bikes", done.bikes, rule)));
    }
    if unloaded > van.aboard || van.aboard + loaded > van.spec.capacity {
        let what = if loaded > 0 { "loaded" } else { "unloaded" };
        return Err(Refusal::LoadDiffers {
            van: van.spec.id.clone(),
            aboard: van.aboard,
            capacity: van.spec.capacity,
            done: format!("{what} {}", done.bikes),
        });
    }
    let looked = row.task == Task::Repair || done.docks_broken > 0;
    Ok(Event::StopMade(Arc::new(StopMade {
        van: van.spec.id.clone(),
        station: row.station.clone(),
        order: row.id.clone(),
        loaded,
        unloaded,
        docks_broken: looked.then_some(done.docks_broken),
        done_at,
    })))
}

fn stepped(van: &VanRow, trigger: VanTrigger) -> Result<Event, Refusal> {
    let id = van.spec.id.clone();
    if van.state.after(trigger).is_some() {
        return Ok(Event::VanChanged { van: id, trigger });
    }
    let stands = match van.state {
        VanState::Working => "is working already",
        VanState::BrokenDown => "has broken down already",
    };
    Err(Refusal::VanStands { van: id, stands: stands.into() })
}

fn counted(van: &VanRow, aboard: u32) -> Result<Event, Refusal> {
    if aboard > van.spec.capacity {
        let rule = Rule::Within { low: 0.0, high: f64::from(van.spec.capacity) };
        return Err(Refusal::Invalid(Invalid::new("aboard", aboard, rule)));
    }
    Ok(Event::VanCounted { van: van.spec.id.clone(), aboard })
}
