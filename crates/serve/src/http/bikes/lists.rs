//! Lists of a bikes region, in pages, each with its filters.

use crate::bikes::{self, BikesModel};
use crate::http::app::App;
use crate::http::body::Asked;
use crate::http::lists::{Page, PageQuery, fill, following, limit, name, read, words};
use crate::problem::Problem;
use axum::extract::{RawQuery, State};
use paceline_api::bikes::{Hotspot, HotspotView, StationView, VanView, WorkOrderPhase, WorkOrderView};
use paceline_engine::bikes::{Bikes, OrderRow, StationRow};
use paceline_model::bikes::{StationId, VanId, WorkOrderId};
use serde::Deserialize;

/// Which stations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct StationQuery {
    hotspot: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// Which work orders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct WorkOrderQuery {
    phase: Option<String>,
    van: Option<String>,
    station: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// All stations by name.
pub(in crate::http) async fn list_stations(
    State(app): State<App<Bikes>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<StationQuery>,
) -> Result<Page<StationView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), StationId::new)?);
    let wrong = words::<Hotspot>("hotspot", query.hotspot.as_deref())?;
    let page = |model: &BikesModel| {
        let wanted = |(_, row): &(&StationId, &StationRow)| {
            let is = row.hotspot.map(|(hotspot, _)| Hotspot::from(hotspot));
            wrong.is_empty() || is.is_some_and(|is| wrong.contains(&is))
        };
        let rows = model.stations.range(following(after.as_ref()));
        fill(rows, limit, wanted, |(id, _)| id.to_string(), |(_, row)| bikes::station(row, &app.own.loose))
    };
    read(&app, raw, page).await
}

/// Stations where something is wrong, by name.
pub(in crate::http) async fn list_hotspots(
    State(app): State<App<Bikes>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PageQuery>,
) -> Result<Page<HotspotView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), StationId::new)?);
    let page = |model: &BikesModel| {
        let rows = model.stations.range(following(after.as_ref()));
        let shown = rows.map(|(id, row)| (id, bikes::hotspot(model, row)));
        let is_wrong = |(_, hotspot): &(&StationId, Option<HotspotView>)| hotspot.is_some();
        let (page, next) =
            fill(shown, limit, is_wrong, |(id, _)| id.to_string(), |(_, hotspot)| hotspot.clone());
        (page.into_iter().flatten().collect(), next)
    };
    read(&app, raw, page).await
}

/// All vans by name.
pub(in crate::http) async fn list_vans(
    State(app): State<App<Bikes>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PageQuery>,
) -> Result<Page<VanView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), VanId::new)?);
    let now = app.clock.now();
    let page = |model: &BikesModel| {
        let rows = model.vans.range(following(after.as_ref()));
        fill(
            rows,
            limit,
            |_| true,
            |(id, _)| id.to_string(),
            |(_, row)| bikes::van(model, &app.own.loose, row, now),
        )
    };
    read(&app, raw, page).await
}

/// All work orders that are remembered, by name.
pub(in crate::http) async fn list_work_orders(
    State(app): State<App<Bikes>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<WorkOrderQuery>,
) -> Result<Page<WorkOrderView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), WorkOrderId::new)?);
    let phases = words::<WorkOrderPhase>("phase", query.phase.as_deref())?;
    let van = name(query.van.as_deref(), VanId::new)?;
    let station = name(query.station.as_deref(), StationId::new)?;
    let page = |model: &BikesModel| {
        let wanted = |(_, row): &(&WorkOrderId, &OrderRow)| {
            (phases.is_empty() || phases.contains(&row.phase.into()))
                && (van.is_none() || row.van == van)
                && station.as_ref().is_none_or(|station| row.station == *station)
        };
        let rows = model.orders.range(following(after.as_ref()));
        fill(rows, limit, wanted, |(id, _)| id.to_string(), |(_, row)| bikes::work_order(row))
    };
    read(&app, raw, page).await
}
