//! Moves for their own sake: planned, started, followed and stopped.

use crate::edge;
use crate::http::app::App;
use crate::http::body::{Body, Key};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use paceline_api::Accepted;
use paceline_api::edge::{
    DefragmentationPlanView, DefragmentationQuestion, DefragmentationView, NewDefragmentation,
};
use paceline_engine::Ledger;
use paceline_engine::edge::{Edge, Survey};
use paceline_model::edge::Command;
use paceline_plan::Budget;

/// What a command about it is answered about.
const NAME: &str = "defragmentation";

/// Moves that free GPUs, with their prices. Nothing moves.
pub(in crate::http) async fn plan_moves(
    State(app): State<App<Edge>>,
    Body(question, _): Body<DefragmentationQuestion>,
) -> Result<Json<DefragmentationPlanView>, Problem> {
    let moves_max = question.moves()?;
    let survey = |ledger: &Ledger<Edge>| Ok::<Survey, Problem>(ledger.survey(ledger.version()));
    let plan = move |survey: &Survey, budget: &mut Budget| survey.plan(moves_max, budget);
    let plan = app.own.questions.ask(&app.region, survey, plan).await??;
    Ok(Json(edge::planned(&plan)))
}

/// Makes moves, a few at a time.
pub(in crate::http) async fn start_moves(
    State(app): State<App<Edge>>,
    Body(body, key): Body<NewDefragmentation>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::StartDefragmentation(body.moves()?);
    key.tell(&app, NAME.into(), command).await
}

/// How far they have come.
pub(in crate::http) async fn read_moves(
    State(app): State<App<Edge>>,
) -> Result<Json<DefragmentationView>, Problem> {
    let known = app.region.look(|world| world.defragmentation().cloned()).await?;
    Ok(Json(known.as_ref().map(edge::defragmentation).unwrap_or_default()))
}

/// Makes no more of them.
pub(in crate::http) async fn stop_moves(
    State(app): State<App<Edge>>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    key.tell(&app, NAME.into(), Command::StopDefragmentation).await
}
