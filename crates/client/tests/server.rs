//! The client and a real server.

#![allow(clippy::unwrap_used, reason = "a server that cannot be set up is a test that fails")]

#[path = "../../serve/tests/common/mod.rs"]
mod common;

use common::{Api, corner, options, served, with_server};
use paceline_client::api::operation as op;
use paceline_client::api::road::RouteQuestion;
use paceline_client::api::{
    Accepted, Code, DroppedOff, Event, FaultReason, Job, NewOrder, NewVehicle, OrderPhase, Place,
    PositionReport,
};
use paceline_client::{ChangeStream, Client, ClientOptions, OrderFilter, Prepared, StreamItem, VehicleItem};
use paceline_model::RegionId;
use std::time::Duration;

fn client(api: &Api) -> Client {
    Client::new(&api.base, ClientOptions::default()).unwrap()
}

fn place(column: u32, row: u32) -> Place {
    corner(column, row).into()
}

fn vehicle(column: u32) -> NewVehicle {
    NewVehicle::electric(place(column, 0), 80.0)
}

fn order(id: &str) -> NewOrder {
    NewOrder::between(place(2, 0), place(2, 3)).named(id)
}

async fn assigned(stream: &mut ChangeStream) -> (String, String) {
    loop {
        if let StreamItem::Change(change) = stream.next().await.unwrap()
            && let Event::OrderAssigned { order, vehicle, .. } = change.event
        {
            return (order.to_string(), vehicle.to_string());
        }
    }
}

