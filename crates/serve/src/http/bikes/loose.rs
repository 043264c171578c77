//! Bikes that stand at no station, in batches: checked whole, then taken whole.

use crate::http::app::App;
use crate::http::body::Body;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use paceline_api::bikes::{BikesTaken, NewLooseBikes};
use paceline_engine::bikes::Bikes;
use paceline_model::{Invalid, Rule};

/// Most errors told of one batch.
const ERRORS_MAX: usize = 20;

/// Takes a batch: all of it or nothing. The answer comes when it is durable.
pub(in crate::http) async fn take_bikes(
    State(app): State<App<Bikes>>,
    Body(batch, key): Body<NewLooseBikes>,
) -> Result<Json<BikesTaken>, Problem> {
    let (most, count) = (app.options.telemetry_batch_max, batch.bikes.len());
    let refused = |what: String, rule| Err(Problem::invalid(&Invalid::new("bikes", what, rule)));
    if count > most {
        let rule = Rule::Size { least: 0, most, unit: "bikes".into() };
        return refused(format!("{count} bikes"), rule);
    }
    let (cells, feed) =
        app.region.look(|world| (world.options().cells, world.options().feed.is_some())).await?;
    let Some(resolution) = cells else {
        let rule = Rule::Shape("must go to a region that counts them: set `cells` of its section".into());
        return refused(format!("{count} bikes"), rule);
    };
    if feed {
        let rule = Rule::Shape("must be left to the region's feed, which names its bikes".into());
        return refused(format!("{count} bikes"), rule);
    }
    let now = app.clock.now();
    let at = batch.as_of.unwrap_or(now).min(now);
    let bikes = batch.readings(at, ERRORS_MAX).map_err(|bad| Problem::invalid_all(&bad))?;
    let Some(command) = app.own.loose.command_of_batch(&app, (at, bikes), resolution).await? else {
        let rule = Rule::Shape(
            "must be as of the last batch or later, and not suddenly empty where many bikes stood".into(),
        );
        return refused(format!("{count} bikes as of {at}"), rule);
    };
    let (cells, bikes) = command.counted();
    let receipt = app.region.command(key.request(command.into_command())).await?;
    Ok(Json(BikesTaken { bikes, cells, version: receipt.version.0 }))
}
