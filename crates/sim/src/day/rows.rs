//! A table's rows as text, from CSV, packed CSV, or Parquet.

use crate::error::SimError;
use crate::files::read_all;
use std::path::{Path, PathBuf};

/// Rows as they are read: cells, or why a row cannot be.
pub(super) type Rows = Box<dyn Iterator<Item = Result<Vec<String>, String>>>;

/// A file with a header and rows of text.
pub(super) struct Table {
    pub(super) path: PathBuf,
    pub(super) header: Vec<String>,
    pub(super) rows: Rows,
}

impl Table {
    /// Opens `.parquet` as such, and everything else as CSV with a header line. Errors: not readable; no header.
    pub(super) fn open(path: &Path) -> Result<Self, SimError> {
        let is_parquet = path.extension().is_some_and(|extension| extension == "parquet");
        let (header, rows) = if is_parquet { parquet(path)? } else { csv(path)? };
        Ok(Self { path: path.to_owned(), header, rows })
    }
}

fn csv(path: &Path) -> Result<(Vec<String>, Rows), SimError> {
    let bytes = read_all(path)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(std::io::Cursor::new(bytes));
    let header = reader.headers().map_err(|error| SimError::line(path, 1, error))?;
    let header: Vec<String> =
        header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
    if header.iter().all(String::is_empty) {
        return Err(SimError::line(path, 1, "the file is empty: a header line is wanted, and rows"));
    }
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    let rows = reader.into_records().map(move |record| record.map(cells).map_err(|error| error.to_string()));
    Ok((header, Box::new(rows)))
}

#[cfg(not(feature = "parquet"))]
fn parquet(path: &Path) -> Result<(Vec<String>, Rows), SimError> {
    Err(SimError::line(path, 1, "this build reads no Parquet: build with the feature parquet, or bring CSV"))
}

#[cfg(feature = "parquet")]
fn parquet(path: &Path) -> Result<(Vec<String>, Rows), SimError> {
    let (header, rows) = super::parquet::read(path)?;
    Ok((header, Box::new(rows)))
}
