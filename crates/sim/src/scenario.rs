//! A scenario as its TOML file writes it: which city, which demand, which fleet. The section `[fleet]` is that of a server's
//! file, with the same keys and defaults; the page of all keys is `docs/configuration.md`.
//!
//! Unknown fields are refused; a value out of bounds is refused with field, value and rule. Paths are relative to the
//! scenario file. Reading the files that it names is `day`'s work.

mod city;
mod regions;
mod trips;

pub use city::{Area, Chargers, Drivers, Engine, Faults, Idle, Names, Outside, Reports, Riders, VehicleKind};
pub use regions::Regions;
pub use trips::Trips;

use crate::error::SimError;
use jiff::civil::DateTime;
use paceline_engine::FleetOptions;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{GeofenceId, Instant};
use paceline_road::Roads;
use paceline_road::traffic::Profile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A day in a city.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called in reports.
    pub name: String,
    /// When it begins, by the city's own clock (`fleet.time_zone`).
    #[serde(with = "local_time")]
    pub start: DateTime,
    /// When the last order is placed, by the city's own clock.
    #[serde(with = "local_time")]
    pub end: DateTime,
    /// Streets: `.osm.pbf`, node-link `.json` or `.json.gz`, or the compact file that `paceline road import` makes.
    pub roads: PathBuf,
    /// Usual speeds by hour of the week: CSV, in the city's own time. Without it streets are as empty as they were imported.
    pub speed_profile: Option<PathBuf>,
    /// Trips: a file, or a table that says how to read it.
    pub trips: Trips,
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
    /// What vehicles and orders are called.
    #[serde(default)]
    pub names: Names,
    /// Where vehicles charge. Without it nowhere.
    pub chargers: Option<Chargers>,
    /// What a vehicle is.
    pub vehicle: VehicleKind,
    /// Other kinds of vehicles, by the names that the fleet's files give them.
    #[serde(default)]
    pub kinds: BTreeMap<String, VehicleKind>,
    /// How the fleet is run: what the engine is told.
    #[serde(default)]
    pub fleet: FleetOptions,
    /// How the engine is driven.
    #[serde(default)]
    pub engine: Engine,
    /// Areas that the fleet's rules may name.
    #[serde(default)]
    pub areas: Vec<Area>,
    /// Whether it is played as several regions, and where those lie.
    #[serde(default)]
    pub regions: Regions,
    /// How drivers behave.
    #[serde(default)]
    pub drivers: Drivers,
    /// How riders behave.
    #[serde(default)]
    pub riders: Riders,
    /// What vehicles do that have nothing to do, unless `fleet.rebalance` sends them.
    #[serde(default)]
    pub idle: Idle,
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
mod local_time {
    use super::{DateTime, Deserialize, Serialize};
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use toml::value::Datetime;

    pub(super) fn serialize<S: serde::Serializer>(time: &DateTime, to: S) -> Result<S::Ok, S::Error> {
        time.to_string().parse::<Datetime>().map_err(S::Error::custom)?.serialize(to)
    }
    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<DateTime, D::Error> {
        let written = Datetime::deserialize(from)?;
        if written.offset.is_some() {
            return Err(D::Error::custom("must be the city's own time, without an offset"));
        }
        written.to_string().parse().map_err(D::Error::custom)
    }
}

