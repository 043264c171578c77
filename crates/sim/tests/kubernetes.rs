//! Records of clusters, played: what waits where, what runs for how long, and what is left as it was recorded.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their helpers too")]

use paceline_sim::kubernetes::{
    self, ClusterRecord, KubernetesKpis, KubernetesOutcome, KubernetesPolicy, report,
};
use serde_json::{Value, json};
use std::path::Path;

const HEAD: &str = r#"{"format":"paceline-kubernetes-record","version":1}"#;

/// A record in the making.
struct Script(String);

impl Script {
    /// A node of so many CPUs, called `n1`, and its namespace; everything is listed by 1,000 ms.
    fn new(cpu: &str) -> Self {
        let mut script = Self(format!("{HEAD}\n"));
        script.is(900, "namespace", json!({ "metadata": { "name": "default", "labels": {} } }));
        script.node(900, "n1", cpu);
        script
    }

    fn said(&mut self, at_ms: u64, said: Value) {
        self.0 += &format!("{}\n", json!({ "at_ms": at_ms, "said": said }));
    }

    fn is(&mut self, at_ms: u64, kind: &str, of: Value) {
        self.said(at_ms, json!({ "is": [kind, of] }));
    }

    fn node(&mut self, at_ms: u64, name: &str, cpu: &str) {
        let allocatable = json!({ "cpu": cpu, "memory": "8Gi", "pods": "110" });
        self.is(
            at_ms,
            "node",
            json!({ "metadata": { "name": name }, "status": { "allocatable": allocatable } }),
        );
    }

    fn complete(&mut self) {
        self.said(1_000, json!("complete"));
    }

    /// A pod of 1 CPU as it is then: its priority, its node, and its phase.
    fn pod(&mut self, at_ms: u64, name: &str, priority: i32, node: Option<&str>, phase: &str) {
        self.pod_with(at_ms, (name, priority), node, phase, json!(null));
    }

