//! A scene as its TOML file writes it: boxes with their heat, batteries and links, models, and what is asked of them. Nodes, models and
//! workloads are written as in the API, and `[edge]` as in a server's file (`regions.NAME.edge`).
//!
//! Unknown fields are refused; a value out of bounds is refused with field, value and rule. Paths are relative to the scene's file.

use super::parts::{Ambient, Boxes, Demand, Forbidden, Users};
use crate::error::SimError;
use paceline_api::edge::NewModel;
use paceline_engine::edge::EdgeOptions;
use paceline_model::duration::{self, within as span_within};
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Instant, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Boxes of all kinds together, at most: what a report can still show.
const BOXES_MAX: u32 = 100_000;

/// The kind of a region that a scene is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Edge nodes.
    Edge,
}

/// Some hours of an edge region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Says that this is a scene of an edge region.
    pub kind: Kind,
    /// What it is called in reports.
    pub name: String,
    /// When it begins, UTC; text as RFC 3339 has it.
    pub start: jiff::Timestamp,
    /// How long it lasts.
    #[serde(with = "duration")]
    pub lasts: Millis,
    /// Time between two rounds.
    #[serde(with = "duration", default = "default_tick")]
    pub tick: Millis,
    /// How the region is run.
    #[serde(default)]
    pub edge: EdgeOptions,
    /// Other settings to compare with, by name: keys of `[edge]` with other values.
    #[serde(default)]
    pub policies: BTreeMap<String, toml::Table>,
    /// What is around the boxes.
    #[serde(default)]
    pub ambient: Ambient,
    /// Models by name, as `PUT /v1/models/{id}` takes them.
    pub models: BTreeMap<String, NewModel>,
    /// Boxes by kind; the name of a kind begins its boxes' names.
    pub boxes: BTreeMap<String, Boxes>,
    /// What is asked for; the name begins the workloads' names.
    pub demand: BTreeMap<String, Demand>,
    /// Variants that may not run on some nodes, whatever else holds: the run counts what breaks this.
    #[serde(default)]
    pub forbidden: Vec<Forbidden>,
    /// Who uses what runs.
    #[serde(default)]
    pub users: Option<Users>,
    /// The file that it was read from.
    #[serde(skip)]
    pub path: PathBuf,
}

fn default_tick() -> Millis {
    Millis(200)
}

impl Scene {
    /// Whether a scenario's text is of an edge region, and not of a fleet.
    pub fn is_one(text: &str) -> bool {
        let table: Result<toml::Table, _> = toml::from_str(text);
        table.is_ok_and(|table| table.get("kind").and_then(toml::Value::as_str) == Some("edge"))
    }

    /// Reads and checks a scene; not yet the files that it names.
    pub fn load(path: &Path) -> Result<Self, SimError> {
        let text = std::fs::read_to_string(path).map_err(|error| SimError::io(path, error))?;
        Self::parse(&text, path)
    }

    /// Checks a scene's text; `path` is where its own paths are relative to.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SimError> {
        let parsed: Result<Self, _> = toml::from_str(text);
        let mut scene =
            parsed.map_err(|error| SimError::Toml { path: path.to_owned(), error: Box::new(error) })?;
        scene.path = path.to_owned();
        scene.validate().map_err(|invalid| SimError::Invalid { path: path.to_owned(), invalid })?;
        Ok(scene)
    }

    fn validate(&self) -> Result<(), Invalid> {
        span_within("lasts", self.lasts, (Millis::from_secs(10), Millis::from_secs(14 * 86_400)))?;
        span_within("tick", self.tick, (Millis(10), Millis::from_secs(60)))?;
        self.edge.clone().validate().map_err(|invalid| invalid.within("edge"))?;
        self.ambient.validate().map_err(|invalid| invalid.within("ambient"))?;
        for (name, boxes) in &self.boxes {
            boxes.validate().map_err(|invalid| invalid.within(&format!("boxes.{name}")))?;
        }
        for (name, demand) in &self.demand {
            demand.validate().map_err(|invalid| invalid.within(&format!("demand.{name}")))?;
        }
        if let Some(users) = &self.users {
            users.validate(&self.demand).map_err(|invalid| invalid.within("users"))?;
        }
        for (number, forbidden) in self.forbidden.iter().enumerate() {
            let found = forbidden.validate(&self.models);
            found.map_err(|invalid| invalid.within(&format!("forbidden[{number}]")))?;
        }
        let all = self.boxes.values().map(|boxes| u64::from(boxes.count)).sum::<u64>();
        if !(1..=u64::from(BOXES_MAX)).contains(&all) {
            let rule = Rule::Size { least: 1, most: BOXES_MAX as usize, unit: "boxes".into() };
            return Err(Invalid::new("boxes", format!("{all} boxes"), rule));
        }
        Ok(())
    }

    /// When it begins.
    pub fn begins(&self) -> Instant {
        Instant(u64::try_from(self.start.as_millisecond()).unwrap_or(0))
    }

    /// A path of the scene, from where its file is.
    pub fn file(&self, relative: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new(".")).join(relative)
    }

    /// Errors: what is refused, with the scene's file.
    pub(super) fn checked<T>(&self, value: Result<T, Invalid>, what: &str) -> Result<T, SimError> {
        value.map_err(|invalid| SimError::Invalid { path: self.path.clone(), invalid: invalid.within(what) })
    }
}
