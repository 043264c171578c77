//! What `deploy/` asks for is what a server shows: every metric in the rules, the dashboard and the analysis of a rollout
//! is one of a running server or a recorded one; and the dashboard is built as Grafana expects it. Its full schema is
//! checked by `deploy/grafana/check.py`; the rules' behaviour by `deploy/prometheus/check.sh`.

mod after_release;

use crate::common::{get, options, with_server};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn deploy(file: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../deploy", file].iter().collect();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn dashboard() -> Value {
    serde_json::from_str(&deploy("grafana/paceline.json")).expect("JSON")
}

/// Words of PromQL that name a metric of ours.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c)));
    words
        .filter(|word| word.starts_with("paceline_") || word.starts_with("paceline:"))
        .map(str::to_owned)
        .collect()
}

/// The names under which a server's metrics can be queried.
fn shown(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').expect("a name and a kind");
        let endings: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        names.extend(endings.iter().map(|ending| format!("{name}{ending}")));
    }
    names
}

#[tokio::test]
async fn every_metric_that_is_asked_for_is_shown_or_recorded() {
    let text = with_server(options(), async |api| api.must(get("/metrics")).await).await;
    let mut known = shown(text.as_str().expect("text"));
    let rules = deploy("prometheus/rules.yaml");
    let recorded = rules.lines().filter_map(|line| line.trim().strip_prefix("- record: "));
    known.extend(recorded.map(str::to_owned));
    let rollout: String =
        deploy("gitops/region/analysis.yaml").lines().filter(|line| !line.starts_with('#')).collect();
    for (file, text) in
        [("rules", rules), ("dashboard", deploy("grafana/paceline.json")), ("analysis", rollout)]
    {
        let asked = metrics_in(&text);
        assert!(asked.len() >= 3, "{file} asks for {asked:?}");
        let unknown: Vec<_> = asked.difference(&known).collect();
        assert!(unknown.is_empty(), "{file} asks for {unknown:?}; there are {known:?}");
    }
}

#[test]
fn a_metric_that_nobody_shows_would_be_found() {
    let asked = metrics_in("sum(rate(paceline_no_such_total{job=\"paceline\"}[5m])) / paceline:tasks:sum");
    assert_eq!(asked, BTreeSet::from(["paceline_no_such_total".to_owned(), "paceline:tasks:sum".to_owned()]));
    let shown = shown(
        "# HELP paceline_x X.\n# TYPE paceline_x counter\npaceline_x_total 1\n# TYPE paceline_y gauge\n",
    );
    assert_eq!(shown, BTreeSet::from(["paceline_x_total".to_owned(), "paceline_y".to_owned()]));
}

#[test]
fn panels_have_a_place_of_their_own_a_query_and_a_known_kind() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        let title = panel["title"].as_str().expect("a title");
        assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{title}: its id is taken");
        let kind = panel["type"].as_str().expect("a kind");
        assert!(["stat", "heatmap", "timeseries"].contains(&kind), "{title} is a {kind}");
        let side =
            |name: &str| panel["gridPos"][name].as_u64().unwrap_or_else(|| panic!("{title} has no {name}"));
        assert!(side("x") + side("w") <= 24, "{title} is wider than the grid");
        for row in side("y")..side("y") + side("h") {
            for column in side("x")..side("x") + side("w") {
                assert!(places.insert((row, column)), "{title} lies over another at {row}, {column}");
            }
        }
        for target in panel["targets"].as_array().expect("targets") {
            assert!(!metrics_in(target["expr"].as_str().expect("a query")).is_empty(), "{title}: {target}");
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title} asks the chosen source");
        }
    }
}

#[test]
fn the_heat_map_has_a_row_for_each_component_and_state() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let [map] = panels.iter().filter(|panel| panel["type"] == "heatmap").collect::<Vec<_>>()[..] else {
        panic!("one heat map");
    };
    assert_eq!(map["options"]["calculate"], false, "the rows are the series, not buckets of their values");
    let target = &map["targets"][0];
    assert!(
        target["expr"]
            .as_str()
            .is_some_and(|expr| expr.starts_with("sum by (component, state) (paceline_tasks{"))
    );
    assert_eq!(target["legendFormat"], "{{component}} {{state}}");
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/grafana/check.py").is_file());
}

/// A file of the release that takes itself back.
fn gitops(file: &str) -> String {
    deploy(&format!("gitops/{file}"))
}

/// The lines of a YAML file that are no comments, without their indentation.
fn said(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[test]
fn a_release_is_judged_by_the_leaks_that_the_page_of_metrics_lists() {
    let analysis = gitops("region/analysis.yaml");
    let (_, leaks) = analysis.split_once("name: task-leaks").expect("a metric of that name");
    let query = leaks.lines().find_map(|line| line.trim().strip_prefix("query: ")).expect("a query");
    let [metric] = &metrics_in(query).into_iter().collect::<Vec<_>>()[..] else { panic!("{query}") };
    let page = deploy("../docs/operations/metrics.md");
    assert!(page.contains(&format!("| `{metric}{{")), "{metric} is not listed");
    assert_eq!(said(leaks)[0], "interval: 5s", "one leak is enough, so they are asked for often");
    assert!(deploy("prometheus/rules.yaml").contains(&format!("increase({metric}")), "nobody is called");
}

#[test]
fn the_scrape_job_keeps_apart_what_the_analysis_asks_for() {
    let (analysis, rollout) = (gitops("region/analysis.yaml"), gitops("region/rollout.yaml"));
    let scrape = gitops("prometheus.yaml");
    let hash = "rollouts_pod_template_hash";
    assert!(scrape.contains(&format!("labelmap, regex: __meta_kubernetes_pod_label_({hash})")));
    let queries = analysis.matches("paceline_").count();
    assert_eq!(
        analysis.matches(&format!("{hash}=\"{{{{args.pod-hash}}}}\"")).count(),
        queries,
        "every series"
    );
    assert!(rollout.contains("app: paceline") && scrape.contains("pod_label_app], regex: paceline"));
    for annotation in ["scrape", "port", "path"] {
        assert!(rollout.contains(&format!("prometheus.io/{annotation}:")), "{annotation}");
        assert!(scrape.contains(&format!("annotation_prometheus_io_{annotation}]")), "{annotation}");
    }
    assert!(scrape.contains("job_name: paceline"), "the alerts' own job");
}

#[test]
fn the_hold_is_a_patch_of_the_rollout_and_lets_go_until_something_is_taken_back() {
    let (hold, rollout) = (gitops("region/hold.yaml"), gitops("region/rollout.yaml"));
    let [api, kind, .., annotation, spec, paused] = &said(&hold)[..] else { panic!("{hold}") };
    assert_eq!(said(&rollout)[..2], [*api, *kind]);
    assert_eq!([*annotation, *spec, *paused], ["paceline.dev/held-because: \"\"", "spec:", "paused: false"]);
    assert!(gitops("region/kustomization.yaml").contains("- path: hold.yaml"));
    // The lines that the script writes are these.
    let script = gitops("after-release.sh");
    assert!(script.contains("paceline.dev/held-because:") && script.contains("paused:"));
}

#[test]
fn a_leak_calls_somebody() {
    let rules = deploy("prometheus/rules.yaml");
    let (_, leak) = rules.split_once("- alert: PacelineTaskLeak").expect("the alert");
    let (leak, _) = leak.split_once("- alert:").expect("others");
    assert!(leak.contains("severity: page"));
    let routes = gitops("alertmanager.yaml");
    assert!(
        said(&routes).windows(2).any(|two| two == ["- receiver: telephone", "matchers: [severity=\"page\"]"])
    );
}
