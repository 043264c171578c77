//! The way from one region of a deployment to another: a request as any other, which the server's own door answers, or sends on.

use crate::auth::Who;
use crate::written_level::WrittenLevel;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use futures_util::future::BoxFuture;
use paceline_api::NewHandOver;
use paceline_api::operation::{JSON, RECEIVE_HAND_OVER, path_in_region};
use paceline_client::ApiKey;
use paceline_engine::record::level::HAND_OVERS;
use paceline_model::{HandOver, RegionId};
use std::sync::{Arc, OnceLock};

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

/// Why a region was not told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undelivered {
    #[error("this server does not answer yet")]
    Closed,
    #[error("it answered {0}")]
    Answered(StatusCode),
    #[error("no request can be made of it: {0}")]
    Request(#[from] axum::http::Error),
    #[error("it cannot be written: {0}")]
    Body(#[from] serde_json::Error),
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
    pub(super) async fn give(&self, from: &RegionId, given: &HandOver) -> Result<(), Undelivered> {
        let door = self.0.door.get().ok_or(Undelivered::Closed)?;
        let path = path_in_region(RECEIVE_HAND_OVER.path, given.to.as_str());
        let body = serde_json::to_vec(&NewHandOver::of(from, given))?;
        let mut request =
            Request::builder().method(Method::POST).uri(path).header(header::CONTENT_TYPE, JSON);
        if let Some(bearer) = &self.0.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", bearer.reveal()));
        }
        let mut request = request.body(Body::from(body))?;
        // Nobody asks a region of this server who it is; another server does.
        request.extensions_mut().insert(Who::Unasked);
        let answer = door(request).await.status();
        if answer.is_success() { Ok(()) } else { Err(Undelivered::Answered(answer)) }
    }
}
