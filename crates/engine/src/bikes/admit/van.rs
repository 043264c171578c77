//! Vans begin their shifts, change and leave.

use super::verdict::Verdict;
use crate::bikes::settle::returned;
use crate::bikes::world::Bikes;
use paceline_model::bikes::{BatteryLoad, Event, Refusal, ReturnReason, VanId, VanSpec};
use paceline_model::limits::{Invalid, Rule};
use std::sync::Arc;

pub(super) fn put(world: &Bikes, spec: VanSpec, aboard: Option<u32>) -> Verdict {
    let spec = spec.validate().map_err(Refusal::Invalid)?;
    let known = world.van(&spec.id);
    let carried = aboard.or(known.map(|row| row.aboard)).unwrap_or(0);
    if carried > spec.capacity {
        let rule = Rule::Within { low: 0.0, high: f64::from(spec.capacity) };
        return Err(Refusal::Invalid(Invalid::new("aboard", carried, rule)));
    }
    let mut events = Vec::new();
    if carried != known.map_or(0, |row| row.aboard) {
        events.push(Event::VanCounted { van: spec.id.clone(), aboard: carried });
    }
    if known.is_none_or(|row| *row.spec != spec) {
        // What is aboard fits at every moment: a van that is to carry less is emptied first, one that is to carry more is refitted first.
        let first = known.is_none_or(|row| row.spec.capacity < carried);
        events.insert(if first { 0 } else { events.len() }, Event::VanPut(Arc::new(spec)));
    }
    Ok(events)
}

/// The same, with the charged batteries that it carries.
pub(super) fn equip(world: &Bikes, spec: VanSpec, aboard: Option<u32>, load: BatteryLoad) -> Verdict {
    let load = load.validate().map_err(Refusal::Invalid)?;
    if world.options.batteries.is_none() {
        let rule = Rule::Shape(
            "must be left out: the region has no section `batteries`, and vans change none".into(),
        );
        return Err(Refusal::Invalid(Invalid::new("batteries", load.most, rule)));
    }
    let van = spec.id.clone();
    let known = world.van(&van).map_or(BatteryLoad::default(), |row| row.batteries);
    let mut events = put(world, spec, aboard)?;
    if known != load {
        events.push(Event::VanBatteries { van, load });
    }
    Ok(events)
}

pub(super) fn remove(world: &Bikes, van: VanId) -> Verdict {
    let row = world.van(&van).ok_or_else(|| Refusal::unknown("van", &van))?;
    if row.aboard > 0 {
        return Err(Refusal::BikesAboard { van, aboard: row.aboard });
    }
    let mut events = returned(world, row, &ReturnReason::ShiftOver);
    events.push(Event::VanRemoved(van));
    Ok(events)
}
