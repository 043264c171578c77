//! Stations, vans and settings of a run: small, so that everything is short of something.

use super::names::station_id;
use crate::faults::setup::Setup;
use paceline_engine::bikes::{BatteryRules, BikesOptions, BikesPrices, QuietHours, SilenceRules};
use paceline_model::bikes::{BatteryLoad, SiteKind, StationSpec, StockTarget, VanId, VanSpec};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::Rng;
use paceline_plan::policy::DayTime;

/// Short spans, so that a run of minutes meets all of them. Runs begin at 22:13:20 and their faults end by 22:16.
pub(super) fn options(setup: &Setup) -> BikesOptions {
    let rng = &mut setup.rng("settings");
    let time = |text| DayTime::parse("quiet_hours", text).expect("a time of day");
    let quiet =
        QuietHours { from: time("22:14"), until: time(if rng.below(2) == 0 { "22:15" } else { "22:16" }) };
    let options = BikesOptions {
        stale_after: Millis::from_secs(8 + rng.below(60) as u32),
        answer_within: Millis::from_secs(4 + rng.below(25) as u32),
        declined_for: Millis::from_secs(3 + rng.below(30) as u32),
        stops_max: 1 + rng.below(6) as u32,
        quiet_hours: (rng.below(4) == 0).then_some(quiet),
        // What is asked for is always worth its way, and what nobody asked for comes to an end.
        prices: BikesPrices { stop: 1.0, missing: 50.0, repair: 50.0, ..BikesPrices::default() },
        // Minutes without a rider are quiet enough.
        silence: SilenceRules { rentals_per_false_alarm: 10.0, ..SilenceRules::default() },
        batteries: (rng.below(3) > 0).then(|| BatteryRules {
            bikes_min: 1 + rng.below(3) as u32,
            worth: 50.0,
            change: Millis::from_secs(5),
            ..BatteryRules::default()
        }),
        ..BikesOptions::default()
    };
    options.validate().expect("settings that can be")
}

/// A station, a depot or a cell; drawn again, it has other docks and other bikes are wanted there.
pub(super) fn station(number: usize, rng: &mut Rng) -> StationSpec {
    let kind = match number % 7 {
        6 => SiteKind::Depot,
        3 => SiteKind::Cell,
        _ => SiteKind::Station,
    };
    let docks = (rng.below(6) > 0).then(|| 1 + rng.below(24) as u32).filter(|_| kind != SiteKind::Cell);
    let most = docks.unwrap_or(30) as usize;
    let mut bounds = [(); 3].map(|()| rng.below(most + 1) as u32);
    bounds.sort_unstable();
    let [least, low, high] = bounds;
    // Where nobody says what is wanted it is what is usual.
    let target = (rng.below(3) > 0).then_some(StockTarget { least, low, high });
    let position = place(number % 4, number / 4);
    let spec = StationSpec { id: station_id(number), kind, name: None, position, docks, target };
    spec.validate().expect("a sound station")
}

/// A van; drawn again, it carries more or fewer, and its shift may end soon.
pub(super) fn van(id: &VanId, start: Instant, rng: &mut Rng) -> VanSpec {
    let ends = rng.below(4) == 0;
    let spec = VanSpec {
        id: id.clone(),
        capacity: 1 + rng.below(20) as u32,
        position: place(rng.below(4), rng.below(4)),
        shift_ends: ends.then(|| start + Millis::from_secs(20 + rng.below(200) as u32)),
        handling: Millis(1_000 + rng.below(3_000) as u32),
        repairs: rng.below(3) > 0,
    };
    spec.validate().expect("a sound van")
}

/// Charged batteries of a van: few, so that it runs out of them.
pub(super) fn batteries(rng: &mut Rng) -> BatteryLoad {
    let most = rng.below(7) as u32;
    BatteryLoad { most, charged: rng.below(most as usize + 1) as u32 }
}

/// A street corner: some hundred metres from the next.
pub(super) fn place(east: usize, north: usize) -> Position {
    Position::new(59.91 + north as f64 * 0.001, 10.75 + east as f64 * 0.002).expect("a place")
}
