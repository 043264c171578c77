//! A cluster is recorded while kube-scheduler places pods on it, and the record is played again.
//!
//! `PACELINE_RECORD_TO=FILE` records three minutes of it, at full length: that is how `data/kubernetes/crowd.jsonl.gz` was made.

use crate::agreement::dice::Dice;
use crate::plane::{self, Plane};
use crate::{apply_manifests, make, token_of};
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt as _};
use paceline_kubernetes::client::{self, RecordOptions, RecordSummary};
use paceline_kubernetes::record::Mask;
use paceline_sim::kubernetes::{self as sim, ClusterRecord, KubernetesKpis, KubernetesPolicy};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Names the file that is to be made.
const RECORD_TO: &str = "PACELINE_RECORD_TO";
const SEED: u64 = 20;
const TICK: Duration = Duration::from_millis(200);
/// What was done is known to all after so many ticks.
const SEEN_TICKS: usize = 15;

/// How much happens, and for how long.
struct Scene {
    pods: usize,
    /// Ticks from one pod to the next.
    every: usize,
    /// Ticks that a pod runs at most.
    runs_max: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_of_kube_scheduler_is_played_again_and_the_recorder_goes_on_after_an_end() {
    let Some(program) = plane::program() else { return };
    let to = std::env::var(RECORD_TO).ok();
    let scene = match to {
        Some(_) => Scene { pods: 220, every: 4, runs_max: 300 },
        None => Scene { pods: 60, every: 1, runs_max: 40 },
    };
    let mut plane = Plane::start(program);
    let admin = plane.ready().await;
    apply_manifests(&admin, "kubernetes").await;
    let reader = plane.connect(&token_of(&admin, "paceline-reader").await).await;
    nodes(&admin).await;
    plane.start_scheduler();
    let folder = tempfile::tempdir().unwrap();
    let file = to.map_or_else(|| folder.path().join("cluster.jsonl"), Into::into);

    let half = scene.pods / 2;
    let mut kubelet = Kubelet::new(&admin, scene);
    let first = while_recording(&reader, &file, kubelet.play(0..half)).await;
    assert!(first.is_complete && !first.is_full, "{first:?}");
    // Cut off in the middle of a line, as a kill may do.
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 20]).unwrap();
    plane.restart_apiserver();
    plane.ready().await;
    let second = while_recording(&reader, &file, kubelet.play(half..usize::MAX)).await;
    assert!(second.is_complete && second.lines > 0, "{second:?}");
    // Whoever ends in peace says that nothing has changed until then.
    assert!(std::fs::read_to_string(&file).unwrap().ends_with("\"said\":\"still\"}\n"));
    judge(&file);
}

/// A file that is none of a record, one of somebody else, one with other names and one that is full: said, and left as it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_gone_on_with_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (file, config) = (folder.path().join("cluster.jsonl"), folder.path().join("kubeconfig"));
    let nowhere = json!({ "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [{ "name": "c", "cluster": { "server": "https://127.0.0.1:9" } }], "users": [{ "name": "u", "user": {} }],
        "contexts": [{ "name": "x", "context": { "cluster": "c", "user": "u" } }] });
    std::fs::write(&config, nowhere.to_string()).unwrap();
    let client = client::connect(Some(&config)).await.unwrap();
    let options = |mask, bytes_max| RecordOptions { file: file.clone(), bytes_max, mask };
    let record =
        |mask, bytes_max| client::record(client.clone(), options(mask, bytes_max), std::future::ready(()));
    let key = || Mask::Keyed(Box::new([1; 32]));

    std::fs::write(&file, "my notes").unwrap();
    assert!(
        record(Mask::Off, 1 << 20)
            .await
            .unwrap_err()
            .to_string()
            .contains("is not the first line of a record")
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "my notes");
    std::fs::remove_file(&file).unwrap();

    assert!(!record(key(), 1 << 20).await.unwrap().is_complete);
    let before = std::fs::read(&file).unwrap();
    for mask in [Mask::Off, Mask::Keyed(Box::new([2; 32]))] {
        assert!(record(mask, 1 << 20).await.unwrap_err().to_string().contains("masked by another key"));
    }
    let held = std::fs::File::open(&file).unwrap();
    held.lock().unwrap();
    assert!(record(key(), 1 << 20).await.unwrap_err().to_string().contains("somebody else records"));
    held.unlock().unwrap();
    let error = record(key(), before.len() as u64 - 1).await.unwrap_err().to_string();
    assert!(error.contains("and may have"), "{error}");
    // There is no room for the line that says since when nothing was heard.
    assert!(record(key(), before.len() as u64 + 20).await.unwrap().is_full);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

/// Records as an account that may only read, for as long as something takes.
async fn while_recording(reader: &Client, file: &Path, scene: impl Future<Output = ()>) -> RecordSummary {
    let options = RecordOptions { file: file.into(), bytes_max: 64 << 20, mask: Mask::Off };
    client::record(reader.clone(), options, scene).await.unwrap()
}

