//! The section of a scenario that says as how many regions its city is played.

use super::Area;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{Geofence, Millis, RegionId, duration};
use serde::{Deserialize, Serialize};

/// Regions at most: beyond, each has hardly a vehicle.
const REGIONS_MAX: f64 = 64.0;

/// One city as several regions, each with a journal, rounds and a solver of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Regions {
    /// How many, cut so that each has as many of the day's pick-ups. With `areas` it is left out.
    pub number: u32,
    /// Where each lies, instead. A place in none of them is of the region that is nearest.
    pub areas: Vec<Area>,
    /// Orders whose pick-up is this near to another region's area are near a border, in metres.
    pub near_m: u32,
    /// How long what one region says to another is under way.
    #[serde(with = "duration")]
    pub delay: Millis,
    /// Whether a region hands over a vehicle that is nearer to another's order.
    pub relief: bool,
    /// By how much it must be sooner there than the other's own.
    #[serde(with = "duration")]
    pub relief_gain_min: Millis,
}

impl Default for Regions {
    fn default() -> Self {
        // As long as a round of a server: what is told is taken in the next one.
        Self {
            number: 1,
            areas: Vec::new(),
            near_m: 1_000,
            delay: Millis(200),
            relief: true,
            relief_gain_min: Millis::from_secs(30),
        }
    }
}

impl Regions {
    /// The regions that the scenario names. Errors: a name or corners that are none.
    pub(crate) fn named(&self) -> Result<Vec<(RegionId, Geofence)>, Invalid> {
        let one = |(number, area): (usize, &Area)| {
            let field = |invalid: Invalid| invalid.within(&format!("areas[{number}]"));
            let ring = area.geofence().map_err(field)?;
            Ok((RegionId::new(&area.id).map_err(field)?, ring))
        };
        self.areas.iter().enumerate().map(one).collect()
    }

    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        within("number", f64::from(self.number), (1.0, REGIONS_MAX))?;
        within("areas", self.areas.len() as f64, (0.0, REGIONS_MAX))?;
        within("near_m", f64::from(self.near_m), (0.0, 100_000.0))?;
        duration::within("delay", self.delay, (Millis(1), Millis::from_secs(60)))?;
        duration::within("relief_gain_min", self.relief_gain_min, (Millis::ZERO, Millis::from_secs(3_600)))?;
        if self.number > 1 && !self.areas.is_empty() {
            return Err(Invalid::new("number", self.number, Rule::Without { other: "areas".into() }));
        }
        let named = self.named()?;
        let twice =
            named.iter().enumerate().find(|(at, (id, _))| named[..*at].iter().any(|(known, _)| known == id));
        if let Some((number, (id, _))) = twice {
            let rule = Rule::Shape("must be the only area of that name".into());
            return Err(Invalid::new(format!("areas[{number}].id"), id, rule));
        }
        Ok(())
    }
}
