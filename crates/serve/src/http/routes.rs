//! Which handler answers which operation. Methods and paths are the operations' own, so that nothing is served that the
//! document does not describe.

use super::app::App;
use super::bikes::FeedAsked;
use super::process::{self, Process};
use super::{
    artefacts, bikes, edge, errors, federation, hand_overs, link, links, lists, oci, orders, pages, policy,
    road, sites, stream, telemetry, traffic, vehicles,
};
use crate::artefacts::{NodeGates, Shelf};
use crate::auth::{self, Gate};
use crate::bikes::{GbfsName, Published};
use crate::kind::Kind;
use crate::problem::Problem;
use crate::streets::OnStreets;
use axum::Router;
use axum::handler::Handler;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{MethodFilter, on};
use paceline_api::Code;
use paceline_api::operation::{self as op, Method, Operation};
use paceline_engine::bikes::Bikes;
use paceline_engine::edge::Edge;
use paceline_engine::federation::Federation;
use paceline_model::RegionId;
use std::sync::Arc;

/// Routes that are being laid, each behind its gate.
struct Routes<S> {
    router: Router<S>,
    /// The region that they lead to, or all.
    regions: Arc<[RegionId]>,
    /// Whether the region says to the public what it publishes.
    public: bool,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Lets `handler` answer an operation.
    fn on<T: 'static>(self, operation: &'static Operation, handler: impl Handler<T, S>) -> Self {
        let method = match operation.method {
            Method::Get => MethodFilter::GET,
            Method::Put => MethodFilter::PUT,
            Method::Post => MethodFilter::POST,
            Method::Delete => MethodFilter::DELETE,
        };
        let gate = Gate { operation, regions: self.regions.clone(), public: self.public };
        let gated = on(method, handler).route_layer(from_fn_with_state(gate, auth::pass));
        Self { router: self.router.route(operation.path, gated), ..self }
    }

    fn with(self, state: S) -> Router {
        self.router
            .method_not_allowed_fallback(|| async {
                Problem::new(Code::E0105, "This path is served, but not with this method.")
            })
            .with_state(state)
    }
}

/// All that can be asked of a region whose vehicles are dispatched.
pub(crate) fn fleet_region(name: RegionId, app: App) -> Router {
    as_a_whole(road_network(fleet(of(name)))).with(app).fallback(nothing_here)
}

/// All that can be asked of a region of edge nodes.
pub(crate) fn edge_region(name: RegionId, app: App<Edge>) -> Router {
    of_any_kind(of(name))
        .on(&op::LIST_NODES, edge::list_nodes)
        .on(&op::READ_NODE, edge::read_node)
        .on(&op::PUT_NODE, edge::put_node)
        .on(&op::REMOVE_NODE, edge::remove_node)
        .on(&op::CORDON, edge::cordon)
        .on(&op::DRAIN, edge::drain)
        .on(&op::UNCORDON, edge::uncordon)
        .on(&op::ADMIT_DEVICE, edge::admit_device)
        .on(&op::REPORT_NODES, edge::report)
        .on(&op::AWAIT_PLACEMENTS, edge::await_placements)
        .on(&op::ISSUE_TOKEN, edge::issue_token)
        .on(&op::ENROL_NODE, edge::enrol)
        .on(&op::FINISH_ENROLMENT, edge::finish_enrolment)
        .on(&op::CHALLENGE_NODE, edge::challenge)
        .on(&op::PROVE_NODE, edge::prove)
        .on(&op::READMIT_NODE, edge::readmit)
        .on(&op::LIST_MODELS, edge::list_models)
        .on(&op::READ_MODEL, edge::read_model)
        .on(&op::PUT_MODEL, edge::put_model)
        .on(&op::REMOVE_MODEL, edge::remove_model)
        .on(&op::LIST_WORKLOADS, edge::list_workloads)
        .on(&op::READ_WORKLOAD, edge::read_workload)
        .on(&op::PUT_WORKLOAD, edge::put_workload)
        .on(&op::REMOVE_WORKLOAD, edge::remove_workload)
        .on(&op::LIST_PLACEMENTS, edge::list_placements)
        .on(&op::EXPLAIN_PLACEMENT, edge::explain)
        .on(&op::WHAT_IF, edge::what_if)
        .on(&op::PLACEMENT_POLICY, edge::read_policy)
        .on(&op::READ_CAPACITY, edge::read_capacity)
        .on(&op::PLAN_DEFRAGMENTATION, edge::plan_moves)
        .on(&op::START_DEFRAGMENTATION, edge::start_moves)
        .on(&op::READ_DEFRAGMENTATION, edge::read_moves)
        .on(&op::STOP_DEFRAGMENTATION, edge::stop_moves)
        .on(&op::PLAN_ROLLOUT, edge::plan_rollout)
        .on(&op::START_ROLLOUT, edge::start_rollout)
        .on(&op::LIST_ROLLOUTS, edge::list_rollouts)
        .on(&op::READ_ROLLOUT, edge::read_rollout)
        .on(&op::PAUSE_ROLLOUT, edge::pause_rollout)
        .on(&op::RESUME_ROLLOUT, edge::resume_rollout)
        .on(&op::ABORT_ROLLOUT, edge::abort_rollout)
        .on(&op::PROMOTE_ROLLOUT, edge::promote_rollout)
        .with(app)
        .fallback(nothing_here)
}

