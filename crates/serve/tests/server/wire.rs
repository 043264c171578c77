//! What a server really answers is what the document says: every operation is served, each of its answers fits its schema,
//! and so does each item of a stream.

use crate::common::events::Events;
use crate::common::{
    Api, Call, bikes_spec, corner, get, model, node, options, order, place, placed, post, put, running,
    vehicle, with_bikes, with_edge, with_federation, with_server, workload,
};
use crate::document::{Document, ask, bikes, federation};
use crate::packed::made::{key, noise};
use crate::packed::{Packed, keeps, octets, with_artefacts};
use paceline_api::operation::{self as op, ALL};
use paceline_api::{Code, ProblemKind};
use paceline_serve::{AuthOptions, BikesSpec, Clock, Server};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let mut document = Document::new();
    let options = paceline_serve::ServeOptions { body_bytes_max: 1 << 20, ..options() };
    with_server(options, async |api| {
        live(&mut document, &api).await;
        roads(&mut document, &api).await;
        stand(&mut document, &api).await;
    })
    .await;
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| edge(&mut document, &api).await).await;
    let town = tempfile::tempdir().expect("a directory");
    let gbfs = toml::from_str("contact_email = \"feed@town.example\"").expect("settings");
    let mut spec = BikesSpec { gbfs: Some(gbfs), ..bikes_spec(town.path()) };
    spec.options.cells = Some(9);
    let server = Server::of(crate::common::options(), AuthOptions::default(), spec, Clock::Real).await;
    running(server.expect("it can be served"), async |api| bikes(&mut document, &api).await).await;
    let world = tempfile::tempdir().expect("a directory");
    with_federation(world.path(), async |api| federation(&mut document, &api).await).await;
    let kept = keeps(dir.path());
    with_artefacts(dir.path(), kept, async |api| artefacts(&mut document, &api, dir.path()).await).await;
    let streams = [op::STREAM, op::STREAM_VEHICLE, op::REPORT_LINES].map(|stream| stream.path);
    for operation in ALL.iter().filter(|operation| !streams.contains(&operation.path)) {
        let what = (operation.method.as_str(), operation.path);
        assert!(document.seen.contains(&what), "{what:?} was not asked");
    }
}

/// A driver, a ride, a charge, a fault.
async fn live(document: &mut Document, api: &Api) {
    let charger = json!({ "position": place(corner(0, 0)), "plugs": 1, "plug_kw": 50.0 });
    ask(document, api, &op::PUT_CHARGER, "c1", charger).await;
    let ring: Vec<[f64; 2]> =
        [corner(0, 0), corner(7, 0), corner(7, 7)].iter().map(|at| [at.lon(), at.lat()]).collect();
    ask(document, api, &op::PUT_GEOFENCE, "g1", json!({ "type": "Polygon", "coordinates": [ring] })).await;
    for (site, id) in [(op::READ_CHARGER, "c1"), (op::READ_GEOFENCE, "g1"), (op::READ_GEOFENCE, "nowhere")] {
        ask(document, api, &site, id, Value::Null).await;
    }
    let mut asked = vehicle(corner(1, 0));
    asked["driver"] = "asked".into();
    ask(document, api, &op::PUT_VEHICLE, "v1", asked).await;
    ask(document, api, &op::PLACE_ORDER, "", order("o1")).await;
    api.until("/v1/orders/o1", "phase", "offered").await;
    ask(document, api, &op::DECLINE, "v1", json!({ "order": "o1" })).await;
    ask(document, api, &op::CANCEL_ORDER, "o1", Value::Null).await;
    ask(document, api, &op::PLACE_ORDER, "", order("o2")).await;
    api.until("/v1/orders/o2", "phase", "offered").await;
    let that = json!({ "order": "o2" });
    for step in [op::ACCEPT, op::ARRIVED, op::PICKED_UP] {
        ask(document, api, &step, "v1", that.clone()).await;
    }
    ask(document, api, &op::EXPLAIN_ORDER, "o2", Value::Null).await;
    let there = json!({ "order": "o2", "position": place(corner(2, 3)), "battery_percent": 70.0 });
    ask(document, api, &op::DROPPED_OFF, "v1", there.clone()).await;
    ask(document, api, &op::DROPPED_OFF, "v1", there).await;
    ask(document, api, &op::PLUG_IN, "v1", json!({ "charger": "c1" })).await;
    let left = json!({ "position": place(corner(0, 0)), "battery_percent": 90.0 });
    ask(document, api, &op::UNPLUG, "v1", left).await;
    ask(document, api, &op::FAULT, "v1", json!({ "reason": "collision" })).await;
    ask(document, api, &op::RECOVER, "v1", json!({})).await;
    let at = corner(3, 3);
    let row = json!({ "vehicle": "v1", "lat": at.lat(), "lon": at.lon(), "battery_percent": 60.0 });
    ask(document, api, &op::REPORT_POSITIONS, "", json!([row])).await;
}

