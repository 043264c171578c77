//! What a round looks at: the free vehicles, the open orders, the free plugs, all in dense lists.
//! Made by the engine, read by every solver, kept by nobody.

use crate::Policies;
use crate::fleet::reposition::Standing;
use paceline_model::{
    ChargerIdx, Geofence, Instant, Millis, MilliwattHours, OrderId, OrderIdx, OrderSpec, Reading, Route,
    VehicleId, VehicleIdx, VehicleSpec, Version,
};
use paceline_road::{EnergyModel, Leg, RoadPoint};
use std::sync::Arc;

/// The world as one round sees it. A row's place in its list is its index in the solvers.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The world that it was taken from.
    pub version: Version,
    /// The metric that its drives were found by, as [`paceline_road::Metric::digest`] names it.
    pub metric: u64,
    /// The moment it was taken.
    pub at: Instant,
    /// What decisions of this round are made by.
    pub policies: Arc<Policies>,
    /// What they would be made by under the shadow policy: solved beside the round, never committed.
    pub shadow: Option<Arc<Policies>>,
    /// Vehicles that may be given an order now, by row; with those that are on their way to an order in
    /// `orders`, and those that will soon be free, where an order may wait for them.
    pub vehicles: Vec<Supply>,
    /// Orders that nobody has, and those that another vehicle may be given, by row.
    pub orders: Vec<Demand>,
    /// Vehicles that should charge, by row. They are not in `vehicles`.
    pub low: Vec<Supply>,
    /// Charger sites with at least one free plug, by row.
    pub plugs: Vec<Plug>,
    /// Areas that orders or the policy name, by id.
    pub geofences: Vec<Arc<Geofence>>,
    /// Where idle vehicles could stand, when it is time to look.
    pub standing: Option<Standing>,
    /// Energy that must be left when a charger is reached.
    pub reserve: MilliwattHours,
    /// What heating, cooling and computers draw while a vehicle is under way, in watts.
    pub auxiliary_w: u32,
    /// Who may share rides, when the fleet pools. Vehicles in it are not in `vehicles`; orders in `orders` are in it too.
    pub pool: Option<Pool>,
}

impl Snapshot {
    /// What a vehicle uses on its way.
    pub fn uses(&self, vehicle: &Supply) -> EnergyModel {
        EnergyModel { consumption: vehicle.spec.powertrain.consumption, auxiliary_w: self.auxiliary_w }
    }
}

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
