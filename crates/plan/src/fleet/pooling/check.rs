//! Does a solution keep the rules? Written from the rules and not from the solver: it drives each route once, stop by
//! stop, and keeps no slack. Runs in tests and, over changed routes with searched drives, after every simulated round.

use super::insert::is_whole;
use super::legs::Legs;
use super::problem::{Problem, Solution};
use paceline_model::{Centimetres, StopKind};
use paceline_road::Leg;

/// A rule that a route breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("vehicle {vehicle}: {fault}")]
pub struct Note {
    /// The vehicle's row.
    pub vehicle: u32,
    /// The rule.
    pub fault: Fault,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Somebody gets out who is not in, gets in twice, or never gets out.
    #[error("somebody is not picked up before they are dropped off, each once")]
    Broken,
    /// Two vehicles have the rider.
    #[error("rider {0} is in two routes")]
    Twice(u32),
    /// A promised rider is in no route any more.
    #[error("rider {0} was promised and is left out")]
    Dropped(u32),
    /// Too many riders at once.
    #[error("more riders than seats")]
    Seats,
    /// A pick-up or drop-off after its window.
    #[error("rider {0} is late")]
    Late(u32),
    /// The battery does not last to a charger with reserve.
    #[error("the battery does not last")]
    Range,
    /// The vehicle may not have this rider.
    #[error("rider {0} may not be in it")]
    Barred(u32),
    /// A stop at which it stands is no longer the first.
    #[error("it drives away from riders who are getting in")]
    Fixed,
}

/// Checks the routes of `vehicles`, and that all riders are where they were or better. Empty if all rules are kept.
pub fn check(problem: &Problem, legs: &impl Legs, solution: &Solution, vehicles: &[u32]) -> Vec<Note> {
    let mut notes = Vec::new();
    check_riders(problem, solution, &mut notes);
    for &vehicle in vehicles {
        let faults = check_route(problem, legs, vehicle, &solution.routes[vehicle as usize]);
        notes.extend(faults.into_iter().map(|fault| Note { vehicle, fault }));
    }
    notes
}

fn check_riders(problem: &Problem, solution: &Solution, notes: &mut Vec<Note>) {
    let mut holder: Vec<Option<u32>> = vec![None; problem.riders.len()];
    for (vehicle, route) in (0..).zip(&solution.routes) {
        for stop in route {
            let known = &mut holder[stop.rider as usize];
            if known.is_some_and(|other| other != vehicle) {
                notes.push(Note { vehicle, fault: Fault::Twice(stop.rider) });
            }
            *known = Some(vehicle);
        }
    }
    for (rider, was) in (0..).zip(problem.holders()) {
        if let Some(vehicle) = was.filter(|_| holder[rider as usize].is_none()) {
            notes.push(Note { vehicle, fault: Fault::Dropped(rider) });
        }
    }
}

fn check_route(problem: &Problem, legs: &impl Legs, row: u32, route: &[super::Stop]) -> Vec<Fault> {
    let vehicle = &problem.vehicles[row as usize];
    let mut faults = Vec::new();
    if !is_whole(problem, row, route) {
        faults.push(Fault::Broken);
    }
    if route.get(..vehicle.fixed) != vehicle.route.get(..vehicle.fixed) {
        faults.push(Fault::Fixed);
    }
    let party = |rider: u32| u32::from(problem.riders[rider as usize].party);
    let mut riding: u32 = vehicle.aboard.iter().map(|&rider| party(rider)).sum();
    let (mut place, mut now, mut drive) = (vehicle.place, vehicle.ready, Leg::default());
    let mut onward = Leg::default();
    for stop in route {
        let rider = &problem.riders[stop.rider as usize];
        let (at, by, earliest, dwell) = match stop.kind {
            StopKind::PickUp => (rider.pickup, rider.pickup_by, rider.earliest, problem.rules.pickup_dwell),
            StopKind::DropOff => (rider.dropoff, rider.dropoff_by, i64::MIN, problem.rules.dropoff_dwell),
        };
        let leg = legs.leg(place, at);
        let arrival = now + i64::from(leg.time.0);
        if !leg.is_reachable() || arrival > by {
            faults.push(Fault::Late(stop.rider));
        }
        if problem.riders[stop.rider as usize].barred.contains(&row) {
            faults.push(Fault::Barred(stop.rider));
        }
        riding = match stop.kind {
            StopKind::PickUp => riding + party(stop.rider),
            StopKind::DropOff => riding.saturating_sub(party(stop.rider)),
        };
        if riding > u32::from(vehicle.seats) {
            faults.push(Fault::Seats);
        }
        drive = drive.then(leg);
        onward = rider.onward;
        now = (arrival.max(earliest) + i64::from(dwell.0)).max(0);
        place = at;
    }
    // Two ways of equal time may differ in effort, and the battery was checked for the other one.
    let forgiving = Leg { effort: Centimetres(drive.effort.0 - drive.effort.0 / 10), ..drive };
    let needed = vehicle.uses.driving(forgiving.then(onward));
    if !route.is_empty() && needed > vehicle.energy {
        faults.push(Fault::Range);
    }
    faults
}