/// A node with a GPU, a model, and what runs it.
async fn edge(document: &mut Document, api: &Api) {
    let (node, model, workload) = (node("GPU-1"), model(), workload(1_000));
    ask(document, api, &op::PUT_NODE, "n1", node.clone()).await;
    ask(document, api, &op::PUT_WORKLOAD, "w", workload.clone()).await;
    ask(document, api, &op::PUT_MODEL, "detector", model).await;
    ask(document, api, &op::PUT_WORKLOAD, "w", workload.clone()).await;
    placed(api, "w-0").await;
    ask(document, api, &op::READ_CAPACITY, "", Value::Null).await;
    ask(document, api, &op::PLACEMENT_POLICY, "", Value::Null).await;
    ask(document, api, &op::WHAT_IF, "", workload.clone()).await;
    moves(document, api).await;
    rollouts(document, api).await;
    let mut wide = workload.clone();
    (wide["gpus"], wide["model"]) = (json!(2), json!("detector"));
    ask(document, api, &op::WHAT_IF, "", wide.clone()).await;
    wide["model"] = json!("nobody");
    ask(document, api, &op::WHAT_IF, "", wide).await;
    let hot = json!([{ "node": "n1", "temperatures": [{ "sensor": "gpu", "celsius": 90, "watts": 250 },
        { "sensor": "mem", "celsius": "N/A" }], "battery": { "supply": "battery", "percent": 255 } }]);
    ask(document, api, &op::REPORT_NODES, "", hot).await;
    for (operation, id) in [(op::READ_NODE, "n1"), (op::READ_MODEL, "detector"), (op::READ_WORKLOAD, "w")] {
        ask(document, api, &operation, id, Value::Null).await;
        ask(document, api, &operation, "nobody", Value::Null).await;
    }
    for list in [op::LIST_NODES, op::LIST_MODELS, op::LIST_WORKLOADS, op::LIST_PLACEMENTS] {
        ask(document, api, &list, "", Value::Null).await;
    }
    ask(document, api, &op::EXPLAIN_PLACEMENT, "w-0", Value::Null).await;
    ask(document, api, &op::AWAIT_PLACEMENTS, "n1", Value::Null).await;
    // As a plain request; what goes over one is in `edge_link`.
    ask(document, api, &op::OPEN_LINK, "", Value::Null).await;
    ask(document, api, &op::EXPLAIN_PLACEMENT, "w-9", Value::Null).await;
    let proofs = [op::ISSUE_TOKEN, op::ENROL_NODE, op::FINISH_ENROLMENT, op::CHALLENGE_NODE, op::PROVE_NODE];
    for operation in [op::CORDON, op::DRAIN, op::UNCORDON, op::READMIT_NODE].iter().chain(&proofs) {
        ask(document, api, operation, "n1", json!({})).await;
    }
    ask(document, api, &op::ADMIT_DEVICE, "n1", json!({ "device": "GPU-1" })).await;
    let removals = [(op::REMOVE_NODE, "n1"), (op::REMOVE_MODEL, "detector"), (op::REMOVE_WORKLOAD, "w")];
    for (operation, id) in removals.iter().chain(&removals) {
        ask(document, api, operation, id, Value::Null).await;
    }
}

/// Moves for their own sake: looked at, refused, started, followed and stopped.
async fn moves(document: &mut Document, api: &Api) {
    ask(document, api, &op::READ_DEFRAGMENTATION, "", Value::Null).await;
    ask(document, api, &op::PLAN_DEFRAGMENTATION, "", json!({})).await;
    ask(document, api, &op::PLAN_DEFRAGMENTATION, "", json!({ "moves_max": 0 })).await;
    let planned = json!({ "placement": "w-0", "from": "n1", "to": "n1", "devices": ["GPU-1"] });
    ask(document, api, &op::START_DEFRAGMENTATION, "", json!({ "moves": [] })).await;
    ask(document, api, &op::START_DEFRAGMENTATION, "", json!({ "moves": [planned] })).await;
    ask(document, api, &op::READ_DEFRAGMENTATION, "", Value::Null).await;
    ask(document, api, &op::STOP_DEFRAGMENTATION, "", Value::Null).await;
}

