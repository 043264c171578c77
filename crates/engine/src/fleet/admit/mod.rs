//! May this happen? One file per command: each looks at the world and answers with events or a refusal.
//! Nothing here changes anything.

mod accept;
mod acknowledge_hand_over;
mod arrived;
mod cancel_order;
mod decline;
mod dropped_off;
mod fault;
mod hand_over;
mod picked_up;
mod place_order;
mod plug_in;
mod put_charger;
mod put_geofence;
mod put_vehicle;
mod receive_hand_over;
mod recover;
mod retire_vehicle;
mod unplug;

use super::view::{Verdict, View};
use crate::fleet::row::Event;
use paceline_model::lifecycle::Service;
use paceline_model::{Command, Reading, VehicleId};

/// Judges one command against the world as it is.
pub(super) fn admit(view: &View, command: Command) -> Verdict {
    let command = believed(view, command);
    let restored = speaker(&command).and_then(|(vehicle, reading)| heard_again(view, vehicle, reading));
    let mut events = judge(view, command)?;
    if let Some(restored) = restored {
        events.insert(0, restored);
    }
    Ok(events)
}

/// The command with the last good place of its vehicle, where it names one near no street: whatever a receiver says, a ride can end.
/// Of a vehicle that is not known yet the place stays as it is, to be refused.
fn believed(view: &View, command: Command) -> Command {
    match command {
        Command::PutVehicle(spec, reading) => {
            let reading = view.believed(&spec.id, reading);
            Command::PutVehicle(spec, reading)
        }
        Command::DroppedOff(vehicle, order, reading) => {
            let reading = view.believed(&vehicle, reading);
            Command::DroppedOff(vehicle, order, reading)
        }
        Command::Unplug(vehicle, reading) => {
            let reading = view.believed(&vehicle, reading);
            Command::Unplug(vehicle, reading)
        }
        other => other,
    }
}

fn judge(view: &View, command: Command) -> Verdict {
    match command {
        Command::PutVehicle(spec, reading) => put_vehicle::admit(view, spec, reading),
        Command::RetireVehicle(vehicle) => retire_vehicle::admit(view, vehicle),
        Command::PlaceOrder(spec) => place_order::admit(view, spec),
        Command::CancelOrder(order) => cancel_order::admit(view, order),
        Command::Accept(vehicle, order) => accept::admit(view, vehicle, order),
        Command::Decline(vehicle, order) => decline::admit(view, vehicle, order),
        Command::Arrived(vehicle, order) => arrived::admit(view, vehicle, order),
        Command::PickedUp(vehicle, order) => picked_up::admit(view, vehicle, order),
        Command::DroppedOff(vehicle, order, reading) => dropped_off::admit(view, vehicle, order, reading),
        Command::Fault(vehicle, reason) => fault::admit(view, vehicle, reason),
        Command::Recover(vehicle) => recover::admit(view, vehicle),
        Command::PlugIn(vehicle, charger) => plug_in::admit(view, vehicle, charger),
        Command::Unplug(vehicle, reading) => unplug::admit(view, vehicle, reading),
        Command::PutCharger(spec) => put_charger::admit(view, spec),
        Command::PutGeofence(geofence) => put_geofence::admit(view, geofence),
        Command::HandOver(vehicle, to) => hand_over::admit(view, vehicle, to),
        Command::ReceiveHandOver(from, number, spec, reading) => {
            receive_hand_over::admit(view, from, number, spec, reading)
        }
        Command::AcknowledgeHandOver(to, number) => acknowledge_hand_over::admit(view, to, number),
    }
}

/// The vehicle that speaks through a command, and what it says of itself. A retirement is its owner's word, not its own.
pub(super) fn speaker(command: &Command) -> Option<(&VehicleId, Option<Reading>)> {
    match command {
        Command::PutVehicle(spec, reading) => Some((&spec.id, Some(*reading))),
        Command::DroppedOff(vehicle, _, reading) | Command::Unplug(vehicle, reading) => {
            Some((vehicle, Some(*reading)))
        }
        Command::Accept(vehicle, _)
        | Command::Decline(vehicle, _)
        | Command::Arrived(vehicle, _)
        | Command::PickedUp(vehicle, _)
        | Command::Fault(vehicle, _)
        | Command::Recover(vehicle)
        | Command::PlugIn(vehicle, _) => Some((vehicle, None)),
        Command::RetireVehicle(_)
        | Command::PlaceOrder(_)
        | Command::CancelOrder(_)
        | Command::PutCharger(_)
        | Command::PutGeofence(_)
        | Command::HandOver(..)
        | Command::ReceiveHandOver(..)
        | Command::AcknowledgeHandOver(..) => None,
    }
}

/// A vehicle that counted as lost and speaks is found, before anything else happens to it.
pub(super) fn heard_again(view: &View, vehicle: &VehicleId, reading: Option<Reading>) -> Option<Event> {
    let vehicle = view.world.vehicles.find(vehicle)?;
    let known = view.world.vehicles.get(vehicle)?;
    (known.service == Service::NonContactable)
        .then(|| Event::ContactRestored { vehicle, reading: reading.unwrap_or_else(|| known.newest()) })
}
