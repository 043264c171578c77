//! Several regions behind one address: `/v1/regions/{region}/...` addresses one of them. Without that prefix a path addresses the only
//! region there is; where there are several, it is refused.

use crate::cluster::Forwarder;
use crate::hand_over::Door;
use crate::problem::Problem;
use crate::running::RunningRegions;
use axum::Router;
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use paceline_api::Operation;
use paceline_api::operation::{ALL, OF_REGIONS, path_in_region};
use paceline_model::RegionId;
use std::sync::Arc;

/// Hands each request on to the region that its path addresses, whose routes are as if it were alone.
#[derive(Clone)]
pub(super) struct Dispatch {
    pub(super) regions: RunningRegions,
    /// `None`: all regions run here.
    pub(super) forwarder: Option<Arc<Forwarder>>,
}

impl Dispatch {
    /// What answers requests that come from here.
    pub(super) fn door(self) -> Door {
        Arc::new(move |request| {
            let dispatch = self.clone();
            Box::pin(async move { dispatch.answer(request).await })
        })
    }

    pub(super) async fn answer(&self, request: Request) -> Response {
        let (name, inside) = match self.inside(request.uri()) {
            Ok(found) => found,
            Err(problem) => return problem.into_response(),
        };
        let here = |request| self.here(&name, inside.clone(), request);
        match &self.forwarder {
            Some(forwarder) => forwarder.answer(&name, request, here).await,
            None => here(request).await.unwrap_or_else(|_| Problem::draining().into_response()),
        }
    }

    /// The region that is addressed, and the path there, if that is another. Errors: none of them, or any.
    fn inside(&self, uri: &Uri) -> Result<(RegionId, Option<Uri>), Problem> {
        let (name, rest) = self.addressed(uri.path())?;
        let named = uri.path().starts_with(OF_REGIONS);
        Ok((name.clone(), named.then(|| within(uri, rest)).transpose()?))
    }

    /// Which region a path addresses, and what stands behind that, or behind `/v1/`. Errors: none of them, or any.
    pub(super) fn addressed<'a>(&'a self, path: &'a str) -> Result<(&'a RegionId, &'a str), Problem> {
        let all = self.regions.all();
        if let Some(addressed) = path.strip_prefix(OF_REGIONS) {
            let (name, rest) = addressed.split_once('/').unwrap_or((addressed, ""));
            let found = all.iter().find(|known| known.as_str() == name);
            return Ok((found.ok_or_else(|| Problem::unknown("region", name))?, rest));
        }
        let versioned = path.strip_prefix("/v1/");
        match all {
            [only] => Ok((only, versioned.unwrap_or_default())),
            [first, ..] if versioned.is_none() => Ok((first, "")),
            several => {
                Err(Problem::several_regions(&several.iter().map(RegionId::as_str).collect::<Vec<_>>()))
            }
        }
    }

    /// Answers by a region that runs here. Errors: it does not; then the request is returned.
    async fn here(
        &self,
        name: &RegionId,
        inside: Option<Uri>,
        mut request: Request,
    ) -> Result<Response, Request> {
        let Some(region) = self.regions.find(name.as_str()) else { return Err(request) };
        let router = &region.served.router;
        Ok(match inside {
            None => call(router, request).await,
            Some(uri) => {
                *request.uri_mut() = uri;
                located(name, call(router, request).await)
            }
        })
    }
}

/// The same request to a region that is alone.
fn within(uri: &Uri, rest: &str) -> Result<Uri, Problem> {
    let beside = |of: &Operation| of.of_region && of.is_beside() && of.path.strip_prefix('/') == Some(rest);
    let root = if ALL.iter().any(beside) { "/" } else { "/v1/" };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = PathAndQuery::try_from(format!("{root}{rest}{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.map_err(|error| Problem::malformed(&error))?);
    Uri::from_parts(parts).map_err(|error| Problem::malformed(&error))
}

/// Says where something stands by the path that leads to it from outside.
fn located(name: &RegionId, mut response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|at| at.to_str().ok());
    let outside = location.filter(|at| at.starts_with("/v1/")).map(|at| path_in_region(at, name.as_str()));
    if let Some(outside) = outside.and_then(|at| HeaderValue::try_from(at).ok()) {
        response.headers_mut().insert(header::LOCATION, outside);
    }
    response
}

async fn call(router: &Router, request: Request) -> Response {
    match TowerToHyperService::new(router.clone()).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
