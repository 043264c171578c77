//! Configuration: defaults, then a file, then the environment, then flags. What comes later wins. The page of all keys is
//! `docs/configuration.md`.

mod areas;
mod cluster;
#[cfg(test)]
mod page;
mod region;

pub(crate) use areas::Areas;
pub(crate) use cluster::{ClusterConfig, store};
pub(crate) use region::{RegionConfig, RegionKind};

use crate::journal_at::{JournalAt, ONLY};
use anyhow::Context as _;
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use paceline_engine::FleetOptions;
use paceline_journal::Identity;
use paceline_model::{Invalid, RegionId, Rule};
use paceline_serve::{
    AdminOptions, ArtefactOptions, AuthOptions, ServeError, ServeOptions, TraceOptions, TrafficOptions,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything that can be set for a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The road network: a file that `paceline road import` made, `.osm.pbf`, or node-link `.json`, `.json.gz`.
    pub(crate) roads: PathBuf,
    /// The journal's directory, or the URL of a server that keeps it; begun if absent.
    pub(crate) journal: JournalAt,
    /// The only journal that is served, by its identity: an empty or another volume in its place is refused.
    pub(crate) journal_identity: Option<Identity>,
    /// What vehicles are worth where and when, for policies that look ahead: a file that `paceline journal values` wrote.
    pub(crate) values: Option<PathBuf>,
    /// The server's settings and limits.
    pub(crate) serve: ServeOptions,
    /// The fleet's settings.
    pub(crate) fleet: FleetOptions,
    /// Who is let in.
    pub(crate) auth: AuthOptions,
    /// The operator's listener.
    pub(crate) admin: AdminOptions,
    /// Where artefacts are kept.
    pub(crate) artefacts: ArtefactOptions,
    /// Where traces go.
    pub(crate) traces: TraceOptions,
    /// What the streets' speeds come from.
    pub(crate) traffic: TrafficOptions,
    /// A server among others.
    pub(crate) cluster: ClusterConfig,
    /// Several regions by name, each with what else stands above for the only one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) regions: BTreeMap<RegionId, RegionConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            roads: "data/manhattan/network.json.gz".into(),
            journal: "paceline-journal".into(),
            journal_identity: None,
            values: None,
            serve: ServeOptions::default(),
            fleet: FleetOptions::default(),
            auth: AuthOptions::default(),
            admin: AdminOptions::default(),
            artefacts: ArtefactOptions::default(),
            traces: TraceOptions::default(),
            traffic: TrafficOptions::default(),
            cluster: ClusterConfig::default(),
            regions: BTreeMap::new(),
        }
    }
}

/// Variables that say to other commands which server they ask (`PACELINE_URL`): no settings of a server, beside which they may stand.
const OF_COMMANDS: [&str; 2] = ["URL", "ADMIN_URL"];

/// The file that is read if none is named and it is there.
const DEFAULT_FILE: &str = "paceline.toml";

