//! Which country's default limits hold at a place: by real borders, of countries and of those parts of them that have limits of their own.
//!
//! The borders are those of the crate `country-boundaries`: OpenStreetMap contributors, ODbL. New York City is no part of a country there; it
//! is the part of the state within a box.

use super::defaults::{Defaults, ELSEWHERE, by_code};
use crate::error::RoadError;
use country_boundaries::{BOUNDARIES_ODBL_180X90, CountryBoundaries, LatLon};
use paceline_model::Position;

/// New York City within the State of New York: south, west, north, east. The city's northern border is drawn coarsely, as are its
/// neighbours across the Sound.
const NEW_YORK_CITY: [f64; 4] = [40.49, -74.26, 40.92, -73.69];
const NEW_YORK_STATE: &str = "US-NY";

/// The borders of the world.
pub(super) struct Borders(CountryBoundaries);

impl Borders {
    pub(super) fn read() -> Result<Self, RoadError> {
        let read = CountryBoundaries::from_reader(BOUNDARIES_ODBL_180X90);
        read.map(Self).map_err(|error| RoadError::Osm(format!("the borders of countries: {error}")))
    }
    /// The limits of the smallest part of the world around a place that has any.
    pub(super) fn limits_at(&self, place: Position) -> Defaults {
        let Ok(at) = LatLon::new(place.lat(), place.lon()) else { return ELSEWHERE };
        let [south, west, north, east] = NEW_YORK_CITY;
        let in_box = (south..=north).contains(&place.lat()) && (west..=east).contains(&place.lon());
        let ids = self.0.ids(at);
        let city = (in_box && ids.contains(&NEW_YORK_STATE)).then_some("US-NYC");
        city.into_iter().chain(ids).find_map(by_code).unwrap_or(ELSEWHERE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_limits_of_its_country_up_to_the_border() {
        let borders = Borders::read().unwrap();
        for (code, lat, lon) in [
            ("US-NYC", 40.78, -73.97),
            ("US", 40.72, -74.05), // Jersey City, across the river
            ("US", 39.96, -83.0),
            ("CA", 43.65, -79.38),  // Toronto
            ("CA", 45.50, -73.57),  // Montreal
            ("MX", 32.52, -117.03), // Tijuana
            ("US", 32.72, -117.16), // San Diego
            ("PT", 38.72, -9.14),   // Lisbon
            ("PT", 41.15, -8.61),   // Porto
            ("FR", 48.58, 7.75),    // Strasbourg
            ("DE", 48.57, 7.81),    // Kehl, across the Rhine
            ("BE-BRU", 50.85, 4.35),
            ("MC", 43.738, 7.42),
            ("AD", 42.5, 1.5),
            ("DE", 49.41, 8.69),
            ("FI", 60.17, 24.94),
            ("AU", -33.9, 151.2),
            ("elsewhere", 35.7, 51.4),
            ("elsewhere", -40.0, -20.0),
        ] {
            assert_eq!(borders.limits_at(Position::new(lat, lon).unwrap()).code, code, "{lat},{lon}");
        }
    }
}
