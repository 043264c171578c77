//! The operator's tables beside trip files: stations, and places that are none.

use super::places::Station;
use paceline_model::Position;
use paceline_model::bikes::StationId;
use paceline_model::limits::STATIONS_MAX;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Why a table of stations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It cannot be read as CSV.
    #[error("{0}")]
    NoCsv(#[from] csv::Error),
    /// A column is missing.
    #[error("its header must name {0}")]
    NoColumn(&'static str),
    /// A field that cannot be.
    #[error("line {line}: {why}")]
    Line {
        /// Which.
        line: u64,
        /// Field, value and rule.
        why: String,
    },
    /// More than any system has.
    #[error("must have at most {STATIONS_MAX} stations")]
    TooMany,
}

/// Reads `station_id`, `name`, `lat` and `lng` (or `lon`) of each line; other columns are left alone.
///
/// Errors: no such table; an id twice; a place that is none.
pub fn stations(reader: impl Read) -> Result<BTreeMap<StationId, Station>, TableError> {
    let mut table = csv::Reader::from_reader(reader);
    let header = table.headers()?.clone();
    let at = |names: [&'static str; 2]| {
        let found = header.iter().position(|name| names.contains(&name.trim_matches(['\u{feff}', ' '])));
        found.ok_or(TableError::NoColumn(names[0]))
    };
    let (id, lat, lon) = (at(["station_id", "id"])?, at(["lat", "latitude"])?, at(["lng", "lon"])?);
    let name = at(["name", "station_name"])?;
    let mut stations = BTreeMap::new();
    for row in table.records() {
        let row = row?;
        let refused =
            |why: String| TableError::Line { line: row.position().map_or(0, csv::Position::line), why };
        let field = |column: usize| row.get(column).unwrap_or_default().trim();
        let degrees = |what: &str, column: usize| {
            let number = field(column).parse::<f64>();
            number.map_err(|_| refused(format!("{what} is {:?}: must be a number of degrees", field(column))))
        };
        let id = StationId::new(field(id)).map_err(|invalid| refused(invalid.to_string()))?;
        let place = Position::new(degrees("lat", lat)?, degrees("lng", lon)?);
        let place = place.map_err(|invalid| refused(invalid.to_string()))?;
        let station = Station { name: field(name).to_owned(), place };
        if stations.insert(id.clone(), station).is_some() {
            return Err(refused(format!("station_id is {id}: must stand in the table once")));
        }
        if stations.len() > STATIONS_MAX {
            return Err(TableError::TooMany);
        }
    }
    Ok(stations)
}

/// Reads a list of ids and names, one a line; what stands behind `#` is a remark.
pub fn not_stations(text: &str) -> BTreeSet<String> {
    let plain = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    plain.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
