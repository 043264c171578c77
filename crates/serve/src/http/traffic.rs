//! Speeds and closures from outside: all of a batch or none of it, in force when the answer comes.

use super::App;
use super::body::Body;
use crate::problem::Problem;
use crate::traffic::{Batch, TrafficView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use paceline_model::{Instant, Invalid, Rule};
use paceline_road::EdgeId;
use paceline_road::traffic::{SPEED_KMH, SpeedReport, Subject, TrafficError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most reports in one batch: every edge of a city district.
const REPORTS_MAX: usize = 10_000;

/// Reports.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reports {
    /// At most 10,000.
    reports: Vec<Report>,
}

/// A speed, or a closure, until a time. Names an edge or a way.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// An edge of this network, as `/v1/road/nearest` and `/v1/road/match` name them.
    #[serde(default)]
    edge: Option<u32>,
    /// A way of OpenStreetMap.
    #[serde(default)]
    way: Option<i64>,
    /// Of the way; both directions if left out.
    #[serde(default)]
    direction: Option<WayDirection>,
    /// Closed if left out.
    #[serde(default)]
    kmh: Option<f64>,
    /// RFC 3339, at most 7 days ahead.
    until: String,
}

/// In the order of a way's nodes, or against it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WayDirection {
    Forward,
    Backward,
}

/// How many edges a batch was about.
#[derive(Serialize, ToSchema)]
pub(crate) struct Applied {
    edges: usize,
}

/// Reports speeds and closures. When the answer comes, the next tick decides by them; a refused batch changes nothing.
#[utoipa::path(post, path = "/v1/traffic", tag = "road", request_body = Reports,
    responses((status = 200, body = Applied), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn post(
    State(app): State<App>,
    Body(batch, _): Body<Reports>,
) -> Result<(StatusCode, Json<Applied>), Problem> {
    let count = batch.reports.len();
    if !(1..=REPORTS_MAX).contains(&count) {
        let rule = Rule::Size { least: 1, most: REPORTS_MAX, unit: "reports".into() };
        return Err(Problem::invalid(&Invalid::new("reports", format!("{count} reports"), rule)));
    }
    let read = batch.reports.iter().enumerate().map(|(index, report)| report.read(index));
    let reports = read.collect::<Result<Vec<_>, _>>().map_err(|invalid| Problem::invalid(&invalid))?;
    let (caller, answer) = tokio::sync::oneshot::channel();
    if app.traffic.try_send(Batch { reports, caller }).is_err() {
        app.metrics.requests_turned_away.inc();
        return Err(Problem::busy("The traffic service's queue is full; nothing of this batch was taken."));
    }
    match tokio::time::timeout(app.timeout(), answer).await {
        Ok(Ok(Ok(edges))) => Ok((StatusCode::OK, Json(Applied { edges }))),
        Ok(Ok(Err(error))) => Err(Problem::invalid(&invalid(&error))),
        Ok(Err(_)) => Err(Problem::draining()),
        Err(_) => Err(Problem::timeout()),
    }
}

/// The edges whose speed is reported, observed or inferred, as of the newest metric.
#[utoipa::path(get, path = "/v1/traffic", tag = "road", responses((status = 200, body = TrafficView)))]
pub(super) async fn read(State(app): State<App>) -> Json<TrafficView> {
    let view = app.traffic_view.borrow().clone();
    Json(TrafficView::clone(&view))
}

impl Report {
    fn read(&self, index: usize) -> Result<SpeedReport, Invalid> {
        let field = |name: &str| format!("reports[{index}].{name}");
        let on = match (self.edge, self.way) {
            (Some(edge), None) => Subject::Edge(EdgeId(edge)),
            (None, Some(way)) => {
                Subject::Way(way, self.direction.map(|direction| matches!(direction, WayDirection::Forward)))
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
            self.until.parse().map_err(|_| Invalid::new(field("until"), &self.until, Rule::Rfc3339))?;
        Ok(SpeedReport { on, kmh: self.kmh, until })
    }
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
