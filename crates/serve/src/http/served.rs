//! A region as the process answers for it: of whatever kind, with routes of its own.

use super::app::App;
use crate::artefacts::NodeGate;
use crate::kind::Kind;
use crate::problem::Problem;
use axum::Router;
use futures_util::future::BoxFuture;
use paceline_api::RegionKind;
use paceline_model::RegionId;
use std::sync::Arc;

/// Asks a region whether it takes requests.
type Ready = Arc<dyn Fn() -> BoxFuture<'static, Result<String, Problem>> + Send + Sync>;

/// A region with its routes.
#[derive(Clone)]
pub(crate) struct ServedRegion {
    pub(crate) name: RegionId,
    pub(crate) kind: RegionKind,
    pub(crate) router: Router,
    pub(crate) ready: Ready,
    /// Who says which nodes get artefacts. `None`: it has no nodes.
    pub(crate) nodes: Option<NodeGate>,
}

impl ServedRegion {
    /// A region that `router` answers for.
    pub(crate) fn new<W: Kind>(name: RegionId, router: Router, app: App<W>) -> Self {
        Self { name, kind: W::KIND, router, ready: ready(app), nodes: None }
    }

    /// The same, with somebody who says which of its nodes get artefacts.
    pub(crate) fn with_nodes(self, gate: NodeGate) -> Self {
        Self { nodes: Some(gate), ..self }
    }
}

fn ready<W: Kind>(app: App<W>) -> Ready {
    Arc::new(move || {
        let app = app.clone();
        Box::pin(async move { app.ready().await })
    })
}
