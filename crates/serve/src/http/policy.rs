//! What decisions are made by at present, and what a shadow policy would do.

use super::App;
use crate::problem::Problem;
use crate::shadow::ShadowView;
use axum::Json;
use axum::extract::State;
use paceline_plan::Policies;
use serde::Serialize;
use utoipa::ToSchema;

/// How the fleet is run at present.
#[derive(Serialize, ToSchema)]
pub(crate) struct PolicyView {
    /// Names of the policies that hold now, the usual one first: `weighted`, or `weighted/airport` where the rule
    /// `airport` set it. Those behind the first hold for orders picked up in their areas.
    now: Vec<String>,
    /// All options of the fleet, as configured.
    #[schema(value_type = Object)]
    options: serde_json::Value,
    /// What the shadow policy would have done since it was set; null without one, and before its first round.
    shadow: Option<ShadowView>,
}

/// What decisions are made by at present, and what a shadow policy would have done otherwise.
#[utoipa::path(get, path = "/v1/policy", tag = "operation", responses((status = 200, body = PolicyView)))]
pub(super) async fn read(State(app): State<App>) -> Result<Json<PolicyView>, Problem> {
    let at = app.clock.now();
    let options = app.look(|fleet| fleet.options().clone()).await?;
    let shadow = options.shadow_policy.clone().map(Policies::from);
    Ok(Json(PolicyView {
        now: options.policies_at(at).names().to_vec(),
        options: serde_json::to_value(&options).unwrap_or_default(),
        shadow: app.metrics.shadow.shown(shadow.as_ref()),
    }))
}
