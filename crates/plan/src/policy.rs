//! Prices: what a pair of order and vehicle costs, and what leaving an order unserved costs. The only place for taste.
//!
//! | policy | unit | price of a pair |
//! | --- | --- | --- |
//! | `nearest` | cm | distance driven empty |
//! | `least-wait` | ms | waiting from the order's start (placed, or earliest pick-up if later) to pick-up |
//! | `low-carbon` | mg | CO₂ of the empty drive: effort × consumption × grams per kWh |
//! | `weighted` | 0.001 cent | [`Weights`] times all of these and the time that the vehicle is bound |
//! | `pooled` | ms | of orders that cannot be shared, as `least-wait`; shared rides are priced in `pooling` |
//!
//! Leaving an order unserved costs `base × (100 + priority % + 50 × failures) / 100 + growth × time waited`. The base is
//! above any price of a pair that can be reached in time, so an order that can be served is. When vehicles are scarce
//! the growth decides for whom: it lets a minute waited weigh like 15 s of driving, so that old orders come first
//! among near equals and yet no vehicle drives far past a new one. All divisions round down; all sums are exact.

mod kind;
mod options;
mod round;
mod rules;
pub mod schedule;
mod spec;

pub use kind::{PolicyKind, Weights, price_in_words};
pub use options::{HoldSpec, LookAheadSpec, PoolingLevel, PoolingSpec, ReassignSpec};
pub use round::{AreaPolicy, Policies};
pub use rules::{PolicyRule, policies_at, validate_rules};
pub use schedule::{DayTime, Hours};
pub use spec::PolicySpec;

use crate::rows::{Demand, Supply};
use paceline_model::{Instant, Millis, PriceKind, PricePart};
use paceline_road::Leg;

/// Prices pairs. All prices of one policy have one unit, its own, so that they can be added.
pub trait Policy {
    /// Its name, as in configuration and reports.
    fn name(&self) -> &'static str;
    /// The addends of the price of `vehicle` for `order`, reached over `pickup`; none negative but for what the
    /// future may bring.
    fn price(&self, at: Instant, order: &Demand, vehicle: &Supply, pickup: Leg) -> Vec<PricePart>;
    /// The sum of the addends, for the solver.
    fn total(&self, at: Instant, order: &Demand, vehicle: &Supply, pickup: Leg) -> i64 {
        self.price(at, order, vehicle, pickup).iter().map(|part| part.amount).sum()
    }
    /// The price of leaving `order` for a later round: above any pair's price that shall be taken.
    fn unserved(&self, at: Instant, order: &Demand) -> i64;
}

/// Orders kept per vehicle when orders outnumber vehicles: each must see past those that its neighbours take.
pub const REACH_WHEN_SCARCE: u16 = 40;

/// Above any price of a drive within [`PICKUP_TIME_MS_MAX`](paceline_model::limits::PICKUP_TIME_MS_MAX). Waiting before the
/// round stands on both sides of the scale.
mod base {
    /// 10,000 km.
    pub(super) const DISTANCE_CM: i64 = 1_000_000_000;
    /// A day.
    pub(super) const WAITING_MS: i64 = 86_400_000;
    /// 10 t: the dirtiest vehicle that the limits allow emits 4.5 t in two hours at 150 km/h.
    pub(super) const CARBON_MG: i64 = 10_000_000_000;
    /// A ride in 32 bits of milliseconds has at most 71,583 minutes.
    pub(super) const BOUND_MIN: i64 = 100_000;
}

const FAILURE_PERCENT: i64 = 50;

