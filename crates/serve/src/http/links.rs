//! The upgrade by which a link begins; what goes over it is `crates/serve/src/connections/link.rs`.

use super::body::Asked;
use crate::connections::{LinkSlot, OpenedLink};
use crate::problem::Problem;
use axum::Extension;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::upgrade::OnUpgrade;
use paceline_api::Code;
use paceline_client::accept_of;
use paceline_model::RegionId;
use serde::Deserialize;

/// Which region a link is to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkQuery {
    region: Option<String>,
}

/// Answers an upgrade; the connection's task goes on with it. Source: RFC 6455, 4.2.
pub(super) async fn open(
    Asked(LinkQuery { region }): Asked<LinkQuery>,
    slot: Option<Extension<LinkSlot>>,
    mut request: Request,
) -> Result<Response, Problem> {
    // A page has no use for one, and could be anybody's.
    if request.headers().contains_key(header::ORIGIN) {
        return Err(Problem::new(
            Code::E0113,
            "Origin is set: links are for programs on nodes, and not for pages.",
        ));
    }
    let region = region.as_deref().map(RegionId::new).transpose()?;
    let plain = || {
        let detail =
            "A link begins with Connection: Upgrade, Upgrade: websocket and Sec-WebSocket-Version: 13.";
        Problem::new(Code::E0116, detail)
    };
    let headers = request.headers().clone();
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_upgrade(&headers)).ok_or_else(plain)?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(plain)?;
    let Extension(slot) = slot.ok_or_else(plain)?;
    let accepted =
        HeaderValue::try_from(accept_of(key.as_bytes())).map_err(|error| Problem::malformed(&error))?;
    slot.leave(OpenedLink { upgrade, headers: headers.clone(), region });
    let head: [(HeaderName, HeaderValue); 3] = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accepted),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, head).into_response())
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, wanted: &str| {
        let said = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        said.split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted))
    };
    says(header::CONNECTION, "upgrade")
        && says(header::UPGRADE, "websocket")
        && says(header::SEC_WEBSOCKET_VERSION, "13")
}
