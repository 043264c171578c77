//! The sections of a scenario that say what the city is like: vehicles, chargers, drivers, riders, faults, reports.

use paceline_engine::TICK;
use paceline_model::limits::{Invalid, within};
use paceline_model::{Driver, Geofence, GeofenceId, Millis, Position, Powertrain, Tag, duration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What happens to trips, vehicles and chargers that lie off the roads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// They are moved to the nearest road within `far_m_max`.
    #[default]
    Move,
    /// They are left out: the scenario is a part of a larger city.
    LeaveOut,
}

/// What vehicles and orders are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Names {
    /// As their files call them, or by number where they do not.
    #[default]
    OfFile,
    /// By number, in the order of the files. Between equal choices names decide, and chance is drawn by name: two days that are to be
    /// compared call theirs alike.
    Numbered,
}

/// Where vehicles charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chargers {
    /// Sites: CSV.
    pub sites: PathBuf,
    /// Kilowatts per plug, by the name of its kind in that file. Sites of other kinds are left out, and counted.
    pub kw: BTreeMap<String, f64>,
}

/// What a vehicle is. What it draws under way on top of its consumption stands in `fleet.auxiliary_w`: the engine
/// reckons with what is true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleKind {
    /// Places for riders.
    pub seats: u8,
    /// What orders may ask for that each of them has.
    #[serde(default)]
    pub attributes: Vec<Tag>,
    /// Usable energy of a full battery.
    pub battery_kwh: f64,
    /// Consumption at nominal speed.
    pub consumption_wh_per_km: f64,
    /// Draw while it stands without a plug. One that must charge (`fleet.charge_below_percent`) and has nothing to do
    /// switches itself off.
    #[serde(default)]
    pub idle_kw: f64,
    /// Most power that the battery takes.
    pub charge_kw_max: f64,
    /// CSV: share of a full battery, share of `charge_kw_max` that the battery takes then. Without it, all of it.
    pub power_curve: Option<PathBuf>,
    /// Grams of CO₂ per kilowatt-hour from the grid.
    #[serde(default)]
    pub grid_g_per_kwh: u32,
}

impl VehicleKind {
    /// Battery and consumption. Errors: out of the limits.
    pub fn powertrain(&self) -> Result<Powertrain, Invalid> {
        Powertrain::new(self.battery_kwh, self.consumption_wh_per_km, self.grid_g_per_kwh)
    }
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        self.powertrain()?;
        within("idle_kw", self.idle_kw, (0.0, 50.0))?;
        within("charge_kw_max", self.charge_kw_max, (0.1, 4_000.0))?;
        Ok(())
    }
}

/// How the engine is driven: what a server has a clock and a processor for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Time between rounds.
    #[serde(with = "duration")]
    pub tick: Millis,
    /// Work steps that one round may use.
    pub budget_steps: u64,
    /// How long a plan is on its way, in virtual time: a slow solver.
    #[serde(with = "duration")]
    pub solver_delay: Millis,
}

impl Default for Engine {
    fn default() -> Self {
        Self { tick: TICK, budget_steps: 4_000_000, solver_delay: Millis::ZERO }
    }
}

impl Engine {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        duration::within("tick", self.tick, (Millis(10), Millis::from_secs(600)))?;
        within("budget_steps", self.budget_steps as f64, (1.0, 1e15))?;
        duration::within("solver_delay", self.solver_delay, (Millis::ZERO, Millis::from_secs(3_600)))
    }
}

/// How drivers behave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drivers {
    /// Nobody is asked.
    pub automatic: bool,
    /// Chance that a driver says yes.
    pub accept: f64,
    /// Longest time to the answer; each takes an evenly drawn part of it.
    #[serde(with = "duration")]
    pub answer_max: Millis,
    /// Time at the pick-up from arriving to leaving.
    #[serde(with = "duration")]
    pub pickup_dwell: Millis,
    /// Time at the drop-off.
    #[serde(with = "duration")]
    pub dropoff_dwell: Millis,
}

impl Default for Drivers {
    fn default() -> Self {
        Self {
            automatic: true,
            accept: 1.0,
            answer_max: Millis::from_secs(8),
            pickup_dwell: Millis::ZERO,
            dropoff_dwell: Millis::ZERO,
        }
    }
}