impl Config {
    /// Reads as [`Config::read`] does, and checks every value.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        Self::read(file)?.checked()
    }

    /// Reads defaults, file and environment (`PACELINE_SERVE__TICK="100 ms"`). Flags may still change what was read.
    ///
    /// Errors: a named file that is missing, a field that is not known.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        match file {
            Some(file) => figment = figment.merge(Toml::file_exact(file)),
            None => figment = figment.merge(Toml::file(DEFAULT_FILE)),
        }
        Ok(figment.merge(Env::prefixed("PACELINE_").ignore(&OF_COMMANDS).split("__")).extract()?)
    }

    /// Checks every value.
    pub(crate) fn checked(self) -> anyhow::Result<Self> {
        for (name, region) in self.all_regions()? {
            let within = |section: &str| match self.regions.is_empty() {
                true => format!("in section [{section}]"),
                false => format!("in section [regions.{name}.{section}]"),
            };
            let named = |invalid: Invalid| match self.regions.is_empty() {
                true => invalid,
                false => invalid.within(&format!("regions.{name}")),
            };
            region.of_its_kind().map_err(named)?;
            let address = region.journal.address(name.as_str())?;
            region.kept_where_it_can_be(&address).map_err(named)?;
            region.helps_others(&name, &self.regions).map_err(named)?;
            region.fleet.validate().with_context(|| within("fleet"))?;
            region.traffic.validate().with_context(|| within("traffic"))?;
            region.edge.clone().validate().with_context(|| within("edge"))?;
            region.federation.clone().validate().with_context(|| within("federation"))?;
            region.bikes.clone().validate().with_context(|| within("bikes"))?;
        }
        self.cluster.checked().context("in section [cluster]")?;
        let serve = self.serve.validate().context("in section [serve]")?;
        self.admin.resolve().map_err(plain).context("in section [admin]")?;
        let traces = self.traces.validate().map_err(plain).context("in section [traces]")?;
        let artefacts = self.artefacts.validate().context("in section [artefacts]")?;
        let auth = self.auth.validate().context("in section [auth]")?;
        auth.check_tls(serve.tls.as_ref())?;
        Ok(Self { serve, auth, artefacts, traces, ..self })
    }
}

impl Config {
    /// All regions by name; without `[regions.NAME]` the only one, called `main`.
    ///
    /// Errors: regions that share a journal; a setting of an only region beside several.
    pub(crate) fn all_regions(&self) -> Result<BTreeMap<RegionId, RegionConfig>, Invalid> {
        if self.regions.is_empty() {
            return Ok(BTreeMap::from([(RegionId::new(ONLY)?, self.only_region())]));
        }
        self.top_level_is_left_out()?;
        let mut regions = self.regions.clone();
        for (name, region) in &mut regions {
            if region.journal.is_nowhere() {
                let rule = Rule::Shape("must be given: by itself it has a place in a cluster only".into());
                let nowhere = || Invalid::new(format!("regions.{name}.journal"), "left out", rule);
                region.journal = self.cluster.journal().ok_or_else(nowhere)?;
            }
        }
        let mut journals: BTreeMap<PathBuf, &RegionId> = BTreeMap::new();
        for (name, region) in &regions {
            if let Some(other) = journals.insert(region.journal.key(name.as_str()), name) {
                let rule = Rule::Shape(format!("must be another directory than that of regions.{other}"));
                return Err(Invalid::new(format!("regions.{name}.journal"), &region.journal, rule));
            }
        }
        Ok(regions)
    }

    /// A region by its name. A server that was started with flags for an only one reads its file without them.
    pub(crate) fn region(&self, name: &RegionId) -> Option<RegionConfig> {
        match self.regions.is_empty() {
            true => (name.as_str() == ONLY).then(|| self.only_region()),
            false => self.regions.get(name).cloned(),
        }
    }

    fn only_region(&self) -> RegionConfig {
        let usual = self.journal == Self::default().journal;
        let journal = self.cluster.journal().filter(|_| usual).unwrap_or_else(|| self.journal.clone());
        RegionConfig {
            roads: Some(self.roads.clone()),
            journal,
            journal_identity: self.journal_identity,
            values: self.values.clone(),
            fleet: self.fleet.clone(),
            traffic: self.traffic.clone(),
            ..RegionConfig::default()
        }
    }

    /// Errors: a setting of an only region. One that is set to its default has no effect, and passes.
    fn top_level_is_left_out(&self) -> Result<(), Invalid> {
        let usual = Self::default();
        let set = [
            ("roads", self.roads != usual.roads),
            ("journal", self.journal != usual.journal),
            ("journal_identity", self.journal_identity.is_some()),
            ("values", self.values != usual.values),
            ("fleet", self.fleet != usual.fleet),
            ("traffic", self.traffic != usual.traffic),
        ];
        match set.iter().find(|(_, set)| *set) {
            Some((key, _)) => Err(Invalid::new(*key, "set", Rule::Without { other: "[regions]".into() })),
            None => Ok(()),
        }
    }
}

