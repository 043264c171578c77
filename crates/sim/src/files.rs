//! The files that a scenario names, as bytes. What is in them is the business of whoever reads them.

use crate::error::SimError;
use paceline_road::{ImportOptions, Roads};
use serde::Deserialize;
use std::io::Read;
use std::path::Path;

/// Reads a file whole, unpacked if its name ends in `.gz`. Errors: not readable, or not packed as its name says.
pub fn read_all(path: &Path) -> Result<Vec<u8>, SimError> {
    let packed = std::fs::read(path).map_err(|error| SimError::io(path, error))?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(packed);
    }
    let mut bytes = Vec::new();
    let unpacked = flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes);
    unpacked.map_err(|error| SimError::io(path, error))?;
    Ok(bytes)
}

/// Reads streets, in whichever of the known forms they come. Errors: not readable, or not of the form that its name says.
pub(crate) fn open_roads(path: &Path) -> Result<Roads, SimError> {
    let road = |error| SimError::Road { path: path.to_owned(), error };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name.ends_with(".pbf") {
        Roads::import_osm_pbf(path, &ImportOptions::default()).map(|(roads, _)| roads).map_err(road)
    } else if name.ends_with(".json") || name.ends_with(".json.gz") {
        Roads::import_node_link(&read_all(path)?).map(|(roads, _)| roads).map_err(road)
    } else {
        Roads::open(path).map_err(road)
    }
}

/// Reads a CSV file with a header line, row by row. Errors: not readable, a line that is not of these columns, or that `row` refuses.
pub(crate) fn rows<Line: for<'de> Deserialize<'de>, Row>(
    path: &Path,
    mut row: impl FnMut(Line) -> Result<Row, String>,
) -> Result<Vec<Row>, SimError> {
    let bytes = read_all(path)?;
    let mut rows = Vec::new();
    for (number, line) in csv::Reader::from_reader(bytes.as_slice()).deserialize().enumerate() {
        let number = number as u64 + 2;
        let line = line.map_err(|error| SimError::line(path, number, error))?;
        rows.push(row(line).map_err(|reason| SimError::line(path, number, reason))?);
    }
    Ok(rows)
}
