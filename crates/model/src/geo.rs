//! Positions and areas on the ground: WGS 84, latitude first in names, stored as 1e-7 degrees like OpenStreetMap.

use crate::id::GeofenceId;
use crate::limits::{Invalid, RING_POINTS_MAX, Rule, within};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A place on the ground, exact to about a centimetre. In JSON and TOML it is written in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    lat_e7: i32,
    lon_e7: i32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Degrees {
    lat: f64,
    lon: f64,
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            return Degrees { lat: self.lat(), lon: self.lon() }.serialize(to);
        }
        (self.lat_e7, self.lon_e7).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = if from.is_human_readable() {
            Degrees::deserialize(from).map(|degrees| Self::new(degrees.lat, degrees.lon))?
        } else {
            <(i32, i32)>::deserialize(from).map(|(lat_e7, lon_e7)| Self::from_e7(lat_e7, lon_e7))?
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// Metres per degree of latitude on the sphere of radius 6,371,008.8 m (IUGG mean).
pub const METRES_PER_DEGREE: f64 = 111_195.08;

impl Position {
    /// 0, 0, in the Gulf of Guinea: what a receiver without a fix says.
    pub const NULL_ISLAND: Self = Self { lat_e7: 0, lon_e7: 0 };

    /// From degrees.
    ///
    /// Errors: latitude outside ±90, longitude outside ±180, or not a number.
    pub fn new(lat: f64, lon: f64) -> Result<Self, Invalid> {
        let lat = within("lat", lat, (-90.0, 90.0))?;
        let lon = within("lon", lon, (-180.0, 180.0))?;
        Ok(Self { lat_e7: (lat * 1e7).round() as i32, lon_e7: (lon * 1e7).round() as i32 })
    }
    /// From ten-millionths of a degree, as OpenStreetMap stores them. Errors as [`Position::new`].
    pub fn from_e7(lat_e7: i32, lon_e7: i32) -> Result<Self, Invalid> {
        Self::new(f64::from(lat_e7) / 1e7, f64::from(lon_e7) / 1e7)
    }
    /// Latitude in degrees, north positive.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }
    /// Longitude in degrees, east positive.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / 1e7
    }
    /// Latitude in ten-millionths of a degree.
    pub fn lat_e7(self) -> i32 {
        self.lat_e7
    }
    /// Longitude in ten-millionths of a degree.
    pub fn lon_e7(self) -> i32 {
        self.lon_e7
    }
    /// Straight-line distance in metres, on a plane tangent at the mean latitude: under 0.1 % off within a city. The shorter way round the
    /// globe, over the 180th meridian if need be.
    pub fn distance_m(self, other: Self) -> f64 {
        let mean = (self.lat() + other.lat()).to_radians() / 2.0;
        let north = (self.lat() - other.lat()) * METRES_PER_DEGREE;
        let east = eastwards(self.lon() - other.lon()) * METRES_PER_DEGREE * mean.cos();
        north.hypot(east)
    }
}

/// A difference of longitudes in degrees, eastwards, by the shorter way round the globe.
fn eastwards(degrees: f64) -> f64 {
    match degrees {
        _ if degrees > 180.0 => degrees - 360.0,
        _ if degrees < -180.0 => degrees + 360.0,
        _ => degrees,
    }
}

/// Latitude and longitude in degrees: `40.7484, -73.9857`.
impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}", self.lat(), self.lon())
    }
}

/// A named area: one closed ring, without holes. Points on its border count as inside or outside, but always the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Geofence {
    id: GeofenceId,
    ring: Vec<Position>,
}

