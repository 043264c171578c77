//! Questions to the road network: one drive, many drives, who is nearest, how far, and which streets a trace was driven on.
//! Answers are GeoJSON where they have a shape. Nothing here touches the world.

use super::app::App;
use super::body::Body;
use crate::problem::Problem;
use crate::road_service::Effort;
use crate::streets::OnStreets;
use axum::Json;
use axum::extract::State;
use paceline_api::road::{
    BatteryNow, NearestQuestion, ReachQuestion, RouteQuestion, TableQuestion, TraceItem, TraceQuestion,
    TravelTable, Uses,
};
use paceline_api::{Code, Place};
use paceline_model::limits::{
    AUXILIARY_W, CONSUMPTION_WH_PER_KM, NEAREST_AMONG_MAX, REACH_S, REACH_WH, SIGMA_M, TABLE_PLACES_MAX,
    TRACE_POSITIONS_MAX, within,
};
use paceline_model::{
    Charge, Instant, Invalid, Millis, MilliwattHours, MilliwattHoursPerKm, Position, Refusal, Rule,
};
use paceline_road::{
    Direction, EnergyModel, Fix, Found, MatchError, MatchOptions, Matcher, NearestQuery, ReachLimit,
    RoadPoint, Roads, Search, Targets, TravelTimes, geojson,
};
use paceline_supervise::sync::oneshot;
use serde_json::Value;

/// Edges that matching one trace may settle: some tenths of a second.
const TRACE_STEPS_MAX: u64 = 5_000_000;
/// How far a place may lie off the road, in metres.
const SNAP_M: u32 = 500;

/// What a vehicle uses, as the network reckons with it.
fn model(uses: Option<Uses>) -> Result<EnergyModel, Problem> {
    let uses = uses.unwrap_or(Uses { consumption_wh_per_km: 150.0, auxiliary_w: 0.0 });
    let checked = |field: &str, value, range| {
        within(field, value, range).map_err(|invalid| Problem::invalid(&invalid.within("vehicle")))
    };
    let wh = checked("consumption_wh_per_km", uses.consumption_wh_per_km, CONSUMPTION_WH_PER_KM)?;
    let auxiliary_w = checked("auxiliary_w", uses.auxiliary_w, AUXILIARY_W)? as u32;
    Ok(EnergyModel { consumption: MilliwattHoursPerKm((wh * 1e3).round() as u32), auxiliary_w })
}

/// The fastest way as a GeoJSON feature: a line, with time, distance, energy, streets and charge.
pub(super) async fn route<W: OnStreets>(
    State(app): State<App<W>>,
    Body(question, _): Body<RouteQuestion>,
) -> Result<Json<Value>, Problem> {
    let uses = model(question.vehicle)?;
    let battery = question.battery.map(battery).transpose()?;
    app.ask_road(Effort::Drive, move |roads, search| {
        let (from, to) = (landed(roads, "from", question.from)?, landed(roads, "to", question.to)?);
        let path = roads.path(search, from, to).ok_or_else(no_way)?;
        Ok(Json(geojson::route(roads, from, &path, uses, battery)))
    })
    .await
}

fn battery(battery: BatteryNow) -> Result<(MilliwattHours, Charge), Problem> {
    let invalid = |invalid: Invalid| Problem::invalid(&invalid.within("battery"));
    let kwh = within("kwh", battery.kwh, paceline_model::limits::BATTERY_KWH).map_err(invalid)?;
    let percent = within("percent", battery.percent, (0.0, 100.0)).map_err(invalid)?;
    Ok((MilliwattHours::from_kwh(kwh), Charge::from_percent(percent).map_err(invalid)?))
}

