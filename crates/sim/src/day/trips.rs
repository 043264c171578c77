//! Rides from a file of trips: in our own columns, which are NREL HIVE's, or as New York's and Chicago's records have them.

use super::columns::{Columns, Field, Line};
use super::left_out::{LeftOut, in_words};
use crate::error::SimError;
use crate::scenario::{Names, Scenario};
use jiff::Timestamp;
use jiff::civil::DateTime;
use paceline_model::{Instant, Invalid, OrderId, Position, Tag};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// A ride that somebody will ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Trip {
    /// When they ask.
    pub at: Instant,
    /// Where they wait.
    pub pickup: Position,
    /// Where they want to be.
    pub dropoff: Position,
    /// How many ride.
    pub party: u8,
    /// What their vehicle must have.
    pub attributes: BTreeSet<Tag>,
    /// What the file calls it.
    pub id: Option<OrderId>,
    /// The line of the file that it, or the trip that it was drawn from, stands in.
    pub line: u64,
}

/// The fields of a trip, and what they are called: here and by HIVE; by New York's Taxi and Limousine Commission (yellow, green,
/// high-volume); by Chicago's Transportation Network Providers.
const FIELDS: [Field; 10] = [
    Field { key: "id", names: &["request_id", "trip_id", "Trip ID"] },
    Field {
        key: "at",
        names: &[
            "departure_time",
            "request_datetime",
            "tpep_pickup_datetime",
            "lpep_pickup_datetime",
            "pickup_datetime",
            "trip_start_timestamp",
            "Trip Start Timestamp",
        ],
    },
    Field {
        key: "pickup_lat",
        names: &["o_lat", "pickup_latitude", "pickup_centroid_latitude", "Pickup Centroid Latitude"],
    },
    Field {
        key: "pickup_lon",
        names: &["o_lon", "pickup_longitude", "pickup_centroid_longitude", "Pickup Centroid Longitude"],
    },
    Field {
        key: "dropoff_lat",
        names: &["d_lat", "dropoff_latitude", "dropoff_centroid_latitude", "Dropoff Centroid Latitude"],
    },
    Field {
        key: "dropoff_lon",
        names: &["d_lon", "dropoff_longitude", "dropoff_centroid_longitude", "Dropoff Centroid Longitude"],
    },
    Field { key: "pickup_zone", names: &["PULocationID"] },
    Field { key: "dropoff_zone", names: &["DOLocationID"] },
    Field { key: "party", names: &["passengers", "passenger_count"] },
    Field { key: "attributes", names: &["attributes"] },
];
const PLACES: [&str; 5] = ["at", "pickup_lat", "pickup_lon", "dropoff_lat", "dropoff_lon"];
const ZONES: [&str; 3] = ["at", "pickup_zone", "dropoff_zone"];

/// How a place of a file of zones is given.
const ZONE_FIELDS: [Field; 3] = [
    Field { key: "zone", names: &["LocationID", "zone", "id"] },
    Field { key: "lat", names: &["lat", "latitude"] },
    Field { key: "lon", names: &["lon", "longitude"] },
];

const TIME: &str = "must be a time: 2026-11-27 06:00:00 by the city's own clock, 2026-11-27T05:00:00Z, or 11/27/2026 06:00:00 AM";

/// Where a scenario's trips come from.
pub(super) struct TripReader<'a> {
    scenario: &'a Scenario,
    zones: BTreeMap<String, Position>,
    /// The hours that are played.
    hours: Range<Instant>,
}

impl<'a> TripReader<'a> {
    /// Errors: the zones cannot be read.
    pub(super) fn new(scenario: &'a Scenario) -> Result<Self, SimError> {
        let zones = scenario.trips.zones.as_deref().map(|zones| read_zones(&scenario.file(zones)));
        let hours = scenario.instant(scenario.start)..scenario.instant(scenario.end);
        Ok(Self { scenario, zones: zones.transpose()?.unwrap_or_default(), hours })
    }

