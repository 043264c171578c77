//! Parameters of operations beside those of their paths: the query and the headers that they read.

use crate::content::SchemaOf;
use crate::operation::{
    AWAIT_PLACEMENTS, EXPLAIN_PLACEMENT, LIST_CHARGERS, LIST_CLUSTERS, LIST_FEDERATED_WORKLOADS,
    LIST_GEOFENCES, LIST_HOTSPOTS, LIST_MODELS, LIST_NODES, LIST_ORDERS, LIST_PLACEMENTS, LIST_STATIONS,
    LIST_VANS, LIST_VEHICLES, LIST_WORK_ORDERS, LIST_WORKLOADS, Method, OPEN_LINK, Operation, READ_OUTLOOK,
    Repeat, STREAM,
};
use crate::schema;
use crate::world::RegionKind;
use paceline_model::limits::{LISTED_MAX, PLACEMENTS_WAIT_S_MAX};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// Parameters beside the path's own, by operation: the query and the headers that it reads.
pub(crate) fn parameters(of: &Operation) -> Vec<Parameter> {
    let mut all = Vec::new();
    if is_paged(of) {
        all.extend(of_list(of));
    }
    if of.path == STREAM.path {
        all.push(Parameter::query(
            "last_event_id",
            SchemaOf::of::<u64>(),
            "The same, for clients that cannot set a header.",
        ));
        all.push(Parameter::header(
            "Last-Event-ID",
            SchemaOf::of::<u64>(),
            "The version of the last change seen.",
        ));
    }
    if of.path == EXPLAIN_PLACEMENT.path {
        let says = "Whether to look for what would help, where there is no node; `false` if left out, since it takes a hundred times as long.";
        all.push(Parameter::query("remedies", SchemaOf::of::<bool>(), says));
    }
    if of.path == AWAIT_PLACEMENTS.path {
        let says = "The `revision` that the caller knows; left out, all is answered at once.";
        all.push(Parameter::query("known", SchemaOf::of::<String>(), says));
        let says = "Longest that is waited for another one, in seconds; 0 if left out.";
        all.push(Parameter::query("wait_s", SchemaOf::of::<WaitSeconds>(), says));
    }
    if of.path == OPEN_LINK.path {
        let says = "The region that its frames are for; left out, the only one.";
        all.push(Parameter::query("region", SchemaOf::of::<String>(), says));
    }
    if of.path == READ_OUTLOOK.path {
        let says = "Whether vehicles are told, too; `false` if left out: where nobody needs one, nobody asks for them.";
        all.push(Parameter::query("spares", SchemaOf::of::<bool>(), says));
    }
    if of.repeat == Repeat::Keyed {
        let says = "Repeat with the same key: the same answer, and no second effect. In quotes, or bare.";
        all.push(Parameter::header("Idempotency-Key", SchemaOf::of::<KeyHeader>(), says));
    }
    all
}

/// Whether an operation answers a list in pages.
pub(crate) fn is_paged(of: &Operation) -> bool {
    let lists = [
        LIST_ORDERS,
        LIST_VEHICLES,
        LIST_CHARGERS,
        LIST_GEOFENCES,
        LIST_NODES,
        LIST_MODELS,
        LIST_WORKLOADS,
        LIST_PLACEMENTS,
        LIST_STATIONS,
        LIST_HOTSPOTS,
        LIST_VANS,
        LIST_WORK_ORDERS,
        LIST_CLUSTERS,
        LIST_FEDERATED_WORKLOADS,
    ];
    of.method == Method::Get && lists.iter().any(|list| list.path == of.path)
}