/// Rollouts: planned, refused, started, followed and steered.
async fn rollouts(document: &mut Document, api: &Api) {
    let mut versions = model()["versions"].clone();
    let mut next = versions[0].clone();
    next["version"] = json!("1.3.0");
    versions.as_array_mut().expect("a list").push(next);
    ask(document, api, &op::PUT_MODEL, "detector", json!({ "versions": versions })).await;
    let rollout = json!({ "workload": "w", "version": "1.3.0", "steps_percent": [50, 100] });
    ask(document, api, &op::LIST_ROLLOUTS, "", Value::Null).await;
    ask(document, api, &op::RESUME_ROLLOUT, "w", json!({})).await;
    for (operation, version) in
        [(op::PLAN_ROLLOUT, "9.9.9"), (op::PLAN_ROLLOUT, "1.3.0"), (op::START_ROLLOUT, "1.3.0")]
    {
        let mut body = rollout.clone();
        body["version"] = json!(version);
        ask(document, api, &operation, "", body).await;
    }
    ask(document, api, &op::PAUSE_ROLLOUT, "w", json!({ "seconds": 60 })).await;
    ask(document, api, &op::LIST_ROLLOUTS, "", Value::Null).await;
    ask(document, api, &op::READ_ROLLOUT, "w", Value::Null).await;
    ask(document, api, &op::READ_ROLLOUT, "nobody", Value::Null).await;
    for operation in [op::RESUME_ROLLOUT, op::PROMOTE_ROLLOUT, op::ABORT_ROLLOUT, op::PAUSE_ROLLOUT] {
        ask(document, api, &operation, "w", json!({})).await;
    }
}

/// An artefact: pushed, listed, fetched by either door, and removed.
async fn artefacts(document: &mut Document, api: &Api, dir: &Path) {
    let packed = Packed::new(&dir.join("packed"), &noise(1, 100_000), "1.0.0", &key());
    let name = packed.artefact.to_string();
    let taken = api.must(packed.put()).await;
    document.hold(&op::PUT_ARTEFACT, 200, &taken);
    for chunk in taken["missing"].as_array().expect("a list") {
        let bytes = packed.chunk(chunk.as_str().expect("a name"));
        let taken = api.must(octets(Method::POST, &packed.path("/chunks"), bytes)).await;
        document.hold(&op::POST_CHUNK, 200, &taken);
    }
    for operation in [op::LIST_ARTEFACTS, op::READ_MANIFEST, op::READ_CONTENT, op::OCI_BASE] {
        ask(document, api, &operation, &name, Value::Null).await;
    }
    let mut image = Value::Null;
    for operation in [op::OCI_TAGS, op::OCI_MANIFEST, op::OCI_BLOB] {
        let layer = image["layers"][0]["digest"].as_str().unwrap_or_default();
        let path = operation.path.replace("{model}", "detector");
        let path = path.replace("{reference}", "1.0.0-int8").replace("{blob}", layer);
        let said = api.say(get(&path)).await;
        document.hold(&operation, said.status.as_u16(), &said.body);
        image = said.body;
    }
    ask(document, api, &op::REMOVE_ARTEFACT, &name, Value::Null).await;
    for operation in [op::READ_MANIFEST, op::READ_CONTENT, op::REMOVE_ARTEFACT] {
        ask(document, api, &operation, &name, Value::Null).await;
    }
}

