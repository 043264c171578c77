//! A scenario of shared bikes as its TOML file writes it: the history that stations and riders come from, the vans, and how the region is
//! run (`[bikes]`, as in a server's file: `regions.NAME.bikes`).
//!
//! Unknown fields are refused; a value out of bounds is refused with field, value and rule. Paths are relative to the scenario's file.

use super::period::Period;
use crate::TimeOfDay;
use crate::error::SimError;
use paceline_engine::bikes::BikesOptions;
use paceline_model::Zone;
use paceline_model::bikes::VanSpec;
use paceline_model::duration::{self, within as span_within};
use paceline_model::limits::{Invalid, Rule, VAN_CAPACITY_MAX, within};
use paceline_model::{Instant, Millis, Position};
use paceline_road::Roads;
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// Vans of a scenario, at most: more than any city has on the road at once.
const VANS_MAX: u32 = 500;
/// How far riders walk for another bike, at most: nobody walks an hour for one.
const WALK_M_MAX: f64 = 5_000.0;
/// Riders faster than this race.
const RIDE_KMH: (f64, f64) = (5.0, 30.0);
/// Jams of a scenario, at most.
const JAMMED_MAX: usize = 1_000;
/// How often a feed may be asked.
const FEED_EVERY: (Millis, Millis) = (Millis::from_secs(5), Millis::from_secs(3_600));

/// The kind of a region that a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Shared bikes.
    Bikes,
}

/// Some days of a city's shared bikes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BikesScenario {
    #[expect(dead_code, reason = "it only says what the file is")]
    kind: Kind,
    /// What it is called in reports.
    pub name: String,
    /// The days that are played.
    #[serde(deserialize_with = "parsed")]
    pub days: Period,
    /// Time between two rounds.
    #[serde(with = "duration", default = "default_tick")]
    pub tick: Millis,
    /// Where stations, their first stock and riders come from.
    pub history: HistorySource,
    /// The streets that vans drive along: a road file. `None`: they drive by the straight line.
    #[serde(default)]
    pub roads: Option<PathBuf>,
    /// Who moves bikes.
    pub vans: Vans,
    /// What riders do.
    #[serde(default)]
    pub riders: Riders,
    /// Stations that give no bikes from some time on.
    #[serde(default)]
    pub jammed: Vec<JammedStation>,
    /// How the region is run.
    #[serde(default)]
    pub bikes: BikesOptions,
    /// The file that it was read from.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Where a city's stations and riders come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistorySource {
    /// The folder: `stations.csv`, and snapshots by month.
    pub folder: PathBuf,
    /// The city's time zone.
    pub zone: Zone,
    /// Riders come as fast as in these days: best the days that are played.
    #[serde(deserialize_with = "parsed")]
    pub riders: Period,
    /// What a planner may know: rates are learnt from these days, none of which should be played. `None`: it knows no rates.
    #[serde(default, deserialize_with = "parsed_if_any")]
    pub known: Option<Period>,
}

/// Vans, all alike.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vans {
    /// How many.
    pub count: u32,
    /// Bikes that one carries.
    pub capacity: u32,
    /// What loading or unloading one bike takes.
    #[serde(with = "duration", default = "default_handling")]
    pub handling: Millis,
    /// What a stop takes beside that.
    #[serde(with = "duration", default = "default_stop")]
    pub stop: Millis,
    /// Where they begin.
    pub depot: Position,
}

/// A station that has bikes and gives none to riders and vans, and says so to nobody, until a crew has looked: that mends it at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JammedStation {
    /// Which station.
    pub station: String,
    /// Since when.
    pub from: Instant,
}

/// What riders do.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Riders {
    /// Whoever finds no bike walks so far at most, in metres by the straight line, to a station that has one. Else the ride is lost.
    pub walk_m: f64,
    /// How fast they ride.
    pub ride_kmh: f64,
    /// How often the region hears what stands at stations.
    #[serde(with = "duration")]
    pub feed_every: Millis,
}

