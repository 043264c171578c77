//! Where things are on the road, looked up once and kept in their rows: derived from the world and the telemetry, and never
//! part of either. A restart looks everything up again.

use super::row::{Order, Ride, Vehicle};
use super::world::World;
use paceline_model::{ChargerIdx, Millis, OrderIdx, OrderSpec, Position};
use paceline_road::{Direction, Leg, NearestQuery, Path, RoadPoint, Roads, Search, Targets, TravelTimes};

/// Furthest drive from a drop-off to a charger that is looked for.
const ONWARD_MAX: Millis = Millis::from_secs(3_600);

/// What looking up needs: room to search in, and the charger sites on the road.
pub(super) struct Places {
    search: Search,
    /// Rides found by other travel times, or other charger sites, than these are looked up again.
    epoch: u32,
    /// Per slot of the charger table, where the site is.
    chargers: Vec<Option<RoadPoint>>,
    /// All charger sites, for the way onward. Made again after one changes.
    sites: Option<Targets>,
}

impl Places {
    pub(super) fn new(roads: &Roads) -> Self {
        Self { search: Search::new(roads), epoch: 0, chargers: Vec::new(), sites: None }
    }
    pub(super) fn of_charger(&self, charger: ChargerIdx) -> Option<RoadPoint> {
        *self.chargers.get(charger.slot())?
    }
    /// Whether an order's ride is known already.
    pub(super) fn knows(&self, order: &Order) -> bool {
        order.derived.ride.is_some_and(|(epoch, _)| epoch == self.epoch)
    }
    /// An order's ride. `None`: no road near one of its ends, or none between them.
    pub(super) fn of_order(
        &mut self,
        world: &mut World,
        roads: &Roads,
        order: OrderIdx,
        m_max: u32,
    ) -> Option<Ride> {
        let order = world.orders.get_mut(order)?;
        match order.derived.ride {
            Some((epoch, ride)) if epoch == self.epoch => ride,
            _ => {
                let ride = self.ride(roads, &order.spec, m_max);
                order.derived.ride = Some((self.epoch, ride));
                ride
            }
        }
    }
    fn ride(&mut self, roads: &Roads, spec: &OrderSpec, m_max: u32) -> Option<Ride> {
        let (pickup, dropoff) = (snap(roads, spec.pickup, m_max)?, snap(roads, spec.dropoff, m_max)?);
        let ride = roads.leg(&mut self.search, pickup, dropoff);
        let known = self.chargers.iter().flatten();
        let sites =
            self.sites.get_or_insert_with(|| Targets::new(roads, &known.copied().collect::<Vec<_>>()));
        let onward = if self.chargers.is_empty() {
            Leg::default()
        } else {
            let query = NearestQuery { place: dropoff, count: 1, bound: ONWARD_MAX };
            let nearest = roads.nearest(&mut self.search, query, sites, Direction::FromSource);
            nearest.first().map_or(Leg::UNREACHABLE, |found| found.leg)
        };
        ride.is_reachable().then_some(Ride { pickup, dropoff, ride, onward })
    }
    /// Whether a drive leads from an order's pick-up to its drop-off.
    pub(super) fn are_joined(&mut self, roads: &Roads, spec: &OrderSpec, m_max: u32) -> bool {
        let ends = snap(roads, spec.pickup, m_max).zip(snap(roads, spec.dropoff, m_max));
        ends.is_some_and(|(pickup, dropoff)| self.leg(roads, pickup, dropoff).is_reachable())
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
        self.epoch += 1;
    }
    /// A charger site has opened or changed: the ways onward are no longer true.
    pub(super) fn put_charger(&mut self, roads: &Roads, charger: ChargerIdx, at: Position, m_max: u32) {
        if self.chargers.len() <= charger.slot() {
            self.chargers.resize(charger.slot() + 1, None);
        }
        self.chargers[charger.slot()] = snap(roads, at, m_max);
        self.sites = None;
        self.forget_rides();
    }
}

/// Where a vehicle is by its newest reading; looked up again only when it has moved. `None`: no road within `m_max`.
pub(super) fn place_of(vehicle: &mut Vehicle, roads: &Roads, m_max: u32) -> Option<RoadPoint> {
    let at = vehicle.newest().position;
    match vehicle.sensed.place {
        Some((known, place)) if known == at => place,
        _ => {
            let place = snap(roads, at, m_max);
            vehicle.sensed.place = Some((at, place));
            place
        }
    }
}

fn snap(roads: &Roads, at: Position, m_max: u32) -> Option<RoadPoint> {
    roads.snap(at, f64::from(m_max)).map(|snapped| snapped.point)
}
