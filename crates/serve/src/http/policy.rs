//! What decisions are made by at present, and what a shadow policy would do.

use super::app::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use paceline_api::PolicyView;
use paceline_plan::Policies;

/// What decisions are made by at present, and what a shadow policy would have done otherwise.
pub(super) async fn read(State(app): State<App>) -> Result<Json<PolicyView>, Problem> {
    let at = app.clock.now();
    let options = app.region.look(|fleet| fleet.options().clone()).await?;
    let shadow = options.shadow_policy.clone().map(Policies::from);
    Ok(Json(PolicyView {
        now: options.policies_at(at).names().to_vec(),
        options: serde_json::to_value(&options).unwrap_or_default(),
        shadow: app.shadow.shown(shadow.as_ref()),
    }))
}