impl Geofence {
    /// Shape: at least three distinct corners; the closing corner may be repeated or left out.
    ///
    /// Errors: fewer than three corners, or more than [`RING_POINTS_MAX`].
    pub fn new(id: GeofenceId, mut ring: Vec<Position>) -> Result<Self, Invalid> {
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if ring.len() < 3 || ring.len() > RING_POINTS_MAX {
            let rule = Rule::Size { least: 3, most: RING_POINTS_MAX, unit: "corners".into() };
            return Err(Invalid::new("ring", format!("{} corners", ring.len()), rule));
        }
        Ok(Self { id, ring })
    }
    /// Its lasting name.
    pub fn id(&self) -> &GeofenceId {
        &self.id
    }
    /// Its corners, the first not repeated.
    pub fn ring(&self) -> &[Position] {
        &self.ring
    }
    /// The refusal of an area that no road comes near. Latitudes and longitudes are named: mostly they were exchanged.
    pub fn off_the_map(&self, field: &str, max_m: u32) -> Invalid {
        let span = |of: fn(Position) -> f64| {
            let of = self.ring.iter().map(|&corner| of(corner));
            (of.clone().fold(f64::INFINITY, f64::min), of.fold(f64::NEG_INFINITY, f64::max))
        };
        let ((south, north), (west, east)) = (span(Position::lat), span(Position::lon));
        let value = format!("an area of latitudes {south} to {north} and longitudes {west} to {east}");
        let rule = format!("must come within {max_m} m of a road of this region");
        Invalid::new(field, value, Rule::Shape(rule))
    }
    /// Whether `place` lies inside, by the even-odd rule.
    pub fn contains(&self, place: Position) -> bool {
        let (x, y) = (place.lon(), place.lat());
        let mut inside = false;
        let mut previous = self.ring[self.ring.len() - 1];
        for &corner in &self.ring {
            let (x1, y1, x2, y2) = (previous.lon(), previous.lat(), corner.lon(), corner.lat());
            if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
                inside = !inside;
            }
            previous = corner;
        }
        inside
    }
    /// How far a place is from the nearest point of its border, inside as outside, in metres along a straight line.
    pub fn border_m(&self, place: Position) -> f64 {
        let sides = self.ring.iter().zip(self.ring.iter().cycle().skip(1));
        sides.map(|(&from, &to)| side_m(place, from, to)).fold(f64::INFINITY, f64::min)
    }
}

/// How far a place is from the nearest point of a straight line between two others, in metres on the plane that touches the earth at it.
fn side_m(place: Position, from: Position, to: Position) -> f64 {
    let narrowed = place.lat().to_radians().cos();
    let on_plane = |end: Position| {
        let east = eastwards(end.lon() - place.lon()) * narrowed;
        (east * METRES_PER_DEGREE, (end.lat() - place.lat()) * METRES_PER_DEGREE)
    };
    let ((x, y), (to_x, to_y)) = (on_plane(from), on_plane(to));
    let (along_x, along_y) = (to_x - x, to_y - y);
    let length_squared = along_x.mul_add(along_x, along_y * along_y);
    let share = if length_squared > 0.0 { -(x * along_x + y * along_y) / length_squared } else { 0.0 };
    let share = share.clamp(0.0, 1.0);
    (x + share * along_x).hypot(y + share * along_y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_of_an_area_is_as_far_as_its_nearest_side() {
        let at = |lat, lon| Position::new(lat, lon).expect("a place");
        let ring = vec![at(40.0, -74.0), at(40.0, -73.0), at(41.0, -73.0), at(41.0, -74.0)];
        let area = Geofence::new(GeofenceId::new("a").expect("a name"), ring).expect("an area");
        let degree = METRES_PER_DEGREE;
        // Inside near the southern side, outside beyond the western one, and beyond a corner.
        let far =
            [at(40.1, -73.5), at(40.5, -74.1), at(39.9, -74.0)].map(|place| area.border_m(place) / degree);
        for (far, expected) in far.into_iter().zip([0.1, 0.1 * 40.5_f64.to_radians().cos(), 0.1]) {
            assert!((far - expected).abs() < 1e-4, "{far} is not {expected}");
        }
    }
}