/// Times and distances from each place to each.
pub(super) async fn table<W: OnStreets>(
    State(app): State<App<W>>,
    Body(question, _): Body<TableQuestion>,
) -> Result<Json<TravelTable>, Problem> {
    size("from", question.from.len(), TABLE_PLACES_MAX, "places")?;
    size("to", question.to.len(), TABLE_PLACES_MAX, "places")?;
    app.ask_road(Effort::Survey, move |roads, search| {
        let (starts, ends) = (all(roads, "from", &question.from)?, all(roads, "to", &question.to)?);
        let targets = Targets::new(roads, &ends);
        let mut table = TravelTable { times_s: Vec::new(), distances_m: Vec::new() };
        for start in starts {
            let (mut times, mut distances) = (vec![None; ends.len()], vec![None; ends.len()]);
            let query = NearestQuery { place: start, count: ends.len(), bound: Millis::MAX };
            for Found { target, leg } in roads.nearest(search, query, &targets, Direction::FromSource) {
                times[target as usize] = Some(leg.time.as_secs_f64());
                distances[target as usize] = Some(leg.distance.as_metres());
            }
            table.times_s.push(times);
            table.distances_m.push(distances);
        }
        Ok(Json(table))
    })
    .await
}

/// GeoJSON points, nearest first: of `among` those that get to the place soonest; without it, the nearest streets.
pub(super) async fn nearest<W: OnStreets>(
    State(app): State<App<W>>,
    Body(question, _): Body<NearestQuestion>,
) -> Result<Json<Value>, Problem> {
    let (count, among) = (question.count, question.among.unwrap_or_default());
    within("count", count as f64, (1.0, NEAREST_AMONG_MAX as f64))?;
    if !among.is_empty() {
        size("among", among.len(), NEAREST_AMONG_MAX, "places")?;
    }
    let effort = if among.is_empty() { Effort::Drive } else { Effort::Survey };
    app.ask_road(effort, move |roads, search| {
        let source = landed(roads, "place", question.place)?;
        if among.is_empty() {
            let near = roads.near(position("place", question.place)?, SNAP_M.into()).into_iter().take(count);
            let features = near.map(|snapped| geojson::snapped(roads, &snapped)).collect();
            return Ok(Json(geojson::collection(features)));
        }
        let targets = Targets::new(roads, &all(roads, "among", &among)?);
        let query = NearestQuery { place: source, count, bound: Millis::MAX };
        let found = roads.nearest(search, query, &targets, Direction::ToSource);
        let mut features = Vec::with_capacity(found.len());
        for Found { target, leg } in found {
            let mut properties = geojson::takes(leg, model(None)?);
            properties["index"] = target.into();
            features.push(geojson::point(position("among", among[target as usize])?, properties));
        }
        Ok(Json(geojson::collection(features)))
    })
    .await
}

/// What is reached, as GeoJSON: first the area, then each piece of road with the drive to its end.
pub(super) async fn isochrone<W: OnStreets>(
    State(app): State<App<W>>,
    Body(question, _): Body<ReachQuestion>,
) -> Result<Json<Value>, Problem> {
    let uses = model(question.vehicle)?;
    let checked = |field, value, range| within(field, value, range).map_err(Problem::from);
    let limit = match (question.seconds, question.watt_hours) {
        (Some(s), None) => ReachLimit::Time(Millis((checked("seconds", s, REACH_S)? * 1e3).round() as u32)),
        (None, Some(wh)) => {
            let energy = MilliwattHours((checked("watt_hours", wh, REACH_WH)? * 1e3).round() as u32);
            ReachLimit::Energy(uses, energy)
        }
        (Some(s), Some(_)) => {
            let rule = Rule::Without { other: "watt_hours".into() };
            return Err(Problem::invalid(&Invalid::new("seconds", s, rule)));
        }
        (None, None) => {
            let rule = Rule::Within { low: REACH_S.0, high: REACH_S.1 };
            return Err(Problem::invalid(&Invalid::new("seconds", "left out, as is watt_hours", rule)));
        }
    };
    app.ask_road(Effort::Survey, move |roads, _| {
        let from = landed(roads, "from", question.from)?;
        Ok(Json(geojson::reach(roads, &roads.reach(from, limit), uses)))
    })
    .await
}

