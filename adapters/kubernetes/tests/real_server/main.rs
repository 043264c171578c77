//! Scheduling on a real API server, as the service account of the manifests under `deploy/kubernetes`, which may do no more than they say.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their helpers too")]

mod plane;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, ServiceAccount};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource};
use paceline_kubernetes::check::{self, Placed};
use paceline_kubernetes::client::{self, Options};
use plane::Plane;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const SYSTEM: &str = "paceline-system";
/// A decision on a busy machine takes so long at most.
const DECIDED_MAX: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn pods_are_bound_told_and_given_room_by_an_account_that_may_do_no_more_than_that() {
    let Some(program) = plane::program() else { return };
    let mut plane = Plane::start(program);
    let admin = plane.ready().await;
    apply_manifests(&admin).await;
    let scheduler = plane.connect(&token(&admin).await).await;
    for name in ["n1", "n2", "n3"] {
        node(&admin, name).await;
    }
    let class = json!({ "metadata": { "name": "high" }, "value": 100 });
    make::<PriorityClass>(&Api::all(admin.clone()), class).await;
    tokio::select! {
        ended = client::run(scheduler, Options::default(), std::future::pending()) => panic!("{ended:?}"),
        () = scene(&mut plane, &admin) => {}
    }
}

async fn scene(plane: &mut Plane, admin: &Client) {
    for at in 0..20 {
        pod(admin, &format!("p{at}"), json!({})).await;
    }
    wait(admin, "12 of 1 CPU fit on 3 nodes of 4, and the others are told", |pods| {
        bound(pods) == 12 && pods.iter().filter(|pod| waits(pod)).count() == 8
    })
    .await;
    let all = pods(admin).await;
    let no = all.iter().find_map(condition).unwrap();
    assert!(no.1.starts_with("No node of 3: 3 without enough cpu."), "{no:?}");

    let one = all.iter().find(|pod| node_of(pod).is_some()).unwrap().metadata.name.clone().unwrap();
    end(admin, &one).await;
    wait(admin, "whoever waits takes the place of one that is gone", |pods| bound(pods) == 12).await;

    pod(admin, "urgent", json!({ "priorityClassName": "high" })).await;
    wait(admin, "one is evicted for it, and room is kept", |pods| {
        let ending = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_some()).count();
        let nominated =
            pods.iter().any(|pod| pod.status.as_ref().is_some_and(|s| s.nominated_node_name.is_some()));
        ending == 1 && nominated
    })
    .await;
    let all = pods(admin).await;
    let victim = all.iter().find(|pod| pod.metadata.deletion_timestamp.is_some()).unwrap();
    end(admin, victim.metadata.name.as_deref().unwrap()).await;
    wait(admin, "it goes where room was made", |pods| {
        pods.iter().any(|pod| is(pod, "urgent") && node_of(pod).is_some())
    })
    .await;

    plane.restart_apiserver();
    let admin = plane.ready().await;
    node(&admin, "n4").await;
    wait(&admin, "after the server was killed and has come back, a new node is filled", |pods| {
        bound(pods) == 16
    })
    .await;
    judge(&admin).await;
}

/// Nobody stands where a rule forbids it.
async fn judge(admin: &Client) {
    let nodes = Api::<Node>::all(admin.clone()).list(&Default::default()).await.unwrap().items;
    let namespaces = Api::<Namespace>::all(admin.clone()).list(&Default::default()).await.unwrap().items;
    let pods = pods(admin).await;
    assert_eq!(check::all(&Placed { nodes: &nodes, pods: &pods, namespaces: &namespaces }), []);
}

fn is(pod: &Pod, name: &str) -> bool {
    pod.metadata.name.as_deref() == Some(name)
}

fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref()
}

fn bound(pods: &[Pod]) -> usize {
    pods.iter().filter(|pod| node_of(pod).is_some()).count()
}

