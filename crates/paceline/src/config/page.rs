//! Compares `docs/configuration.md` with the program: every key that is accepted, and every default.

use super::Config;
use paceline_engine::FleetOptions;
use paceline_model::{GeofenceId, Millis, Tag};
use paceline_plan::policy::{DayTime, PolicyRule};
use paceline_plan::{PolicyKind, PolicySpec};
use paceline_serve::{OidcOptions, TlsOptions};
use paceline_sim::Scenario;
use paceline_sim::edge::Scene;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const PAGE: &str = include_str!("../../../../docs/configuration.md");

/// How the page writes that there is no default.
const NONE: &str = "–";

/// Keys whose value is one policy, and keys that hold whatever a city names: one line of the page each.
const WHOLE: [&str; 16] = [
    "auth.oidc.roles",
    "fleet.shadow_policy",
    "fleet.policy_rules.policy",
    "fleet.policy.priority_percent",
    "chargers.kw",
    "trips.columns",
    "kinds.NAME",
    "regions.NAME.fleet",
    "regions.NAME.traffic",
    "regions.NAME.edge.placement",
    "regions.NAME.edge.shadow_placement",
    "edge",
    "policies.NAME",
    "models.NAME",
    "boxes.NAME.node",
    "demand.NAME.workload",
];

/// The smallest scenario: what must be given.
const NEEDED: &str = r#"
name = "A town"
start = 2026-03-01T08:00:00
end = 2026-03-01T09:00:00
roads = "roads.json"
trips = { file = "trips.csv" }
fleets = ["fleet.csv"]
vehicles = 20
[chargers]
sites = "sites.csv"
kw = { FAST = 50.0 }
[vehicle]
seats = 4
battery_kwh = 50.0
consumption_wh_per_km = 150.0
charge_kw_max = 50.0
"#;
/// What may be left out and has no default.
const EXTRA: &str = r#"
power_curve = "curve.csv"
[kinds.NAME]
seats = 8
battery_kwh = 90.0
consumption_wh_per_km = 250.0
charge_kw_max = 50.0
[[areas]]
id = "port"
ring = [[40.0, -74.0], [40.1, -74.0], [40.1, -74.1]]
"#;

/// The smallest scene of an edge region: what must be given.
const NEEDED_SCENE: &str = r#"
kind = "edge"
name = "A line"
start = "2026-03-02T06:00:00Z"
lasts = "1 h"
[models.NAME]
versions = []
[boxes.NAME]
count = 1
node = { architecture = "amd64", cpu_milli = 1000, memory_mib = 1024, pcie_mbps = 1000 }
[demand.NAME]
workload = { model = "NAME", precision = "fp16", cpu_milli = 100, memory_mib = 100 }
"#;
/// What may be left out and has no default, by the table that it is in.
const EXTRA_SCENE: &str = r#"
[policies.NAME]
[users]
file = "users.csv"
uses = ["NAME"]
requests_per_s = 1.0
access_ms = 1.0
ms_per_km = 1.0
[[forbidden]]
label = "tier"
value = "cell"
model = "NAME"
precision = "fp16"
[boxes.NAME]
sites = { file = "sites.csv" }
battery = { capacity_wh = 100.0 }
radio = { dbm = -60.0, spread_db = 5.0, weak_dbm = -80.0, every = "5 s" }
[demand.NAME]
at = "station"
arrivals = "arrivals.csv"
"#;

/// The lines of the page's tables under one heading: key and default.
fn lines(heading: &str) -> BTreeMap<String, String> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(heading)).expect("a section");
    let keys = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let key = cells.next()?.trim_end_matches('`').to_owned();
        Some((key, cells.nth(1)?.trim_matches('`').to_owned()))
    });
    keys.collect()
}

/// Every leaf by its path; of a list, those of its first item.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(fields) if !WHOLE.contains(&path) && !fields.keys().any(|key| key.starts_with('$')) => {
            fields.iter().for_each(|(key, value)| leaves(value, &below(key), found));
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => leaves(&items[0], path, found),
        leaf => _ = found.insert(path.to_owned(), leaf.clone()),
    }
}

