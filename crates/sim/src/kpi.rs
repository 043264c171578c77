//! What a run comes to: the figures of the table, and the courses over the day that the report draws.
//! Fed with what the engine publishes; every order must end in exactly one outcome, or there is no table at all.

mod optimum;
mod regions;

pub use optimum::{HourOfOptimum, OptimumKpis};
pub use regions::RegionsKpis;

use crate::day::LeftOutCount;
use crate::error::SimError;
use paceline_engine::Change;
use paceline_model::{Event, Instant, Millis, OrderId, Position, VehicleId};
use paceline_plan::shadow::Difference;
use serde::Serialize;
use std::collections::BTreeMap;

/// What vehicles do, in the order in which the report stacks them.
pub const STATES: [&str; 6] =
    ["with riders", "to pick-up", "free", "to charger", "charging", "out of service"];

/// Time that one point of the waiting course stands for.
pub const BIN: Millis = Millis::from_secs(900);

/// The table of one run. Shares are fractions of 1.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Kpis {
    /// The scenario's name.
    pub scenario: String,
    /// The policy's name.
    pub policy: String,
    /// The seed of all chance.
    pub seed: u64,
    /// Vehicles in the fleet.
    pub vehicles: u32,
    /// Demand as a multiple of the file's.
    pub demand_scale: f64,
    /// Orders placed.
    pub orders: u64,
    /// Orders whose riders got where they wanted.
    pub served: u64,
    /// Orders whose latest pick-up passed.
    pub timed_out: u64,
    /// Orders called off.
    pub cancelled: u64,
    /// Orders that the engine did not take.
    pub refused: u64,
    /// Served by placed.
    pub service_rate: f64,
    /// Mean time from asking to getting in, of those who got in.
    pub wait_mean_s: f64,
    /// Half wait no longer than this.
    pub wait_p50_s: f64,
    /// 95 in 100 wait no longer than this.
    pub wait_p95_s: f64,
    /// Time riders spent riding by the time of the direct ride.
    pub detour: f64,
    /// Mean time by which riders were there later than by a direct ride at the moment from which they waited.
    pub delay_mean_s: f64,
    /// Served orders that shared the vehicle with another party on the way.
    pub pooled_share: f64,
    /// Parties in the vehicle, on average over the kilometres with riders.
    pub occupancy: f64,
    /// All kilometres by orders served.
    pub km_per_order: f64,
    /// Kilometres without riders by all kilometres.
    pub empty_km_share: f64,
    /// All kilometres.
    pub total_km: f64,
    /// Kilometres with riders.
    pub rider_km: f64,
    /// Kilometres to pick-ups.
    pub pickup_km: f64,
    /// Kilometres to chargers.
    pub charger_km: f64,
    /// Kilometres of free vehicles to where they wait.
    pub rank_km: f64,
    /// Times that an idle vehicle was sent to where riders were expected.
    pub stands: u64,
    /// Weighted absolute percentage error of the forecast by cell and quarter hour, 1 being 100 %. 0 if nothing was judged.
    pub forecast_wape: f64,
    /// The same of "as in the last hour".
    pub forecast_wape_last_hour: f64,
    /// Energy used for driving and standing.
    pub energy_kwh: f64,
    /// Energy charged.
    pub charged_kwh: f64,
    /// Times that a vehicle was plugged in.
    pub charges: u64,
    /// Vehicles that ran empty.
    pub stranded: u64,
    /// Breakdowns.
    pub faults: u64,
    /// Offers made to drivers.
    pub offers: u64,
    /// Times that an order lost its vehicle.
    pub dispatch_failed: u64,
    /// Times that an order was moved to another vehicle than was on its way to it.
    pub moves: u64,
    /// Orders held back for a vehicle that would soon be free, once a round.
    pub held_back: u64,
    /// Rounds in which there was something to decide.
    pub decisions: u64,
    /// Wall time of a round from tick to commit: half take no longer.
    pub decision_p50_ms: f64,
    /// 99 in 100 take no longer.
    pub decision_p99_ms: f64,
    /// The longest.
    pub decision_max_ms: f64,
    /// Rounds in which something ran short.
    pub degraded_ticks: u64,
    /// Findings of the independent check of every plan. Anything but 0 is a bug.
    pub check_notes: u64,
    /// What the shadow policy would have done otherwise, round by round; nothing if there is none.
    pub shadow: Option<Difference>,
    /// What the borders between regions came to, if the city was cut into several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<RegionsKpis>,
    /// Trips with an end off the map, moved to the nearest road.
    pub moved_trips: u32,
    /// Trips that were not played, those that the engine refused among them, by reason.
    pub left_out: Vec<LeftOutCount>,
    /// What the day could have come to, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimum: Option<OptimumKpis>,
    /// Wall time of the run.
    pub sim_seconds: f64,
    /// Wall time of reading the files before it.
    pub load_seconds: f64,
    /// Most memory that the process has had; 0 where the system does not say.
    pub memory_mb: f64,
}

