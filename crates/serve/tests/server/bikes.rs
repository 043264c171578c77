//! A bikes region over real HTTP: a shortage becomes a work order, crews say what they do, all of it is listed, streamed, explained, and there
//! again after a restart.

use crate::common::events::Events;
use crate::common::{Api, delete, get, now, post, put, with_bikes};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

fn place(east: f64) -> Value {
    json!({ "lat": 59.91, "lon": 10.75 + east })
}

fn stock(station: &str, bikes: u32, docks_free: u32) -> Value {
    json!([{ "station": station, "bikes": bikes, "docks_free": docks_free }])
}

/// Two stations of twenty docks, a van with ten bikes beside the first and an empty one beside the second, which is nearly full.
async fn town(api: &Api) {
    for (name, east) in [("A", 0.0), ("B", 0.02)] {
        let spec = json!({ "name": format!("{name} street"), "position": place(east), "docks": 20 });
        api.must(put(&format!("/v1/stations/{name}"), spec)).await;
    }
    api.must(put("/v1/vans/u", json!({ "capacity": 20, "position": place(0.001), "aboard": 10 }))).await;
    api.must(put("/v1/vans/v", json!({ "capacity": 20, "position": place(0.021) }))).await;
    api.must(post("/v1/stock", stock("B", 18, 2))).await;
}

/// Waits until a van has the order.
async fn holder(api: &Api, order: &str) -> String {
    loop {
        let said = api.must(get(&format!("/v1/work-orders/{order}"))).await;
        if let Some(van) = said["van"].as_str() {
            return van.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn says(report: &str, word: Value) -> Value {
    json!({ "report": report, "word": word })
}

fn kinds(told: &Value) -> Vec<String> {
    told["event"].as_object().into_iter().flat_map(|event| event.keys().cloned()).collect()
}

#[tokio::test]
async fn a_shortage_becomes_an_order_that_is_streamed_taken_done_and_explained() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        town(&api).await;
        let mut stream = Events::open(&api, Some(0)).await;
        let taken = api.must(post("/v1/stock", stock("A", 0, 20))).await;
        assert_eq!((&taken["taken"], &taken["unknown"]), (&json!(1), &json!(0)));
        assert_eq!(holder(&api, "wo-1").await, "u");
        let van = api.must(get("/v1/vans/u")).await;
        let stop = &van["stops"][0];
        assert_eq!((&stop["work_order"], &stop["name"]), (&json!("wo-1"), &json!("A street")));
        assert_eq!(
            (&stop["bikes"], &stop["why"]),
            (&json!({ "least": 5, "most": 5 }), &json!("no bike stands there"))
        );
        let hot = api.must(get("/v1/hotspots")).await;
        assert_eq!(
            (&hot[0]["station"], &hot[0]["what"], &hot[0]["vans"]),
            (&json!("A"), &json!("empty"), &json!(["u"]))
        );
        api.must(post("/v1/vans/u/reports", says("r1", json!({ "accepted": { "work_order": "wo-1" } }))))
            .await;
        let done = says("r2", json!({ "done": { "work_order": "wo-1", "bikes": 6, "docks_broken": 2 } }));
        for _ in 0..2 {
            api.must(post("/v1/vans/u/reports", done.clone())).await;
        }
        let (station, van) = (api.must(get("/v1/stations/A")).await, api.must(get("/v1/vans/u")).await);
        assert_eq!((&station["bikes"], &station["bikes_reported"]), (&json!(6), &json!(0)));
        assert_eq!((&station["docks_free"], &van["aboard"]), (&json!(12), &json!(4)));
        let why = api.must(get("/v1/work-orders/wo-1/explain")).await;
        let words = why["words"].as_str().expect("words");
        assert!(words.contains("is done: no bike stands there.") && words.contains("done by u"), "{words}");
        let why = api.must(get("/v1/stations/A/explain")).await;
        assert!(
            why["words"].as_str().is_some_and(|words| words.contains("crews have moved +6 since")),
            "{why}"
        );
        let mut told: Vec<String> = Vec::new();
        while told.last().is_none_or(|kind| kind != "work_order_done") {
            told.extend(kinds(&stream.next().await.expect("the stream goes on").data));
        }
        let wanted = ["stock_read", "work_order_proposed", "work_order_issued", "crew_reported", "stop_made"];
        for kind in wanted {
            assert!(told.iter().any(|told| told == kind), "{kind}: {told:?}");
        }
        let metrics = api.send(get("/metrics")).await.text().await.expect("text");
        assert!(metrics.contains("paceline_bikes_moved_total{region=\"main\"} 6"), "{metrics}");
    })
    .await;
}

