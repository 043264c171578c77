//! What a federation answers, held against the document.

use super::{Document, ask};
use crate::common::Api;
use paceline_api::operation as op;
use serde_json::{Value, json};

/// Two clusters that nobody serves, and a workload that has nowhere to go.
pub(crate) async fn federation(document: &mut Document, api: &Api) {
    let cluster = json!({ "url": "http://127.0.0.1:1", "region": "north", "location": "no" });
    ask(document, api, &op::PUT_CLUSTER, "north", cluster.clone()).await;
    ask(document, api, &op::PUT_CLUSTER, "south", cluster).await;
    ask(document, api, &op::PUT_CLUSTER, "bad", json!({ "url": "ftp://127.0.0.1" })).await;
    let workload = json!({ "model": "weld", "precision": "int8", "cpu_milli": 500, "memory_mib": 64 });
    let policy = json!({ "division": "by_capacity", "weights": { "north": 2 }, "when_unreachable": { "replace_after_s": 3 } });
    let spread = json!({ "workload": workload, "policy": policy });
    ask(document, api, &op::PUT_FEDERATED_WORKLOAD, "line", spread.clone()).await;
    let never = json!({ "workload": workload, "policy": { "weights": { "north": 0 } } });
    ask(document, api, &op::PUT_FEDERATED_WORKLOAD, "never", never).await;
    for list in [op::LIST_CLUSTERS, op::LIST_FEDERATED_WORKLOADS] {
        ask(document, api, &list, "", Value::Null).await;
    }
    let looks = [
        (op::READ_CLUSTER, "north"),
        (op::READ_FEDERATED_WORKLOAD, "line"),
        (op::EXPLAIN_FEDERATED_WORKLOAD, "line"),
    ];
    for (operation, id) in looks {
        ask(document, api, &operation, id, Value::Null).await;
        ask(document, api, &operation, "nobody", Value::Null).await;
    }
    for operation in [op::CORDON_CLUSTER, op::DRAIN_CLUSTER, op::UNCORDON_CLUSTER] {
        ask(document, api, &operation, "south", json!({})).await;
    }
    // It has just been asked for the first time: it may answer yet.
    ask(document, api, &op::DRAIN_CLUSTER, "south", json!({ "gone": true })).await;
    ask(document, api, &op::REBALANCE_FEDERATED_WORKLOAD, "line", json!({})).await;
    for _ in 0..2 {
        ask(document, api, &op::REMOVE_FEDERATED_WORKLOAD, "line", Value::Null).await;
        ask(document, api, &op::REMOVE_CLUSTER, "south", Value::Null).await;
    }
}