async fn roads(document: &mut Document, api: &Api) {
    let (from, to) = (place(corner(0, 0)), place(corner(3, 4)));
    let battery = json!({ "kwh": 62.0, "percent": 80.0 });
    let route = json!({ "from": from, "to": to, "battery": battery });
    ask(document, api, &op::ROUTE, "", route).await;
    ask(document, api, &op::TABLE, "", json!({ "from": [from], "to": [from, to] })).await;
    ask(document, api, &op::NEAREST, "", json!({ "place": from, "among": [to, from] })).await;
    ask(document, api, &op::NEAREST, "", json!({ "place": from })).await;
    ask(document, api, &op::NEAREST, "", json!({ "place": from, "count": 0 })).await;
    ask(document, api, &op::REACH, "", json!({ "from": from, "seconds": 60 })).await;
    let position = |(second, column): (u32, u32)| {
        let at = corner(column, 0);
        json!({ "lat": at.lat(), "lon": at.lon(), "time": format!("2026-01-01T00:00:{second:02}Z") })
    };
    let positions: Vec<Value> = [(0, 0), (10, 1), (20, 2)].map(position).to_vec();
    ask(document, api, &op::MATCH, "", json!({ "positions": positions })).await;
    let until = (crate::common::now() + paceline_model::Millis::from_secs(600)).to_string();
    let report =
        json!({ "reports": [{ "edge": 0, "until": until }, { "edge": 1, "kmh": 9.0, "until": until }] });
    ask(document, api, &op::REPORT_SPEEDS, "", report).await;
    ask(document, api, &op::TRAFFIC, "", Value::Null).await;
    ask(document, api, &op::STREETS, "", Value::Null).await;
}

async fn stand(document: &mut Document, api: &Api) {
    for shown in [
        op::WORLD,
        op::POLICY,
        op::HEALTHZ,
        op::READYZ,
        op::METRICS,
        op::OPENAPI,
        op::CONSOLE,
        op::PROBLEMS,
        op::REGIONS,
        op::LIST_VEHICLES,
        op::LIST_ORDERS,
        op::LIST_CHARGERS,
        op::LIST_GEOFENCES,
    ] {
        ask(document, api, &shown, "", Value::Null).await;
    }
    ask(document, api, &op::ERROR_PAGE, "E0101", Value::Null).await;
    ask(document, api, &op::ERROR_PAGE, "E9999", Value::Null).await;
    for id in ["v1", "nobody", "no%20name"] {
        ask(document, api, &op::READ_VEHICLE, id, Value::Null).await;
    }
    ask(document, api, &op::READ_ORDER, "o2", Value::Null).await;
    ask(document, api, &op::READ_HAND_OVERS, "", Value::Null).await;
    ask(document, api, &op::READ_OUTLOOK, "", Value::Null).await;
    ask(document, api, &op::HAND_OVER, "v1", json!({ "to": "nowhere" })).await;
    let given = json!({ "from": "nowhere", "number": 1, "id": "v9", "vehicle": vehicle(corner(0, 0)), "at": crate::common::now() });
    ask(document, api, &op::RECEIVE_HAND_OVER, "", given).await;
    ask(document, api, &op::RETIRE_VEHICLE, "v1", Value::Null).await;
}

/// Reads a stream until it has told all of these kinds of items or changes, each of them fitting the schema.
async fn tells(events: &mut Events, kinds_wanted: &[&str]) {
    let document = Document::new();
    let mut kinds = BTreeSet::new();
    while !kinds_wanted.iter().all(|kind| kinds.contains(*kind)) {
        let told = events.next().await.expect("the stream goes on");
        let mut item = json!({ "event": told.name, "data": told.data });
        if let Some(id) = told.id {
            item["id"] = id.into();
        }
        document.fits(&json!({ "$ref": "#/components/schemas/StreamItem" }), &item, "an item of the stream");
        kinds.insert(told.name);
        kinds.extend(told.data["event"].as_object().into_iter().flat_map(|event| event.keys().cloned()));
    }
}

#[tokio::test]
async fn every_item_of_a_stream_fits_its_schema() {
    with_server(options(), async |api| {
        let mut events = Events::open(&api, Some(0)).await;
        api.vehicle("v1", corner(0, 0)).await;
        api.must(post("/v1/orders", order("o1")).key("k1")).await;
        tells(&mut events, &["order_assigned", "reply_recorded", "positions", "figures"]).await;
    })
    .await;
}

