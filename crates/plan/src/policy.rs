//! Prices: what a pair of order and vehicle costs, and what leaving an order unserved costs. The only place for taste.
//!
//! | policy | unit | price of a pair |
//! | --- | --- | --- |
//! | `nearest` | cm | distance driven empty |
//! | `least-wait` | ms | waiting from the order's start (placed, or earliest pick-up if later) to pick-up |
//! | `low-carbon` | mg | CO₂ of the empty drive: effort × consumption × grams per kWh |
//! | `weighted` | 0.001 cent | [`Weights`] times all of these and the time that the vehicle is bound |
//!
//! Leaving an order unserved costs `base × (100 + priority % + 50 × failures) / 100 + growth × time waited`. The base is
//! above any price of a pair that can be reached in time, so an order that can be served is. When vehicles are scarce
//! the growth decides for whom: it lets a minute waited weigh like 15 s of driving, so that old orders come first
//! among near equals and yet no vehicle drives far past a new one. All divisions round down; all sums are exact.

mod options;
mod round;
mod rules;

pub use options::{HoldSpec, LookAheadSpec, PoolingLevel, PoolingSpec, ReassignSpec};
pub use round::{AreaPolicy, Policies};
pub use rules::{DayTime, PolicyRule, UTC_OFFSET_MIN, policies_at, validate_rules};

use crate::snapshot::{Demand, Supply};
use paceline_model::limits::{Invalid, PICKUP_TIME_MS_MAX, Rule, within};
use paceline_model::{GeofenceId, Instant, Millis, PriceKind, PricePart, Tag};
use paceline_road::Leg;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// A policy as configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySpec {
    /// Which prices.
    pub kind: PolicyKind,
    /// Candidates kept per order; when orders outnumber vehicles, at least [`REACH_WHEN_SCARCE`] orders per vehicle.
    pub candidates: u16,
    /// Longest drive to a pick-up.
    #[serde(rename = "pickup_time_max_ms")]
    pub pickup_time_max: Millis,
    /// Percent added to the price of leaving an order unserved, per priority tag.
    pub priority_percent: BTreeMap<Tag, u32>,
    /// Only vehicles inside this area are dispatched.
    pub geofence: Option<GeofenceId>,
    /// Prices include what a vehicle will be worth where it ends up, as far as that is known.
    pub look_ahead: Option<LookAheadSpec>,
    /// An order may wait a moment for a vehicle that will soon be free.
    pub hold: Option<HoldSpec>,
    /// Orders that a vehicle without a driver to ask is on its way to may be given to another one.
    pub reassign: Option<ReassignSpec>,
    /// Rides are shared; without it each vehicle serves one order at a time. Vehicles whose drivers are asked never share.
    pub pooling: Option<PoolingSpec>,
}

/// The prices to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Pick-up distance.
    Nearest,
    /// The batch's total waiting.
    LeastWait,
    /// Empty kilometres by the powertrain's grams.
    LowCarbon,
    /// A linear mix.
    Weighted(Weights),
}

/// What one unit of each costs in the weighted policy, in thousandths of a cent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Per kilometre driven empty.
    pub empty_km: u32,
    /// Per minute that riders wait.
    pub waiting_min: u32,
    /// Per gram of CO₂ of the empty drive.
    pub carbon_g: u32,
    /// Per minute that the vehicle is bound by pick-up and ride together: high when vehicles are scarce.
    pub vehicle_min: u32,
}

impl Default for Weights {
    /// Round figures of a European or North American city: 30 cents per empty kilometre, 30 cents per minute of
    /// riders' waiting (18 an hour), 100 per tonne of CO₂, 50 cents per minute of the vehicle (30 an hour).
    fn default() -> Self {
        Self { empty_km: 30_000, waiting_min: 30_000, carbon_g: 10, vehicle_min: 50_000 }
    }
}

/// Orders kept per vehicle when orders outnumber vehicles: each must see past those that its neighbours take.
pub const REACH_WHEN_SCARCE: u16 = 40;

/// Above any price of a drive within [`PICKUP_TIME_MS_MAX`]. Waiting before the round stands on both sides of the scale.
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

/// An order weighs at most a hundred times as much for its tags: the largest base times that is far within 64 bits.
const PERCENT_MAX: u32 = 10_000;
/// In thousandths of a cent, so 10 of a currency for each kilometre, minute or gram: far above what any of them costs.
const WEIGHT_MAX: u32 = 1_000_000;
const FAILURE_PERCENT: i64 = 50;

impl Default for PolicySpec {
    /// Least wait among 20 candidates no further than 10 minutes.
    fn default() -> Self {
        Self {
            kind: PolicyKind::LeastWait,
            candidates: 20,
            pickup_time_max: Millis::from_secs(600),
            priority_percent: BTreeMap::new(),
            geofence: None,
            look_ahead: None,
            hold: None,
            reassign: None,
            pooling: None,
        }
    }
}

