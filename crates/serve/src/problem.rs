//! Errors as `application/problem+json`. Source: RFC 9457.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use paceline_model::{Invalid, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, for programs (`code`, `errors`) and for people (`title`, `detail`).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A page about this kind of error.
    #[serde(rename = "type")]
    kind: String,
    /// The kind, in words.
    title: &'static str,
    /// The HTTP status again.
    status: u16,
    /// The kind, as a code.
    code: &'static str,
    /// This occurrence, in words.
    detail: String,
    /// Which fields, if it is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

/// One field's error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Its path: `pickup.lat`.
    field: String,
    /// What it held.
    value: String,
    /// What it should have kept to.
    rule: String,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("/errors/{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
        }
    }
    /// A value broke a rule: 422.
    pub(crate) fn invalid(invalid: &Invalid) -> Self {
        Self::invalid_all([invalid])
    }
    /// Several values did.
    pub(crate) fn invalid_all<'a>(all: impl IntoIterator<Item = &'a Invalid>) -> Self {
        let all: Vec<&Invalid> = all.into_iter().collect();
        let detail = all.first().map_or_else(String::new, ToString::to_string);
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "E0101", "A value breaks a rule", detail);
        problem.errors = all
            .iter()
            .map(|invalid| FieldError {
                field: invalid.field.clone(),
                value: invalid.value.clone(),
                rule: invalid.rule.to_string(),
            })
            .collect();
        problem
    }
    /// The body is no JSON of the right shape: 400.
    pub(crate) fn malformed(error: &impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E0103", "The body cannot be read", error.to_string())
    }
    pub(crate) fn unknown(kind: &str, id: &str) -> Self {
        let refusal = Refusal::Unknown { kind: kind.into(), id: id.into() };
        Self::from(refusal)
    }
    /// Too much at once: 429, come back.
    pub(crate) fn busy(detail: &str) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self { retry_after_s: Some(1), ..Self::new(status, "E0302", "Too much at once", detail) }
    }
    /// The load shedder refuses new work: 429, come back later.
    pub(crate) fn shedding(after: std::time::Duration) -> Self {
        let detail =
            "The server has more tasks than its fleet explains and takes no new orders until it is well.";
        // Rounded up: a caller that comes back earlier comes in vain.
        let seconds = after.as_millis().div_ceil(1_000) as u32;
        Self { retry_after_s: Some(seconds), ..Self::busy(detail) }
    }
    pub(crate) fn draining() -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let detail = "The server is shutting down; nothing of this request was applied.";
        Self { retry_after_s: Some(5), ..Self::new(status, "E0303", "Shutting down", detail) }
    }
    /// The answer did not come in time. The command may still happen: ask again with the same key.
    pub(crate) fn timeout() -> Self {
        let detail =
            "No answer in time. The command may have happened: repeat it with the same Idempotency-Key.";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "E0304", "No answer in time", detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        let detail = text.split_once(' ').map_or(text.as_str(), |(_, detail)| detail).to_owned();
        let problem = |status, code, title| Self::new(status, code, title, detail.clone());
        match &refusal {
            Refusal::Invalid(invalid) => Self::invalid(invalid),
            Refusal::OffTheMap { field, position, max_m } => {
                let rule = format!("must lie within {max_m} m of a road of this region");
                let error = FieldError { field: field.clone(), value: position.to_string(), rule };
                let off = problem(StatusCode::UNPROCESSABLE_ENTITY, "E0102", "The place is off the map");
                Self { errors: vec![error], ..off }
            }
            Refusal::Unknown { .. } => problem(StatusCode::NOT_FOUND, "E0201", "Not known"),
            Refusal::DuplicateOrder(_) => problem(StatusCode::CONFLICT, "E0202", "Exists already"),
            Refusal::WrongPhase { .. } => problem(StatusCode::CONFLICT, "E0203", "Not in this phase"),
            Refusal::NotYours { .. } => problem(StatusCode::CONFLICT, "E0204", "Not this vehicle's order"),
            Refusal::WrongState { .. } => problem(StatusCode::CONFLICT, "E0205", "Not in this state"),
            Refusal::Busy(_) => problem(StatusCode::CONFLICT, "E0206", "The vehicle is busy"),
            Refusal::NoPlug(_) => problem(StatusCode::CONFLICT, "E0207", "No plug is free"),
            Refusal::KeyReused => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, "E0301", "The key was used before")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after_s.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds)));
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let headers: Vec<(HeaderName, HeaderValue)> = retry.into_iter().chain([kind]).collect();
        let mut response = (status, Json(self)).into_response();
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
