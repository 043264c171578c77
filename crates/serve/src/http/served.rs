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

/// Asks a region whether it has room for new work; asked once for each piece.
type NewWork = Arc<dyn Fn() -> Result<(), Problem> + Send + Sync>;

/// A region with its routes.
#[derive(Clone)]
pub(crate) struct ServedRegion {
    pub(crate) name: RegionId,
    pub(crate) kind: RegionKind,
    pub(crate) router: Router,
    pub(crate) ready: Ready,
    pub(crate) new_work: NewWork,
    /// Who says which nodes get artefacts. `None`: it has no nodes.
    pub(crate) nodes: Option<NodeGate>,
}

impl ServedRegion {
    /// A region that `router` answers for.
    pub(crate) fn new<W: Kind>(name: RegionId, router: Router, app: App<W>) -> Self {
        let new_work = new_work(app.clone());
        Self { name, kind: W::KIND, router, ready: ready(app), new_work, nodes: None }
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

fn new_work<W: Kind>(app: App<W>) -> NewWork {
    Arc::new(move || {
        app.load_shedder.admit().map_err(Problem::shedding)?;
        app.region.has_room()
    })
}
