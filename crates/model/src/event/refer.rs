//! The same fact with other references: rows for names, or names for rows.

use super::Event;

/// Other references for the same things.
pub trait Refer<V, O, C> {
    /// How vehicles are referred to.
    type Vehicle;
    /// How orders are referred to.
    type Order;
    /// How chargers are referred to.
    type Charger;
    /// A vehicle's other reference, if it has one.
    fn vehicle(&self, vehicle: &V) -> Option<Self::Vehicle>;
    /// An order's other reference, if it has one.
    fn order(&self, order: &O) -> Option<Self::Order>;
    /// A charger's other reference, if it has one.
    fn charger(&self, charger: &C) -> Option<Self::Charger>;
}

/// Each kind of event with its fields, and what each of them refers to. The match that it becomes is exhaustive.
macro_rules! refer {
    ($event:ident, $to:ident, { $($kind:ident { $($field:ident: $what:ident),* })* }) => {
        match $event {
            $(Event::$kind { $($field),* } => Event::$kind { $($field: refer!(@$what $to $field)),* },)*
        }
    };
    (@same $to:ident $field:ident) => { $field.clone() };
    (@vehicle $to:ident $field:ident) => { $to.vehicle($field)? };
    (@order $to:ident $field:ident) => { $to.order($field)? };
    (@charger $to:ident $field:ident) => { $to.charger($field)? };
    (@decision $to:ident $field:ident) => { $field.map(|charger| $to.charger(charger))? };
    (@orders $to:ident $field:ident) => {
        $field.iter().map(|order| $to.order(order)).collect::<Option<_>>()?
    };
    (@stops $to:ident $field:ident) => {
        $field.iter().map(|stop| stop.map(|order| $to.order(order))).collect::<Option<_>>()?
    };
    (@reasons $to:ident $field:ident) => {
        $field.iter().map(|(order, why)| Some(($to.order(order)?, why.clone()))).collect::<Option<_>>()?
    };
}

impl<V, O, C> Event<V, O, C> {
    /// The same fact with other references; `None` if one of them leads nowhere.
    pub fn refer<R: Refer<V, O, C>>(&self, others: &R) -> Option<Event<R::Vehicle, R::Order, R::Charger>> {
        Some(refer!(self, others, {
            VehicleRegistered { spec: same, reading: same }
            VehicleStarted { vehicle: vehicle }
            VehicleUpdated { spec: same }
            VehicleRetired { vehicle: vehicle }
            VehicleFaulted { vehicle: vehicle, reason: same, reading: same }
            VehicleRecovered { vehicle: vehicle }
            ContactLost { vehicle: vehicle }
            ContactRestored { vehicle: vehicle, reading: same }
            OrderPlaced { spec: same }
            OrderCancelled { order: order }
            OrderTimedOut { order: order }
            OfferMade { order: order, vehicle: vehicle, until: same, reading: same, weighing: same }
            OrderAssigned { order: order, vehicle: vehicle, reading: same, weighing: same }
            OfferAccepted { order: order, vehicle: vehicle }
            DispatchFailed { order: order, vehicle: vehicle, cause: same, stranded_at: same, latest_pickup: same }
            VehicleArrived { order: order, vehicle: vehicle }
            RidersPickedUp { order: order, vehicle: vehicle }
            RidersDroppedOff { order: order, vehicle: vehicle, reading: same }
            ChargeOrdered { vehicle: vehicle, reading: same, decision: decision }
            ChargeStarted { vehicle: vehicle, charger: charger }
            ChargeEnded { vehicle: vehicle, reading: same }
            ChargerPut { spec: same }
            GeofencePut { geofence: same }
            Remembered { key: same, fingerprint: same, answer: same }
            RoutePlanned { vehicle: vehicle, reading: same, stops: stops, gained: reasons }
            StandOrdered { vehicle: vehicle, reading: same, decision: same }
            OptionsChanged { options: same }
            OrderMoved { order: order, from: vehicle, vehicle: vehicle, reading: same, reason: same, weighing: same }
            RouteCut { vehicle: vehicle, reading: same, orders: orders, cut: same }
            VehicleHandedOver { vehicle: vehicle, to: same, number: same, reading: same }
            HandOverReceived { from: same, number: same }
            HandOverAcknowledged { to: same, number: same }
        }))
    }
}
