//! Why a replica is where it is, or nowhere, and what would become of others.

use crate::auth::Who;
use crate::edge;
use crate::http::app::App;
use crate::http::body::{Asked, Body};
use crate::problem::Problem;
use crate::region::matters::Matters;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::edge::{NewWorkload, NodePlacements, PlacementExplained, WhatIf};
use paceline_engine::Ledger;
use paceline_engine::edge::{Edge, Question};
use paceline_model::edge::{NodeId, ReplicaId, WorkloadId};
use paceline_model::limits::{PLACEMENTS_WAIT_S_MAX, within};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;

/// How much is to be said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ExplainQuery {
    #[serde(default)]
    remedies: bool,
}

/// In figures and in words; with `remedies` what would help, too.
pub(in crate::http) async fn explain(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Asked(ExplainQuery { remedies }): Asked<ExplainQuery>,
) -> Result<Json<PlacementExplained>, Problem> {
    let id: ReplicaId = text.parse()?;
    let named = id.clone();
    let found = app.region.look(move |world| world.explain(&named)).await?;
    let found = found.ok_or_else(|| Problem::unknown("placement", &text))?;
    let mut explained = edge::explained(&found);
    if remedies {
        let question = move |ledger: &Ledger<Edge>| {
            // It may stay where it is, or has a node by now.
            ledger.what_helps(ledger.version(), &id).ok_or(())
        };
        let answer = app.own.questions.ask(&app.region, question, Question::answer);
        let help = answer.await?.ok().and_then(|answer| answer.help);
        explained.help = help.as_ref().map(Into::into);
    }
    Ok(Json(explained))
}

/// What would become of a workload that is not there.
pub(in crate::http) async fn what_if(
    State(app): State<App<Edge>>,
    Body(body, _): Body<NewWorkload>,
) -> Result<Json<WhatIf>, Problem> {
    // It has no name: nothing is kept of it.
    let spec = WorkloadId::new("what-if").and_then(|id| body.spec(id))?;
    let question = |ledger: &Ledger<Edge>| ledger.what_if(ledger.version(), spec);
    let answer = app.own.questions.ask(&app.region, question, Question::answer).await??;
    Ok(Json(WhatIf::from(&answer)))
}

/// What the caller knows, and how long it is ready to wait.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AwaitQuery {
    known: Option<String>,
    #[serde(default)]
    wait_s: u64,
}

/// What is placed on a node, once it is not what the caller knows. A wait costs its connection and nothing else: it has no task of its own, and ends with
/// the connection, with the node, and with the server.
pub(in crate::http) async fn await_placements(
    State(app): State<App<Edge>>,
    who: Who,
    Path(text): Path<String>,
    Asked(AwaitQuery { known, wait_s }): Asked<AwaitQuery>,
) -> Result<Json<NodePlacements>, Problem> {
    let node = NodeId::new(&text)?;
    who.speak_for_node(&node)?;
    within("wait_s", wait_s as f64, (0.0, PLACEMENTS_WAIT_S_MAX as f64))?;
    let until = Instant::now() + Duration::from_secs(wait_s);
    app.region.in_time(Matters::Read)?;
    loop {
        let found = app.view.read(|model| model.on_node(&node)).await?;
        let mut found = found.ok_or_else(|| Problem::unknown("node", &text))?;
        if known.as_ref() != Some(&found.revision) {
            let (revision, placements) = (found.revision, Some(found.placements));
            return Ok(Json(NodePlacements { revision, placements }));
        }
        let over = tokio::select! {
            biased;
            () = app.region.closing.cancelled() => true,
            // An error means that the node is gone or was read anew: the next look says which.
            woken = tokio::time::timeout_at(until, found.changed.changed()) => woken.is_err(),
        };
        if over {
            return Ok(Json(NodePlacements { revision: found.revision, placements: None }));
        }
    }
}
