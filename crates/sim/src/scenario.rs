//! A scenario as its TOML file writes it: which city, which demand, which fleet, which rules. Units stand in the names.
//!
//! Unknown fields are refused; a value out of bounds is refused with field, value and rule. Paths are relative to the
//! scenario file. Reading the files that it names is `day`'s work.

mod policies;

pub use policies::{Area, Policy, PolicyName, PolicyRule, Pooling};

use crate::error::SimError;
use jiff::civil::DateTime;
use paceline_engine::FleetOptions;
use paceline_model::limits::Rule;
use paceline_model::limits::within;
use paceline_model::{Charge, Driver, Instant, Invalid, Millis, MilliwattHours, Position, Powertrain};
use paceline_plan::fleet::reposition::RebalanceSpec;
use paceline_road::traffic::Profile;
use paceline_road::{ImportOptions, Roads};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A day in a city.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called in reports.
    pub name: String,
    /// When it begins, in the city's own time.
    #[serde(deserialize_with = "local_time")]
    pub start: DateTime,
    /// When the last order is placed, in the city's own time.
    #[serde(deserialize_with = "local_time")]
    pub end: DateTime,
    /// Hours that the city's time is ahead of UTC; negative in the west.
    #[serde(default)]
    pub utc_offset_h: i8,
    /// Streets: `.osm.pbf`, node-link `.json` or `.json.gz`, or the compact file that `paceline road import` makes.
    pub roads: PathBuf,
    /// Usual speeds by hour of the week: CSV, in the city's own time. Without it streets are as empty as they were imported.
    pub speed_profile: Option<PathBuf>,
    /// Trips: CSV, or `.csv.gz`.
    pub trips: PathBuf,
    /// Fleets to choose from by size: CSV files.
    pub fleets: Vec<PathBuf>,
    /// How many vehicles unless told otherwise.
    pub vehicles: u32,
    /// A place further than this from any road is moved to the nearest one within `far_m_max`, and counted.
    #[serde(default = "default_far_m_max")]
    pub far_m_max: u32,
    /// What happens to trips, vehicles and chargers that lie off these roads.
    #[serde(default)]
    pub outside: Outside,
    /// Where vehicles charge.
    pub chargers: Chargers,
    /// What a vehicle is.
    pub vehicle: VehicleKind,
    /// How the engine is driven.
    #[serde(default)]
    pub engine: Engine,
    /// What decisions are made by.
    #[serde(default)]
    pub policy: Policy,
    /// Other policies for parts of the day or the city; the first that fits an order holds for it.
    #[serde(default)]
    pub rules: Vec<PolicyRule>,
    /// A policy that is solved beside the live one on the same rounds and never committed.
    pub shadow: Option<Policy>,
    /// Areas that rules may name.
    #[serde(default)]
    pub areas: Vec<Area>,
    /// How rides are shared under the policy `pooled`.
    #[serde(default)]
    pub pooling: Pooling,
    /// When vehicles charge.
    #[serde(default)]
    pub charging: Charging,
    /// How drivers behave.
    #[serde(default)]
    pub drivers: Drivers,
    /// How riders behave.
    #[serde(default)]
    pub riders: Riders,
    /// What vehicles do that have nothing to do.
    #[serde(default)]
    pub idle: Idle,
    /// Sends vehicles with nothing to do to where riders are expected, instead of `idle.ranks`. Off if absent.
    pub rebalance: Option<Rebalance>,
    /// What breaks.
    #[serde(default)]
    pub faults: Faults,
    /// How often vehicles say where they are.
    #[serde(default)]
    pub reports: Reports,
    /// The file that it was read from.
    #[serde(skip)]
    pub path: PathBuf,
}

/// A date and time without an offset, as TOML writes it.
fn local_time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<DateTime, D::Error> {
    let written = toml::value::Datetime::deserialize(from)?;
    if written.offset.is_some() {
        return Err(serde::de::Error::custom("must be the city's own time, without an offset"));
    }
    written.to_string().parse().map_err(serde::de::Error::custom)
}

fn default_far_m_max() -> u32 {
    500
}

/// What happens to trips, vehicles and chargers that lie off the roads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// They are moved to the nearest road within `far_m_max`.
    #[default]
    Move,
    /// They are left out: the scenario is a part of a larger city.
    LeaveOut,
}

/// Where vehicles charge.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chargers {
    /// Sites: CSV.
    pub sites: PathBuf,
    /// Kilowatts per plug, by the name of its kind in that file. Sites of other kinds are left out, and counted.
    pub kw: BTreeMap<String, f64>,
}

