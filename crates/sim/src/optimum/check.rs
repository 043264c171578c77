//! A plan held against the rules of the day, apart from the solver: each drive is asked of the streets once more.

use super::lay_out::Places;
use crate::day::Day;
use crate::error::SimError;
use crate::scenario::Scenario;
use paceline_road::{Roads, Search, TravelTimes as _};

/// `trips_of` are, per vehicle of the day, the trips that it serves in their order.
///
/// Errors: a trip that is served twice, too late, by a vehicle without seats for all, or that no street leads to. A bug of the
/// solver, never an answer.
pub(super) fn plan(
    scenario: &Scenario,
    roads: &Roads,
    day: &Day,
    trips_of: &[Vec<usize>],
) -> Result<(), SimError> {
    let places = Places::new(scenario, roads, day);
    let mut search = Search::new(roads);
    let mut served = vec![false; day.trips.len()];
    for (vehicle, trips) in trips_of.iter().enumerate() {
        let broken = |trip: usize, why: &str| SimError::Planned { vehicle, trip, why: why.into() };
        let seats = day.vehicles[vehicle].spec.seats;
        let (mut at, mut now) = (places.vehicles[vehicle], day.start);
        for &trip in trips {
            let asked = &day.trips[trip];
            if std::mem::replace(&mut served[trip], true) {
                return Err(broken(trip, "is served twice"));
            }
            if asked.party > seats {
                return Err(broken(trip, "has more riders than seats"));
            }
            let ends = at.zip(places.pickups[trip]).zip(places.dropoffs[trip]);
            let Some(((from, pickup), dropoff)) = ends else {
                return Err(broken(trip, "is off the streets"));
            };
            let (to_pickup, ride) =
                (roads.leg(&mut search, from, pickup), roads.leg(&mut search, pickup, dropoff));
            if !to_pickup.is_reachable() || !ride.is_reachable() {
                return Err(broken(trip, "cannot be reached"));
            }
            let begin = (now + to_pickup.time).max(asked.at);
            if begin > asked.at + scenario.riders.wait_max {
                return Err(broken(trip, "is picked up too late"));
            }
            now = begin + scenario.drivers.pickup_dwell + ride.time + scenario.drivers.dropoff_dwell;
            at = Some(dropoff);
        }
    }
    Ok(())
}
