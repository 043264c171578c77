//! How fast a street is driven where its tags do not say: by country and class. Limits, not measurements; live traffic is
//! a later layer.
//!
//! Sources: the OpenStreetMap wiki's table of default speed limits (urban values, since fleets are); New York City's
//! 25 mph limit (N.Y. Veh. & Traf. Law 1642(a)(26), in force since 7 November 2014).

const KMH_PER_MPH: f64 = 1.609_344;

/// Classes of street that differ in their default speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoadClass {
    Motorway,
    MotorwayLink,
    Trunk,
    TrunkLink,
    Major,
    Residential,
    LivingStreet,
    Service,
    Track,
}

/// Default limits of one place in km/h.
#[derive(Clone, Copy, Debug)]
pub(super) struct Defaults {
    pub(super) code: &'static str,
    motorway: f64,
    trunk: f64,
    urban: f64,
    residential: f64,
    /// South, west, north, east, for choosing by where an extract lies; coarse, the smallest box wins by order.
    area: [f64; 4],
}

const fn mph(value: f64) -> f64 {
    value * KMH_PER_MPH
}

/// First match wins, so small places stand first; the last one is for everywhere else.
const ALL: [Defaults; 12] = [
    Defaults {
        code: "MC",
        motorway: 50.0,
        trunk: 50.0,
        urban: 50.0,
        residential: 50.0,
        area: [43.72, 7.40, 43.76, 7.45],
    },
    Defaults {
        code: "AD",
        motorway: 90.0,
        trunk: 60.0,
        urban: 50.0,
        residential: 50.0,
        area: [42.42, 1.40, 42.66, 1.79],
    },
    Defaults {
        code: "US-NYC",
        motorway: mph(50.0),
        trunk: mph(40.0),
        urban: mph(25.0),
        residential: mph(25.0),
        area: [40.49, -74.26, 40.92, -73.69],
    },
    Defaults {
        code: "US",
        motorway: mph(65.0),
        trunk: mph(55.0),
        urban: mph(35.0),
        residential: mph(25.0),
        area: [24.0, -125.0, 49.0, -66.0],
    },
    Defaults {
        code: "NL",
        motorway: 100.0,
        trunk: 80.0,
        urban: 50.0,
        residential: 30.0,
        area: [50.75, 3.3, 53.6, 7.2],
    },
    Defaults {
        code: "CH",
        motorway: 120.0,
        trunk: 80.0,
        urban: 50.0,
        residential: 50.0,
        area: [45.8, 6.0, 47.8, 9.6],
    },
    Defaults {
        code: "DE",
        motorway: 120.0,
        trunk: 100.0,
        urban: 50.0,
        residential: 50.0,
        area: [47.27, 5.87, 55.06, 15.04],
    },
    Defaults {
        code: "FR",
        motorway: 130.0,
        trunk: 110.0,
        urban: 50.0,
        residential: 50.0,
        area: [42.3, -4.8, 51.1, 8.23],
    },
    Defaults {
        code: "ES",
        motorway: 120.0,
        trunk: 90.0,
        urban: 50.0,
        residential: 30.0,
        area: [36.0, -9.3, 43.8, 3.3],
    },
    Defaults {
        code: "GB",
        motorway: mph(70.0),
        trunk: mph(60.0),
        urban: mph(30.0),
        residential: mph(30.0),
        area: [49.9, -8.2, 60.9, 1.8],
    },
    Defaults {
        code: "FI",
        motorway: 120.0,
        trunk: 80.0,
        urban: 50.0,
        residential: 40.0,
        area: [59.8, 20.5, 70.1, 31.6],
    },
    Defaults {
        code: "elsewhere",
        motorway: 110.0,
        trunk: 80.0,
        urban: 50.0,
        residential: 40.0,
        area: [-90.0, -180.0, 90.0, 180.0],
    },
];

/// The limits of a country by its code, if it is known.
pub(super) fn by_code(code: &str) -> Option<Defaults> {
    ALL.into_iter().find(|defaults| defaults.code.eq_ignore_ascii_case(code))
}

/// The limits that hold at a place.
pub(super) fn by_place(lat: f64, lon: f64) -> Defaults {
    let holds = |d: &Defaults| {
        let [south, west, north, east] = d.area;
        (south..=north).contains(&lat) && (west..=east).contains(&lon)
    };
    ALL.into_iter().find(holds).unwrap_or(ALL[ALL.len() - 1])
}

impl Defaults {
    /// The limit of a class of street; ramps are driven at half the speed of their road, but not below 30 km/h.
    pub(super) fn kmh(self, class: RoadClass) -> f64 {
        match class {
            RoadClass::Motorway => self.motorway,
            RoadClass::MotorwayLink => (self.motorway / 2.0).max(30.0),
            RoadClass::Trunk => self.trunk,
            RoadClass::TrunkLink => (self.trunk / 2.0).max(30.0),
            RoadClass::Major => self.urban,
            RoadClass::Residential => self.residential,
            RoadClass::LivingStreet => 15.0,
            RoadClass::Service => 20.0,
            RoadClass::Track => 15.0,
        }
    }
}

/// A `maxspeed` value in km/h: a number, a number with `mph` or `km/h`, `walk`. `None` if it says nothing (`none`, `signals`).
pub(super) fn parse(value: &str) -> Option<f64> {
    let value = value.split(';').next()?.trim();
    if value == "walk" || value.ends_with(":walk") || value.ends_with(":living_street") {
        return Some(10.0);
    }
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let number: f64 = value[..digits].parse().ok()?;
    let scale = match value[digits..].trim() {
        "" | "km/h" | "kmh" | "kph" => 1.0,
        "mph" => KMH_PER_MPH,
        "knots" => 1.852,
        _ => return None,
    };
    Some(number * scale).filter(|kmh| (3.0..=200.0).contains(kmh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read_in_every_spelling_and_nonsense_says_nothing() {
        for (text, kmh) in
            [("50", 50.0), ("25 mph", 40.2336), ("25mph", 40.2336), ("30 km/h", 30.0), ("DE:walk", 10.0)]
        {
            assert!((parse(text).unwrap() - kmh).abs() < 1e-9, "{text}");
        }
        for text in ["none", "signals", "", "0", "999", "50 apples", "DE:urban"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_smallest_place_gives_the_limits() {
        for (code, lat, lon) in [
            ("US-NYC", 40.78, -73.97),
            ("US", 39.96, -83.0),
            ("MC", 43.738, 7.42),
            ("AD", 42.5, 1.5),
            ("DE", 49.41, 8.69),
            ("FI", 60.17, 24.94),
            ("elsewhere", -33.9, 151.2),
        ] {
            assert_eq!(by_place(lat, lon).code, code);
        }
    }
}
