//! Lists, in pages, read beside the region. A page says at which version it stands (`Paceline-Version`) and where to go on (`Link`, RFC
//! 8288); it is the last one when it does not. Where a list stands does not move while it is read: what is added later comes later, or
//! is a change of the stream after the first page's version.

use super::app::App;
use super::body::Asked;
use crate::kind::{Kind, ReadModel as _};
use crate::problem::Problem;
use crate::region::matters::Matters;
use crate::view::{self, Model, OrderRow, Place, VehicleRow};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use paceline_api::page::{LISTED_DEFAULT, VERSION_HEADER};
use paceline_api::{ChargerView, GeofenceView, Job, OrderPhase, OrderView, VehicleView};
use paceline_model::limits::{LISTED_MAX, within};
use paceline_model::{ChargerId, GeofenceId, Instant, Invalid, Rule, VehicleId};
use serde::de::value::{Error as Unread, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use std::ops::Bound;

/// Rows that one page looks at, most of which its filter may pass over: well under a millisecond. A page may so be shorter than asked
/// for, or empty, and not be the last.
const LOOKED_AT_MAX: usize = 10_000;
/// Corners of areas in one page, beyond which it is closed: some 2 MB.
const CORNERS_MAX: usize = 50_000;

/// Which part of a list of sites.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    pub(super) after: Option<String>,
    pub(super) limit: Option<usize>,
}

/// Which vehicles.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VehicleQuery {
    job: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// Which orders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderQuery {
    state: Option<String>,
    vehicle: Option<String>,
    placed_from: Option<String>,
    placed_until: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// Part of a list, as of a version of the world.
pub(super) struct Page<T> {
    version: u64,
    rows: Vec<T>,
    /// The query of the next page.
    next: Option<String>,
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let version = (HeaderName::from_static(VERSION_HEADER), HeaderValue::from(self.version));
        let mut response = ([version], Json(self.rows)).into_response();
        // Relative to the list's own address, which may name a region.
        let link =
            self.next.and_then(|query| HeaderValue::try_from(format!("<?{query}>; rel=\"next\"")).ok());
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

/// All vehicles by name.
pub(super) async fn vehicles(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<VehicleQuery>,
) -> Result<Page<VehicleView>, Problem> {
    let (limit, jobs) = (limit(query.limit)?, words::<Job>("job", query.job.as_deref())?);
    let after = name(query.after.as_deref(), VehicleId::new)?;
    let page = |model: &Model| {
        let wanted = |row: &&VehicleRow| jobs.is_empty() || jobs.contains(&view::vehicle(row).job);
        let cursor = |row: &&VehicleRow| row.spec.id.to_string();
        fill(model.vehicles.after(after.as_ref()), limit, wanted, cursor, |row| view::vehicle(row))
    };
    read(&app, raw, page).await
}

/// All orders that are kept, by when they were placed.
pub(super) async fn orders(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<OrderQuery>,
) -> Result<Page<OrderView>, Problem> {
    let (limit, states) = (limit(query.limit)?, words::<OrderPhase>("state", query.state.as_deref())?);
    let vehicle = name(query.vehicle.as_deref(), VehicleId::new)?;
    let range = range(&query)?;
    let live = !states.is_empty() && states.iter().all(|state| !is_final(*state));
    let page = |model: &Model| {
        let wanted = |(_, row): &(Place, &OrderRow)| {
            (states.is_empty() || states.contains(&row.phase.into()))
                && (vehicle.is_none() || row.vehicle == vehicle)
        };
        let cursor = |((placed_at, slot), _): &(Place, &OrderRow)| format!("{}-{slot}", placed_at.0);
        fill(model.orders.between(range, live), limit, wanted, cursor, |(_, row)| view::order(row))
    };
    read(&app, raw, page).await
}

/// All charger sites by name.
pub(super) async fn chargers(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PageQuery>,
) -> Result<Page<ChargerView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), ChargerId::new)?);
    let page = |model: &Model| {
        let sites = model.chargers.range(following(after.as_ref()));
        fill(sites, limit, |_| true, |(id, _)| id.to_string(), |(_, site)| view::charger(site))
    };
    read(&app, raw, page).await
}

