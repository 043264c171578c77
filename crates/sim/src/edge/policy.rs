//! By what a run of a scene places: as the scene's `[edge]` says, which is what a server would do, as one of its `[policies]` says, or by a
//! baseline that others are measured by.

use super::scene::Scene;
use crate::error::SimError;
use paceline_engine::edge::EdgeOptions;
use paceline_model::Tag;
use paceline_model::limits::{Invalid, Rule};
use std::fmt;
use std::str::FromStr;

/// By what is placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EdgePolicy {
    /// As the scene's `[edge]` says.
    #[default]
    Configured,
    /// As one of its `[policies]` says.
    Named(Tag),
    /// The next node that fits, in turn.
    RoundRobin,
}

impl EdgePolicy {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Configured => "configured",
            Self::Named(name) => name.as_str(),
            Self::RoundRobin => "round-robin",
        }
    }

    /// The settings of a region that is run by it. Errors: the scene has no such policy, or it breaks a rule.
    pub(super) fn options(&self, scene: &Scene) -> Result<EdgeOptions, SimError> {
        let Self::Named(name) = self else { return Ok(scene.edge.clone()) };
        scene.checked(named(scene, name), "policies")
    }
}

/// `[edge]` with what the policy of that name says otherwise.
fn named(scene: &Scene, name: &Tag) -> Result<EdgeOptions, Invalid> {
    let Some(other) = scene.policies.get(name.as_str()) else {
        let known: Vec<&str> = scene.policies.keys().map(String::as_str).collect();
        let rule = Rule::OneOf(format!("configured, round-robin{}", with_commas(&known)));
        return Err(Invalid::new("policy", name, rule));
    };
    let refused =
        |error: String| Invalid::new(name.as_str(), error, Rule::Shape("must be settings of [edge]".into()));
    let mut table = toml::Table::try_from(&scene.edge).map_err(|error| refused(error.to_string()))?;
    table.extend(other.clone());
    let options: EdgeOptions = table.try_into().map_err(|error| refused(error.to_string()))?;
    options.validate().map_err(|invalid| invalid.within(name.as_str()))
}

fn with_commas(names: &[&str]) -> String {
    names.iter().map(|name| format!(", {name}")).collect()
}

impl fmt::Display for EdgePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EdgePolicy {
    type Err = Invalid;
    /// Errors: no name.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "configured" => Ok(Self::Configured),
            "round-robin" => Ok(Self::RoundRobin),
            _ => Tag::new(text).map(Self::Named),
        }
    }
}