#[tokio::test]
async fn every_item_of_the_stream_of_bikes_fits_its_schema() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        let mut events = Events::open(&api, Some(0)).await;
        let position = json!({ "lat": 59.91, "lon": 10.75 });
        api.must(put("/v1/stations/A", json!({ "position": position, "docks": 20 }))).await;
        api.must(put("/v1/vans/u", json!({ "capacity": 20, "position": position, "aboard": 10 }))).await;
        let stock = json!([{ "station": "A", "bikes": 0, "docks_free": 20 }]);
        api.must(post("/v1/stock", stock).key("k1")).await;
        tells(&mut events, &["work_order_issued", "remembered", "positions", "stock", "figures"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_a_problem_too() {
    with_server(options(), async |api| {
        for (query, code) in [("limit=many", "E0103"), ("limit=1001", "E0101"), ("page=2", "E0103")] {
            let said = api.say(get(&format!("/v1/vehicles?{query}"))).await;
            assert_eq!(said.body["code"], code, "{query}: {said}");
        }
    })
    .await;
}

fn root() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../.."].iter().collect()
}

/// Every word such as E0101 in the sources under `crates/`, tests aside.
fn codes_in_sources(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() && !["tests", "target"].iter().any(|name| entry.ends_with(name)) {
            codes_in_sources(&entry, found);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&entry).expect("text");
            let words = text.split(|c: char| !c.is_ascii_alphanumeric());
            let is_code = |word: &&str| {
                word.len() == 5 && word.starts_with("E0") && word[1..].chars().all(|c| c.is_ascii_digit())
            };
            found.extend(words.filter(is_code).map(str::to_owned));
        }
    }
}

#[tokio::test]
async fn codes_in_the_program_are_the_pages_and_the_list_that_is_served() {
    let listed: BTreeSet<String> = Code::ALL.iter().map(ToString::to_string).collect();
    let mut named = BTreeSet::new();
    codes_in_sources(&root().join("crates"), &mut named);
    assert_eq!(named, listed, "what sources name, and the list");
    let mut pages = BTreeMap::new();
    for page in std::fs::read_dir(root().join("docs/errors")).expect("the pages") {
        let page = page.expect("a page").path();
        let name = page.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        pages.insert(name, std::fs::read_to_string(&page).expect("text"));
    }
    assert_eq!(pages.keys().cloned().collect::<BTreeSet<_>>(), listed, "the pages, and the list");
    for code in Code::ALL {
        let page = &pages[code.as_str()];
        assert!(page.starts_with(&format!("# {code}: {}\n", code.title())), "the title of {code}: {page}");
        assert!(page.contains("**Cause.**") && page.contains("**Cure.**"), "{code} has no cause or no cure");
        let status = code.status().map(|status| format!("HTTP status {status}"));
        assert_eq!(page.contains("HTTP status"), status.is_some(), "{code}");
        assert!(status.is_none_or(|status| page.contains(&status)), "{code} has another status");
    }
    with_server(options(), async |api| {
        let served: Vec<ProblemKind> = serde_json::from_value(api.must(get("/v1/problems")).await).unwrap();
        assert_eq!(served, Code::ALL.iter().copied().map(ProblemKind::from).collect::<Vec<_>>());
        for kind in served {
            assert!(api.must(get(&kind.page)).await.as_str().is_some_and(|page| page.contains("**Cure.**")));
        }
    })
    .await;
}

/// The names in the first column of the table of metrics.
fn metrics_in_the_page() -> BTreeSet<String> {
    let page = std::fs::read_to_string(root().join("docs/operations/metrics.md")).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split(['`', '{']).next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn metrics_in_the_program_are_those_of_the_page() {
    let of_fleet = with_server(options(), async |api| api.must(get("/metrics")).await).await;
    let dir = tempfile::tempdir().expect("a directory");
    let of_edge = with_edge(dir.path(), async |api| api.must(get("/metrics")).await).await;
    let world = tempfile::tempdir().expect("a directory");
    let of_federation = with_federation(world.path(), async |api| api.must(get("/metrics")).await).await;
    let all = [&of_fleet, &of_edge, &of_federation];
    let lines = all.into_iter().flat_map(|text| text.as_str().expect("text").lines());
    let names = lines.filter_map(|line| line.strip_prefix("# TYPE "));
    let shown: BTreeSet<String> = names
        .map(|line| line.split_once(' ').expect("a name and a kind"))
        .map(|(name, kind)| if kind == "counter" { format!("{name}_total") } else { name.to_owned() })
        .collect();
    assert_eq!(shown, metrics_in_the_page());
}

#[tokio::test]
async fn what_is_not_in_the_document_is_not_served() {
    with_server(options(), async |api| {
        let put_where_get = Call::new(Method::PUT, "/v1/world", "");
        for (call, code) in [(get("/v1/nothing"), "E0104"), (put_where_get, "E0105")] {
            assert_eq!(api.say(call).await.body["code"], code);
        }
    })
    .await;
}
