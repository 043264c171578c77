//! Batteries of single bikes, judged by the region's rules: how many are low at each station and in each cell. Which bikes these are is no fact
//! of the region's: the newest is kept beside it, for crews that come to change them.

use paceline_engine::bikes::{BatteryRules, BatteryState};
use paceline_gbfs::StandingBike;
use paceline_model::Instant;
use paceline_model::bikes::{
    AsOf, BatteryCount, BikeKind, BikeReading, BikeState, FeedReading, KindSpec, Standing, StationId,
};
use std::collections::BTreeMap;

/// Bikes whose battery is low, by where they stand.
pub(super) type LowBikes = BTreeMap<StationId, Vec<BikeReading>>;

/// Says of bikes how their batteries are.
pub(super) struct Judge<'a> {
    /// `None`: vans change none, and none counts.
    pub(super) rules: Option<BatteryRules>,
    /// What the operator says of kinds.
    pub(super) kinds: &'a BTreeMap<BikeKind, KindSpec>,
}

impl Judge<'_> {
    fn state(&self, bike: &BikeReading) -> BatteryState {
        let kind = bike.kind.as_ref().and_then(|kind| self.kinds.get(kind));
        match self.rules.filter(|_| kind.is_none_or(KindSpec::has_battery)) {
            Some(rules) => rules.judge(bike.charge, bike.range_m),
            None => BatteryState::Well,
        }
    }

    /// Enters one bike. A broken one counts where its battery is flat, as far as anybody knows the reason; a reserved one is its rider's.
    fn enter(&self, bike: &BikeReading, (count, low): (&mut BatteryCount, &mut Vec<BikeReading>)) {
        let state = self.state(bike);
        let is_low = match bike.state {
            BikeState::ForHire => state >= BatteryState::Low,
            BikeState::Broken => state == BatteryState::Flat,
            BikeState::Reserved => false,
        };
        if is_low {
            count.low += 1;
            count.flat += u32::from(bike.state == BikeState::ForHire && state == BatteryState::Flat);
            low.push(bike.clone());
        }
    }

    /// Batteries of the bikes of one cell.
    pub(super) fn of_cell(&self, bikes: &[StandingBike], as_of: Instant) -> (BatteryCount, Vec<BikeReading>) {
        let (mut count, mut low) = (BatteryCount { as_of, ..BatteryCount::default() }, Vec::new());
        bikes.iter().for_each(|bike| self.enter(&reading(bike), (&mut count, &mut low)));
        (count, low)
    }

    /// Batteries of bikes at stations. `None`: the feed names no bike that stands at one.
    pub(super) fn of_stations(
        &self,
        of: &FeedReading,
    ) -> Option<(BTreeMap<StationId, BatteryCount>, LowBikes)> {
        let as_of = of.as_of.unwrap_or(of.asked_at);
        let docked = of.bikes.values().filter_map(|bike| match &bike.standing {
            Standing::Docked(station) => Some((station, bike)),
            Standing::Loose(_) => None,
        });
        let (mut counts, mut low) = (BTreeMap::new(), LowBikes::new());
        for (station, bike) in docked {
            let count =
                counts.entry(station.clone()).or_insert(BatteryCount { as_of, ..BatteryCount::default() });
            self.enter(bike, (count, low.entry(station.clone()).or_default()));
        }
        let is_named = !counts.is_empty();
        let none = BatteryCount { as_of, ..BatteryCount::default() };
        of.stations.keys().for_each(|station| _ = counts.entry(station.clone()).or_insert(none));
        low.retain(|_, bikes| !bikes.is_empty());
        is_named.then_some((counts, low))
    }
}

fn reading(bike: &StandingBike) -> BikeReading {
    BikeReading {
        id: bike.id.clone(),
        kind: bike.kind.clone(),
        standing: Standing::Loose(bike.at),
        state: bike.state,
        range_m: bike.range_m,
        charge: bike.charge,
        as_of: AsOf::Said(bike.listed_at),
    }
}