fn condition(pod: &Pod) -> Option<(String, String)> {
    let mut conditions = pod.status.as_ref()?.conditions.iter().flatten();
    let no = conditions.find(|one| one.type_ == "PodScheduled" && one.status == "False")?;
    Some((no.reason.clone()?, no.message.clone()?))
}

fn waits(pod: &Pod) -> bool {
    condition(pod).is_some_and(|(reason, _)| reason == "Unschedulable")
}

async fn pods(admin: &Client) -> Vec<Pod> {
    Api::default_namespaced(admin.clone()).list(&Default::default()).await.unwrap().items
}

async fn wait(admin: &Client, what: &str, is_so: impl Fn(&[Pod]) -> bool) {
    let look = async {
        while !is_so(&pods(admin).await) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    if tokio::time::timeout(DECIDED_MAX, look).await.is_err() {
        let all = pods(admin).await;
        let lines: Vec<_> = all
            .iter()
            .map(|pod| format!("{:?} {:?} {:?}", pod.metadata.name, node_of(pod), condition(pod)))
            .collect();
        panic!("{what}, but:\n{}", lines.join("\n"));
    }
}

async fn make<K>(api: &Api<K>, of: Value) -> K
where
    K: Resource + Clone + Serialize + DeserializeOwned + std::fmt::Debug,
{
    api.create(&PostParams::default(), &serde_json::from_value(of).unwrap()).await.unwrap()
}

/// A node of 4 CPUs. What admission adds because no kubelet has spoken is taken away.
async fn node(admin: &Client, name: &str) {
    let nodes = Api::<Node>::all(admin.clone());
    let allocatable = json!({ "cpu": "4", "memory": "8Gi", "pods": "110" });
    let labels = json!({ "kubernetes.io/hostname": name });
    let of =
        json!({ "metadata": { "name": name, "labels": labels }, "status": { "allocatable": allocatable } });
    make(&nodes, of).await;
    let patch = Patch::Merge(json!({ "spec": { "taints": null } }));
    nodes.patch(name, &PatchParams::default(), &patch).await.unwrap();
}

async fn pod(admin: &Client, name: &str, more: Value) {
    let container = json!({ "name": "main", "image": "registry.example/app:1", "resources": { "requests": { "cpu": "1" } } });
    let mut of = json!({ "metadata": { "name": name }, "spec": { "schedulerName": "paceline", "containers": [container] } });
    more.as_object().unwrap().iter().for_each(|(key, value)| of["spec"][key] = value.clone());
    make::<Pod>(&Api::default_namespaced(admin.clone()), of).await;
}

/// Plays the kubelet: a pod that was told to end is gone.
async fn end(admin: &Client, name: &str) {
    let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
    Api::<Pod>::default_namespaced(admin.clone()).delete(name, &at_once).await.unwrap();
}

async fn token(admin: &Client) -> String {
    let accounts = Api::<ServiceAccount>::namespaced(admin.clone(), SYSTEM);
    let request = TokenRequest { spec: Some(TokenRequestSpec::default()), ..TokenRequest::default() };
    let made = accounts.create_token_request("paceline-scheduler", &PostParams::default(), &request).await;
    made.unwrap().status.unwrap().token.unwrap()
}

/// Applies the manifests, in the order in which the kustomization names them.
async fn apply_manifests(admin: &Client) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let kustomization: Value = serde_saphyr::from_str(&read("kustomization.yaml")).unwrap();
    for file in kustomization["resources"].as_array().unwrap() {
        let objects: Vec<Value> = serde_saphyr::from_multiple(&read(file.as_str().unwrap())).unwrap();
        for object in objects {
            apply(admin, object).await;
        }
    }
}

async fn apply(admin: &Client, object: Value) {
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    let kind = GroupVersionKind::try_from(object.types.as_ref().unwrap()).unwrap();
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(admin.clone(), namespace, &resource),
        None => Api::all_with(admin.clone(), &resource),
    };
    let name = object.metadata.name.clone().unwrap();
    let params = PatchParams::apply("paceline-tests").force();
    api.patch(&name, &params, &Patch::Apply(&object)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
}
