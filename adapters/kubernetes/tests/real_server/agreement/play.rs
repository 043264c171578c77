//! Cases on a real server, many at once: each stands there twice, for one scheduler and for the other, and what became of it is read.

use super::case::{Case, ENDING};
use futures_util::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::{Node, PersistentVolume, PersistentVolumeClaim, Pod};
use k8s_openapi::api::resource::v1::{ResourceClaim, ResourceSlice};
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams,
};
use kube::{Api, Client, ResourceExt as _};
use paceline_kubernetes::check::{self, Placed};
use paceline_kubernetes::client::{self, Listed};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Requests under way at once.
const AT_ONCE: usize = 32;
/// What is there is known to both schedulers after so long.
const SEEN: Duration = Duration::from_millis(700);
/// A decision that stands for so long is one. kube-scheduler tries again after a second.
const QUIET: Duration = Duration::from_millis(2_500);
/// A pod of which nothing is said for so long waits: kube-scheduler does not look at one whose claim is missing, and says nothing.
const SILENT: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(250);
const DECIDED_MAX: Duration = Duration::from_secs(120);

/// What became of the pod that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has a place, and these ended for it.
    Placed { node: String, victims: Vec<String> },
    /// It waits for those who are ending on a node.
    Coming { node: String },
    /// It waits, and was told this.
    Waits(String),
}

impl Outcome {
    /// What two schedulers have to agree on: whether there is a place, and whether somebody has to end for it. Where several would do equally,
    /// and some of them are ending already, each may wait for others.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Placed { victims, .. } if victims.is_empty() => "placed",
            Self::Placed { .. } | Self::Coming { .. } => "placed once others end",
            Self::Waits(_) => "waits",
        }
    }
}

/// What became of a case.
#[derive(Clone, Debug)]
pub(super) struct Played {
    pub(super) theirs: Outcome,
    pub(super) ours: Outcome,
    /// What the checker finds of their binding.
    pub(super) broken_theirs: Vec<String>,
    /// And of ours.
    pub(super) broken_ours: Vec<String>,
}

/// How two schedulers differ: what became of the pod, and whether the checker finds anything of either.
pub(super) type Difference = (&'static str, &'static str, [bool; 2]);

impl Played {
    /// `None`: they agree, and the checker finds nothing.
    pub(super) fn difference(&self) -> Option<Difference> {
        let (theirs, ours) = (self.theirs.kind(), self.ours.kind());
        let is_broken = [&self.broken_theirs, &self.broken_ours].map(|broken| !broken.is_empty());
        (theirs != ours || is_broken != [false; 2]).then_some((theirs, ours, is_broken))
    }
}

/// One case for one scheduler.
struct Twin {
    tag: String,
    objects: Vec<Value>,
    asked: Value,
}

/// Where cases are played.
pub(super) struct Field {
    admin: Client,
    cases: usize,
}

