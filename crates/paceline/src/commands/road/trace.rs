//! `paceline road match`: a trace from a GPX or GeoJSON file, matched to streets.

use super::ask::Answer;
use anyhow::{Context, bail, ensure};
use paceline_model::{Instant, Position};
use paceline_road::{Fix, MatchOptions, Matched, Matcher, Roads, geojson};
use serde_json::Value;
use std::path::Path;

/// Most positions of one trace: a day at one a second.
const FIXES_MAX: usize = 100_000;

/// Reads a trace by its file's ending. Errors name what is wrong with the file.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<Fix>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let fixes = match file.extension().and_then(|extension| extension.to_str()) {
        Some("gpx") => from_gpx(&bytes),
        Some("geojson" | "json") => from_geojson(&bytes),
        _ => bail!("expected .gpx or .geojson"),
    };
    let fixes = fixes.with_context(|| format!("cannot read the trace in {}", file.display()))?;
    ensure!(
        fixes.len() <= FIXES_MAX,
        "the trace has {} positions, at most {FIXES_MAX} are matched",
        fixes.len()
    );
    Ok(fixes)
}

/// All points of all tracks of a GPX file; points without a time are a second apart.
fn from_gpx(bytes: &[u8]) -> anyhow::Result<Vec<Fix>> {
    let document = gpx::read(bytes).context("not GPX")?;
    let points = document.tracks.iter().flat_map(|track| &track.segments).flat_map(|segment| &segment.points);
    let mut fixes: Vec<Fix> = Vec::new();
    for point in points {
        let position = Position::new(point.point().y(), point.point().x())?;
        let at = match point.time {
            Some(time) => {
                let text = time.format()?;
                text.parse().map_err(|_| anyhow::anyhow!("{text} is not a time"))?
            }
            None => next_second(&fixes),
        };
        fixes.push(Fix { position, at });
    }
    Ok(fixes)
}

/// A line (with `coordTimes` in its properties, where there are any), a feature of one, or points, of which each may have a `time`.
fn from_geojson(bytes: &[u8]) -> anyhow::Result<Vec<Fix>> {
    let document: Value = serde_json::from_slice(bytes).context("not JSON")?;
    let mut fixes = Vec::new();
    let features = match document["features"].as_array() {
        Some(all) => all.iter().collect(),
        None => vec![&document],
    };
    for feature in features {
        let geometry = if feature["geometry"].is_object() { &feature["geometry"] } else { feature };
        let properties = &feature["properties"];
        match geometry["type"].as_str() {
            Some("LineString") => {
                let corners = geometry["coordinates"].as_array().context("a line without coordinates")?;
                for (i, corner) in corners.iter().enumerate() {
                    add(&mut fixes, corner, &properties["coordTimes"][i])?;
                }
            }
            Some("Point") => add(&mut fixes, &geometry["coordinates"], &properties["time"])?,
            other => bail!("expected LineString or Point, not {}", other.unwrap_or("nothing")),
        }
    }
    Ok(fixes)
}

fn add(fixes: &mut Vec<Fix>, corner: &Value, time: &Value) -> anyhow::Result<()> {
    let number =
        |i: usize| corner[i].as_f64().with_context(|| format!("{corner} is no longitude and latitude"));
    let position = Position::new(number(1)?, number(0)?)?;
    let at = match time.as_str() {
        Some(text) => text.parse().map_err(|_| anyhow::anyhow!("{text} is not a time as in RFC 3339"))?,
        None => next_second(fixes),
    };
    fixes.push(Fix { position, at });
    Ok(())
}

fn next_second(fixes: &[Fix]) -> Instant {
    fixes.last().map_or(Instant::ZERO, |last| Instant(last.at.0 + 1_000))
}

/// Matches a trace whose positions have an error of `sigma_m` metres along each axis.
pub(super) fn answer(roads: &Roads, fixes: &[Fix], sigma_m: f64) -> anyhow::Result<Answer> {
    ensure!((0.5..=100.0).contains(&sigma_m), "--sigma-m must lie within 0.5 and 100, not {sigma_m}");
    let matched = Matcher::new(roads, MatchOptions::for_sigma(sigma_m)).run(fixes)?;
    Ok(Answer { text: sheet(roads, &matched), geojson: geojson::matched(roads, &matched) })
}

