//! Vehicles that go from a region of one server to a region of another.

use crate::servers::{Cluster, PATIENCE, Server};
use crate::until;
use paceline_client::api::{Code, NewVehicle, Place};
use paceline_client::{Client, ClientError, ClientOptions};
use paceline_model::RegionId;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A vehicle in the middle of the town.
pub(crate) fn vehicle() -> NewVehicle {
    NewVehicle::electric(Place { lat: 40.75, lon: -73.99 }, 80.0)
}

/// Waits until a region shows a vehicle.
pub(crate) async fn until_there(client: &Client, vehicle: &str) {
    let began = Instant::now();
    while let Err(error) = client.vehicle(vehicle).await {
        assert!(began.elapsed() < PATIENCE, "{vehicle} did not come: {error}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Hands a vehicle over, and again while its region changes hands.
pub(crate) async fn hand_over(from: &Client, vehicle: &str, to: &str) -> Result<(), ClientError> {
    let began = Instant::now();
    loop {
        match from.hand_over(vehicle, to).await {
            Err(error) if error.code() == Some(Code::E0309) && began.elapsed() < PATIENCE => {
                sleep(Duration::from_millis(50)).await;
            }
            done => return done.map(drop),
        }
    }
}

/// Asks a server's region as whoever has this key.
fn client(server: &Server, key: &str, region: &RegionId) -> Client {
    let options = ClientOptions { bearer: Some(key.to_owned().into()), ..ClientOptions::once() };
    Client::new(&server.base, options).unwrap().in_region(region.clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_ask_who_somebody_is_know_each_other_by_a_key() {
    let Some(cluster) = Cluster::of(2) else { return };
    let new = ["keys", "new", "--file", "keys.toml", "--name", "servers", "--role", "operator"];
    let key = crate::common::paceline(cluster.dir(), &new).unwrap();
    std::fs::write(cluster.dir().join("servers.key"), &key).unwrap();
    let (auth, known) = ("[auth]\nkeys_file = \"keys.toml\"\n", "key_file = \"servers.key\"\n");
    let (a, _b) = (cluster.start_with("a", "", auth), cluster.start_with("b", known, auth));
    until(&cluster, "both regions run", || {
        cluster.owners().iter().filter(|(_, owner)| !owner.is_empty()).count() == 2
    })
    .await;
    for (region, server) in cluster.regions.iter().zip(["a", "b"]) {
        cluster.command(&["move", region.as_str(), server]).unwrap();
        until(&cluster, "it moves", || cluster.of_server(server).contains(&region.to_string())).await;
    }
    let [west, east] = [0, 1].map(|region| client(&a, key.trim(), &cluster.regions[region]));
    for (region, name) in [(&west, "v1"), (&east, "v2")] {
        let began = Instant::now();
        while let Err(error) = region.put_vehicle(name, &vehicle()).await {
            assert!(error.code() == Some(Code::E0309) && began.elapsed() < PATIENCE, "{error}");
            sleep(Duration::from_millis(50)).await;
        }
    }
    hand_over(&west, "v1", cluster.regions[1].as_str()).await.unwrap();
    until(&cluster, "nobody lets it in", || cluster.said("a").contains("it answered 401")).await;
    assert!(east.vehicle("v1").await.is_err(), "b does not know who a is");
    hand_over(&east, "v2", cluster.regions[0].as_str()).await.unwrap();
    until_there(&west, "v2").await;
}
