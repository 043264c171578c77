//! What nodes report, in batches: checked whole, then taken whole.

use crate::auth::Who;
use crate::http::app::App;
use crate::http::body::Body;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use paceline_api::edge::{NodeReport, NodeReportsTaken};
use paceline_engine::edge::Edge;
use paceline_model::{Invalid, Rule};

/// Most errors told of one batch.
const ERRORS_MAX: usize = 20;

/// Takes a batch: all of it or nothing. A reading that cannot be is no error: it is taken, and not believed.
pub(in crate::http) async fn report(
    State(app): State<App<Edge>>,
    who: Who,
    Body(batch, _): Body<Vec<NodeReport>>,
) -> Result<(StatusCode, Json<NodeReportsTaken>), Problem> {
    let most = app.options.telemetry_batch_max;
    if batch.len() > most {
        let rule = Rule::Size { least: 0, most, unit: "reports".into() };
        return Err(Problem::invalid(&Invalid::new("batch", format!("{} reports", batch.len()), rule)));
    }
    let now = app.clock.now();
    let (mut reports, mut bad, mut ahead) = (Vec::with_capacity(batch.len()), Vec::new(), 0);
    for (index, item) in batch.iter().enumerate() {
        match item.report(now) {
            Ok((mut report, late)) => {
                report.provable = app.own.verifier.is_there();
                who.speak_for_node(&report.node)?;
                ahead += u64::from(late);
                reports.push(report);
            }
            Err(invalid) if bad.len() < ERRORS_MAX => bad.push(invalid.within(&format!("[{index}]"))),
            Err(_) => {}
        }
    }
    if !bad.is_empty() {
        return Err(Problem::invalid_all(&bad));
    }
    let taken = reports.len() as u64;
    if !app.own.reports.put(reports) {
        app.region.turned_away.inc();
        return Err(Problem::busy("Too many reports wait; nothing of this batch was taken."));
    }
    Ok((StatusCode::ACCEPTED, Json(NodeReportsTaken { taken, ahead, now })))
}
