//! What can be asked of a region: each operation once, with its method, path, body, answers and codes. The server routes by
//! these, the client calls by these, and the document is made of these.

pub use crate::content::{
    Content, Document, EVENTS, HTML, JSON, MARKDOWN, Method, NDJSON, OCI_IMAGE, OCTETS, OF_REGIONS, Repeat,
    TEXT, path_in_region,
};

use crate::artefact::{ArtefactRemoved, ArtefactTaken, ArtefactView, ChunkTaken, Octets, Registry};
use crate::bikes::{
    BikesTaken, GbfsFile, GbfsIndex, GbfsStations, GbfsStatuses, GbfsSystem, GbfsVehicleTypes, GbfsVehicles,
    GbfsVersions, HotspotView, NewCrewReport, NewLooseBikes, NewStation, NewStock, NewVan, NewVanPosition,
    NewWithdrawal, StationExplained, StationView, StockTaken, VanPositionTaken, VanView, WorkOrderExplained,
    WorkOrderView,
};
use crate::decision::Explanation;
use crate::edge::{
    CapacityView, ChallengeView, DefragmentationPlanView, DefragmentationQuestion, DefragmentationView,
    DeviceRef, EnrolmentToken, ModelView, NewDefragmentation, NewEnrolment, NewModel, NewNode, NewNodeKeys,
    NewProof, NewRollout, NewWorkload, NodeCredential, NodePlacements, NodeReport, NodeReportsTaken,
    NodeView, OpenedCredential, PlacementExplained, PlacementPolicyView, PlacementView, ProofTaken,
    RolloutPause, RolloutPlanView, RolloutView, RolloutsView, WhatIf, WorkloadView,
};
use crate::federation::{
    ClusterDrain, ClusterView, FederatedWorkloadExplained, FederatedWorkloadView, NewCluster,
    NewFederatedWorkload,
};
use crate::hand_over::{HandOverTo, HandOversView, NewHandOver};
use crate::order::{NewOrder, OrderView};
use crate::outlook::OutlookView;
use crate::position::{PositionLine, PositionReport, PositionsTaken};
use crate::problem::Code;
use crate::problem::ProblemKind;
use crate::refusals::{
    ASKING, AT_EDGE, BARE, BODY, BY_CREW, DEFRAGMENTING, ENROLLING, FED, FEDERATED, LEAVING, LINES, LINKED,
    LISTING, LOCATING, NAMED, ON_ROAD, OPENING, ORDER_OF, PLACING, PLANNING_ROLLOUT, PROVING, READMITTING,
    RECEIVING, REPORTED, ROLLING_OUT, ROUTING, STATE_OF, STORED, STREAMING, SUPPOSING, UPLOADING, WITH_BIKES,
};
use crate::road::{
    Feature, FeatureCollection, NearestQuestion, ReachQuestion, RouteQuestion, TableQuestion, TraceQuestion,
    TravelTable,
};
use crate::role::{
    ABOUT_RIDES, Access, DRIVING, FETCHING, FOR_ANYBODY, LOOKING, LOOKING_AT_NODES, LOOKING_AT_RIDES,
    LOOKING_AT_VEHICLES, OPERATING, PUBLISHED, REPORTING, RIDING, WITH_ANY_ROLE,
};
use crate::site::{ChargerView, GeofenceView, NewCharger, NewGeofence};
use crate::stream::{StreamItem, VehicleStreamItem};
use crate::traffic::{SpeedReports, SpeedsApplied, TrafficView};
use crate::vehicle::{DroppedOff, Faulted, NewVehicle, Nothing, OrderRef, PlugIn, Unplugged, VehicleView};
use crate::world::{PolicyView, RegionKind, RegionView, Streets, WorldView};

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// How it is asked.
    pub method: Method,
    /// Where; `{id}` stands for a name.
    pub path: &'static str,
    /// The group that it is shown in.
    pub tag: &'static str,
    /// What it does, in a sentence or two.
    pub says: &'static str,
    /// Whether a request may be sent again.
    pub repeat: Repeat,
    /// What is sent.
    pub body: Option<Content>,
    /// The status of success.
    pub status: u16,
    /// What is answered then.
    pub answer: Content,
    /// What may be answered instead.
    pub codes: &'static [Code],
    /// Whether it is about one region, and not about the process that serves it.
    pub of_region: bool,
    /// Who may ask it, where the server knows who asks.
    pub access: Access,
    /// The kind of region that alone can be asked it; `None`: one of any kind, or of fleets.
    pub kind: Option<RegionKind>,
}

