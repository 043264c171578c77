//! Positions from GPX: the points of all tracks, with their times. Nothing else of a file is read, so that nothing else of it is refused:
//! programs of twenty years have written their own children into it. Left out on purpose: routes and waypoints, which are plans.

use super::reported::Reported;
use anyhow::{Context, anyhow, bail, ensure};
use paceline_model::{Instant, Position};
use xml::attribute::OwnedAttribute;
use xml::reader::{EventReader, XmlEvent};

/// The points of a file, as it is read.
#[derive(Default)]
struct Points {
    /// The names of the elements that are open.
    path: Vec<String>,
    /// One after the other as they stand in the file.
    segments: Vec<Vec<Reported>>,
    open: Option<Reported>,
    time: String,
    /// Points of routes, and waypoints.
    plans: [usize; 2],
}

/// The points of all segments of all tracks, those that begin earlier first.
///
/// Errors: no XML, or not whole; no GPX; a point without a place, or with one that is on no map; a time that is none; no track.
pub(super) fn read(bytes: &[u8]) -> anyhow::Result<Vec<Reported>> {
    let mut points = Points::default();
    for event in EventReader::new(bytes) {
        match event.context("not GPX")? {
            XmlEvent::StartElement { name, attributes, .. } => points.begin(&name.local_name, &attributes)?,
            XmlEvent::EndElement { .. } => points.end()?,
            XmlEvent::Characters(text) if points.is_at("time") => points.time.push_str(&text),
            _ => {}
        }
    }
    let [routed, waypoints] = points.plans;
    ensure!(
        points.segments.iter().any(|segment| !segment.is_empty()) || routed + waypoints == 0,
        "it holds no track, but {routed} points of routes and {waypoints} waypoints: these are plans, not where a vehicle was"
    );
    // Where each segment knows when it began, a file that lists its tracks by name is put in order.
    let begin = |segment: &Vec<Reported>| segment.first().and_then(|point| point.at);
    if points.segments.iter().all(|segment| begin(segment).is_some()) {
        points.segments.sort_by_key(begin);
    }
    Ok(points.segments.concat())
}

impl Points {
    /// Whether the element that is open is a child of that name of a track's point.
    fn is_at(&self, name: &str) -> bool {
        self.open.is_some() && self.path.len() == 5 && self.path[4] == name
    }

    fn begin(&mut self, name: &str, attributes: &[OwnedAttribute]) -> anyhow::Result<()> {
        if self.path.is_empty() && name != "gpx" {
            bail!("not GPX: it begins with <{name}>");
        }
        self.path.push(name.to_owned());
        match self.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["gpx", "trk", "trkseg"] => self.segments.push(Vec::new()),
            ["gpx", "trk", "trkseg", "trkpt"] => {
                self.open = Some(Reported { position: place(attributes)?, at: None })
            }
            ["gpx", "rte", "rtept"] => self.plans[0] += 1,
            ["gpx", "wpt"] => self.plans[1] += 1,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.is_at("time") {
            let text = std::mem::take(&mut self.time);
            let at = time(text.trim())?;
            self.open.iter_mut().for_each(|point| point.at = Some(at));
        }
        if self.path.len() == 4 {
            let segment = self.segments.last_mut();
            segment.into_iter().for_each(|segment| segment.extend(self.open.take()));
        }
        self.path.pop();
        Ok(())
    }
}

fn place(attributes: &[OwnedAttribute]) -> anyhow::Result<Position> {
    let degrees = |name: &str| {
        let value = attributes.iter().find(|attribute| attribute.name.local_name == name);
        let value = &value.with_context(|| format!("a trkpt without {name}"))?.value;
        value.trim().parse::<f64>().map_err(|_| anyhow!("{name} of a trkpt is {value}: must be a number"))
    };
    Ok(Position::new(degrees("lat")?, degrees("lon")?)?)
}

/// A time as in RFC 3339; one without a zone is taken as UTC, as the standard says of all of them.
fn time(text: &str) -> anyhow::Result<Instant> {
    let zoned: Result<Instant, _> = text.parse();
    zoned.or_else(|_| format!("{text}Z").parse()).map_err(|_| anyhow!("{text} is not a time"))
}
