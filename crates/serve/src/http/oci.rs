//! The pulling side of the OCI distribution API, so that containerd, ORAS and skopeo fetch what nodes run: repositories are models, tags are
//! versions with their precision. Nothing is pushed by it. Source: OCI distribution specification 1.1.

use super::artefacts::{Kept, bytes_of};
use crate::artefacts::{Blob, IMAGE_MANIFEST};
use crate::auth::Who;
use crate::problem::Problem;
use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use paceline_api::{Code, PROBLEM_JSON};
use serde_json::{Value, json};

/// Says that the API is spoken.
const VERSION: (HeaderName, &str) =
    (HeaderName::from_static("docker-distribution-api-version"), "registry/2.0");
const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
/// Most bytes of a refusal that are said in other words.
const REFUSAL_BYTES_MAX: usize = 64 << 10;

/// Says a refusal of ours in the words of that API: its clients read no other.
pub(super) async fn in_its_words(response: Response) -> Response {
    let problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    if !problem {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let said: Value = match to_bytes(body, REFUSAL_BYTES_MAX).await {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let code = match (parts.status, parts.extensions.get::<Code>()) {
        (StatusCode::UNAUTHORIZED, _) => "UNAUTHORIZED",
        (StatusCode::FORBIDDEN, _) => "DENIED",
        (StatusCode::TOO_MANY_REQUESTS, _) => "TOOMANYREQUESTS",
        (StatusCode::NOT_FOUND, Some(Code::E0104)) => "NAME_UNKNOWN",
        (StatusCode::NOT_FOUND, _) => "MANIFEST_UNKNOWN",
        _ => "UNSUPPORTED",
    };
    let errors = json!({ "errors": [{ "code": code, "message": said["detail"] }] });
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    (
        parts.status,
        parts.headers,
        parts.extensions.get::<Code>().copied().map(axum::Extension),
        [VERSION],
        Json(errors),
    )
        .into_response()
}

/// Whether the API is spoken here.
pub(super) async fn base(State(kept): State<Kept>) -> Result<Response, Problem> {
    kept.shelf()?;
    Ok(([VERSION], Json(json!({}))).into_response())
}

/// The versions of a model.
pub(super) async fn tags(State(kept): State<Kept>, Path(model): Path<String>) -> Result<Response, Problem> {
    let tags = kept.shelf()?.tags(&model);
    if tags.is_empty() {
        return Err(Problem::unknown("repository", &model));
    }
    Ok(([VERSION], Json(json!({ "name": model, "tags": tags }))).into_response())
}

/// The manifest of a version, by its tag or its digest.
pub(super) async fn manifest(
    State(kept): State<Kept>,
    Path((model, reference)): Path<(String, String)>,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (digest, json) = kept.admit(&who, &headers).await?.image(&model, &reference).await?;
    let kind = [(header::CONTENT_TYPE, IMAGE_MANIFEST.to_owned()), (DIGEST, digest)];
    Ok(([VERSION], kind, json).into_response())
}

/// What a manifest names: the file, or some of it, or our own manifest.
pub(super) async fn blob(
    State(kept): State<Kept>,
    Path((model, digest)): Path<(String, String)>,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shelf = kept.admit(&who, &headers).await?;
    let (artefact, blob) = shelf.blob(&model, &digest)?;
    let bytes: Bytes = match blob {
        Blob::File => {
            let object = shelf.object(artefact).await?;
            let mut response = bytes_of(shelf, object, &digest, &headers).await?;
            response.headers_mut().extend(digest.parse().map(|digest| (DIGEST, digest)));
            return Ok(response);
        }
        Blob::Signed => shelf.manifest(artefact).await?.into(),
        Blob::Empty => Bytes::from_static(Blob::EMPTY),
    };
    let kind = [(header::CONTENT_TYPE, paceline_api::operation::OCTETS.to_owned()), (DIGEST, digest)];
    Ok(([VERSION], kind, bytes).into_response())
}
