//! The slow look at vehicles: who has fallen silent, whose charging is done.

use crate::fleet::Fleet;
use crate::fleet::row::{Event, Job, Vehicle};
use crate::fleet::view::{View, all_failed, dispatch_failed};
use crate::silence::SilenceTimers;
use paceline_model::lifecycle::{Operational, Service};
use paceline_model::{FailureCause, Instant, VehicleIdx};

/// Looks at the vehicles whose timers have come up, and at those that charge.
pub(in crate::fleet) fn sweep(fleet: &mut Fleet) -> Vec<Event> {
    let mut looked = fleet.silence.take_due(fleet.now);
    for &idx in &looked {
        watch_on(fleet, idx);
    }
    looked.extend(&fleet.world.charging);
    looked.sort_unstable();
    looked.dedup();
    let mut events = Vec::new();
    let view = fleet.view();
    for idx in looked {
        let Some(vehicle) = view.world.vehicles.get(idx) else { continue };
        if silent_from(fleet, vehicle).is_some_and(|silent| silent < view.at) {
            lose(&view, idx, vehicle, &mut events);
        } else if vehicle.operational == Operational::Charging
            && vehicle.heard_at().is_some()
            && vehicle.newest().charge >= view.options.charge_until
        {
            events.push(Event::ChargeEnded { vehicle: idx, reading: vehicle.newest() });
        }
    }
    events
}

/// A vehicle is expected to speak, and watched from now on if it was not before.
pub(in crate::fleet) fn watch(fleet: &mut Fleet, idx: VehicleIdx, at: Instant) {
    if let Some(vehicle) = fleet.world.vehicles.get_mut(idx)
        && !std::mem::replace(&mut vehicle.sensed.watched, true)
    {
        fleet.silence.set(idx, at);
    }
}

/// Looks at every vehicle with the next sweep: other rules hold, or another world.
pub(in crate::fleet) fn watch_all(fleet: &mut Fleet) {
    fleet.silence = SilenceTimers::default();
    let rows: Vec<VehicleIdx> = fleet.world.vehicles.iter().map(|(idx, _)| idx).collect();
    for idx in rows {
        if let Some(vehicle) = fleet.world.vehicles.get_mut(idx) {
            vehicle.sensed.watched = true;
            fleet.silence.set(idx, Instant::ZERO);
        }
    }
}

/// Sets the timer of a vehicle again, unless it is silent by now or nobody expects it to speak.
fn watch_on(fleet: &mut Fleet, idx: VehicleIdx) {
    let now = fleet.now;
    let Some(vehicle) = fleet.world.vehicles.get(idx) else { return };
    let silent = silent_from(fleet, vehicle).filter(|silent| *silent >= now);
    match silent {
        Some(silent) => fleet.silence.set(idx, silent),
        None => {
            if let Some(vehicle) = fleet.world.vehicles.get_mut(idx) {
                vehicle.sensed.watched = false;
            }
        }
    }
}

/// The last moment at which it does not count as silent. `None` where nobody expects it to speak: faulted vehicles may be silent,
/// that is what a breakdown does. Towards an engine that has just started nobody was silent before.
fn silent_from(fleet: &Fleet, vehicle: &Vehicle) -> Option<Instant> {
    let expected = vehicle.service != Service::NonContactable && vehicle.job != Job::Out;
    let began = fleet.began.unwrap_or(fleet.now);
    let heard = vehicle.heard_at().unwrap_or(Instant::ZERO).max(began);
    expected.then(|| heard + fleet.options.silence_max)
}

/// What it was about goes back into the queue, unless riders are aboard: they are where it is.
fn lose(view: &View, idx: VehicleIdx, vehicle: &Vehicle, events: &mut Vec<Event>) {
    match &vehicle.job {
        Job::Offered(_) | Job::ToPickup(_) | Job::AtPickup(_) => {
            events.extend(all_failed(view, idx, FailureCause::Vanished));
        }
        Job::Sharing(route) => {
            let waiting = route.orders().filter(|order| !route.is_aboard(order));
            let failed = |order| dispatch_failed(view, idx, order, FailureCause::Vanished);
            events.extend(waiting.copied().filter_map(failed));
        }
        Job::ToCharger(_) => events.push(Event::ChargeEnded { vehicle: idx, reading: vehicle.newest() }),
        Job::Free | Job::Aboard(_) | Job::AtCharger(_) | Job::Out => {}
    }
    events.push(Event::ContactLost { vehicle: idx });
}
