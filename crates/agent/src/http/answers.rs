//! The routes.

use crate::infer::InferRequest;
use crate::node::shared::{Backlog, Shared};
use crate::node::slot::{NotAnswered, Slot, word};
use crate::replica::{Failure, State};
use crate::runner::RunError;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State as Of};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};

/// Largest body of an inference: a picture of four megapixels in one channel, or some 300,000 numbers in JSON.
const BODY_BYTES_MAX: usize = 4 << 20;

/// A replica as the node's own page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicaLine {
    /// Its lasting name.
    pub replica: String,
    /// Of which model.
    pub model: String,
    /// The version that was ordered.
    pub ordered: String,
    /// The version that serves; null: none does.
    pub serves: Option<String>,
    /// Where what was ordered stands.
    pub state: String,
    /// How often it has died, where it has.
    pub tries: u32,
    /// What it died of last, or why it cannot be fetched.
    pub error: Option<String>,
    /// Why it is not loaded although it could be.
    pub waits: Option<String>,
    /// How long the newest right answer to its probe took.
    pub probe_ms: Option<u32>,
    /// Inferences since what serves was loaded.
    pub requests: u64,
    /// Those that failed.
    pub errors: u64,
    /// The latency that one in a hundred exceeds.
    pub p99_ms: Option<u32>,
}

/// How the node stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusView {
    /// Its name.
    pub node: String,
    /// What it knows of the time.
    pub clock: String,
    /// How long what must be single may go on without the region; null: not known before the clock is set.
    pub autonomy_s: Option<u64>,
    /// Readings that the region has not acknowledged.
    pub backlog: Backlog,
    /// Its replicas, by name.
    pub replicas: Vec<ReplicaLine>,
}

impl ReplicaLine {
    pub(crate) fn of(slot: &Slot) -> Self {
        let (stored, served) = (slot.stored(), slot.served());
        let (replica, placed) = (stored.replica, stored.placed);
        let (tries, error, probe) = match &replica.state {
            State::Fetching { tries, error } | State::Loading { tries, error } => {
                (*tries, error.clone(), None)
            }
            State::Fetched => (0, None, None),
            State::Running(probe) => (0, None, Some(*probe)),
            State::GoingBack { failure: Failure { tries, error }, .. }
            | State::Failed(Failure { tries, error }) => (*tries, Some(error.clone()), None),
            State::WentBack { failure: Failure { tries, error }, probe } => {
                (*tries, Some(error.clone()), Some(*probe))
            }
        };
        let serves = slot.loaded().filter(|(variant, _)| replica.serving() == Some(variant));
        Self {
            replica: placed.replica,
            model: replica.order.variant.model.clone(),
            ordered: replica.order.variant.version.clone(),
            serves: serves.map(|(variant, _)| variant.version),
            state: word(&replica.state).into(),
            tries,
            error,
            waits: slot.waits().map(str::to_owned),
            probe_ms: probe.map(|probe| probe.latency_ms),
            requests: served.requests,
            errors: served.errors,
            p99_ms: served.p99_ms,
        }
    }
}

/// What is answered where.
pub(crate) fn router(node: Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/v1/status", get(status))
        .route("/v1/replicas/{id}/infer", post(infer))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(node)
}

async fn status(Of(node): Of<Arc<Shared>>) -> Json<StatusView> {
    let replicas = node.slots().iter().map(|slot| ReplicaLine::of(slot)).collect();
    let (clock, autonomy_s) = node.time.words();
    let backlog = *node.backlog.lock().unwrap_or_else(PoisonError::into_inner);
    Json(StatusView { node: node.options.node.clone(), clock, autonomy_s, backlog, replicas })
}

async fn infer(
    Of(node): Of<Arc<Shared>>,
    Path(id): Path<String>,
    body: Result<Json<InferRequest>, JsonRejection>,
) -> Response {
    let request = match body {
        Ok(Json(request)) => request,
        Err(rejection) => return problem(rejection.status(), rejection.body_text()),
    };
    if let Some(wrong) = request.inputs.iter().find_map(|input| input.check().err()) {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, wrong);
    }
    match node.infer(&id, &request).await {
        None => problem(StatusCode::NOT_FOUND, format!("no replica called {id} is placed on this node")),
        Some(Ok(answer)) => Json(answer).into_response(),
        Some(Err(error)) => problem(status_of(&error), error.to_string()),
    }
}

fn status_of(error: &NotAnswered) -> StatusCode {
    match error {
        NotAnswered::NotServing(..) => StatusCode::SERVICE_UNAVAILABLE,
        NotAnswered::Busy => StatusCode::TOO_MANY_REQUESTS,
        NotAnswered::Run(RunError::Refused(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        NotAnswered::Run(RunError::Died(_) | RunError::Failed(_)) => StatusCode::BAD_GATEWAY,
        NotAnswered::TimedOut => StatusCode::GATEWAY_TIMEOUT,
    }
}

/// Problem details. Source: RFC 9457.
fn problem(status: StatusCode, detail: String) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": detail });
    let content = [(header::CONTENT_TYPE, "application/problem+json")];
    let mut response = (status, content, body.to_string()).into_response();
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}