/// What may be asked of a list.
fn of_list(of: &Operation) -> Vec<Parameter> {
    let (text, id, time) = (SchemaOf::of::<String>, SchemaOf::of::<schema::Id>, SchemaOf::of::<schema::Time>);
    let limit = Parameter::query("limit", SchemaOf::of::<PageLimit>(), "How many at most; 100 if left out.");
    let after = Parameter::query("after", id(), "The name before the first one wanted.");
    if of.path == LIST_VEHICLES.path {
        let says = "Only vehicles that do this; several with commas between them.";
        return vec![Parameter::query("job", text(), says), after, limit];
    }
    match of.kind {
        Some(RegionKind::Edge) => return of_edge_list(of).into_iter().chain([after, limit]).collect(),
        Some(RegionKind::Bikes) => return of_bikes_list(of).into_iter().chain([after, limit]).collect(),
        Some(RegionKind::Federation) => return vec![after, limit],
        Some(RegionKind::Fleet) | None => {}
    }
    if of.path != LIST_ORDERS.path {
        return vec![after, limit];
    }
    vec![
        Parameter::query("state", text(), "Only orders that stand so; several with commas between them."),
        Parameter::query("vehicle", id(), "Only orders that this vehicle has, or served."),
        Parameter::query("placed_from", time(), "Only orders that were placed then or later."),
        Parameter::query("placed_until", time(), "Only orders that were placed before."),
        Parameter::query("after", text(), "Where the page before ended: from its `Link`."),
        limit,
    ]
}

/// What may be asked of a list of an edge region, beside its pages.
fn of_edge_list(of: &Operation) -> Vec<Parameter> {
    let (text, id) = (SchemaOf::of::<String>, SchemaOf::of::<schema::Id>);
    match of.path {
        path if path == LIST_NODES.path => vec![
            Parameter::query("zone", text(), "Only nodes of this zone."),
            Parameter::query(
                "condition",
                text(),
                "Only nodes that are `silent`, `hot`, `heating`, `low_battery` or `cordoned`; several with commas between them.",
            ),
        ],
        path if path == LIST_WORKLOADS.path => {
            vec![Parameter::query("model", id(), "Only workloads that run this model.")]
        }
        path if path == LIST_PLACEMENTS.path => vec![
            Parameter::query("workload", id(), "Only replicas of this workload."),
            Parameter::query("node", id(), "Only replicas on this node."),
            Parameter::query(
                "phase",
                text(),
                "Only replicas that are `pending` or `placed`; several with commas between them.",
            ),
        ],
        _ => Vec::new(),
    }
}

/// What may be asked of a list of a bikes region, beside its pages.
fn of_bikes_list(of: &Operation) -> Vec<Parameter> {
    let (text, id) = (SchemaOf::of::<String>, SchemaOf::of::<schema::Id>);
    match of.path {
        path if path == LIST_STATIONS.path => vec![Parameter::query(
            "hotspot",
            text(),
            "Only stations that are `empty`, `full`, `below_least`, `gives_none` or have `docks_broken`; several with commas between them.",
        )],
        path if path == LIST_WORK_ORDERS.path => vec![
            Parameter::query(
                "phase",
                text(),
                "Only orders that are `proposed`, `issued`, `accepted`, `under_way`, `done` or `withdrawn`; several with commas between them.",
            ),
            Parameter::query("van", id(), "Only orders that this van has."),
            Parameter::query("station", id(), "Only orders for this station."),
        ],
        _ => Vec::new(),
    }
}

/// A parameter that may be left out.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) in_header: bool,
    pub(crate) schema: SchemaOf,
    pub(crate) says: &'static str,
}

impl Parameter {
    const fn query(name: &'static str, schema: SchemaOf, says: &'static str) -> Self {
        Self { name, in_header: false, schema, says }
    }
    const fn header(name: &'static str, schema: SchemaOf, says: &'static str) -> Self {
        Self { name, in_header: true, schema, says }
    }
}

/// An idempotency key, in quotes or bare.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyHeader {}

impl PartialSchema for KeyHeader {
    fn schema() -> RefOr<Schema> {
        Schema::from(schema::quoted_or_bare()).into()
    }
}

impl ToSchema for KeyHeader {}

/// How many rows a page may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PageLimit {}

impl PartialSchema for PageLimit {
    fn schema() -> RefOr<Schema> {
        Schema::from(schema::integer(1, LISTED_MAX as u64)).into()
    }
}

impl ToSchema for PageLimit {}

/// How long a caller may wait for other placements.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WaitSeconds {}

impl PartialSchema for WaitSeconds {
    fn schema() -> RefOr<Schema> {
        Schema::from(schema::integer(0, PLACEMENTS_WAIT_S_MAX)).into()
    }
}

impl ToSchema for WaitSeconds {}
