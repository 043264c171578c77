//! The parts of a scene's file: kinds of boxes, with what is physical about them, demand and users.

use paceline_api::edge::{NewModel, NewNode, NewWorkload, Precision};
use paceline_model::Millis;
use paceline_model::duration;
use paceline_model::edge::label::{LabelKey, LabelValue};
use paceline_model::limits::{Invalid, MBPS_MAX, Rule, within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is around the boxes: a temperature that goes up and down once a day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ambient {
    /// On average.
    pub celsius: f64,
    /// How much warmer it is at 15:00 UTC, and colder at 3:00.
    pub swing_celsius: f64,
}

impl Default for Ambient {
    fn default() -> Self {
        Self { celsius: 22.0, swing_celsius: 0.0 }
    }
}

impl Ambient {
    pub(super) fn validate(self) -> Result<(), Invalid> {
        within("celsius", self.celsius, (-40.0, 60.0))?;
        within("swing_celsius", self.swing_celsius, (0.0, 30.0)).map(drop)
    }
}

/// Boxes of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boxes {
    /// How many. Where `sites` are given, as many of them at most.
    pub count: u32,
    /// Where they stand: a CSV file with the columns `LATITUDE` and `LONGITUDE`.
    #[serde(default)]
    pub sites: Option<Sites>,
    /// What each is, as `PUT /v1/nodes/{id}` takes it. In every text `{id}` stands for the box's name, `{n}` for its number from 0,
    /// `{n/7}` for the whole part of a seventh of it and `{n%3}` for what is left of it by thirds.
    pub node: NewNode,
    /// Time between two reports.
    #[serde(with = "duration", default = "default_report_every")]
    pub report_every: Millis,
    /// The same while a sensor is within five degrees of the threshold.
    #[serde(with = "duration", default = "default_report_every")]
    pub report_every_near_hot: Millis,
    /// How it warms and cools.
    #[serde(default)]
    pub heat: Heat,
    /// Its battery, if it runs on one.
    #[serde(default)]
    pub battery: Option<Battery>,
    /// Its link to the region.
    #[serde(default)]
    pub link: Link,
    /// Its radio, if it has one.
    #[serde(default)]
    pub radio: Option<Radio>,
    /// How much longer an answer takes there than the model's variant says.
    #[serde(default = "default_slowness")]
    pub slowness: f64,
}

/// Where boxes of a kind stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sites {
    /// The file.
    pub file: PathBuf,
    /// The first line that is taken, from 0.
    #[serde(default)]
    pub from: usize,
    /// Every so many-th line from there on.
    #[serde(default = "one")]
    pub every: usize,
}

fn one() -> usize {
    1
}

fn default_report_every() -> Millis {
    Millis::from_secs(10)
}

fn default_slowness() -> f64 {
    1.0
}

/// A box as one lump that power warms and its surroundings cool: see `heat.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Heat {
    /// Power of the box that does nothing.
    pub idle_w: f64,
    /// What a GPU at full load takes beyond that.
    pub device_w: f64,
    /// How much warmer than its surroundings a watt keeps it.
    pub kelvin_per_watt: f64,
    /// Time in which it comes within 37 % of where it will settle.
    #[serde(with = "duration")]
    pub time_constant: Millis,
    /// Its own surroundings beyond the scene's: a cabinet, a nacelle.
    pub ambient_above_celsius: f64,
    /// How far a reading is off, at most.
    pub noise_celsius: f64,
    /// Fans that fail in a day, of all boxes of the kind together.
    pub fan_failures_per_day: f64,
    /// How long a fan stands.
    #[serde(with = "duration")]
    pub fan_out: Millis,
    /// `kelvin_per_watt` without the fan.
    pub kelvin_per_watt_without_fan: f64,
}

impl Default for Heat {
    /// A small fanned box with one GPU of 70 W: 34 °C above its surroundings at full load, and hot without its fan.
    fn default() -> Self {
        Self {
            idle_w: 15.0,
            device_w: 60.0,
            kelvin_per_watt: 0.45,
            time_constant: Millis::from_secs(240),
            ambient_above_celsius: 0.0,
            noise_celsius: 0.3,
            fan_failures_per_day: 0.0,
            fan_out: Millis::from_secs(1_200),
            kelvin_per_watt_without_fan: 1.1,
        }
    }
}

