//! What a policy may do beyond pricing free vehicles for open orders: look ahead, hold orders back, move them, share rides.

use paceline_model::limits::{Invalid, PICKUP_TIME_MS_MAX, within};
use paceline_model::{Millis, duration};
use serde::{Deserialize, Serialize};

/// Longest that riders may take to get in or out, or be held back for a vehicle: beyond it, it is a delay.
const MOMENT_MAX: Millis = Millis::from_secs(600);

/// What a vehicle's prospects count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LookAheadSpec {
    /// How much driving one more order in the time to come is worth.
    #[serde(with = "duration")]
    pub order_worth: Millis,
}

impl Default for LookAheadSpec {
    /// Two minutes.
    fn default() -> Self {
        Self { order_worth: Millis::from_secs(120) }
    }
}

impl LookAheadSpec {
    /// Errors: worth nothing, or more than the longest drive to a pick-up that a policy may allow.
    pub(super) fn validate(self) -> Result<(), Invalid> {
        duration::within(
            "policy.look_ahead.order_worth",
            self.order_worth,
            (Millis(1), Millis(PICKUP_TIME_MS_MAX)),
        )
    }
}

/// When an order waits for a vehicle that is not free yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldSpec {
    /// Longest that an order is held back, from when it could first have been served.
    #[serde(with = "duration")]
    pub wait_max: Millis,
    /// How much driving that must save: drop-offs come later than planned as often as not.
    #[serde(with = "duration")]
    pub gain_min: Millis,
    /// Time that riders need to get out.
    #[serde(with = "duration")]
    pub dropoff_dwell: Millis,
}

impl Default for HoldSpec {
    fn default() -> Self {
        Self {
            wait_max: Millis::from_secs(30),
            gain_min: Millis::from_secs(20),
            dropoff_dwell: Millis::from_secs(20),
        }
    }
}

impl HoldSpec {
    /// Errors: no waiting at all, or more than ten minutes of anything.
    pub(super) fn validate(self) -> Result<(), Invalid> {
        let field = |name: &str| format!("policy.hold.{name}");
        duration::within(&field("wait_max"), self.wait_max, (Millis(1), MOMENT_MAX))?;
        duration::within(&field("gain_min"), self.gain_min, (Millis::ZERO, MOMENT_MAX))?;
        duration::within(&field("dropoff_dwell"), self.dropoff_dwell, (Millis::ZERO, MOMENT_MAX))
    }
}

/// When an order that a vehicle is on its way to is given to another vehicle. It never comes later than promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReassignSpec {
    /// How much driving a switch must save, so that plans do not flutter.
    #[serde(with = "duration")]
    pub switch_worth: Millis,
    /// A vehicle that will be at the pick-up within this time keeps its order.
    #[serde(with = "duration")]
    pub settled_within: Millis,
}

impl Default for ReassignSpec {
    /// A minute, and half a minute: what a driver who is turned round loses, and what nobody should see from the kerb.
    fn default() -> Self {
        Self { switch_worth: Millis::from_secs(60), settled_within: Millis::from_secs(30) }
    }
}

impl ReassignSpec {
    /// Errors: above the longest drive to a pick-up that a policy may allow.
    pub(super) fn validate(self) -> Result<(), Invalid> {
        let field = |name: &str| format!("policy.reassign.{name}");
        duration::within(
            &field("switch_worth"),
            self.switch_worth,
            (Millis::ZERO, Millis(PICKUP_TIME_MS_MAX)),
        )?;
        duration::within(
            &field("settled_within"),
            self.settled_within,
            (Millis::ZERO, Millis(PICKUP_TIME_MS_MAX)),
        )
    }
}

/// How rides are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolingSpec {
    /// Longest delay: nobody arrives later than a direct ride at once would have brought them, plus this. It includes the
    /// wait. Where an order allows a longer wait, it allows the direct ride after that and nothing more.
    #[serde(with = "duration")]
    pub delay_max: Millis,
    /// Time that riders need to get in, which later riders of the vehicle wait for.
    #[serde(with = "duration")]
    pub pickup_dwell: Millis,
    /// Time that riders need to get out.
    #[serde(with = "duration")]
    pub dropoff_dwell: Millis,
    /// How much later than planned a promised pick-up may come, within the order's own window; without it, anywhere in it.
    #[serde(with = "duration::optional")]
    pub promise_slack: Option<Millis>,
    /// What a second of driving counts against a second of one party's delay, in percent.
    pub drive_percent: u32,
    /// How far a round goes when its budget allows.
    pub level: PoolingLevel,
}

/// How far a round of shared rides goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolingLevel {
    /// Each open order goes where it costs least; promised orders stay with their vehicle.
    Insert,
    /// And then vehicles, trips and requests around the new orders are chosen together.
    Trips,
    /// And then routes are taken apart and put together again while there is time.
    Improve,
}

impl Default for PoolingSpec {
    /// Ten minutes of delay, as in Alonso-Mora et al. (2017); half a minute to get in, 20 s to get out. Insertion alone: the
    /// level whose rounds are short on a fleet that is overrun, too (`docs/benchmarks/pooling.md`).
    fn default() -> Self {
        Self {
            delay_max: Millis::from_secs(600),
            pickup_dwell: Millis::from_secs(30),
            dropoff_dwell: Millis::from_secs(20),
            promise_slack: None,
            drive_percent: 100,
            level: PoolingLevel::Insert,
        }
    }
}

impl PoolingSpec {
    /// Errors: no delay at all or more than two hours; dwells above ten minutes; driving above a hundred times a delay.
    pub(super) fn validate(self) -> Result<(), Invalid> {
        let field = |name: &str| format!("policy.pooling.{name}");
        duration::within(&field("delay_max"), self.delay_max, (Millis(1), Millis(PICKUP_TIME_MS_MAX)))?;
        duration::within(&field("pickup_dwell"), self.pickup_dwell, (Millis::ZERO, MOMENT_MAX))?;
        duration::within(&field("dropoff_dwell"), self.dropoff_dwell, (Millis::ZERO, MOMENT_MAX))?;
        within(&field("drive_percent"), f64::from(self.drive_percent), (0.0, 10_000.0))?;
        Ok(())
    }
}
