//! Vans and what their crews say.

use crate::bikes::row::VanRow;
use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{BatteryLoad, CrewReport, VanId, VanSpec, VanTrigger};
use std::sync::Arc;

pub(super) fn put(world: &mut Bikes, at: Instant, spec: Arc<VanSpec>) {
    let id = spec.id.clone();
    match world.van_mut(&id) {
        Some(row) => {
            // A shift that begins elsewhere than the last one did begins there.
            if row.spec.position != spec.position {
                row.stopped_at = spec.position;
            }
            row.spec = spec;
        }
        None => _ = world.vans.insert(VanRow::new(spec, at)),
    }
    world.touch_van(&id);
}

pub(super) fn remove(world: &mut Bikes, van: &VanId) {
    if let Some(idx) = world.vans.find(van) {
        world.vans.remove(idx);
    }
    world.changes.van(van);
}

pub(super) fn count(world: &mut Bikes, van: &VanId, aboard: u32) {
    if let Some(row) = world.van_mut(van) {
        row.aboard = aboard;
    }
    world.touch_van(van);
}

pub(super) fn equip(world: &mut Bikes, van: &VanId, load: BatteryLoad) {
    if let Some(row) = world.van_mut(van) {
        row.batteries = load;
    }
    world.touch_van(van);
}

pub(super) fn change(world: &mut Bikes, at: Instant, van: &VanId, trigger: VanTrigger) {
    if let Some(row) = world.van_mut(van) {
        row.state = row.state.after(trigger).unwrap_or(row.state);
        row.since = at;
    }
    world.touch_van(van);
}

pub(super) fn remember(world: &mut Bikes, word: Arc<CrewReport>) {
    let van = word.van.clone();
    if let Some(row) = world.van_mut(&van) {
        row.remember(word);
    }
    world.changes.van(&van);
}
