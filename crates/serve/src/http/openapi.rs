//! The API's description, made from the handlers themselves. Source: OpenAPI 3.1.

use super::{link, orders, pages, policy, road, sites, stream, telemetry, traffic, vehicles};
use axum::http::{HeaderName, header};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Paceline",
        description = "Who should serve what, now? All answers to commands are durable. \
        Errors are application/problem+json; the type of each is the path of a page with cause and cure."
    ),
    paths(
        orders::place,
        orders::read,
        orders::cancel,
        orders::explain,
        vehicles::put,
        vehicles::read,
        vehicles::retire,
        vehicles::list,
        link::stream,
        link::positions,
        vehicles::accept,
        vehicles::decline,
        vehicles::arrived,
        vehicles::picked_up,
        vehicles::dropped_off,
        vehicles::fault,
        vehicles::recover,
        vehicles::plug_in,
        vehicles::unplug,
        telemetry::post,
        sites::put_charger,
        sites::put_geofence,
        stream::open,
        pages::healthz,
        pages::readyz,
        pages::metrics,
        pages::world,
        policy::read,
        pages::roads,
        pages::error,
        road::route,
        road::table,
        road::nearest,
        road::isochrone,
        road::trace,
        traffic::post,
        traffic::read,
    )
)]
struct Api;

/// The description as JSON.
pub fn openapi_json() -> String {
    Api::openapi().to_pretty_json().unwrap_or_default()
}

pub(super) async fn serve() -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json")], openapi_json())
}
