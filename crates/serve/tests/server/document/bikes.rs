//! What a bikes region answers, held against the document.

use super::{Document, ask};
use crate::common::Api;
use paceline_api::operation as op;
use serde_json::{Value, json};

/// Stations, a van, a shortage, and what a crew says of it.
pub(crate) async fn bikes(document: &mut Document, api: &Api) {
    let at = |east: f64| json!({ "lat": 59.91, "lon": 10.75 + east });
    let station = json!({ "name": "A street", "position": at(0.0), "docks": 20 });
    for (body, id) in
        [(station.clone(), "A"), (station, "B"), (json!({ "position": at(0.0), "docks": 0 }), "C")]
    {
        ask(document, api, &op::PUT_STATION, id, body).await;
    }
    let van = json!({ "capacity": 20, "position": at(0.001), "aboard": 10 });
    ask(document, api, &op::PUT_VAN, "u", van).await;
    ask(document, api, &op::LOCATE_VAN, "u", json!({ "position": at(0.002) })).await;
    ask(document, api, &op::LOCATE_VAN, "nobody", json!({ "position": at(0.002) })).await;
    ask(document, api, &op::TAKE_STOCK, "", json!([{ "station": "A", "bikes": 0, "docks_free": 20 }])).await;
    ask(document, api, &op::TAKE_STOCK, "", json!([{ "station": "A!", "bikes": -1 }])).await;
    let loose = json!({ "id": "x1", "position": at(0.005), "kind": "ebike", "range_m": 21_000 });
    ask(document, api, &op::TAKE_BIKES, "", json!({ "bikes": [loose] })).await;
    ask(document, api, &op::TAKE_BIKES, "", json!({ "bikes": [{ "id": "x!", "position": at(0.005) }] }))
        .await;
    api.until("/v1/work-orders/wo-1", "phase", "issued").await;
    for file in [
        op::GBFS_INDEX,
        op::GBFS_VERSIONS,
        op::GBFS_SYSTEM,
        op::GBFS_VEHICLE_TYPES,
        op::GBFS_STATIONS,
        op::GBFS_STATUS,
        op::GBFS_VEHICLES,
    ] {
        ask(document, api, &file, "", Value::Null).await;
    }
    for list in [op::LIST_STATIONS, op::LIST_HOTSPOTS, op::LIST_VANS, op::LIST_WORK_ORDERS] {
        ask(document, api, &list, "", Value::Null).await;
    }
    let looks = [(op::READ_STATION, "A"), (op::EXPLAIN_STATION, "A"), (op::READ_VAN, "u")];
    let orders = [(op::READ_WORK_ORDER, "wo-1"), (op::EXPLAIN_WORK_ORDER, "wo-1")];
    for (operation, id) in looks.into_iter().chain(orders) {
        ask(document, api, &operation, id, Value::Null).await;
        ask(document, api, &operation, "nobody", Value::Null).await;
    }
    for (report, word) in
        [("r1", json!({ "accepted": { "work_order": "wo-1" } })), ("r2", json!({ "recovered": {} }))]
    {
        ask(document, api, &op::REPORT_CREW, "u", json!({ "report": report, "word": word })).await;
    }
    for operation in [op::CLOSE_STATION, op::OPEN_STATION] {
        ask(document, api, &operation, "B", json!({})).await;
    }
    for _ in 0..2 {
        ask(document, api, &op::WITHDRAW_WORK_ORDER, "wo-1", json!({ "reason": "the fair moves there" }))
            .await;
    }
    for (operation, id) in [(op::REMOVE_VAN, "u"), (op::REMOVE_STATION, "B"), (op::REMOVE_STATION, "B")] {
        ask(document, api, &operation, id, Value::Null).await;
    }
}
