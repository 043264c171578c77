//! Before all other doors: while the server has more to do than it can, new work is turned away here, before anything else is done for it.
//!
//! A flood is turned away only as fast as it comes if an answer costs next to nothing: less than half of what it costs from behind the other
//! doors, where whoever asks is routed, known, counted and recorded. Nobody needs to be known to be told that there is no room.

use super::regions::Dispatch;
use crate::connections::Turnstile;
use crate::metrics::Answers;
use crate::problem::Problem;
use axum::http::Method;
use axum::response::IntoResponse as _;
use paceline_api::operation::{self as op, Operation};
use std::sync::Arc;

/// What brings new work.
const NEW_WORK: [&Operation; 3] = [&op::PLACE_ORDER, &op::PUT_WORKLOAD, &op::PUT_FEDERATED_WORKLOAD];

/// The turnstile before these regions.
pub(super) fn turnstile(dispatch: Dispatch, answers: Answers) -> Turnstile {
    Arc::new(move |method, uri| {
        let away = turned_away(&dispatch, method, uri.path())?.into_response();
        answers.count(away.status());
        Some(away)
    })
}

/// Why a request is turned away; `None`: it is let in, or is no new work of a region that runs here.
fn turned_away(dispatch: &Dispatch, method: &Method, path: &str) -> Option<Problem> {
    let mut new_work = NEW_WORK.iter().filter(|new| new.method.as_str() == method.as_str()).peekable();
    new_work.peek()?;
    let (name, rest) = dispatch.addressed(path).ok()?;
    new_work.any(|new| is_at(new.path, rest)).then_some(())?;
    (dispatch.regions.find(name.as_str())?.served.new_work)().err()
}

/// Whether a path is one of an operation's, as both stand behind `/v1/`.
fn is_at(of_operation: &str, rest: &str) -> bool {
    let Some(of_operation) = of_operation.strip_prefix("/v1/") else { return false };
    let (mut parts, mut names) = (of_operation.split('/'), rest.split('/'));
    loop {
        match (parts.next(), names.next()) {
            (None, None) => return true,
            (Some(part), Some(name)) if part == name || (part.starts_with('{') && !name.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_found_by_the_shape_of_its_path() {
        for path in ["orders", "orders/"] {
            assert_eq!(is_at(op::PLACE_ORDER.path, path), path == "orders", "{path}");
        }
        let workloads = ["workloads/detector", "workloads", "workloads/", "workloads/detector/x", "nodes/n1"];
        assert_eq!(
            workloads.map(|path| is_at(op::PUT_WORKLOAD.path, path)),
            [true, false, false, false, false]
        );
    }
}
