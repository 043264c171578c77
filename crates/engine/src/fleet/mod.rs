//! The fleet's world: vehicles, orders, chargers. [`crate::ledger`] keeps its history.
//!
//! A command is judged in `admit/`, becomes events, and each event is folded in by `apply/`; `round/` makes what is to be solved and
//! judges what comes of it. `in_ledger` puts them in the order that the ledger asks for.

mod admit;
mod apply;
mod available;
mod borders;
mod cell;
mod changes;
mod closures;
mod errands;
mod explain;
mod hand_overs;
mod in_ledger;
mod options;
mod parking;
mod places;
mod position_fix;
mod relief;
mod reposition;
mod round;
mod row;
mod saved;
mod summary;
mod trip_leg;
mod view;
mod world;

pub use borders::Borders;
pub use changes::Changes;
pub use errands::{Errands, Next};
pub use explain::Explanation;
pub use hand_overs::HandOvers;
pub use options::{FleetOptions, TICK};
pub use position_fix::PositionFix;
pub use relief::{Need, Outlook, OutlookSize, Relief, ReliefRules, Spare, relieve};
pub use row::{ChargerSite, Job, Order, Vehicle};
pub use summary::RoundSummary;
pub use trip_leg::TripLeg;
pub use world::World;

use crate::silence::SilenceTimers;
use closures::Closures;
use paceline_model::{Event, Instant, OrderId, Reading, VehicleId};
use paceline_plan::Policies;
use paceline_plan::forecast::{Errors, ValueFunction};
use paceline_road::Roads;
use parking::Parking;
use places::Places;
use reposition::Repositioning;
use std::sync::Arc;
use view::View;

/// One durable event of a fleet.
pub type Change = crate::ledger::Change<Event>;

/// What may be set from outside while a fleet is dispatched.
pub enum Setting {
    /// Options, validated.
    Options(Box<FleetOptions>),
    /// Other travel times of the same streets. A round under way goes on with those that it was given: who solves takes
    /// [`Fleet::roads`] together with the snapshot. Drives that a closed road cuts are planned again in the next ticks, and published.
    Roads(Arc<Roads>),
    /// What vehicles are worth where and when, for policies that look ahead.
    Values(Arc<ValueFunction>),
    /// Where other regions begin: vehicles that have brought their riders there are handed over.
    Borders(Arc<Borders>),
}

/// The fleet of one region.
pub struct Fleet {
    roads: Arc<Roads>,
    options: FleetOptions,
    world: World,
    places: Places,
    repositioning: Repositioning,
    /// What vehicles are worth where and when, if that is known.
    values: Option<Arc<ValueFunction>>,
    /// Where other regions begin.
    borders: Arc<Borders>,
    /// Open orders that no vehicle can serve as things are.
    parking: Parking,
    /// When to look whether vehicles still speak.
    silence: SilenceTimers<VehicleId>,
    /// What the last round was decided by.
    last_policies: Option<Policies>,
    /// Whether the last round looked at the vehicles near its orders only.
    by_nearness: bool,
    /// Closed roads whose drives have not all been looked at.
    closures: Option<Closures>,
    /// When the input at hand came in.
    now: Instant,
    /// When this engine first heard anything.
    began: Option<Instant>,
}

impl Fleet {
    /// An empty world.
    pub fn new(roads: Arc<Roads>, options: FleetOptions) -> Self {
        let mut world = World::default();
        world.want_charge_at(options.top_up_below);
        Self {
            places: Places::new(&roads),
            repositioning: Repositioning::new(options.rebalance),
            values: None,
            borders: Arc::default(),
            roads,
            options,
            world,
            parking: Parking::default(),
            silence: SilenceTimers::default(),
            last_policies: None,
            by_nearness: false,
            closures: None,
            now: Instant::ZERO,
            began: None,
        }
    }

    /// The streets under the travel times that the next round is decided on.
    pub fn roads(&self) -> &Arc<Roads> {
        &self.roads
    }

    /// What is true.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// How the fleet is run.
    pub fn options(&self) -> &FleetOptions {
        &self.options
    }

    /// The newest that is known of a vehicle.
    pub fn reading(&self, vehicle: &VehicleId) -> Option<Reading> {
        self.world.vehicle(vehicle).map(Vehicle::newest)
    }

    /// How good the forecast of riders has been.
    pub fn forecast_errors(&self) -> Errors {
        self.repositioning.errors()
    }

    /// Why an order stands where it does.
    pub fn explain(&self, order: &OrderId) -> Option<Explanation> {
        self.world.order(order).map(|known| explain::explain(&self.world, known))
    }

    fn view(&self) -> View<'_> {
        View {
            at: self.now,
            world: &self.world,
            options: &self.options,
            roads: &self.roads,
            borders: &self.borders,
        }
    }
}
