//! `paceline road table`, `nearest` and `isochrone`: many drives at once.

use super::places::snap;
use anyhow::ensure;
use paceline_model::{Millis, Position};
use paceline_road::{
    Direction, EnergyModel, Found, Leg, NearestQuery, Reach, RoadPoint, Roads, Search, Snapped, Targets,
    TravelTimes, geojson,
};
use serde_json::Value;

/// An answer as text for people and GeoJSON for viewers.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) geojson: Value,
}

fn all(roads: &Roads, what: &str, places: &[Position]) -> anyhow::Result<Vec<RoadPoint>> {
    let one = |(i, &place): (usize, &Position)| Ok(snap(roads, &format!("{what} {}", i + 1), place)?.point);
    places.iter().enumerate().map(one).collect()
}

/// From each place to each: rows are starts.
pub(super) fn table(
    roads: &Roads,
    from: &[Position],
    to: &[Position],
    model: EnergyModel,
) -> anyhow::Result<Answer> {
    let (starts, ends) = (all(roads, "start", from)?, all(roads, "end", to)?);
    let (targets, mut search) = (Targets::new(roads, &ends), Search::new(roads));
    let (mut lines, mut features) = (Vec::new(), Vec::new());
    for (row, &start) in starts.iter().enumerate() {
        let mut legs = vec![Leg::UNREACHABLE; ends.len()];
        let query = NearestQuery { place: start, count: ends.len(), bound: Millis::MAX };
        for Found { target, leg } in roads.nearest(&mut search, query, &targets, Direction::FromSource) {
            legs[target as usize] = leg;
        }
        let cell = |leg: &Leg| match leg.is_reachable() {
            true => format!("{:>8.0}", leg.time.as_secs_f64()),
            false => format!("{:>8}", "-"),
        };
        lines.push(legs.iter().map(cell).collect::<String>());
        for (column, &leg) in legs.iter().enumerate() {
            let mut properties = geojson::takes(leg, model);
            (properties["from"], properties["to"]) = (row.into(), column.into());
            features.push(geojson::straight(from[row], to[column], properties));
        }
    }
    let head = format!("seconds from each of {} places (rows) to each of {} (columns)", from.len(), to.len());
    Ok(Answer { text: format!("{head}\n{}", lines.join("\n")), geojson: geojson::collection(features) })
}

/// The streets nearest to a place.
pub(super) fn nearest_streets(roads: &Roads, place: Position, count: usize) -> anyhow::Result<Answer> {
    snap(roads, "the place", place)?;
    let near: Vec<Snapped> = roads.near(place, super::places::SNAP_M).into_iter().take(count).collect();
    let line = |snapped: &Snapped| {
        let name = roads.edge_name(snapped.point.edge).unwrap_or("(unnamed)");
        format!(
            "{:>7.1} m  edge {:>7}  {}  {name}",
            snapped.distance_m, snapped.point.edge.0, snapped.position
        )
    };
    let features = near.iter().map(|snapped| geojson::snapped(roads, snapped)).collect();
    Ok(Answer {
        text: near.iter().map(line).collect::<Vec<_>>().join("\n"),
        geojson: geojson::collection(features),
    })
}

/// Which of some places reach `place` soonest.
pub(super) fn nearest_of(
    roads: &Roads,
    place: Position,
    among: &[Position],
    count: usize,
    model: EnergyModel,
) -> anyhow::Result<Answer> {
    let source = snap(roads, "the place", place)?.point;
    let targets = Targets::new(roads, &all(roads, "place", among)?);
    let query = NearestQuery { place: source, count, bound: Millis::MAX };
    let found = roads.nearest(&mut Search::new(roads), query, &targets, Direction::ToSource);
    let line = |found: &Found| {
        let (leg, at) = (found.leg, among[found.target as usize]);
        let number = found.target + 1;
        format!("{:>7.0} s {:>8.2} km  place {number}, {at}", leg.time.as_secs_f64(), leg.distance.as_km())
    };
    let feature = |found: &Found| {
        let mut properties = geojson::takes(found.leg, model);
        properties["index"] = found.target.into();
        geojson::point(among[found.target as usize], properties)
    };
    let text = found.iter().map(line).collect::<Vec<_>>().join("\n");
    Ok(Answer { text, geojson: geojson::collection(found.iter().map(feature).collect()) })
}

