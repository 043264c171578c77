//! What is placed on one node: found by it, and waited for.

use crate::common::{Api, delete, get, model, node, placed, post, put, with_edge, workload};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

async fn nodes(api: &Api, count: u32) {
    api.must(put("/v1/models/detector", model())).await;
    for number in 0..count {
        api.must(put(&format!("/v1/nodes/n{number}"), node(&format!("GPU-{number}")))).await;
    }
}

fn ask(node: &str, known: &Value, wait_s: u32) -> crate::common::Call {
    let known = known.as_str().expect("a revision");
    get(&format!("/v1/nodes/{node}/placements?known={known}&wait_s={wait_s}"))
}

#[tokio::test]
async fn an_answer_comes_when_something_is_placed_and_again_when_it_leaves() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        nodes(&api, 1).await;
        let empty = api.must(get("/v1/nodes/n0/placements")).await;
        assert_eq!(empty["placements"], json!([]));
        let same = api.must(ask("n0", &empty["revision"], 0)).await;
        assert_eq!(same, json!({ "revision": empty["revision"], "placements": null }));

        let waiting = async { api.must(ask("n0", &empty["revision"], 60)).await };
        let placing = async {
            api.must(put("/v1/workloads/w", workload(500))).await;
            placed(&api, "w-0").await;
        };
        let (told, ()) = tokio::join!(waiting, placing);
        assert_eq!(told["placements"][0]["id"], "w-0");
        assert_ne!(told["revision"], empty["revision"]);
        assert_eq!(told["placements"], api.must(get("/v1/placements?node=n0")).await);

        let waiting = async { api.must(ask("n0", &told["revision"], 60)).await };
        let (told, _) = tokio::join!(waiting, api.must(delete("/v1/workloads/w")));
        assert_eq!(told, empty);
    })
    .await;
}

/// A wait of a minute that neither the server's end nor the node's would end holds the test up, and the server's end counts it as a task that was left.
#[tokio::test]
async fn a_wait_ends_with_its_node_and_with_the_server() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut waiting = JoinSet::new();
    with_edge(dir.path(), async |api| {
        nodes(&api, 2).await;
        let empty = api.must(get("/v1/nodes/n0/placements")).await;
        let told = async { api.say(ask("n0", &empty["revision"], 60)).await };
        let (told, _) = tokio::join!(told, api.must(delete("/v1/nodes/n0")));
        assert_eq!(told.to_string(), "404 E0201 no node is called n0");
        let known = api.must(get("/v1/nodes/n1/placements")).await["revision"].clone();
        let last = api.clone();
        waiting.spawn(async move { last.say(ask("n1", &known, 60)).await });
        // It is on its way once something that was asked later is answered.
        api.must(get("/v1/nodes/n1")).await;
    })
    .await;
    let told = waiting.join_next().await.expect("it waits").expect("no panic");
    assert!(told.body["placements"].is_null(), "{told}");
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_refused_and_so_is_a_node_that_is_none() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        nodes(&api, 1).await;
        for (path, refused) in [
            ("/v1/nodes/n0/placements?wait_s=61", "422 E0101 wait_s is 61: must lie within 0 and 60"),
            ("/v1/nodes/nobody/placements", "404 E0201 no node is called nobody"),
        ] {
            assert_eq!(api.say(get(path)).await.to_string(), refused, "{path}");
        }
    })
    .await;
}

/// What the index says of each node against what the list of all says, over a walk of commands.
#[tokio::test]
async fn what_is_found_by_node_is_what_the_list_of_all_says() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut revisions = BTreeMap::new();
    with_edge(dir.path(), async |api| {
        nodes(&api, 4).await;
        let replicas = |count: u32| {
            let mut spec = workload(300);
            spec["replicas"] = count.into();
            spec
        };
        let walk = [
            put("/v1/workloads/a", replicas(3)),
            put("/v1/workloads/b", replicas(5)),
            post("/v1/nodes/n1/drain", json!({})),
            put("/v1/workloads/a", replicas(1)),
            post("/v1/nodes/n1/uncordon", json!({})),
            put("/v1/workloads/c", replicas(4)),
            post("/v1/nodes/n2/drain", json!({})),
            delete("/v1/workloads/b"),
            put("/v1/workloads/a", replicas(6)),
        ];
        for step in walk {
            let name = step.path.clone();
            api.must(step).await;
            for _ in 0..20 {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                agree(&api, &name).await;
            }
        }
        for number in 0..4 {
            let shown = api.must(get(&format!("/v1/nodes/n{number}/placements"))).await;
            revisions.insert(number, shown["revision"].clone());
        }
    })
    .await;
    // What an agent knows still holds after a restart.
    with_edge(dir.path(), async |api| {
        agree(&api, "a restart").await;
        for (number, revision) in &revisions {
            let shown = api.must(ask(&format!("n{number}"), revision, 0)).await;
            assert!(shown["placements"].is_null(), "n{number}: {shown}");
        }
    })
    .await;
}

/// Looks again where the world moved between two answers.
async fn agree(api: &Api, after: &str) {
    for _ in 0..50 {
        let before = api.must(get("/v1/placements")).await;
        let mut found = Vec::new();
        for number in 0..4 {
            let of = api.must(get(&format!("/v1/placements?node=n{number}"))).await;
            found.push((of, api.must(get(&format!("/v1/nodes/n{number}/placements"))).await));
        }
        if api.must(get("/v1/placements")).await != before {
            continue;
        }
        for (number, (found, own)) in found.iter().enumerate() {
            let name = format!("n{number}");
            let all = before.as_array().expect("a list").iter();
            let wanted: Vec<&Value> = all.filter(|row| row["bound"]["node"] == name.as_str()).collect();
            assert_eq!(json!(wanted), *found, "{name} after {after}");
            assert_eq!(own["placements"], *found, "{name} after {after}");
        }
        return;
    }
    panic!("the world did not come to rest after {after}");
}
