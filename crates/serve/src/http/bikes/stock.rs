//! What stands at stations, in batches: checked whole, then taken whole.

use crate::http::app::App;
use crate::http::body::Body;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use paceline_api::bikes::{NewStock, StockTaken};
use paceline_engine::bikes::Bikes;
use paceline_model::bikes::{Command, StationReport};
use paceline_model::{Invalid, Rule};

/// Most errors told of one batch.
const ERRORS_MAX: usize = 20;
/// Most stations that are named as not known.
const NAMED_MAX: usize = 20;

/// Takes a batch: all of it or nothing. The answer comes when it is durable.
pub(in crate::http) async fn take_stock(
    State(app): State<App<Bikes>>,
    Body(batch, key): Body<Vec<NewStock>>,
) -> Result<Json<StockTaken>, Problem> {
    let most = app.options.telemetry_batch_max;
    if batch.len() > most {
        let rule = Rule::Size { least: 0, most, unit: "reports".into() };
        return Err(Problem::invalid(&Invalid::new("batch", format!("{} reports", batch.len()), rule)));
    }
    let reports = checked(&batch, &app)?;
    let unknown = {
        let named: Vec<_> = reports.iter().map(|report| report.station.clone()).collect();
        let unknown = move |model: &crate::bikes::BikesModel| -> Vec<String> {
            let missing = named.iter().filter(|id| !model.stations.contains_key(*id));
            missing.map(ToString::to_string).collect()
        };
        app.view.read(unknown).await?
    };
    let (taken, unknown_count) = ((reports.len() - unknown.len()) as u64, unknown.len() as u64);
    let receipt = app.region.command(key.request(Command::TakeStock(reports))).await?;
    Ok(Json(StockTaken {
        taken,
        unknown: unknown_count,
        unknown_stations: unknown.into_iter().take(NAMED_MAX).collect(),
        version: receipt.version.0,
    }))
}

fn checked(batch: &[NewStock], app: &App<Bikes>) -> Result<Vec<StationReport>, Problem> {
    let now = app.clock.now();
    let (mut reports, mut bad) = (Vec::with_capacity(batch.len()), Vec::new());
    for (index, item) in batch.iter().enumerate() {
        match item.report(now) {
            Ok(report) => reports.push(report),
            Err(invalid) if bad.len() < ERRORS_MAX => bad.push(invalid.within(&format!("[{index}]"))),
            Err(_) => {}
        }
    }
    if bad.is_empty() { Ok(reports) } else { Err(Problem::invalid_all(&bad)) }
}
