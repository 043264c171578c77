//! What a scene of an edge region may say, how it is refused, and that a run does what it says.
#![allow(clippy::unwrap_used, reason = "a scene that does not load is a test that fails")]

use paceline_sim::edge::{EdgeOutcome, EdgePolicy, EdgeRun, Scene, run};
use std::path::Path;

/// Boxes of two kinds of which one's name begins the other's, and a workload that all of them run.
const TWO_KINDS: &str = r#"
kind = "edge"
name = "Two kinds"
start = "2026-03-02T06:00:00Z"
lasts = "10 min"

[boxes.box]
count = 2

[boxes.box.node]
architecture = "amd64"
cpu_milli = 8000
memory_mib = 32768
pcie_mbps = 64000
devices = [{ uuid = "GPU-{id}-0", product = "T4", memory_mib = 15109 }]
labels = { tier = "cell" }

[boxes.box-a]
count = 2

[boxes.box-a.node]
architecture = "amd64"
cpu_milli = 8000
memory_mib = 32768
pcie_mbps = 64000
devices = [{ uuid = "GPU-{id}-0", product = "T4", memory_mib = 15109 }]
labels = { tier = "pole" }

[[models.spots.versions]]
version = "1.2.0"
variants = [{ precision = "fp16", size_mib = 180, memory_mib = 6200, latency_ms = 18, accuracy_permille = 968 }]

[demand.welds]
at_start = 4
load = 1.0
workload = { model = "spots", precision = "fp16", cpu_milli = 1500, memory_mib = 4096, gpus = 1, milli_gpu = 1000, pcie_mbps = 12000 }
"#;

/// The scene with `[table]` having these lines beside its own.
fn with(table: &str, lines: &str) -> String {
    let head = format!("[{table}]\n");
    assert!(TWO_KINDS.contains(&head), "there is no {head}");
    TWO_KINDS.replace(&head, &format!("{head}{lines}\n"))
}

/// The message with which a scene is refused.
fn refused(text: &str) -> String {
    Scene::parse(text, Path::new("scene.toml")).unwrap_err().to_string()
}

fn played(text: &str, policy: EdgePolicy) -> EdgeOutcome {
    let scene = Scene::parse(text, Path::new("scene.toml")).unwrap();
    run(&scene, &EdgeRun { policy, seed: 1, journal: None }, &mut |_| {}).unwrap()
}

#[test]
fn fans_fail_of_boxes_of_their_own_kind_alone() {
    let fails = |kind: &str| {
        let heat = "heat = { fan_failures_per_day = 20000.0, fan_out = \"1 h\", kelvin_per_watt_without_fan = 0.45 }";
        let text = with(kind, heat);
        played(&text, EdgePolicy::Configured).kpis.heat.celsius_max
    };
    // Without their fans, boxes of the kind that fails are no warmer; those of the other kind would be.
    let none = played(TWO_KINDS, EdgePolicy::Configured).kpis.heat.celsius_max;
    assert_eq!([fails("boxes.box"), fails("boxes.box-a")], [none, none]);
}

#[test]
fn a_scene_without_boxes_is_refused() {
    let from = TWO_KINDS.find("[boxes.box]").unwrap();
    let to = TWO_KINDS.find("[[models").unwrap();
    let without = format!("{}[boxes]\n{}", &TWO_KINDS[..from], &TWO_KINDS[to..]);
    let message = refused(&without);
    assert!(message.contains("boxes is 0 boxes: must have between 1 and 100000 boxes"), "{message}");
}

#[test]
fn a_kind_that_no_line_of_its_sites_is_left_for_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("sites.csv"), "LATITUDE,LONGITUDE\n-37.8,144.9\n-37.9,144.9\n").unwrap();
    let text = with("boxes.box", "sites = { file = \"sites.csv\", from = 2 }");
    let scene = Scene::parse(&text, &dir.path().join("scene.toml")).unwrap();
    let refused = run(&scene, &EdgeRun::default(), &mut |_| {}).err().unwrap().to_string();
    let rule = "boxes.box.sites.from is 2: must be below the 2 lines of sites.csv";
    assert!(refused.contains(rule), "{refused}");
}

#[test]
fn users_use_demands_of_the_scene_each_once() {
    let users = |uses: &str| {
        let users = "file = \"users.csv\"\nrequests_per_s = 1.0\naccess_ms = 1.0\nms_per_km = 1.0";
        refused(&format!("{TWO_KINDS}\n[users]\nuses = {uses}\n{users}\n"))
    };
    for (uses, rule) in [
        ("[]", "users.uses is 0 demands: must have between 1 and 1 demands"),
        ("[\"weld\"]", "users.uses[0] is weld: must be one of welds"),
        ("[\"welds\", \"welds\"]", "users.uses[1] is welds: must be named once"),
    ] {
        let message = users(uses);
        assert!(message.contains(rule), "{message}");
    }
}

