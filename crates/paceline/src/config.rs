//! Configuration: defaults, then a file, then the environment, then flags. What comes later wins. The page of all keys is
//! `docs/configuration.md`.

#[cfg(test)]
mod page;

use anyhow::Context as _;
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use paceline_engine::FleetOptions;
use paceline_model::{Invalid, Rule};
use paceline_serve::{AdminOptions, ServeError, ServeOptions, TraceOptions, TrafficOptions};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Everything that can be set for a served region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The road network: a file that `paceline road import` made, `.osm.pbf`, or node-link `.json`, `.json.gz`.
    pub(crate) roads: PathBuf,
    /// The journal's directory; made if absent.
    pub(crate) journal: PathBuf,
    /// What vehicles are worth where and when, for policies that look ahead: a file that `paceline journal values` wrote.
    pub(crate) values: Option<PathBuf>,
    /// The server's settings and limits.
    pub(crate) serve: ServeOptions,
    /// The fleet's settings.
    pub(crate) fleet: FleetOptions,
    /// The operator's listener.
    pub(crate) admin: AdminOptions,
    /// Where traces go.
    pub(crate) traces: TraceOptions,
    /// What the streets' speeds come from.
    pub(crate) traffic: TrafficOptions,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            roads: "data/manhattan/network.json.gz".into(),
            journal: "paceline-journal".into(),
            values: None,
            serve: ServeOptions::default(),
            fleet: FleetOptions::default(),
            admin: AdminOptions::default(),
            traces: TraceOptions::default(),
            traffic: TrafficOptions::default(),
        }
    }
}

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
        Ok(figment.merge(Env::prefixed("PACELINE_").split("__")).extract()?)
    }

    /// Checks every value.
    pub(crate) fn checked(self) -> anyhow::Result<Self> {
        self.look_ahead_by_values(&self.fleet)?;
        let serve = self.serve.validate().context("in section [serve]")?;
        let fleet = self.fleet.validate().context("in section [fleet]")?;
        self.admin.resolve().map_err(plain).context("in section [admin]")?;
        let traces = self.traces.validate().map_err(plain).context("in section [traces]")?;
        let traffic = self.traffic.validate().context("in section [traffic]")?;
        Ok(Self { serve, fleet, traces, traffic, ..self })
    }
}

impl Config {
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
                r#"unknown field: found `tick_ms`, expected `one of `listen`, `tick`, `round_budget`, `queue_length`, `body_bytes_max`, `telemetry_batch_max`, `stream_ring`, `stream_clients_max`, `request_timeout`, `max_wait_default`, `snapshot_every`, `drain_grace`` for key "default.serve.tick_ms" in DIR/paceline.toml TOML file"#
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
            "[fleet]\nutc_offset = \"5\"\n",
            expect![[
                r#"UTC offset is 5: must be an offset from -12:00 to +14:00, such as +01:00 for key "default.fleet.utc_offset" in DIR/paceline.toml TOML file"#
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

    #[test]
    fn the_defaults_keep_the_rules() {
        Config::default().checked().expect("all of them");
    }
}