/// What is reached within a time or an energy, of which exactly one is given.
pub(super) fn isochrone(
    roads: &Roads,
    from: Position,
    minutes: Option<f64>,
    watt_hours: Option<f64>,
    model: EnergyModel,
) -> anyhow::Result<Answer> {
    use paceline_road::ReachLimit::{Energy, Time};
    let start = snap(roads, "the start", from)?;
    let limit = match (minutes, watt_hours) {
        (Some(minutes), None) => {
            ensure!(
                minutes > 0.0 && minutes <= 1_440.0,
                "--minutes must be above 0 and at most 1440, not {minutes}"
            );
            Time(Millis((minutes * 60_000.0).round() as u32))
        }
        (None, Some(wh)) => {
            ensure!(wh > 0.0 && wh <= 4e6, "--wh must be above 0 and at most 4,000,000, not {wh}");
            Energy(model, paceline_model::MilliwattHours((wh * 1e3).round() as u32))
        }
        _ => anyhow::bail!("give --minutes or --wh, and not both"),
    };
    let reach = roads.reach(start.point, limit);
    let text = format!(
        "reached   {} pieces of road, {:.1} km of lanes, {:.2} km2 around them",
        reach.edges.len(),
        lane_km(roads, &reach),
        square_km(&reach)
    );
    Ok(Answer { text, geojson: geojson::reach(roads, &reach, model) })
}

fn lane_km(roads: &Roads, reach: &Reach) -> f64 {
    let share = |piece: &paceline_road::ReachedEdge| f64::from(piece.to - piece.from) / f64::from(u16::MAX);
    reach.edges.iter().map(|piece| roads.edge_leg(piece.edge).distance.as_km() * share(piece)).sum()
}

/// The area in square kilometres: rings are signed by their sense, so that holes count against it.
fn square_km(reach: &Reach) -> f64 {
    let ring = |ring: &Vec<Position>| -> f64 {
        let flat = |at: Position| {
            let scale = paceline_model::geo::METRES_PER_DEGREE / 1e3;
            (at.lon() * scale * ring[0].lat().to_radians().cos(), at.lat() * scale)
        };
        let cross = |pair: &[Position]| {
            let ((x1, y1), (x2, y2)) = (flat(pair[0]), flat(pair[1]));
            x1 * y2 - x2 * y1
        };
        (ring.windows(2).map(cross).sum::<f64>() / 2.0).abs()
    };
    let polygon = |rings: &Vec<Vec<Position>>| {
        rings.iter().enumerate().map(|(i, r)| if i == 0 { ring(r) } else { -ring(r) }).sum::<f64>()
    };
    reach.area.iter().map(polygon).sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::BLOCK;
    use super::*;
    use expect_test::expect;
    use paceline_model::MilliwattHoursPerKm;
    use serde_json::json;

    const MODEL: EnergyModel = EnergyModel { consumption: MilliwattHoursPerKm(150_000), auxiliary_w: 0 };

    fn block() -> Roads {
        Roads::import_node_link(BLOCK.as_bytes()).unwrap().0
    }
    fn at(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    #[test]
    fn a_table_has_a_row_per_start_and_a_column_per_end() {
        let places = [at(0.0, 0.005), at(0.005, 0.01), at(0.01, 0.005)];
        let answer = table(&block(), &places[..2], &places, MODEL).unwrap();
        expect![[r#"
            seconds from each of 2 places (rows) to each of 3 (columns)
                   0     111     222
                 334       0     111"#]]
        .assert_eq(&answer.text);
        assert_eq!(answer.geojson["features"].as_array().unwrap().len(), 6);
        let error = table(&block(), &places, &[at(5.0, 5.0)], MODEL).err().unwrap().to_string();
        assert_eq!(error, "end 1 5.00000,5.00000 is not within 1000 m of a street");
    }

    #[test]
    fn the_nearest_place_is_the_one_that_gets_here_first_and_not_the_one_that_looks_near() {
        // West of the place on a one-way street eastwards: half a block away, but three and a half blocks to drive.
        let among = [at(0.0, 0.007), at(0.0, 0.001)];
        let answer = nearest_of(&block(), at(0.0, 0.005), &among, 2, MODEL).unwrap();
        // Every line is indented, and `expect!` would take the indent away.
        let told = "     44 s     0.44 km  place 2, 0, 0.001\n    423 s     4.23 km  place 1, 0, 0.007";
        assert_eq!(answer.text, told);
    }

    #[test]
    fn the_nearest_streets_come_with_their_names() {
        let answer = nearest_streets(&block(), at(0.001, 0.004), 2).unwrap();
        let names: Vec<&Value> = answer.geojson["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| &f["properties"]["street"])
            .collect();
        assert_eq!(names, [&json!("South Street"), &json!(null)]);
    }

    #[test]
    fn an_isochrone_wants_a_time_or_an_energy() {
        let ask = |minutes, wh| isochrone(&block(), at(0.0, 0.005), minutes, wh, MODEL);
        let answer = ask(Some(2.0), None).unwrap();
        expect!["reached   2 pieces of road, 1.2 km of lanes, 0.15 km2 around them"].assert_eq(&answer.text);
        assert!(answer.geojson["features"][0]["geometry"]["type"] == "MultiPolygon");
        assert!(ask(None, None).is_err() && ask(Some(1.0), Some(1.0)).is_err());
        assert!(ask(Some(-1.0), None).is_err() && ask(None, Some(f64::NAN)).is_err());
        assert!(ask(None, Some(50.0)).is_ok());
    }
}
