//! Commands: each is answered once it is durable, and has one effect however often it was sent.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::operation::{self as op, Operation};
use paceline_api::{
    Accepted, DroppedOff, FaultReason, Faulted, HandOverTo, NewCharger, NewGeofence, NewHandOver, NewOrder,
    NewVehicle, Nothing, OrderRef, PlugIn, SpeedReports, SpeedsApplied, Unplugged,
};
use serde::Serialize;

type Done = Result<Accepted, ClientError>;

impl Client {
    async fn tell(&self, operation: &Operation, id: &str, body: &impl Serialize) -> Done {
        self.call(&Prepared::new(operation, id, body)?).await
    }
    async fn tell_of(&self, operation: &Operation, vehicle: &str, order: &str) -> Done {
        self.tell(operation, vehicle, &OrderRef { order: order.to_owned() }).await
    }
    async fn tell_bare(&self, operation: &Operation, id: &str) -> Done {
        self.call(&Prepared::bare(operation, id)?).await
    }

    /// Asks for a ride.
    pub async fn place_order(&self, order: &NewOrder) -> Done {
        self.tell(&op::PLACE_ORDER, "", order).await
    }
    /// Cancels an order.
    pub async fn cancel_order(&self, order: &str) -> Done {
        self.tell_bare(&op::CANCEL_ORDER, order).await
    }
    /// Registers a vehicle, or changes what a known one is.
    pub async fn put_vehicle(&self, id: &str, vehicle: &NewVehicle) -> Done {
        self.tell(&op::PUT_VEHICLE, id, vehicle).await
    }
    /// Takes a vehicle out of the fleet.
    pub async fn retire_vehicle(&self, id: &str) -> Done {
        self.tell_bare(&op::RETIRE_VEHICLE, id).await
    }
    /// Gives a vehicle to another region.
    pub async fn hand_over(&self, vehicle: &str, to: &str) -> Done {
        self.tell(&op::HAND_OVER, vehicle, &HandOverTo { to: to.to_owned() }).await
    }
    /// Takes a vehicle that another region gives.
    pub async fn receive_hand_over(&self, given: &NewHandOver) -> Done {
        self.tell(&op::RECEIVE_HAND_OVER, "", given).await
    }
    /// The driver takes the offer.
    pub async fn accept(&self, vehicle: &str, order: &str) -> Done {
        self.tell_of(&op::ACCEPT, vehicle, order).await
    }
    /// The driver does not take the offer, or gives the order back.
    pub async fn decline(&self, vehicle: &str, order: &str) -> Done {
        self.tell_of(&op::DECLINE, vehicle, order).await
    }
    /// The vehicle is at the pick-up.
    pub async fn arrived(&self, vehicle: &str, order: &str) -> Done {
        self.tell_of(&op::ARRIVED, vehicle, order).await
    }
    /// The riders are in.
    pub async fn picked_up(&self, vehicle: &str, order: &str) -> Done {
        self.tell_of(&op::PICKED_UP, vehicle, order).await
    }
    /// The riders are out.
    pub async fn dropped_off(&self, vehicle: &str, there: &DroppedOff) -> Done {
        self.tell(&op::DROPPED_OFF, vehicle, there).await
    }
    /// Something broke.
    pub async fn fault(&self, vehicle: &str, reason: FaultReason) -> Done {
        self.tell(&op::FAULT, vehicle, &Faulted { reason }).await
    }
    /// It works again.
    pub async fn recover(&self, vehicle: &str) -> Done {
        self.tell(&op::RECOVER, vehicle, &Nothing {}).await
    }
    /// It is connected to a plug.
    pub async fn plug_in(&self, vehicle: &str, charger: &str) -> Done {
        self.tell(&op::PLUG_IN, vehicle, &PlugIn { charger: charger.to_owned() }).await
    }
    /// It left the plug, or gave up its way to it.
    pub async fn unplug(&self, vehicle: &str, here: &Unplugged) -> Done {
        self.tell(&op::UNPLUG, vehicle, here).await
    }
    /// Opens a charger site, or changes a known one.
    pub async fn put_charger(&self, id: &str, charger: &NewCharger) -> Done {
        self.tell(&op::PUT_CHARGER, id, charger).await
    }
    /// Defines an area, or changes a known one.
    pub async fn put_geofence(&self, id: &str, area: &NewGeofence) -> Done {
        self.tell(&op::PUT_GEOFENCE, id, area).await
    }
    /// Reports speeds and closures: all of them hold when the answer comes, or none.
    pub async fn report_speeds(&self, reports: &SpeedReports) -> Result<SpeedsApplied, ClientError> {
        self.call(&Prepared::new(&op::REPORT_SPEEDS, "", reports)?).await
    }
}
