//! Vehicles that go from one region of a server to another: told until they have come, whatever ends in between.

use crate::common::{
    Api, bound, corner, delete, get, now, options, place, post, put, running, town, vehicle,
};
use expect_test::expect;
use paceline_engine::{Borders, FleetOptions};
use paceline_model::{Geofence, GeofenceId, Position, RegionId};
use paceline_serve::{AuthOptions, Clock, RegionSpec, ReliefOptions, Server};
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
        reported(&api, "west", "v1", corner(0, 0)).await;
        ask_in_west(&api, "o1", corner(1, 0), corner(5, 0)).await;
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

fn helping(text: &str, dir: &Path, with: &[&str]) -> RegionSpec {
    let with = with.iter().map(|other| name(other)).collect();
    let relief = ReliefOptions { with, every: paceline_model::Millis(100), ..ReliefOptions::default() };
    RegionSpec { relief, ..region(text, dir) }
}

/// `west` needs a vehicle, and `east` has one with nothing to do beyond the border. Each helps whom it is told to help.
async fn beside_each_other<T>(
    dir: &Path,
    (west, east): (&[&str], &[&str]),
    talk: impl AsyncFnOnce(Api) -> T,
) -> T {
    let server = Server::of(options(), AuthOptions::default(), helping("west", dir, west), Clock::Real).await;
    let server = server.and_then(|server| server.with_region(helping("east", dir, east)));
    let (said, summary) = running(server.expect("two regions"), async |api| {
        reported(&api, "east", "e1", corner(4, 0)).await;
        talk(api).await
    })
    .await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

async fn reported(api: &Api, region: &str, id: &str, at: Position) {
    api.must(put(&format!("/v1/regions/{region}/vehicles/{id}"), vehicle(at))).await;
    says_where(api, region, id, at).await;
}

async fn says_where(api: &Api, region: &str, id: &str, at: Position) {
    let batch = json!([{ "vehicle": id, "lat": at.lat(), "lon": at.lon(), "battery_percent": 80.0 }]);
    api.must(post(&format!("/v1/regions/{region}/telemetry"), batch)).await;
}

async fn ask_in_west(api: &Api, id: &str, pickup: Position, dropoff: Position) {
    let order = json!({
        "id": id, "pickup": place(pickup), "dropoff": place(dropoff), "party": 1,
        "latest_pickup": now() + paceline_model::Millis::from_secs(600)
    });
    api.must(post("/v1/regions/west/orders", order)).await;
}

#[tokio::test]
async fn a_free_vehicle_beyond_the_border_comes_where_nobody_else_can() {
    let dir = tempfile::tempdir().expect("a directory");
    beside_each_other(dir.path(), (&["east"], &["west"]), async |api| {
        ask_in_west(&api, "o1", corner(3, 0), corner(1, 1)).await;
        while api.say(get("/v1/regions/west/vehicles/e1")).await.status != 200 {}
        // Its app goes on where it was told to, and only then is it given anything.
        says_where(&api, "west", "e1", corner(4, 0)).await;
        api.until("/v1/regions/west/orders/o1", "vehicle", "e1").await;
        let figures = api.must(get("/metrics")).await;
        let handed = "paceline_reliefs_total{region=\"east\",outcome=\"HandedOver\"} 1";
        assert!(figures.as_str().is_some_and(|text| text.contains(handed)), "{figures}");
    })
    .await;
}

#[tokio::test]
async fn whoever_was_not_told_to_help_keeps_its_vehicles() {
    let dir = tempfile::tempdir().expect("a directory");
    // West asks; east, which helps nobody, looks at nothing.
    beside_each_other(dir.path(), (&["east"], &[]), async |api| {
        ask_in_west(&api, "o1", corner(3, 0), corner(1, 1)).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        api.must(get("/v1/regions/east/vehicles/e1")).await;
        let order = api.must(get("/v1/regions/west/orders/o1")).await;
        assert_eq!(order["phase"], "open");
    })
    .await;
}

#[tokio::test]
async fn what_a_region_has_near_enough_itself_nobody_comes_for() {
    let dir = tempfile::tempdir().expect("a directory");
    beside_each_other(dir.path(), (&["east"], &["west"]), async |api| {
        reported(&api, "west", "w1", corner(2, 0)).await;
        ask_in_west(&api, "o1", corner(3, 0), corner(1, 1)).await;
        api.until("/v1/regions/west/orders/o1", "vehicle", "w1").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        api.must(get("/v1/regions/east/vehicles/e1")).await;
    })
    .await;
}

/// What is told is what stands: orders always, vehicles if they are asked for.
#[tokio::test]
async fn a_region_says_what_it_needs_and_what_it_can_spare() {
    let dir = tempfile::tempdir().expect("a directory");
    beside_each_other(dir.path(), (&[], &[]), async |api| {
        ask_in_west(&api, "o1", corner(3, 0), corner(1, 1)).await;
        let needs = api.must(get("/v1/regions/west/outlook")).await;
        assert_eq!((&needs["region"], &needs["needs"][0]["order"]), (&json!("west"), &json!("o1")));
        assert_eq!(needs["needs"][0]["pickup"], place(corner(3, 0)));
        api.until("/v1/regions/east/vehicles/e1", "fix", "current").await;
        assert_eq!(api.must(get("/v1/regions/east/outlook")).await["spares"], json!([]));
        let spares = api.must(get("/v1/regions/east/outlook?spares=true")).await;
        assert_eq!(spares["spares"][0]["vehicle"], "e1");
        let said = api.say(get("/v1/regions/east/outlook?spars=true")).await;
        assert_eq!(said.status, 400, "{said}");
    })
    .await;
}
