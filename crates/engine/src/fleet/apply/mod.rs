//! What does this change? One file per event, each total: a fact cannot be refused.
//! Called at admission and again by every replay, with the same result.

mod charge_ended;
mod charge_ordered;
mod charge_started;
mod charger_put;
mod contact_lost;
mod contact_restored;
mod dispatch_failed;
mod geofence_put;
mod offer_accepted;
mod offer_made;
mod order_assigned;
mod order_cancelled;
mod order_moved;
mod order_placed;
mod order_timed_out;
mod riders_dropped_off;
mod riders_picked_up;
mod route_cut;
mod route_planned;
mod sharing;
mod stand_ordered;
mod steps;
mod vehicle_arrived;
mod vehicle_faulted;
mod vehicle_handed_over;
mod vehicle_recovered;
mod vehicle_registered;
mod vehicle_retired;
mod vehicle_started;
mod vehicle_updated;

use super::world::World;
use crate::fleet::row::Event;
use dispatch_failed::Failure;
use paceline_model::Instant;
use steps::Given;

/// Folds one event into the world.
pub(super) fn apply(world: &mut World, at: Instant, event: Event) {
    match event {
        Event::VehicleRegistered { spec, reading } => vehicle_registered::apply(world, at, spec, reading),
        Event::VehicleStarted { vehicle } => vehicle_started::apply(world, at, vehicle),
        Event::VehicleUpdated { spec } => vehicle_updated::apply(world, spec),
        Event::VehicleRetired { vehicle } => vehicle_retired::apply(world, vehicle),
        Event::VehicleFaulted { vehicle, reason: _, reading } => {
            vehicle_faulted::apply(world, at, vehicle, reading)
        }
        Event::VehicleRecovered { vehicle } => vehicle_recovered::apply(world, at, vehicle),
        Event::ContactLost { vehicle } => contact_lost::apply(world, vehicle),
        Event::ContactRestored { vehicle, reading } => contact_restored::apply(world, vehicle, reading),
        Event::OrderPlaced { spec } => order_placed::apply(world, at, spec),
        Event::OrderCancelled { order } => order_cancelled::apply(world, at, order),
        Event::OrderTimedOut { order } => order_timed_out::apply(world, at, order),
        Event::OfferMade { order, vehicle: to, until, reading, weighing } => {
            offer_made::apply(world, at, order, until, Given { to, reading, weighing });
        }
        Event::OrderAssigned { order, vehicle: to, reading, weighing } => {
            order_assigned::apply(world, at, order, Given { to, reading, weighing });
        }
        Event::OfferAccepted { order, vehicle } => offer_accepted::apply(world, at, order, vehicle),
        Event::DispatchFailed { order, vehicle, cause, stranded_at, latest_pickup } => {
            let failure = Failure { by: vehicle, cause, stranded_at, latest_pickup };
            dispatch_failed::apply(world, at, order, failure);
        }
        Event::VehicleArrived { order, vehicle } => vehicle_arrived::apply(world, at, order, vehicle),
        Event::RidersPickedUp { order, vehicle } => riders_picked_up::apply(world, at, order, vehicle),
        Event::RidersDroppedOff { order, vehicle, reading } => {
            riders_dropped_off::apply(world, at, order, vehicle, reading);
        }
        Event::ChargeOrdered { vehicle, reading, decision } => {
            charge_ordered::apply(world, at, vehicle, reading, &decision);
        }
        Event::ChargeStarted { vehicle, charger } => charge_started::apply(world, at, vehicle, charger),
        Event::ChargeEnded { vehicle, reading } => charge_ended::apply(world, at, vehicle, reading),
        Event::StandOrdered { vehicle, reading, decision: _ } => {
            stand_ordered::apply(world, vehicle, reading)
        }
        Event::RouteCut { vehicle, reading, orders: _, cut: _ } => route_cut::apply(world, vehicle, reading),
        Event::ChargerPut { spec } => charger_put::apply(world, spec),
        Event::GeofencePut { geofence } => geofence_put::apply(world, geofence),
        // The ledger keeps replies.
        Event::Remembered { .. } => {}
        Event::OrderMoved { order, from, vehicle: to, reading, reason: _, weighing } => {
            order_moved::apply(world, at, order, from, Given { to, reading, weighing });
        }
        // How a fleet is run is no part of its world; the journal says when it changed, for whoever asks why.
        Event::OptionsChanged { options: _ } => {}
        Event::RoutePlanned { vehicle, reading, stops, gained } => {
            route_planned::apply(world, at, vehicle, reading, stops, gained);
        }
        Event::VehicleHandedOver { vehicle, to, number, reading } => {
            vehicle_handed_over::apply(world, at, vehicle, reading, (number, to));
        }
        Event::HandOverReceived { from, number } => world.hand_overs.receive(from, number),
        Event::HandOverAcknowledged { to: _, number } => world.hand_overs.acknowledge(number),
    }
}
