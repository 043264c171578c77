//! How fast a street is driven where its tags do not say: by country and class. Limits, not measurements; live traffic is a later layer.
//!
//! Sources: the OpenStreetMap wiki's table of default speed limits (urban values, since fleets are); New York City's
//! 25 mph limit (N.Y. Veh. & Traf. Law 1642(a)(26), in force since 7 November 2014). Which country a place is in says `borders`.

const KMH_PER_MPH: f64 = 1.609_344;

/// Miles per hour in km/h.
pub(super) const fn kmh_of_mph(value: f64) -> f64 {
    value * KMH_PER_MPH
}

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
    Pedestrian,
    Service,
    Track,
}

/// Default limits of one place in km/h.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Defaults {
    /// ISO 3166, of a country or a part of it; or `US-NYC`, or `elsewhere`.
    pub(super) code: &'static str,
    pub(super) motorway: f64,
    pub(super) trunk: f64,
    pub(super) urban: f64,
    pub(super) rural: f64,
    pub(super) residential: f64,
    /// Whether its signs count in miles per hour.
    pub(super) in_mph: bool,
}

/// Limits of a country in km/h: motorway, trunk, urban, rural, residential.
const fn kmh(code: &'static str, [motorway, trunk, urban, rural, residential]: [u16; 5]) -> Defaults {
    Defaults {
        code,
        motorway: motorway as f64,
        trunk: trunk as f64,
        urban: urban as f64,
        rural: rural as f64,
        residential: residential as f64,
        in_mph: false,
    }
}

/// The same in miles per hour.
const fn mph(code: &'static str, [motorway, trunk, urban, rural, residential]: [u16; 5]) -> Defaults {
    Defaults {
        code,
        motorway: kmh_of_mph(motorway as f64),
        trunk: kmh_of_mph(trunk as f64),
        urban: kmh_of_mph(urban as f64),
        rural: kmh_of_mph(rural as f64),
        residential: kmh_of_mph(residential as f64),
        in_mph: true,
    }
}

/// By code; the last one is for everywhere else.
const ALL: [Defaults; 44] = [
    kmh("AD", [90, 60, 50, 60, 50]),
    kmh("AT", [130, 100, 50, 100, 50]),
    kmh("AU", [110, 100, 50, 100, 50]),
    kmh("BE", [120, 90, 50, 90, 50]),
    kmh("BE-BRU", [120, 70, 30, 70, 30]),
    kmh("BE-VLG", [120, 70, 50, 70, 50]),
    kmh("BG", [140, 90, 50, 90, 50]),
    kmh("BR", [110, 80, 60, 60, 30]),
    kmh("CA", [100, 80, 50, 80, 50]),
    kmh("CH", [120, 80, 50, 80, 50]),
    kmh("CZ", [130, 110, 50, 90, 50]),
    kmh("DE", [120, 100, 50, 100, 50]),
    kmh("DK", [130, 80, 50, 80, 50]),
    kmh("EE", [90, 90, 50, 90, 50]),
    kmh("ES", [120, 90, 50, 90, 30]),
    kmh("FI", [120, 80, 50, 80, 40]),
    kmh("FR", [130, 110, 50, 80, 50]),
    mph("GB", [70, 60, 30, 60, 30]),
    kmh("GR", [130, 110, 50, 90, 50]),
    kmh("HR", [130, 110, 50, 90, 50]),
    kmh("HU", [130, 110, 50, 90, 50]),
    kmh("IE", [120, 100, 50, 80, 50]),
    kmh("IT", [130, 110, 50, 90, 50]),
    kmh("LT", [130, 90, 50, 90, 50]),
    kmh("LU", [130, 90, 50, 90, 50]),
    kmh("LV", [100, 90, 50, 90, 50]),
    kmh("MC", [50, 50, 50, 50, 50]),
    kmh("MX", [110, 80, 50, 90, 40]),
    kmh("NL", [100, 80, 50, 80, 30]),
    kmh("NO", [100, 80, 50, 80, 50]),
    kmh("NZ", [100, 100, 50, 100, 50]),
    kmh("PL", [140, 100, 50, 90, 50]),
    kmh("PT", [120, 100, 50, 90, 50]),
    kmh("RO", [130, 100, 50, 90, 50]),
    kmh("RS", [130, 100, 50, 80, 50]),
    kmh("SE", [110, 70, 50, 70, 50]),
    kmh("SI", [130, 110, 50, 90, 50]),
    kmh("SK", [130, 90, 50, 90, 50]),
    kmh("TR", [120, 110, 50, 90, 50]),
    kmh("UA", [130, 110, 50, 90, 50]),
    mph("US", [65, 55, 35, 55, 25]),
    mph("US-NYC", [50, 40, 25, 40, 25]),
    kmh("ZA", [120, 100, 60, 100, 60]),
    ELSEWHERE,
];

/// Where no other limits are known.
pub(super) const ELSEWHERE: Defaults = kmh("elsewhere", [110, 80, 50, 80, 40]);

/// The limits of a country by its code, if it is known.
pub(super) fn by_code(code: &str) -> Option<Defaults> {
    ALL.into_iter().find(|defaults| defaults.code.eq_ignore_ascii_case(code))
}

/// The codes that are known, for a refusal of one that is not.
pub(super) fn known() -> String {
    ALL.map(|defaults| defaults.code).join(", ")
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
            RoadClass::Pedestrian => 10.0,
            RoadClass::Service => 20.0,
            RoadClass::Track => 15.0,
        }
    }
}
