//! Graphs of the 9th DIMACS Implementation Challenge: `p sp N M`, `a FROM TO WEIGHT`; `v ID X Y` in millionths of a degree.
//!
//! Source: the challenge's page on file formats. Lines that begin with `c` are comments.

use super::draft::{Draft, Street};
use super::report::ImportReport;
use crate::error::RoadError;
use paceline_model::Position;
use std::io::BufRead;

/// What an arc's weight means. The format does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DimacsWeight {
    /// Milliseconds of travel time.
    Milliseconds,
    /// Tenths of a second of travel time, as far as the challenge's own `-t` graphs are read by others.
    TenthsOfASecond,
    /// Tenths of a metre, driven at this speed in km/h.
    Decimetres {
        /// Above 0.
        kmh: f64,
    },
    /// Metres, driven at this speed in km/h.
    Metres {
        /// Above 0.
        kmh: f64,
    },
}

impl DimacsWeight {
    /// Metres and km/h of an arc of this weight between places `straight_m` apart.
    fn street(self, weight: u32, straight_m: f64) -> (f64, f64) {
        let timed = |seconds: f64| {
            let metres = straight_m.max(0.01);
            (metres, metres / seconds * 3.6)
        };
        match self {
            Self::Milliseconds => timed(f64::from(weight) / 1e3),
            Self::TenthsOfASecond => timed(f64::from(weight) / 10.0),
            Self::Decimetres { kmh } => (f64::from(weight) / 10.0, kmh),
            Self::Metres { kmh } => (f64::from(weight), kmh),
        }
    }
}

pub(super) fn read(
    arcs: impl BufRead,
    coordinates: impl BufRead,
    weight: DimacsWeight,
    report: &mut ImportReport,
) -> Result<Draft, RoadError> {
    let places = places(coordinates)?;
    let mut streets = Vec::new();
    let mut nodes = 0;
    for line in lines(arcs, "gr") {
        let line = line?;
        match (line.word, line.numbers.as_slice()) {
            ('p', &[n, _]) if n >= 1 => nodes = n,
            ('a', &[from, to, value]) => {
                report.read += 1;
                let known = |node: i64| (1..=nodes.min(places.len() as i64)).contains(&node);
                let value = u32::try_from(value).ok().filter(|&value| value < u32::MAX / 2);
                match (known(from) && known(to), value) {
                    (false, _) => return Err(line.error("a node is not listed in the .co file")),
                    (_, None) => return Err(line.error("a weight must lie within 0 and 2147483647")),
                    (_, Some(0)) => report.skip("arc without weight"),
                    (_, Some(_)) if from == to => report.skip("arc from a node to itself"),
                    (_, Some(value)) => streets.push(street(from, to, value, weight, &places)),
                }
            }
            _ => return Err(line.error("expected `p sp NODES ARCS`, then `a FROM TO WEIGHT`")),
        }
    }
    Ok(Draft { streets: super::node_link::paired(streets), nodes: places, ..Draft::default() })
}

fn street(from: i64, to: i64, value: u32, weight: DimacsWeight, places: &[Position]) -> Street {
    let (from, to) = (from as u32 - 1, to as u32 - 1);
    let line = vec![places[from as usize], places[to as usize]];
    let (metres, kmh) = weight.street(value, line[0].distance_m(line[1]));
    let (ahead_kmh, ways) = (Some(kmh), [0, 0]);
    Street { from, to, line, metres, ahead_kmh, back_kmh: None, name: None, ways, parts: Vec::new() }
}

/// The places of nodes 1, 2, 3 and so on, in order.
fn places(coordinates: impl BufRead) -> Result<Vec<Position>, RoadError> {
    let mut places = Vec::new();
    for line in lines(coordinates, "co") {
        let line = line?;
        match (line.word, line.numbers.as_slice()) {
            ('p', _) => {}
            ('v', &[id, lon, lat]) => {
                if id != places.len() as i64 + 1 {
                    return Err(line.error("nodes must be listed as 1, 2, 3 and so on"));
                }
                let place = Position::new(lat as f64 / 1e6, lon as f64 / 1e6);
                places.push(place.map_err(|invalid| line.error(&invalid.to_string()))?);
            }
            _ => return Err(line.error("expected `v ID X Y`")),
        }
    }
    Ok(places)
}

/// A line that is not a comment: its letter and its numbers; words such as `sp` are passed over.
struct DimacsLine {
    file: &'static str,
    number: usize,
    word: char,
    numbers: Vec<i64>,
}

impl DimacsLine {
    fn error(&self, what: &str) -> RoadError {
        RoadError::Dimacs { file: self.file, line: self.number, what: what.to_owned() }
    }
}

fn lines(text: impl BufRead, file: &'static str) -> impl Iterator<Item = Result<DimacsLine, RoadError>> {
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                return Some(Err(RoadError::Dimacs { file, line: number, what: error.to_string() }));
            }
        };
        let word = line.trim_start().chars().next().filter(|&word| word != 'c')?;
        let numbers = line.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
        Some(Ok(DimacsLine { file, number, word, numbers }))
    })
}
