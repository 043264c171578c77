//! The HTTP side: who answers what, and the way of a request through it. One file for each kind of thing.

mod app;
mod artefacts;
mod bikes;
mod body;
mod count;
mod edge;
mod errors;
mod federation;
mod hand_overs;
mod link;
mod links;
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
mod turnstile;
mod vehicles;

pub(crate) use app::{App, FleetOwn, Parts};
pub(crate) use body::whole_body;
pub(crate) use routes::{bikes_region, edge_region, federation_region, fleet_region};
pub(crate) use served::ServedRegion;

use crate::artefacts::{NodeGates, Shelf};
use crate::auth::{self, Room};
use crate::cluster::Forwarder;
use crate::connections::{self, Bound, Served};
use crate::hand_over::Exchange;
use crate::hooks::{self, TestHooks};
use crate::metrics::{Answers, Exposition};
use crate::running::RunningRegions;
use crate::tls::Tls;
use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use paceline_supervise::Supervisor;
use process::Process;
use regions::Dispatch;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The public side, ready to answer.
pub(crate) struct PublicSide {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) bound: Arc<Bound>,
    pub(crate) regions: RunningRegions,
    /// Sends on what is for regions of other servers. `None`: there are no others.
    pub(crate) forwarder: Option<Arc<Forwarder>>,
    /// How regions reach each other.
    pub(crate) exchange: Exchange,
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
        let _ending = self.regions.end_with();
        let process = (self.exposition, self.room.clone());
        let dispatch = Dispatch { regions: self.regions, forwarder: self.forwarder };
        self.exchange.open(dispatch.clone().door());
        let turnstile = turnstile::turnstile(dispatch.clone(), self.answers.clone());
        let router = router(dispatch, self.artefacts, process, self.hooks.is_some())
            .layer(from_fn_with_state(self.room, auth::enter))
            .layer(from_fn_with_state(self.answers, count::answers));
        let (component, listener, tls) = (connections::PUBLIC, self.listener, self.tls);
        let turnstile = Some(turnstile);
        let served = Served { component, listener, tls, bound: self.bound, turnstile, router };
        connections::run(served, supervisor, closing, self.grace).await;
    }
}

fn router(
    dispatch: Dispatch,
    artefacts: Option<Arc<Shelf>>,
    (exposition, room): (Arc<Exposition>, Arc<Room>),
    panics: bool,
) -> Router {
    let regions = dispatch.regions.clone();
    let gates = NodeGates::new(regions.clone());
    let process = routes::process(Process { regions, exposition, room });
    let dispatch = move |request: Request| {
        let dispatch = dispatch.clone();
        async move { dispatch.answer(request).await }
    };
    let mut router = process.merge(routes::artefacts(artefacts, gates)).fallback(dispatch);
    if panics {
        router = router.route("/test/panic", get(hooks::panics));
    }
    router
}