#[tokio::test]
async fn what_crews_may_not_say_is_a_problem_with_a_code() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        town(&api).await;
        api.must(post("/v1/stock", stock("A", 0, 20))).await;
        assert_eq!(holder(&api, "wo-1").await, "u");
        let mut count = 0;
        let mut said = async |van: &str, word: Value| {
            count += 1;
            api.say(post(&format!("/v1/vans/{van}/reports"), says(&format!("r{count}"), word))).await
        };
        let theirs = said("v", json!({ "accepted": { "work_order": "wo-1" } })).await;
        assert_eq!(theirs.to_string(), "409 E0521 work order wo-1 is u's: keep to your own plan");
        let many = said("u", json!({ "done": { "work_order": "wo-1", "bikes": 11 } })).await;
        assert_eq!((many.status, &many.body["code"]), (StatusCode::CONFLICT, &json!("E0522")));
        let none = said("u", json!({ "done": { "work_order": "wo-9", "bikes": 1 } })).await;
        assert_eq!((none.status, &none.body["code"]), (StatusCode::NOT_FOUND, &json!("E0201")));
        let shape = said("u", json!({ "sings": {} })).await;
        assert_eq!((shape.status, &shape.body["code"]), (StatusCode::BAD_REQUEST, &json!("E0103")));
        let twice = said("u", json!({ "recovered": {} })).await;
        assert_eq!(twice.body["code"], "E0523");
        api.must(post("/v1/work-orders/wo-1/withdraw", json!({ "reason": "the fair moves there" }))).await;
        let late = said("u", json!({ "accepted": { "work_order": "wo-1" } })).await;
        let why = "an operator withdrew it: the fair moves there: it cannot be accepted";
        assert_eq!(late.to_string(), format!("409 E0520 work order wo-1 is withdrawn: {why}"));
        let aboard = api.say(delete("/v1/vans/u")).await;
        assert_eq!(aboard.body["code"], "E0501");
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_stock_is_taken_whole_or_not_at_all_and_names_what_it_does_not_know() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        town(&api).await;
        let bad = json!([
            { "station": "A", "bikes": 3, "docks_free": 17 },
            { "station": "A!", "bikes": 3 },
            { "station": "B", "bikes": 2, "bikes_of_kind": { "ebike": 3 } },
        ]);
        let refused = api.say(post("/v1/stock", bad)).await;
        let fields: Vec<&Value> =
            refused.body["errors"].as_array().into_iter().flatten().map(|error| &error["field"]).collect();
        assert_eq!(
            (refused.status.as_u16(), fields),
            (422, vec![&json!("[1].station"), &json!("[2].bikes_of_kind")]),
            "{refused}"
        );
        assert_eq!(api.must(get("/v1/stations/A")).await["bikes"], Value::Null);
        let mixed = json!([
            { "station": "A", "bikes": 3, "docks_free": 17, "bikes_of_kind": { "ebike": 1 } },
            { "station": "nowhere", "bikes": 3 },
            { "station": "B", "renting": false, "returning": false },
        ]);
        let taken = api.must(post("/v1/stock", mixed)).await;
        assert_eq!((&taken["taken"], &taken["unknown_stations"]), (&json!(2), &json!(["nowhere"])));
        let shut = api.must(get("/v1/stations/B")).await;
        assert_eq!((&shut["service"]["renting"], &shut["bikes"]), (&json!(false), &Value::Null));
        assert!(
            shut["unknown"].as_str().is_some_and(|why| why.contains("number of bikes is missing")),
            "{shut}"
        );
    })
    .await;
}

