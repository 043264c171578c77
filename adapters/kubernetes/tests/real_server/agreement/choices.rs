//! Where Paceline means to differ from kube-scheduler. docs/kubernetes.md says why.

use super::case::{Case, ENDING};
use super::play::{Outcome, Played};
use serde_json::Value;

const SHARED_LEFT_OUT: &str =
    "kube-scheduler leaves a shared device of which too little is left out where all are asked for";

/// Which choice a difference comes from; `None`: it is none.
pub(super) fn choice(case: &Case, played: &Played) -> Option<&'static str> {
    if !played.broken_ours.is_empty() {
        return None;
    }
    let leaves_out = |selector: &Value| {
        let expressions = selector["matchExpressions"].as_array();
        expressions
            .into_iter()
            .flatten()
            .any(|one| one["operator"] == "NotIn" || one["operator"] == "DoesNotExist")
    };
    let mut all = case.objects.iter().chain([&case.asked]);
    if all.any(|of| any(of, &|part| leaves_out(&part["namespaceSelector"]))) {
        return Some(
            "kube-scheduler judges namespaces that a selector leaves out by no labels (kubernetes/kubernetes#141526)",
        );
    }
    match (&played.theirs, &played.ours) {
        (Outcome::Waits(why), Outcome::Placed { .. } | Outcome::Coming { .. })
            if why.contains("CEL runtime error") =>
        {
            Some("kube-scheduler gives no device at all where an expression fails on one")
        }
        (Outcome::Waits(why), Outcome::Placed { .. } | Outcome::Coming { .. })
            if why.contains("a claim constraint would not be satisfied") =>
        {
            Some(
                "kube-scheduler gives no device at all where a constraint forbids one of all that are asked for",
            )
        }
        (Outcome::Placed { .. }, _) if misses_one(played) && wants_all(case) => Some(SHARED_LEFT_OUT),
        (Outcome::Placed { .. }, Outcome::Waits(why))
            if why.contains("without free devices") && wants_all(case) =>
        {
            Some(
                "kube-scheduler leaves a shared device of which too little is left out where all are asked for",
            )
        }
        (Outcome::Coming { .. }, Outcome::Waits(_)) if is_spread_beside_ending(case) => Some(
            "kube-scheduler makes room where pods that end anyway, and do not count in a spread, would have to leave it",
        ),
        _ => None,
    }
}

fn is_spread_beside_ending(case: &Case) -> bool {
    let is_hard = |part: &Value| part["whenUnsatisfiable"] == "DoNotSchedule";
    any(&case.asked, &is_hard)
        && case.objects.iter().any(|of| !of["metadata"]["annotations"][ENDING].is_null())
}

/// Whether the checker finds of theirs that it lacks some of all, and nothing else.
fn misses_one(played: &Played) -> bool {
    let is_it = |one: &String| one.ends_with(": not all devices that match");
    !played.broken_theirs.is_empty() && played.broken_theirs.iter().all(is_it)
}

/// Whether a claim asks for all devices, and some of a shared one are taken.
fn wants_all(case: &Case) -> bool {
    let has = |holds: &dyn Fn(&Value) -> bool| case.objects.iter().any(|of| any(of, &holds));
    has(&|part| part["allocationMode"] == "All") && has(&|part| !part["shareID"].is_null())
}

/// Whether something holds for an object or any part of it.
fn any(of: &Value, holds: &impl Fn(&Value) -> bool) -> bool {
    holds(of)
        || match of {
            Value::Object(parts) => parts.values().any(|part| any(part, holds)),
            Value::Array(parts) => parts.iter().any(|part| any(part, holds)),
            _ => false,
        }
}
