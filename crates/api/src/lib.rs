//! What goes over the wire? Version 1 of the API: requests, views, the streamed change, problems and their codes, and the
//! OpenAPI document that describes them.
//!
//! The server and the client share these types, and neither has others. What is in the model is turned into them here; what
//! is in the engine, in the server. Nothing is turned into them by sharing a `Serialize`: names here change only on purpose.

pub mod artefact;
pub mod bikes;
mod change;
mod change_from;
mod content;
mod decision;
mod document;
pub mod edge;
pub mod federation;
mod hand_over;
pub mod link;
mod mirror;
pub mod operation;
mod operation_make;
mod operation_path;
mod order;
mod outline;
mod outlook;
pub mod page;
mod parameter;
mod place;
mod position;
mod problem;
mod refusals;
pub mod road;
mod role;
mod row;
pub mod schema;
mod site;
pub mod stream;
mod traffic;
mod vehicle;
mod world;

pub use change::{Change, Event, FailureCause, OrderGained};
pub use decision::{
    Candidate, ChargeDecision, Excluded, Exclusion, Explanation, MoveReason, PassedOver, PriceKind,
    PricePart, RepositionDecision, RouteCut, Weighing,
};
pub use document::{PROBLEM_JSON, document, openapi_json};
pub use hand_over::{HandOverTo, HandOverView, HandOversView, NewHandOver};
pub use operation::Operation;
pub use order::{Accepted, NewOrder, OrderAsked, OrderPhase, OrderView};
pub use outlook::{NeedView, OutlookView, SpareView};
pub use place::{Place, Reading};
pub use position::{PositionFix, PositionLine, PositionReport, PositionsTaken};
pub use problem::{Code, FieldError, Problem, ProblemKind};
pub use role::{Access, Role};
pub use site::{ChargerView, GeofenceView, NewCharger, NewGeofence};
pub use traffic::{
    EdgeView, SpeedReport, SpeedReports, SpeedSource, SpeedsApplied, TrafficView, WayDirection,
};
pub use vehicle::{
    Driver, DroppedOff, FaultReason, Faulted, Job, NewVehicle, Nothing, Operational, OrderRef, PlugIn,
    Service, StopKind, StopView, Unplugged, VehicleDescribed, VehicleView,
};
pub use world::{
    PolicyView, Predicted, RegionKind, RegionView, ShadowDifference, ShadowView, Streets, WorldView,
};