fn default_far_m_max() -> u32 {
    500
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
        if self.end <= self.start {
            let rule = Rule::NotBefore { than: format!("start ({})", self.start) };
            return Err(Invalid::new("end", self.end, rule));
        }
        if self.fleets.is_empty() {
            return Err(Invalid::new("fleets", 0, Rule::Size { least: 1, most: 100, unit: "files".into() }));
        }
        within("vehicles", f64::from(self.vehicles), (1.0, 100_000.0))?;
        self.validate_city()?;
        self.validate_fleet().map_err(|invalid| invalid.within("fleet"))
    }

    fn validate_city(&self) -> Result<(), Invalid> {
        let named = |section: &'static str| move |invalid: Invalid| invalid.within(section);
        self.vehicle.validate().map_err(named("vehicle"))?;
        for (name, kind) in &self.kinds {
            kind.validate().map_err(|invalid| invalid.within(&format!("kinds.{name}")))?;
        }
        self.engine.validate().map_err(named("engine"))?;
        self.regions.validate().map_err(named("regions"))?;
        self.drivers.validate().map_err(named("drivers"))?;
        self.riders.validate().map_err(named("riders"))?;
        self.idle.validate().map_err(named("idle"))?;
        self.faults.validate().map_err(named("faults"))?;
        self.reports.validate(self.fleet.silence_max).map_err(named("reports"))?;
        for (number, area) in self.areas.iter().enumerate() {
            area.geofence().map_err(|invalid| invalid.within(&format!("areas[{number}]")))?;
        }
        Ok(())
    }

    /// What a server's file is held to, and that the fleet's settings fit this city.
    fn validate_fleet(&self) -> Result<(), Invalid> {
        self.fleet.clone().validate()?;
        let batteries = self.kinds.values().chain([&self.vehicle]).map(|kind| kind.battery_kwh);
        let smallest = batteries.fold(f64::INFINITY, f64::min);
        within("reserve_kwh", self.fleet.reserve.as_kwh(), (0.0, smallest))?;
        if self.speed_profile.is_some() {
            self.whole_hours()?;
        }
        let rules = self.fleet.policy_rules.iter().enumerate();
        for (number, area) in rules.filter_map(|(number, rule)| Some((number, rule.pickup_area.as_ref()?))) {
            self.known(area).map_err(|invalid| invalid.within(&format!("policy_rules[{number}]")))?;
        }
        Ok(())
    }

    /// Errors: no area of the scenario has that name.
    fn known(&self, area: &GeofenceId) -> Result<(), Invalid> {
        if self.areas.iter().any(|known| known.id == area.as_str()) {
            return Ok(());
        }
        let known: Vec<&str> = self.areas.iter().map(|area| area.id.as_str()).collect();
        let rule = Rule::OneOf(format!("the scenario's areas ({})", known.join(", ")));
        Err(Invalid::new("pickup_area", area, rule))
    }

    /// How far from a road a place may be.
    pub(crate) fn near_m(&self) -> f64 {
        f64::from(self.far_m_max.max(default_far_m_max()))
    }

    /// A path of the scenario, from where the scenario file is.
    pub fn file(&self, relative: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new(".")).join(relative)
    }

    /// The moment of a time of the city's own clock.
    pub fn instant(&self, local: DateTime) -> Instant {
        self.fleet.time_zone.instant(local)
    }

    /// How far the city's clocks are ahead of UTC when the scenario begins: a speed profile has a row for each hour.
    fn whole_hours(&self) -> Result<i8, Invalid> {
        let offset = self.fleet.time_zone.offset(self.instant(self.start));
        offset.whole_hours().map_err(|invalid| Invalid { field: "time_zone".into(), ..invalid })
    }

    /// Milliseconds since the city's midnight before the scenario's start.
    pub fn since_midnight(&self, at: Instant) -> u64 {
        let midnight = self.instant(self.start.date().at(0, 0, 0, 0));
        at.0.saturating_sub(midnight.0)
    }

    /// Reads the speed profile, if the scenario names one. Errors: not readable, not a profile of these roads.
    pub fn read_profile(&self, roads: &Roads) -> Result<Option<Profile>, SimError> {
        let Some(file) = &self.speed_profile else { return Ok(None) };
        let path = self.file(file);
        let text = std::fs::read_to_string(&path).map_err(|error| SimError::io(&path, error))?;
        let hours = self.whole_hours();
        let hours = hours.map_err(|invalid| SimError::Invalid { path: self.path.clone(), invalid })?;
        let profile = Profile::parse(&text, roads, hours);
        profile.map(Some).map_err(|error| {
            let reason = format!("{} is {}: {}", error.field, error.value, error.rule);
            SimError::line(&path, error.line as u64, reason)
        })
    }

    /// Reads the streets, in whichever of the known forms they come.
    pub fn open_roads(&self) -> Result<Roads, SimError> {
        crate::files::open_roads(&self.file(&self.roads))
    }
}