/// One point of the waiting course.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct WaitPoint {
    /// Orders placed in this bin.
    pub orders: u32,
    /// Of these, those that were not served.
    pub unserved: u32,
    /// Mean waiting of those picked up.
    pub mean_s: f64,
    /// 95 in 100 wait no longer.
    pub p95_s: f64,
}

/// How an order came out, on the map.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MapPoint {
    /// Where the riders waited.
    pub at: Position,
    /// Whether they were picked up and brought home.
    pub served: bool,
}

/// Orders by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Riders brought home.
    pub served: u64,
    /// Deadline passed.
    pub timed_out: u64,
    /// Called off.
    pub cancelled: u64,
    /// Not taken.
    pub refused: u64,
}

impl Outcomes {
    /// Errors: the sum is not `orders`.
    pub fn account_for(&self, orders: u64) -> Result<(), SimError> {
        let accounted = self.served + self.timed_out + self.cancelled + self.refused;
        if accounted == orders { Ok(()) } else { Err(SimError::Unaccounted { orders, accounted }) }
    }
}

struct Waiting {
    since: Instant,
    placed_bin: usize,
    pickup: Position,
    picked_up: bool,
}

/// Counts what the engine publishes.
pub struct Tally {
    start: Instant,
    under_way: BTreeMap<OrderId, Waiting>,
    waits: Vec<u32>,
    bins: Vec<Bin>,
    map: Vec<MapPoint>,
    states: Vec<[u32; STATES.len()]>,
    pickups: Vec<(VehicleId, OrderId)>,
    outcomes: Outcomes,
    offers: u64,
    dispatch_failed: u64,
    stands: u64,
    moves: u64,
}

#[derive(Clone, Default)]
struct Bin {
    orders: u32,
    unserved: u32,
    waits: Vec<u32>,
}

impl Tally {
    /// An empty count that begins at `start`.
    pub fn new(start: Instant) -> Self {
        Self {
            start,
            under_way: BTreeMap::new(),
            waits: Vec::new(),
            bins: Vec::new(),
            map: Vec::new(),
            states: Vec::new(),
            pickups: Vec::new(),
            outcomes: Outcomes::default(),
            offers: 0,
            dispatch_failed: 0,
            stands: 0,
            moves: 0,
        }
    }

    /// Takes in one published event.
    pub fn see(&mut self, change: &Change) {
        match &change.event {
            Event::OrderPlaced { spec } => {
                let placed_bin = (change.at.since(self.start).0 / BIN.0) as usize;
                self.bin(placed_bin).orders += 1;
                let since = spec.earliest_pickup.max(change.at);
                let waiting = Waiting { since, placed_bin, pickup: spec.pickup, picked_up: false };
                self.under_way.insert(spec.id.clone(), waiting);
            }
            Event::RidersPickedUp { order, vehicle } => {
                self.pickups.push((vehicle.clone(), order.clone()));
                self.picked_up(change.at, order);
            }
            Event::RidersDroppedOff { order, .. } => {
                self.outcomes.served += 1;
                self.ended(order, true);
            }
            Event::OrderTimedOut { order } => {
                self.outcomes.timed_out += 1;
                self.ended(order, false);
            }
            Event::OrderCancelled { order } => {
                self.outcomes.cancelled += 1;
                self.ended(order, false);
            }
            Event::OfferMade { .. } => self.offers += 1,
            Event::StandOrdered { .. } => self.stands += 1,
            Event::OrderMoved { .. } => self.moves += 1,
            Event::DispatchFailed { .. } => self.dispatch_failed += 1,
            _ => {}
        }
    }

