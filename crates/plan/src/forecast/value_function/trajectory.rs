//! What vehicles did, read from the events of a day: free here, from then to then; with riders from here to there.

use paceline_model::{Event, Instant, Position, VehicleId};
use std::collections::BTreeMap;

/// A span of a vehicle's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrajectorySpan {
    /// Where and when it began.
    pub from: (Position, Instant),
    /// Where and when it ended.
    pub to: (Position, Instant),
    /// Whether an order was served in it; otherwise the vehicle was free.
    pub served: bool,
}

#[derive(Clone, Copy, Debug)]
enum Doing {
    Free(Position, Instant),
    Serving(Position, Instant),
}

/// Takes down the day. Shared rides are left out: they are not decided by these values.
#[derive(Debug, Default)]
pub struct Trajectories {
    doing: BTreeMap<VehicleId, Doing>,
    spans: Vec<TrajectorySpan>,
}

impl Trajectories {
    /// Takes in one event, in the order in which they happened.
    pub fn record(&mut self, at: Instant, event: &Event) {
        match event {
            Event::VehicleRegistered { spec, reading } => self.free(&spec.id, reading.position, at),
            Event::ChargeEnded { vehicle, reading } => self.free(vehicle, reading.position, at),
            Event::OrderAssigned { vehicle, reading, .. } | Event::OfferMade { vehicle, reading, .. } => {
                self.serve(vehicle, reading.position, at);
            }
            Event::OrderMoved { from, vehicle, reading, .. } => {
                self.give_up(from, at);
                self.serve(vehicle, reading.position, at);
            }
            Event::DispatchFailed { vehicle, .. } => self.give_up(vehicle, at),
            Event::RidersDroppedOff { vehicle, reading, .. } => {
                if let Some(Doing::Serving(from, since)) = self.doing.get(vehicle) {
                    let (from, to) = ((*from, *since), (reading.position, at));
                    self.spans.push(TrajectorySpan { from, to, served: true });
                }
                self.free(vehicle, reading.position, at);
            }
            Event::ChargeOrdered { vehicle, reading, .. } => {
                self.end_of_free(vehicle, reading.position, at);
                self.doing.remove(vehicle);
            }
            Event::VehicleFaulted { vehicle, .. }
            | Event::ContactLost { vehicle }
            | Event::VehicleRetired { vehicle }
            | Event::VehicleHandedOver { vehicle, .. }
            | Event::RoutePlanned { vehicle, .. } => _ = self.doing.remove(vehicle),
            _ => {}
        }
    }

    /// The spans so far, in the order in which they ended.
    pub fn spans(&self) -> &[TrajectorySpan] {
        &self.spans
    }

    fn free(&mut self, vehicle: &VehicleId, place: Position, at: Instant) {
        self.doing.insert(vehicle.clone(), Doing::Free(place, at));
    }
    fn serve(&mut self, vehicle: &VehicleId, place: Position, at: Instant) {
        self.end_of_free(vehicle, place, at);
        self.doing.insert(vehicle.clone(), Doing::Serving(place, at));
    }
    fn end_of_free(&mut self, vehicle: &VehicleId, place: Position, at: Instant) {
        if let Some(Doing::Free(from, since)) = self.doing.get(vehicle) {
            self.spans.push(TrajectorySpan { from: (*from, *since), to: (place, at), served: false });
        }
    }
    /// It has lost its order, and is about where it was when it got it.
    fn give_up(&mut self, vehicle: &VehicleId, at: Instant) {
        if let Some(Doing::Serving(place, _)) = self.doing.get(vehicle).copied() {
            self.free(vehicle, place, at);
        }
    }
}
