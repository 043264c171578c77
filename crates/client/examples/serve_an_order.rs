//! A vehicle registers, somebody asks for a ride, and the vehicle brings them where they want: by the client, against a server of the
//! city in which the two places lie.
//!
//! ```sh
//! paceline serve &
//! cargo run -p paceline-client --example serve_an_order -- 40.7527,-73.9772 40.7484,-73.9857
//! ```

use paceline_api::{Driver, DroppedOff, NewOrder, NewVehicle, OrderPhase, Place};
use paceline_client::{Client, ClientOptions};
use std::error::Error;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, server @ ..] = &arguments[..] else {
        return Err(
            "two places are wanted, as latitude,longitude, and, if not this machine's, the server".into()
        );
    };
    let (from, to) = (place(from)?, place(to)?);
    let server = server.first().map_or("http://127.0.0.1:8080", String::as_str);
    let client = Client::new(server, ClientOptions::default())?;

    client.put_vehicle("example-1", &vehicle(from)).await?;
    let order = NewOrder { id: Some("example".into()), ..NewOrder::between(from, to) };
    client.place_order(&order).await?;
    while client.order("example").await?.phase != OrderPhase::Assigned {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("{}", client.explain("example").await?.words.join("\n"));
    client.arrived("example-1", "example").await?;
    client.picked_up("example-1", "example").await?;
    let there = DroppedOff { order: "example".into(), position: to, battery_percent: 78.0 };
    client.dropped_off("example-1", &there).await?;
    println!("the order is {:?}", client.order("example").await?.phase);
    Ok(())
}

fn place(text: &str) -> Result<Place, Box<dyn Error>> {
    let (lat, lon) = text.split_once(',').ok_or("a place is latitude,longitude")?;
    Ok(Place { lat: lat.trim().parse()?, lon: lon.trim().parse()? })
}

fn vehicle(position: Place) -> NewVehicle {
    NewVehicle {
        seats: 4,
        battery_kwh: 60.0,
        consumption_wh_per_km: 160.0,
        grams_per_kwh: 0,
        attributes: Vec::new(),
        driver: Driver::Automatic,
        position,
        battery_percent: 80.0,
        heading_deg: None,
    }
}
