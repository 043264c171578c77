//! How fast riders come to each station, learnt from what was counted: a fold of the counts, so that a replay knows what the region knew.

use super::row::StationRow;
use super::watch::{Counted, Said, Span};
use paceline_model::bikes::{StationId, StockReading};
use paceline_model::limits::STATIONS_MAX;
use paceline_model::{Instant, Millis, Position, UtcOffset};
use paceline_plan::forecast::QUARTER_MS;
use paceline_plan::forecast::stations::{Count, Parked, RateSlot, Seen, Side, StationForecast};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Stations that are remembered after they are gone, so that one that comes back is known: as many again as there may be.
const REMEMBERED_MAX: usize = 2 * STATIONS_MAX;
const HOUR_MS: u64 = 3_600_000;
const WEEK_HOURS: usize = 7 * 24;
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
    /// Rentals that were seen at a station, of which the older ones fade: what is known of its riders rests on them.
    pub(super) fn rentals_seen(&self, id: &StationId) -> f64 {
        self.numbers.get(id).map_or(0.0, |number| self.forecast.riders_seen(*number, Side::Rental))
    }
    /// Learns from two counts of a station; how many rentals were expected between them by what was known before. `None`: they say nothing.
    fn learn(
        &mut self,
        (id, place): (&StationId, Position),
        (before, after): (Counted, Counted),
        said: Said,
    ) -> Option<f64> {
        let known = self.numbers.get(id).copied();
        if known.is_none() && self.numbers.len() >= REMEMBERED_MAX {
            return None;
        }
        let number = known.unwrap_or_else(|| self.forecast.add_station(Some(place)));
        if known.is_none() {
            self.numbers.insert(id.clone(), number);
        }
        let mut seen = Seen::between(number, before, after).ok()?;
        let expected = self.forecast.predict(number, Side::Rental, seen.from, seen.to).mean;
        if said == Said::Silence {
            // Whether riders came who got no bike is not known.
            seen.rentals = Count::default();
        }
        self.forecast.learn(&seen);
        Some(expected)
    }
    /// Learns that nobody took a bike in these spans, though there were some: by the hour, and of the last week.
    fn learn_quiet(&mut self, id: &StationId, spans: &[Span]) {
        let Some(station) = self.numbers.get(id).copied() else { return };
        let (rentals, returns) = (Count { riders: 0, room: 1 }, Count::default());
        let hours = spans.iter().flat_map(|(from, to)| {
            let starts = (from.0..to.0).step_by(HOUR_MS as usize).map(Instant);
            starts.map(|from| Seen {
                station,
                from,
                to: Instant(to.0.min(from.0 + HOUR_MS)),
                rentals,
                returns,
            })
        });
        let hours: Vec<Seen> = hours.collect();
        hours[hours.len().saturating_sub(WEEK_HOURS)..].iter().for_each(|seen| self.forecast.learn(seen));
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
    /// Two counts of one station, one after the other; how many rentals were expected between them. `None`: they say nothing of riders.
    pub(super) fn see(
        &mut self,
        offset: UtcOffset,
        station: (&StationId, Position),
        counts: (Counted, Counted),
        said: Said,
    ) -> Option<f64> {
        let known = Arc::make_mut(&mut self.known);
        known.forecast.set_offset(offset);
        known.learn(station, counts, said)
    }
    /// A station was well in these spans, and nobody took a bike.
    pub(super) fn see_quiet(&mut self, offset: UtcOffset, id: &StationId, spans: &[Span]) {
        if !spans.is_empty() {
            let known = Arc::make_mut(&mut self.known);
            known.forecast.set_offset(offset);
            known.learn_quiet(id, spans);
        }
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