    fn pod_with(
        &mut self,
        at_ms: u64,
        (name, priority): (&str, i32),
        node: Option<&str>,
        phase: &str,
        ended_by: Value,
    ) {
        let container = json!({ "name": "main", "resources": { "requests": { "cpu": "1" } } });
        let mut of = json!({
            "metadata": { "name": name, "namespace": "default", "uid": name, "labels": { "app": "x" } },
            "spec": { "schedulerName": "other", "priority": priority, "containers": [container], "nodeName": node },
            "status": { "phase": phase },
        });
        if !ended_by.is_null() {
            of["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
            of["status"]["conditions"] =
                json!([{ "type": "DisruptionTarget", "status": "True", "reason": ended_by }]);
        }
        self.is(at_ms, "pod", of);
    }

    fn gone(&mut self, at_ms: u64, name: &str) {
        self.said(at_ms, json!({ "gone": ["pod", "default", name] }));
    }

    fn load(&self) -> ClusterRecord {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script.jsonl");
        std::fs::write(&file, &self.0).unwrap();
        assert!(ClusterRecord::is_one(&file));
        ClusterRecord::load(&file).unwrap()
    }

    /// As recorded, and as replayed.
    fn play(&self) -> [KubernetesKpis; 2] {
        let record = self.load();
        [KubernetesPolicy::Recorded, KubernetesPolicy::Paceline].map(|policy| play(&record, policy).kpis)
    }
}

fn play(record: &ClusterRecord, policy: KubernetesPolicy) -> KubernetesOutcome {
    let outcome = kubernetes::play(record, policy, &mut |_| ()).unwrap();
    assert_eq!(outcome.broken, Vec::<String>::new());
    outcome
}

#[test]
fn a_pod_runs_as_long_as_it_ran_and_who_waits_takes_its_place_at_once() {
    let mut script = Script::new("1");
    script.complete();
    script.pod(1_000, "a", 0, None, "Pending");
    script.pod(1_100, "b", 0, None, "Pending");
    script.pod(1_500, "a", 0, Some("n1"), "Running");
    script.pod(3_500, "a", 0, Some("n1"), "Succeeded");
    script.pod(9_000, "b", 0, Some("n1"), "Running");
    let [recorded, replayed] = script.play();
    assert_eq!((recorded.placed, recorded.wait_p50_s, recorded.wait_max_s), (2, 0.5, 7.9));
    // a at once, for two seconds; then b.
    assert_eq!((replayed.placed, replayed.wait_p50_s, replayed.wait_max_s), (2, 0.0, 1.9));
    let worst = &replayed.worst[0];
    assert_eq!(worst.pod, "default/b");
    assert!(worst.why.as_ref().unwrap().starts_with("No node of 1: 1 without enough cpu."), "{worst:?}");
}

#[test]
fn a_pod_that_was_deleted_leaves_when_it_left_with_or_without_a_node() {
    let mut script = Script::new("1");
    script.complete();
    script.pod(1_000, "a", 0, None, "Pending");
    script.pod(1_000, "c", 0, None, "Pending");
    script.pod(2_000, "a", 0, Some("n1"), "Running");
    script.gone(4_000, "a");
    script.gone(4_000, "c");
    script.pod(5_000, "b", 0, None, "Pending");
    script.pod(6_000, "b", 0, Some("n1"), "Running");
    let [recorded, replayed] = script.play();
    for kpis in [&recorded, &replayed] {
        assert_eq!((kpis.pods, kpis.placed, kpis.never, kpis.waiting), (3, 2, 1, 0), "{kpis:?}");
    }
    assert_eq!(replayed.wait_max_s, 0.0);
}

#[test]
fn who_had_a_node_before_stands_where_it_stood() {
    let mut script = Script::new("2");
    script.pod(900, "given", 0, Some("n1"), "Running");
    script.complete();
    script.pod(1_000, "a", 0, None, "Pending");
    script.pod(1_000, "b", 0, None, "Pending");
    script.pod(7_000, "b", 0, None, "Pending");
    let [_, replayed] = script.play();
    assert_eq!((replayed.given, replayed.pods, replayed.placed, replayed.waiting), (1, 2, 1, 1));
    assert_eq!(replayed.cpu_mean, 1.0);
}

#[test]
fn who_gave_way_in_the_record_runs_on_unless_it_gives_way_here() {
    let mut script = Script::new("2");
    script.complete();
    script.pod(1_000, "low", 0, None, "Pending");
    script.pod(1_200, "low", 0, Some("n1"), "Running");
    script.pod(2_000, "high", 9, None, "Pending");
    script.pod_with(2_100, ("low", 0), Some("n1"), "Running", json!("PreemptionByScheduler"));
    script.gone(2_200, "low");
    script.pod(2_300, "high", 9, Some("n1"), "Running");
    script.pod(3_000, "high", 9, Some("n1"), "Running");
    let [recorded, replayed] = script.play();
    assert_eq!((recorded.preempted, recorded.placed), (1, 2));
    assert_eq!((replayed.preempted, replayed.placed), (0, 2));
    // With half the room somebody has to end here too, and both were placed.
    let halved = Script(script.0.replace("\"cpu\":\"2\"", "\"cpu\":\"1\"")).play();
    assert_eq!((halved[1].preempted, halved[1].placed, halved[1].waiting), (1, 2, 0));
}

#[test]
fn of_whom_nobody_knows_how_long_it_would_have_run_it_is_as_long_as_half_of_the_others() {
    let mut script = Script::new("1");
    script.complete();
    script.pod(1_000, "a", 0, None, "Pending");
    script.pod(1_000, "a", 0, Some("n1"), "Running");
    script.pod(3_000, "a", 0, Some("n1"), "Succeeded");
    // It gave way at once there; here it has the node for two seconds, and so has the one that never had one there.
    script.pod(3_000, "low", 0, None, "Pending");
    script.pod(3_000, "low", 0, Some("n1"), "Running");
    script.pod_with(3_500, ("low", 0), Some("n1"), "Running", json!("PreemptionByScheduler"));
    script.gone(3_600, "low");
    script.pod(3_600, "alone", 0, None, "Pending");
    script.pod(3_700, "last", 0, None, "Pending");
    script.pod(9_000, "last", 0, Some("n1"), "Running");
    let [_, replayed] = script.play();
    assert_eq!((replayed.placed, replayed.wait_max_s), (4, 3.3));
}

#[test]
fn who_ends_for_others_is_off_its_budget_for_good() {
    let mut script = Script::new("2");
    script.pod(900, "a", 0, Some("n1"), "Running");
    script.pod(900, "b", 0, Some("n1"), "Running");
    let selector = json!({ "matchLabels": { "app": "x" } });
    let budget = json!({ "metadata": { "name": "x", "namespace": "default" }, "spec": { "selector": selector }, "status": { "disruptionsAllowed": 1 } });
    script.is(900, "budget", budget.clone());
    script.complete();
    script.pod(1_000, "one", 9, None, "Pending");
    script.pod(2_000, "two", 9, None, "Pending");
    // It is said again, as of a cluster in which nobody ended.
    script.is(2_500, "budget", budget);
    script.pod(3_000, "three", 9, None, "Pending");
    let [_, replayed] = script.play();
    assert_eq!((replayed.preempted, replayed.placed, replayed.waiting), (1, 1, 2));
    let why = replayed.worst.iter().find(|one| one.pod == "default/two").unwrap().why.as_ref().unwrap();
    assert!(why.ends_with("but disruption budgets keep them."), "{why}");
}

#[test]
fn claims_get_devices_here_whatever_they_got_there_and_outlive_who_waits_longer() {
    let mut script = Script::new("4");
    let class = json!({ "metadata": { "name": "gpu" }, "spec": { "selectors": [{ "cel": { "expression": "device.driver == \"d\"" } }] } });
    script.is(900, "device_class", class);
    let spec = json!({ "driver": "d", "nodeName": "n1", "pool": { "name": "n1", "generation": 1, "resourceSliceCount": 1 }, "devices": [{ "name": "g0" }] });
    script.is(900, "slice", json!({ "metadata": { "name": "n1" }, "spec": spec }));
    script.complete();
    for name in ["a", "b"] {
        let claim = claim(name, false);
        script.is(1_000, "device_claim", claim);
    }
    script.0 += &with_claim("a", 1_000, None, "Pending");
    script.0 += &with_claim("b", 1_001, None, "Pending");
    // There b went first, and its claim with it; here a does, and runs for 3 s.
    script.is(1_100, "device_claim", claim("b", true));
    script.0 += &with_claim("b", 1_100, Some("n1"), "Running");
    script.0 += &with_claim("b", 1_600, Some("n1"), "Succeeded");
    script.gone(1_700, "b");
    script.said(1_700, json!({ "gone": ["device_claim", "default", "b"] }));
    script.is(1_800, "device_claim", claim("a", true));
    script.0 += &with_claim("a", 1_800, Some("n1"), "Running");
    script.0 += &with_claim("a", 4_800, Some("n1"), "Succeeded");
    script.pod(9_000, "last", 0, None, "Pending");
    let [recorded, replayed] = script.play();
    assert_eq!((recorded.placed, replayed.placed), (2, 3), "{replayed:?}");
    assert_eq!(replayed.wait_max_s, 2.999);
    // Of eight seconds, 3.5 of somebody's, looked at 240 times.
    assert!((replayed.gpu_mean - 3.5 / 8.0).abs() < 0.01, "{}", replayed.gpu_mean);
}

fn claim(name: &str, is_given: bool) -> Value {
    let status = json!({ "allocation": { "devices": { "results": [{ "request": "r", "driver": "d", "pool": "n1", "device": "g0" }] } },
        "reservedFor": [{ "resource": "pods", "name": name, "uid": name }] });
    json!({ "metadata": { "name": name, "namespace": "default", "uid": format!("claim {name}") },
        "spec": { "devices": { "requests": [{ "name": "r", "exactly": { "deviceClassName": "gpu" } }] } },
        "status": if is_given { status } else { json!(null) } })
}

/// A pod with the claim that is called as it.
fn with_claim(name: &str, at_ms: u64, node: Option<&str>, phase: &str) -> String {
    let of = json!({
        "metadata": { "name": name, "namespace": "default", "uid": name },
        "spec": { "containers": [{ "name": "main" }], "nodeName": node, "resourceClaims": [{ "name": "c", "resourceClaimName": name }] },
        "status": { "phase": phase },
    });
    format!("{}\n", json!({ "at_ms": at_ms, "said": { "is": ["pod", of] } }))
}

#[test]
fn a_node_that_went_away_takes_those_along_who_would_not_have_been_there() {
    let mut script = Script::new("1");
    script.complete();
    script.pod(1_000, "a", 0, None, "Pending");
    script.node(1_500, "n2", "4");
    script.pod(1_600, "a", 0, Some("n2"), "Running");
    script.said(5_000, json!({ "gone": ["node", "", "n1"] }));
    script.pod(6_000, "a", 0, Some("n2"), "Running");
    let [recorded, replayed] = script.play();
    assert_eq!((recorded.lost, replayed.lost, replayed.elsewhere), (0, 1, 1));
}

#[test]
fn a_record_lasts_as_long_as_somebody_listened() {
    let mut script = Script::new("1");
    script.complete();
    script.pod(1_000, "a", 0, None, "Pending");
    script.pod(1_000, "b", 0, None, "Pending");
    script.said(61_000, json!("still"));
    let [_, replayed] = script.play();
    assert_eq!((replayed.lasted_s, replayed.worst[1].wait_s), (60.0, 60.0));
}

#[test]
fn gaps_and_a_cut_end_are_said() {
    let mut script = Script::new("1");
    script.complete();
    script.said(
        4_000,
        json!({ "gap": { "since_ms": 2_000, "of": null, "why": "the recorder was not running" } }),
    );
    script.0 += "{\"at_ms\":50";
    let record = script.load();
    let outcome = play(&record, KubernetesPolicy::Paceline);
    let notes = report::notes(&record, &[&outcome.kpis]);
    assert!(notes[0].starts_with("Nothing was heard of anything for 2.0 s"), "{notes:?}");
    assert!(notes[1].contains("cut off"), "{notes:?}");
}

#[test]
fn what_broke_a_rule_when_it_was_bound_is_found_in_the_record_but_where_nobody_knows_who_was_there() {
    let broken = |gap: bool, caught_up: bool| {
        let mut script = Script::new("1");
        script.complete();
        script.pod(1_000, "a", 0, None, "Pending");
        script.pod(1_000, "b", 0, None, "Pending");
        if gap {
            script.said(1_400, json!({ "gap": { "since_ms": 1_300, "of": "pod", "why": "gone away" } }));
        }
        script.pod(1_500, "a", 0, Some("n1"), "Running");
        if caught_up {
            script.said(1_550, json!({ "caught_up": "pod" }));
        }
        script.pod(1_600, "b", 0, Some("n1"), "Running");
        kubernetes::play(&script.load(), KubernetesPolicy::Recorded, &mut |_| ()).unwrap().broken
    };
    let found = vec!["default/b on n1: the node has too little".to_owned()];
    assert_eq!((broken(false, false), broken(true, true)), (found.clone(), found));
    assert_eq!(broken(true, false), Vec::<String>::new());
}

fn example() -> ClusterRecord {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/kubernetes/crowd.jsonl.gz");
    assert!(ClusterRecord::is_one(&file));
    ClusterRecord::load(&file).unwrap()
}

#[test]
fn the_example_gives_the_same_each_time_and_breaks_no_rule() {
    let (mut first, mut second) =
        (play(&example(), KubernetesPolicy::Paceline), play(&example(), KubernetesPolicy::Paceline));
    for kpis in [&mut first.kpis, &mut second.kpis] {
        // Wall time and memory are of the machine.
        (kpis.decision_p50_ms, kpis.decision_p99_ms, kpis.sim_seconds, kpis.memory_mb) = (0.0, 0.0, 0.0, 0.0);
    }
    assert_eq!(serde_json::to_string(&first.kpis).unwrap(), serde_json::to_string(&second.kpis).unwrap());
    assert_eq!(first.course.looks, second.course.looks);
    assert!(first.kpis.placed > 100, "{:?}", first.kpis);
}

#[test]
fn the_report_of_the_example_shows_both_side_by_side() {
    let record = example();
    let outcomes =
        [KubernetesPolicy::Recorded, KubernetesPolicy::Paceline].map(|policy| play(&record, policy));
    let html = report::render(&record, &outcomes).unwrap();
    for text in ["recorded", "paceline", "What was asked for", "Who waited", "GPUs given", "Wait, p99"] {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn what_is_no_record_or_a_later_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.jsonl");
    std::fs::write(&file, HEAD.replace(":1}", ":7}") + "\n").unwrap();
    let error = ClusterRecord::load(&file).unwrap_err().to_string();
    assert!(error.ends_with("line 1: version: 7 is of a later Paceline, must be at most 1"), "{error}");
    std::fs::write(&file, format!("{HEAD}\n")).unwrap();
    assert!(
        ClusterRecord::load(&file).unwrap_err().to_string().contains("before everything was listed once")
    );
    std::fs::write(&file, "[demand]\n").unwrap();
    assert!(!ClusterRecord::is_one(&file) && !ClusterRecord::is_one(folder.path()));
}