#[tokio::test]
async fn an_order_is_placed_driven_and_explained() {
    with_server(options(), async |api| {
        let client = client(&api);
        let mut stream = client.stream(Some(0));
        client.put_vehicle("v1", &vehicle(0)).await.unwrap();
        let placed = client.place_order(&order("o1")).await.unwrap();
        assert_eq!(placed.id, "o1");
        assert_eq!(assigned(&mut stream).await, ("o1".to_owned(), "v1".to_owned()));
        let why = client.explain("o1").await.unwrap();
        assert_eq!(why.weighing.unwrap().candidates[0].vehicle.as_str(), "v1");
        client.arrived("v1", "o1").await.unwrap();
        client.picked_up("v1", "o1").await.unwrap();
        let there = DroppedOff { order: "o1".into(), position: place(2, 3), battery_percent: 79.0 };
        client.dropped_off("v1", &there).await.unwrap();
        assert_eq!(client.order("o1").await.unwrap().phase, OrderPhase::Served);
        assert_eq!(client.vehicle("v1").await.unwrap().job, Job::Free);
        let way = client
            .route(&RouteQuestion { from: place(0, 0), to: place(2, 2), vehicle: None, battery: None })
            .await
            .unwrap();
        assert!(way.properties.time_s > Some(0.0));
        assert_eq!(client.world().await.unwrap().orders, 1);
        client.ready().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn after_a_reset_the_world_is_read_again_and_the_stream_goes_on_from_there() {
    let options = paceline_serve::ServeOptions { stream_ring: 4, ..options() };
    with_server(options, async |api| {
        let client = client(&api);
        for number in 0..6 {
            client.put_vehicle(&format!("v{number}"), &vehicle(number)).await.unwrap();
        }
        client.place_order(&NewOrder { party: 9, ..order("o1") }).await.unwrap();
        let mut stream = client.stream(Some(1));
        assert_eq!(stream.next().await.unwrap(), StreamItem::Reset);
        let world = client.read_world().await.unwrap();
        assert_eq!((world.vehicles.len(), world.orders.len(), world.chargers.len()), (6, 1, 0));
        let mut stream = client.stream(Some(world.version));
        client.cancel_order("o1").await.unwrap();
        loop {
            match stream.next().await.unwrap() {
                StreamItem::Change(change) => {
                    assert_eq!(change.version, world.version + 1, "nothing lies between");
                    break;
                }
                StreamItem::Reset => panic!("nothing was missed"),
                _ => {}
            }
        }
        let cancelled = OrderFilter { states: vec![OrderPhase::Cancelled], ..OrderFilter::default() };
        assert_eq!(client.orders(&cancelled).await.unwrap().rows[0].id.as_str(), "o1");
        let open = OrderFilter { states: vec![OrderPhase::Open], ..OrderFilter::default() };
        assert_eq!(client.orders(&open).await.unwrap().rows, []);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_names_code_field_value_and_rule() {
    with_server(options(), async |api| {
        let client = client(&api);
        let error = client.place_order(&NewOrder { party: 65, ..order("o1") }).await.unwrap_err();
        assert_eq!((error.code(), error.status()), (Some(Code::E0101), Some(422)));
        let told = &error.fields()[0];
        let said = [told.field.as_str(), told.value.as_str(), told.rule.as_str()];
        assert_eq!(said, ["party", "65", "must lie within 1 and 64"]);
        let error = client.arrived("nobody", "o1").await.unwrap_err();
        assert_eq!(error.code(), Some(Code::E0201));
        let codes = client.problems().await.unwrap();
        assert!(codes.iter().any(|kind| kind.code == Code::E0201));
    })
    .await;
}

#[tokio::test]
async fn a_command_that_is_sent_twice_under_its_key_has_one_effect() {
    with_server(options(), async |api| {
        let client = client(&api);
        let prepared = Prepared::new(&op::PLACE_ORDER, "", &NewOrder { id: None, ..order("") }).unwrap();
        assert!(prepared.key().is_some());
        let first: Accepted = client.call(&prepared).await.unwrap();
        let second: Accepted = client.call(&prepared).await.unwrap();
        assert_eq!(first, second);
        client.send(&prepared.clone().under("another")).await.unwrap();
        assert_eq!(client.world().await.unwrap().orders, 2);
    })
    .await;
}

#[tokio::test]
async fn positions_go_in_batches_and_a_bad_one_is_named_by_its_place_among_all() {
    with_server(options(), async |api| {
        let most = options().telemetry_batch_max;
        let client =
            Client::new(&api.base, ClientOptions { positions_batch_max: most, ..Default::default() })
                .unwrap();
        client.put_vehicle("v1", &vehicle(0)).await.unwrap();
        let report = |number: usize| PositionReport {
            vehicle: if number == 24 { "v1".into() } else { format!("other-{number}") },
            lat: place(3, 3).lat,
            lon: place(3, 3).lon,
            battery_percent: 50.0,
            heading_deg: Some(90.0),
            at: None,
        };
        let mut reports: Vec<PositionReport> = (0..25).map(report).collect();
        assert_eq!(client.report_positions(&reports).await.unwrap(), 25);
        api.until("/v1/vehicles/v1", "battery_percent", 50.0).await;
        reports[17].lat = 95.0;
        let error = client.report_positions(&reports).await.unwrap_err();
        assert_eq!(error.fields()[0].field, "[17].lat", "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_vehicle_hears_what_concerns_it_until_it_leaves() {
    with_server(options(), async |api| {
        let client = client(&api);
        client.put_vehicle("v1", &vehicle(0)).await.unwrap();
        let mut stream = client.vehicle_stream("v1");
        let Some(VehicleItem::Vehicle(view)) = stream.next().await.unwrap() else { panic!("how it stands") };
        assert_eq!(view.id.as_str(), "v1");
        client.fault("v1", FaultReason::Automation).await.unwrap();
        let Some(VehicleItem::Change(change)) = stream.next().await.unwrap() else { panic!("a change") };
        assert!(matches!(change.event, Event::VehicleFaulted { reason: FaultReason::Automation, .. }));
        client.recover("v1").await.unwrap();
        client.retire_vehicle("v1").await.unwrap();
        let mut kinds = Vec::new();
        while let Some(item) = stream.next().await.unwrap() {
            kinds.push(item);
        }
        let Some(VehicleItem::Change(last)) = kinds.last() else { panic!("{kinds:?}") };
        assert!(matches!(last.event, Event::VehicleRetired { .. }), "{kinds:?}");
    })
    .await;
}

#[tokio::test]
async fn a_stream_goes_on_over_a_restart_of_the_server_or_says_that_it_cannot() {
    let dir = tempfile::tempdir().unwrap();
    let (mut stream, address) = {
        let ((stream, address), _) = served(options(), dir.path(), async |api| {
            let client = client(&api);
            let mut stream = client.stream(Some(0));
            client.put_vehicle("v1", &vehicle(0)).await.unwrap();
            client.place_order(&order("o1")).await.unwrap();
            assigned(&mut stream).await;
            (stream, api.base.strip_prefix("http://").unwrap().parse().unwrap())
        })
        .await;
        (stream, address)
    };
    let before = stream.version();
    let again = paceline_serve::ServeOptions { listen: address, ..options() };
    served(again, dir.path(), async |api| {
        let client = client(&api);
        let told = async {
            loop {
                match stream.next().await.unwrap() {
                    StreamItem::Reset => return None,
                    StreamItem::Change(change) => return Some(change.version),
                    _ => {}
                }
            }
        };
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            client.cancel_order("o1").await.unwrap();
        };
        let (told, ()) = tokio::join!(told, cancel);
        // A server that has just begun keeps no past changes: whoever was there before reads the world again.
        assert!(told.is_none() || told == before.map(|before| before + 1), "{told:?} after {before:?}");
        assert_eq!(client.order("o1").await.unwrap().phase, OrderPhase::Cancelled);
    })
    .await;
}

#[tokio::test]
async fn a_region_is_asked_by_its_name() {
    with_server(options(), async |api| {
        let alone = client(&api);
        let regions = alone.regions().await.unwrap();
        assert_eq!(regions.iter().map(|of| of.region.as_str()).collect::<Vec<_>>(), ["main"]);
        let named = alone.in_region(RegionId::new("main").unwrap());
        named.put_vehicle("v1", &vehicle(0)).await.unwrap();
        assert_eq!(alone.all_vehicles().await.unwrap(), named.all_vehicles().await.unwrap());
        assert!(named.metrics().await.unwrap().contains("paceline_version{region=\"main\"}"));
        let other = alone.in_region(RegionId::new("west").unwrap());
        let unknown = other.world().await.unwrap_err();
        assert_eq!((unknown.status(), unknown.code()), (Some(404), Some(Code::E0201)));
        assert!(!other.problems().await.unwrap().is_empty(), "what is not about a region is asked as ever");
    })
    .await;
}
