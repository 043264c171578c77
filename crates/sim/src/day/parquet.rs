//! A Parquet file's rows as text, as CSV would have them. Times that the file says are of UTC are written with `Z`, others are local.
//! Source: the Apache Parquet format, logical type `TIMESTAMP`.

use crate::error::SimError;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;
use std::path::Path;

/// The names of the columns, and the cells of each row, or why it cannot be read. Errors: not a Parquet file.
pub(super) fn read(
    path: &Path,
) -> Result<(Vec<String>, impl Iterator<Item = Result<Vec<String>, String>> + use<>), SimError> {
    let refuse = |error: ParquetError| SimError::line(path, 1, error);
    let file = std::fs::File::open(path).map_err(|error| SimError::io(path, error))?;
    let reader = SerializedFileReader::new(file).map_err(refuse)?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let header = fields.iter().map(|field| field.name().to_owned()).collect();
    let clocks: Vec<Clock> = fields.iter().map(|field| Clock::of(field)).collect();
    let rows = reader.into_iter().map(move |row| {
        let row = row.map_err(|error| error.to_string())?;
        Ok(row.get_column_iter().zip(&clocks).map(|((_, cell), clock)| clock.text(cell)).collect())
    });
    Ok((header, rows))
}

/// How a column counts time, if it does.
#[derive(Clone, Copy, Default)]
struct Clock {
    is_utc: bool,
    /// Counts to a millisecond, where the column's type says so but the reader does not.
    per_ms: Option<i64>,
}

impl Clock {
    fn of(field: &Type) -> Self {
        let Some(LogicalType::Timestamp(kind)) = field.get_basic_info().logical_type_ref() else {
            return Self::default();
        };
        let per_ms = match kind.unit {
            TimeUnit::MILLIS => 1,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1_000_000,
        };
        Self { is_utc: kind.is_adjusted_to_u_t_c, per_ms: Some(per_ms) }
    }
    fn text(self, cell: &Field) -> String {
        match (cell, self.per_ms) {
            (Field::Null, _) => String::new(),
            (Field::Str(text), _) => text.clone(),
            (Field::TimestampMillis(ms), _) => self.time(*ms),
            (Field::TimestampMicros(us), _) => self.time(us.div_euclid(1_000)),
            (Field::Long(count), Some(per_ms)) => self.time(count.div_euclid(per_ms)),
            (other, _) => other.to_string(),
        }
    }
    fn time(self, ms: i64) -> String {
        let written = |at: Timestamp| match self.is_utc {
            true => at.to_string(),
            false => TimeZone::UTC.to_datetime(at).to_string(),
        };
        Timestamp::from_millisecond(ms).map(written).unwrap_or_default()
    }
}
