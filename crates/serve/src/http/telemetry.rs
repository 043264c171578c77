//! Positions in batches: checked whole, then taken whole.

use super::app::App;
use super::body::Body;
use crate::auth::Who;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use paceline_api::{PositionReport, PositionsTaken};
use paceline_model::{Invalid, Rule};

/// Most errors told of one batch.
const ERRORS_MAX: usize = 20;

/// Says where vehicles are and how full: all of the batch, or, if one reading is bad, none of it. Vehicles that are
/// not registered are passed over.
pub(super) async fn post(
    State(app): State<App>,
    who: Who,
    Body(batch, _): Body<Vec<PositionReport>>,
) -> Result<(StatusCode, Json<PositionsTaken>), Problem> {
    let most = app.options.telemetry_batch_max;
    if batch.len() > most {
        let rule = Rule::Size { least: 0, most, unit: "readings".into() };
        return Err(Problem::invalid(&Invalid::new("batch", format!("{} readings", batch.len()), rule)));
    }
    let now = app.clock.now();
    let (mut readings, mut bad) = (Vec::with_capacity(batch.len()), Vec::new());
    for (index, item) in batch.iter().enumerate() {
        match item.reading(now) {
            Ok((vehicle, reading)) => {
                who.speak_for(&vehicle)?;
                readings.push((vehicle, reading));
            }
            Err(invalid) if bad.len() < ERRORS_MAX => bad.push(invalid.within(&format!("[{index}]"))),
            Err(_) => {}
        }
    }
    if !bad.is_empty() {
        return Err(Problem::invalid_all(&bad));
    }
    let Some(taken) = app.telemetry.put(readings, now) else {
        app.region.turned_away.inc();
        return Err(Problem::busy("The table of readings is full; nothing of this batch was taken."));
    };
    Ok((StatusCode::ACCEPTED, Json(taken)))
}
