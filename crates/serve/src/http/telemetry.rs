//! Positions in batches: checked whole, then taken whole.

use super::App;
use super::body::Body;
use crate::dto::TelemetryItem;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use paceline_model::{Invalid, Rule};
use serde::Serialize;
use utoipa::ToSchema;

/// How many readings were taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct Taken {
    /// All of the batch.
    taken: usize,
}

/// Most errors told of one batch.
const ERRORS_MAX: usize = 20;

/// Says where vehicles are and how full: all of the batch, or, if one reading is bad, none of it. Vehicles that are
/// not registered are passed over.
#[utoipa::path(post, path = "/v1/telemetry", tag = "vehicles", request_body = Vec<TelemetryItem>,
    responses((status = 202, body = Taken), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn post(
    State(app): State<App>,
    Body(batch, _): Body<Vec<TelemetryItem>>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let most = app.options.telemetry_batch_max;
    if batch.len() > most {
        let rule = Rule::Size { least: 0, most, unit: "readings".into() };
        return Err(Problem::invalid(&Invalid::new("batch", format!("{} readings", batch.len()), rule)));
    }
    let now = app.clock.now();
    let (mut readings, mut bad) = (Vec::with_capacity(batch.len()), Vec::new());
    for (index, item) in batch.iter().enumerate() {
        match item.reading(now) {
            Ok(reading) => readings.push(reading),
            Err(invalid) if bad.len() < ERRORS_MAX => bad.push(invalid.within(&format!("[{index}]"))),
            Err(_) => {}
        }
    }
    if !bad.is_empty() {
        return Err(Problem::invalid_all(&bad));
    }
    let taken = readings.len();
    if !app.telemetry.put(readings) {
        app.metrics.requests_turned_away.inc();
        return Err(Problem::busy("The table of readings is full; nothing of this batch was taken."));
    }
    app.metrics.readings.inc_by(taken as u64);
    Ok((StatusCode::ACCEPTED, Json(Taken { taken })))
}
