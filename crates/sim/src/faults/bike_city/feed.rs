//! What really stands at stations, riders who take bikes and leave them, and a feed that says so, more or less.

use super::drawn;
use super::names::station_id;
use crate::faults::setup::{Fault, Setup};
use paceline_model::bikes::{
    AsOf, BatteryCount, BikeCounts, BikeKind, NoStock, Room, Service, SiteKind, StationId, StationReport,
    StationSpec, Stock, StockReading,
};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;

/// A station as it really is.
struct Stand {
    spec: StationSpec,
    bikes: u32,
    docks: u32,
    /// Bikes whose battery is low.
    low: u32,
}

/// The stations, and what is said of them.
pub(super) struct Feed {
    rng: Rng,
    stands: Vec<Stand>,
    /// How often of a thousand times a station is reported oddly.
    odd: usize,
    /// All stations run empty, or full, at one moment.
    at_once: bool,
    /// Polls for which nothing more is read.
    silent: u32,
    calm: bool,
}

impl Feed {
    pub(super) fn new(setup: &Setup) -> Self {
        let mut rng = setup.rng("stations");
        let stand = |number: usize| {
            let spec = drawn::station(number, &mut rng);
            let docks = spec.docks.unwrap_or(40);
            Stand { bikes: rng.below(docks as usize + 1) as u32, docks, spec, low: 0 }
        };
        let stands = (0..setup.orders).map(stand).collect();
        let odd = if setup.has(Fault::Liars) { 40 + 8 * setup.per_mille } else { 10 };
        Self {
            rng: setup.rng("feed"),
            stands,
            odd,
            at_once: setup.has(Fault::DueAtOnce),
            silent: 0,
            calm: false,
        }
    }

    pub(super) fn calm(&mut self) {
        (self.odd, self.silent, self.at_once, self.calm) = (0, 0, false, true);
    }

    pub(super) fn specs(&self) -> Vec<StationSpec> {
        self.stands.iter().map(|stand| stand.spec.clone()).collect()
    }

    /// What stands on the street, as somebody describes it who knows of no targets.
    pub(super) fn cells(&self) -> Vec<StationSpec> {
        let cells = self.stands.iter().filter(|stand| stand.spec.kind == SiteKind::Cell);
        cells.map(|stand| StationSpec { target: None, ..stand.spec.clone() }).collect()
    }

    /// The same station with other docks and other bikes wanted.
    pub(super) fn redraw(&mut self, number: usize) -> Option<StationSpec> {
        let spec = drawn::station(number, &mut self.rng);
        let stand = self.stands.get_mut(number)?;
        stand.docks = spec.docks.unwrap_or(40);
        stand.bikes = stand.bikes.min(stand.docks);
        stand.spec = spec;
        Some(stand.spec.clone())
    }

    pub(super) fn count(&self) -> usize {
        self.stands.len()
    }

    /// Bikes and free docks that a crew finds.
    pub(super) fn found(&self, id: &StationId) -> Option<(u32, u32)> {
        let stand = self.stands.iter().find(|stand| stand.spec.id == *id)?;
        Some((stand.bikes, stand.docks - stand.bikes))
    }

    /// A crew takes bikes away, or leaves some.
    pub(super) fn moved(&mut self, id: &StationId, by: i64) {
        if let Some(stand) = self.stands.iter_mut().find(|stand| stand.spec.id == *id) {
            stand.bikes = (i64::from(stand.bikes) + by).clamp(0, i64::from(stand.docks)) as u32;
        }
    }

    /// A crew changes batteries: as many as it can, of those that are low.
    pub(super) fn change(&mut self, id: &StationId, most: u32) -> u32 {
        let Some(stand) = self.stands.iter_mut().find(|stand| stand.spec.id == *id) else { return 0 };
        let changed = most.min(stand.low);
        stand.low -= changed;
        changed
    }