macro_rules! operations {
    ($($(#[doc = $says:literal])* $name:ident: $access:ident = $make:ident($($method:ident,)? $path:literal, $tag:literal) $(.$with:ident$(::<$of:ty>)?($($value:expr),*))*;)*) => {
        $(
            $(#[doc = $says])*
            pub const $name: Operation = Operation::$make(
                $(Method::$method,)? $path, $tag, concat!($($says),*),
            )$(.$with$(::<$of>)?($($value),*))*.access($access);
        )*
        /// All of them, in the order of the document.
        pub const ALL: &[Operation] = &[$($name),*];
    };
}

operations! {
    /// Asks for a ride. The answer comes when the order is durable; `Location` names it.
    PLACE_ORDER: RIDING = command(Post, "/v1/orders", "orders").takes::<NewOrder>().with(201).refuses(PLACING);
    /// All orders that have not ended, and those that ended within a day, by when they were placed, in pages: go on where `Link` says until it says nothing.
    LIST_ORDERS: LOOKING = get("/v1/orders", "orders").answers_all::<OrderView>(JSON, true).refuses(LISTING);
    /// How an order stands.
    READ_ORDER: ABOUT_RIDES = get("/v1/orders/{id}", "orders").answers::<OrderView>().refuses(NAMED);
    /// Cancels an order.
    CANCEL_ORDER: RIDING = command(Delete, "/v1/orders/{id}", "orders").refuses(BARE);
    /// Why this vehicle, and why not the next three: in figures and in words.
    EXPLAIN_ORDER: LOOKING_AT_RIDES = get("/v1/orders/{id}/explain", "orders").answers::<Explanation>().refuses(NAMED);
    /// All vehicles by name, in pages: go on where `Link` says until it says nothing.
    LIST_VEHICLES: LOOKING = get("/v1/vehicles", "vehicles").answers_all::<VehicleView>(JSON, true).refuses(LISTING);
    /// Registers a vehicle, which is for hire at once, or changes what a known one is.
    PUT_VEHICLE: DRIVING = command(Put, "/v1/vehicles/{id}", "vehicles").takes::<NewVehicle>().refuses(ON_ROAD);
    /// How a vehicle stands.
    READ_VEHICLE: LOOKING_AT_VEHICLES = get("/v1/vehicles/{id}", "vehicles").answers::<VehicleView>().refuses(NAMED);
    /// Takes a vehicle out of the fleet.
    RETIRE_VEHICLE: DRIVING = command(Delete, "/v1/vehicles/{id}", "vehicles").refuses(BARE);
    /// Gives a vehicle with nothing to do to another region: it leaves this one at once, and joins the other as soon as that answers.
    HAND_OVER: OPERATING = command(Post, "/v1/vehicles/{id}/hand-over", "vehicles").takes::<HandOverTo>().refuses(LEAVING);
    /// Takes a vehicle that another region gives. However often it comes, it counts once.
    RECEIVE_HAND_OVER: OPERATING = command(Post, "/v1/hand-overs", "vehicles").takes::<NewHandOver>().refuses(RECEIVING);
    /// Vehicles that have left for other regions, which have not said yet that they have them.
    READ_HAND_OVERS: LOOKING = get("/v1/hand-overs", "vehicles").answers::<HandOversView>();
    /// What this region tells those around it: its orders without a vehicle, and its vehicles with nothing to do.
    READ_OUTLOOK: LOOKING = get("/v1/outlook", "vehicles").answers::<OutlookView>();
    /// What concerns one vehicle: first `vehicle`, how it stands, then each `change` as it becomes durable. It ends when the vehicle leaves the road.
    STREAM_VEHICLE: LOOKING_AT_VEHICLES = get("/v1/vehicles/{id}/stream", "vehicles").answers_all::<VehicleStreamItem>(EVENTS, false).refuses(LINKED);
    /// Positions of one vehicle over one connection, each a line of JSON. A line that breaks a rule ends it; what came before was taken. It ends when the vehicle breaks down or leaves the road.
    REPORT_LINES: DRIVING = post("/v1/vehicles/{id}/positions", "vehicles").takes_all::<PositionLine>(NDJSON, false).answers::<PositionsTaken>().with(202).refuses(LINES).never_again();
    /// The driver takes the offer.
    ACCEPT: DRIVING = command(Post, "/v1/vehicles/{id}/accept", "vehicles").takes::<OrderRef>().refuses(ORDER_OF);
    /// The driver does not take the offer, or gives the order back.
    DECLINE: DRIVING = command(Post, "/v1/vehicles/{id}/decline", "vehicles").takes::<OrderRef>().refuses(ORDER_OF);
    /// The vehicle is at the pick-up.
    ARRIVED: DRIVING = command(Post, "/v1/vehicles/{id}/arrived", "vehicles").takes::<OrderRef>().refuses(ORDER_OF);
    /// The riders are in.
    PICKED_UP: DRIVING = command(Post, "/v1/vehicles/{id}/picked-up", "vehicles").takes::<OrderRef>().refuses(ORDER_OF);
    /// The riders are out.
    DROPPED_OFF: DRIVING = command(Post, "/v1/vehicles/{id}/dropped-off", "vehicles").takes::<DroppedOff>().refuses(ORDER_OF);
    /// Something broke: its order goes back into the queue.
    FAULT: DRIVING = command(Post, "/v1/vehicles/{id}/fault", "vehicles").takes::<Faulted>().refuses(STATE_OF);
    /// It works again. The body is `{}`: a form of a web page cannot send it.
    RECOVER: DRIVING = command(Post, "/v1/vehicles/{id}/recover", "vehicles").takes::<Nothing>().refuses(STATE_OF);
    /// It is connected to a plug.
    PLUG_IN: DRIVING = command(Post, "/v1/vehicles/{id}/plug-in", "vehicles").takes::<PlugIn>().refuses(STATE_OF);
    /// It left the plug, or gave up its way to it.
    UNPLUG: DRIVING = command(Post, "/v1/vehicles/{id}/unplug", "vehicles").takes::<Unplugged>().refuses(STATE_OF);
    /// Reports where vehicles are and how full: all of the batch, or, if one reading is bad, none of it. Vehicles that are not registered are passed over.
    REPORT_POSITIONS: DRIVING = post("/v1/telemetry", "vehicles").takes_all::<PositionReport>(JSON, true).answers::<PositionsTaken>().with(202).refuses(BODY);
    /// All charger sites by name, in pages: go on where `Link` says until it says nothing.
    LIST_CHARGERS: WITH_ANY_ROLE = get("/v1/chargers", "sites").answers_all::<ChargerView>(JSON, true).refuses(LISTING);
    /// How a charger site stands.
    READ_CHARGER: WITH_ANY_ROLE = get("/v1/chargers/{id}", "sites").answers::<ChargerView>().refuses(NAMED);
    /// All areas by name, in pages: go on where `Link` says until it says nothing.
    LIST_GEOFENCES: WITH_ANY_ROLE = get("/v1/geofences", "sites").answers_all::<GeofenceView>(JSON, true).refuses(LISTING);
    /// An area as it was defined last.
    READ_GEOFENCE: WITH_ANY_ROLE = get("/v1/geofences/{id}", "sites").answers::<GeofenceView>().refuses(NAMED);
    /// Opens a charger site, or changes a known one.
    PUT_CHARGER: OPERATING = command(Put, "/v1/chargers/{id}", "sites").takes::<NewCharger>().refuses(ON_ROAD);
    /// Defines an area, or changes a known one.
    PUT_GEOFENCE: OPERATING = command(Put, "/v1/geofences/{id}", "sites").takes::<NewGeofence>().refuses(ON_ROAD);
    /// All nodes by name, in pages: go on where `Link` says until it says nothing.
    LIST_NODES: LOOKING = get("/v1/nodes", "edge").answers_all::<NodeView>(JSON, true).refuses(LISTING).of_edge();
    /// How a node stands: what is free, what is wrong with it, and since when it is blind.
    READ_NODE: LOOKING = get("/v1/nodes/{id}", "edge").answers::<NodeView>().refuses(NAMED).of_edge();
    /// Registers a node, or changes what a known one is. A GPU that is no longer listed is lost, and stays known.
    PUT_NODE: OPERATING = command(Put, "/v1/nodes/{id}", "edge").takes::<NewNode>().refuses(AT_EDGE).of_edge();
    /// Takes a node out that runs nothing.
    REMOVE_NODE: OPERATING = command(Delete, "/v1/nodes/{id}", "edge").refuses(AT_EDGE).of_edge();
    /// Nothing new is placed on the node.
    CORDON: OPERATING = command(Post, "/v1/nodes/{id}/cordon", "edge").takes::<Nothing>().refuses(AT_EDGE).of_edge();
    /// Nothing new is placed on the node, and what runs there moves away as far as there is room elsewhere.
    DRAIN: REPORTING = command(Post, "/v1/nodes/{id}/drain", "edge").takes::<Nothing>().refuses(AT_EDGE).of_edge();
    /// Work may be placed on the node again.
    UNCORDON: OPERATING = command(Post, "/v1/nodes/{id}/uncordon", "edge").takes::<Nothing>().refuses(AT_EDGE).of_edge();
    /// Lets a GPU in that was lost too often.
    ADMIT_DEVICE: OPERATING = command(Post, "/v1/nodes/{id}/admit-device", "edge").takes::<DeviceRef>().refuses(AT_EDGE).of_edge();
    /// What nodes say of themselves: all of the batch, or, if one report breaks a rule, none of it. Nodes that are not known are passed over.
    REPORT_NODES: REPORTING = post("/v1/nodes/telemetry", "edge").takes_all::<NodeReport>(JSON, true).answers::<NodeReportsTaken>().with(202).refuses(REPORTED).of_edge();
    /// What is placed on a node: at once, or, where the caller knows it already and is ready to wait, when it is something else or the wait is over.
    AWAIT_PLACEMENTS: LOOKING_AT_NODES = get("/v1/nodes/{id}/placements", "edge").answers::<NodePlacements>().refuses(NAMED).of_edge();
    /// One connection over which a node reports and waits for what is placed on it, by an upgrade to WebSocket: small frames, each of which is one of the operations of this document and passes the same doors. What a frame is, is in `docs/link.md`.
    OPEN_LINK: REPORTING = get("/v1/link", "edge").answers_all::<Octets>(OCTETS, false).with(101).of_process().refuses(OPENING).never_again();
    /// A token that lets one box in under a node's name, once. It is shown here and nowhere else.
    ISSUE_TOKEN: OPERATING = post("/v1/nodes/{id}/enrolment-token", "edge").takes::<NewEnrolment>().answers::<EnrolmentToken>().refuses(ENROLLING).of_edge().never_again();
    /// A box shows its keys and its token, and is given what only a TPM that holds both keys can open.
    ENROL_NODE: REPORTING = post("/v1/nodes/{id}/enrolment", "edge").takes::<NewNodeKeys>().answers::<NodeCredential>().refuses(ENROLLING).of_edge();
    /// The box has opened it: the node proves itself by these keys from now on. The token is spent.
    FINISH_ENROLMENT: REPORTING = command(Post, "/v1/nodes/{id}/enrolment/secret", "edge").takes::<OpenedCredential>().refuses(ENROLLING).of_edge();
    /// A fresh challenge for a node. One is open at a time; a new one takes the place of the old.
    CHALLENGE_NODE: REPORTING = post("/v1/nodes/{id}/challenge", "edge").takes::<Nothing>().answers::<ChallengeView>().refuses(PROVING).of_edge();
    /// A node's answer to its open challenge. A bad one isolates it; one to an earlier challenge is dropped, and says nothing of it.
    PROVE_NODE: REPORTING = post("/v1/nodes/{id}/proof", "edge").takes::<NewProof>().answers::<ProofTaken>().refuses(PROVING).of_edge().never_again();
    /// Lets a node in again that has failed and proved itself since, or that two boxes claimed to be.
    READMIT_NODE: OPERATING = command(Post, "/v1/nodes/{id}/readmit", "edge").takes::<Nothing>().refuses(READMITTING).of_edge();
    /// All models by name, in pages: go on where `Link` says until it says nothing.
    LIST_MODELS: LOOKING = get("/v1/models", "edge").answers_all::<ModelView>(JSON, true).refuses(LISTING).of_edge();
    /// A model with its versions and variants.
    READ_MODEL: LOOKING_AT_NODES = get("/v1/models/{id}", "edge").answers::<ModelView>().refuses(NAMED).of_edge();
    /// Registers a model, or changes its versions.
    PUT_MODEL: OPERATING = command(Put, "/v1/models/{id}", "edge").takes::<NewModel>().refuses(AT_EDGE).of_edge();
    /// Takes a model out that no workload runs.
    REMOVE_MODEL: OPERATING = command(Delete, "/v1/models/{id}", "edge").refuses(AT_EDGE).of_edge();
    /// All workloads by name, in pages: go on where `Link` says until it says nothing.
    LIST_WORKLOADS: LOOKING = get("/v1/workloads", "edge").answers_all::<WorkloadView>(JSON, true).refuses(LISTING).of_edge();
    /// How a workload stands.
    READ_WORKLOAD: LOOKING_AT_NODES = get("/v1/workloads/{id}", "edge").answers::<WorkloadView>().refuses(NAMED).of_edge();
    /// Asks for a workload, or changes how many replicas a known one has and where they may run.
    PUT_WORKLOAD: OPERATING = command(Put, "/v1/workloads/{id}", "edge").takes::<NewWorkload>().refuses(AT_EDGE).of_edge();
    /// Ends a workload.
    REMOVE_WORKLOAD: OPERATING = command(Delete, "/v1/workloads/{id}", "edge").refuses(AT_EDGE).of_edge();
    /// All replicas by workload and number, in pages: go on where `Link` says until it says nothing.
    LIST_PLACEMENTS: LOOKING_AT_NODES = get("/v1/placements", "edge").answers_all::<PlacementView>(JSON, true).refuses(LISTING).of_edge();
    /// Why a replica is where it is, or nowhere: how many nodes each rule took out, in figures and in words.
    EXPLAIN_PLACEMENT: LOOKING = get("/v1/placements/{id}/explain", "edge").answers::<PlacementExplained>().refuses(NAMED).of_edge();
    /// What would become of a workload if it were put now: where each replica would go, who would give way, or how many nodes each rule takes out and what would make it a yes. Nothing is changed by asking.
    WHAT_IF: LOOKING = post("/v1/placements/what-if", "edge").takes::<NewWorkload>().answers::<WhatIf>().refuses(SUPPOSING).of_edge();
    /// The scores that replicas are placed by at present, and what a shadow's weights would have done otherwise.
    PLACEMENT_POLICY: LOOKING = get("/v1/placement-policy", "edge").answers::<PlacementPolicyView>().of_edge();
    /// What is free on the region's nodes, summed up in classes of nodes, with its models and how its workloads stand: for whoever spreads work over several regions.
    READ_CAPACITY: LOOKING = get("/v1/capacity", "edge").answers::<CapacityView>().of_edge();
    /// Moves that free GPUs, each with what it frees and costs. Nothing moves because they were looked at.
    PLAN_DEFRAGMENTATION: OPERATING = post("/v1/defragmentation/plan", "edge").takes::<DefragmentationQuestion>().answers::<DefragmentationPlanView>().refuses(BODY).of_edge();
    /// Makes these moves, a few at a time, each as far as it still holds and gains when its turn comes.
    START_DEFRAGMENTATION: OPERATING = command(Post, "/v1/defragmentation", "edge").takes::<NewDefragmentation>().refuses(DEFRAGMENTING).of_edge();
    /// How far the defragmentation has come that runs, or that ran last.
    READ_DEFRAGMENTATION: LOOKING = get("/v1/defragmentation", "edge").answers::<DefragmentationView>().of_edge();
    /// Makes no more of the moves; those that were made stay. Where none runs there is nothing to do.
    STOP_DEFRAGMENTATION: OPERATING = command(Delete, "/v1/defragmentation", "edge").refuses(AT_EDGE).of_edge();
    /// All artefacts that the server keeps, by model, version and precision, whole or not.
    LIST_ARTEFACTS: LOOKING = get("/v1/artefacts", "artefacts").answers_all::<ArtefactView>(JSON, true).of_process().refuses(STORED);
    /// The signed manifest of an artefact.
    READ_MANIFEST: FETCHING = get("/v1/artefacts/{digest}", "artefacts").answers_all::<Octets>(OCTETS, false).of_process().refuses(STORED);
    /// The bytes of an artefact, or with `Range` some of them. Its tag is its name, and what has this name never changes.
    READ_CONTENT: FETCHING = get("/v1/artefacts/{digest}/content", "artefacts").answers_all::<Octets>(OCTETS, false).of_process().refuses(STORED);
    /// Takes a signed manifest, if a key that the server trusts signed it, and says which chunks are to be uploaded.
    PUT_ARTEFACT: OPERATING = new(Put, "/v1/artefacts/{digest}", "artefacts").takes_all::<Octets>(OCTETS, false).answers::<ArtefactTaken>().of_process().refuses(UPLOADING);
    /// Takes one chunk of an artefact whose manifest was taken. Which it is, its bytes say.
    POST_CHUNK: OPERATING = post("/v1/artefacts/{digest}/chunks", "artefacts").takes_all::<Octets>(OCTETS, false).answers::<ChunkTaken>().of_process().refuses(UPLOADING);
    /// Removes an artefact, with the chunks that no other one names.
    REMOVE_ARTEFACT: OPERATING = new(Delete, "/v1/artefacts/{digest}", "artefacts").answers::<ArtefactRemoved>().of_process().refuses(STORED);
    /// Whether the OCI distribution API is spoken here.
    OCI_BASE: FETCHING = get("/v2/", "artefacts").answers::<Registry>().of_process().refuses(STORED);
    /// The versions of a model, each with its precision, as tags.
    OCI_TAGS: FETCHING = get("/v2/{model}/tags/list", "artefacts").answers::<Registry>().of_process().refuses(STORED);
    /// The manifest of a version, by its tag or its digest, as registries of containers have it.
    OCI_MANIFEST: FETCHING = get("/v2/{model}/manifests/{reference}", "artefacts").answers_all::<Registry>(OCI_IMAGE, false).of_process().refuses(STORED);
    /// What such a manifest names, by its digest: the file, or with `Range` some of it, or our own signed manifest.
    OCI_BLOB: FETCHING = get("/v2/{model}/blobs/{blob}", "artefacts").answers_all::<Octets>(OCTETS, false).of_process().refuses(STORED);
    /// In which steps a version would reach which nodes. Nothing is begun.
    PLAN_ROLLOUT: OPERATING = post("/v1/rollouts/plan", "edge").takes::<NewRollout>().answers::<RolloutPlanView>().refuses(PLANNING_ROLLOUT).of_edge();
    /// Has a workload run another version, step by step, with a gate behind each. The same one that is under way is not begun again.
    START_ROLLOUT: OPERATING = command(Post, "/v1/rollouts", "edge").takes::<NewRollout>().refuses(ROLLING_OUT).of_edge();
    /// The last rollout of each workload, those that are under way first.
    LIST_ROLLOUTS: LOOKING = get("/v1/rollouts", "edge").answers::<RolloutsView>().of_edge();
    /// How the rollout of a workload stands: its steps, its nodes, and why it has done what it did.
    READ_ROLLOUT: LOOKING = get("/v1/rollouts/{id}", "edge").answers::<RolloutView>().refuses(NAMED).of_edge();
    /// Nobody gets the version now, for a time or until it is resumed. A pause runs against no patience.
    PAUSE_ROLLOUT: OPERATING = command(Post, "/v1/rollouts/{id}/pause", "edge").takes::<RolloutPause>().refuses(ROLLING_OUT).of_edge();
    /// A rollout that is paused goes on.
    RESUME_ROLLOUT: OPERATING = command(Post, "/v1/rollouts/{id}/resume", "edge").takes::<Nothing>().refuses(ROLLING_OUT).of_edge();
    /// A rollout goes back to the version before.
    ABORT_ROLLOUT: OPERATING = command(Post, "/v1/rollouts/{id}/abort", "edge").takes::<Nothing>().refuses(ROLLING_OUT).of_edge();
    /// A rollout goes on to all nodes, whatever its gate says.
    PROMOTE_ROLLOUT: OPERATING = command(Post, "/v1/rollouts/{id}/promote", "edge").takes::<Nothing>().refuses(ROLLING_OUT).of_edge();
    /// All stations and depots by name, in pages: go on where `Link` says until it says nothing.
    LIST_STATIONS: LOOKING = get("/v1/stations", "bikes").answers_all::<StationView>(JSON, true).refuses(LISTING).of_bikes();
    /// How a station stands: what was counted there, what is believed, and what is wrong.
    READ_STATION: LOOKING = get("/v1/stations/{id}", "bikes").answers::<StationView>().refuses(NAMED).of_bikes();
    /// Registers a station or depot, or changes what a known one is.
    PUT_STATION: OPERATING = command(Put, "/v1/stations/{id}", "bikes").takes::<NewStation>().refuses(WITH_BIKES).of_bikes();
    /// Takes a station out. Its work orders are withdrawn.
    REMOVE_STATION: OPERATING = command(Delete, "/v1/stations/{id}", "bikes").refuses(WITH_BIKES).of_bikes();
    /// Nothing is brought to the station or taken from it, whatever its feed says.
    CLOSE_STATION: OPERATING = command(Post, "/v1/stations/{id}/close", "bikes").takes::<Nothing>().refuses(WITH_BIKES).of_bikes();
    /// The word of the station's feed counts again.
    OPEN_STATION: OPERATING = command(Post, "/v1/stations/{id}/open", "bikes").takes::<Nothing>().refuses(WITH_BIKES).of_bikes();
    /// Why a station has work orders or none: what is known of it and how old that is, what is wrong, what is done about it.
    EXPLAIN_STATION: LOOKING = get("/v1/stations/{id}/explain", "bikes").answers::<StationExplained>().refuses(NAMED).of_bikes();
    /// What stands at stations: all of the batch, or, if one report breaks a rule, none of it. Stations that are not known are passed over, and what is older than what is known.
    TAKE_STOCK: OPERATING = command(Post, "/v1/stock", "bikes").takes_all::<NewStock>(JSON, true).answers::<StockTaken>().refuses(WITH_BIKES).of_bikes();
    /// All bikes that stand at no station: the whole batch, or, if one of them breaks a rule, none of it. One that is left out twice in a row is gone. They are counted by cells.
    TAKE_BIKES: OPERATING = command(Post, "/v1/bikes", "bikes").takes::<NewLooseBikes>().answers::<BikesTaken>().refuses(WITH_BIKES).of_bikes();
    /// Stations where something is wrong, by name, in pages: go on where `Link` says until it says nothing.
    LIST_HOTSPOTS: LOOKING = get("/v1/hotspots", "bikes").answers_all::<HotspotView>(JSON, true).refuses(LISTING).of_bikes();
    /// All vans by name, in pages: go on where `Link` says until it says nothing.
    LIST_VANS: LOOKING = get("/v1/vans", "bikes").answers_all::<VanView>(JSON, true).refuses(LISTING).of_bikes();
    /// How a van stands: what is aboard, and what its crew has before it, with why.
    READ_VAN: LOOKING_AT_VEHICLES = get("/v1/vans/{id}", "bikes").answers::<VanView>().refuses(NAMED).of_bikes();
    /// Begins a van's shift, or changes what is known of the van.
    PUT_VAN: OPERATING = command(Put, "/v1/vans/{id}", "bikes").takes::<NewVan>().refuses(WITH_BIKES).of_bikes();
    /// Takes a van out that has nothing aboard. Its work orders go to others.
    REMOVE_VAN: OPERATING = command(Delete, "/v1/vans/{id}", "bikes").refuses(WITH_BIKES).of_bikes();
    /// A crew's word: that it takes an order or not, is there, is done, how many bikes it moved, that the van broke down. Under one name it counts once, and as of when it was so.
    REPORT_CREW: DRIVING = command(Post, "/v1/vans/{id}/reports", "bikes").takes::<NewCrewReport>().refuses(BY_CREW).of_bikes();
    /// Where a van is: the newest word counts, and none is kept. Work goes to who is near.
    LOCATE_VAN: DRIVING = post("/v1/vans/{id}/position", "bikes").takes::<NewVanPosition>().answers::<VanPositionTaken>().with(202).refuses(LOCATING).of_bikes();
    /// All work orders that have not ended, and those that ended within a day, by name, in pages: go on where `Link` says until it says nothing.
    LIST_WORK_ORDERS: LOOKING = get("/v1/work-orders", "bikes").answers_all::<WorkOrderView>(JSON, true).refuses(LISTING).of_bikes();
    /// How a work order stands, and what became of it.
    READ_WORK_ORDER: LOOKING = get("/v1/work-orders/{id}", "bikes").answers::<WorkOrderView>().refuses(NAMED).of_bikes();
    /// Why a work order is there, why this van has it and not another, or why none has.
    EXPLAIN_WORK_ORDER: LOOKING = get("/v1/work-orders/{id}/explain", "bikes").answers::<WorkOrderExplained>().refuses(NAMED).of_bikes();
    /// Withdraws a work order. If what it was for is still true, another one follows.
    WITHDRAW_WORK_ORDER: OPERATING = command(Post, "/v1/work-orders/{id}/withdraw", "bikes").takes::<NewWithdrawal>().refuses(WITH_BIKES).of_bikes();
    /// Which files the region's own feed has (GBFS 3.0), if it publishes one. Where it is public, nobody is asked who they are.
    GBFS_INDEX: PUBLISHED = get("/v1/gbfs/gbfs.json", "gbfs").answers::<GbfsFile<GbfsIndex>>().refuses(FED).of_bikes();
    /// In which versions of GBFS the feed is to be had.
    GBFS_VERSIONS: PUBLISHED = get("/v1/gbfs/gbfs_versions.json", "gbfs").answers::<GbfsFile<GbfsVersions>>().refuses(FED).of_bikes();
    /// Whose bikes these are.
    GBFS_SYSTEM: PUBLISHED = get("/v1/gbfs/system_information.json", "gbfs").answers::<GbfsFile<GbfsSystem>>().refuses(FED).of_bikes();
    /// What kinds of bikes there are.
    GBFS_VEHICLE_TYPES: PUBLISHED = get("/v1/gbfs/vehicle_types.json", "gbfs").answers::<GbfsFile<GbfsVehicleTypes>>().refuses(FED).of_bikes();
    /// Where stations are.
    GBFS_STATIONS: PUBLISHED = get("/v1/gbfs/station_information.json", "gbfs").answers::<GbfsFile<GbfsStations>>().refuses(FED).of_bikes();
    /// What is believed to stand at stations, as far as it is known.
    GBFS_STATUS: PUBLISHED = get("/v1/gbfs/station_status.json", "gbfs").answers::<GbfsFile<GbfsStatuses>>().refuses(FED).of_bikes();
    /// Bikes that stand at no station, one by one.
    GBFS_VEHICLES: PUBLISHED = get("/v1/gbfs/vehicle_status.json", "gbfs").answers::<GbfsFile<GbfsVehicles>>().refuses(FED).of_bikes();
    /// All clusters by name, in pages: go on where `Link` says until it says nothing.
    LIST_CLUSTERS: LOOKING = get("/v1/clusters", "federation").answers_all::<ClusterView>(JSON, true).refuses(LISTING).of_federation();
    /// How a cluster stands: whether it is heard, what is free there, and what of the federation's it runs.
    READ_CLUSTER: LOOKING = get("/v1/clusters/{id}", "federation").answers::<ClusterView>().refuses(NAMED).of_federation();
    /// Registers a cluster, or changes what a known one is.
    PUT_CLUSTER: OPERATING = command(Put, "/v1/clusters/{id}", "federation").takes::<NewCluster>().refuses(FEDERATED).of_federation();
    /// Takes a cluster out that has nothing of the federation's.
    REMOVE_CLUSTER: OPERATING = command(Delete, "/v1/clusters/{id}", "federation").refuses(FEDERATED).of_federation();
    /// Nothing new goes to the cluster.
    CORDON_CLUSTER: OPERATING = command(Post, "/v1/clusters/{id}/cordon", "federation").takes::<Nothing>().refuses(FEDERATED).of_federation();
    /// What the cluster has goes to others as far as they have room. Of one that cannot be reached an operator may say that it is gone: what must never run twice starts elsewhere then.
    DRAIN_CLUSTER: OPERATING = command(Post, "/v1/clusters/{id}/drain", "federation").takes::<ClusterDrain>().refuses(FEDERATED).of_federation();
    /// Work may go to the cluster again.
    UNCORDON_CLUSTER: OPERATING = command(Post, "/v1/clusters/{id}/uncordon", "federation").takes::<Nothing>().refuses(FEDERATED).of_federation();
    /// All federated workloads by name, in pages: go on where `Link` says until it says nothing.
    LIST_FEDERATED_WORKLOADS: LOOKING = get("/v1/federated-workloads", "federation").answers_all::<FederatedWorkloadView>(JSON, true).refuses(LISTING).of_federation();
    /// How a workload stands: which cluster is to have how much of it, and which versions run where.
    READ_FEDERATED_WORKLOAD: LOOKING = get("/v1/federated-workloads/{id}", "federation").answers::<FederatedWorkloadView>().refuses(NAMED).of_federation();
    /// Asks for a workload that is spread over clusters, or changes a known one.
    PUT_FEDERATED_WORKLOAD: OPERATING = command(Put, "/v1/federated-workloads/{id}", "federation").takes::<NewFederatedWorkload>().refuses(FEDERATED).of_federation();
    /// Ends a workload in all clusters; in those that cannot be reached once they are heard.
    REMOVE_FEDERATED_WORKLOAD: OPERATING = command(Delete, "/v1/federated-workloads/{id}", "federation").refuses(FEDERATED).of_federation();
    /// Shares a workload's replicas out anew, as if none of it were anywhere.
    REBALANCE_FEDERATED_WORKLOAD: OPERATING = command(Post, "/v1/federated-workloads/{id}/rebalance", "federation").takes::<Nothing>().refuses(FEDERATED).of_federation();
    /// Why a workload is spread as it is: of each cluster what it could have had, and why it gets nothing, or nothing more.
    EXPLAIN_FEDERATED_WORKLOAD: LOOKING = get("/v1/federated-workloads/{id}/explain", "federation").answers::<FederatedWorkloadExplained>().refuses(NAMED).of_federation();
    /// The world's changes as they become durable. After a break send the last id as `Last-Event-ID` and it goes on from there; if that is too long ago, the first item is `reset`: read the lists again, and go on.
    STREAM: LOOKING = get("/v1/stream", "stream").answers_all::<StreamItem>(EVENTS, false).refuses(STREAMING);
    /// The world's version and checksum.
    WORLD: LOOKING = get("/v1/world", "operation").answers::<WorldView>();
    /// What decisions are made by at present, and what a shadow policy would have done otherwise.
    POLICY: LOOKING = get("/v1/policy", "operation").answers::<PolicyView>();
    /// The streets, for drawing.
    STREETS: WITH_ANY_ROLE = get("/v1/roads", "operation").answers::<Streets>().refuses(&[]);
    /// What is reported, observed and inferred of the streets, as of the newest metric: edges whose speed is not just the usual one.
    TRAFFIC: WITH_ANY_ROLE = get("/v1/traffic", "road").answers::<TrafficView>().refuses(&[]);
    /// Reports speeds and closures. When the answer comes, the next tick decides by them; a refused batch changes nothing.
    REPORT_SPEEDS: OPERATING = post("/v1/traffic", "road").takes::<SpeedReports>().answers::<SpeedsApplied>().refuses(BODY);
    /// The fastest way as a GeoJSON feature: a line, with time, distance, energy, streets and charge.
    ROUTE: WITH_ANY_ROLE = post("/v1/road/route", "road").takes::<RouteQuestion>().answers::<Feature>().refuses(ROUTING);
    /// Times and distances from each place to each.
    TABLE: WITH_ANY_ROLE = post("/v1/road/table", "road").takes::<TableQuestion>().answers::<TravelTable>().refuses(ASKING);
    /// GeoJSON points, nearest first: of `among` those that get to the place soonest; without it, the nearest streets.
    NEAREST: WITH_ANY_ROLE = post("/v1/road/nearest", "road").takes::<NearestQuestion>().answers::<FeatureCollection>().refuses(ASKING);
    /// What is reached, as GeoJSON: first the area, then each piece of road with the drive to its end.
    REACH: WITH_ANY_ROLE = post("/v1/road/isochrone", "road").takes::<ReachQuestion>().answers::<FeatureCollection>().refuses(ASKING);
    /// The streets that a trace was driven on, as GeoJSON: a line per stretch, then a point per position.
    MATCH: WITH_ANY_ROLE = post("/v1/road/match", "road").takes::<TraceQuestion>().answers::<FeatureCollection>().refuses(ASKING);
    /// Every code of an error, with the path of its page.
    PROBLEMS: FOR_ANYBODY = get("/v1/problems", "operation").answers_all::<ProblemKind>(JSON, true).of_process();
    /// Cause and cure of an error: the page that a problem's `type` points to.
    ERROR_PAGE: FOR_ANYBODY = get("/errors/{code}", "operation").answers_all::<String>(MARKDOWN, false).of_process().refuses(&[Code::E0201]);
    /// Whether the process lives.
    HEALTHZ: FOR_ANYBODY = get("/healthz", "operation").of_process();
    /// The regions that are served, in the order of the configuration.
    REGIONS: WITH_ANY_ROLE = get("/v1/regions", "operation").answers_all::<RegionView>(JSON, true).of_process();
    /// Whether all regions take requests, or the one that is named: recovered, and not shutting down.
    READYZ: FOR_ANYBODY = get("/readyz", "operation");
    /// Figures in the Prometheus text format: the process's, and those of each region under the label `region`, or of the one that is named.
    METRICS: LOOKING = get("/metrics", "operation").refuses(&[]);
    /// This document.
    OPENAPI: FOR_ANYBODY = get("/openapi.json", "operation").answers::<Document>().of_process();
    /// The first page: a map of the fleet, for people.
    CONSOLE: LOOKING = get("/", "operation").answers_all::<String>(HTML, false).of_process();
}
