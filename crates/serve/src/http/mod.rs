//! The HTTP side: who answers what, and the way of a request through it. One file for each kind of thing.

mod app;
mod artefacts;
mod bikes;
mod body;
mod count;
mod edge;
mod errors;
mod federation;
mod link;
mod lists;
mod objects;
mod oci;
mod orders;
mod pages;
mod plain_words;
mod policy;
mod process;
mod regions;
mod road;
mod routes;
mod served;
mod sites;
mod stream;
mod telemetry;
mod traffic;
mod vehicles;

pub(crate) use app::{App, FleetOwn, Parts};
pub(crate) use routes::{bikes_region, edge_region, federation_region, fleet_region};
pub(crate) use served::ServedRegion;

use crate::artefacts::{NodeGates, Shelf};
use crate::auth::{self, Room};
use crate::connections::{self, Bound, Served};
use crate::hooks::{self, TestHooks};
use crate::metrics::{Answers, Exposition};
use crate::tls::Tls;
use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use paceline_model::RegionId;
use paceline_supervise::Supervisor;
use process::Process;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The public side, ready to answer.
pub(crate) struct PublicSide {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) bound: Arc<Bound>,
    /// There is at least one.
    pub(crate) regions: Vec<ServedRegion>,
    /// `None`: this server keeps no artefacts.
    pub(crate) artefacts: Option<Arc<Shelf>>,
    pub(crate) exposition: Arc<Exposition>,
    pub(crate) answers: Answers,
    pub(crate) room: Arc<Room>,
    pub(crate) hooks: Option<TestHooks>,
    /// How long answers under way may take in the end.
    pub(crate) grace: Duration,
}

impl PublicSide {
    /// Answers requests until `closing`, then finishes those under way.
    pub(crate) async fn run(self, supervisor: Supervisor, closing: CancellationToken) {
        let process = (self.exposition, self.room.clone());
        let router = router(self.regions, self.artefacts, process, self.hooks.is_some())
            .layer(from_fn_with_state(self.room, auth::enter))
            .layer(from_fn_with_state(self.answers, count::answers));
        let (component, listener, tls) = (connections::PUBLIC, self.listener, self.tls);
        let served = Served { component, listener, tls, bound: self.bound, router };
        connections::run(served, supervisor, closing, self.grace).await;
    }
}

fn router(
    regions: Vec<ServedRegion>,
    artefacts: Option<Arc<Shelf>>,
    (exposition, room): (Arc<Exposition>, Arc<Room>),
    panics: bool,
) -> Router {
    let routers: Arc<[(RegionId, Router)]> =
        regions.iter().map(|region| (region.name.clone(), region.router.clone())).collect();
    let dispatch = move |request: Request| {
        let routers = routers.clone();
        async move { regions::dispatch(&routers, request).await }
    };
    let of_nodes = |region: &ServedRegion| Some((region.name.clone(), region.nodes.clone()?));
    let gates = NodeGates::new(regions.iter().filter_map(of_nodes));
    let process = routes::process(Process { regions: regions.into(), exposition, room });
    let mut router = process.merge(routes::artefacts(artefacts, gates)).fallback(dispatch);
    if panics {
        router = router.route("/test/panic", get(hooks::panics));
    }
    router
}