/// The streets that a trace was driven on, as GeoJSON: a line per stretch, then a point per position.
pub(super) async fn trace<W: OnStreets>(
    State(app): State<App<W>>,
    Body(question, _): Body<TraceQuestion>,
) -> Result<Json<Value>, Problem> {
    size("positions", question.positions.len(), TRACE_POSITIONS_MAX, "positions")?;
    let sigma_m = within("sigma_m", question.sigma_m, SIGMA_M)?;
    let fixes = fixes(&question.positions)?;
    app.ask_road(Effort::Survey, move |roads, _| {
        let options = MatchOptions { steps_max: TRACE_STEPS_MAX, ..MatchOptions::for_sigma(sigma_m) };
        let matched = Matcher::new(roads, options).run(&fixes).map_err(|error| match error {
            MatchError::Disordered { index } => {
                let than = format!("positions[{}].time", index - 1);
                let at = fixes[index].at.to_string();
                let field = format!("positions[{index}].time");
                Problem::invalid(&Invalid::new(field, at, Rule::NotBefore { than }))
            }
            MatchError::OffTheMap { radius_m } => {
                let (field, position) = ("positions".to_owned(), fixes[0].position);
                Refusal::OffTheMap { field, position, max_m: radius_m as u32 }.into()
            }
            MatchError::Empty => Problem::malformed(&error),
        })?;
        Ok(Json(geojson::matched(roads, &matched)))
    })
    .await
}

fn fixes(items: &[TraceItem]) -> Result<Vec<Fix>, Invalid> {
    let fix = |(index, item): (usize, &TraceItem)| {
        let field = format!("positions[{index}]");
        let position = Position::new(item.lat, item.lon).map_err(|invalid| invalid.within(&field))?;
        let at: Instant = item
            .time
            .parse()
            .map_err(|_| Invalid::new(format!("{field}.time"), &item.time, Rule::Rfc3339))?;
        Ok(Fix { position, at })
    };
    items.iter().enumerate().map(fix).collect()
}

fn size(field: &str, count: usize, most: usize, unit: &str) -> Result<(), Problem> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    let rule = Rule::Size { least: 1, most, unit: unit.into() };
    Err(Problem::invalid(&Invalid::new(field, format!("{count} {unit}"), rule)))
}

fn position(field: &str, place: Place) -> Result<Position, Problem> {
    Position::new(place.lat, place.lon).map_err(|invalid| Problem::invalid(&invalid.within(field)))
}

/// The place on the road; the error names the field.
fn landed(roads: &Roads, field: &str, place: Place) -> Result<RoadPoint, Problem> {
    let position = position(field, place)?;
    let off = || Refusal::OffTheMap { field: field.to_owned(), position, max_m: SNAP_M };
    Ok(roads.snap(position, SNAP_M.into()).ok_or_else(off)?.point)
}

fn all(roads: &Roads, field: &str, places: &[Place]) -> Result<Vec<RoadPoint>, Problem> {
    let one = |(index, &place): (usize, &Place)| landed(roads, &format!("{field}[{index}]"), place);
    places.iter().enumerate().map(one).collect()
}

/// Streets on the way are closed.
fn no_way() -> Problem {
    let detail = "No open road leads from the start to the end.";
    Problem::new(Code::E0109, detail)
}

impl<W: OnStreets> App<W> {
    /// Has the road service answer a request, and waits for it.
    pub(crate) async fn ask_road<T: Send + 'static>(
        &self,
        effort: Effort,
        question: impl FnOnce(&Roads, &mut Search) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (caller, answer) = oneshot::channel("the road service's answer");
        let request = Box::new(move |roads: &Roads, search: &mut Search| {
            // A caller that has gone away does not need its answer, and none is worked out for it.
            if !caller.is_closed() {
                _ = caller.send(question(roads, search));
            }
        });
        if !self.on_streets()?.road.put(effort, request) {
            self.region.turned_away.inc();
            return Err(Problem::busy("The road service's queue is full."));
        }
        self.region.within(answer.recv()).await?.map_err(|_| Problem::draining())?
    }
}
