//! When the battery of a bike is to be changed: the section `[regions.NAME.bikes.batteries]` of a server's file.

use paceline_model::duration::within as span_within;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{Charge, Millis, duration};
use serde::{Deserialize, Serialize};

/// What counts as low, and what changing a battery is worth and takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatteryRules {
    /// A battery with less is to be changed, in percent.
    pub low_percent: f64,
    /// A bike that goes less far is to get another, in metres. `None`: how far it goes does not count.
    pub low_range_m: Option<u32>,
    /// With less nobody rides: the bike is no supply, in percent.
    pub flat_percent: f64,
    /// The same by how far it goes, in metres.
    pub flat_range_m: Option<u32>,
    /// Somebody is to come where so many batteries are low.
    pub bikes_min: u32,
    /// What a battery that was changed is worth, in rides.
    pub worth: f64,
    /// What changing one takes.
    #[serde(with = "duration")]
    pub change: Millis,
}

/// How full a battery is, by the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BatteryState {
    /// Full enough, or nobody says.
    Well,
    /// To be changed.
    Low,
    /// To be changed, and nobody rides until it is.
    Flat,
}

/// Shares of a full battery.
const PERCENT: (f64, f64) = (0.0, 100.0);
/// What somebody comes for, at least: one battery, or all that a van carries.
const BIKES: (f64, f64) = (1.0, 200.0);
/// Worths, in rides, as prices are.
const WORTH: (f64, f64) = (0.0, 1_000.0);
/// From a battery that slides out to one behind four screws.
const CHANGE: (Millis, Millis) = (Millis::from_secs(5), Millis::from_secs(3_600));

impl Default for BatteryRules {
    fn default() -> Self {
        Self {
            low_percent: 20.0,
            low_range_m: None,
            flat_percent: 5.0,
            flat_range_m: None,
            bikes_min: 1,
            worth: 0.5,
            change: Millis::from_secs(60),
        }
    }
}

impl BatteryRules {
    /// Errors: a value outside its range; a battery that is flat before it is low.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("low_percent", self.low_percent, PERCENT)?;
        within("flat_percent", self.flat_percent, PERCENT)?;
        within("bikes_min", f64::from(self.bikes_min), BIKES)?;
        within("worth", self.worth, WORTH)?;
        span_within("change", self.change, CHANGE)?;
        let rule = |low: &str| Rule::Shape(format!("must not be above {low}: what is flat is low"));
        if self.flat_percent > self.low_percent {
            return Err(Invalid::new("flat_percent", self.flat_percent, rule("low_percent")));
        }
        match self.flat_range_m {
            Some(flat) if self.low_range_m.is_none_or(|low| flat > low) => {
                Err(Invalid::new("flat_range_m", flat, rule("low_range_m")))
            }
            _ => Ok(self),
        }
    }

    /// How full a battery is that says so: by charge, by range, or by the worse of both.
    pub fn judge(&self, charge: Option<Charge>, range_m: Option<u32>) -> BatteryState {
        let below = |percent: f64, metres: Option<u32>| {
            charge.is_some_and(|charge| charge.as_percent() < percent)
                || range_m.zip(metres).is_some_and(|(goes, least)| goes < least)
        };
        match () {
            () if below(self.flat_percent, self.flat_range_m) => BatteryState::Flat,
            () if below(self.low_percent, self.low_range_m) => BatteryState::Low,
            () => BatteryState::Well,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_battery_is_judged_by_charge_by_range_or_by_the_worse_of_both() {
        let rules =
            BatteryRules { low_range_m: Some(8_000), flat_range_m: Some(1_000), ..BatteryRules::default() };
        let rules = rules.validate().expect("rules that can be");
        let judged = |percent: Option<f64>, range| {
            let charge = percent.map(|percent| Charge::from_percent(percent).expect("a share"));
            rules.judge(charge, range)
        };
        assert_eq!(judged(None, None), BatteryState::Well, "nobody says");
        assert_eq!([judged(Some(20.0), None), judged(None, Some(8_000))], [BatteryState::Well; 2]);
        assert_eq!([judged(Some(19.9), None), judged(Some(90.0), Some(7_999))], [BatteryState::Low; 2]);
        assert_eq!([judged(Some(4.9), Some(9_000)), judged(None, Some(999))], [BatteryState::Flat; 2]);
    }

    #[test]
    fn rules_that_cannot_be_are_refused_with_the_field() {
        let refused = |rules: BatteryRules| rules.validate().expect_err("no rules").to_string();
        let flat = BatteryRules { flat_percent: 30.0, ..BatteryRules::default() };
        assert_eq!(refused(flat), "flat_percent is 30: must not be above low_percent: what is flat is low");
        let range = BatteryRules { flat_range_m: Some(900), ..BatteryRules::default() };
        assert!(refused(range).starts_with("flat_range_m is 900"));
        assert!(
            refused(BatteryRules { bikes_min: 0, ..BatteryRules::default() }).starts_with("bikes_min is 0")
        );
    }
}
