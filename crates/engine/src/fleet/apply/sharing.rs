//! What a change of its route makes of a vehicle that shares rides: its job, and its service state along the standard's
//! own arrows. No event of its own; those that touch one order of several come here.

use super::steps::serve;
use crate::fleet::row::{Job, Route, Vehicle};
use crate::fleet::world::World;
use paceline_model::lifecycle::{Service, ServiceTrigger as T};
use paceline_model::{Instant, OrderIdx, VehicleIdx};

/// Changes the route of a vehicle that shares rides; free if nothing is left of it. `false`: it does not share.
pub(super) fn change(
    world: &mut World,
    at: Instant,
    id: VehicleIdx,
    ended: T,
    change: impl FnOnce(&mut Route),
) -> bool {
    let Some(route) = world.vehicles.get(id).and_then(|vehicle| vehicle.job.route()) else { return false };
    let mut route = route.clone();
    change(&mut route);
    world.change_vehicle(id, |vehicle| follow(vehicle, at, route, ended));
    true
}

/// Takes an order out of the route of a vehicle that shares rides. `false`: it does not share.
pub(super) fn leave(world: &mut World, at: Instant, id: VehicleIdx, order: OrderIdx, ended: T) -> bool {
    change(world, at, id, ended, |route| route.remove(&order))
}

/// Gives a vehicle a route, or frees it if the route is empty. `ended` says how its present order ends, if one does.
pub(super) fn follow(vehicle: &mut Vehicle, at: Instant, route: Route, ended: T) {
    let job = if route.is_empty() { Job::Free } else { Job::Sharing(route) };
    steer(vehicle, job.service(), ended);
    // A vehicle that goes on to where it was going, or stands where it stood, has done so since before.
    if !goes_on(&vehicle.job, &job) {
        vehicle.since = at;
    }
    vehicle.job = job;
}

fn goes_on(before: &Job, after: &Job) -> bool {
    let next = |job: &Job| {
        let route = job.route()?;
        let first = route.stops().first()?;
        Some((route.arrived(), first.kind, first.order))
    };
    next(before).is_some() && next(before) == next(after)
}

/// Moves the service state to `wanted` by arrows that the standard has.
fn steer(vehicle: &mut Vehicle, wanted: Service, ended: T) {
    use Service as S;
    let way: &[T] = match (vehicle.service, wanted) {
        (S::Available, S::Reserved) => &[T::ReservationStart],
        (S::Available, S::Stopped) => &[T::ReservationStart, T::ReservationStop],
        (S::Reserved, S::Stopped) => &[T::ReservationStop],
        (S::Reserved | S::Stopped, S::Available) => &[ended],
        (S::Stopped, S::OnTrip) => &[T::TripStart],
        (S::Stopped, S::Reserved) => &[ended, T::ReservationStart],
        (S::OnTrip, S::Stopped) => &[T::TripStop],
        (S::OnTrip, S::Available) => &[T::TripStop, ended],
        (S::OnTrip, S::Reserved) => &[T::TripStop, ended, T::ReservationStart],
        (S::Reserved, S::OnTrip) => &[T::ReservationStop, T::TripStart],
        _ => &[],
    };
    for &trigger in way {
        serve(vehicle, trigger);
    }
}
