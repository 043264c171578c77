//! From the model's events to the wire's: one table. A new event does not compile until it has its row here.

use crate::change::{Event, OrderGained};
use crate::decision::Weighing;
use crate::place::Reading;
use crate::problem::Code;
use crate::vehicle::StopView;
use paceline_model::{
    Answer, ChargerId, Event as Model, HandOverNumber, IdempotencyKey, Instant, OrderId, RegionId, Stop,
    VehicleId,
};

/// A match over all events: rows whose fields go over one by one, then those that need more.
macro_rules! table {
    ($event:expr; { $($from:ident => $to:ident { $($field:ident),* },)* } $($pattern:pat => $value:expr,)*) => {
        match $event {
            $(Model::$from { $($field),* } => Self::$to { $($field: $field.wire()),* },)*
            $($pattern => $value,)*
        }
    };
}

impl From<&Model> for Event {
    fn from(event: &Model) -> Self {
        table! { event;
            {
                VehicleRegistered => VehicleRegistered { spec, reading },
                VehicleStarted => VehicleStarted { vehicle },
                VehicleUpdated => VehicleUpdated { spec },
                VehicleRetired => VehicleRetired { vehicle },
                VehicleFaulted => VehicleFaulted { vehicle, reason, reading },
                VehicleRecovered => VehicleRecovered { vehicle },
                ContactLost => ContactLost { vehicle },
                ContactRestored => ContactRestored { vehicle, reading },
                OrderPlaced => OrderPlaced { spec },
                OrderCancelled => OrderCancelled { order },
                OrderTimedOut => OrderTimedOut { order },
                OfferMade => OfferMade { order, vehicle, until, reading, weighing },
                OrderAssigned => OrderAssigned { order, vehicle, reading, weighing },
                OfferAccepted => OfferAccepted { order, vehicle },
                DispatchFailed => DispatchFailed { order, vehicle, cause, stranded_at, latest_pickup },
                VehicleArrived => VehicleArrived { order, vehicle },
                RidersPickedUp => RidersPickedUp { order, vehicle },
                RidersDroppedOff => RidersDroppedOff { order, vehicle, reading },
                ChargeOrdered => ChargeOrdered { vehicle, reading, decision },
                ChargeStarted => ChargeStarted { vehicle, charger },
                ChargeEnded => ChargeEnded { vehicle, reading },
                RoutePlanned => RoutePlanned { vehicle, reading, stops, gained },
                StandOrdered => RepositionOrdered { vehicle, reading, decision },
                OrderMoved => OrderMoved { order, from, vehicle, reading, reason, weighing },
                RouteCut => RouteCut { vehicle, reading, orders, cut },
                VehicleHandedOver => VehicleHandedOver { vehicle, to, number, reading },
                HandOverReceived => HandOverReceived { from, number },
                HandOverAcknowledged => HandOverAcknowledged { to, number },
            }
            Model::ChargerPut { spec } => Self::ChargerPut { id: spec.id.clone(), spec: spec.into() },
            Model::GeofencePut { geofence } => {
                Self::GeofencePut { id: geofence.id().clone(), area: geofence.into() }
            },
            Model::Remembered { key, answer, .. } => reply(key, answer),
            Model::OptionsChanged { options } => Self::OptionsChanged { options: object(options) },
        }
    }
}

fn reply(key: &IdempotencyKey, answer: &Answer) -> Event {
    let (version, code) = match answer {
        Ok(receipt) => (Some(receipt.version.0), None),
        Err(refusal) => (None, Some(Code::of(refusal).as_str().to_owned())),
    };
    Event::ReplyRecorded { key: key.clone(), version, code }
}

/// Options are recorded as JSON. What is none, which no version of this program writes, is shown as text.
fn object(options: &str) -> serde_json::Value {
    serde_json::from_str(options).unwrap_or_else(|_| options.into())
}

/// A field as the wire has it.
trait Wire<T> {
    fn wire(&self) -> T;
}

macro_rules! same {
    ($($of:ty),*) => {$(
        impl Wire<$of> for $of {
            fn wire(&self) -> $of {
                self.clone()
            }
        }
    )*};
}
same!(VehicleId, OrderId, ChargerId, RegionId, Instant, Vec<OrderId>);

macro_rules! converted {
    ($($from:ident => $to:path),* $(,)?) => {$(
        impl Wire<$to> for paceline_model::$from {
            fn wire(&self) -> $to {
                self.into()
            }
        }
    )*};
}
converted! {
    VehicleSpec => crate::vehicle::VehicleDescribed,
    OrderSpec => crate::order::OrderAsked,
    Weighing => Weighing,
    ChargeDecision => crate::decision::ChargeDecision,
    StandDecision => crate::decision::RepositionDecision,
    MoveReason => crate::decision::MoveReason,
    RouteCut => crate::decision::RouteCut,
}

macro_rules! copied {
    ($($from:ident => $to:path),* $(,)?) => {$(
        impl Wire<$to> for paceline_model::$from {
            fn wire(&self) -> $to {
                (*self).into()
            }
        }
    )*};
}
copied! {
    Reading => Reading,
    FaultReason => crate::vehicle::FaultReason,
    FailureCause => crate::change::FailureCause,
}

impl Wire<u64> for HandOverNumber {
    fn wire(&self) -> u64 {
        self.0
    }
}

impl Wire<Option<crate::place::Place>> for Option<paceline_model::Position> {
    fn wire(&self) -> Option<crate::place::Place> {
        self.map(Into::into)
    }
}

impl Wire<Vec<StopView>> for Vec<Stop> {
    fn wire(&self) -> Vec<StopView> {
        self.iter().map(StopView::from).collect()
    }
}

impl Wire<Vec<OrderGained>> for Vec<(OrderId, paceline_model::Weighing)> {
    fn wire(&self) -> Vec<OrderGained> {
        let gained = |(order, weighing): &(OrderId, paceline_model::Weighing)| OrderGained {
            order: order.clone(),
            weighing: weighing.into(),
        };
        self.iter().map(gained).collect()
    }
}