    /// Reads all trips of the hours of the scenario, and why the others are none.
    ///
    /// Errors: not readable; columns that are not there; not one trip.
    pub(super) fn read(&self) -> Result<(Vec<Trip>, Vec<LeftOut>), SimError> {
        let source = &self.scenario.trips;
        let path = self.scenario.file(&source.file);
        let needed: &[&[&str]] = if self.zones.is_empty() { &[&PLACES] } else { &[&ZONES, &PLACES] };
        let columns = Columns::open(&path, &FIELDS, &source.columns, needed)?;
        let zoned = !self.zones.is_empty() && columns.has("pickup_zone") && columns.has("dropoff_zone");
        let (mut trips, mut left_out) = (Vec::new(), Vec::new());
        for line in columns.rows() {
            let line = line?;
            match self.trip(&line, zoned) {
                Ok(trip) => trips.push(trip),
                Err(invalid) => {
                    left_out.push(LeftOut::of(line.number, line.text("id").unwrap_or_default(), invalid));
                }
            }
        }
        if trips.is_empty() {
            let why = match left_out.is_empty() {
                true => "there is no trip in it".to_owned(),
                false => {
                    format!("not one of {} trips can be played: {}", left_out.len(), in_words(&left_out))
                }
            };
            return Err(SimError::line(&path, 2, why));
        }
        Ok((trips, left_out))
    }

    fn trip(&self, line: &Line, zoned: bool) -> Result<Trip, Invalid> {
        let at = self.moment(line)?;
        let (pickup, dropoff) = match zoned {
            true => (self.zone(line, "pickup_zone")?, self.zone(line, "dropoff_zone")?),
            false => (line.place("pickup_lat", "pickup_lon")?, line.place("dropoff_lat", "dropoff_lon")?),
        };
        let keeps_names = self.scenario.names == Names::OfFile;
        let named = |key: &'static str| move |invalid: Invalid| Invalid { field: line.name(key), ..invalid };
        Ok(Trip {
            at,
            pickup,
            dropoff,
            party: party(line)?,
            attributes: attributes(line)?,
            id: line.text("id").filter(|_| keeps_names).map(OrderId::new).transpose().map_err(named("id"))?,
            line: line.number,
        })
    }

    /// When a trip is asked for. Errors: it cannot be read, or is not in the hours that the scenario plays.
    fn moment(&self, line: &Line) -> Result<Instant, Invalid> {
        let text = line.text("at").ok_or_else(|| line.refuse("at", "left empty", TIME))?;
        let at = self.parse(text).ok_or_else(|| line.refuse("at", text, TIME))?;
        if self.hours.contains(&at) {
            return Ok(at);
        }
        let (start, end) = (self.scenario.start, self.scenario.end);
        Err(line.refuse(
            "at",
            text,
            &format!("must be from the scenario's start, {start}, to before its end, {end}"),
        ))
    }
    fn parse(&self, text: &str) -> Option<Instant> {
        if let Ok(stamp) = text.parse::<Timestamp>() {
            return u64::try_from(stamp.as_millisecond()).ok().map(Instant);
        }
        let american = || DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text).ok();
        text.parse::<DateTime>().ok().or_else(american).map(|local| self.scenario.instant(local))
    }

    fn zone(&self, line: &Line, key: &str) -> Result<Position, Invalid> {
        let rule = "must be a zone of the scenario's file of zones";
        let name = line.text(key).ok_or_else(|| line.refuse(key, "left empty", rule))?;
        self.zones.get(whole(name)).copied().ok_or_else(|| line.refuse(key, name, rule))
    }
}

/// How many ride; one where the file does not say.
fn party(line: &Line) -> Result<u8, Invalid> {
    let rule = "must be a whole number from 1 to 64";
    let Some(text) = line.text("party") else { return Ok(1) };
    let party =
        whole(text).parse().ok().filter(|party| (1..=paceline_model::limits::SEATS_MAX).contains(party));
    party.ok_or_else(|| line.refuse("party", text, rule))
}

/// A whole number as a table with gaps has it: `2.0`.
fn whole(text: &str) -> &str {
    text.strip_suffix(".0").unwrap_or(text)
}

/// Tags, parted by semicolons.
pub(super) fn attributes(line: &Line) -> Result<BTreeSet<Tag>, Invalid> {
    let tags = line.text("attributes").into_iter().flat_map(|text| text.split(';')).map(str::trim);
    let tags = tags.filter(|tag| !tag.is_empty()).map(Tag::new).collect::<Result<_, _>>();
    tags.map_err(|invalid| Invalid { field: line.name("attributes"), ..invalid })
}

fn read_zones(path: &Path) -> Result<BTreeMap<String, Position>, SimError> {
    let columns = Columns::open(path, &ZONE_FIELDS, &BTreeMap::new(), &[&["zone", "lat", "lon"]])?;
    let mut zones = BTreeMap::new();
    for line in columns.rows() {
        let line = line?;
        let refuse = |invalid: Invalid| SimError::line(path, line.number, invalid);
        let name = line.need::<String>("zone", "must be a name").map_err(refuse)?;
        zones.insert(whole(&name).to_owned(), line.place("lat", "lon").map_err(refuse)?);
    }
    Ok(zones)
}