/// What a vehicle is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleKind {
    /// Places for riders.
    pub seats: u8,
    /// Usable energy of a full battery.
    pub battery_kwh: f64,
    /// Consumption at nominal speed.
    pub consumption_wh_per_km: f64,
    /// Draw while it stands without a plug. One that must charge (`charging.below_percent`) and has nothing to do switches itself off.
    #[serde(default)]
    pub idle_kw: f64,
    /// Draw while it is under way, on top of its consumption. 0: the consumption has it in.
    #[serde(default)]
    pub auxiliary_kw: f64,
    /// Most power that the battery takes.
    pub charge_kw_max: f64,
    /// CSV: share of a full battery, share of `charge_kw_max` that the battery takes then. Without it, all of it.
    pub power_curve: Option<PathBuf>,
    /// Grams of CO₂ per kilowatt-hour from the grid.
    #[serde(default)]
    pub grid_g_per_kwh: u32,
}

/// How the engine is driven.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Time between rounds.
    pub tick_ms: u32,
    /// Work steps that one round may use.
    pub budget_steps: u64,
    /// How long a plan is on its way, in virtual time: a slow solver.
    pub solver_delay_ms: u32,
    /// Silence after which a vehicle counts as lost.
    pub silence_max_s: u32,
}

impl Default for Engine {
    fn default() -> Self {
        Self { tick_ms: 1_000, budget_steps: 4_000_000, solver_delay_ms: 0, silence_max_s: 900 }
    }
}

/// When vehicles charge.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Charging {
    /// A free vehicle at or below this must charge.
    pub below_percent: f64,
    /// A free vehicle at or below this that has had no order for `top_up_after_s` charges, and may be called away.
    pub top_up_below_percent: f64,
    /// How long it must have been free for that.
    pub top_up_after_s: u32,
    /// A charging vehicle at or above this may be called away.
    pub callable_above_percent: f64,
    /// Charging ends here.
    pub until_percent: f64,
    /// Energy that must be left on reaching a charger.
    pub reserve_kwh: f64,
}

impl Default for Charging {
    fn default() -> Self {
        Self {
            below_percent: 15.0,
            top_up_below_percent: 60.0,
            top_up_after_s: 600,
            callable_above_percent: 40.0,
            until_percent: 80.0,
            reserve_kwh: 2.0,
        }
    }
}

/// How drivers behave.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drivers {
    /// Nobody is asked.
    pub automatic: bool,
    /// Chance that a driver says yes.
    pub accept: f64,
    /// Longest time to the answer; each takes an evenly drawn part of it.
    pub answer_s_max: f64,
    /// Time that an offer stands.
    pub offer_s: u32,
    /// Time at the pick-up from arriving to leaving.
    pub pickup_s: u32,
    /// Time at the drop-off.
    pub dropoff_s: u32,
}

impl Default for Drivers {
    fn default() -> Self {
        Self { automatic: true, accept: 1.0, answer_s_max: 8.0, offer_s: 15, pickup_s: 0, dropoff_s: 0 }
    }
}

/// How riders behave.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Riders {
    /// Longest wait for the pick-up that an order allows.
    pub wait_s_max: u32,
    /// Share of riders who call off.
    pub cancel_share: f64,
    /// When they do, if they still wait.
    pub cancel_after_s: u32,
}

impl Default for Riders {
    fn default() -> Self {
        Self { wait_s_max: 600, cancel_share: 0.0, cancel_after_s: 300 }
    }
}

/// What vehicles do that have nothing to do: by themselves, the engine has no say in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Idle {
    /// Where they wait, as latitude and longitude. Without any, they stay where they are.
    pub ranks: Vec<(f64, f64)>,
    /// How long they stay before they go there.
    pub after_s: u32,
    /// How near to a rank is near enough, in seconds of driving.
    pub near_s: u32,
}

impl Default for Idle {
    fn default() -> Self {
        Self { ranks: Vec::new(), after_s: 300, near_s: 180 }
    }
}

impl Idle {
    /// The ranks as positions. Errors: outside the earth.
    pub fn positions(&self) -> Result<Vec<Position>, Invalid> {
        self.ranks.iter().map(|&(lat, lon)| Position::new(lat, lon)).collect()
    }
}

/// Where idle vehicles are sent by the engine, and which of them charge meanwhile.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rebalance {
    /// H3 resolution of the cells.
    pub resolution: u8,
    /// Time between two looks.
    pub every_s: u32,
    /// Time for which a place's demand is covered.
    pub horizon_s: u32,
    /// Furthest drive to a stand.
    pub drive_s_max: u32,
    /// Empty driving that a vehicle where one is surely needed is worth.
    pub worth_s: u32,
    /// Empty driving that filling an empty battery is worth; 0 leaves topping up to `charging`.
    pub charge_worth_s: u32,
}

