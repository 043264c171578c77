//! Nodes: put, read, cordoned, drained, removed, and their devices let in.

use crate::auth::Who;
use crate::edge;
use crate::http::app::App;
use crate::http::body::{Body, Key};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::edge::{DeviceRef, NewNode, NodeView};
use paceline_api::{Accepted, Nothing};
use paceline_engine::edge::Edge;
use paceline_model::edge::{Command, DeviceUuid, NodeId};

/// Registers a node, or changes what a known one is.
pub(in crate::http) async fn put_node(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewNode>,
) -> Result<Json<Accepted>, Problem> {
    let spec = NodeId::new(&text).and_then(|id| body.spec(id))?;
    key.tell(&app, text, Command::PutNode(spec)).await
}

/// How a node stands.
pub(in crate::http) async fn read_node(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
) -> Result<Json<NodeView>, Problem> {
    let id = NodeId::new(&text)?;
    let now = app.clock.now();
    let found = app.view.read(|model| model.nodes.get(&id).map(|row| edge::node(row, now))).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("node", &text))
}

/// Takes a node out that runs nothing.
pub(in crate::http) async fn remove_node(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::RemoveNode(NodeId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Nothing new is placed there.
pub(in crate::http) async fn cordon(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::Cordon(NodeId::new(&text)?);
    key.tell(&app, text, command).await
}

/// What runs there moves away, too. A node may ask it for itself, before it goes.
pub(in crate::http) async fn drain(
    State(app): State<App<Edge>>,
    who: Who,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let node = NodeId::new(&text)?;
    who.speak_for_node(&node)?;
    key.tell(&app, text, Command::Drain(node)).await
}

/// Work may be placed there again.
pub(in crate::http) async fn uncordon(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::Uncordon(NodeId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Lets a device in that was lost too often.
pub(in crate::http) async fn admit_device(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(body, key): Body<DeviceRef>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::AdmitDevice(NodeId::new(&text)?, DeviceUuid::new(&body.device)?);
    key.tell(&app, text, command).await
}