/// A battery.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Battery {
    /// When it is full.
    pub capacity_wh: f64,
    /// How full it is when the scene begins, in percent.
    #[serde(default = "full")]
    pub charge_percent: f64,
    /// How much less, at most, a box may begin with, in percentage points.
    #[serde(default)]
    pub spread_percent: f64,
    /// What charges it all the time: a small panel, on average.
    #[serde(default)]
    pub charger_w: f64,
}

fn full() -> f64 {
    100.0
}

/// A link takes no longer one way, nor jitters by more: a satellite's takes 0.3 s, and one with queues in it some seconds.
const LINK_DELAY_MAX: Millis = Millis::from_secs(60);

/// A link between box and region.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Link {
    /// One way.
    #[serde(with = "duration")]
    pub delay: Millis,
    /// How much longer it may take.
    #[serde(with = "duration")]
    pub jitter: Millis,
    /// Free on it, as the box reports.
    pub free_mbps: u32,
    /// How often a day the link of a box is out.
    pub outages_per_day: f64,
    /// How long, on average.
    #[serde(with = "duration")]
    pub outage: Millis,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            delay: Millis(2),
            jitter: Millis::ZERO,
            free_mbps: 1_000,
            outages_per_day: 0.0,
            outage: Millis::from_secs(60),
        }
    }
}

/// A radio whose signal wanders. A box whose signal is weak says so by a taint `paceline.dev/weak-signal`, and takes it back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radio {
    /// On average, in dBm.
    pub dbm: f64,
    /// How far it wanders.
    pub spread_db: f64,
    /// At or below this it is weak; two decibels above it is not.
    pub weak_dbm: f64,
    /// Time between two measurements.
    #[serde(with = "duration")]
    pub every: Millis,
}

/// Workloads of one kind that come and go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// What is asked for, as `PUT /v1/workloads/{id}` takes it. `{n}` and its like stand for the number of the workload.
    pub workload: NewWorkload,
    /// Workloads from the beginning to the end.
    #[serde(default)]
    pub at_start: u32,
    /// How many come in an hour, at any time alike.
    #[serde(default)]
    pub per_hour: f64,
    /// How long one stays, on average.
    #[serde(with = "duration", default = "default_stays")]
    pub stays: Millis,
    /// Others come when this CSV file says so: `at`, and `until`, which may be empty.
    #[serde(default)]
    pub arrivals: Option<PathBuf>,
    /// Each is for one station: it goes where this label has the value that a box has that is drawn.
    #[serde(default)]
    pub at: Option<String>,
    /// How much of what it has of a GPU it uses, 0 to 1.
    #[serde(default = "default_load")]
    pub load: f64,
}

fn default_stays() -> Millis {
    Millis::from_secs(120)
}

fn default_load() -> f64 {
    0.8
}

/// A variant that may not run where a label has this value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forbidden {
    /// Whose value counts.
    pub label: String,
    /// Which value.
    pub value: String,
    /// Of which model.
    pub model: String,
    /// Which variants.
    pub precision: Precision,
}

/// Who uses what runs: each asks the replica that answers first, of the demand whose turn it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// Where they are: a CSV file with the columns `Latitude` and `Longitude`.
    pub file: PathBuf,
    /// What they use, by the names of demands; of users each has the next.
    pub uses: Vec<String>,
    /// How often each asks.
    pub requests_per_s: f64,
    /// From the user into the network and back.
    pub access_ms: f64,
    /// There and back for each kilometre to the box, switches on the way included.
    pub ms_per_km: f64,
}

impl Users {
    /// Errors: also a use that is no demand, or one that is named twice.
    pub(super) fn validate(&self, demand: &BTreeMap<String, Demand>) -> Result<(), Invalid> {
        if self.uses.is_empty() {
            let rule = Rule::Size { least: 1, most: demand.len().max(1), unit: "demands".into() };
            return Err(Invalid::new("uses", "0 demands", rule));
        }
        for (number, name) in self.uses.iter().enumerate() {
            is_one_of(&format!("uses[{number}]"), name, demand)?;
            if self.uses[..number].contains(name) {
                let rule = Rule::Shape("must be named once".into());
                return Err(Invalid::new(format!("uses[{number}]"), name, rule));
            }
        }
        within("requests_per_s", self.requests_per_s, (0.0, 1_000.0))?;
        within("access_ms", self.access_ms, (0.0, 10_000.0))?;
        within("ms_per_km", self.ms_per_km, (0.0, 1_000.0)).map(drop)
    }
}

