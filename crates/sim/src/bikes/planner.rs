//! Who sets the targets of stations: by what was learnt from other days, each hour anew for the hours to come.

use super::history::History;
use super::learnt;
use super::policy::BikesPolicy;
use super::scenario::BikesScenario;
use super::town::Town;
use crate::error::SimError;
use paceline_model::bikes::StockTarget;
use paceline_model::{Instant, Millis};
use paceline_plan::bikes::inventory::{LostRides, Station};
use paceline_plan::forecast::stations::StationForecast;

/// How far targets look ahead: a van that is called now is there within the hour, and what it brings is to last.
const HORIZON: Millis = Millis::from_secs(4 * 3_600);
/// A stock that loses so many rides more than the best one until then is good enough.
const TOLERANCE: f64 = 0.3;
/// With one that loses so many more a van is called.
const CALLS: f64 = 1.0;

/// A planner with its rates.
pub(super) struct Planner {
    forecast: StationForecast,
    numbers: Vec<usize>,
    targets: Vec<Option<StockTarget>>,
}

impl Planner {
    /// Between two looks.
    pub(super) const EVERY: Millis = Millis::from_secs(1_800);

    /// Learns, if that is the policy. Errors: a scenario that has nothing to learn from, or files.
    pub(super) fn new(
        scenario: &BikesScenario,
        policy: BikesPolicy,
        history: &mut History,
        numbers: &[usize],
    ) -> Result<Option<Self>, SimError> {
        if policy != BikesPolicy::Forecast {
            return Ok(None);
        }
        let Some(known) = scenario.history.known else {
            let days = scenario.days;
            return Err(history.lacks(
                "history.known",
                &days,
                "must name other days, to forecast targets from",
            ));
        };
        let forecast = learnt::rates(history, &scenario.history.zone, known)?;
        let targets = vec![None; numbers.len()];
        Ok(Some(Self { forecast, numbers: numbers.to_vec(), targets }))
    }

    /// Stations whose target is another now.
    pub(super) fn changed(&mut self, now: Instant, town: &Town) -> Vec<(usize, StockTarget)> {
        let mut changed = Vec::new();
        for (station, &number) in self.numbers.iter().enumerate() {
            if number >= self.forecast.stations() {
                continue;
            }
            let slots = self.forecast.rates(number, now, HORIZON);
            let Ok(chain) = Station::new(Some(town.stands[station].docks), &slots) else { continue };
            let target = target(&LostRides::of(chain));
            if self.targets[station].replace(target) != Some(target) {
                changed.push((station, target));
            }
        }
        changed
    }
}

fn target(lost: &LostRides) -> StockTarget {
    let (good, calls) = (lost.target(TOLERANCE), lost.target(CALLS));
    let high = good.most.unwrap_or(good.best).max(good.least);
    StockTarget { least: calls.least.min(good.least), low: good.least, high }
}
