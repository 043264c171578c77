//! A plan is a proposal: each of its parts is checked against the world as it is by now, and refused alone.

use crate::fleet::row::{Event, Job, Order, Vehicle};
use crate::fleet::view::View;
use paceline_model::lifecycle::{OrderPhase, Service};
use paceline_model::{Driver, VehicleIdx};
use paceline_plan::{Assignment, ChargeAssignment, StandAssignment};

/// The events of one assignment, or `None` if the world has moved on.
pub(in crate::fleet) fn order(view: &View, assignment: Assignment) -> Option<Vec<Event>> {
    let order = view.world.orders.get(assignment.order)?;
    let vehicle = view.world.vehicles.get(assignment.vehicle)?;
    let charging = vehicle.job.charger().is_some();
    let holds = order.phase == OrderPhase::Open
        && (vehicle.job == Job::Free || charging)
        && could_serve(view, order, assignment.vehicle, vehicle);
    if !holds {
        return None;
    }
    let reading = vehicle.newest();
    let mut events = Vec::with_capacity(2);
    if charging {
        events.push(Event::ChargeEnded { vehicle: assignment.vehicle, reading });
    }
    events.push(given(view, vehicle, assignment));
    Some(events)
}

/// Whether a vehicle with nothing else to do could serve an order, as far as the world knows.
pub(super) fn could_serve(view: &View, order: &Order, idx: VehicleIdx, vehicle: &Vehicle) -> bool {
    order.latest_pickup > view.at
        && vehicle.service != Service::NonContactable
        && vehicle.spec.seats >= order.spec.party
        && order.spec.attributes.is_subset(&vehicle.spec.attributes)
        && !order.declined.contains(&idx)
}

/// A driver is asked; a vehicle without one is told.
fn given(view: &View, vehicle: &Vehicle, assignment: Assignment) -> Event {
    let Assignment { order, vehicle: idx, from: _, weighing } = assignment;
    let reading = vehicle.newest();
    match vehicle.spec.driver {
        Driver::Asked => {
            let until = view.at + view.options.offer_timeout;
            Event::OfferMade { order, vehicle: idx, until, reading, weighing }
        }
        Driver::Automatic => Event::OrderAssigned { order, vehicle: idx, reading, weighing },
    }
}

/// The events that send an idle vehicle, or one at a plug, to a stand, or `None` if the world has moved on.
pub(in crate::fleet) fn stand(view: &View, stand: StandAssignment) -> Option<Vec<Event>> {
    let vehicle = view.world.vehicles.get(stand.vehicle)?;
    let plugged = matches!(vehicle.job, Job::AtCharger(_));
    let holds = (vehicle.job == Job::Free || plugged) && vehicle.service != Service::NonContactable;
    if !holds {
        return None;
    }
    let reading = vehicle.newest();
    let left = plugged.then_some(Event::ChargeEnded { vehicle: stand.vehicle, reading });
    let sent = Event::StandOrdered { reading, vehicle: stand.vehicle, decision: stand.decision };
    Some(left.into_iter().chain([sent]).collect())
}

/// The event that sends a vehicle to a charger, or `None` if the world has moved on.
pub(in crate::fleet) fn charge(view: &View, charge: ChargeAssignment) -> Option<Event> {
    let vehicle = view.world.vehicles.get(charge.vehicle)?;
    let site = view.world.chargers.get(charge.decision.charger)?;
    let holds = vehicle.job == Job::Free && vehicle.service != Service::NonContactable && site.free() > 0;
    holds.then(|| Event::ChargeOrdered {
        reading: vehicle.newest(),
        vehicle: charge.vehicle,
        decision: charge.decision,
    })
}