impl Forbidden {
    /// Errors: a model that the scene has not; a label or value that no box can have.
    pub(super) fn validate(&self, models: &BTreeMap<String, NewModel>) -> Result<(), Invalid> {
        LabelKey::new(&self.label)?;
        LabelValue::new(&self.value).map_err(|invalid| Invalid { field: "value".into(), ..invalid })?;
        is_one_of("model", &self.model, models)
    }
}

/// Errors: no key of the scene's.
fn is_one_of<T>(field: &str, name: &str, known: &BTreeMap<String, T>) -> Result<(), Invalid> {
    if known.contains_key(name) {
        return Ok(());
    }
    let known: Vec<&str> = known.keys().map(String::as_str).collect();
    Err(Invalid::new(field, name, Rule::OneOf(known.join(", "))))
}

impl Boxes {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        within("count", f64::from(self.count), (1.0, 100_000.0))?;
        let spans = (Millis(50), Millis::from_secs(3_600));
        duration::within("report_every", self.report_every, spans)?;
        duration::within("report_every_near_hot", self.report_every_near_hot, spans)?;
        within("slowness", self.slowness, (0.1, 100.0))?;
        self.heat.validate().map_err(|invalid| invalid.within("heat"))?;
        let battery = self.battery.map_or(Ok(()), Battery::validate);
        battery.map_err(|invalid| invalid.within("battery"))?;
        self.link.validate().map_err(|invalid| invalid.within("link"))?;
        if self.sites.as_ref().is_some_and(|sites| sites.every == 0) {
            return Err(Invalid::new("sites.every", 0, Rule::Shape("must be at least 1".into())));
        }
        match self.radio {
            Some(radio) => radio.validate().map_err(|invalid| invalid.within("radio")),
            None => Ok(()),
        }
    }
}

impl Heat {
    fn validate(self) -> Result<(), Invalid> {
        within("idle_w", self.idle_w, (0.0, 10_000.0))?;
        within("device_w", self.device_w, (0.0, 2_000.0))?;
        within("kelvin_per_watt", self.kelvin_per_watt, (0.0, 100.0))?;
        within("kelvin_per_watt_without_fan", self.kelvin_per_watt_without_fan, (0.0, 100.0))?;
        within("ambient_above_celsius", self.ambient_above_celsius, (-40.0, 80.0))?;
        within("noise_celsius", self.noise_celsius, (0.0, 5.0))?;
        within("fan_failures_per_day", self.fan_failures_per_day, (0.0, 100_000.0))?;
        let spans = (Millis::from_secs(1), Millis::from_secs(86_400));
        duration::within("time_constant", self.time_constant, spans)?;
        duration::within("fan_out", self.fan_out, spans)
    }
}

impl Battery {
    fn validate(self) -> Result<(), Invalid> {
        within("capacity_wh", self.capacity_wh, (1.0, 1e6))?;
        within("charge_percent", self.charge_percent, (0.0, 100.0))?;
        within("spread_percent", self.spread_percent, (0.0, 100.0))?;
        within("charger_w", self.charger_w, (0.0, 1e5)).map(drop)
    }
}

impl Link {
    fn validate(self) -> Result<(), Invalid> {
        duration::within("delay", self.delay, (Millis::ZERO, LINK_DELAY_MAX))?;
        duration::within("jitter", self.jitter, (Millis::ZERO, LINK_DELAY_MAX))?;
        within("free_mbps", f64::from(self.free_mbps), (0.0, f64::from(MBPS_MAX)))?;
        within("outages_per_day", self.outages_per_day, (0.0, 10_000.0))?;
        duration::within("outage", self.outage, (Millis::ZERO, Millis::from_secs(14 * 86_400)))
    }
}

impl Radio {
    fn validate(self) -> Result<(), Invalid> {
        within("dbm", self.dbm, (-120.0, 0.0))?;
        within("spread_db", self.spread_db, (0.0, 60.0))?;
        within("weak_dbm", self.weak_dbm, (-120.0, 0.0))?;
        duration::within("every", self.every, (Millis(500), Millis::from_secs(3_600)))
    }
}

impl Demand {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        within("per_hour", self.per_hour, (0.0, 1e6))?;
        within("at_start", f64::from(self.at_start), (0.0, 1e6))?;
        within("load", self.load, (0.0, 1.0))?;
        duration::within("stays", self.stays, (Millis::from_secs(1), Millis::from_secs(14 * 86_400)))
    }
}
