//! Stations and depots: put, read, closed and opened by an operator, removed, explained.

use crate::bikes;
use crate::http::app::App;
use crate::http::body::{Body, Key};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::bikes::{NewStation, StationExplained, StationView};
use paceline_api::{Accepted, Nothing};
use paceline_engine::bikes::Bikes;
use paceline_model::bikes::{Command, StationId};

/// Registers a station, or changes what a known one is.
pub(in crate::http) async fn put_station(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewStation>,
) -> Result<Json<Accepted>, Problem> {
    let spec = StationId::new(&text).and_then(|id| body.spec(id))?;
    bikes::checked_cell(&spec, app.region.look(|world| world.options().cells).await?)?;
    key.tell(&app, text, Command::PutStation(spec)).await
}

/// How a station stands.
pub(in crate::http) async fn read_station(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
) -> Result<Json<StationView>, Problem> {
    let id = StationId::new(&text)?;
    let found =
        app.view.read(|model| model.stations.get(&id).map(|row| bikes::station(row, &app.own.loose))).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("station", &text))
}

/// Takes a station out.
pub(in crate::http) async fn remove_station(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::RemoveStation(StationId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Nothing is brought there or taken from there.
pub(in crate::http) async fn close_station(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::CloseStation(StationId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Its feed's word counts again.
pub(in crate::http) async fn open_station(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::OpenStation(StationId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Why it has work orders or none.
pub(in crate::http) async fn explain_station(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
) -> Result<Json<StationExplained>, Problem> {
    let id = StationId::new(&text)?;
    let found = app.region.look(move |world| world.explain_station(&id)).await?;
    let found = found.ok_or_else(|| Problem::unknown("station", &text))?;
    Ok(Json(bikes::station_explained(&found, &app.own.loose)))
}
