//! Clusters: put, read, listed, cordoned, drained, removed.

use crate::federation::{self, FederationModel};
use crate::http::app::App;
use crate::http::body::{Asked, Body, Key};
use crate::http::lists::{Page, PageQuery, fill, following, limit, name, read};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use paceline_api::federation::{ClusterDrain, ClusterView, NewCluster};
use paceline_api::{Accepted, Nothing};
use paceline_engine::federation::Federation;
use paceline_model::federation::{ClusterId, Command};

/// All clusters by name.
pub(in crate::http) async fn list_clusters(
    State(app): State<App<Federation>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PageQuery>,
) -> Result<Page<ClusterView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), ClusterId::new)?);
    let page = |model: &FederationModel| {
        let shares = model.shares();
        let rows = model.clusters.range(following(after.as_ref()));
        fill(rows, limit, |_| true, |(id, _)| id.to_string(), |(_, row)| federation::cluster(row, &shares))
    };
    read(&app, raw, page).await
}

/// How a cluster stands.
pub(in crate::http) async fn read_cluster(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
) -> Result<Json<ClusterView>, Problem> {
    let id = ClusterId::new(&text)?;
    let found =
        app.view.read(|model| model.clusters.get(&id).map(|row| federation::cluster(row, &model.shares())));
    found.await?.map(Json).ok_or_else(|| Problem::unknown("cluster", &text))
}

/// Registers a cluster, or changes what a known one is.
pub(in crate::http) async fn put_cluster(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewCluster>,
) -> Result<Json<Accepted>, Problem> {
    let spec = ClusterId::new(&text).and_then(|id| body.spec(id))?;
    key.tell(&app, text, Command::PutCluster(spec)).await
}

/// Takes a cluster out that has nothing of the federation's.
pub(in crate::http) async fn remove_cluster(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::RemoveCluster(ClusterId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Nothing new goes there.
pub(in crate::http) async fn cordon_cluster(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::CordonCluster(ClusterId::new(&text)?);
    key.tell(&app, text, command).await
}

/// What is there goes elsewhere.
pub(in crate::http) async fn drain_cluster(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    Body(ClusterDrain { gone }, key): Body<ClusterDrain>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::DrainCluster(ClusterId::new(&text)?, gone);
    key.tell(&app, text, command).await
}

/// Work may go there again.
pub(in crate::http) async fn uncordon_cluster(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::UncordonCluster(ClusterId::new(&text)?);
    key.tell(&app, text, command).await
}
