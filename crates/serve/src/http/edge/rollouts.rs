//! Rollouts: planned, started, followed and steered.

use crate::edge;
use crate::http::app::App;
use crate::http::body::{Body, Key};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::edge::{NewRollout, RolloutPause, RolloutPlanView, RolloutView, RolloutsView};
use paceline_api::{Accepted, Nothing};
use paceline_engine::edge::Edge;
use paceline_model::edge::{Command, RolloutOrder, WorkloadId};

/// What a rollout would do. Nothing is begun.
pub(in crate::http) async fn plan_rollout(
    State(app): State<App<Edge>>,
    Body(body, _): Body<NewRollout>,
) -> Result<Json<RolloutPlanView>, Problem> {
    let spec = body.spec()?;
    let planned = app.region.look(move |world| {
        let plan = world.plan_rollout(spec.clone())?;
        Ok(edge::rollout_planned(world, &spec, plan.as_ref()))
    });
    let planned: Result<_, paceline_model::edge::Refusal> = planned.await?;
    planned.map(Json).map_err(|refusal| paceline_api::Problem::from(&refusal).into())
}

/// Begins one.
pub(in crate::http) async fn start_rollout(
    State(app): State<App<Edge>>,
    Body(body, key): Body<NewRollout>,
) -> Result<Json<Accepted>, Problem> {
    let spec = body.spec()?;
    key.tell(&app, spec.workload.to_string(), Command::StartRollout(spec)).await
}

/// The last of each workload.
pub(in crate::http) async fn list_rollouts(
    State(app): State<App<Edge>>,
) -> Result<Json<RolloutsView>, Problem> {
    Ok(Json(app.region.look(|world| edge::rollouts(world)).await?))
}

/// How the one of a workload stands.
pub(in crate::http) async fn read_rollout(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
) -> Result<Json<RolloutView>, Problem> {
    let id = WorkloadId::new(&text)?;
    let found = app.region.look(move |world| world.rollout_status(&id)).await?;
    found.map(|status| Json(edge::rollout(&status))).ok_or_else(|| Problem::unknown("rollout", &text))
}

async fn steer(
    app: &App<Edge>,
    text: String,
    key: Key,
    order: RolloutOrder,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::SteerRollout(WorkloadId::new(&text)?, order);
    key.tell(app, text, command).await
}

/// Nobody gets it now.
pub(in crate::http) async fn pause_rollout(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(body, key): Body<RolloutPause>,
) -> Result<Json<Accepted>, Problem> {
    steer(&app, text, key, body.order()).await
}

/// It goes on.
pub(in crate::http) async fn resume_rollout(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    steer(&app, text, key, RolloutOrder::Resume).await
}

/// It goes back.
pub(in crate::http) async fn abort_rollout(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    steer(&app, text, key, RolloutOrder::Abort).await
}

/// It goes to all nodes, whatever its gate says.
pub(in crate::http) async fn promote_rollout(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    steer(&app, text, key, RolloutOrder::Promote).await
}