#[tokio::test]
async fn it_is_there_again_after_a_restart_and_a_word_that_is_sent_again_counts_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let done = says("r1", json!({ "done": { "work_order": "wo-1", "bikes": 6 } }));
    let before = with_bikes(dir.path(), async |api| {
        town(&api).await;
        api.must(post("/v1/stock", stock("A", 0, 20))).await;
        holder(&api, "wo-1").await;
        api.must(post("/v1/vans/u/reports", done.clone())).await;
        (
            api.must(get("/v1/stations")).await,
            api.must(get("/v1/vans")).await,
            api.must(get("/v1/work-orders")).await,
        )
    })
    .await;
    with_bikes(dir.path(), async |api| {
        api.must(post("/v1/vans/u/reports", done)).await;
        let after = (
            api.must(get("/v1/stations")).await,
            api.must(get("/v1/vans")).await,
            api.must(get("/v1/work-orders")).await,
        );
        assert_eq!(after, before);
        // Work goes to who is near, by what vans say of where they are.
        let moved = api.send(post("/v1/vans/v/position", json!({ "position": place(0.0) }))).await;
        assert_eq!(moved.status(), StatusCode::ACCEPTED);
        let unknown = api.say(post("/v1/vans/w/position", json!({ "position": place(0.0) }))).await;
        assert_eq!(unknown.body["code"], "E0201");
        while api.must(get("/v1/vans/v")).await["position"]["lon"] != json!(10.75) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn lists_come_in_pages_with_their_filters() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        town(&api).await;
        api.must(post("/v1/stock", stock("A", 0, 20))).await;
        holder(&api, "wo-1").await;
        let count = async |path: &str| api.must(get(path)).await.as_array().map_or(0, Vec::len);
        assert_eq!(count("/v1/stations?hotspot=empty").await, 1);
        assert_eq!(count("/v1/stations?hotspot=full,below_least").await, 0);
        assert_eq!(count("/v1/work-orders?van=u").await, 1);
        assert_eq!(count("/v1/work-orders?van=v&phase=issued").await, 0);
        assert_eq!(count("/v1/work-orders?station=A&phase=issued,accepted").await, 1);
        let first = api.send(get("/v1/stations?limit=1")).await;
        assert!(first.headers().contains_key("link"));
        let wrong = api.say(get("/v1/work-orders?phase=lost")).await;
        assert_eq!(wrong.body["code"], "E0101", "{wrong}");
    })
    .await;
}

/// The newest of what is only of the moment, once all of it has been told and `is` holds of it.
async fn moment(stream: &mut Events, name: &str, is: impl Fn(&Value) -> bool) -> Value {
    loop {
        let told = stream.next().await.expect("the stream goes on");
        if told.name == name && is(&told.data) {
            return told.data;
        }
    }
}

#[tokio::test]
async fn the_stream_tells_where_vans_are_what_stands_where_and_the_key_figures() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        let mut stream = Events::open(&api, None).await;
        town(&api).await;
        api.must(post("/v1/stock", stock("A", 0, 20))).await;
        assert_eq!(holder(&api, "wo-1").await, "u");
        let rows = moment(&mut stream, "stock", |rows| rows[0][3] == "empty").await;
        assert_eq!(rows, json!([["A", 0, 20, "empty"], ["B", 18, 2, null]]));
        api.must(post("/v1/vans/u/position", json!({ "position": place(0.0123456) }))).await;
        let vans = moment(&mut stream, "positions", |rows| rows[0][2] == json!(10.76235)).await;
        assert_eq!(vans, json!([["u", 59.91, 10.76235, 10, "driving"], ["v", 59.91, 10.771, 0, "free"]]));
        let done = json!({ "done": { "work_order": "wo-1", "bikes": 6 } });
        api.must(post("/v1/vans/u/reports", says("r1", done))).await;
        let figures = moment(&mut stream, "figures", |of| of["done"] == 1).await;
        for (name, value) in
            [("stations", 2), ("empty", 0), ("bikes", 24), ("aboard", 4), ("moved", 6), ("waiting", 0)]
        {
            assert_eq!(figures[name], value, "{name}: {figures}");
        }
        assert!(figures["issue_p50_s"].as_f64().is_some_and(|seconds| seconds < 5.0), "{figures}");
        assert_eq!(figures["vans"], json!({ "free": 2 }));
    })
    .await;
}