impl Drivers {
    /// Whether drivers are asked.
    pub fn driver(&self) -> Driver {
        if self.automatic { Driver::Automatic } else { Driver::Asked }
    }
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        let hour = (Millis::ZERO, Millis::from_secs(3_600));
        within("accept", self.accept, (0.0, 1.0))?;
        duration::within("answer_max", self.answer_max, hour)?;
        duration::within("pickup_dwell", self.pickup_dwell, hour)?;
        duration::within("dropoff_dwell", self.dropoff_dwell, hour)
    }
}

/// How riders behave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Riders {
    /// Longest wait for the pick-up that an order allows.
    #[serde(with = "duration")]
    pub wait_max: Millis,
    /// Share of riders who call off.
    pub cancel_share: f64,
    /// When they do, if they still wait.
    #[serde(with = "duration")]
    pub cancel_after: Millis,
}

impl Default for Riders {
    fn default() -> Self {
        Self { wait_max: Millis::from_secs(600), cancel_share: 0.0, cancel_after: Millis::from_secs(300) }
    }
}

impl Riders {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        duration::within("wait_max", self.wait_max, (Millis::from_secs(1), DAY))?;
        within("cancel_share", self.cancel_share, (0.0, 1.0))?;
        duration::within("cancel_after", self.cancel_after, (Millis::ZERO, DAY))
    }
}

/// What vehicles do that have nothing to do: by themselves, the engine has no say in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Idle {
    /// Where they wait, as latitude and longitude. Without any, they stay where they are.
    pub ranks: Vec<(f64, f64)>,
    /// How long they stay before they go there.
    #[serde(with = "duration")]
    pub after: Millis,
    /// How near to a rank is near enough, in driving time.
    #[serde(with = "duration")]
    pub near: Millis,
}

impl Default for Idle {
    fn default() -> Self {
        Self { ranks: Vec::new(), after: Millis::from_secs(300), near: Millis::from_secs(180) }
    }
}

impl Idle {
    /// The ranks as positions. Errors: outside the earth.
    pub fn positions(&self) -> Result<Vec<Position>, Invalid> {
        let named = |number: usize| move |invalid: Invalid| invalid.within(&format!("ranks[{number}]"));
        let ranks = self.ranks.iter().enumerate();
        ranks.map(|(number, &(lat, lon))| Position::new(lat, lon).map_err(named(number))).collect()
    }
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        self.positions()?;
        duration::within("after", self.after, (Millis::ZERO, DAY))?;
        duration::within("near", self.near, (Millis::ZERO, DAY))
    }
}

/// What breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Breakdowns per vehicle and day, on average.
    pub per_vehicle_day: f64,
    /// Time until a broken vehicle works again.
    #[serde(with = "duration")]
    pub repair: Millis,
}

impl Default for Faults {
    fn default() -> Self {
        Self { per_vehicle_day: 0.0, repair: Millis::from_secs(1_800) }
    }
}

impl Faults {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        within("per_vehicle_day", self.per_vehicle_day, (0.0, 1_000.0))?;
        duration::within("repair", self.repair, (Millis::ZERO, DAY))
    }
}

/// How often vehicles say where they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reports {
    /// While driving.
    #[serde(with = "duration")]
    pub moving: Millis,
    /// While standing.
    #[serde(with = "duration")]
    pub idle: Millis,
    /// While charging.
    #[serde(with = "duration")]
    pub charging: Millis,
}

impl Default for Reports {
    /// The slowest usual rate, of which `fleet.silence_max` lets two be missed.
    fn default() -> Self {
        let usual = Millis::from_secs(20);
        Self { moving: usual, idle: usual, charging: usual }
    }
}

impl Reports {
    /// Errors: more often than once a second, or so seldom that a sound vehicle counts as lost.
    pub(super) fn validate(&self, silence_max: Millis) -> Result<(), Invalid> {
        let bounds = (Millis::from_secs(1), silence_max);
        duration::within("moving", self.moving, bounds)?;
        duration::within("idle", self.idle, bounds)?;
        duration::within("charging", self.charging, bounds)
    }
}

/// A named area, which `fleet.policy_rules` may speak of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Its name.
    pub id: String,
    /// Its corners, as latitude and longitude.
    pub ring: Vec<(f64, f64)>,
}

impl Area {
    /// Errors: a name or corners that are none.
    pub fn geofence(&self) -> Result<Geofence, Invalid> {
        let corners: Result<Vec<Position>, Invalid> =
            self.ring.iter().map(|&(lat, lon)| Position::new(lat, lon)).collect();
        Geofence::new(GeofenceId::new(&self.id)?, corners?)
    }
}

const DAY: Millis = Millis::from_secs(86_400);
