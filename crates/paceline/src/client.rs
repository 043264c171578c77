//! The simulated city's side of the API: its commands as requests, and what the stream tells as the changes that it knows.

use paceline_api::operation as op;
use paceline_api::{
    DroppedOff, Faulted, HandOverTo, NewCharger, NewGeofence, NewOrder, NewVehicle, Nothing, OrderRef,
    PlugIn, PositionReport, Unplugged,
};
use paceline_client::{Client, ClientError, Prepared};
use paceline_model::{Command, OrderId, Reading, Refusal, VehicleId};

/// Puts a command to the server. Returns what it said no with; the city reads only that it was refused.
///
/// Errors: no answer, after all attempts.
pub(crate) async fn command(client: &Client, command: &Command) -> Result<Result<(), Refusal>, ClientError> {
    match client.send(&prepared(command)?).await {
        Ok(()) => Ok(Ok(())),
        Err(error) if error.status().is_some() => {
            tracing::debug!(%error, "refused");
            Ok(Err(Refusal::Unknown { kind: "answer".into(), id: error.to_string() }))
        }
        Err(error) => Err(error),
    }
}

/// Reports where vehicles are.
pub(crate) async fn report(client: &Client, batch: &[(VehicleId, Reading)]) -> Result<(), ClientError> {
    let reports: Vec<PositionReport> =
        batch.iter().map(|(vehicle, reading)| (vehicle, reading).into()).collect();
    client.report_positions(&reports).await.map(drop)
}

/// A command as a request, under a key of its own.
fn prepared(command: &Command) -> Result<Prepared, ClientError> {
    let of = |operation, vehicle: &VehicleId, order: &OrderId| {
        Prepared::new(operation, vehicle.as_str(), &OrderRef { order: order.to_string() })
    };
    match command {
        Command::PutVehicle(spec, reading) => {
            Prepared::new(&op::PUT_VEHICLE, spec.id.as_str(), &NewVehicle::from((spec, reading)))
        }
        Command::RetireVehicle(vehicle) => Prepared::bare(&op::RETIRE_VEHICLE, vehicle.as_str()),
        Command::PlaceOrder(spec) => Prepared::new(&op::PLACE_ORDER, "", &NewOrder::from(spec)),
        Command::CancelOrder(order) => Prepared::bare(&op::CANCEL_ORDER, order.as_str()),
        Command::Accept(vehicle, order) => of(&op::ACCEPT, vehicle, order),
        Command::Decline(vehicle, order) => of(&op::DECLINE, vehicle, order),
        Command::Arrived(vehicle, order) => of(&op::ARRIVED, vehicle, order),
        Command::PickedUp(vehicle, order) => of(&op::PICKED_UP, vehicle, order),
        Command::DroppedOff(vehicle, order, reading) => {
            let (position, battery_percent) = (reading.position.into(), reading.charge.as_percent());
            let there = DroppedOff { order: order.to_string(), position, battery_percent };
            Prepared::new(&op::DROPPED_OFF, vehicle.as_str(), &there)
        }
        Command::Fault(vehicle, reason) => {
            Prepared::new(&op::FAULT, vehicle.as_str(), &Faulted { reason: (*reason).into() })
        }
        Command::Recover(vehicle) => Prepared::new(&op::RECOVER, vehicle.as_str(), &Nothing {}),
        Command::PlugIn(vehicle, charger) => {
            Prepared::new(&op::PLUG_IN, vehicle.as_str(), &PlugIn { charger: charger.to_string() })
        }
        Command::Unplug(vehicle, reading) => {
            let (position, battery_percent) = (reading.position.into(), reading.charge.as_percent());
            Prepared::new(&op::UNPLUG, vehicle.as_str(), &Unplugged { position, battery_percent })
        }
        Command::PutCharger(spec) => {
            Prepared::new(&op::PUT_CHARGER, spec.id.as_str(), &NewCharger::from(spec))
        }
        Command::PutGeofence(area) => {
            Prepared::new(&op::PUT_GEOFENCE, area.id().as_str(), &NewGeofence::from(area))
        }
        Command::HandOver(vehicle, to) => {
            Prepared::new(&op::HAND_OVER, vehicle.as_str(), &HandOverTo { to: to.to_string() })
        }
        // Regions say these to each other, and not those who drive.
        Command::ReceiveHandOver(..) | Command::AcknowledgeHandOver(..) => {
            unreachable!("no fleet that is played says this")
        }
    }
}