#[test]
fn what_is_forbidden_is_of_a_model_and_a_label_that_can_be() {
    for (label, value, model, rule) in [
        ("tier", "cell", "spot", "forbidden[0].model is spot: must be one of spots"),
        ("tier?", "cell", "spots", "forbidden[0].label is tier?: must be a label's key"),
        ("tier", "cell ", "spots", "forbidden[0].value is cell : must be a label's value"),
    ] {
        let message = refused(&forbidding(label, value, model));
        assert!(message.contains(rule), "{message}");
    }
}

#[test]
fn a_link_takes_no_longer_than_a_minute() {
    for (link, rule) in [
        ("{ delay = \"600 h\" }", "boxes.box.link.delay is 600 h: must lie within 0 s and 1 min"),
        ("{ jitter = \"61 s\" }", "boxes.box.link.jitter is 61 s: must lie within 0 s and 1 min"),
        ("{ outage = \"400 h\" }", "boxes.box.link.outage is 400 h: must lie within 0 s and 336 h"),
        ("{ free_mbps = 5000000 }", "boxes.box.link.free_mbps is 5000000: must lie within 0 and 4000000"),
    ] {
        let message = refused(&with("boxes.box", &format!("link = {link}")));
        assert!(message.contains(rule), "{message}");
    }
}

/// The scene in which a variant is forbidden of which its region does not know.
fn forbidding(label: &str, value: &str, model: &str) -> String {
    let forbidden = format!("label = \"{label}\"\nvalue = \"{value}\"\nmodel = \"{model}\"");
    format!("{TWO_KINDS}\n[[forbidden]]\n{forbidden}\nprecision = \"fp16\"\n")
}

#[test]
fn each_variant_that_goes_where_the_scene_forbids_it_is_counted_and_said() {
    let EdgeOutcome { kpis, broken, .. } =
        played(&forbidding("tier", "cell", "spots"), EdgePolicy::Configured);
    assert_eq!((kpis.placing.placed, kpis.forbidden, kpis.broken), (4, 2, 2), "{broken:?}");
    assert!(
        broken[0].contains("runs on box-") && broken[0].contains("which is forbidden there"),
        "{broken:?}"
    );
    // Elsewhere, and of other variants, nothing is forbidden.
    let elsewhere = played(&forbidding("tier", "roof", "spots"), EdgePolicy::Configured).kpis;
    assert_eq!((elsewhere.forbidden, elsewhere.broken), (0, 0));
}

#[test]
fn boxes_are_hot_by_the_settings_that_the_region_is_run_by() {
    let text = format!("{TWO_KINDS}\n[policies.cool]\nhot_celsius = 40.0\ncool_celsius = 35.0\n");
    let worked_hot = |policy: &str| played(&text, policy.parse().unwrap()).kpis.heat.working_hot_min;
    // At full load a box settles at 56 °C.
    assert_eq!(worked_hot("configured"), 0.0);
    assert!(worked_hot("cool") > 1.0);
}

/// The scene in which nothing comes but by this file, played.
fn arriving(lines: &str) -> Result<EdgeOutcome, String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("arrivals.csv"), format!("at,until\n{lines}")).unwrap();
    let text = TWO_KINDS.replace("at_start = 4", "arrivals = \"arrivals.csv\"");
    let scene = Scene::parse(&text, &dir.path().join("scene.toml")).unwrap();
    run(&scene, &EdgeRun { policy: EdgePolicy::Configured, seed: 1, journal: None }, &mut |_| {})
        .map_err(|error| error.to_string())
}

#[test]
fn workloads_come_and_go_when_a_file_says_so() {
    let placing = |lines: &str| {
        let placing = arriving(lines).unwrap().kpis.placing;
        (placing.asked, placing.placed, placing.waiting)
    };
    // There are four GPUs. Who was gone before the scene does not come, who came before it is there.
    let before = "2026-03-01T06:00:00Z,2026-03-02T05:00:00Z\n2026-03-01T06:00:00Z,\n";
    assert_eq!(placing(before), (1, 1, 0));
    let three = "2026-03-02T06:01:00Z,\n".repeat(3);
    let stays = |until: &str| format!("2026-03-02T06:01:00Z,{until}\n");
    let next = "2026-03-02T06:04:00Z,\n";
    // A fifth has a place when one of the others has gone by then, and waits otherwise.
    assert_eq!(placing(&format!("{three}{}{next}", stays("2026-03-02T06:03:00Z"))), (5, 5, 0));
    assert_eq!(placing(&format!("{three}{}{next}", stays(""))), (5, 4, 1));
}

#[test]
fn a_line_of_arrivals_that_cannot_be_is_refused_by_its_number() {
    for (lines, rule) in [
        (
            "2026-03-02T06:01:00Z,\n2026-03-02T06:10:00Z,\n",
            "at is 2026-03-02T06:10:00.000Z: must be before the scene's end",
        ),
        (
            "2026-03-02T06:01:00Z,\n2026-03-02T06:02:00Z,2026-03-02T06:01:59Z\n",
            "until is 2026-03-02T06:01:59.000Z: must not be before at",
        ),
        ("2026-03-02T06:01:00Z,\nnoon,\n", "at is noon: must be"),
    ] {
        let message = arriving(lines).err().unwrap();
        assert!(
            message.contains("arrivals.csv") && message.contains("line 3") && message.contains(rule),
            "{message}"
        );
    }
}
