//! Where things are on the road, found once and kept: derived from the world and the telemetry, and never part of
//! either. A restart finds everything again.

use paceline_model::{ChargerId, ChargerSpec, Millis, OrderId, OrderSpec, Position, VehicleId};
use paceline_road::{Direction, Leg, Path, RoadPoint, Roads, Search, Targets, TravelTimes};
use std::collections::BTreeMap;

/// Furthest drive from a drop-off to a charger that is looked for.
const ONWARD_MAX: Millis = Millis::from_secs(3_600);

/// Places on the road by name.
pub(super) struct Places {
    search: Search,
    vehicles: BTreeMap<VehicleId, (Position, Option<RoadPoint>)>,
    orders: BTreeMap<OrderId, Option<Ride>>,
    chargers: BTreeMap<ChargerId, Option<RoadPoint>>,
    /// All charger sites, for the way onward. Made anew after one changes.
    sites: Option<Targets>,
}

/// An order on the road.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ride {
    pub(super) pickup: RoadPoint,
    pub(super) dropoff: RoadPoint,
    pub(super) ride: Leg,
    /// From the drop-off to the nearest charger; nothing in a region that has none: then range is no concern of ours.
    pub(super) onward: Leg,
}

impl Places {
    pub(super) fn new(roads: &Roads) -> Self {
        Self {
            search: Search::new(roads),
            vehicles: BTreeMap::new(),
            orders: BTreeMap::new(),
            chargers: BTreeMap::new(),
            sites: None,
        }
    }
    /// Where a vehicle is; looked up again only when it has moved. `None`: no road within `m_max`.
    pub(super) fn of_vehicle(
        &mut self,
        roads: &Roads,
        id: &VehicleId,
        at: Position,
        m_max: u32,
    ) -> Option<RoadPoint> {
        match self.vehicles.get(id) {
            Some((known, place)) if *known == at => *place,
            _ => {
                let place = snap(roads, at, m_max);
                self.vehicles.insert(id.clone(), (at, place));
                place
            }
        }
    }
    pub(super) fn of_charger(&mut self, roads: &Roads, spec: &ChargerSpec, m_max: u32) -> Option<RoadPoint> {
        *self.chargers.entry(spec.id.clone()).or_insert_with(|| snap(roads, spec.position, m_max))
    }
    /// Whether an order's ride is known already.
    pub(super) fn knows_order(&self, id: &OrderId) -> bool {
        self.orders.contains_key(id)
    }
    /// An order's ride, if it has been looked up.
    pub(super) fn known_ride(&self, id: &OrderId) -> Option<Ride> {
        *self.orders.get(id)?
    }
    /// An order's ride. `None`: no road near one of its ends, or none between them.
    pub(super) fn of_order(&mut self, roads: &Roads, spec: &OrderSpec, m_max: u32) -> Option<Ride> {
        if let Some(known) = self.orders.get(&spec.id) {
            return *known;
        }
        let ride = self.ride(roads, spec, m_max);
        self.orders.insert(spec.id.clone(), ride);
        ride
    }
    fn ride(&mut self, roads: &Roads, spec: &OrderSpec, m_max: u32) -> Option<Ride> {
        let (pickup, dropoff) = (snap(roads, spec.pickup, m_max)?, snap(roads, spec.dropoff, m_max)?);
        let ride = roads.leg(&mut self.search, pickup, dropoff);
        let known = self.chargers.values().flatten();
        let sites =
            self.sites.get_or_insert_with(|| Targets::new(roads, &known.copied().collect::<Vec<_>>()));
        let onward = if self.chargers.is_empty() {
            Leg::default()
        } else {
            let nearest =
                roads.nearest(&mut self.search, dropoff, sites, Direction::FromSource, 1, ONWARD_MAX);
            nearest.first().map_or(Leg::UNREACHABLE, |found| found.leg)
        };
        ride.is_reachable().then_some(Ride { pickup, dropoff, ride, onward })
    }
    /// The fastest way between two places.
    pub(super) fn path(&mut self, roads: &Roads, from: RoadPoint, to: RoadPoint) -> Option<Path> {
        roads.path(&mut self.search, from, to)
    }
    /// What the fastest way between two places takes.
    pub(super) fn leg(&mut self, roads: &Roads, from: RoadPoint, to: RoadPoint) -> Leg {
        roads.leg(&mut self.search, from, to)
    }
    /// Travel times have changed: rides are looked up again when they are needed.
    pub(super) fn forget_rides(&mut self) {
        self.orders.clear();
    }
    /// Forgets an order that is over, or whose ends have changed.
    pub(super) fn forget_order(&mut self, id: &OrderId) {
        self.orders.remove(id);
    }
    pub(super) fn forget_vehicle(&mut self, id: &VehicleId) {
        self.vehicles.remove(id);
    }
    /// A charger site has opened or changed: the ways onward are no longer true.
    pub(super) fn put_charger(&mut self, roads: &Roads, spec: &ChargerSpec, m_max: u32) {
        self.chargers.insert(spec.id.clone(), snap(roads, spec.position, m_max));
        self.sites = None;
        self.orders.clear();
    }
}

fn snap(roads: &Roads, at: Position, m_max: u32) -> Option<RoadPoint> {
    roads.snap(at, f64::from(m_max)).map(|snapped| snapped.point)
}
