//! Lists of an edge region, in pages, each with its filters.

use crate::auth::Who;
use crate::edge::{self, EdgeModel};
use crate::http::app::App;
use crate::http::body::Asked;
use crate::http::lists::{Page, PageQuery, fill, following, limit, name, read, words};
use crate::problem::Problem;
use axum::extract::{RawQuery, State};
use paceline_api::edge::{ModelView, NodeView, PlacementView, ReplicaPhase, WorkloadView};
use paceline_engine::edge::{Edge, NodeRow, Replica, WorkloadRow};
use paceline_model::edge::{Condition, ModelId, NodeId, ReplicaId, ReplicaPhase as Phase, WorkloadId};
use serde::Deserialize;
use std::ops::Bound;

/// Which nodes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NodeQuery {
    zone: Option<String>,
    condition: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// Which workloads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct WorkloadQuery {
    model: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// Which replicas.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct PlacementQuery {
    workload: Option<String>,
    node: Option<String>,
    phase: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// What may be wrong with a node.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wrong {
    Silent,
    Hot,
    Heating,
    LowBattery,
    Cordoned,
}

impl Wrong {
    fn is_of(self, node: &NodeRow) -> bool {
        match self {
            Self::Silent => node.is_silent(),
            Self::Hot => node.is_hot(),
            Self::Heating => node.is_heating(),
            Self::LowBattery => node.conditions.contains(&Condition::LowBattery),
            Self::Cordoned => node.cordoned,
        }
    }
}

/// All nodes by name.
pub(in crate::http) async fn list_nodes(
    State(app): State<App<Edge>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<NodeQuery>,
) -> Result<Page<NodeView>, Problem> {
    let (limit, wrong) = (limit(query.limit)?, words::<Wrong>("condition", query.condition.as_deref())?);
    let (after, now) = (name(query.after.as_deref(), NodeId::new)?, app.clock.now());
    let page = |model: &EdgeModel| {
        let wanted = |(_, row): &(&NodeId, &NodeRow)| {
            let zone = row.spec.place.zone.as_ref().map(|zone| zone.as_str());
            query.zone.as_deref().is_none_or(|wanted| zone == Some(wanted))
                && (wrong.is_empty() || wrong.iter().any(|wrong| wrong.is_of(row)))
        };
        let rows = model.nodes.range(following(after.as_ref()));
        fill(rows, limit, wanted, |(id, _)| id.to_string(), |(_, row)| edge::node(row, now))
    };
    read(&app, raw, page).await
}

/// All models by name.
pub(in crate::http) async fn list_models(
    State(app): State<App<Edge>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PageQuery>,
) -> Result<Page<ModelView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), ModelId::new)?);
    let page = |model: &EdgeModel| {
        let rows = model.models.range(following(after.as_ref()));
        fill(rows, limit, |_| true, |(id, _)| id.to_string(), |(_, spec)| ModelView::from(&***spec))
    };
    read(&app, raw, page).await
}

/// All workloads by name.
pub(in crate::http) async fn list_workloads(
    State(app): State<App<Edge>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<WorkloadQuery>,
) -> Result<Page<WorkloadView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), WorkloadId::new)?);
    let runs = name(query.model.as_deref(), ModelId::new)?;
    let page = |model: &EdgeModel| {
        let wanted = |(_, row): &(&WorkloadId, &WorkloadRow)| {
            runs.as_ref().is_none_or(|model| row.spec.model == *model)
        };
        let rows = model.workloads.range(following(after.as_ref()));
        fill(rows, limit, wanted, |(id, _)| id.to_string(), |(_, row)| edge::workload(row))
    };
    read(&app, raw, page).await
}

/// All replicas, by workload and number.
pub(in crate::http) async fn list_placements(
    State(app): State<App<Edge>>,
    who: Who,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PlacementQuery>,
) -> Result<Page<PlacementView>, Problem> {
    let (limit, phases) = (limit(query.limit)?, words::<ReplicaPhase>("phase", query.phase.as_deref())?);
    let workload = name(query.workload.as_deref(), WorkloadId::new)?;
    let node = name(query.node.as_deref(), NodeId::new)?;
    node.as_ref().map_or(Ok(()), |node| who.speak_for_node(node))?;
    let node = node.or_else(|| who.node().cloned());
    let after: Option<ReplicaId> = query.after.as_deref().map(str::parse).transpose()?;
    let page = |model: &EdgeModel| {
        let wanted = |(id, replica): &(ReplicaId, &Replica)| {
            (phases.is_empty() || phases.contains(&replica.phase.into()))
                && workload.as_ref().is_none_or(|workload| id.workload == *workload)
        };
        let page = |rows: &mut dyn Iterator<Item = (ReplicaId, &Replica)>| {
            fill(rows, limit, wanted, |(id, _)| id.to_string(), |(id, row)| edge::placement(id, row))
        };
        match &node {
            Some(node) => page(&mut on_node(model, node, after.as_ref())),
            None => page(&mut replicas(model, workload.as_ref(), after.as_ref())),
        }
    };
    read(&app, raw, page).await
}

/// Replicas on a node in their order, those that come after one.
fn on_node<'a>(
    model: &'a EdgeModel,
    node: &NodeId,
    after: Option<&'a ReplicaId>,
) -> impl Iterator<Item = (ReplicaId, &'a Replica)> {
    let ids = model.assigned.replicas(node, after);
    ids.filter_map(|id| Some((id.clone(), model.replica(id)?)))
}

/// Replicas in their order, of one workload or of all, those that come after one.
fn replicas<'a>(
    model: &'a EdgeModel,
    of: Option<&'a WorkloadId>,
    after: Option<&'a ReplicaId>,
) -> impl Iterator<Item = (ReplicaId, &'a Replica)> {
    let from = of.max(after.map(|after| &after.workload)).map_or(Bound::Unbounded, Bound::Included);
    let workloads = model.workloads.range::<WorkloadId, _>((from, Bound::Unbounded));
    let wanted = workloads.take_while(move |(id, _)| of.is_none_or(|of| *id <= of));
    wanted.flat_map(move |(id, row)| {
        let seen = after.filter(|after| after.workload == *id).map_or(0, |after| after.ordinal as usize + 1);
        let numbered = (0..).zip(&row.replicas).skip(seen);
        let wanted = numbered.filter(|(_, replica)| replica.phase != Phase::Ended);
        wanted.map(|(ordinal, replica)| (ReplicaId { workload: id.clone(), ordinal }, replica))
    })
}