    /// Riders come and go, and all stations are read. `None`: the feed is down.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Vec<StationReport>> {
        self.ride();
        if !self.calm && self.silent == 0 && self.rng.below(30) == 0 {
            self.silent = 1 + self.rng.below(8) as u32;
        }
        if self.silent > 0 {
            self.silent -= 1;
            return None;
        }
        let mut reports: Vec<StationReport> = Vec::new();
        for number in 0..self.stands.len() {
            let odd = self.rng.below(1_000) < self.odd;
            let report = self.report(number, now);
            if odd {
                let other = self.oddly(report.clone(), now);
                reports.extend(other);
            }
            reports.push(report);
        }
        if self.rng.below(1_000) < self.odd {
            reports.reverse();
        }
        Some(reports)
    }

    fn ride(&mut self) {
        if self.calm || self.stands.is_empty() {
            return;
        }
        let all = self.at_once && self.rng.below(6) == 0;
        let full = self.rng.below(2) == 0;
        for number in 0..self.stands.len() {
            let (often, to) = (self.rng.below(4), self.rng.below(self.stands.len()));
            let count = self.rng.below(8) as u32;
            if all {
                let stand = &mut self.stands[number];
                stand.bikes = if full { stand.docks } else { 0 };
            } else if often == 0 {
                let taken = count.min(self.stands[number].bikes);
                let left = taken.min(self.stands[to].docks - self.stands[to].bikes);
                self.stands[number].bikes -= left;
                self.stands[to].bikes += left;
            }
        }
    }

    /// What is so, as of a moment ago.
    fn report(&mut self, number: usize, now: Instant) -> StationReport {
        let (ago, kinds, shut) = (self.rng.below(3_000), self.rng.below(3), self.rng.below(40));
        let (falls, flat, told) = (self.rng.below(8), self.rng.below(3) as u32, self.rng.below(3) > 0);
        let (calm, stand) = (self.calm, &mut self.stands[number]);
        if falls == 0 && !calm {
            stand.low += 1;
        }
        stand.low = stand.low.min(stand.bikes);
        let stand = &*stand;
        let mut bikes = BikeCounts { of_unknown_kind: stand.bikes, ..BikeCounts::default() };
        if kinds == 0 {
            bikes.of_unknown_kind = stand.bikes / 2;
            let kind = BikeKind::new("city").expect("letters");
            bikes.of_kind.insert(kind, stand.bikes - stand.bikes / 2);
        }
        let room = match stand.spec.docks {
            Some(_) => Room::docks(stand.docks - stand.bikes),
            None => Room::Unlimited,
        };
        let as_of = AsOf::Said(Instant(now.0 - ago as u64));
        let stock = Stock { bikes, bikes_broken: 0, docks_broken: 0, room, as_of };
        let service = match shut {
            0 if !self.calm => Service { returning: false, ..Service::OPEN },
            1 if !self.calm => Service::CLOSED,
            _ => Service::OPEN,
        };
        let as_of = Instant(now.0 - ago as u64);
        let count = BatteryCount { low: stand.low, flat: flat.min(stand.low), as_of };
        // Batteries are read more seldom than bikes are counted.
        let batteries = (told || calm).then_some(count);
        StationReport {
            station: stand.spec.id.clone(),
            service,
            stock: StockReading::Known(stock),
            batteries,
        }
    }

    /// Beside what is so: another count of the same time, one of the future, one of long ago, none at all, one of a station that nobody knows.
    fn oddly(&mut self, report: StationReport, now: Instant) -> Vec<StationReport> {
        let StockReading::Known(stock) = &report.stock else { return Vec::new() };
        let (what, bikes, span) =
            (self.rng.below(7), self.rng.below(60) as u32, self.rng.below(60_000) as u32);
        let with = |as_of: AsOf| {
            let bikes = BikeCounts { of_unknown_kind: bikes, ..BikeCounts::default() };
            StockReading::Known(Stock { bikes, as_of, ..stock.clone() })
        };
        let stock = match what {
            0 => with(stock.as_of),
            1 => with(AsOf::Said(now + Millis(span))),
            2 => with(AsOf::Said(Instant(now.0 - u64::from(span)))),
            3 => with(AsOf::Bounded(now)),
            4 => with(AsOf::Said(Instant(1))),
            5 => StockReading::Unknown(NoStock::NoCount),
            _ => return vec![StationReport { station: station_id(900), ..report }],
        };
        vec![StationReport { stock, ..report }]
    }
}