fn sheet(roads: &Roads, matched: &Matched) -> String {
    let placed = matched.fixes.iter().flatten();
    let count = placed.clone().count();
    let off: f64 = placed.map(|fix| fix.distance_m).sum::<f64>() / count.max(1) as f64;
    let km: f64 = matched.stretches.iter().map(|stretch| stretch.distance.as_km()).sum();
    let mut lines = vec![
        format!("positions {count} of {} placed, {off:.1} m off the road on average", matched.fixes.len()),
        format!("driven    {km:.2} km in {} stretches", matched.stretches.len()),
    ];
    let mut names: Vec<&str> = matched
        .stretches
        .iter()
        .flat_map(|stretch| stretch.edges.iter().map(|&edge| roads.edge_name(edge).unwrap_or("(unnamed)")))
        .collect();
    names.dedup();
    lines.extend(names.iter().map(|name| format!("          {name}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::tests::BLOCK;
    use super::*;
    use expect_test::expect;

    fn written(name: &str, text: &str) -> anyhow::Result<Vec<Fix>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        read(&path)
    }

    const GPX: &str = r#"<?xml version="1.0"?><gpx version="1.1" creator="test"><trk><trkseg>
        <trkpt lat="0.0001" lon="0.002"><time>2026-11-24T08:00:00Z</time></trkpt>
        <trkpt lat="-0.0001" lon="0.008"><time>2026-11-24T08:01:06Z</time></trkpt>
        <trkpt lat="0.003" lon="0.0101"><time>2026-11-24T08:02:00Z</time></trkpt>
        </trkseg></trk></gpx>"#;

    #[test]
    fn a_gpx_trace_is_matched_to_its_streets() {
        let roads = Roads::import_node_link(BLOCK.as_bytes()).unwrap().0;
        let fixes = written("a.gpx", GPX).unwrap();
        assert_eq!(fixes[1].at.0 - fixes[0].at.0, 66_000);
        let answer = answer(&roads, &fixes, 10.0).unwrap();
        expect![[r#"
            positions 3 of 3 placed, 11.1 m off the road on average
            driven    1.22 km in 1 stretches
                      South Street
                      East Street"#]]
        .assert_eq(&answer.text);
        assert_eq!(answer.geojson["features"].as_array().unwrap().len(), 1 + 3);
    }

    #[test]
    fn a_geojson_line_needs_no_times() {
        let line = r#"{"type": "Feature", "properties": {}, "geometry":
            {"type": "LineString", "coordinates": [[0.002, 0.0], [0.003, 0.0]]}}"#;
        let fixes = written("a.geojson", line).unwrap();
        assert_eq!(fixes.iter().map(|fix| fix.at.0).collect::<Vec<_>>(), [0, 1_000]);
    }

    #[test]
    fn traces_that_are_none_are_refused_with_the_reason() {
        let roads = Roads::import_node_link(BLOCK.as_bytes()).unwrap().0;
        let reason = |name: &str, text: &str| format!("{:#}", written(name, text).unwrap_err());
        assert!(reason("a.gpx", "<gpx").contains("not GPX"));
        assert!(reason("a.geojson", "{").contains("not JSON"));
        assert!(
            reason("a.geojson", r#"{"type": "Polygon"}"#)
                .contains("expected LineString or Point, not Polygon")
        );
        assert!(reason("a.geojson", r#"{"type": "Point", "coordinates": [0, 95]}"#).contains("lat is 95"));
        assert!(reason("a.txt", "").contains("expected .gpx or .geojson"));
        let sea = written("a.geojson", r#"{"type": "Point", "coordinates": [5, 5]}"#).unwrap();
        let error = answer(&roads, &sea, 10.0).err().unwrap().to_string();
        assert_eq!(error, "no position of the trace lies within 50 m of a street of this network");
        assert!(answer(&roads, &sea, -1.0).is_err());
    }
}
