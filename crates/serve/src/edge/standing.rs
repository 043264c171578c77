//! Whether a node may have artefacts: the one place where that is said, for all doors.

use crate::artefacts::{NodeGate, Standing};
use crate::http::App;
use paceline_engine::edge::{Edge, NodeRow};
use std::sync::Arc;

/// Asks the read model of a region, which is never behind what anybody was told.
pub(super) fn gate(app: App<Edge>) -> NodeGate {
    Arc::new(move |node| {
        let app = app.clone();
        Box::pin(async move { app.view.read(|model| standing(model.nodes.get(&node))).await })
    })
}

fn standing(row: Option<&NodeRow>) -> Standing {
    match row {
        None => Standing::Unknown,
        Some(row) => row.distrust().map_or(Standing::Trusted, Standing::Untrusted),
    }
}
