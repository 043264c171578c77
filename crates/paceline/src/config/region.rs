//! One region of a server's file: a section `[regions.NAME]`, or what its top level says of the only one.

use paceline_engine::FleetOptions;
use paceline_journal::Identity;
use paceline_model::{Invalid, Rule};
use paceline_serve::TrafficOptions;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One region of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionConfig {
    /// What it decides about.
    #[serde(default)]
    pub(crate) kind: RegionKind,
    /// The road network. No default: two regions on the same streets are rarely meant.
    pub(crate) roads: PathBuf,
    /// The journal's directory, which is no other region's; made if absent.
    pub(crate) journal: PathBuf,
    /// The only journal that is served.
    #[serde(default)]
    pub(crate) journal_identity: Option<Identity>,
    /// What vehicles are worth where and when.
    pub(crate) values: Option<PathBuf>,
    /// The fleet's settings.
    #[serde(default)]
    pub(crate) fleet: FleetOptions,
    /// What the streets' speeds come from.
    #[serde(default)]
    pub(crate) traffic: TrafficOptions,
}

/// What a region decides about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RegionKind {
    /// Orders and vehicles.
    #[default]
    Fleet,
}

impl RegionConfig {
    /// Errors: a policy that looks ahead, and no values to do it by.
    pub(crate) fn look_ahead_by_values(&self, fleet: &FleetOptions) -> Result<(), Invalid> {
        let rules = fleet.policy_rules.iter().map(|rule| &rule.policy);
        let mut policies = rules.chain([&fleet.policy]).chain(&fleet.shadow_policy);
        if self.values.is_some() || policies.all(|policy| policy.look_ahead.is_none()) {
            return Ok(());
        }
        let rule = Rule::Shape("must name a file of values, because a policy looks ahead".into());
        Err(Invalid::new("values", "left out", rule))
    }
}
