//! What replicas are placed by at present, and what a shadow's weights would do.

use crate::http::app::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use paceline_api::edge::PlacementPolicyView;
use paceline_engine::edge::Edge;
use paceline_plan::edge::policy::PlacementPolicies;

/// What replicas are placed by at present, and what a shadow's weights would have done otherwise.
pub(in crate::http) async fn read_policy(
    State(app): State<App<Edge>>,
) -> Result<Json<PlacementPolicyView>, Problem> {
    let at = app.clock.now();
    let options = app.region.look(|world| world.options().clone()).await?;
    let shadow = options.shadow_placement.clone().map(PlacementPolicies::from);
    Ok(Json(PlacementPolicyView {
        now: options.policies_at(at).names(),
        options: serde_json::to_value(&options).unwrap_or_default(),
        shadow: app.own.shadow.shown(shadow.as_ref()),
    }))
}
