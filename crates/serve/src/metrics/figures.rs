//! The key figures of the page: counted from the stream of changes since the server started.

use super::newest::Newest;
use paceline_api::Job;
use paceline_engine::Change;
use paceline_model::{Event, Instant, OrderId, VehicleId};
use std::collections::BTreeMap;
use std::time::Duration;

/// The key figures since the server started.
#[derive(Default)]
pub(crate) struct Figures {
    placed: u64,
    served: u64,
    timed_out: u64,
    cancelled: u64,
    degraded: u64,
    events: u64,
    waits_ms: u64,
    waits: u64,
    placed_at: BTreeMap<OrderId, Instant>,
    empty_cm: u64,
    /// Pick-ups that `empty_cm` is of.
    pickups: u64,
    rounds_ms: Newest,
    /// Drives to pick-ups that were given out, until their riders are in.
    approaching: BTreeMap<VehicleId, u64>,
}

impl Figures {
    pub(crate) fn see(&mut self, change: &Change) {
        self.events += 1;
        match &change.event {
            Event::OrderPlaced { spec } => {
                self.placed += 1;
                self.placed_at.insert(spec.id.clone(), change.at);
            }
            Event::OfferMade { vehicle, weighing, .. }
            | Event::OrderAssigned { vehicle, weighing, .. }
            | Event::OrderMoved { vehicle, weighing, .. } => {
                let taken = weighing.candidates.iter().find(|candidate| candidate.passed_over.is_none());
                let distance = taken.map_or(0, |candidate| candidate.pickup_distance.0);
                self.approaching.insert(vehicle.clone(), distance.into());
            }
            Event::RidersPickedUp { order, vehicle } => {
                if let Some(placed) = self.placed_at.remove(order) {
                    self.waits_ms += u64::from(change.at.since(placed).0);
                    self.waits += 1;
                }
                self.empty_cm += self.approaching.remove(vehicle).unwrap_or(0);
                self.pickups += 1;
            }
            Event::RidersDroppedOff { .. } => self.served += 1,
            Event::OrderTimedOut { order } => {
                self.timed_out += 1;
                self.placed_at.remove(order);
            }
            Event::OrderCancelled { order } => {
                self.cancelled += 1;
                self.placed_at.remove(order);
            }
            _ => {}
        }
    }
    pub(crate) fn round(&mut self, degraded: bool, took: Duration) {
        self.degraded += u64::from(degraded);
        self.rounds_ms.push(took.as_secs_f64() * 1_000.0);
    }
    pub(crate) fn shown(
        &self,
        at: Instant,
        version: u64,
        open: usize,
        vehicles: BTreeMap<Job, u32>,
    ) -> paceline_api::stream::Figures {
        let [round_p50_ms, round_p99_ms] = self.rounds_ms.quantiles().unwrap_or_default();
        let mean = |sum: u64, count: u64, unit: f64| (count > 0).then(|| sum as f64 / count as f64 / unit);
        let ended = self.served + self.timed_out;
        paceline_api::stream::Figures {
            at,
            version,
            open: open as u64,
            placed: self.placed,
            served: self.served,
            timed_out: self.timed_out,
            cancelled: self.cancelled,
            service_rate: mean(self.served, ended, 1.0),
            wait_mean_s: mean(self.waits_ms, self.waits, 1_000.0),
            pickup_km_mean: mean(self.empty_cm, self.pickups, 100_000.0),
            round_p50_ms,
            round_p99_ms,
            degraded: self.degraded,
            events: self.events,
            vehicles,
        }
    }
}
