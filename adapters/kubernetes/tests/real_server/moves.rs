//! Moves on a real server: pods that their owner makes anew go elsewhere one by one, and the pod that it is done for is bound.

use crate::plane::{self, Plane};
use crate::{apply_manifests, condition, judge, make, node, node_of, pods, token, token_of, wait};
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt as _};
use paceline_kubernetes::client::{self, Done, Ended, MoveOptions, Options};
use paceline_kubernetes::cluster::PodKey;
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn pods_move_one_by_one_within_budgets_and_whoever_they_move_for_is_bound() {
    let Some(program) = plane::program() else { return };
    let plane = Plane::start(program);
    let admin = plane.ready().await;
    apply_manifests(&admin, "kubernetes").await;
    let scheduler = plane.connect(&token(&admin).await).await;
    let mover = plane.connect(&token_of(&admin, "paceline-mover").await).await;
    for name in ["n1", "n2", "n3"] {
        node(&admin, name).await;
    }
    tokio::select! {
        ended = client::run(scheduler, Options::default(), std::future::pending()) => panic!("{ended:?}"),
        () = replicas(&admin) => {}
        () = scene(&admin, &mover) => {}
    }
}

fn options(name: &str) -> MoveOptions {
    MoveOptions { pod: PodKey::new("default", name), moves_max: 5, per_minute: 60 }
}

async fn scene(admin: &Client, mover: &Client) {
    for at in 0..6 {
        make::<Pod>(&Api::default_namespaced(admin.clone()), replica(at, &format!("n{}", at / 2 + 1))).await;
    }
    // Two of 1 CPU on each node of 4: nobody has 4.
    crate::pod(admin, "large", asks_for("4")).await;
    wait(admin, "it waits", |pods| pods.iter().filter_map(condition).count() == 1).await;

    // A budget of none: nothing moves, and no node is left cordoned.
    let selector = json!({ "matchLabels": { "app": "web" } });
    let budget =
        json!({ "metadata": { "name": "web" }, "spec": { "minAvailable": 6, "selector": selector } });
    let budgets = Api::<PodDisruptionBudget>::default_namespaced(admin.clone());
    make(&budgets, budget).await;
    let ended = carry_out(mover, &mut |_| panic!("nothing is done")).await;
    assert!(matches!(&ended, Ended::Stopped(why) if why.ends_with("No moves would help.")), "{ended:?}");
    budgets.delete("web", &DeleteParams::default()).await.unwrap();

    // Asked to end after the first move: that one is whole, and the node is open again.
    let (asked, moved) = (tokio_gate(), Cell::new(0));
    let mut count = |done: &Done| {
        if let Done::Moved(_, is_replaced) = done {
            assert!(is_replaced);
            moved.set(moved.get() + 1);
            asked.1.send_replace(true);
        }
    };
    let mut is_asked = asked.0.clone();
    let shutdown = async move { _ = is_asked.wait_for(|asked| *asked).await };
    let ended = client::carry_out(mover, &options("large"), shutdown, &mut count).await.unwrap();
    assert_eq!((ended, moved.get()), (Ended::Asked, 1));
    assert_eq!(cordoned(admin).await, 0);
    assert_eq!(running(admin).await, 6);

    let mut done = Vec::new();
    let ended = carry_out(mover, &mut |one| done.push(one.clone())).await;
    let Ended::Bound(node) = ended else { panic!("{ended:?} after {done:?}") };
    assert!(matches!(done.first(), Some(Done::Cordoned(cordoned)) if *cordoned == node), "{done:?}");
    assert!(matches!(done.last(), Some(Done::Uncordoned(open)) if *open == node), "{done:?}");
    assert!(done.iter().any(|one| matches!(one, Done::Moved(_, true))), "{done:?}");
    assert_eq!((cordoned(admin).await, running(admin).await), (0, 6));
    judge(admin).await;
}

fn tokio_gate() -> (tokio::sync::watch::Receiver<bool>, tokio::sync::watch::Sender<bool>) {
    let (asks, asked) = tokio::sync::watch::channel(false);
    (asked, asks)
}

async fn carry_out(mover: &Client, tell: &mut dyn FnMut(&Done)) -> Ended {
    client::carry_out(mover, &options("large"), std::future::pending(), tell).await.unwrap()
}

async fn cordoned(admin: &Client) -> usize {
    let nodes = Api::<Node>::all(admin.clone()).list(&Default::default()).await.unwrap().items;
    nodes
        .iter()
        .filter(|node| node.spec.as_ref().is_some_and(|spec| spec.unschedulable == Some(true)))
        .count()
}

/// Replicas that have a node.
async fn running(admin: &Client) -> usize {
    let all = pods(admin).await;
    all.iter().filter(|pod| pod.name_any() != "large" && node_of(pod).is_some()).count()
}

fn asks_for(cpu: &str) -> Value {
    json!({ "containers": [{ "name": "main", "image": "registry.example/app:1", "resources": { "requests": { "cpu": cpu } } }] })
}

fn replica(at: usize, node: &str) -> Value {
    let mut spec = asks_for("1");
    spec["schedulerName"] = json!("paceline");
    if !node.is_empty() {
        spec["nodeName"] = json!(node);
    }
    let owner = json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "web", "controller": true });
    json!({ "metadata": { "name": format!("web-{at}"), "labels": { "app": "web" }, "ownerReferences": [owner] }, "spec": spec })
}

/// Plays the owner and the kubelets: who was told to end is gone, and another is made in its stead; who is bound runs.
async fn replicas(admin: &Client) {
    let api = Api::<Pod>::default_namespaced(admin.clone());
    let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
    for next in 100.. {
        tokio::time::sleep(Duration::from_millis(200)).await;
        for pod in pods(admin).await {
            let is_running =
                pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running");
            if pod.metadata.deletion_timestamp.is_some() {
                _ = api.delete(&pod.name_any(), &at_once).await;
            } else if node_of(&pod).is_some() && !is_running {
                let patch = Patch::Merge(json!({ "status": { "phase": "Running" } }));
                _ = api.patch_status(&pod.name_any(), &PatchParams::default(), &patch).await;
            }
        }
        let all = pods(admin).await;
        let web = all.iter().filter(|pod| pod.name_any().starts_with("web-")).count();
        // Until all six were made there is nothing to be made anew.
        if web == 5 && all.iter().any(|pod| pod.name_any() == "large") {
            make::<Pod>(&api, replica(next, "")).await;
        }
    }
}
