//! Answers by class, for the share of errors that alerts and rollouts look at.

use super::app::App;
use crate::metrics::Class;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

pub(super) async fn answers(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    app.metrics.answered(Class::of(response.status()));
    response
}
