//! The slow look at all vehicles: who has fallen silent, whose charging is done.

use crate::fleet::view::{View, all_failed, dispatch_failed};
use paceline_model::lifecycle::{Operational, Service};
use paceline_model::{Event, FailureCause, Instant, Job, Vehicle};

/// `began` is when this engine started to listen: nobody was silent towards it before.
pub(in crate::fleet) fn sweep(view: &View, began: Instant) -> Vec<Event> {
    let mut events = Vec::new();
    for vehicle in view.world.vehicles() {
        if is_silent(view, vehicle, began) {
            lose(view, vehicle, &mut events);
        } else if vehicle.operational == Operational::Charging
            && view.reading(vehicle).charge >= view.options.charge_until
        {
            let reading = view.reading(vehicle);
            events.push(Event::ChargeEnded { vehicle: vehicle.spec.id.clone(), reading });
        }
    }
    events
}

/// Faulted vehicles may be silent: that is what a breakdown does.
fn is_silent(view: &View, vehicle: &Vehicle, began: Instant) -> bool {
    let expected = vehicle.service != Service::NonContactable && vehicle.job != Job::Out;
    let heard = view.live.heard_at(&vehicle.spec.id).unwrap_or(Instant::ZERO).max(began);
    expected && view.at.since(heard) > view.options.silence_max
}

/// What it was about goes back into the queue, unless riders are aboard: they are where it is.
fn lose(view: &View, vehicle: &Vehicle, events: &mut Vec<Event>) {
    let id = vehicle.spec.id.clone();
    match vehicle.job {
        Job::Offered(_) | Job::ToPickup(_) | Job::AtPickup(_) => {
            events.extend(all_failed(view, vehicle, FailureCause::Vanished));
        }
        Job::Sharing(ref route) => {
            let waiting = route.orders().filter(|order| !route.is_aboard(order));
            let failed = |order| dispatch_failed(view, vehicle, order, FailureCause::Vanished);
            events.extend(waiting.filter_map(failed));
        }
        Job::ToCharger(_) => {
            events.push(Event::ChargeEnded { vehicle: id.clone(), reading: view.reading(vehicle) })
        }
        Job::Free | Job::Aboard(_) | Job::AtCharger(_) | Job::Out => {}
    }
    events.push(Event::ContactLost { vehicle: id });
}
