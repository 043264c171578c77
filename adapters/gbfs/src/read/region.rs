//! Which places can be of this system. What lies elsewhere widens neither a map nor a table of drives.

use paceline_model::Position;
use paceline_model::bikes::NoPlace;

/// How far from the middle of a system its stations and bikes can be, in metres: the bikes of a whole country's railways lie within. Oslo
/// with latitude and longitude swapped is thirteen times as far.
const FROM_MIDDLE_MAX: f64 = 500_000.0;
/// How near to 0, 0 is 0, 0, in degrees: a receiver without a fix may be off by a little.
const NULL_ISLAND_WITHIN: f64 = 0.01;

/// Where a system is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    middle: Option<Position>,
}

impl Region {
    /// Around the median of what is said of places, by latitude and by longitude: as long as more than half are right, those that are wrong
    /// do not move it far.
    pub(crate) fn around(places: impl Iterator<Item = Position>) -> Self {
        let places: Vec<Position> = places.filter(|place| !is_null_island(*place)).collect();
        let median = |mut of: Vec<i32>| {
            let middle = of.len() / 2;
            (!of.is_empty()).then(|| *of.select_nth_unstable(middle).1)
        };
        let lat = median(places.iter().map(|place| place.lat_e7()).collect());
        let lon = median(places.iter().map(|place| place.lon_e7()).collect());
        let middle = lat.zip(lon).and_then(|(lat, lon)| Position::from_e7(lat, lon).ok());
        Self { middle }
    }

    /// Errors: it is at 0, 0, or off the region.
    pub(crate) fn judge(self, place: Position) -> Result<Position, NoPlace> {
        if is_null_island(place) {
            return Err(NoPlace::NullIsland);
        }
        let is_near = self.middle.is_none_or(|middle| place.distance_m(middle) <= FROM_MIDDLE_MAX);
        is_near.then_some(place).ok_or(NoPlace::OffRegion)
    }
}

fn is_null_island(place: Position) -> bool {
    place.lat().abs() < NULL_ISLAND_WITHIN && place.lon().abs() < NULL_ISLAND_WITHIN
}