/// All that can be asked of a federation.
pub(crate) fn federation_region(name: RegionId, app: App<Federation>) -> Router {
    of_any_kind(of(name))
        .on(&op::LIST_CLUSTERS, federation::list_clusters)
        .on(&op::READ_CLUSTER, federation::read_cluster)
        .on(&op::PUT_CLUSTER, federation::put_cluster)
        .on(&op::REMOVE_CLUSTER, federation::remove_cluster)
        .on(&op::CORDON_CLUSTER, federation::cordon_cluster)
        .on(&op::DRAIN_CLUSTER, federation::drain_cluster)
        .on(&op::UNCORDON_CLUSTER, federation::uncordon_cluster)
        .on(&op::LIST_FEDERATED_WORKLOADS, federation::list_workloads)
        .on(&op::READ_FEDERATED_WORKLOAD, federation::read_workload)
        .on(&op::PUT_FEDERATED_WORKLOAD, federation::put_workload)
        .on(&op::REMOVE_FEDERATED_WORKLOAD, federation::remove_workload)
        .on(&op::REBALANCE_FEDERATED_WORKLOAD, federation::rebalance_workload)
        .on(&op::EXPLAIN_FEDERATED_WORKLOAD, federation::explain_workload)
        .with(app)
        .fallback(nothing_here)
}

/// All that can be asked of a region of shared bikes.
pub(crate) fn bikes_region(name: RegionId, app: App<Bikes>) -> Router {
    let public = app.own.published.as_ref().is_some_and(Published::is_public);
    let routes = Routes { public, ..of(name) };
    of_any_kind(road_network(published(routes)))
        .on(&op::LIST_STATIONS, bikes::list_stations)
        .on(&op::READ_STATION, bikes::read_station)
        .on(&op::PUT_STATION, bikes::put_station)
        .on(&op::REMOVE_STATION, bikes::remove_station)
        .on(&op::CLOSE_STATION, bikes::close_station)
        .on(&op::OPEN_STATION, bikes::open_station)
        .on(&op::EXPLAIN_STATION, bikes::explain_station)
        .on(&op::TAKE_STOCK, bikes::take_stock)
        .on(&op::TAKE_BIKES, bikes::take_bikes)
        .on(&op::LIST_HOTSPOTS, bikes::list_hotspots)
        .on(&op::LIST_VANS, bikes::list_vans)
        .on(&op::READ_VAN, bikes::read_van)
        .on(&op::PUT_VAN, bikes::put_van)
        .on(&op::REMOVE_VAN, bikes::remove_van)
        .on(&op::REPORT_CREW, bikes::report_crew)
        .on(&op::LOCATE_VAN, bikes::locate_van)
        .on(&op::LIST_WORK_ORDERS, bikes::list_work_orders)
        .on(&op::READ_WORK_ORDER, bikes::read_work_order)
        .on(&op::EXPLAIN_WORK_ORDER, bikes::explain_work_order)
        .on(&op::WITHDRAW_WORK_ORDER, bikes::withdraw_work_order)
        .with(app)
        .fallback(nothing_here)
}

/// The feed of a region of shared bikes.
fn published(routes: Routes<App<Bikes>>) -> Routes<App<Bikes>> {
    routes
        .on(&op::GBFS_INDEX, |asked: FeedAsked| asked.file(GbfsName::Index))
        .on(&op::GBFS_VERSIONS, |asked: FeedAsked| asked.file(GbfsName::Versions))
        .on(&op::GBFS_SYSTEM, |asked: FeedAsked| asked.file(GbfsName::System))
        .on(&op::GBFS_VEHICLE_TYPES, |asked: FeedAsked| asked.file(GbfsName::VehicleTypes))
        .on(&op::GBFS_STATIONS, |asked: FeedAsked| asked.file(GbfsName::Stations))
        .on(&op::GBFS_STATUS, |asked: FeedAsked| asked.file(GbfsName::Status))
        .on(&op::GBFS_VEHICLES, |asked: FeedAsked| asked.file(GbfsName::Vehicles))
}

/// Routes of one region, of which there is none yet.
fn of<S: Clone + Send + Sync + 'static>(name: RegionId) -> Routes<S> {
    Routes { router: Router::new(), regions: [name].into(), public: false }
}

async fn nothing_here() -> Problem {
    Problem::new(Code::E0104, "Nothing is served here.")
}