impl Default for Rebalance {
    fn default() -> Self {
        let spec = RebalanceSpec::default();
        let seconds = |span: Millis| span.0 / 1_000;
        Self {
            resolution: spec.resolution,
            every_s: seconds(spec.every),
            horizon_s: seconds(spec.horizon),
            drive_s_max: seconds(spec.drive_max),
            worth_s: seconds(spec.worth),
            charge_worth_s: seconds(spec.charge_worth),
        }
    }
}

impl Rebalance {
    fn spec(&self) -> RebalanceSpec {
        RebalanceSpec {
            resolution: self.resolution,
            every: Millis::from_secs(self.every_s),
            horizon: Millis::from_secs(self.horizon_s),
            drive_max: Millis::from_secs(self.drive_s_max),
            worth: Millis::from_secs(self.worth_s),
            charge_worth: Millis::from_secs(self.charge_worth_s),
        }
    }
}

/// What breaks.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Breakdowns per vehicle and day, on average.
    pub per_vehicle_day: f64,
    /// Time until a broken vehicle works again.
    pub repair_s: u32,
}

impl Default for Faults {
    fn default() -> Self {
        Self { per_vehicle_day: 0.0, repair_s: 1_800 }
    }
}

/// How often vehicles say where they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reports {
    /// While driving.
    pub moving_s: u32,
    /// While standing.
    pub idle_s: u32,
    /// While charging.
    pub charging_s: u32,
}

impl Default for Reports {
    fn default() -> Self {
        Self { moving_s: 60, idle_s: 300, charging_s: 60 }
    }
}

impl Scenario {
    /// Reads and checks a scenario file; not yet the files that it names.
    pub fn load(path: &Path) -> Result<Self, SimError> {
        let text = std::fs::read_to_string(path).map_err(|error| SimError::io(path, error))?;
        Self::parse(&text, path)
    }

