//! Looks at one station, and puts those that need somebody in order.

use super::hotspot::{Hotspot, Need};
use super::jammed::{Silence, SilenceTest};
use crate::bikes::inventory::{FirstPassage, LostRides, Station};
use paceline_model::Instant;

/// A station as it is believed to be now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StationNow<'a> {
    /// Its room (bikes that stand there and free docks together) and its rates from now on. Rates of what is not in service are 0.
    pub station: Station<'a>,
    /// Bikes fit for hire.
    pub bikes: u32,
    /// Whether it lends bikes.
    pub is_renting: bool,
    /// Whether it takes them back.
    pub is_returning: bool,
    /// Since when it has had no bike; looked at only where that is so.
    pub empty_since: Option<Instant>,
    /// Since when it has had no free dock; looked at only where that is so.
    pub full_since: Option<Instant>,
    /// What has been expected of it since its last rental.
    pub silence: Silence,
}

/// From when on a station is a hotspot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HotspotRules {
    /// The chance to run empty or full within the horizon from which a station is one before it happens.
    pub chance_min: f64,
    /// The rides that the best stock must save for that. A station that is empty or full is one in any case.
    pub saved_rides_min: f64,
    /// When it counts as jammed.
    pub silence: SilenceTest,
}

impl Default for HotspotRules {
    /// More likely than not, half a ride saved.
    fn default() -> Self {
        Self { chance_min: 0.5, saved_rides_min: 0.5, silence: SilenceTest::default() }
    }
}

/// All hotspots among `stations`, those first where the best stock saves most rides; jammed ones count all that is lost there. Of equal ones the
/// first in the list leads.
pub fn rank(stations: &[StationNow<'_>], rules: &HotspotRules) -> Vec<Hotspot> {
    let mut found: Vec<Hotspot> =
        stations.iter().enumerate().filter_map(|(at, now)| look(at, now, rules)).collect();
    found.sort_by(|a, b| b.saved_rides.total_cmp(&a.saved_rides).then(a.station.cmp(&b.station)));
    found
}

/// Looks at one station, the one with number `at` in the caller's list; `None` if it needs nobody.
pub fn look(at: usize, now: &StationNow<'_>, rules: &HotspotRules) -> Option<Hotspot> {
    let lost = LostRides::of(now.station);
    let lost_now = lost.rides(now.bikes);
    let best = lost.target(0.0).best;
    let mut hotspot = Hotspot {
        station: at,
        need: Need::Empty { since: None },
        bikes: now.bikes,
        best,
        lost_rides: lost_now,
        saved_rides: (lost_now - lost.rides(best)).max(0.0),
        horizon: now.station.horizon(),
    };
    hotspot.need = match jammed(now, rules) {
        Some(jammed) => {
            // Whoever comes finds bikes and gets none, whatever the stock.
            hotspot.lost_rides = now.station.rentals() + lost.returns(now.bikes);
            hotspot.saved_rides = hotspot.lost_rides;
            jammed
        }
        None => at_an_end(now).or_else(|| on_its_way(now, &lost, hotspot.saved_rides, rules))?,
    };
    Some(hotspot)
}

fn jammed(now: &StationNow<'_>, rules: &HotspotRules) -> Option<Need> {
    let could_rent = now.is_renting && now.bikes > 0;
    could_rent.then(|| rules.silence.judge(now.silence))?.map(Need::Jammed)
}

fn at_an_end(now: &StationNow<'_>) -> Option<Need> {
    let is_full = now.station.capacity().is_some_and(|docks| now.bikes >= docks);
    match () {
        () if now.is_renting && now.bikes == 0 => Some(Need::Empty { since: now.empty_since }),
        () if now.is_returning && is_full => Some(Need::Full { since: now.full_since }),
        () => None,
    }
}

/// The end that it is likely to come to; of two likely ones that at which more is lost.
fn on_its_way(
    now: &StationNow<'_>,
    lost: &LostRides,
    saved_rides: f64,
    rules: &HotspotRules,
) -> Option<Need> {
    if saved_rides < rules.saved_rides_min {
        return None;
    }
    let first = FirstPassage::of(now.station);
    let (empty, full) = (first.empty(now.bikes), first.full(now.bikes));
    let runs_empty = now.is_renting && empty.chance >= rules.chance_min;
    let runs_full = now.is_returning && full.chance >= rules.chance_min;
    match (runs_empty, runs_full) {
        (true, true) if lost.returns(now.bikes) > lost.rentals(now.bikes) => {
            Some(Need::RunsFull { chance: full.chance, after: full.after })
        }
        (false, true) => Some(Need::RunsFull { chance: full.chance, after: full.after }),
        (true, _) => Some(Need::RunsEmpty { chance: empty.chance, after: empty.after }),
        (false, false) => None,
    }
}
