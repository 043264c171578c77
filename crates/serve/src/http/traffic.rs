//! Speeds and closures from outside: all of a batch or none of it, in force when the answer comes.

use super::app::App;
use super::body::Body;
use crate::problem::Problem;
use crate::streets::OnStreets;
use crate::traffic::Batch;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use paceline_api::{SpeedReport, SpeedReports, SpeedsApplied, TrafficView, WayDirection};
use paceline_model::limits::{SPEED_KMH, SPEED_REPORTS_MAX};
use paceline_model::{Instant, Invalid, Rule};
use paceline_road::EdgeId;
use paceline_road::traffic::{SpeedReport as Known, Subject, TrafficError};
use paceline_supervise::sync::oneshot;

/// Reports speeds and closures. When the answer comes, the next tick decides by them; a refused batch changes nothing.
pub(super) async fn post<W: OnStreets>(
    State(app): State<App<W>>,
    Body(batch, _): Body<SpeedReports>,
) -> Result<(StatusCode, Json<SpeedsApplied>), Problem> {
    let traffic = &app.on_streets()?.traffic;
    let count = batch.reports.len();
    if !(1..=SPEED_REPORTS_MAX).contains(&count) {
        let rule = Rule::Size { least: 1, most: SPEED_REPORTS_MAX, unit: "reports".into() };
        return Err(Problem::invalid(&Invalid::new("reports", format!("{count} reports"), rule)));
    }
    let read = batch.reports.iter().enumerate().map(|(index, report)| read_one(report, index));
    let reports = read.collect::<Result<Vec<_>, _>>()?;
    let (caller, answer) = oneshot::channel("the traffic service's answer");
    if traffic.batches.try_send(Batch { reports, caller }).is_err() {
        app.region.turned_away.inc();
        return Err(Problem::busy("The traffic service's queue is full; nothing of this batch was taken."));
    }
    let applied = app.region.within(answer.recv()).await?.map_err(|_| Problem::draining())?;
    let edges = applied.map_err(|error| Problem::invalid(&invalid(&error)))?;
    Ok((StatusCode::OK, Json(SpeedsApplied { edges: edges as u64 })))
}

/// The edges whose speed is reported, observed or inferred, as of the newest metric.
pub(super) async fn read<W: OnStreets>(State(app): State<App<W>>) -> Result<Json<TrafficView>, Problem> {
    let view = app.on_streets()?.traffic.view.borrow().clone();
    Ok(Json(TrafficView::clone(&view)))
}

/// The report that is meant. Errors: neither edge nor way, or both; no time.
fn read_one(of: &SpeedReport, index: usize) -> Result<Known, Invalid> {
    let field = |name: &str| format!("reports[{index}].{name}");
    let on = match (of.edge, of.way) {
        (Some(edge), None) => Subject::Edge(EdgeId(edge)),
        (None, Some(way)) => {
            Subject::Way(way, of.direction.map(|direction| matches!(direction, WayDirection::Forward)))
        }
        (Some(edge), Some(_)) => {
            return Err(Invalid::new(field("edge"), edge, Rule::Without { other: "way".into() }));
        }
        (None, None) => {
            let rule = Rule::Shape("must be given, or way instead".into());
            return Err(Invalid::new(field("edge"), "left out", rule));
        }
    };
    let until: Instant =
        of.until.parse().map_err(|_| Invalid::new(field("until"), &of.until, Rule::Rfc3339))?;
    Ok(Known { on, kmh: of.kmh, until })
}
/// The field, its value and the rule that it broke.
fn invalid(error: &TrafficError) -> Invalid {
    let shape = |text: String| Rule::Shape(text);
    match *error {
        TrafficError::Speed { index, kmh } => {
            let (low, high) = SPEED_KMH;
            Invalid::new(format!("reports[{index}].kmh"), kmh, Rule::Within { low, high })
        }
        TrafficError::UnknownEdge { index, edge, edges } => {
            let rule = shape(format!("must be an edge of this network, 0 to {}", edges - 1));
            Invalid::new(format!("reports[{index}].edge"), edge, rule)
        }
        TrafficError::UnknownWay { index, way } => {
            let rule = shape("must be a way that a street of this network runs along".into());
            Invalid::new(format!("reports[{index}].way"), way, rule)
        }
        TrafficError::Until { index, until } => {
            let rule = shape("must lie after now and at most 7 days ahead".into());
            Invalid::new(format!("reports[{index}].until"), until, rule)
        }
    }
}
