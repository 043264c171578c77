//! The settings of a bikes region, each with its unit and its default's reason: the section `[regions.NAME.bikes]` of a server's file.

use super::batteries::BatteryRules;
use paceline_model::duration::within as span_within;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{Instant, Millis, Zone, duration};
use paceline_plan::bikes::hotspots::SilenceTest;
use paceline_plan::policy::{DayTime, Hours};
use serde::{Deserialize, Serialize};

/// How a bikes region is run. Part of the configuration, not of the world: a replay may use others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BikesOptions {
    /// A station of which nothing was heard for so long has nothing new ordered: a feed is asked every minute or so, and says of all stations
    /// what it knows.
    #[serde(with = "duration")]
    pub stale_after: Millis,
    /// A crew that has said nothing of an order for so long does not have it any longer: a stop's work and a look at the phone.
    #[serde(with = "duration")]
    pub answer_within: Millis,
    /// A crew that declined an order, or did not answer, is not asked for it again for so long.
    #[serde(with = "duration")]
    pub declined_for: Millis,
    /// Orders that a crew is told at most: it drives to one, and sees where it goes after that.
    pub stops_max: u32,
    /// Rides are counted so far ahead: what a van brings is to last until then.
    #[serde(with = "duration")]
    pub horizon: Millis,
    /// What things cost, in rides.
    pub prices: BikesPrices,
    /// When a station that has bikes counts as one that gives none.
    pub silence: SilenceRules,
    /// When batteries of bikes are to be changed. `None`: vans change none.
    pub batteries: Option<BatteryRules>,
    /// No crew is sent out between these times of the region's own clock.
    pub quiet_hours: Option<QuietHours>,
    /// How far the region's own clock is ahead of UTC.
    #[serde(alias = "utc_offset")]
    pub time_zone: Zone,
    /// Bikes that stand at no station are counted by cells of H3 of this resolution. `None`: they are left alone.
    pub cells: Option<u8>,
    /// The region's own GBFS feed: the address of its index, or a folder with its files. Read at the start only. `None`: stock is put.
    pub feed: Option<String>,
}

/// What things cost beside rides that are lost, in rides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BikesPrices {
    /// An hour that a van drives.
    pub driving_hour: f64,
    /// A stop, whatever is done there.
    pub stop: f64,
    /// An hour that a station has no bike, beside those who come and find none.
    pub empty_hour: f64,
    /// An hour that a station has no free dock.
    pub full_hour: f64,
    /// Each bike that is missing to what an operator wants somewhere at least.
    pub missing: f64,
    /// Broken docks that stay so.
    pub repair: f64,
}

impl Default for BikesPrices {
    fn default() -> Self {
        Self { driving_hour: 1.0, stop: 0.1, empty_hour: 1.5, full_hour: 1.5, missing: 0.5, repair: 2.0 }
    }
}

/// When a station that has bikes and from which none goes is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SilenceRules {
    /// Whether anybody is to look.
    pub inspect: bool,
    /// A station that is well is looked at once in so many expected rentals. A city of 10,000 rentals a day has one such order in ten days by
    /// 100,000.
    pub rentals_per_false_alarm: f64,
    /// How sure the rates of stations are: the shape of the gamma distribution around what was learnt. By 10 they are off by some third.
    pub shape: f64,
}

impl Default for SilenceRules {
    fn default() -> Self {
        let SilenceTest { rentals_per_false_alarm, shape } = SilenceTest::default();
        Self { inspect: true, rentals_per_false_alarm, shape }
    }
}

/// From one time of the day to another, over midnight if the first is the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin, such as `23:00`.
    pub from: DayTime,
    /// When they are over, such as `06:00`.
    pub until: DayTime,
}

/// Spans of settings, at least and at most.
const SPAN: (Millis, Millis) = (Millis::from_secs(1), Millis::from_secs(24 * 3_600));
/// Horizons, at least and at most: shorter than a tour, and longer than anybody knows who will come.
const HORIZON: (Millis, Millis) = (Millis::from_secs(1_800), Millis::from_secs(24 * 3_600));
/// Prices, in rides: none is a gift, and none outweighs a day's rides.
const PRICE: (f64, f64) = (0.0, 1_000.0);
/// Rentals for each look at a station that is well: an order a day from each, or none in a century.
const FALSE_ALARMS: (f64, f64) = (10.0, 1e9);
/// Shapes of rates, from hardly known to known.
const SHAPE: (f64, f64) = (1.0, 1_000.0);
/// Resolutions of cells: from some 3 km across to 130 m. Finer ones are narrower than receivers err.
const CELLS: (f64, f64) = (7.0, 10.0);
/// Stops that a crew can keep in mind.
const STOPS: (f64, f64) = (1.0, 20.0);

