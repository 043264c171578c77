//! The files that a scenario names, as bytes. What is in them is the business of whoever reads them.

use crate::error::SimError;
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