/// All areas by name.
pub(super) async fn geofences(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PageQuery>,
) -> Result<Page<GeofenceView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), GeofenceId::new)?);
    let page = |model: &Model| {
        let areas = model.geofences.range(following(after.as_ref()));
        let mut corners = 0;
        let fits = |(_, area): &(_, &std::sync::Arc<paceline_model::Geofence>)| {
            let room = corners < CORNERS_MAX;
            corners += area.ring().len();
            room
        };
        let count = areas.clone().take_while(fits).take(limit).count().max(1);
        fill(areas, count, |_| true, |(id, _)| id.to_string(), |(_, area)| view::geofence(area))
    };
    read(&app, raw, page).await
}

/// Reads a page, and makes of its cursor the query that goes on.
pub(super) async fn read<T, W: Kind>(
    app: &App<W>,
    raw: Option<String>,
    page: impl FnOnce(&W::Model) -> (Vec<T>, Option<String>),
) -> Result<Page<T>, Problem> {
    app.region.in_time(Matters::Read)?;
    let (version, (rows, cursor)) = app.view.read(|model| (model.version().0, page(model))).await?;
    let next = cursor.map(|cursor| {
        let kept = raw.as_deref().unwrap_or_default().split('&');
        let kept = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
        kept.map(str::to_owned).chain([format!("after={cursor}")]).collect::<Vec<_>>().join("&")
    });
    Ok(Page { version, rows, next })
}

/// The rows that are wanted, `limit` at most, and where to go on if there are more to look at.
pub(super) fn fill<R, T>(
    mut rows: impl Iterator<Item = R>,
    limit: usize,
    mut wanted: impl FnMut(&R) -> bool,
    cursor: impl Fn(&R) -> String,
    shown: impl Fn(&R) -> T,
) -> (Vec<T>, Option<String>) {
    let (mut page, mut last) = (Vec::new(), None);
    for row in rows.by_ref().take(LOOKED_AT_MAX) {
        if wanted(&row) {
            page.push(shown(&row));
        }
        last = Some(row);
        if page.len() == limit {
            break;
        }
    }
    let next = last.filter(|_| rows.next().is_some());
    (page, next.as_ref().map(cursor))
}

pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(LISTED_DEFAULT);
    within("limit", limit as f64, (1.0, LISTED_MAX as f64))?;
    Ok(limit)
}

/// What comes after a name; of none: everything.
pub(super) fn following<T: ?Sized>(after: Option<&T>) -> (Bound<&T>, Bound<&T>) {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// A name in a query.
pub(super) fn name<T>(
    text: Option<&str>,
    new: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Problem> {
    text.map(new).transpose().map_err(Problem::from)
}

/// Words of an enum with commas between them.
pub(super) fn words<T: DeserializeOwned>(field: &str, text: Option<&str>) -> Result<Vec<T>, Problem> {
    let word = |word: &str| {
        let read: StrDeserializer<'_, Unread> = word.into_deserializer();
        T::deserialize(read).map_err(|error| {
            Problem::invalid(&Invalid::new(field, word, Rule::Shape(format!("must be a known one: {error}"))))
        })
    };
    text.into_iter().flat_map(|text| text.split(',')).map(word).collect()
}

fn is_final(state: OrderPhase) -> bool {
    paceline_model::lifecycle::OrderPhase::from(state).is_final()
}

/// Between which places an order must lie by its time and the cursor. Errors: no time; no cursor.
fn range(query: &OrderQuery) -> Result<(Bound<Place>, Bound<Place>), Problem> {
    let time = |field: &str, text: &Option<String>| {
        let time = text.as_deref().map(str::parse::<Instant>).transpose();
        time.map_err(|invalid| Problem::invalid(&Invalid { field: field.into(), ..invalid }))
    };
    let from = time("placed_from", &query.placed_from)?.map(|at| (at, 0));
    let until = time("placed_until", &query.placed_until)?.map(|at| (at, 0));
    let after = query.after.as_deref().map(place).transpose()?;
    let low = match (from, after) {
        (Some(from), Some(after)) if after < from => Bound::Included(from),
        (_, Some(after)) => Bound::Excluded(after),
        (Some(from), None) => Bound::Included(from),
        (None, None) => Bound::Unbounded,
    };
    Ok((low, until.map_or(Bound::Unbounded, Bound::Excluded)))
}

/// The place that a cursor stands for.
fn place(cursor: &str) -> Result<Place, Problem> {
    let parts =
        cursor.split_once('-').and_then(|(at, slot)| Some((Instant(at.parse().ok()?), slot.parse().ok()?)));
    parts.ok_or_else(|| {
        let rule = Rule::Shape("must be where a page of this list ended: take it from its Link".into());
        Problem::invalid(&Invalid::new("after", cursor, rule))
    })
}
