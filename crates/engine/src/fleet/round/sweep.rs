//! The slow look at all vehicles: who has fallen silent, whose charging is done.

use crate::fleet::row::{Event, Job, Vehicle};
use crate::fleet::view::{View, all_failed, dispatch_failed};
use paceline_model::lifecycle::{Operational, Service};
use paceline_model::{FailureCause, Instant, VehicleIdx};

/// `began` is when this engine started to listen: nobody was silent towards it before.
pub(in crate::fleet) fn sweep(view: &View, began: Instant) -> Vec<Event> {
    let mut events = Vec::new();
    for (idx, vehicle) in view.world.vehicles.iter() {
        if is_silent(view, vehicle, began) {
            lose(view, idx, vehicle, &mut events);
        } else if vehicle.operational == Operational::Charging
            && vehicle.newest().charge >= view.options.charge_until
        {
            events.push(Event::ChargeEnded { vehicle: idx, reading: vehicle.newest() });
        }
    }
    events
}

/// Faulted vehicles may be silent: that is what a breakdown does.
fn is_silent(view: &View, vehicle: &Vehicle, began: Instant) -> bool {
    let expected = vehicle.service != Service::NonContactable && vehicle.job != Job::Out;
    let heard = vehicle.heard_at().unwrap_or(Instant::ZERO).max(began);
    expected && view.at.since(heard) > view.options.silence_max
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
