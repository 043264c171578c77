//! What the stream tells, as the changes that the simulated city reacts to. The city lives in one process with the engine as
//! well, where it hears the engine's own changes; here it hears them over the wire, without the reasons, which it never reads.

use paceline_api as api;
use paceline_engine::Change;
use paceline_model::{
    Centimetres, Charge, ChargeDecision, Event, Heading, Invalid, Millis, MilliwattHours, MoveReason,
    OrderSpec, Reading, StandDecision, Stop, Version, Weighing,
};

/// The change, if the city reacts to its kind. Errors: a value that no server sends.
pub(crate) fn change(of: api::Change) -> Result<Option<Change>, Invalid> {
    let (version, at) = (Version(of.version), of.at);
    Ok(event(of.event)?.map(|event| Change { version, at, event }))
}

fn event(of: api::Event) -> Result<Option<Event>, Invalid> {
    Ok(Some(match of {
        api::Event::OrderPlaced { spec } => Event::OrderPlaced { spec: order(spec)? },
        api::Event::OrderCancelled { order } => Event::OrderCancelled { order },
        api::Event::OrderTimedOut { order } => Event::OrderTimedOut { order },
        api::Event::OfferMade { order, vehicle, until, reading, .. } => {
            let reading = self::reading(&reading)?;
            Event::OfferMade { order, vehicle, until, reading, weighing: Weighing::default() }
        }
        api::Event::OrderAssigned { order, vehicle, reading, .. } => {
            let reading = self::reading(&reading)?;
            Event::OrderAssigned { order, vehicle, reading, weighing: Weighing::default() }
        }
        api::Event::OfferAccepted { order, vehicle } => Event::OfferAccepted { order, vehicle },
        api::Event::OrderMoved { order, from, vehicle, reading, .. } => {
            let (reading, reason, weighing) =
                (self::reading(&reading)?, MoveReason::Better, Weighing::default());
            Event::OrderMoved { order, from, vehicle, reading, reason, weighing }
        }
        api::Event::RoutePlanned { vehicle, reading, stops, .. } => {
            let stops = stops.into_iter().map(stop).collect();
            Event::RoutePlanned { vehicle, reading: self::reading(&reading)?, stops, gained: Vec::new() }
        }
        api::Event::DispatchFailed { order, vehicle, cause, stranded_at, latest_pickup } => {
            let stranded_at = stranded_at.map(|at| at.position("stranded_at")).transpose()?;
            Event::DispatchFailed { order, vehicle, cause: cause.into(), stranded_at, latest_pickup }
        }
        api::Event::RidersDroppedOff { order, vehicle, reading } => {
            Event::RidersDroppedOff { order, vehicle, reading: self::reading(&reading)? }
        }
        other => return of_vehicle(other),
    }))
}

/// Those about a vehicle alone.
fn of_vehicle(of: api::Event) -> Result<Option<Event>, Invalid> {
    Ok(Some(match of {
        api::Event::ChargeOrdered { vehicle, reading, decision } => {
            let decision = ChargeDecision {
                charger: decision.charger,
                drive_time: millis(decision.drive_time_s),
                drive_distance: centimetres(decision.drive_distance_m),
                left_on_arrival: MilliwattHours::from_kwh(decision.left_on_arrival_kwh),
            };
            Event::ChargeOrdered { vehicle, reading: self::reading(&reading)?, decision }
        }
        api::Event::RepositionOrdered { vehicle, reading, decision } => {
            let decision = StandDecision {
                position: decision.position.position("decision.position")?,
                drive_time: millis(decision.drive_time_s),
                drive_distance: centimetres(decision.drive_distance_m),
                expected_milli: (decision.expected_riders * 1e3).round() as u32,
                held: decision.vehicles_there,
            };
            Event::StandOrdered { vehicle, reading: self::reading(&reading)?, decision }
        }
        api::Event::ChargeEnded { vehicle, reading } => {
            Event::ChargeEnded { vehicle, reading: self::reading(&reading)? }
        }
        api::Event::VehicleFaulted { vehicle, reason, reading } => {
            Event::VehicleFaulted { vehicle, reason: reason.into(), reading: self::reading(&reading)? }
        }
        api::Event::VehicleRetired { vehicle } => Event::VehicleRetired { vehicle },
        api::Event::VehicleRecovered { vehicle } => Event::VehicleRecovered { vehicle },
        _ => return Ok(None),
    }))
}

fn order(of: api::OrderAsked) -> Result<OrderSpec, Invalid> {
    Ok(OrderSpec {
        id: of.id,
        pickup: of.pickup.position("pickup")?,
        dropoff: of.dropoff.position("dropoff")?,
        party: of.party,
        earliest_pickup: of.earliest_pickup,
        latest_pickup: of.latest_pickup,
        desired_arrival: of.desired_arrival,
        priority: of.priority,
        attributes: of.attributes,
        geofence: of.geofence,
    })
}

fn reading(of: &api::Reading) -> Result<Reading, Invalid> {
    Ok(Reading {
        position: of.position.position("reading.position")?,
        heading: of.heading_deg.map(|degrees| Heading::from_degrees(degrees.into())).transpose()?,
        charge: Charge::from_percent(of.battery_percent)?,
        at: of.at,
    })
}

fn stop(of: api::StopView) -> Stop {
    Stop { order: of.order, kind: of.kind.into(), due: of.due }
}

fn millis(seconds: f64) -> Millis {
    Millis((seconds * 1e3).round() as u32)
}

fn centimetres(metres: f64) -> Centimetres {
    Centimetres((metres * 1e2).round() as u32)
}
