//! `paceline road match`: a trace from a GPX or GeoJSON file, matched to streets.

use super::ask::Answer;
use super::gpx;
use super::reported::{Reported, timed};
use anyhow::{Context, bail, ensure};
use paceline_model::Position;
use paceline_road::{Fix, MatchOptions, Matched, Matcher, Roads, geojson};
use serde_json::Value;
use std::path::Path;

/// Most positions of one trace: a day at one a second.
const FIXES_MAX: usize = 100_000;

/// Reads a trace by its file's ending. Errors name what is wrong with the file.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<Fix>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let fixes = match file.extension().and_then(|extension| extension.to_str()) {
        Some("gpx") => gpx::read(&bytes),
        Some("geojson" | "json") => from_geojson(&bytes),
        _ => bail!("expected .gpx or .geojson"),
    };
    let fixes = timed(&fixes.with_context(|| format!("cannot read the trace in {}", file.display()))?);
    ensure!(
        fixes.len() <= FIXES_MAX,
        "the trace has {} positions, at most {FIXES_MAX} are matched",
        fixes.len()
    );
    Ok(fixes)
}

/// A line (with `coordTimes` in its properties, where there are any), a feature of one, or points, of which each may have a `time`.
fn from_geojson(bytes: &[u8]) -> anyhow::Result<Vec<Reported>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
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

fn add(fixes: &mut Vec<Reported>, corner: &Value, time: &Value) -> anyhow::Result<()> {
    let number =
        |i: usize| corner[i].as_f64().with_context(|| format!("{corner} is no longitude and latitude"));
    let position = Position::new(number(1)?, number(0)?)?;
    let at = match time.as_str() {
        Some(text) => Some(text.parse().map_err(|_| anyhow::anyhow!("{text} is not a time as in RFC 3339"))?),
        None => None,
    };
    fixes.push(Reported { position, at });
    Ok(())
}

/// Matches a trace whose positions have an error of `sigma_m` metres along each axis, cut where nothing was reported for `gap_s` seconds.
pub(super) fn answer(roads: &Roads, fixes: &[Fix], sigma_m: f64, gap_s: f64) -> anyhow::Result<Answer> {
    ensure!((0.5..=100.0).contains(&sigma_m), "--sigma-m must lie within 0.5 and 100, not {sigma_m}");
    ensure!((1.0..=86_400.0).contains(&gap_s), "--gap-s must lie within 1 and 86400, not {gap_s}");
    let options = MatchOptions { gap_ms: (gap_s * 1e3).round() as u64, ..MatchOptions::for_sigma(sigma_m) };
    let matched = Matcher::new(roads, options).run(fixes)?;
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
        let answer = answer(&roads, &fixes, 10.0, 300.0).unwrap();
        expect![[r#"
            positions 3 of 3 placed, 11.1 m off the road on average
            driven    1.22 km in 1 stretches
                      South Street
                      East Street"#]]
        .assert_eq(&answer.text);
        assert_eq!(answer.geojson["features"].as_array().unwrap().len(), 1 + 3);
    }

    /// The times of a GPX file's points after the first, in seconds; of each point its children are given.
    fn seconds(head: &str, points: &[&str]) -> Vec<f64> {
        let point = |children: &&str| format!(r#"<trkpt lat="0" lon="0.002">{children}</trkpt>"#);
        let points: String = points.iter().map(point).collect();
        let text = format!("{head}<trk><name>a</name><type/><trkseg>{points}</trkseg></trk></gpx>");
        let fixes = written("a.gpx", &text).unwrap();
        fixes.iter().map(|fix| (fix.at.0 as f64 - fixes[0].at.0 as f64) / 1e3).collect()
    }

    #[test]
    fn gpx_of_every_age_is_read_with_children_that_nobody_knows() {
        let at = |second: u32| format!("<time>2026-11-24T08:00:{second:02}Z</time>");
        let old = format!("<ele>5</ele><course>90</course><speed>8.5</speed>{}<fix/>", at(4));
        for head in
            [r#"<gpx version="1.0">"#, "<gpx>", "\u{feff}<?xml version=\"1.0\"?><gpx version=\"1.1\">"]
        {
            assert_eq!(seconds(head, &[&at(0), &old]), [0.0, 4.0], "{head}");
        }
    }

    #[test]
    fn points_without_a_time_lie_between_those_that_have_one() {
        let at = |second: u32| format!("<time>2026-11-24T08:00:{second:02}</time>");
        assert_eq!(seconds("<gpx>", &["", &at(5), "", "", &at(11), ""]), [0.0, 1.0, 3.0, 5.0, 7.0, 8.0]);
        assert_eq!(seconds("<gpx>", &["", ""]), [0.0, 1.0]);
    }

    #[test]
    fn tracks_are_taken_in_the_order_of_time() {
        let track = |second: u32| {
            format!(
                r#"<trk><trkseg><trkpt lat="0" lon="0"><time>2026-11-24T08:00:{second:02}Z</time></trkpt></trkseg></trk>"#
            )
        };
        let fixes = written("a.gpx", &format!("<gpx>{}{}</gpx>", track(30), track(10))).unwrap();
        assert_eq!(fixes[1].at.0 - fixes[0].at.0, 20_000);
    }

    #[test]
    fn gpx_that_holds_no_trace_is_refused_with_what_it_holds() {
        let said = |text: &str| format!("{:#}", written("a.gpx", text).unwrap_err());
        let plan = said(
            r#"<gpx><wpt lat="0" lon="0"/><rte><rtept lat="0" lon="0"/><rtept lat="0" lon="1"/></rte></gpx>"#,
        );
        assert!(plan.contains("no track, but 2 points of routes and 1 waypoints"), "{plan}");
        assert!(said("<kml></kml>").contains("not GPX: it begins with <kml>"));
        let lat = said(r#"<gpx><trk><trkseg><trkpt lat="149" lon="0"/></trkseg></trk></gpx>"#);
        assert!(lat.contains("lat is 149"), "{lat}");
        assert!(said(r#"<gpx><trk><trkseg><trkpt lat="1" lon="0"/>"#).contains("not GPX"), "cut short");
        let time = said(
            r#"<gpx><trk><trkseg><trkpt lat="1" lon="0"><time>noon</time></trkpt></trkseg></trk></gpx>"#,
        );
        assert!(time.contains("noon is not a time"), "{time}");
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
        let error = answer(&roads, &sea, 10.0, 300.0).err().unwrap().to_string();
        assert_eq!(error, "no position of the trace lies within 50 m of a street of this network");
        assert!(answer(&roads, &sea, -1.0, 300.0).is_err());
    }
}
