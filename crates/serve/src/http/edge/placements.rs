//! Why a replica is where it is, or nowhere, and what would become of others.

use crate::edge;
use crate::http::app::App;
use crate::http::body::{Asked, Body};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::edge::{NewWorkload, PlacementExplained, WhatIf};
use paceline_engine::Ledger;
use paceline_engine::edge::{Edge, Question};
use paceline_model::edge::{ReplicaId, WorkloadId};
use serde::Deserialize;

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
