//! How fast riders come to each station, learnt from what was counted: a fold of the counts, so that a replay knows what the region knew.

use super::row::StationRow;
use paceline_model::bikes::{StationId, StockReading};
use paceline_model::limits::STATIONS_MAX;
use paceline_model::{Instant, Millis, Position, UtcOffset};
use paceline_plan::forecast::QUARTER_MS;
use paceline_plan::forecast::stations::{Parked, RateSlot, Seen, StationForecast};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Stations that are remembered after they are gone, so that one that comes back is known: as many again as there may be.
const REMEMBERED_MAX: usize = 2 * STATIONS_MAX;
/// A station where docks limit nothing has room for all who come.
const NO_LIMIT: u32 = 10_000;

/// What is known of riders.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    forecast: StationForecast,
    numbers: BTreeMap<StationId, usize>,
}

impl Demand {
    /// One that knows nothing yet.
    pub fn new(offset: UtcOffset) -> Self {
        Self { forecast: StationForecast::new(offset), numbers: BTreeMap::new() }
    }
    /// What was learnt elsewhere, of stations by their names.
    pub fn learnt(forecast: StationForecast, numbers: BTreeMap<StationId, usize>) -> Self {
        Self { forecast, numbers }
    }
    /// Whether it has learnt of no station yet.
    pub fn is_new(&self) -> bool {
        self.numbers.is_empty()
    }
    /// Whether anything was learnt of a station.
    pub(super) fn knows(&self, id: &StationId) -> bool {
        self.numbers.contains_key(id)
    }
    /// Learns from two counts of a station.
    fn learn(&mut self, (id, place): (&StationId, Position), before: Counted, after: Counted) {
        let known = self.numbers.get(id).copied();
        if known.is_none() && self.numbers.len() >= REMEMBERED_MAX {
            return;
        }
        let number = known.unwrap_or_else(|| self.forecast.add_station(Some(place)));
        if known.is_none() {
            self.numbers.insert(id.clone(), number);
        }
        if let Ok(seen) = Seen::between(number, before, after) {
            self.forecast.learn(&seen);
        }
    }
    /// Rates of a station from the beginning of the quarter of an hour of `at` on. Where nothing was learnt, none come.
    fn rates(&self, id: &StationId, at: Instant, horizon: Millis) -> Arc<[RateSlot]> {
        let from = Instant(at.0 - at.0 % QUARTER_MS);
        match self.numbers.get(id) {
            Some(number) => self.forecast.rates(*number, from, horizon).into(),
            None => {
                let slots = u64::from(horizon.0).div_ceil(QUARTER_MS) as usize;
                vec![RateSlot { lasts: Millis(QUARTER_MS as u32), ..RateSlot::default() }; slots].into()
            }
        }
    }
}

/// What stood there, and when that was counted.
type Counted = (Instant, Parked);

/// What is believed to stand at a station, if it was open then. Bikes that crews have moved since it was counted are in it.
pub(super) fn counted(row: &StationRow) -> Option<Counted> {
    let service = row.in_service();
    if !(service.on_street && service.renting && service.returning) || row.is_depot() {
        return None;
    }
    let StockReading::Known(stock) = row.stock.believed() else { return None };
    let docks = stock.room.bikes().unwrap_or(NO_LIMIT);
    Some((row.counted_at()?, Parked { bikes: stock.bikes.total(), docks }))
}

/// The demand of a world, and the rates of this quarter of an hour as they were asked for.
#[derive(Debug, Default)]
pub(super) struct Demanded {
    pub(super) known: Arc<Demand>,
    quarter: u64,
    rates: BTreeMap<StationId, Arc<[RateSlot]>>,
}

impl Demanded {
    /// Begins with what is known.
    pub(super) fn of(known: Arc<Demand>) -> Self {
        Self { known, ..Self::default() }
    }
    /// Two counts of one station, one after the other.
    pub(super) fn see(
        &mut self,
        offset: UtcOffset,
        station: (&StationId, Position),
        (before, after): (Counted, Counted),
    ) {
        let known = Arc::make_mut(&mut self.known);
        known.forecast.set_offset(offset);
        known.learn(station, before, after);
    }
    /// Rates of a station, as they were first asked for in this quarter of an hour.
    pub(super) fn rates(&mut self, id: &StationId, at: Instant, horizon: Millis) -> Arc<[RateSlot]> {
        let quarter = at.0 / QUARTER_MS;
        if quarter != self.quarter {
            self.quarter = quarter;
            self.rates.clear();
        }
        if let Some(known) = self.rates.get(id) {
            return known.clone();
        }
        let rates = self.known.rates(id, at, horizon);
        self.rates.insert(id.clone(), rates.clone());
        rates
    }
}
