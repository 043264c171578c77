//! The way from one region of a deployment to another: a request as any other, which the server's own door answers, or sends on.

use crate::auth::Who;
use crate::written_level::WrittenLevel;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Builder;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use futures_util::future::BoxFuture;
use paceline_api::operation::{JSON, READ_OUTLOOK, RECEIVE_HAND_OVER, path_in_region};
use paceline_api::{NewHandOver, OutlookView};
use paceline_client::ApiKey;
use paceline_engine::record::level::HAND_OVERS;
use paceline_model::{HandOver, RegionId};
use std::sync::{Arc, OnceLock};

/// Largest outlook that is read: 200 orders and 2,000 vehicles, each with some tags.
const OUTLOOK_BYTES_MAX: usize = 4 << 20;

/// Answers a request for a region, wherever it runs.
pub(crate) type Door = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// The way to all regions of the deployment.
#[derive(Clone)]
pub(crate) struct Exchange(Arc<Shared>);

struct Shared {
    regions: Vec<RegionId>,
    /// What other servers know this one by. `None`: they ask nobody.
    bearer: Option<ApiKey>,
    /// `None`: the server does not answer yet.
    door: OnceLock<Door>,
    level: WrittenLevel,
}

/// Why a region was not told, or does not say.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unheard {
    #[error("this server does not answer yet")]
    Closed,
    #[error("it answered {0}")]
    Answered(StatusCode),
    #[error("no request can be made of it: {0}")]
    Request(#[from] axum::http::Error),
    #[error("it cannot be written, or read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("its answer breaks off: {0}")]
    Body(#[from] axum::Error),
}

impl Exchange {
    /// The way to these regions, once the server's door is opened.
    pub(crate) fn new(regions: Vec<RegionId>, bearer: Option<ApiKey>, level: WrittenLevel) -> Self {
        Self(Arc::new(Shared { regions, bearer, door: OnceLock::new(), level }))
    }

    /// From now on requests are answered.
    pub(crate) fn open(&self, door: Door) {
        // A server opens its door once.
        _ = self.0.door.set(door);
    }

    /// Whether all servers read what a hand-over writes.
    pub(crate) fn is_read_by_all(&self) -> bool {
        self.0.level.has(HAND_OVERS)
    }

    /// Whether there is such a region, here or on another server.
    pub(crate) fn knows(&self, region: &RegionId) -> bool {
        self.0.regions.contains(region)
    }

    /// Whether there is more than one region.
    pub(crate) fn is_of_several(&self) -> bool {
        self.0.regions.len() > 1
    }

    /// Tells a region that it has a vehicle. Errors: it may not have been told.
    pub(super) async fn give(&self, from: &RegionId, given: &HandOver) -> Result<(), Unheard> {
        let path = path_in_region(RECEIVE_HAND_OVER.path, given.to.as_str());
        let body = serde_json::to_vec(&NewHandOver::of(from, given))?;
        let request = Request::builder().method(Method::POST).uri(path).header(header::CONTENT_TYPE, JSON);
        self.ask(request, Body::from(body)).await.map(drop)
    }

    /// What a region needs, and with `spares` what it can spare. Errors: it does not say.
    pub(super) async fn outlook(&self, of: &RegionId, spares: bool) -> Result<OutlookView, Unheard> {
        let path = path_in_region(READ_OUTLOOK.path, of.as_str());
        let request = Request::builder().uri(format!("{path}?spares={spares}"));
        let answer = self.ask(request, Body::empty()).await?;
        Ok(serde_json::from_slice(&to_bytes(answer.into_body(), OUTLOOK_BYTES_MAX).await?)?)
    }

    /// Errors: the region does not answer, or says no.
    async fn ask(&self, mut request: Builder, body: Body) -> Result<Response, Unheard> {
        let door = self.0.door.get().ok_or(Unheard::Closed)?;
        if let Some(bearer) = &self.0.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", bearer.reveal()));
        }
        let mut request = request.body(body)?;
        // Nobody asks a region of this server who it is; another server does.
        request.extensions_mut().insert(Who::Unasked);
        let answer = door(request).await;
        if answer.status().is_success() { Ok(answer) } else { Err(Unheard::Answered(answer.status())) }
    }
}
