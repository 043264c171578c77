//! A server among others: which regions it runs follows from a table that all of them read, and what comes to it for regions of others is
//! sent on. What it does when is [`paceline_cluster`]'s; here is how.
//!
//! ```text
//!   table's thread --readings, claims--> driver --opens, closes--> hosting (regions begin and end here)
//!        ^---beats, claims, releases-------'  |
//!                                             +--routes--> forwarder <-- requests for regions that are not here
//! ```

mod driver;
mod follower;
mod forward;
mod forwarder;
mod hosting;
mod metrics;
mod opened;
mod questions;
mod routes;
mod spec;
mod told;

pub(crate) use driver::Leaving;
pub(crate) use forwarder::Forwarder;
pub(crate) use metrics::ClusterMetrics;
pub use spec::ClusterSpec;
pub(crate) use spec::Joined;

use crate::region::setup::Host;
use crate::running::RunningRegions;
use driver::Driver;
use paceline_supervise::Scope;
use std::sync::Arc;

/// Starts a server's part in its cluster. Returns its door, and how it leaves.
pub(crate) fn start(
    joined: Joined,
    host: Host,
    scope: &Scope,
    running: &RunningRegions,
    metrics: ClusterMetrics,
) -> (Arc<Forwarder>, Leaving) {
    let options = host.options.clone();
    let (me, http) = (joined.spec.name.clone(), joined.http.clone());
    let (routes, leaving) = Driver::start(joined, host, scope, running.clone(), metrics.clone());
    (Arc::new(Forwarder::new(me, routes, http, &options, metrics)), leaving)
}