impl Default for Riders {
    /// Riders of Washington walk some 300 m for another station (Kabra, Belavina and Girotra, Management Science 66(9), 2020); a feed of GBFS is asked each
    /// minute.
    fn default() -> Self {
        Self { walk_m: 300.0, ride_kmh: 12.0, feed_every: Millis::from_secs(60) }
    }
}

fn default_tick() -> Millis {
    Millis::from_secs(1)
}

fn default_handling() -> Millis {
    VanSpec::USUAL_HANDLING
}

fn default_stop() -> Millis {
    Millis::from_secs(120)
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = String>>(from: D) -> Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn parsed_if_any<'de, D: Deserializer<'de>, T: FromStr<Err = String>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    parsed(from).map(Some)
}

impl BikesScenario {
    /// Whether a scenario's text is of shared bikes.
    pub fn is_one(text: &str) -> bool {
        let table: Result<toml::Table, _> = toml::from_str(text);
        table.is_ok_and(|table| table.get("kind").and_then(toml::Value::as_str) == Some("bikes"))
    }

    /// Reads a file. Errors: not readable, unknown fields, values out of bounds.
    pub fn load(path: &Path) -> Result<Self, SimError> {
        let text = std::fs::read_to_string(path).map_err(|error| SimError::io(path, error))?;
        let toml = |error| SimError::Toml { path: path.to_owned(), error: Box::new(error) };
        let mut scenario: Self = toml::from_str(&text).map_err(toml)?;
        let base = path.parent().unwrap_or(Path::new("."));
        scenario.history.folder = base.join(&scenario.history.folder);
        scenario.roads = scenario.roads.map(|roads| base.join(roads));
        scenario.path = path.to_owned();
        scenario.validate().map_err(|invalid| SimError::Invalid { path: path.to_owned(), invalid })
    }

    /// A time of the first day, by the city's own clock.
    pub fn first_day_at(&self, time: TimeOfDay) -> Instant {
        self.days.first_at(&self.history.zone, time)
    }

    /// Its streets, if it has any. Errors: a file that cannot be read, or is none of streets.
    pub fn open_roads(&self) -> Result<Option<Arc<Roads>>, SimError> {
        self.roads.as_deref().map(|path| crate::files::open_roads(path).map(Arc::new)).transpose()
    }

    fn validate(mut self) -> Result<Self, Invalid> {
        within("vans.count", f64::from(self.vans.count), (0.0, f64::from(VANS_MAX)))?;
        within("vans.capacity", f64::from(self.vans.capacity), (1.0, f64::from(VAN_CAPACITY_MAX)))?;
        within("riders.walk_m", self.riders.walk_m, (0.0, WALK_M_MAX))?;
        within("riders.ride_kmh", self.riders.ride_kmh, RIDE_KMH)?;
        span_within("riders.feed_every", self.riders.feed_every, FEED_EVERY)?;
        span_within("tick", self.tick, (Millis(1), Millis::from_secs(3_600)))?;
        self.jams_are_in_these_days()?;
        if let Some(known) = self.history.known.filter(|known| known.overlaps(self.days)) {
            let rule = Rule::Shape(format!("must hold none of the days that are played ({})", self.days));
            return Err(Invalid::new("history.known", known, rule));
        }
        self.bikes = self.bikes.validate()?;
        Ok(self)
    }

    fn jams_are_in_these_days(&self) -> Result<(), Invalid> {
        if self.jammed.len() > JAMMED_MAX {
            let rule = Rule::Size { least: 0, most: JAMMED_MAX, unit: "stations".into() };
            return Err(Invalid::new("jammed", format!("{} stations", self.jammed.len()), rule));
        }
        let (begin, end) = self.days.span(&self.history.zone);
        let other = self.jammed.iter().find(|jam| !(begin..end).contains(&jam.from));
        other.map_or(Ok(()), |jam| {
            let rule = Rule::Shape(format!("must lie in the days that are played ({})", self.days));
            Err(Invalid::new("jammed.from", jam.from, rule))
        })
    }
}