/// The broken rule alone, as the other sections say it.
fn plain(error: ServeError) -> anyhow::Error {
    match error {
        ServeError::Invalid(invalid) => invalid.into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("paceline.toml");
        std::fs::write(&file, text).expect("it can be written");
        let said = match Config::load(Some(&file)) {
            Ok(config) => {
                format!("tick {}, silence {}", config.serve.tick, config.fleet.silence_max)
            }
            Err(error) => format!("{error:#}").replace(&dir.path().display().to_string(), "DIR"),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn what_a_file_sets_holds_and_the_rest_is_default() {
        check("[serve]\ntick = \"500 ms\"\n", expect!["tick 500 ms, silence 1 min"]);
        check("", expect!["tick 200 ms, silence 1 min"]);
    }

    #[test]
    fn a_field_that_is_not_known_is_refused() {
        check(
            "[serve]\ntick_ms = 500\n",
            expect![[
                r#"unknown field: found `tick_ms`, expected `one of `listen`, `tls`, `tick`, `round_budget`, `queue_length`, `queue_delay_max`, `body_bytes_max`, `telemetry_batch_max`, `stream_ring`, `stream_clients_max`, `connections_max`, `connections_per_address_max`, `request_timeout`, `max_wait_default`, `snapshot_every`, `drain_grace`` for key "default.serve.tick_ms" in DIR/paceline.toml TOML file"#
            ]],
        );
    }

    #[test]
    fn a_value_that_breaks_a_rule_is_refused() {
        check(
            "[serve]\ntick = \"0 s\"\n",
            expect!["in section [serve]: tick is 0 s: must lie within 10 ms and 1 min"],
        );
        check(
            "[fleet]\ncharge_below_percent = 95\n",
            expect!["in section [fleet]: charge_below_percent is 95: must lie within 0 and 80"],
        );
        check(
            "[fleet]\ncharge_below_percent = 120\n",
            expect![[
                r#"battery_percent is 120: must lie within 0 and 100 for key "default.fleet.charge_below_percent" in DIR/paceline.toml TOML file"#
            ]],
        );
    }

    #[test]
    fn a_time_without_a_unit_and_an_old_spelling_are_refused_with_key_and_value() {
        check(
            "[serve]\ntick = 500\n",
            expect![[
                r#"invalid type: found signed int `500`, expected a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h" for key "default.serve.tick" in DIR/paceline.toml TOML file"#
            ]],
        );
        check(
            "[fleet]\nsilence_max = \"1 fortnight\"\n",
            expect![[
                r#"duration is 1 fortnight: must be a time with its unit, such as "200 ms", "12 s", "5 min" or "1 h" for key "default.fleet.silence_max" in DIR/paceline.toml TOML file"#
            ]],
        );
        check(
            "[fleet.policy]\nkind = \"least_wait\"\n",
            expect![[
                r#"policy is least_wait: must be one of nearest, least-wait, low-carbon, weighted, pooled for key "default.fleet.policy.kind" in DIR/paceline.toml TOML file"#
            ]],
        );
        check(
            "[fleet]\ntime_zone = \"5\"\n",
            expect![[
                r#"time zone is 5: must be a time zone such as Europe/Oslo, or an offset from -12:00 to +14:00 such as +01:00 for key "default.fleet.time_zone" in DIR/paceline.toml TOML file"#
            ]],
        );
        check(
            "[fleet]\nreserve_kwh = -2.0\n",
            expect![[
                r#"energy in kWh is -2: must lie within 0 and 2000 for key "default.fleet.reserve_kwh" in DIR/paceline.toml TOML file"#
            ]],
        );
    }

    #[test]
    fn an_admin_listener_without_a_token_is_refused() {
        check(
            "[admin]\nlisten = \"127.0.0.1:9091\"\n",
            expect!["in section [admin]: admin.token is not set: must have between 16 and 256 bytes"],
        );
        check(
            "[admin]\nlisten = \"127.0.0.1:9091\"\ntoken = \"0123456789abcdef\"\n",
            expect!["tick 200 ms, silence 1 min"],
        );
    }

    #[test]
    fn a_policy_that_looks_ahead_needs_values() {
        check(
            "[fleet.policy.look_ahead]\norder_worth = \"1 min\"\n",
            expect!["values is left out: must name a file of values, because a policy looks ahead"],
        );
        check(
            "values = \"v.json\"\n[fleet.policy.look_ahead]\norder_worth = \"1 min\"\n",
            expect!["tick 200 ms, silence 1 min"],
        );
    }

    const TWO: &str = "[regions.east]\nroads = \"r\"\njournal = \"east\"\n[regions.west]\nroads = \"r\"\n";

    #[test]
    fn speeds_are_those_of_streets_that_are_named() {
        check(
            "[regions.town]\nkind = \"bikes\"\njournal = \"town\"\ntraffic.probes = false\n",
            expect![
                "regions.town.roads is left out: must name a road network, because traffic is configured"
            ],
        );
    }

    #[test]
    fn several_regions_each_have_their_sections() {
        check(&format!("{TWO}journal = \"west\"\n"), expect!["tick 200 ms, silence 1 min"]);
        check(
            TWO,
            expect![[
                r#"regions.west.journal is left out: must be given: by itself it has a place in a cluster only"#
            ]],
        );
        check(
            &format!("{TWO}journal = \"./east\"\n"),
            expect!["regions.west.journal is ./east: must be another directory than that of regions.east"],
        );
        check(
            &format!("fleet.silence_max = \"2 min\"\n{TWO}journal = \"west\"\n"),
            expect!["fleet is set: must be left out where [regions] is given"],
        );
        check(
            &format!("{TWO}journal = \"west\"\nkind = \"boats\"\n"),
            expect![[
                r#"unknown variant: found `boats`, expected `one of `fleet`, `edge`, `bikes`, `federation`` for key "default.regions.west.kind" in DIR/paceline.toml TOML file"#
            ]],
        );
        check(
            &format!("{TWO}journal = \"west\"\nkind = \"bikes\"\nvalues = \"west.values\"\n"),
            expect![[r#"regions.west.values is set: must be left out where kind = "bikes" is given"#]],
        );
        check(
            &format!("{TWO}journal = \"west\"\nkind = \"edge\"\n"),
            expect![[r#"regions.west.roads is set: must be left out where kind = "edge" is given"#]],
        );
        check(
            "[regions.line]\nkind = \"edge\"\njournal = \"line\"\nedge.hot_celsius = 70.0\n",
            expect![
                "in section [regions.line.edge]: cool_celsius is 78: must be below hot_celsius, which is 70"
            ],
        );
        check(
            "[regions.line]\njournal = \"line\"\n",
            expect!["regions.line.roads is left out: must name a road network: a fleet drives on one"],
        );
        check(
            &format!("{TWO}journal = \"west\"\nfleet.charge_below_percent = 95\n"),
            expect!["in section [regions.west.fleet]: charge_below_percent is 95: must lie within 0 and 80"],
        );
        check(
            &format!("{TWO}journal = \"west\"\n[regions.\"no name\"]\n"),
            expect![[
                r#"region is no name: may hold only letters, digits and - _ . : @ for key "default.regions.no name" in DIR/paceline.toml TOML file"#
            ]],
        );
        check(
            &format!("{TWO}journal = \"west\"\nfleet.policy.look_ahead = {{ order_worth = \"1 min\" }}\n"),
            expect![
                "regions.west.values is left out: must name a file of values, because a policy looks ahead"
            ],
        );
    }

    #[test]
    fn the_defaults_keep_the_rules() {
        Config::default().checked().expect("all of them");
    }
}
