//! Where trips come from: `trips = "trips.csv"`, or a table that says how to read a file that somebody else made.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A file of trips.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trips {
    /// CSV with a header line, `.csv.gz`, or `.parquet`.
    pub file: PathBuf,
    /// What its columns are called, by field, where that is none of the names that are known.
    pub columns: BTreeMap<String, String>,
    /// Where zones lie, for files that name zones instead of places: CSV.
    pub zones: Option<PathBuf>,
}

/// The table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    file: PathBuf,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    zones: Option<PathBuf>,
}

struct FileOrTable;

impl<'de> Visitor<'de> for FileOrTable {
    type Value = Trips;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file's path, or a table with file, columns and zones")
    }
    fn visit_str<E: serde::de::Error>(self, path: &str) -> Result<Trips, E> {
        let file = PathBuf::deserialize(StrDeserializer::new(path))?;
        Ok(Trips { file, columns: BTreeMap::new(), zones: None })
    }
    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Trips, A::Error> {
        let Told { file, columns, zones } = Told::deserialize(MapAccessDeserializer::new(table))?;
        Ok(Trips { file, columns, zones })
    }
}

impl<'de> Deserialize<'de> for Trips {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FileOrTable)
    }
}
