//! The fleet's world: vehicles, orders, chargers. [`crate::ledger`] keeps its history.
//!
//! A command is judged in `admit/`, becomes events, and each event is folded in by `apply/`; `round/` makes what is to be solved and
//! judges what comes of it. `in_ledger` puts them in the order that the ledger asks for.

mod admit;
mod apply;
mod closures;
mod explain;
mod in_ledger;
mod live;
mod options;
mod places;
mod round;
mod saved;
mod soon;
mod stands;
mod summary;
mod trip_leg;
mod view;
mod world;

pub use explain::Explanation;
pub use options::FleetOptions;
pub use summary::RoundSummary;
pub use trip_leg::TripLeg;
pub use world::{ChargerSite, Order, World};

use closures::Closures;
use live::Live;
use paceline_model::{Event, Instant, OrderId, Reading, RouteCut, VehicleId, Weighing};
use paceline_plan::forecast::{Errors, ValueFunction};
use paceline_road::Roads;
use places::Places;
use soon::Soon;
use stands::Stands;
use std::collections::BTreeMap;
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
}

/// The fleet of one region.
pub struct Fleet {
    roads: Arc<Roads>,
    options: FleetOptions,
    world: World,
    live: Live,
    places: Places,
    stands: Stands,
    soon: Soon,
    /// What vehicles are worth where and when, if that is known.
    values: Option<Arc<ValueFunction>>,
    /// What the last round found for orders that it left open.
    findings: BTreeMap<OrderId, Weighing>,
    /// What closed roads have done to the drives of orders that are under way.
    cuts: BTreeMap<OrderId, RouteCut>,
    /// Closed roads whose drives have not all been looked at.
    closures: Option<Closures>,
    /// When the input at hand came in.
    now: Instant,
    /// When this engine first heard anything.
    began: Option<Instant>,
    swept: Instant,
    /// Whether a vehicle has become free since orders could last be moved.
    freed: bool,
}

impl Fleet {
    /// An empty world.
    pub fn new(roads: Arc<Roads>, options: FleetOptions) -> Self {
        Self {
            places: Places::new(&roads),
            stands: Stands::new(options.rebalance),
            values: None,
            soon: Soon::default(),
            roads,
            options,
            world: World::default(),
            live: Live::default(),
            findings: BTreeMap::new(),
            cuts: BTreeMap::new(),
            closures: None,
            now: Instant::ZERO,
            began: None,
            swept: Instant::ZERO,
            freed: false,
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
        self.world.vehicle(vehicle).map(|known| self.view().reading(known))
    }

    /// How good the forecast of riders has been.
    pub fn forecast_errors(&self) -> Errors {
        self.stands.errors()
    }

    /// Why an order stands where it does.
    pub fn explain(&self, order: &OrderId) -> Option<Explanation> {
        let (finding, cut) = (self.findings.get(order), self.cuts.get(order));
        self.world.order(order).map(|known| explain::explain(known, finding, cut))
    }

    fn view(&self) -> View<'_> {
        View {
            at: self.now,
            world: &self.world,
            live: &self.live,
            options: &self.options,
            roads: &self.roads,
        }
    }

    /// Drops what was derived from something that is about to change, and keeps what will be needed after it.
    fn forget_derived(&mut self, at: Instant, event: &Event) {
        self.soon.see(event);
        match event {
            Event::OrderCancelled { order } | Event::OrderTimedOut { order } => {
                self.places.forget_order(order);
                self.findings.remove(order);
                self.cuts.remove(order);
            }
            Event::RouteCut { orders, cut, .. } => {
                self.cuts.extend(orders.iter().map(|order| (order.clone(), cut.clone())));
            }
            Event::OfferMade { order, .. } | Event::OrderAssigned { order, .. } => {
                _ = self.findings.remove(order)
            }
            Event::RoutePlanned { gained, .. } => {
                gained.iter().for_each(|(order, _)| _ = self.findings.remove(order));
            }
            Event::RidersPickedUp { order, vehicle } => {
                let to = self.world.order(order).map(|order| order.spec.dropoff);
                if let (Some(ride), Some(to)) = (self.places.known_ride(order), to) {
                    self.soon.set_out(at, vehicle, ride, to);
                }
                // A shared route still has to find its drop-off.
                let shares = self.world.vehicle(vehicle).is_some_and(|known| known.job.route().is_some());
                if !shares {
                    self.places.forget_order(order);
                }
            }
            Event::RidersDroppedOff { order, .. } => {
                self.places.forget_order(order);
                self.cuts.remove(order);
            }
            Event::DispatchFailed { order, stranded_at: Some(_), .. } => self.places.forget_order(order),
            Event::VehicleRetired { vehicle } => {
                self.live.forget(vehicle);
                self.places.forget_vehicle(vehicle);
            }
            Event::ChargerPut { spec } => self.places.put_charger(&self.roads, spec, self.options.snap_m_max),
            _ => {}
        }
    }
}
