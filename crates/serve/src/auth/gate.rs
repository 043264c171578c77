//! The last door before a handler: may whoever asks ask this? The table is the operations' own column `access`.

use super::principal::{Who, unknown};
use crate::problem::Problem;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use paceline_api::{Access, Code, Operation};
use paceline_model::RegionId;
use std::sync::Arc;

/// What stands before one operation.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) operation: &'static Operation,
    /// The region that it asks, or all of them where it asks all.
    pub(crate) regions: Arc<[RegionId]>,
    /// Whether the region says to the public what it publishes.
    pub(crate) public: bool,
}

/// How programs say who they are.
const BEARER: &str = "Bearer realm=\"paceline\"";
/// How browsers and clients of registries do.
const BASIC: &str = "Basic realm=\"paceline\", charset=\"UTF-8\"";

/// Left with the answer of what acts, for the audit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acted;

impl Gate {
    fn admit(&self, who: &Who, params: &RawPathParams) -> Result<(), Problem> {
        let roles = match self.operation.access {
            Access::Anybody => return Ok(()),
            Access::Published(_) if self.public => return Ok(()),
            Access::Roles(roles) | Access::Published(roles) => roles,
        };
        let principal = match who {
            Who::Unasked => return Ok(()),
            Who::Unknown(certificate) => return Err(unknown(certificate.as_deref())),
            Who::Known(principal) => principal,
        };
        if !self.operation.access.admits(principal.role) {
            let may: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            let detail = format!("This is not for role {}; it is for {}.", principal.role, may.join(", "));
            return Err(Problem::new(Code::E0608, detail));
        }
        if self.operation.of_region {
            principal.within(&self.regions)?;
        }
        let vehicle = params.iter().find(|(name, _)| *name == "id" && self.operation.is_of_vehicle());
        vehicle.map_or(Ok(()), |(_, id)| principal.speak_for(id))
    }
}

/// Lets a request through to its handler, or says why not.
pub(crate) async fn pass(
    State(gate): State<Gate>,
    who: Who,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let params = params.map_err(|_| Problem::malformed(&"the path: a name in it is not UTF-8"));
    let mut response = match params.and_then(|params| gate.admit(&who, &params)) {
        Ok(()) => next.run(request).await,
        Err(problem) if gate.operation.is_of_registry() => refusal_by(problem, &[BASIC]),
        Err(problem) => refusal(problem),
    };
    if gate.operation.acts() {
        response.extensions_mut().insert(Acted);
    }
    response
}

/// A refusal, which says how to ask if nobody said who they are: programs by `Bearer`, and browsers, which ask their user, by `Basic`.
pub(super) fn refusal(problem: Problem) -> Response {
    refusal_by(problem, &[BEARER, BASIC])
}

/// The same, naming these ways alone: clients of registries take `Bearer` for a service that hands out tokens.
fn refusal_by(problem: Problem, schemes: &[&'static str]) -> Response {
    let asks = problem.code() == Some(Code::E0602);
    let mut response = problem.into_response();
    for scheme in schemes.iter().filter(|_| asks) {
        response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    }
    response
}