#[tokio::test]
async fn the_first_page_shows_bikes_and_speaks_to_nobody_else() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        let answer = api.send(get("/")).await;
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("connect-src 'self';"),
            "{policy}"
        );
        let page = answer.text().await.expect("text");
        assert!(
            page.contains("const fleet =") && page.contains("const bikes =") && page.ends_with("</html>\n")
        );
        let foreign = page.split('"').filter(|text| text.starts_with("http")).collect::<Vec<_>>();
        assert!(foreign.is_empty(), "{foreign:?}");
    })
    .await;
}

/// A rider takes a bike every four minutes for eight hours, and then none for fourteen.
async fn jams(api: &Api) {
    let now = now().0;
    let at = |minutes: u64| paceline_model::Instant(now - minutes * 60_000).to_string();
    for step in 0..660_u64 {
        let bikes = if step < 240 { 9 + step % 2 } else { 10 };
        let count = json!([{ "station": "A", "bikes": bikes, "docks_free": 20 - bikes, "as_of": at((660 - step) * 2) }]);
        api.must(post("/v1/stock", count)).await;
    }
}

#[tokio::test]
async fn a_station_that_gives_no_bikes_is_a_hotspot_with_its_evidence_and_what_its_crew_finds_is_believed() {
    let dir = tempfile::tempdir().expect("a directory");
    with_bikes(dir.path(), async |api| {
        let spec = json!({ "name": "A street", "position": place(0.0), "docks": 20 });
        api.must(put("/v1/stations/A", spec)).await;
        jams(&api).await;
        api.must(put("/v1/vans/u", json!({ "capacity": 20, "position": place(0.001), "aboard": 0 }))).await;
        assert_eq!(holder(&api, "wo-1").await, "u");
        let hotspots = api.must(get("/v1/hotspots")).await;
        let hotspot = &hotspots[0];
        let silence = &hotspot["silence"];
        assert_eq!((&hotspot["what"], &silence["rentals"]), (&json!("gives_none"), &json!(0)));
        let (expected, one_in) = (silence["rentals_expected"].as_f64(), silence["one_in"].as_u64());
        assert!(expected.is_some_and(|rentals| rentals > 11.5), "{silence}");
        assert!(one_in.is_some_and(|rentals| rentals >= 100_000), "{silence}");
        let why = api.must(get("/v1/stations/A/explain")).await["words"].to_string();
        for said in ["It is without rentals since", "none went since", "wo-1 (inspect at A)"] {
            assert!(why.contains(said), "{said}: {why}");
        }
        let none =
            api.say(post("/v1/vans/u/reports", says("r0", json!({ "done": { "work_order": "wo-1" } }))));
        let none = none.await;
        assert_eq!((none.status, &none.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("E0101")));
        let word = json!({ "inspected": { "work_order": "wo-1", "found": { "locked_in": 10 } } });
        api.must(post("/v1/vans/u/reports", says("r1", word))).await;
        let station = api.must(get("/v1/stations/A")).await;
        let (bikes, locked_in, counted) =
            (&station["bikes"], &station["locked_in"], &station["bikes_reported"]);
        assert_eq!((bikes, locked_in, counted), (&json!(0), &json!(10), &json!(10)));
        let orders = api.must(get("/v1/work-orders")).await;
        let tasks: Vec<&Value> = orders.as_array().expect("rows").iter().map(|row| &row["task"]).collect();
        assert!(tasks.contains(&&json!("repair")), "{orders}");
    })
    .await;
}
