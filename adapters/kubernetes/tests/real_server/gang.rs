//! A gang on a real server: it waits, holds nothing, and is bound whole.

use crate::plane::{self, Plane};
use crate::{bound, condition, judge, make, node, node_of, wait};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};
use paceline_kubernetes::client::{self, Options};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_gang_is_bound_once_all_of_it_fits_and_holds_nothing_before() {
    let Some(program) = plane::program() else { return };
    let plane = Plane::start(program);
    let admin = plane.ready().await;
    node(&admin, "n1").await;
    tokio::select! {
        ended = client::run(admin.clone(), Options::default(), std::future::pending()) => panic!("{ended:?}"),
        () = scene(&admin) => {}
    }
}

async fn scene(admin: &Client) {
    for at in 0..4 {
        member(admin, at).await;
    }
    wait(admin, "all are told that one is missing", |pods| {
        are_told(pods, 4, "No node: 4 of 5 of gang train are there.")
    })
    .await;
    member(admin, 4).await;
    let no = "5 of 5 of gang train are there, with places for 4 of the 5 that wait. train-4: No node of 1: \
        1 without enough cpu. Nobody gives way to a gang.";
    wait(admin, "all are told for how many there is place", |pods| are_told(pods, 5, no)).await;
    crate::pod(admin, "alone", json!({})).await;
    wait(admin, "whoever comes after it goes first", |pods| {
        bound(pods) == 1 && pods.iter().any(|pod| crate::is(pod, "alone") && node_of(pod).is_some())
    })
    .await;
    node(admin, "n2").await;
    wait(admin, "the whole gang is bound", |pods| bound(pods) == 6).await;
    judge(admin).await;
}

/// A pod of 1 CPU, of a gang of five.
async fn member(admin: &Client, at: usize) {
    let annotations = json!({ "paceline.dev/gang": "train", "paceline.dev/gang-size": "5" });
    let container = json!({ "name": "main", "image": "registry.example/app:1", "resources": { "requests": { "cpu": "1" } } });
    let of = json!({ "metadata": { "name": format!("train-{at}"), "annotations": annotations },
        "spec": { "schedulerName": "paceline", "containers": [container] } });
    make::<Pod>(&Api::default_namespaced(admin.clone()), of).await;
}

/// Whether nobody is bound, and so many are told this.
fn are_told(pods: &[Pod], count: usize, message: &str) -> bool {
    let told = pods.iter().filter_map(condition).filter(|(_, told)| told == message);
    bound(pods) == 0 && told.count() == count
}
