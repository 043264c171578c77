//! Node-link JSON as NetworkX writes it and NREL HIVE reads it.

use super::draft::{Draft, Street};
use super::report::ImportReport;
use crate::error::RoadError;
use paceline_model::Position;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Faster than any road: such a link is a mistake in the data. HIVE's Manhattan has one of 251 km/h.
const SPEED_KMH_MAX: f64 = 300.0;
/// A link's line may end so far off its nodes.
const JOINS_M: f64 = 1.0;
/// Opposite links whose lengths differ by less are one two-way street.
const TWIN_M: f64 = 0.01;

#[derive(Deserialize)]
struct Document {
    nodes: Vec<Node>,
    #[serde(alias = "edges")]
    links: Vec<Link>,
}

/// Node ids are numbers in OSMnx's files and may be text in others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
enum Key {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
struct Node {
    id: Key,
    x: f64,
    y: f64,
}

#[derive(Deserialize)]
struct Link {
    source: Key,
    target: Key,
    length: f64,
    speed_kmph: Option<f64>,
    travel_time: Option<f64>,
    name: Option<serde_json::Value>,
    geometry: Option<serde_json::Value>,
}

pub(super) fn read(json: &[u8], report: &mut ImportReport) -> Result<Draft, RoadError> {
    // Some editors begin every text with a byte order mark.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let document: Document =
        serde_json::from_slice(json).map_err(|error| RoadError::NodeLink(error.to_string()))?;
    let mut draft = Draft::default();
    let mut index = BTreeMap::new();
    for node in &document.nodes {
        let position =
            Position::new(node.y, node.x).map_err(|error| RoadError::NodeLink(error.to_string()))?;
        index.insert(node.id.clone(), draft.nodes.len() as u32);
        draft.nodes.push(position);
    }
    let mut names = Names::default();
    report.read = document.links.len() as u64;
    for link in &document.links {
        match street(link, &index, &draft.nodes) {
            Ok(mut street) => {
                street.name = names.number(link);
                match link.geometry.as_ref().filter(|geometry| !geometry.is_null()) {
                    None => {}
                    Some(geometry) => match drawn(geometry, &street.line) {
                        Some(line) => street.line = line,
                        None => report.simplify("link whose line does not join its nodes: drawn straight"),
                    },
                }
                draft.streets.push(street);
            }
            Err(reason) => report.skip(reason),
        }
    }
    draft.streets = paired(draft.streets);
    draft.names = names.text;
    Ok(draft)
}

#[derive(Default)]
struct Names {
    index: BTreeMap<String, u32>,
    text: Vec<String>,
}

impl Names {
    /// A link's name is text, or a list of texts where streets were merged: then the first.
    fn number(&mut self, link: &Link) -> Option<u32> {
        let value = link.name.as_ref()?;
        let name = value.as_str().or_else(|| value.get(0)?.as_str())?;
        if let Some(&number) = self.index.get(name) {
            return Some(number);
        }
        let number = self.text.len() as u32;
        self.index.insert(name.to_owned(), number);
        self.text.push(name.to_owned());
        Some(number)
    }
}

fn street(link: &Link, index: &BTreeMap<Key, u32>, nodes: &[Position]) -> Result<Street, &'static str> {
    let node = |key: &Key| index.get(key).copied().ok_or("link to a node that is not listed");
    let (from, to) = (node(&link.source)?, node(&link.target)?);
    if !(link.length > 0.0 && link.length < 1e6) {
        return Err("link without a sensible length");
    }
    let kmh = link.speed_kmph.or_else(|| Some(link.length / link.travel_time? * 3.6));
    let kmh = kmh.filter(|&kmh| kmh > 0.0 && kmh <= SPEED_KMH_MAX).ok_or("link without a sensible speed")?;
    Ok(Street {
        from,
        to,
        line: vec![nodes[from as usize], nodes[to as usize]],
        metres: link.length,
        ahead_kmh: Some(kmh),
        back_kmh: None,
        name: None,
        ways: [0, 0],
        parts: Vec::new(),
    })
}

/// The line of a link between its ends, if it is one that joins them, in either direction.
fn drawn(geometry: &serde_json::Value, ends: &[Position]) -> Option<Vec<Position>> {
    let mut line = corners(geometry)?;
    let joins = |line: &[Position]| {
        let ends = [line.first().zip(ends.first()), line.last().zip(ends.last())];
        ends.into_iter().all(|pair| pair.is_some_and(|(a, b)| a.distance_m(*b) <= JOINS_M))
    };
    if !joins(&line) {
        line.reverse();
    }
    if line.len() < 2 || !joins(&line) {
        return None;
    }
    // The nodes are where the streets meet, to the last digit.
    let last = line.len() - 1;
    (line[0], line[last]) = (ends[0], ends[1]);
    Some(line)
}

/// The corners of a line in GeoJSON, or as text (`LINESTRING (8.4 49, 8.5 49)`), as OSMnx writes it.
fn corners(geometry: &serde_json::Value) -> Option<Vec<Position>> {
    if let Some(text) = geometry.as_str() {
        let corner = |corner: &str| {
            let mut numbers = corner.split_whitespace().map(|word| word.parse::<f64>().ok());
            let (lon, lat) = (numbers.next()??, numbers.next()??);
            Position::new(lat, lon).ok()
        };
        let list = text.trim().strip_prefix("LINESTRING")?.trim().strip_prefix('(')?.strip_suffix(')')?;
        return list.split(',').map(corner).collect();
    }
    let place = |at: &serde_json::Value| Position::new(at.get(1)?.as_f64()?, at.get(0)?.as_f64()?).ok();
    let corners = geometry.get("coordinates").filter(|_| geometry["type"] == "LineString")?.as_array()?;
    corners.iter().map(place).collect()
}

/// Turns pairs of opposite links of one length into two-way streets, each at the place of its first link.
pub(super) fn paired(links: Vec<Street>) -> Vec<Street> {
    let mut waiting: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    let mut streets: Vec<Street> = Vec::new();
    for link in links {
        let opposite = waiting.get_mut(&(link.to, link.from)).and_then(|list| {
            let fits = |&at: &usize| (streets[at].metres - link.metres).abs() < TWIN_M;
            list.iter().position(fits).map(|at| list.remove(at))
        });
        match opposite {
            Some(at) if link.from != link.to => streets[at].back_kmh = link.ahead_kmh,
            _ => {
                waiting.entry((link.from, link.to)).or_default().push(streets.len());
                streets.push(link);
            }
        }
    }
    streets
}