/// The value as the page writes it.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => NONE.into(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.as_f64().map_or_else(String::new, |number| number.to_string()),
        Some(other) => other.to_string(),
    }
}

/// Options with everything set that may be left out.
fn full_fleet() -> FleetOptions {
    let mut policy = full_policy();
    policy.priority_percent.insert(Tag::new("vip").expect("a tag"), 50);
    let time = |text| DayTime::parse("time", text).ok();
    let rule = PolicyRule {
        name: Tag::new("rush").expect("a tag"),
        from: time("07:00"),
        until: time("09:00"),
        pickup_area: Some(area()),
        policy: policy.clone(),
    };
    FleetOptions {
        policy: policy.clone(),
        policy_rules: vec![rule],
        shadow_policy: Some(policy),
        rebalance: Some(Default::default()),
        ..FleetOptions::default()
    }
}

fn full_policy() -> PolicySpec {
    let mut policy = PolicySpec {
        geofence: Some(area()),
        look_ahead: Some(Default::default()),
        hold: Some(Default::default()),
        reassign: Some(Default::default()),
        ..PolicySpec::default()
    };
    policy.pooling.promise_slack = Some(Millis::from_secs(60));
    policy
}

fn area() -> GeofenceId {
    GeofenceId::new("port").expect("an id")
}

fn full_config() -> Config {
    let mut config = Config { values: Some("v".into()), fleet: full_fleet(), ..Config::default() };
    config.journal_identity = Some(paceline_journal::Identity(1));
    config.admin.listen = "127.0.0.1:1".parse().ok();
    config.admin.token = paceline_serve::AdminToken::new("0123456789abcdef").ok();
    config.admin.token_file = Some("token".into());
    // What must be given, or has no default, stands on the page as that.
    let mut tls = TlsOptions::of(NONE.into(), NONE.into());
    (tls.client_ca_file, tls.client_crl_file) = (Some(NONE.into()), Some(NONE.into()));
    (config.serve.tls, config.admin.tls) = (Some(tls.clone()), Some(tls));
    config.auth.keys_file = Some("keys.toml".into());
    config.artefacts.directory = Some("artefacts".into());
    config.artefacts.keys_file = Some("trusted.keys".into());
    config.auth.certificates_file = Some("certificates.toml".into());
    let mut oidc = OidcOptions::of(NONE, NONE);
    oidc.ca_file = Some(NONE.into());
    config.auth.oidc = Some(oidc);
    config.auth.audit_file = Some("audit.jsonl".into());
    config.traces.endpoint = Some("http://localhost:4318".into());
    config.traffic.profile = Some("speeds.csv".into());
    config
}

/// The page's lines of `full`'s keys as they should be: defaults from `usual`, those of tables that may be left out
/// from `full`, which has the tables' own defaults.
fn expected(full: &Value, usual: &Value) -> BTreeMap<String, String> {
    let (mut keys, mut defaults) = (BTreeMap::new(), BTreeMap::new());
    leaves(full, "", &mut keys);
    leaves(usual, "", &mut defaults);
    let default = |key: &str, full: &Value| {
        let ancestors = || key.match_indices('.').map(|(at, _)| &key[..at]);
        let left_out = ancestors().any(|parent| defaults.get(parent) == Some(&Value::Null));
        shown(if left_out { Some(full) } else { defaults.get(key) })
    };
    keys.iter().map(|(key, value)| (key.clone(), default(key, value))).collect()
}

fn compare(heading: &str, expected: BTreeMap<String, String>) {
    let lines = lines(heading);
    for (key, default) in &expected {
        assert_eq!(lines.get(key), Some(default), "{key} under `{heading}`");
    }
    let unknown: Vec<&String> = lines.keys().filter(|key| !expected.contains_key(*key)).collect();
    assert!(unknown.is_empty(), "`{heading}` names keys that do not exist: {unknown:?}");
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("it can be written")
}

#[test]
fn every_key_of_a_servers_file_is_on_the_page_with_its_default() {
    let mut all = expected(&json(&full_config()), &json(&Config::default()));
    let fleet = all.split_off("fleet.").into_iter().partition(|(key, _)| key.starts_with("fleet."));
    let (fleet, behind): (BTreeMap<_, _>, BTreeMap<_, _>) = fleet;
    all.extend(behind);
    compare("The fleet", fleet);
    compare("A server's file", all);
}

