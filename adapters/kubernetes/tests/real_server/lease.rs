//! Two schedulers on one cluster, as processes of their own that can be paused.

use crate::plane::{self, Plane};
use crate::{SYSTEM, apply_manifests, bound, end, is, node, node_of, pod, pods, token, wait};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use paceline_kubernetes::client::{self, LeaseName, Options};
use serde_json::json;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

/// Names the kubeconfig of a process that is to schedule.
const KUBECONFIG: &str = "PACELINE_TEST_KUBECONFIG";

/// What a process of the test does; alone it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn schedules_where_it_is_told_to() {
    let Ok(path) = std::env::var(KUBECONFIG) else { return };
    let client = client::connect(Some(Path::new(&path))).await.unwrap();
    let lease = Some(LeaseName { namespace: SYSTEM.into(), name: "paceline-scheduler".into() });
    client::run(client, Options { lease, ..Options::default() }, std::future::pending()).await.unwrap();
}

struct Scheduler(Child);

impl Scheduler {
    fn start(kubeconfig: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "lease::schedules_where_it_is_told_to"]).env(KUBECONFIG, kubeconfig);
        Self(command.stdout(std::process::Stdio::null()).spawn().unwrap())
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_leads_the_other_takes_over_and_who_was_paused_binds_nothing() {
    let Some(program) = plane::program() else { return };
    let plane = Plane::start(program);
    let admin = plane.ready().await;
    apply_manifests(&admin, "kubernetes").await;
    node(&admin, "n1").await;
    let kubeconfig = plane.kubeconfig(&token(&admin).await);

    let first = Scheduler::start(&kubeconfig);
    one(&admin, "p1").await;
    wait(&admin, "the first leads", |pods| epoch(pods, "p1") == Some("1")).await;
    let second = Scheduler::start(&kubeconfig);
    one(&admin, "p2").await;
    wait(&admin, "the first goes on leading", |pods| epoch(pods, "p2") == Some("1")).await;

    first.signal("STOP");
    for name in ["p3", "p4", "p5"] {
        one(&admin, name).await;
    }
    wait(&admin, "the second takes over", |pods| {
        bound(pods) == 4
            && ["p1", "p2", "p3", "p4", "p5"].iter().filter(|name| epoch(pods, name) == Some("2")).count()
                == 2
    })
    .await;

    second.signal("STOP");
    end(&admin, "p1").await;
    first.signal("CONT");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(bound(&pods(&admin).await), 3, "who was paused binds nothing, though there is room");
    wait(&admin, "it leads again once it has the lease", |pods| {
        bound(pods) == 4 && ["p3", "p4", "p5"].iter().any(|name| epoch(pods, name) == Some("3"))
    })
    .await;
    second.signal("CONT");
}

async fn one(admin: &Client, name: &str) {
    pod(admin, name, json!({})).await;
}

/// The term in which a pod was bound.
fn epoch<'p>(pods: &'p [Pod], name: &str) -> Option<&'p str> {
    let pod = pods.iter().find(|pod| is(pod, name) && node_of(pod).is_some())?;
    pod.metadata.annotations.as_ref()?.get("paceline.dev/epoch").map(String::as_str)
}
