//! Several regions behind one address: `/v1/regions/{region}/...` addresses one of them. Without that prefix a path addresses the only
//! region there is; where there are several, it is refused.

use crate::problem::Problem;
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

/// Hands a request on to the region that its path addresses. `regions` have their routes as if each were alone.
pub(super) async fn dispatch(regions: &[(RegionId, Router)], mut request: Request) -> Response {
    match choose(regions, request.uri()) {
        Err(problem) => problem.into_response(),
        Ok((index, None)) => call(&regions[index].1, request).await,
        Ok((index, Some(uri))) => {
            let (name, router) = &regions[index];
            *request.uri_mut() = uri;
            located(name, call(router, request).await)
        }
    }
}

/// Which region a path addresses, and its path there, if that is another. Errors: none of them, or any.
fn choose(regions: &[(RegionId, Router)], uri: &Uri) -> Result<(usize, Option<Uri>), Problem> {
    let path = uri.path();
    if let Some(addressed) = path.strip_prefix(OF_REGIONS) {
        let (name, rest) = addressed.split_once('/').unwrap_or((addressed, ""));
        let found = regions.iter().position(|(known, _)| known.as_str() == name);
        let index = found.ok_or_else(|| Problem::unknown("region", name))?;
        return Ok((index, Some(within(uri, rest)?)));
    }
    if path.starts_with("/v1/") && regions.len() > 1 {
        let names: Vec<&str> = regions.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Problem::several_regions(&names));
    }
    Ok((0, None))
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
