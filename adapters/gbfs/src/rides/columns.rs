//! Which column of a trip file says what, by the names that operators use.

use csv::StringRecord;
use paceline_model::Position;

/// Columns that end up in one field, by their names in lower case with `_` between words.
const RIDE: &[&str] = &["ride_id", "trip_id", "rental_id", "id"];
const BIKE: &[&str] = &["bike_id", "bikeid", "bike_number", "vehicle_id"];
const KIND: &[&str] = &["kind", "rideable_type", "vehicle_type_id", "bike_type"];
const STARTED: &[&str] = &["started_at", "start_time", "starttime", "start_date"];
const ENDED: &[&str] = &["ended_at", "end_time", "endtime", "stop_time", "stoptime", "end_date"];
const DURATION_S: &[&str] = &["duration_s", "duration", "duration_sec", "tripduration", "trip_duration"];

/// Where the fields of a file stand.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) ride: Option<usize>,
    pub(super) bike: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) started: usize,
    pub(super) ended: Option<usize>,
    pub(super) duration_s: Option<usize>,
    pub(super) start: EndColumns,
    pub(super) end: EndColumns,
}

/// Where the fields of one end stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EndColumns {
    pub(super) id: Option<usize>,
    pub(super) name: Option<usize>,
    lat: Option<usize>,
    lon: Option<usize>,
}

impl Columns {
    /// Reads a header. `None`: it has no column for when a ride started.
    pub(super) fn of(header: &StringRecord) -> Option<Self> {
        let plain = |name: &str| name.trim_matches(['\u{feff}', ' ']).to_lowercase().replace([' ', '-'], "_");
        let names: Vec<String> = header.iter().map(plain).collect();
        let at = |any: &[&str]| any.iter().find_map(|name| names.iter().position(|of| of == name));
        let end = |which: &str, other: &str| {
            let of = |ends: &[&str]| {
                let named = ends.iter().flat_map(|end| [format!("{which}_{end}"), format!("{other}_{end}")]);
                named.into_iter().find_map(|name| names.iter().position(|of| *of == name))
            };
            EndColumns {
                id: of(&["station_id"]),
                name: of(&["station_name", "name"]),
                lat: of(&["lat", "latitude", "station_latitude"]),
                lon: of(&["lng", "lon", "longitude", "station_longitude"]),
            }
        };
        Some(Self {
            ride: at(RIDE),
            bike: at(BIKE),
            kind: at(KIND),
            started: at(STARTED)?,
            ended: at(ENDED),
            duration_s: at(DURATION_S),
            start: end("start", "from"),
            end: end("end", "to"),
        })
    }
}

impl EndColumns {
    /// What a row says of the place. `None`: nothing, or what is none.
    pub(super) fn place(self, row: &StringRecord) -> Option<Position> {
        let degrees = |column: Option<usize>| field(row, column).parse::<f64>().ok();
        Position::new(degrees(self.lat)?, degrees(self.lon)?).ok()
    }
}

/// A field without blanks around it; nothing where there is none.
pub(super) fn field(row: &StringRecord, column: Option<usize>) -> &str {
    column.and_then(|column| row.get(column)).unwrap_or_default().trim()
}