impl PolicySpec {
    /// The policy of that name, with defaults for everything else.
    ///
    /// Errors: no policy has that name.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        Ok(Self { kind: PolicyKind::parse(name)?, ..Self::default() })
    }
    /// Errors: no candidates or more than 200; a pick-up drive of nothing or beyond [`PICKUP_TIME_MS_MAX`]; a priority
    /// above 10,000 %; a weight above 1,000,000 (10 per unit); weights that are all zero.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("policy.candidates", f64::from(self.candidates), (1.0, 200.0))?;
        let pickup_ms = f64::from(self.pickup_time_max.0);
        within("policy.pickup_time_max_ms", pickup_ms, (1.0, f64::from(PICKUP_TIME_MS_MAX)))?;
        for percent in self.priority_percent.values() {
            within("policy.priority_percent", f64::from(*percent), (0.0, f64::from(PERCENT_MAX)))?;
        }
        if let PolicyKind::Weighted(weights) = self.kind {
            weights.validate()?;
        }
        if let Some(pooling) = self.pooling {
            pooling.validate()?;
        }
        if let Some(hold) = self.hold {
            hold.validate()?;
        }
        if let Some(ahead) = self.look_ahead {
            let most = f64::from(PICKUP_TIME_MS_MAX);
            within("policy.look_ahead.order_worth_ms", f64::from(ahead.order_worth.0), (1.0, most))?;
        }
        if let Some(reassign) = self.reassign {
            reassign.validate()?;
            if self.pooling.is_some() {
                let rule = Rule::Without { other: "policy.pooling, which moves orders by itself,".into() };
                return Err(Invalid::new("policy.reassign", "given", rule));
            }
        }
        Ok(self)
    }
    /// Above any price of a pair under this policy.
    fn base(&self) -> i64 {
        match self.kind {
            PolicyKind::Nearest => base::DISTANCE_CM,
            PolicyKind::LowCarbon => base::CARBON_MG,
            PolicyKind::LeastWait => base::WAITING_MS,
            PolicyKind::Weighted(weights) => weighted_base(weights),
        }
    }
    /// The price of leaving `order` for a later round, on top of `base`.
    fn unserved_above(&self, base: i64, at: Instant, order: &Demand) -> i64 {
        let waited_ms = waiting_ms(at, order);
        let growth = match self.kind {
            // 15 s of city driving are some 100 m, and with a mid-sized car on an average grid some 8 g.
            PolicyKind::Nearest => waited_ms / 6,
            PolicyKind::LowCarbon => waited_ms * 2 / 15,
            // The price of a pair holds the time already waited once; the quarter more is what growth adds.
            PolicyKind::LeastWait => waited_ms + waited_ms / 4,
            PolicyKind::Weighted(weights) => {
                let waiting = i64::from(weights.waiting_min) * waited_ms / MS_PER_MIN;
                waiting + waiting / 4
            }
        };
        base / 100 * self.urgency_percent(order) + growth
    }
    /// Percent of the base at which leaving `order` unserved is priced.
    pub(crate) fn urgency_percent(&self, order: &Demand) -> i64 {
        let tags = order.spec.priority.iter().filter_map(|tag| self.priority_percent.get(tag));
        let priority = tags.fold(0_u32, |sum, percent| sum.saturating_add(*percent)).min(PERCENT_MAX);
        100 + i64::from(priority) + FAILURE_PERCENT * i64::from(order.failures)
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
        match self.kind {
            PolicyKind::Nearest => distance_cm,
            PolicyKind::LeastWait => ms,
            PolicyKind::LowCarbon => carbon_mg,
            PolicyKind::Weighted(weights) => {
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
        match self.kind {
            PolicyKind::Nearest => [part(PriceKind::EmptyDistance, distance_cm), None, None, None],
            PolicyKind::LeastWait => [part(PriceKind::Waiting, waiting_ms), None, None, None],
            PolicyKind::LowCarbon => [part(PriceKind::Carbon, carbon_mg(vehicle, pickup)), None, None, None],
            PolicyKind::Weighted(weights) => {
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

impl PolicyKind {
    /// Its name, as in configuration and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::LeastWait => "least-wait",
            Self::LowCarbon => "low-carbon",
            Self::Weighted(_) => "weighted",
        }
    }
    /// The kind of that name; `weighted` with its default weights.
    ///
    /// Errors: no policy has that name.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        match name {
            "nearest" => Ok(Self::Nearest),
            "least-wait" => Ok(Self::LeastWait),
            "low-carbon" => Ok(Self::LowCarbon),
            "weighted" => Ok(Self::Weighted(Weights::default())),
            _ => Err(Invalid::new(
                "policy",
                name,
                Rule::OneOf("nearest, least-wait, low-carbon, weighted".into()),
            )),
        }
    }
}

impl Weights {
    fn validate(self) -> Result<(), Invalid> {
        let all = [self.empty_km, self.waiting_min, self.carbon_g, self.vehicle_min];
        for weight in all {
            within("policy.weights", f64::from(weight), (0.0, f64::from(WEIGHT_MAX)))?;
        }
        if all.iter().all(|&weight| weight == 0) {
            let rule = Rule::Within { low: 1.0, high: f64::from(WEIGHT_MAX) };
            return Err(Invalid::new("policy.weights", "all zero", rule));
        }
        Ok(())
    }
}

/// A price of the policy called `policy`, in a unit that people use: `12.5 s`, `350.0 m`.
pub fn price_in_words(policy: &str, amount: i64) -> String {
    // `weighted/airport` is the policy that the rule `airport` sets.
    let (per_unit, unit) = match policy.split('/').next().unwrap_or(policy) {
        "nearest" => (100.0, "m"),
        "least-wait" | "pooled" => (1_000.0, "s"),
        "low-carbon" => (1_000.0, "g"),
        "weighted" => (1_000.0, "cents"),
        _ => (1.0, "units"),
    };
    format!("{:.1} {unit}", amount as f64 / per_unit)
}

impl Policy for PolicySpec {
    fn name(&self) -> &'static str {
        self.kind.name()
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
