//! What nodes report, in batches: checked whole, then taken whole.

use crate::auth::{Arrival, Who};
use crate::edge::Speaker;
use crate::http::app::App;
use crate::http::body::Body;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use paceline_api::Code;
use paceline_api::edge::{NodeReport, NodeReportsTaken};
use paceline_engine::edge::Edge;
use paceline_model::edge::{Command, NodeId, TrustState};
use paceline_model::{Invalid, Request, Rule};
use std::net::IpAddr;

/// Most errors told of one batch.
const ERRORS_MAX: usize = 20;

/// Takes a batch: all of it or nothing. A reading that cannot be is no error: it is taken, and not believed.
pub(in crate::http) async fn report(
    State(app): State<App<Edge>>,
    who: Who,
    arrival: Option<Extension<Arrival>>,
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
    let from = arrival.map(|Extension(arrival)| arrival.remote);
    for (item, report) in batch.iter().zip(&reports) {
        is_one_box(&app, item, &report.node, from).await?;
    }
    let taken = reports.len() as u64;
    if !app.own.reports.put(reports) {
        app.region.turned_away.inc();
        return Err(Problem::busy("Too many reports wait; nothing of this batch was taken."));
    }
    Ok((StatusCode::ACCEPTED, Json(NodeReportsTaken { taken, ahead, now })))
}

/// Errors: another box speaks in this node's name already; the region has been told.
async fn is_one_box(
    app: &App<Edge>,
    item: &NodeReport,
    node: &NodeId,
    from: Option<IpAddr>,
) -> Result<(), Problem> {
    let Some(of) = &item.incarnation else { return Ok(()) };
    let speaker = Speaker { boot: of.boot.clone(), devices: of.devices.iter().cloned().collect(), from };
    let why = match app.own.twins.hear(node, speaker) {
        Ok(is_new) => {
            if is_new {
                app.own.memory.note();
            }
            return Ok(());
        }
        Err(why) => why,
    };
    let id = node.clone();
    let state = app.view.read(move |model| model.nodes.get(&id).map(|row| row.trust.state)).await?;
    // Once, and not with each of its heartbeats.
    if state.is_some_and(|state| !matches!(state, TrustState::Contested | TrustState::Failed)) {
        tracing::warn!(%node, why, "two boxes speak in one name");
        let command = Command::ContestNode(node.clone(), why.clone());
        app.region.command(Request { command, key: None }).await?;
    }
    Err(Problem::new(Code::E0511, format!("Another box speaks in the name of {node}: {why}.")))
}
