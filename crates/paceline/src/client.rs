//! The simulated city's side of the API: commands as requests, answers as they come, changes from the stream.

use anyhow::Context as _;
use paceline_engine::Change;
use paceline_model::{Command, FaultReason, OrderSpec, Position, Reading, Refusal, VehicleId, VehicleSpec};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Speaks to one server.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
}

/// How long the city waits for one answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How often a request is repeated when the server is busy.
const TRIES: u32 = 5;

impl Client {
    pub(crate) fn new(base: String) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().pool_max_idle_per_host(64).no_proxy().build();
        Ok(Self { http: http.context("making an HTTP client")?, base })
    }

    /// Puts a command to the server; a busy one is asked again under the same key.
    pub(crate) async fn command(&self, key: u64, command: &Command) -> anyhow::Result<Result<(), Refusal>> {
        let (method, path, body) = request(command);
        for attempt in 1.. {
            let request = self.http.request(method.clone(), format!("{}{path}", self.base)).timeout(TIMEOUT);
            let request = request.header("idempotency-key", format!("\"city-{key}\"")).json(&body);
            let response = request.send().await?;
            match response.status() {
                status if status.is_success() => return Ok(Ok(())),
                StatusCode::TOO_MANY_REQUESTS if attempt < TRIES => {
                    tokio::time::sleep(Duration::from_secs(1)).await
                }
                _ => return Ok(Err(refusal(response).await)),
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// Says where vehicles are.
    pub(crate) async fn telemetry(&self, batch: &[(VehicleId, Reading)]) -> anyhow::Result<()> {
        let rows: Vec<Value> = batch.iter().map(|(vehicle, reading)| row(vehicle, reading)).collect();
        let request = self.http.post(format!("{}/v1/telemetry", self.base)).timeout(TIMEOUT).json(&rows);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Opens the stream of changes, after `last`.
    pub(crate) async fn stream(&self, last: u64) -> anyhow::Result<Changes> {
        let request = self.http.get(format!("{}/v1/stream", self.base)).header("last-event-id", last);
        Ok(Changes { response: request.send().await?.error_for_status()?, text: Vec::new() })
    }
}

/// The changes of an open stream.
pub(crate) struct Changes {
    response: Response,
    text: Vec<u8>,
}

impl Changes {
    /// The next changes, in order; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Vec<Change>>> {
        let Some(chunk) = self.response.chunk().await? else { return Ok(None) };
        self.text.extend_from_slice(&chunk);
        let mut changes = Vec::new();
        while let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.text.drain(..end + 2).collect();
            let block = String::from_utf8_lossy(&block);
            let data = block.lines().find_map(|line| line.strip_prefix("data: "));
            if let (true, Some(data)) = (block.contains("event: change\n"), data) {
                changes.push(serde_json::from_str(data).context("reading a change from the stream")?);
            }
        }
        Ok(Some(changes))
    }
}

/// What the server said no to. The city reads only that it was refused.
async fn refusal(response: Response) -> Refusal {
    let status = response.status();
    let problem: Value = response.json().await.unwrap_or_default();
    let detail = problem["detail"].as_str().unwrap_or_default();
    tracing::debug!(%status, detail, "refused");
    Refusal::Unknown { kind: "answer".into(), id: format!("{status}: {detail}") }
}

fn place(at: Position) -> Value {
    json!({ "lat": at.lat(), "lon": at.lon() })
}

fn row(vehicle: &VehicleId, reading: &Reading) -> Value {
    json!({
        "vehicle": vehicle.as_str(),
        "lat": reading.position.lat(),
        "lon": reading.position.lon(),
        "battery_percent": reading.charge.as_percent(),
        "heading_deg": reading.heading.map(|heading| heading.as_degrees()),
        "at": reading.at,
    })
}

/// A command as method, path and body.
fn request(command: &Command) -> (Method, String, Value) {
    let tell = |vehicle: &VehicleId, what: &str, body| {
        (Method::POST, format!("/v1/vehicles/{vehicle}/{what}"), body)
    };
    match command {
        Command::PutVehicle(spec, reading) => {
            (Method::PUT, format!("/v1/vehicles/{}", spec.id), vehicle(spec, reading))
        }
        Command::RetireVehicle(vehicle) => (Method::DELETE, format!("/v1/vehicles/{vehicle}"), Value::Null),
        Command::PlaceOrder(spec) => (Method::POST, "/v1/orders".into(), order(spec)),
        Command::CancelOrder(order) => (Method::DELETE, format!("/v1/orders/{order}"), Value::Null),
        Command::Accept(vehicle, order) => tell(vehicle, "accept", json!({ "order": order })),
        Command::Decline(vehicle, order) => tell(vehicle, "decline", json!({ "order": order })),
        Command::Arrived(vehicle, order) => tell(vehicle, "arrived", json!({ "order": order })),
        Command::PickedUp(vehicle, order) => tell(vehicle, "picked-up", json!({ "order": order })),
        Command::DroppedOff(vehicle, order, reading) => {
            let (position, percent) = (place(reading.position), reading.charge.as_percent());
            let body = json!({ "order": order, "position": position, "battery_percent": percent });
            tell(vehicle, "dropped-off", body)
        }
        Command::Fault(vehicle, reason) => tell(vehicle, "fault", fault(*reason)),
        Command::Recover(vehicle) => tell(vehicle, "recover", Value::Null),
        Command::PlugIn(vehicle, charger) => tell(vehicle, "plug-in", json!({ "charger": charger })),
        Command::Unplug(vehicle, reading) => {
            let percent = reading.charge.as_percent();
            tell(
                vehicle,
                "unplug",
                json!({ "position": place(reading.position), "battery_percent": percent }),
            )
        }
        Command::PutCharger(spec) => {
            let kw = f64::from(spec.plug_watts) / 1_000.0;
            let body = json!({ "position": place(spec.position), "plugs": spec.plugs, "plug_kw": kw });
            (Method::PUT, format!("/v1/chargers/{}", spec.id), body)
        }
        Command::PutGeofence(area) => {
            let mut ring: Vec<[f64; 2]> =
                area.ring().iter().map(|corner| [corner.lon(), corner.lat()]).collect();
            ring.extend(ring.first().copied());
            let body = json!({ "type": "Polygon", "coordinates": [ring] });
            (Method::PUT, format!("/v1/geofences/{}", area.id()), body)
        }
    }
}

fn fault(reason: FaultReason) -> Value {
    json!({ "reason": reason })
}

fn vehicle(spec: &VehicleSpec, reading: &Reading) -> Value {
    json!({
        "seats": spec.seats,
        "battery_kwh": spec.powertrain.capacity.as_kwh(),
        "consumption_wh_per_km": f64::from(spec.powertrain.consumption.0) / 1_000.0,
        "grams_per_kwh": spec.powertrain.grams_per_kwh,
        "attributes": spec.attributes,
        "driver": spec.driver,
        "position": place(reading.position),
        "battery_percent": reading.charge.as_percent(),
    })
}

fn order(spec: &OrderSpec) -> Value {
    json!({
        "id": spec.id,
        "pickup": place(spec.pickup),
        "dropoff": place(spec.dropoff),
        "party": spec.party,
        "earliest_pickup": spec.earliest_pickup,
        "latest_pickup": spec.latest_pickup,
        "desired_arrival": spec.desired_arrival,
        "priority": spec.priority,
        "attributes": spec.attributes,
        "geofence": spec.geofence,
    })
}
