//! The rows of a round: vehicles, orders and plugs, each with its index, as prices and solvers read them. `snapshot` holds
//! them in lists; what a policy makes of them is not known here.

use paceline_model::{
    ChargerIdx, Instant, Millis, MilliwattHours, OrderId, OrderIdx, OrderSpec, Reading, Route, VehicleId,
    VehicleIdx, VehicleSpec,
};
use paceline_road::{Leg, RoadPoint};
use std::sync::Arc;

/// What shared rides are planned from: vehicles with and without routes, and every order that one of them has or might.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// Vehicles whose route may change, by row.
    pub vehicles: Vec<Sharer>,
    /// Orders, by row: open, promised, and aboard.
    pub parties: Vec<Party>,
}

/// A vehicle that may carry several orders.
#[derive(Clone, Debug)]
pub struct Sharer {
    /// What and where it is.
    pub supply: Supply,
    /// Its stops ahead; empty if it is free.
    pub route: Route<OrderIdx>,
    /// Since when it does what it does.
    pub since: Instant,
}

/// An order in the pool.
#[derive(Clone, Debug)]
pub struct Party {
    /// What is asked, and where.
    pub demand: Demand,
    /// Where the drop-off is on the road.
    pub dropoff: RoadPoint,
    /// The latest pick-up, later than asked for only after a rescue.
    pub latest_pickup: Instant,
    /// The vehicle that has it.
    pub vehicle: Option<VehicleIdx>,
}

/// A vehicle on offer.
#[derive(Clone, Debug)]
pub struct Supply {
    /// Its row.
    pub idx: VehicleIdx,
    /// What it is.
    pub spec: Arc<VehicleSpec>,
    /// What it last said.
    pub reading: Reading,
    /// Where that is on the road.
    pub place: RoadPoint,
    /// Energy left.
    pub energy: MilliwattHours,
    /// How long until it is free: nothing for a vehicle that may be given an order now. Others are only waited for.
    pub free_in: Millis,
    /// What it is worth free where it is, in thousandths of an order; 0 where nobody looks ahead.
    pub value_milli: i32,
}

impl Supply {
    /// Its lasting name.
    pub fn id(&self) -> &VehicleId {
        &self.spec.id
    }
}

/// An order that nobody has, or that another vehicle may be given.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Its row.
    pub idx: OrderIdx,
    /// What is asked.
    pub spec: Arc<OrderSpec>,
    /// Where the pick-up is on the road.
    pub pickup: RoadPoint,
    /// From pick-up to drop-off.
    pub ride: Leg,
    /// From drop-off to the nearest charger; [`Leg::UNREACHABLE`] if the region has none within reach.
    pub onward: Leg,
    /// Where it came into the queue; orders wait from here.
    pub since: Instant,
    /// How often a vehicle that had it fell out. Raises its price of staying unserved.
    pub failures: u8,
    /// Vehicles that shall not be asked again.
    pub declined: Vec<VehicleIdx>,
    /// What a vehicle will be worth where the ride ends, in thousandths of an order; 0 where nobody looks ahead.
    pub value_milli: i32,
    /// Who is on the way to it.
    pub held: Option<Held>,
}

/// The vehicle that is on its way to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which vehicle.
    pub by: VehicleIdx,
    /// When it would be there, as was said when it was given the order.
    pub promised: Instant,
}

impl Demand {
    /// Its lasting name.
    pub fn id(&self) -> &OrderId {
        &self.spec.id
    }
}

/// A charger site with free plugs.
#[derive(Clone, Debug)]
pub struct Plug {
    /// Its row.
    pub idx: ChargerIdx,
    /// Where it is on the road.
    pub place: RoadPoint,
    /// Plugs that are free and kept for nobody.
    pub free: u16,
}
