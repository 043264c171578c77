//! Scheduling on a real API server, as the service account of the manifests under `deploy/kubernetes`, which may do no more than they say.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their helpers too")]

mod agreement;
mod gang;
mod lease;
mod moves;
mod plane;
mod record;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Node, Pod, ServiceAccount};
use k8s_openapi::api::resource::v1::{DeviceClass, ResourceClaim, ResourceSlice};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource};
use paceline_kubernetes::check;
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
    apply_manifests(&admin, "kubernetes").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_manifests_of_a_cluster_of_servers_are_taken_whole() {
    let Some(program) = plane::program() else { return };
    let plane = Plane::start(program);
    apply_manifests(&plane.ready().await, "cluster").await;
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
    devices(&admin).await;
    judge(&admin).await;
}

/// Two shares of one device, and no third.
async fn devices(admin: &Client) {
    let expression = r#"device.driver == "gpu.example.com""#;
    let class = json!({ "metadata": { "name": "gpu" }, "spec": { "selectors": [{ "cel": { "expression": expression } }] } });
    make::<DeviceClass>(&Api::all(admin.clone()), class).await;
    let memory = json!({ "value": "80Gi", "requestPolicy": { "default": "40Gi", "validRange": { "min": "10Gi", "step": "10Gi" } } });
    let device = json!({ "name": "g0", "allowMultipleAllocations": true, "capacity": { "memory": memory } });
    let pool = json!({ "name": "n3", "generation": 1, "resourceSliceCount": 1 });
    let slice = json!({ "metadata": { "name": "n3" }, "spec": { "driver": "gpu.example.com", "nodeName": "n3", "pool": pool, "devices": [device] } });
    make::<ResourceSlice>(&Api::all(admin.clone()), slice).await;
    for name in ["share-1", "share-2", "share-3"] {
        let request = json!({ "name": "dev", "exactly": { "deviceClassName": "gpu" } });
        let claim = json!({ "metadata": { "name": name }, "spec": { "devices": { "requests": [request] } } });
        make::<ResourceClaim>(&Api::default_namespaced(admin.clone()), claim).await;
        let used = json!([{ "name": "dev", "resourceClaimName": name }]);
        let container = json!([{ "name": "main", "image": "registry.example/app:1", "resources": { "claims": [{ "name": "dev" }] } }]);
        pod(admin, name, json!({ "containers": container, "resourceClaims": used })).await;
    }
    wait(admin, "two of three get a share of the device", |pods| {
        let shared: Vec<_> = pods.iter().filter(|pod| is_share(pod)).collect();
        let on_n3 = shared.iter().filter(|pod| node_of(pod) == Some("n3")).count();
        on_n3 == 2 && shared.iter().filter(|pod| waits(pod)).count() == 1
    })
    .await;
}

fn is_share(pod: &Pod) -> bool {
    pod.metadata.name.as_deref().is_some_and(|name| name.starts_with("share-"))
}

/// Nobody stands where a rule forbids it, and no device is given as a rule forbids it.
async fn judge(admin: &Client) {
    assert_eq!(check::all(&client::look(admin).await.unwrap().placed()), []);
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
    token_of(admin, "paceline-scheduler").await
}

async fn token_of(admin: &Client, account: &str) -> String {
    let accounts = Api::<ServiceAccount>::namespaced(admin.clone(), SYSTEM);
    let request = TokenRequest { spec: Some(TokenRequestSpec::default()), ..TokenRequest::default() };
    let made = accounts.create_token_request(account, &PostParams::default(), &request).await;
    made.unwrap().status.unwrap().token.unwrap()
}

/// Applies the manifests of a folder, in the order in which its kustomization names them.
async fn apply_manifests(admin: &Client, folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(folder);
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
    // A field that the server does not know is an error.
    let params = PatchParams::apply("paceline-tests").force().validation_strict();
    api.patch(&name, &params, &Patch::Apply(&object)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
}
