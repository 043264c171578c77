//! Vehicles that go from one region of a server to another: told until they have come, whatever ends in between.

use crate::common::{
    Api, bound, corner, delete, get, now, options, place, post, put, running, town, vehicle,
};
use expect_test::expect;
use paceline_engine::{Borders, FleetOptions};
use paceline_model::{Geofence, GeofenceId, RegionId};
use paceline_serve::{AuthOptions, Clock, RegionSpec, Server};
use serde_json::{Value, json};
use std::path::Path;

fn name(text: &str) -> RegionId {
    RegionId::new(text).expect("a good name")
}

fn region(text: &str, dir: &Path) -> RegionSpec {
    RegionSpec::new(name(text), FleetOptions::default(), town(), &dir.join(text))
}

/// Serves `west` and `east` while `talk` goes on. What lies east of the town's fourth street is `east`'s.
async fn with_two<T>(dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let ring = [(3, 0), (7, 0), (7, 7), (3, 7)].map(|(column, row)| corner(column, row));
    let area = Geofence::new(GeofenceId::new("east").expect("a name"), ring.into()).expect("an area");
    let borders = Borders { own: None, others: vec![(name("east"), area)] };
    let west = RegionSpec { borders, ..region("west", dir) };
    let server = Server::of(options(), AuthOptions::default(), west, Clock::Real).await;
    let server = server.and_then(|server| server.with_region(region("east", dir)));
    let (said, summary) = running(server.expect("two regions"), talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

async fn until_none_is_pending(api: &Api) {
    api.until("/v1/regions/west/hand-overs", "count", 0).await;
}

#[tokio::test]
async fn a_vehicle_that_is_handed_over_is_in_the_other_region_and_gone_from_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    with_two(dir.path(), async |api| {
        api.must(put("/v1/regions/west/vehicles/v1", vehicle(corner(0, 0)))).await;
        api.must(post("/v1/regions/west/vehicles/v1/hand-over", json!({ "to": "east" }))).await;
        until_none_is_pending(&api).await;
        let there = api.must(get("/v1/regions/east/vehicles/v1")).await;
        assert_eq!((&there["id"], &there["position"]), (&json!("v1"), &place(corner(0, 0))));
        let gone = [
            api.say(put("/v1/regions/west/vehicles/v1", vehicle(corner(0, 0)))).await,
            api.say(delete("/v1/regions/west/vehicles/v1")).await,
            api.say(post("/v1/regions/west/vehicles/v1/recover", json!({}))).await,
        ];
        for said in gone {
            expect!["409 E0208 vehicle v1 was handed over to region east"].assert_eq(&said.to_string());
        }
        api.must(post("/v1/regions/east/vehicles/v1/hand-over", json!({ "to": "west" }))).await;
        api.until("/v1/regions/east/hand-overs", "count", 0).await;
        api.must(get("/v1/regions/west/vehicles/v1")).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_brings_riders_beyond_the_border_goes_on_there() {
    let dir = tempfile::tempdir().expect("a directory");
    with_two(dir.path(), async |api| {
        let ask = async |what: &str, body: Value| {
            api.must(post(&format!("/v1/regions/west/vehicles/v1/{what}"), body)).await;
        };
        api.must(put("/v1/regions/west/vehicles/v1", vehicle(corner(0, 0)))).await;
        let batch = json!([{ "vehicle": "v1", "lat": corner(0, 0).lat(), "lon": corner(0, 0).lon(), "battery_percent": 80.0 }]);
        api.must(post("/v1/regions/west/telemetry", batch)).await;
        let order = json!({
            "id": "o1", "pickup": place(corner(1, 0)), "dropoff": place(corner(5, 0)), "party": 1,
            "latest_pickup": now() + paceline_model::Millis::from_secs(600)
        });
        api.must(post("/v1/regions/west/orders", order)).await;
        api.until("/v1/regions/west/orders/o1", "phase", "assigned").await;
        let order = json!({ "order": "o1" });
        ask("arrived", order.clone()).await;
        ask("picked-up", order).await;
        let there = json!({ "order": "o1", "position": place(corner(5, 0)), "battery_percent": 79.0 });
        ask("dropped-off", there).await;
        until_none_is_pending(&api).await;
        let served = api.must(get("/v1/regions/west/orders/o1")).await;
        assert_eq!((&served["phase"], &served["vehicle"]), (&json!("served"), &json!("v1")));
        let there = api.must(get("/v1/regions/east/vehicles/v1")).await;
        assert_eq!(there["position"], place(corner(5, 0)));
    })
    .await;
}

/// While the other region is not served, a vehicle is on its way, over any number of restarts.
#[tokio::test]
async fn a_vehicle_is_on_its_way_until_the_other_region_is_served() {
    let dir = tempfile::tempdir().expect("a directory");
    with_two(dir.path(), async |api| {
        api.must(put("/v1/regions/west/vehicles/v1", vehicle(corner(0, 0)))).await;
    })
    .await;
    // Another server gives it away, to a region that is not there.
    let lone = async |talk: &dyn Fn(Api) -> futures_util::future::BoxFuture<'static, ()>| {
        let server = bound(options(), &dir.path().join("west")).await;
        let server = server.with_region(region("south", dir.path())).expect("a second region");
        running(server, async |api| talk(api).await).await;
    };
    lone(&|api| {
        Box::pin(async move {
            let said = api.say(post("/v1/regions/main/vehicles/v1/hand-over", json!({ "to": "east" }))).await;
            expect!["422 E0101 to is east: must be the name of another region of this deployment"]
                .assert_eq(&said.to_string());
            api.must(post("/v1/regions/main/vehicles/v1/hand-over", json!({ "to": "south" }))).await;
            api.until("/v1/regions/main/hand-overs", "count", 0).await;
        })
    })
    .await;
    with_two(dir.path(), async |api| {
        let said = api.say(put("/v1/regions/west/vehicles/v1", vehicle(corner(0, 0)))).await;
        expect!["409 E0208 vehicle v1 was handed over to region south"].assert_eq(&said.to_string());
    })
    .await;
}

#[tokio::test]
async fn what_another_region_gives_is_judged_and_counts_once() {
    let dir = tempfile::tempdir().expect("a directory");
    with_two(dir.path(), async |api| {
        let given = |from: &str, number: u64, id: &str| {
            let vehicle = vehicle(corner(0, 0));
            post(
                "/v1/regions/east/hand-overs",
                json!({ "from": from, "number": number, "id": id, "vehicle": vehicle, "at": now() }),
            )
        };
        let first = api.must(given("west", 7, "v1")).await;
        assert_eq!(api.must(given("west", 7, "v1")).await, first, "it counts once");
        let late = api.must(given("west", 6, "v1")).await;
        assert_eq!(late["version"], first["version"], "it came late");
        let refused = [given("east", 8, "v3"), given("nowhere", 8, "v3"), given("west", 8, "no name")];
        let mut said = String::new();
        for call in refused {
            said += &format!("{}\n", api.say(call).await);
        }
        expect![[r#"
            422 E0101 from is east: must be the name of another region of this deployment
            422 E0101 from is nowhere: must be the name of another region of this deployment
            422 E0101 vehicle_id is no name: may hold only letters, digits and - _ . : @
        "#]]
        .assert_eq(&said);
    })
    .await;
}
