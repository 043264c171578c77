//! `paceline serve` as a process with two regions in its file: each has its streets, its orders and its journal, and both come back.

use crate::common::Killed;
use paceline_client::api::{Code, NewOrder, NewVehicle, Place};
use paceline_client::{Client, ClientOptions};
use paceline_model::RegionId;
use std::path::{Path, PathBuf};

/// A running server, which dies with this value.
struct Served {
    server: Killed,
    client: Client,
}

impl Served {
    fn start(dir: &Path) -> Self {
        let server = Killed::start(dir, &[]);
        let client = Client::new(&server.base, ClientOptions::default()).expect("an address");
        Self { server, client }
    }
    fn region(&self, name: &str) -> Client {
        self.client.in_region(RegionId::new(name).expect("a name"))
    }
}

fn config(dir: &Path) {
    let roads: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "../../data/manhattan/network.json.gz"].iter().collect();
    let roads = roads.display();
    let text = format!(
        "[regions.east]\nroads = \"{roads}\"\njournal = \"journal/east\"\n\
         [regions.west]\nroads = \"{roads}\"\njournal = \"journal/west\"\nfleet.snap_m_max = 100\n"
    );
    std::fs::write(dir.join("paceline.toml"), text).expect("it can be written");
}

fn place(lat: f64, lon: f64) -> Place {
    Place { lat, lon }
}

async fn live(served: &Served, region: &str, orders: usize) {
    let client = served.region(region);
    let vehicle = NewVehicle::electric(place(40.758, -73.9855), 80.0);
    client.put_vehicle("v1", &vehicle).await.expect("a vehicle");
    for number in 0..orders {
        let order = NewOrder::between(place(40.75, -73.99), place(40.76, -73.98));
        client.place_order(&order.named(format!("o{number}"))).await.expect("an order");
    }
}

#[tokio::test]
async fn two_regions_have_a_journal_each_and_both_come_back() {
    let dir = tempfile::tempdir().expect("a directory");
    config(dir.path());
    {
        let served = Served::start(dir.path());
        live(&served, "east", 1).await;
        live(&served, "west", 3).await;
        let unknown = served.region("north").world().await.expect_err("there is no such region");
        assert_eq!((unknown.status(), unknown.code()), (Some(404), Some(Code::E0201)));
        let which = served.client.world().await.expect_err("there are two");
        assert_eq!((which.status(), which.code()), (Some(409), Some(Code::E0110)));
    }
    let served = Served::start(dir.path());
    let said = served.server.recovered.join("\n");
    assert!(
        said.contains("recovered east at version") && said.contains("recovered west at version"),
        "{said}"
    );
    for (region, orders) in [("east", 1), ("west", 3)] {
        let world = served.region(region).world().await.expect("it came back");
        assert_eq!((world.vehicles, world.orders), (1, orders), "{region}");
        assert!(dir.path().join("journal").join(region).is_dir());
    }
}