/// All that can be asked of the process.
pub(super) fn process(process: Process) -> Router {
    let regions = process.regions.all().into();
    Routes { router: Router::new(), regions, public: false }
        .on(&op::CONSOLE, process::console)
        .on(&op::HEALTHZ, process::healthz)
        .on(&op::READYZ, process::readyz)
        .on(&op::REGIONS, process::regions)
        .on(&op::METRICS, process::metrics)
        .on(&op::OPENAPI, process::openapi)
        .on(&op::OPEN_LINK, links::open)
        .on(&op::PROBLEMS, errors::list)
        .on(&op::ERROR_PAGE, errors::page)
        .with(process)
}

/// All that can be asked of the artefacts that the process keeps, if it keeps any.
pub(super) fn artefacts(shelf: Option<Arc<Shelf>>, gates: NodeGates) -> Router {
    let kept = artefacts::Kept { shelf, gates };
    let registry = Routes { router: Router::new(), regions: [].into(), public: false }
        .on(&op::OCI_BASE, oci::base)
        .on(&op::OCI_TAGS, oci::tags)
        .on(&op::OCI_MANIFEST, oci::manifest)
        .on(&op::OCI_BLOB, oci::blob)
        .with(kept.clone())
        .layer(map_response(oci::in_its_words));
    Routes { router: Router::new(), regions: [].into(), public: false }
        .on(&op::LIST_ARTEFACTS, artefacts::list)
        .on(&op::READ_MANIFEST, artefacts::manifest)
        .on(&op::READ_CONTENT, artefacts::content)
        .on(&op::PUT_ARTEFACT, artefacts::put)
        .on(&op::POST_CHUNK, artefacts::put_chunk)
        .on(&op::REMOVE_ARTEFACT, artefacts::remove)
        .with(kept)
        .merge(registry)
}

fn fleet(routes: Routes<App>) -> Routes<App> {
    routes
        .on(&op::PLACE_ORDER, orders::place)
        .on(&op::READ_ORDER, orders::read)
        .on(&op::CANCEL_ORDER, orders::cancel)
        .on(&op::EXPLAIN_ORDER, orders::explain)
        .on(&op::LIST_ORDERS, lists::orders)
        .on(&op::LIST_VEHICLES, lists::vehicles)
        .on(&op::PUT_VEHICLE, vehicles::put)
        .on(&op::READ_VEHICLE, vehicles::read)
        .on(&op::RETIRE_VEHICLE, vehicles::retire)
        .on(&op::HAND_OVER, hand_overs::begin)
        .on(&op::RECEIVE_HAND_OVER, hand_overs::receive)
        .on(&op::READ_HAND_OVERS, hand_overs::read)
        .on(&op::READ_OUTLOOK, hand_overs::outlook)
        .on(&op::STREAM_VEHICLE, link::stream)
        .on(&op::REPORT_LINES, link::positions)
        .on(&op::ACCEPT, vehicles::accept)
        .on(&op::DECLINE, vehicles::decline)
        .on(&op::ARRIVED, vehicles::arrived)
        .on(&op::PICKED_UP, vehicles::picked_up)
        .on(&op::DROPPED_OFF, vehicles::dropped_off)
        .on(&op::FAULT, vehicles::fault)
        .on(&op::RECOVER, vehicles::recover)
        .on(&op::PLUG_IN, vehicles::plug_in)
        .on(&op::UNPLUG, vehicles::unplug)
        .on(&op::REPORT_POSITIONS, telemetry::post)
        .on(&op::LIST_CHARGERS, lists::chargers)
        .on(&op::PUT_CHARGER, sites::put_charger)
        .on(&op::READ_CHARGER, sites::read_charger)
        .on(&op::LIST_GEOFENCES, lists::geofences)
        .on(&op::READ_GEOFENCE, sites::read_geofence)
        .on(&op::PUT_GEOFENCE, sites::put_geofence)
}

/// Its streets, and what is said of their speeds.
fn road_network<W: OnStreets>(routes: Routes<App<W>>) -> Routes<App<W>> {
    routes
        .on(&op::STREETS, pages::roads::<W>)
        .on(&op::TRAFFIC, traffic::read::<W>)
        .on(&op::REPORT_SPEEDS, traffic::post::<W>)
        .on(&op::ROUTE, road::route::<W>)
        .on(&op::TABLE, road::table::<W>)
        .on(&op::NEAREST, road::nearest::<W>)
        .on(&op::REACH, road::isochrone::<W>)
        .on(&op::MATCH, road::trace::<W>)
}

fn as_a_whole(routes: Routes<App>) -> Routes<App> {
    of_any_kind(routes).on(&op::WORLD, pages::world).on(&op::POLICY, policy::read)
}

/// What can be asked of a region of any kind.
fn of_any_kind<W: Kind>(routes: Routes<App<W>>) -> Routes<App<W>> {
    routes
        .on(&op::READYZ, pages::readyz::<W>)
        .on(&op::METRICS, pages::metrics::<W>)
        .on(&op::STREAM, stream::open::<W>)
}
