//! Vans: put, read, where they are, what their crews say, removed.

use crate::bikes;
use crate::http::app::App;
use crate::http::body::{Body, Key};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use paceline_api::Accepted;
use paceline_api::bikes::{NewCrewReport, NewVan, NewVanPosition, VanPositionTaken, VanView};
use paceline_engine::bikes::Bikes;
use paceline_model::bikes::{Command, VanId};

/// Begins a van's shift, or changes what is known of it.
pub(in crate::http) async fn put_van(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewVan>,
) -> Result<Json<Accepted>, Problem> {
    let command = VanId::new(&text).and_then(|id| body.command(id))?;
    key.tell(&app, text, command).await
}

/// How a van stands.
pub(in crate::http) async fn read_van(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
) -> Result<Json<VanView>, Problem> {
    let id = VanId::new(&text)?;
    let now = app.clock.now();
    let shown = |model: &bikes::BikesModel| {
        model.vans.get(&id).map(|row| bikes::van(model, &app.own.loose, row, now))
    };
    let found = app.view.read(shown).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("van", &text))
}

/// Takes a van out that has nothing aboard.
pub(in crate::http) async fn remove_van(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::RemoveVan(VanId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Takes a crew's word.
pub(in crate::http) async fn report_crew(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewCrewReport>,
) -> Result<Json<Accepted>, Problem> {
    let now = app.clock.now();
    let report = VanId::new(&text).and_then(|van| body.report(van, now))?;
    key.tell(&app, text, Command::Report(report)).await
}

/// Takes in where a van is. Only of a van that is known, so that what waits for the region has a bound.
pub(in crate::http) async fn locate_van(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    Body(body, _): Body<NewVanPosition>,
) -> Result<(StatusCode, Json<VanPositionTaken>), Problem> {
    let (van, position) = (VanId::new(&text)?, body.position.position("position")?);
    if !app.view.read(|model| model.vans.contains_key(&van)).await? {
        return Err(Problem::unknown("van", &text));
    }
    let now = app.clock.now();
    app.own.positions.put(van, position, body.at.unwrap_or(now).min(now));
    Ok((StatusCode::ACCEPTED, Json(VanPositionTaken { now })))
}
