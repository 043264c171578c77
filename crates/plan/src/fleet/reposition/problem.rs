//! What standing is decided from: idle vehicles, cells with what they may expect, and free plugs.

use crate::rows::Supply;
use paceline_model::{Charge, Invalid, Millis, Position, duration, limits::within};
use paceline_road::RoadPoint;
use serde::{Deserialize, Serialize};

/// How vehicles are moved before anybody asks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RebalanceSpec {
    /// H3 resolution of the cells. 8 has edges of 460 m: two minutes of city driving.
    pub resolution: u8,
    /// Time between two looks.
    #[serde(with = "duration")]
    pub every: Millis,
    /// Time for which a place's demand is covered.
    #[serde(with = "duration")]
    pub horizon: Millis,
    /// Furthest drive to a stand.
    #[serde(with = "duration")]
    pub drive_max: Millis,
    /// What it is worth to have a vehicle where one is surely needed, in time driven empty for it.
    #[serde(with = "duration")]
    pub worth: Millis,
    /// What an empty battery's worth of charge is worth, in time driven empty for it. 0: charging is decided elsewhere.
    #[serde(with = "duration")]
    pub charge_worth: Millis,
}

impl Default for RebalanceSpec {
    fn default() -> Self {
        Self {
            resolution: 8,
            every: Millis::from_secs(60),
            horizon: Millis::from_secs(600),
            // Whoever stands further from all riders than an order may wait is lost to a sudden rush: the way back has to
            // be worth driving, and longer than any pick-up.
            drive_max: Millis::from_secs(1_800),
            worth: Millis::from_secs(1_800),
            // At least as much: a battery that is not filled while vehicles abound is filled while they lack.
            charge_worth: Millis::from_secs(3_600),
        }
    }
}

impl RebalanceSpec {
    /// Errors: values out of bounds.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("rebalance.resolution", f64::from(self.resolution), (4.0, 10.0))?;
        let (second, hour) = (Millis::from_secs(1), Millis::from_secs(3_600));
        let worth = (Millis::ZERO, Millis::from_secs(86_400));
        duration::within("rebalance.every", self.every, (second, hour))?;
        duration::within("rebalance.horizon", self.horizon, (Millis::from_secs(60), hour))?;
        duration::within("rebalance.drive_max", self.drive_max, (second, hour))?;
        duration::within("rebalance.worth", self.worth, worth)?;
        duration::within("rebalance.charge_worth", self.charge_worth, worth)?;
        Ok(self)
    }
}

/// Everything that one look at where to stand needs.
#[derive(Clone, Debug)]
pub struct Standing {
    /// How.
    pub spec: RebalanceSpec,
    /// Vehicles with nothing to do and not on their way to a stand, and those at a plug that may leave it, by id.
    pub idle: Vec<Idle>,
    /// Cells, in the order of their index.
    pub stands: Vec<Stand>,
    /// A battery at or below this may be filled up now.
    pub top_up_below: Charge,
    /// How full charging makes it.
    pub charge_until: Charge,
    /// What a full battery will be worth against today's usual, in percent: more where busier hours are to come.
    pub charge_worth_percent: u32,
}

/// A vehicle with nothing to do.
#[derive(Clone, Debug)]
pub struct Idle {
    /// What and where it is.
    pub supply: Supply,
    /// The row of the cell that it is in, if riders ever asked there.
    pub stand: Option<u32>,
    /// Whether it is at a plug, and could stay there.
    pub plugged: bool,
}

/// A cell that vehicles may stand in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stand {
    /// The middle of its orders.
    pub position: Position,
    /// Where that is on the road.
    pub place: RoadPoint,
    /// Orders expected within the horizon, in thousandths.
    pub expected_milli: u32,
    /// Vehicles that are on their way there or will be free there: they are there already, for this purpose.
    pub held: u32,
}
