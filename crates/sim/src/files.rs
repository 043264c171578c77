//! The files that a scenario names, as bytes. What is in them is the business of whoever reads them.

use crate::error::SimError;
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
