//! Answers by class, for the share of errors that alerts and rollouts look at.

use crate::metrics::Answers;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

pub(super) async fn answers(State(answers): State<Answers>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    answers.count(response.status());
    response
}
