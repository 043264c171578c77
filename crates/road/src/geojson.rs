//! Answers as GeoJSON (RFC 7946), longitude first, that opens in any viewer: the same for the commands and over HTTP.

use crate::antimeridian::pieces;
use crate::consumption::EnergyModel;
use crate::leg::{EdgeId, Leg, Path, RoadPoint};
use crate::map_matching::{Matched, Stretch};
use crate::network::Roads;
use crate::reach::Reach;
use crate::snap::Snapped;
use paceline_model::{Centimetres, Charge, MilliwattHours, Position};
use serde_json::{Value, json};

/// A position as GeoJSON writes it.
pub fn coordinates(at: Position) -> [f64; 2] {
    [at.lon(), at.lat()]
}

/// Several features as one document.
pub fn collection(features: Vec<Value>) -> Value {
    json!({ "type": "FeatureCollection", "features": features })
}

/// A line, or several where it crosses the 180th meridian.
fn line(positions: impl IntoIterator<Item = Position>) -> Value {
    let positions: Vec<Position> = positions.into_iter().collect();
    match pieces(&positions).as_slice() {
        [line] => json!({ "type": "LineString", "coordinates": line }),
        lines => json!({ "type": "MultiLineString", "coordinates": lines }),
    }
}

/// A point with properties.
pub fn point(at: Position, properties: Value) -> Value {
    let geometry = json!({ "type": "Point", "coordinates": coordinates(at) });
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

/// A straight line with properties: an entry of a table.
pub fn straight(from: Position, to: Position, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": line([from, to]), "properties": properties })
}

/// A drive: its line, what it takes, the streets with the metres on each, and the charge at each corner if a battery is named.
pub fn route(
    roads: &Roads,
    from: RoadPoint,
    path: &Path,
    model: EnergyModel,
    battery: Option<(MilliwattHours, Charge)>,
) -> Value {
    let names = streets(roads, from, path);
    let along = battery.map(|(capacity, start)| model.charge_along(path, capacity, start));
    let percents = along.map(|all| all.into_iter().map(Charge::as_percent).collect::<Vec<_>>());
    let mut properties = takes(path.leg, model);
    properties["streets"] = names.iter().map(|(name, _)| name.as_str()).collect();
    properties["street_metres"] = names.iter().map(|(_, length)| length.as_metres()).collect();
    if let Some(percents) = percents {
        properties["charge_percent"] = percents.last().copied().into();
        properties["charge_percent_at"] = percents.into();
    }
    json!({
        "type": "Feature",
        "geometry": line(path.steps.iter().map(|step| step.position)),
        "properties": properties,
    })
}

/// Time, distance and energy of a drive; nothing of one that does not exist.
pub fn takes(leg: Leg, model: EnergyModel) -> Value {
    if !leg.is_reachable() {
        return json!({ "time_s": null, "distance_m": null, "energy_wh": null });
    }
    json!({
        "time_s": leg.time.as_secs_f64(),
        "distance_m": leg.distance.as_metres(),
        "energy_wh": f64::from(model.driving(leg).0) / 1e3,
    })
}

/// The streets of a drive with the length on each, neighbours of one name taken together.
pub fn streets(roads: &Roads, from: RoadPoint, path: &Path) -> Vec<(String, Centimetres)> {
    let mut streets: Vec<(String, Centimetres)> = Vec::new();
    let last = path.edges.len().saturating_sub(1);
    let mut left = path.leg.distance;
    for (i, &edge) in path.edges.iter().enumerate() {
        let whole = roads.edge_leg(edge).distance;
        let length = if i == 0 && last > 0 {
            first_length(roads, from, path)
        } else {
            Centimetres(whole.0.min(left.0))
        };
        left = Centimetres(left.0 - length.0);
        let name = roads.edge_name(edge).unwrap_or("(unnamed)");
        match streets.last_mut() {
            Some((before, sum)) if before == name => *sum += length,
            _ => streets.push((name.to_owned(), length)),
        }
    }
    // Where a place is at a corner, a few centimetres of the crossing street say nothing.
    if streets.iter().any(|(_, length)| length.0 >= 100) {
        streets.retain(|(_, length)| length.0 >= 100);
    }
    streets
}

/// The part of the first edge that is driven: all but what the later edges take.
fn first_length(roads: &Roads, start: RoadPoint, path: &Path) -> Centimetres {
    let whole = roads.edge_leg(path.edges[0]).distance;
    let done = roads.begins_on(start, path.edges[0]);
    let driven = u64::from(whole.0) * u64::from(u16::MAX - done) / u64::from(u16::MAX);
    Centimetres((driven as u32).min(path.leg.distance.0))
}

/// What is reached: the area first, then each piece of road with the drive to its end.
pub fn reach(roads: &Roads, reach: &Reach, model: EnergyModel) -> Value {
    let ring = |ring: &Vec<Position>| ring.iter().copied().map(coordinates).collect::<Vec<_>>();
    let polygons: Vec<Vec<Vec<[f64; 2]>>> =
        reach.area.iter().map(|polygon| polygon.iter().map(ring).collect()).collect();
    let area = json!({
        "type": "Feature",
        "geometry": { "type": "MultiPolygon", "coordinates": polygons },
        "properties": { "edges": reach.edges.len() },
    });
    let piece = |piece: &crate::reach::ReachedEdge| {
        json!({
            "type": "Feature",
            "geometry": line(crate::reach::piece_line(roads, piece)),
            "properties": with_edge(takes(piece.leg, model), piece.edge),
        })
    };
    collection(std::iter::once(area).chain(reach.edges.iter().map(piece)).collect())
}

fn with_edge(mut properties: Value, edge: EdgeId) -> Value {
    properties["edge"] = edge.0.into();
    properties
}

/// A matched trace: each stretch as a line, then each position that found its place as a point.
pub fn matched(roads: &Roads, matched: &Matched) -> Value {
    let stretch = |stretch: &Stretch| {
        let edges: Vec<u32> = stretch.edges.iter().map(|edge| edge.0).collect();
        let ways: Vec<i64> =
            stretch.edges.iter().flat_map(|&e| roads.edge_ways(e)).map(|part| part.way).collect();
        let mut names: Vec<&str> = stretch.edges.iter().filter_map(|&edge| roads.edge_name(edge)).collect();
        names.dedup();
        json!({
            "type": "Feature",
            "geometry": line(stretch.line.iter().copied()),
            "properties": {
                "distance_m": stretch.distance.as_metres(), "edges": edges, "ways": ways, "streets": names,
            },
        })
    };
    let lines = matched.stretches.iter().map(stretch);
    let fixes = matched.fixes.iter().enumerate().filter_map(|(index, fix)| {
        let fix = fix.as_ref()?;
        let off = (fix.distance_m * 100.0).round() / 100.0;
        let properties =
            json!({ "index": index, "stretch": fix.stretch, "edge": fix.point.edge.0, "off_m": off });
        Some(point(fix.position, properties))
    });
    collection(lines.chain(fixes).collect())
}

/// A place on the nearest street.
pub fn snapped(roads: &Roads, snapped: &Snapped) -> Value {
    let edge = snapped.point.edge;
    let ways: Vec<i64> = roads.edge_ways(edge).map(|part| part.way).collect();
    let off = (snapped.distance_m * 100.0).round() / 100.0;
    point(
        snapped.position,
        json!({ "edge": edge.0, "street": roads.edge_name(edge), "ways": ways, "off_m": off }),
    )
}
