//! What a round looks at: the free vehicles, the open orders, the free plugs, all in dense lists.
//! Made by the engine, read by every solver, kept by nobody.

use crate::Policies;
use crate::fleet::reposition::Standing;
use crate::rows::{Demand, Plug, Pool, Supply};
use paceline_model::{Geofence, Instant, MilliwattHours, Version};
use paceline_road::EnergyModel;
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