#[test]
fn every_key_of_several_regions_is_on_the_page_with_its_default() {
    let config = |values: &str| -> Value {
        let text = format!("[regions.NAME]\nroads = \"r\"\njournal = \"j\"\n{values}");
        json(&toml::from_str::<Config>(&text).expect("a configuration"))
    };
    let mut usual = config("");
    for given in ["roads", "journal", "fleet", "traffic"] {
        *usual.pointer_mut(&format!("/regions/NAME/{given}")).expect("it is there") = Value::Null;
    }
    let full = "values = \"v\"\njournal_identity = \"00000000000000000000000000000001\"\n";
    let full = format!("{full}gbfs.contact_email = \"{NONE}\"\nbikes.batteries = {{}}");
    let mut all = expected(&config(&full), &usual);
    all.retain(|key, _| key.starts_with("regions."));
    compare("Several regions", all);
}

#[test]
fn every_key_of_a_scenario_is_on_the_page_with_its_default() {
    let parse = |text: &str| Scenario::parse(text, Path::new("town.toml")).expect("well-formed");
    let with_profile = NEEDED.replace("\ntrips", "\nspeed_profile = \"speeds.csv\"\ntrips");
    let full = json(&parse(&(with_profile + EXTRA)));
    let mut usual = json(&parse(NEEDED));
    let mut needed = BTreeMap::new();
    leaves(&json(&toml::from_str::<toml::Table>(NEEDED).expect("TOML")), "", &mut needed);
    for key in needed.keys() {
        *usual.pointer_mut(&format!("/{}", key.replace('.', "/"))).expect("it was given") = Value::Null;
    }
    let mut all = expected(&full, &usual);
    all.retain(|key, _| !key.starts_with("fleet."));
    compare("A scenario", all);
}

/// A scene that was given as this, and its keys that were given.
fn scene(text: &toml::Table) -> (Value, BTreeMap<String, Value>) {
    let written = toml::to_string(text).expect("it can be printed");
    let scene = Scene::parse(&written, Path::new("line.toml")).expect("well-formed");
    let mut given = BTreeMap::new();
    leaves(&json(text), "", &mut given);
    (json(&scene), given)
}

/// The same without the values that were given, of which the page says no default.
fn forget(mut value: Value, given: BTreeMap<String, Value>) -> Value {
    for key in given.keys() {
        let fields = key.split('.').try_fold(&mut value, |at, field| match at {
            Value::Array(items) => items.first_mut()?.get_mut(field),
            _ => at.get_mut(field),
        });
        *fields.expect("it was given") = Value::Null;
    }
    value
}

#[test]
fn every_key_of_a_scene_is_on_the_page_with_its_default() {
    let needed: toml::Table = toml::from_str(NEEDED_SCENE).expect("TOML");
    let mut all = needed.clone();
    for (key, value) in toml::from_str::<toml::Table>(EXTRA_SCENE).expect("TOML") {
        match all.get_mut(&key).and_then(|known| known.get_mut("NAME")).and_then(toml::Value::as_table_mut) {
            Some(known) => known.extend(value["NAME"].as_table().expect("a table").clone()),
            None => _ = all.insert(key, value),
        }
    }
    let [full, usual] = [all, needed].map(|text| scene(&text)).map(|(scene, given)| forget(scene, given));
    let mut all = expected(&full, &usual);
    all.remove("edge");
    compare("A scene of an edge region", all);
}

#[test]
fn what_is_printed_is_read_as_the_same_configuration() {
    for fleet in [
        FleetOptions::default(),
        full_fleet(),
        FleetOptions { policy: PolicyKind::Pooled.into(), ..full_fleet() },
    ] {
        let config = Config { fleet, ..Config::default() };
        let printed = toml::to_string_pretty(&config).expect("it can be printed");
        let read: Config = toml::from_str(&printed).expect("what is printed can be read");
        assert_eq!(read, config);
        assert_eq!(toml::to_string_pretty(&read).expect("it can be printed"), printed);
    }
}