    /// Takes down what the vehicles do; once per [`BIN`] third.
    pub fn states(&mut self, counts: [u32; STATES.len()]) {
        self.states.push(counts);
    }

    /// Orders served so far, and those that came to another outcome.
    pub fn outcomes(&self) -> Outcomes {
        self.outcomes
    }

    fn bin(&mut self, number: usize) -> &mut Bin {
        if self.bins.len() <= number {
            self.bins.resize(number + 1, Bin::default());
        }
        &mut self.bins[number]
    }

    fn picked_up(&mut self, at: Instant, order: &OrderId) {
        let Some(waiting) = self.under_way.get_mut(order) else { return };
        if std::mem::replace(&mut waiting.picked_up, true) {
            return;
        }
        let (wait, bin) = (at.since(waiting.since).0, waiting.placed_bin);
        self.waits.push(wait);
        self.bin(bin).waits.push(wait);
    }

    /// An end of an order that is not under way counts too: then the outcomes are more than the orders.
    fn ended(&mut self, order: &OrderId, served: bool) {
        let Some(waiting) = self.under_way.remove(order) else { return };
        self.map.push(MapPoint { at: waiting.pickup, served });
        if !served {
            self.bin(waiting.placed_bin).unserved += 1;
        }
    }

    /// Writes what was counted into the table, and hands out the courses. `refused` orders never came so far.
    pub fn finish(mut self, refused: u64, kpis: &mut Kpis) -> Courses {
        self.outcomes.refused = refused;
        let outcomes = self.outcomes;
        (kpis.served, kpis.timed_out) = (outcomes.served, outcomes.timed_out);
        (kpis.cancelled, kpis.refused) = (outcomes.cancelled, refused);
        kpis.service_rate = ratio(outcomes.served as f64, kpis.orders as f64);
        (kpis.offers, kpis.dispatch_failed) = (self.offers, self.dispatch_failed);
        (kpis.stands, kpis.moves) = (self.stands, self.moves);
        self.waits.sort_unstable();
        kpis.wait_mean_s = mean(&self.waits) / 1_000.0;
        kpis.wait_p50_s = f64::from(quantile(&self.waits, 0.5)) / 1_000.0;
        kpis.wait_p95_s = f64::from(quantile(&self.waits, 0.95)) / 1_000.0;
        let waits = self.bins.into_iter().map(wait_point).collect();
        Courses { waits, states: self.states, map: self.map, pickups: self.pickups, outcomes }
    }
}

/// What the report draws.
#[derive(Clone, Debug, Default)]
pub struct Courses {
    /// Waiting per [`BIN`] of the day.
    pub waits: Vec<WaitPoint>,
    /// Vehicles per state, three times per [`BIN`].
    pub states: Vec<[u32; STATES.len()]>,
    /// Pick-ups.
    pub map: Vec<MapPoint>,
    /// Which vehicle picked up which order, in the order in which it happened.
    pub pickups: Vec<(VehicleId, OrderId)>,
    /// Orders by outcome.
    pub outcomes: Outcomes,
}

fn wait_point(mut bin: Bin) -> WaitPoint {
    bin.waits.sort_unstable();
    WaitPoint {
        orders: bin.orders,
        unserved: bin.unserved,
        mean_s: mean(&bin.waits) / 1_000.0,
        p95_s: f64::from(quantile(&bin.waits, 0.95)) / 1_000.0,
    }
}

/// A part by its whole; 0 of nothing.
pub fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn mean(values: &[u32]) -> f64 {
    ratio(values.iter().map(|&value| f64::from(value)).sum(), values.len() as f64)
}

/// The smallest value that at least `share` of the sorted values do not exceed (nearest rank); 0 of nothing.
pub fn quantile<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        assert_eq!(quantile(&[1, 2, 3, 4], 0.5), 2);
        assert_eq!(quantile(&[1, 2, 3, 4], 0.95), 4);
        assert_eq!(quantile(&[7], 0.01), 7);
        assert_eq!(quantile::<u32>(&[], 0.5), 0);
    }

    #[test]
    fn an_order_that_is_nowhere_is_an_error() {
        let outcomes = Outcomes { served: 3, timed_out: 1, ..Outcomes::default() };
        assert!(outcomes.account_for(4).is_ok());
        let error = outcomes.account_for(5).unwrap_err();
        assert_eq!(error.to_string(), "5 orders were drawn, but 4 are accounted for");
    }
}