impl PolicySpec {
    /// Above any price of a pair under this policy.
    fn base(&self) -> i64 {
        match self.kind {
            PolicyKind::Nearest => base::DISTANCE_CM,
            PolicyKind::LowCarbon => base::CARBON_MG,
            PolicyKind::LeastWait | PolicyKind::Pooled => base::WAITING_MS,
            PolicyKind::Weighted => weighted_base(self.weights),
        }
    }
    /// The price of leaving `order` for a later round, on top of `base`.
    fn unserved_above(&self, base: i64, at: Instant, order: &Demand) -> i64 {
        let waited_ms = waiting_ms(at, order);
        let weights = self.weights;
        let growth = match self.kind {
            // 15 s of city driving are some 100 m, and with a mid-sized car on an average grid some 8 g.
            PolicyKind::Nearest => waited_ms / 6,
            PolicyKind::LowCarbon => waited_ms * 2 / 15,
            // The price of a pair holds the time already waited once; the quarter more is what growth adds.
            PolicyKind::LeastWait | PolicyKind::Pooled => waited_ms + waited_ms / 4,
            PolicyKind::Weighted => {
                let waiting = i64::from(weights.waiting_min) * waited_ms / MS_PER_MIN;
                waiting + waiting / 4
            }
        };
        base / 100 * self.urgency_percent(order) + growth
    }
    /// Percent of the base at which leaving `order` unserved is priced.
    pub(crate) fn urgency_percent(&self, order: &Demand) -> i64 {
        100 + i64::from(self.priority(&order.spec.priority)) + FAILURE_PERCENT * i64::from(order.failures)
    }
    fn parts(&self, at: Instant, order: &Demand, vehicle: &Supply, pickup: Leg) -> Parts {
        let [first, second, third, fourth] = self.drive_parts(at, order, vehicle, pickup);
        let extras = [self.future(order, vehicle), self.switching(order, vehicle), self.holding(vehicle)];
        let [future, switching, holding] = extras;
        [first, second, third, fourth, future, switching, holding]
    }
    /// What waiting for a vehicle must be worth, if it is not free yet.
    fn holding(&self, vehicle: &Supply) -> Option<PricePart> {
        let amount = self.price_of_driving(self.hold?.gain_min);
        (vehicle.free_in > Millis::ZERO).then_some(PricePart { kind: PriceKind::Holding, amount })
    }
    /// What becomes of the vehicle's prospects.
    fn future(&self, order: &Demand, vehicle: &Supply) -> Option<PricePart> {
        let worth = self.price_of_driving(self.look_ahead?.order_worth);
        let given_up_milli = i64::from(vehicle.value_milli) - i64::from(order.value_milli);
        // Whatever it brings, leaving the order out costs more than the pair.
        let most = self.base() / 4;
        let amount = (worth * given_up_milli / 1_000).clamp(-most, most);
        Some(PricePart { kind: PriceKind::Future, amount })
    }
    /// What a switch must be worth, if this is one.
    fn switching(&self, order: &Demand, vehicle: &Supply) -> Option<PricePart> {
        let (held, spec) = (order.held.as_ref()?, self.reassign?);
        let amount = self.price_of_driving(spec.switch_worth);
        (held.by != vehicle.idx).then_some(PricePart { kind: PriceKind::Switching, amount })
    }
    /// What a drive of that length costs under this policy, at 24 km/h and with a mid-sized electric car.
    pub(crate) fn price_of_driving(&self, time: Millis) -> i64 {
        let ms = i64::from(time.0);
        // 15 s of city driving are some 100 m, and on an average grid some 8 g.
        let (distance_cm, carbon_mg) = (ms * 2 / 3, ms * 8 / 15);
        let weights = self.weights;
        match self.kind {
            PolicyKind::Nearest => distance_cm,
            PolicyKind::LeastWait | PolicyKind::Pooled => ms,
            PolicyKind::LowCarbon => carbon_mg,
            PolicyKind::Weighted => {
                i64::from(weights.empty_km) * distance_cm / CM_PER_KM
                    + i64::from(weights.waiting_min) * ms / MS_PER_MIN
                    + i64::from(weights.carbon_g) * carbon_mg / 1_000
                    + i64::from(weights.vehicle_min) * ms / MS_PER_MIN
            }
        }
    }
    fn drive_parts(
        &self,
        at: Instant,
        order: &Demand,
        vehicle: &Supply,
        pickup: Leg,
    ) -> [Option<PricePart>; 4] {
        let part = |kind, amount| Some(PricePart { kind, amount });
        let distance_cm = i64::from(pickup.distance.0);
        let waiting_ms = waiting_ms(at + vehicle.free_in + pickup.time, order);
        let weights = self.weights;
        match self.kind {
            PolicyKind::Nearest => [part(PriceKind::EmptyDistance, distance_cm), None, None, None],
            PolicyKind::LeastWait | PolicyKind::Pooled => {
                [part(PriceKind::Waiting, waiting_ms), None, None, None]
            }
            PolicyKind::LowCarbon => [part(PriceKind::Carbon, carbon_mg(vehicle, pickup)), None, None, None],
            PolicyKind::Weighted => {
                let bound_ms = i64::from(pickup.time.0) + i64::from(order.ride.time.0);
                [
                    part(PriceKind::EmptyDistance, i64::from(weights.empty_km) * distance_cm / CM_PER_KM),
                    part(PriceKind::Waiting, i64::from(weights.waiting_min) * waiting_ms / MS_PER_MIN),
                    part(PriceKind::Carbon, i64::from(weights.carbon_g) * carbon_mg(vehicle, pickup) / 1_000),
                    part(PriceKind::VehicleTime, i64::from(weights.vehicle_min) * bound_ms / MS_PER_MIN),
                ]
            }
        }
    }
}

impl Policy for PolicySpec {
    fn name(&self) -> &'static str {
        self.kind.as_str()
    }
    fn price(&self, at: Instant, order: &Demand, vehicle: &Supply, pickup: Leg) -> Vec<PricePart> {
        self.parts(at, order, vehicle, pickup).into_iter().flatten().collect()
    }
    fn total(&self, at: Instant, order: &Demand, vehicle: &Supply, pickup: Leg) -> i64 {
        self.parts(at, order, vehicle, pickup).into_iter().flatten().map(|part| part.amount).sum()
    }
    fn unserved(&self, at: Instant, order: &Demand) -> i64 {
        self.unserved_above(self.base(), at, order)
    }
}

/// The addends of a price; those that a policy does not have are left out.
type Parts = [Option<PricePart>; 7];

const CM_PER_KM: i64 = 100_000;
const MS_PER_MIN: i64 = 60_000;

fn weighted_base(weights: Weights) -> i64 {
    i64::from(weights.empty_km) * (base::DISTANCE_CM / CM_PER_KM)
        + i64::from(weights.waiting_min) * (base::WAITING_MS / MS_PER_MIN)
        + i64::from(weights.carbon_g) * (base::CARBON_MG / 1_000)
        + i64::from(weights.vehicle_min) * base::BOUND_MIN
}

/// Riders wait from the moment they asked for: placed, or earliest pick-up if that is later.
fn waiting_ms(until: Instant, order: &Demand) -> i64 {
    i64::from(until.since(order.since.max(order.spec.earliest_pickup)).0)
}

fn carbon_mg(vehicle: &Supply, pickup: Leg) -> i64 {
    let powertrain = &vehicle.spec.powertrain;
    // mWh × g/kWh = 1e-6 g·kWh/kWh = µg; over a thousand, mg.
    i64::from(powertrain.consumption.over(pickup.effort).0) * i64::from(powertrain.grams_per_kwh) / 1_000
}
