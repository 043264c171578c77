//! The table of roles, walked route by route.

#![allow(unreachable_pub, reason = "a module of tests")]

use crate::common::{Api, Call, delete, get, post, put};
use paceline_api::operation::{self as op, ALL, Method};
use paceline_api::{Access, Operation, RegionKind, Role};
use reqwest::StatusCode;
use serde_json::json;

/// Asks every operation, by every path that it has: `stranger` is asked who comes, and each of the others is let in or turned away as the table says.
pub async fn every_route(stranger: &Api, of_roles: &[(Role, Api)]) {
    every_route_of(None, stranger, of_roles).await;
}

/// As [`every_route`], of the operations that a region of this kind alone answers; `None`: of those of a fleet and of any region.
pub async fn every_route_of(kind: Option<RegionKind>, stranger: &Api, of_roles: &[(Role, Api)]) {
    for operation in ALL.iter().filter(|operation| operation.kind == kind) {
        for path in [None, operation.path_in_region()] {
            let whose = format!("{} {} {path:?}", operation.method.as_str(), operation.path);
            let unknown = status(stranger, operation, path.clone()).await;
            let asked = unknown == StatusCode::UNAUTHORIZED;
            assert_eq!(asked, operation.access != Access::Anybody, "a stranger: {whose} {unknown}");
            for (role, api) in of_roles {
                let said = status(api, operation, path.clone()).await;
                assert_ne!(said, StatusCode::UNAUTHORIZED, "{role}: {whose}");
                let turned_away = said == StatusCode::FORBIDDEN;
                assert_eq!(turned_away, !operation.access.admits(*role), "{role}: {whose} {said}");
            }
        }
    }
}

/// A request of an operation whose answer is of no interest, as long as it comes from behind the gate.
fn call(operation: &Operation) -> Call {
    let path =
        operation.path_of(if operation.path == op::ERROR_PAGE.path { "E0101" } else { name(operation) });
    match operation.method {
        Method::Get => get(&path),
        Method::Put => put(&path, json!({})),
        Method::Post => post(&path, json!({})),
        Method::Delete => delete(&path),
    }
}

/// Who speaks for one thing alone speaks for this one: a node's key for its node, a vehicle's for its vehicle.
fn name(operation: &Operation) -> &'static str {
    if operation.path.starts_with("/v1/nodes/") { "n1" } else { "v1" }
}

async fn status(api: &Api, operation: &Operation, path: Option<String>) -> StatusCode {
    let mut call = call(operation);
    call.path =
        path.map_or(call.path, |path| path.replace("{region}", "main").replace("{id}", name(operation)));
    // The head is enough: streams go on.
    api.send(call).await.status()
}
