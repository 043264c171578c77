//! One region of a server's file: a section `[regions.NAME]`, or what its top level says of the only one.

use crate::journal_at::JournalAt;
use paceline_engine::FleetOptions;
use paceline_engine::bikes::BikesOptions;
use paceline_engine::edge::EdgeOptions;
use paceline_engine::federation::FederationOptions;
use paceline_journal::{Identity, LogAddress};
use paceline_model::{Invalid, RegionId, Rule};
use paceline_serve::{GbfsOptions, ReliefOptions, TrafficOptions};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// One region of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionConfig {
    /// What it decides about.
    #[serde(default)]
    pub(crate) kind: RegionKind,
    /// The road network of a fleet, or of the vans of a bikes region. No default: two regions on the same streets are rarely meant.
    pub(crate) roads: Option<PathBuf>,
    /// The journal's directory, which is no other region's, or the URL of a server that keeps it; begun if absent. Nowhere: in the
    /// database of the cluster's table of owners.
    #[serde(default, skip_serializing_if = "JournalAt::is_nowhere")]
    pub(crate) journal: JournalAt,
    /// The only journal that is served.
    #[serde(default)]
    pub(crate) journal_identity: Option<Identity>,
    /// A fleet's own area, as a GeoJSON polygon: vehicles of other regions that bring riders there go on in this one.
    pub(crate) area: Option<PathBuf>,
    /// The regions that a fleet shares its city with: each helps the others with vehicles that are nearer.
    #[serde(default)]
    pub(crate) relief: ReliefOptions,
    /// What vehicles are worth where and when.
    pub(crate) values: Option<PathBuf>,
    /// The fleet's settings.
    #[serde(default)]
    pub(crate) fleet: FleetOptions,
    /// What the streets' speeds come from.
    #[serde(default)]
    pub(crate) traffic: TrafficOptions,
    /// The settings of an edge region.
    #[serde(default)]
    pub(crate) edge: EdgeOptions,
    /// The settings of a bikes region.
    #[serde(default)]
    pub(crate) bikes: BikesOptions,
    /// The settings of a federation.
    #[serde(default)]
    pub(crate) federation: FederationOptions,
    /// The feed that a bikes region publishes; left out, it publishes none.
    pub(crate) gbfs: Option<GbfsOptions>,
}

/// What a region decides about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RegionKind {
    /// Orders and vehicles.
    #[default]
    Fleet,
    /// Edge nodes and the workloads that they run.
    Edge,
    /// Shared bikes and the vans that move them.
    Bikes,
    /// Clusters, and workloads that are spread over them.
    Federation,
}

impl fmt::Display for RegionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fleet => "fleet",
            Self::Edge => "edge",
            Self::Bikes => "bikes",
            Self::Federation => "federation",
        })
    }
}

impl RegionConfig {
    /// A fleet's road network. Errors: it is left out.
    pub(crate) fn streets(&self) -> Result<&PathBuf, Invalid> {
        let rule = || Rule::Shape("must name a road network: a fleet drives on one".into());
        self.roads.as_ref().ok_or_else(|| Invalid::new("roads", "left out", rule()))
    }

    /// Errors: a setting that breaks a rule, is missing, or is another kind's.
    pub(crate) fn of_its_kind(&self) -> Result<(), Invalid> {
        use RegionKind::{Bikes, Edge, Federation, Fleet};
        let kinds = [
            ("roads", &[Fleet, Bikes][..], self.roads.is_some()),
            ("area", &[Fleet], self.area.is_some()),
            ("relief", &[Fleet], self.relief != ReliefOptions::default()),
            ("values", &[Fleet], self.values.is_some()),
            ("fleet", &[Fleet], self.fleet != FleetOptions::default()),
            ("traffic", &[Fleet, Bikes], self.traffic != TrafficOptions::default()),
            ("edge", &[Edge], self.edge != EdgeOptions::default()),
            ("bikes", &[Bikes], self.bikes != BikesOptions::default()),
            ("federation", &[Federation], self.federation != FederationOptions::default()),
            ("gbfs", &[Bikes], self.gbfs.is_some()),
        ];
        let other = kinds.into_iter().find(|(_, kinds, set)| *set && !kinds.contains(&self.kind));
        if let Some((key, ..)) = other {
            let other = format!("kind = \"{}\"", self.kind);
            return Err(Invalid::new(key, "set", Rule::Without { other }));
        }
        if self.roads.is_none() && self.traffic != TrafficOptions::default() {
            let rule = Rule::Shape("must name a road network, because traffic is configured".into());
            return Err(Invalid::new("roads", "left out", rule));
        }
        if self.kind == Fleet {
            self.streets()?;
            return self.look_ahead_by_values(&self.fleet);
        }
        Ok(())
    }

    /// Errors: it helps a region that is not there, is no fleet, or is itself.
    pub(crate) fn helps_others(
        &self,
        name: &RegionId,
        all: &BTreeMap<RegionId, Self>,
    ) -> Result<(), Invalid> {
        let relief = self.relief.clone().validate().map_err(|invalid| invalid.within("relief"))?;
        let is_fleet = |other: &RegionId| all.get(other).is_some_and(|it| it.kind == RegionKind::Fleet);
        match relief.with.iter().find(|other| *other == name || !is_fleet(other)) {
            Some(other) => {
                let rule = Rule::Shape("must be the name of another fleet of this file".into());
                Err(Invalid::new("relief.with", other, rule))
            }
            None => Ok(()),
        }
    }

    /// Errors: an edge region whose journal is in no directory.
    pub(crate) fn kept_where_it_can_be(&self, journal: &LogAddress) -> Result<(), Invalid> {
        if self.kind != RegionKind::Edge || journal.directory().is_some() {
            return Ok(());
        }
        let rule = Rule::Shape("must be a directory: an edge region keeps beside it who was let in".into());
        Err(Invalid::new("journal", &self.journal, rule))
    }

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