impl Default for BikesOptions {
    fn default() -> Self {
        Self {
            stale_after: Millis::from_secs(30 * 60),
            answer_within: Millis::from_secs(5 * 60),
            declined_for: Millis::from_secs(15 * 60),
            stops_max: 2,
            horizon: Millis::from_secs(12 * 3_600),
            prices: BikesPrices::default(),
            silence: SilenceRules::default(),
            batteries: None,
            quiet_hours: None,
            time_zone: Zone::default(),
            cells: None,
            feed: None,
        }
    }
}

impl BikesOptions {
    /// Errors: a value outside its range; quiet hours that are none of a day, or no hours.
    pub fn validate(self) -> Result<Self, Invalid> {
        span_within("stale_after", self.stale_after, SPAN)?;
        span_within("answer_within", self.answer_within, SPAN)?;
        span_within("declined_for", self.declined_for, SPAN)?;
        within("stops_max", f64::from(self.stops_max), STOPS)?;
        span_within("horizon", self.horizon, HORIZON)?;
        let BikesPrices { driving_hour, stop, empty_hour, full_hour, missing, repair } = self.prices;
        within("prices.driving_hour", driving_hour, PRICE)?;
        within("prices.stop", stop, PRICE)?;
        within("prices.empty_hour", empty_hour, PRICE)?;
        within("prices.full_hour", full_hour, PRICE)?;
        within("prices.missing", missing, PRICE)?;
        within("prices.repair", repair, PRICE)?;
        within("silence.rentals_per_false_alarm", self.silence.rentals_per_false_alarm, FALSE_ALARMS)?;
        within("silence.shape", self.silence.shape, SHAPE)?;
        if let Some(rules) = self.batteries {
            rules.validate().map_err(|invalid| invalid.within("batteries"))?;
        }
        if let Some(resolution) = self.cells {
            within("cells", f64::from(resolution), CELLS)?;
        }
        if let Some(QuietHours { from, until }) = self.quiet_hours.filter(|hours| hours.from == hours.until) {
            let rule = Rule::Shape("must begin and end at different times of day".into());
            return Err(Invalid::new("quiet_hours", format!("{from} to {until}"), rule));
        }
        Ok(self)
    }

    /// Whether no crew is sent out at `at`.
    pub fn is_quiet(&self, at: Instant) -> bool {
        let now = DayTime::of(at, self.time_zone.offset(at));
        self.quiet_hours.is_some_and(|QuietHours { from, until }| {
            Hours { from: Some(from), until: Some(until) }.contain(now)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, until: &str) -> QuietHours {
        let time = |text| DayTime::parse("time", text).expect("a time of day");
        QuietHours { from: time(from), until: time(until) }
    }

    #[test]
    fn quiet_hours_go_by_the_regions_own_clock_and_over_midnight() {
        let time_zone = "+02:00".parse().expect("a zone");
        let quiet_hours = Some(hours("23:00", "06:00"));
        let options = BikesOptions { quiet_hours, time_zone, ..BikesOptions::default() };
        let quiet = |hour: u64, minute: u64| options.is_quiet(Instant((hour * 60 + minute) * 60_000));
        assert!(!quiet(20, 59) && quiet(21, 0), "23:00 local is 21:00 UTC");
        assert!(quiet(3, 59) && !quiet(4, 0));
        assert!(!BikesOptions::default().is_quiet(Instant(0)));
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        let quiet_hours = Some(hours("05:00", "05:00"));
        let refused = BikesOptions { quiet_hours, ..BikesOptions::default() }.validate();
        let rule = "quiet_hours is 05:00 to 05:00: must begin and end at different times of day";
        assert_eq!(refused.expect_err("no hours").to_string(), rule);
    }
}