impl Field {
    /// With what all cases share.
    pub(super) async fn new(admin: Client) -> Self {
        let shared = [
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "home", "labels": { "team": "blue" } } }),
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "away" } }),
            json!({ "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": { "name": "boxed" }, "handler": "boxed",
                "overhead": { "podFixed": { "cpu": "250m" } } }),
            json!({ "apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": { "name": "gpu" },
                "spec": { "selectors": [{ "cel": { "expression": r#"device.driver == "gpu.example.com""# } }] } }),
        ];
        let level = |name: &str, value: i32, policy: &str| json!({ "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": name }, "value": value, "preemptionPolicy": policy });
        let levels = [
            level("level-1", 1, "PreemptLowerPriority"),
            level("level-2", 2, "PreemptLowerPriority"),
            level("level-3", 3, "PreemptLowerPriority"),
            level("level-2-calm", 2, "Never"),
        ];
        for object in shared.into_iter().chain(levels) {
            create(&admin, &object).await.unwrap_or_else(|refusal| panic!("{refusal}: {object}"));
        }
        Self { admin, cases: 0 }
    }

    /// What became of each of these cases, in their order.
    ///
    /// Errors, of a case: the server does not take one of its objects.
    pub(super) async fn play(&mut self, cases: &[Case]) -> Vec<Result<Played, String>> {
        let mut twins = Vec::new();
        for case in cases {
            for (letter, scheduler) in [("k", "default-scheduler"), ("p", "paceline")] {
                let tag = format!("{}{letter}", self.cases);
                let (objects, asked) = case.stamped(&tag, scheduler);
                twins.push(Twin { tag, objects, asked });
            }
            self.cases += 1;
        }
        let refused = self.set_up(&twins).await;
        self.wait(
            twins.len() - refused.keys().filter(|tag| twins.iter().any(|twin| twin.tag == **tag)).count(),
        )
        .await;
        let listed = client::look(&self.admin).await.unwrap();
        let cluster = Split::of(&listed);
        let played = twins.chunks(2).map(|both| {
            if let Some(refusal) = both.iter().find_map(|twin| refused.get(&twin.tag)) {
                return Err(refusal.clone());
            }
            let [(theirs, broken_theirs), (ours, broken_ours)] =
                [&both[0], &both[1]].map(|twin| cluster.outcome(twin, &listed));
            Ok(Played { theirs, ours, broken_theirs, broken_ours })
        });
        let played = played.collect();
        self.wipe().await;
        played
    }

    /// Kind by kind, then who asks. What was refused, by tag.
    async fn set_up(&self, twins: &[Twin]) -> BTreeMap<String, String> {
        let mut refused = BTreeMap::new();
        for kind in
            ["Node", "ResourceSlice", "PersistentVolume", "PersistentVolumeClaim", "ResourceClaim", "Pod"]
        {
            let objects = twins.iter().flat_map(|twin| twin.objects.iter().map(move |of| (twin, of)));
            self.create_all(objects.filter(|(_, of)| of["kind"] == kind), &mut refused).await;
        }
        tokio::time::sleep(SEEN).await;
        let asked = twins.iter().map(|twin| (twin, &twin.asked));
        let asked: Vec<_> = asked.filter(|(twin, _)| !refused.contains_key(&twin.tag)).collect();
        self.create_all(asked.into_iter(), &mut refused).await;
        refused
    }

    async fn create_all<'t>(
        &self,
        objects: impl Iterator<Item = (&'t Twin, &'t Value)>,
        refused: &mut BTreeMap<String, String>,
    ) {
        let made =
            objects.map(async |(twin, of)| Some((twin.tag.clone(), create(&self.admin, of).await.err()?)));
        refused.extend(
            stream::iter(made)
                .buffer_unordered(AT_ONCE)
                .filter_map(async |one| one)
                .collect::<Vec<_>>()
                .await,
        );
    }

    /// Until all who ask were answered, and nothing changes any more.
    async fn wait(&self, asking: usize) {
        let (mut before, mut since) = (BTreeMap::new(), tokio::time::Instant::now());
        let end = since + DECIDED_MAX;
        loop {
            let said = self.said().await;
            let answered = said.values().filter(|(node, told)| node.is_some() || told.is_some()).count();
            let quiet = if answered >= asking { QUIET } else { SILENT };
            let changed: Vec<_> = said.iter().filter(|(pod, said)| before.get(*pod) != Some(*said)).collect();
            if tokio::time::Instant::now() > end {
                return eprintln!("these never come to rest: {changed:?}");
            }
            if !changed.is_empty() {
                (before, since) = (said, tokio::time::Instant::now());
            } else if since.elapsed() > quiet {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Where those are who ask, and what they were told.
    async fn said(&self) -> BTreeMap<String, (Option<String>, Option<(String, String)>)> {
        let asked = ListParams::default().labels("asked=yes");
        let pods = Api::<Pod>::all(self.admin.clone()).list(&asked).await.unwrap();
        let said = pods
            .iter()
            .map(|pod| (pod.name_any(), (crate::node_of(pod).map(str::to_owned), crate::condition(pod))));
        said.collect()
    }

    /// All that stands there goes.
    async fn wipe(&self) {
        let (now, all) = (
            DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() },
            ListParams::default(),
        );
        for namespace in ["home", "away"] {
            Api::<Pod>::namespaced(self.admin.clone(), namespace)
                .delete_collection(&now, &all)
                .await
                .unwrap();
        }
        Api::<ResourceClaim>::namespaced(self.admin.clone(), "home")
            .delete_collection(&now, &all)
            .await
            .unwrap();
        Api::<PersistentVolumeClaim>::namespaced(self.admin.clone(), "home")
            .delete_collection(&now, &all)
            .await
            .unwrap();
        Api::<PersistentVolume>::all(self.admin.clone()).delete_collection(&now, &all).await.unwrap();
        Api::<ResourceSlice>::all(self.admin.clone()).delete_collection(&now, &all).await.unwrap();
        Api::<Node>::all(self.admin.clone()).delete_collection(&now, &all).await.unwrap();
    }
}

/// What is there, by tag.
struct Split<'l> {
    nodes: BTreeMap<&'l str, Vec<Node>>,
    pods: BTreeMap<&'l str, Vec<Pod>>,
    claims: BTreeMap<&'l str, Vec<ResourceClaim>>,
    slices: BTreeMap<&'l str, Vec<ResourceSlice>>,
}

fn split<K: kube::Resource + Clone>(all: &[K]) -> BTreeMap<&str, Vec<K>> {
    let mut by_tag: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for one in all {
        let tag = one.meta().name.as_deref().and_then(|name| name.rsplit('-').next());
        by_tag.entry(tag.unwrap_or_default()).or_default().push(one.clone());
    }
    by_tag
}

impl<'l> Split<'l> {
    fn of(listed: &'l Listed) -> Self {
        let Listed { nodes, pods, claims, slices, .. } = listed;
        Self { nodes: split(nodes), pods: split(pods), claims: split(claims), slices: split(slices) }
    }

    /// With what the checker says of it.
    fn outcome(&self, twin: &Twin, listed: &Listed) -> (Outcome, Vec<String>) {
        let tag = twin.tag.as_str();
        let name = format!("asked-{tag}");
        let pods = self.pods.get(tag).map(Vec::as_slice).unwrap_or_default();
        let asked = pods.iter().find(|pod| pod.name_any() == name).expect("who asks is not deleted");
        let nodes = self.nodes.get(tag).map(Vec::as_slice).unwrap_or_default();
        let Some(node) = crate::node_of(asked) else {
            let nominated = asked.status.as_ref().and_then(|status| status.nominated_node_name.clone());
            let why = crate::condition(asked).map(|(_, why)| why).unwrap_or_default();
            let outcome = nominated.map_or(Outcome::Waits(why), |node| Outcome::Coming { node });
            return (outcome, Vec::new());
        };
        let placed = Placed {
            nodes,
            pods,
            namespaces: &listed.namespaces,
            claims: self.claims.get(tag).map(Vec::as_slice).unwrap_or_default(),
            classes: &listed.classes,
            slices: self.slices.get(tag).map(Vec::as_slice).unwrap_or_default(),
        };
        let found = check::all(&placed).into_iter().map(|one| one.to_string());
        let is_its = |one: &String| one.contains(&name) || one.contains("/d0-") || one.contains("/d1-");
        let outcome = Outcome::Placed { node: node.to_owned(), victims: victims(twin, pods) };
        (outcome, found.filter(is_its).collect())
    }
}

/// Who ended that was not told to before.
fn victims(twin: &Twin, pods: &[Pod]) -> Vec<String> {
    let there: BTreeSet<_> = pods
        .iter()
        .filter(|pod| pod.metadata.deletion_timestamp.is_none())
        .map(|pod| pod.name_any())
        .collect();
    let running = twin
        .objects
        .iter()
        .filter(|of| of["kind"] == "Pod" && of["metadata"]["annotations"][ENDING].is_null());
    let names = running.filter_map(|of| of["metadata"]["name"].as_str());
    names.filter(|name| !there.contains(*name)).map(str::to_owned).collect()
}

/// Creates an object as it is, with its status.
async fn create(admin: &Client, of: &Value) -> Result<(), String> {
    let object: DynamicObject = serde_json::from_value(of.clone()).map_err(|error| error.to_string())?;
    let kind =
        GroupVersionKind::try_from(object.types.as_ref().unwrap()).map_err(|error| error.to_string())?;
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(admin.clone(), namespace, &resource),
        None => Api::all_with(admin.clone(), &resource),
    };
    let refused = |error: kube::Error| error.to_string();
    api.create(&PostParams::default(), &object).await.map_err(refused)?;
    let name = object.name_any();
    if of["kind"] != "Node" && !of["status"].is_null() {
        let patch = Patch::Merge(json!({ "status": of["status"] }));
        api.patch_status(&name, &PatchParams::default(), &patch).await.map_err(refused)?;
    }
    if !of["metadata"]["annotations"][ENDING].is_null() {
        let slowly = DeleteParams { grace_period_seconds: Some(3_600), ..DeleteParams::default() };
        api.delete(&name, &slowly).await.map_err(refused)?;
    }
    Ok(())
}