    /// Checks a scenario's text; `path` is where its own paths are relative to.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SimError> {
        let parsed: Result<Self, _> = toml::from_str(text);
        let mut scenario =
            parsed.map_err(|error| SimError::Toml { path: path.to_owned(), error: Box::new(error) })?;
        scenario.path = path.to_owned();
        scenario.validate().map_err(|invalid| SimError::Invalid { path: path.to_owned(), invalid })?;
        Ok(scenario)
    }

    fn validate(&self) -> Result<(), Invalid> {
        let hours = (0.0, 86_400.0);
        if self.end <= self.start {
            return Err(Invalid::new(
                "end",
                self.end,
                Rule::NotBefore { than: format!("start ({})", self.start) },
            ));
        }
        if self.fleets.is_empty() {
            return Err(Invalid::new("fleets", 0, Rule::Size { least: 1, most: 100, unit: "files".into() }));
        }
        within("utc_offset_h", f64::from(self.utc_offset_h), (-12.0, 14.0))?;
        within("vehicles", f64::from(self.vehicles), (1.0, 100_000.0))?;
        within("engine.tick_ms", f64::from(self.engine.tick_ms), (10.0, 600_000.0))?;
        within("engine.budget_steps", self.engine.budget_steps as f64, (1.0, 1e15))?;
        within("engine.silence_max_s", f64::from(self.engine.silence_max_s), (1.0, 86_400.0))?;
        within("policy.candidates", f64::from(self.policy.candidates), (1.0, 1_000.0))?;
        within("policy.pickup_s_max", f64::from(self.policy.pickup_s_max), (1.0, 86_400.0))?;
        within("drivers.accept", self.drivers.accept, (0.0, 1.0))?;
        within("drivers.answer_s_max", self.drivers.answer_s_max, (0.0, 3_600.0))?;
        within("riders.wait_s_max", f64::from(self.riders.wait_s_max), (1.0, 86_400.0))?;
        within("riders.cancel_share", self.riders.cancel_share, (0.0, 1.0))?;
        within("faults.per_vehicle_day", self.faults.per_vehicle_day, (0.0, 1_000.0))?;
        within("faults.repair_s", f64::from(self.faults.repair_s), hours)?;
        within("vehicle.idle_kw", self.vehicle.idle_kw, (0.0, 50.0))?;
        within("vehicle.auxiliary_kw", self.vehicle.auxiliary_kw, (0.0, 20.0))?;
        within("vehicle.charge_kw_max", self.vehicle.charge_kw_max, (0.1, 4_000.0))?;
        let reports = [self.reports.moving_s, self.reports.idle_s, self.reports.charging_s];
        for (name, every) in ["moving_s", "idle_s", "charging_s"].into_iter().zip(reports) {
            within(
                &format!("reports.{name}"),
                f64::from(every),
                (1.0, f64::from(self.engine.silence_max_s)),
            )?;
        }
        self.idle.positions().map_err(|invalid| invalid.within("idle.ranks"))?;
        for (number, area) in self.areas.iter().enumerate() {
            area.geofence().map_err(|invalid| invalid.within(&format!("areas[{number}]")))?;
        }
        self.powertrain().map_err(|invalid| invalid.within("vehicle"))?;
        self.charging_options().map_err(|invalid| invalid.within("charging"))?;
        self.fleet_options(None)?;
        Ok(())
    }

    /// A path of the scenario, from where the scenario file is.
    pub fn file(&self, relative: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new(".")).join(relative)
    }

    /// The moment of a time of the city's own clock.
    pub fn instant(&self, local: DateTime) -> Instant {
        let utc = local.saturating_sub(jiff::Span::new().hours(i64::from(self.utc_offset_h)));
        let stamp = jiff::tz::TimeZone::UTC.to_timestamp(utc).map_or(0, |stamp| stamp.as_millisecond());
        Instant(u64::try_from(stamp).unwrap_or(0))
    }

    /// Milliseconds since the city's midnight before the scenario's start.
    pub fn since_midnight(&self, at: Instant) -> u64 {
        let midnight = self.instant(self.start.date().at(0, 0, 0, 0));
        at.0.saturating_sub(midnight.0)
    }

    /// Battery and consumption of a vehicle.
    pub fn powertrain(&self) -> Result<Powertrain, Invalid> {
        let kind = &self.vehicle;
        Powertrain::new(kind.battery_kwh, kind.consumption_wh_per_km, kind.grid_g_per_kwh)
    }

    /// Whether drivers are asked.
    pub fn driver(&self) -> Driver {
        if self.drivers.automatic { Driver::Automatic } else { Driver::Asked }
    }

    /// The engine's settings, with another policy than the scenario's, for all orders at all times, if given.
    ///
    /// Errors: policies that break their rules, thresholds out of order.
    pub fn fleet_options(&self, policy: Option<PolicyName>) -> Result<FleetOptions, Invalid> {
        let mut options = self.charging_options()?;
        options.policy = self.policy_spec(&self.policy, policy);
        if policy.is_none() {
            let rules = self.rules.iter().enumerate().map(|(number, rule)| {
                self.policy_rule(rule).map_err(|invalid| invalid.within(&format!("rules[{number}]")))
            });
            options.policy_rules = rules.collect::<Result<_, Invalid>>()?;
        }
        options.shadow_policy = self.shadow.as_ref().map(|shadow| self.policy_spec(shadow, None));
        options.utc_offset_min = i16::from(self.utc_offset_h) * 60;
        options.offer_timeout = Millis::from_secs(self.drivers.offer_s);
        options.silence_max = Millis::from_secs(self.engine.silence_max_s);
        options.rebalance = self.rebalance.as_ref().map(Rebalance::spec);
        options.auxiliary_w = (self.vehicle.auxiliary_kw * 1_000.0).round() as u32;
        options.validate()
    }

    fn charging_options(&self) -> Result<FleetOptions, Invalid> {
        within("reserve_kwh", self.charging.reserve_kwh, (0.0, self.vehicle.battery_kwh))?;
        FleetOptions {
            charge_below: Charge::from_percent(self.charging.below_percent)?,
            top_up_below: Charge::from_percent(self.charging.top_up_below_percent)?,
            top_up_after: Millis::from_secs(self.charging.top_up_after_s),
            callable_above: Charge::from_percent(self.charging.callable_above_percent)?,
            charge_until: Charge::from_percent(self.charging.until_percent)?,
            reserve: MilliwattHours::from_kwh(self.charging.reserve_kwh),
            ..FleetOptions::default()
        }
        .validate()
    }

    /// Reads the speed profile, if the scenario names one. Errors: not readable, not a profile of these roads.
    pub fn read_profile(&self, roads: &Roads) -> Result<Option<Profile>, SimError> {
        let Some(file) = &self.speed_profile else { return Ok(None) };
        let path = self.file(file);
        let text = std::fs::read_to_string(&path).map_err(|error| SimError::io(&path, error))?;
        let profile = Profile::parse(&text, roads, self.utc_offset_h);
        profile.map(Some).map_err(|error| {
            let reason = format!("{} is {}: {}", error.field, error.value, error.rule);
            SimError::line(&path, error.line as u64, reason)
        })
    }

    /// Reads the streets, in whichever of the known forms they come.
    pub fn open_roads(&self) -> Result<Roads, SimError> {
        let path = self.file(&self.roads);
        let road = |error| SimError::Road { path: path.clone(), error };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".pbf") {
            Roads::import_osm_pbf(&path, &ImportOptions::default()).map(|(roads, _)| roads).map_err(road)
        } else if name.ends_with(".json") || name.ends_with(".json.gz") {
            let json = crate::day::read_all(&path)?;
            Roads::import_node_link(&json).map(|(roads, _)| roads).map_err(road)
        } else {
            Roads::open(&path).map_err(road)
        }
    }
}