/// Both runs count the same pods, the replay breaks no rule, and kube-scheduler's placements are none that the checker minds.
fn judge(file: &Path) {
    let record = ClusterRecord::load(file).unwrap();
    let play = |policy| sim::play(&record, policy, &mut |_| ()).unwrap();
    let (recorded, replayed) = (play(KubernetesPolicy::Recorded), play(KubernetesPolicy::Paceline));
    assert_eq!((&recorded.broken, &replayed.broken), (&vec![], &vec![]));
    let counts = |kpis: &KubernetesKpis| (kpis.pods, kpis.given, kpis.placed + kpis.never + kpis.waiting);
    assert_eq!(counts(&recorded.kpis), counts(&replayed.kpis));
    assert!(recorded.kpis.placed > 40, "{:?}", recorded.kpis);
    let (theirs, ours) = (recorded.kpis.placed, replayed.kpis.placed);
    assert!(ours >= theirs * 9 / 10, "{ours} placed, recorded {theirs}: {:?}", replayed.kpis);
    assert!(recorded.kpis.preempted > 0 && replayed.kpis.preempted > 0, "{recorded:?} {replayed:?}");
    // The recorder was not running, and before that its last line was cut off.
    assert!(recorded.kpis.gaps >= 1, "{:?}", recorded.kpis);
}

/// Six nodes in three zones, of which two have GPUs.
async fn nodes(admin: &Client) {
    let class = json!({ "metadata": { "name": "high" }, "value": 100 });
    make::<PriorityClass>(&Api::all(admin.clone()), class).await;
    let nodes = Api::<Node>::all(admin.clone());
    for at in 0..6 {
        let name = format!("n{at}");
        let labels =
            json!({ "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": format!("z{}", at % 3) });
        let mut allocatable = json!({ "cpu": "8", "memory": "32Gi", "pods": "110" });
        if at < 2 {
            allocatable["nvidia.com/gpu"] = json!("4");
        }
        make(&nodes, json!({ "metadata": { "name": name, "labels": labels }, "status": { "allocatable": allocatable } })).await;
        let patch = Patch::Merge(json!({ "spec": { "taints": null } }));
        nodes.patch(&name, &PatchParams::default(), &patch).await.unwrap();
    }
}

/// Hands pods in, and runs them as a kubelet would: each for so many ticks.
struct Kubelet {
    pods: Api<Pod>,
    scene: Scene,
    dice: Dice,
    runs: BTreeMap<String, usize>,
    ran: BTreeMap<String, usize>,
}

impl Kubelet {
    fn new(admin: &Client, scene: Scene) -> Self {
        let (runs, ran) = (BTreeMap::new(), BTreeMap::new());
        Self { pods: Api::default_namespaced(admin.clone()), scene, dice: Dice::new(SEED, 0), runs, ran }
    }

    /// Hands these in one after the other, while those that are there run.
    async fn play(&mut self, range: std::ops::Range<usize>) {
        let last = range.end.min(self.scene.pods);
        let mut clock = tokio::time::interval(TICK);
        for at in range.start..last {
            let of = self.draw(at);
            make::<Pod>(&self.pods, of).await;
            for _ in 0..self.scene.every {
                clock.tick().await;
                self.tick().await;
            }
        }
        // What was done is seen by whoever watches.
        for _ in 0..SEEN_TICKS {
            clock.tick().await;
            self.tick().await;
        }
    }

    fn draw(&mut self, at: usize) -> Value {
        let dice = &mut self.dice;
        let app = dice.of(&["web", "batch", "train"]);
        let mut requests =
            json!({ "cpu": dice.of(&["500m", "1", "2", "3"]), "memory": dice.of(&["1Gi", "2Gi", "6Gi"]) });
        if app == "train" {
            requests["nvidia.com/gpu"] = json!(dice.of(&["1", "2"]));
        }
        let container = json!({ "name": "main", "image": "registry.example/app:1", "resources": { "requests": requests, "limits": requests } });
        let mut spec = json!({ "containers": [container] });
        if dice.percent(15) {
            spec["priorityClassName"] = json!("high");
        }
        if app == "web" {
            let selector = json!({ "matchLabels": { "app": "web" } });
            spec["topologySpreadConstraints"] = json!([{ "maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector }]);
        }
        let name = format!("{app}-{at}");
        let runs = self.scene.runs_max / 3 + dice.below(self.scene.runs_max * 2 / 3);
        self.runs.insert(name.clone(), runs);
        json!({ "metadata": { "name": name, "labels": { "app": app } }, "spec": spec })
    }

    async fn tick(&mut self) {
        let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
        for pod in self.pods.list(&Default::default()).await.map(|list| list.items).unwrap_or_default() {
            let name = pod.name_any();
            if pod.metadata.deletion_timestamp.is_some() {
                _ = self.pods.delete(&name, &at_once).await;
                continue;
            }
            if pod.spec.as_ref().is_none_or(|spec| spec.node_name.is_none()) {
                continue;
            }
            let ran = self.ran.entry(name.clone()).or_default();
            *ran += 1;
            match *ran {
                1 => self.says(&name, "Running").await,
                ran if ran == self.runs[&name] => self.says(&name, "Succeeded").await,
                ran if ran > self.runs[&name] + 5 => _ = self.pods.delete(&name, &at_once).await,
                _ => {}
            }
        }
    }

    async fn says(&self, name: &str, phase: &str) {
        let patch = Patch::Merge(json!({ "status": { "phase": phase } }));
        _ = self.pods.patch_status(name, &PatchParams::default(), &patch).await;
    }
}
