//! What stands at stations, by counts and by what crews say that they did.

use super::{Judged, bikes, orders};
use paceline_model::bikes::{
    AsOf, BatteryCount, BatteryReport, BatterySwap, Found, Inspection, Service, SiteKind, StationId,
    StationReport, StationSpec, Stock, StockReading, StopMade,
};
use paceline_model::{Instant, Millis};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A station as it is known from what was published.
#[derive(Debug)]
pub(super) struct StationBook {
    pub(super) spec: Arc<StationSpec>,
    pub(super) closed: bool,
    service: Service,
    heard_at: Option<Instant>,
    counted: Option<Stock>,
    /// All that crews ever did there, whatever was counted since.
    moves: Vec<(Instant, i64)>,
    pub(super) docks_broken: u32,
    /// Bikes that are counted and cannot be taken out.
    pub(super) locked_in: u32,
    /// When a crew last looked, or mended something.
    looked_at: Option<Instant>,
    batteries: Option<BatteryCount>,
    /// All that crews ever changed there, and when.
    changed: Vec<(Instant, u32)>,
}

/// What is believed to stand somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Believed {
    pub(super) bikes: u32,
    /// Docks that are free; `None`: docks limit nothing.
    pub(super) free: Option<u32>,
}

impl StationBook {
    fn new(spec: Arc<StationSpec>) -> Self {
        Self {
            spec,
            closed: false,
            service: Service::OPEN,
            heard_at: None,
            counted: None,
            moves: Vec::new(),
            docks_broken: 0,
            locked_in: 0,
            looked_at: None,
            batteries: None,
            changed: Vec::new(),
        }
    }

    /// The count, and every bike that a crew has moved at or after it, once.
    pub(super) fn believed(&self) -> Option<Believed> {
        let (stock, since) = (self.counted.as_ref()?, self.moved_since()?);
        let missing = i64::from(self.docks_broken.max(stock.docks_broken) - stock.docks_broken);
        let clamped = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
        let bikes = clamped(i64::from(stock.bikes.total()) + since)
            .saturating_sub(self.locked_in)
            .saturating_sub(self.flat());
        let free = stock.room.bikes().map(|free| clamped(i64::from(free) - since - missing));
        Some(Believed { bikes, free })
    }

    /// What was read, less what crews changed since.
    fn left(&self, of: fn(&BatteryCount) -> u32) -> u32 {
        let Some(count) = &self.batteries else { return 0 };
        let since = self.changed.iter().filter(|(at, _)| *at >= count.as_of).map(|(_, bikes)| bikes).sum();
        of(count).saturating_sub(since)
    }

    fn flat(&self) -> u32 {
        self.left(|count| count.flat)
    }

    /// Batteries that are low, of no more bikes than stand there, and such of bikes that nobody can ride.
    pub(super) fn low_batteries(&self) -> (u32, u32) {
        let stand =
            self.counted.as_ref().zip(self.moved_since()).map_or(i64::from(u32::MAX), |(stock, since)| {
                (i64::from(stock.bikes.total()) + i64::from(stock.bikes_broken) + since).max(0)
            });
        let low = i64::from(self.left(|count| count.low)).min(stand);
        (u32::try_from(low).unwrap_or(u32::MAX), self.flat())
    }

    /// Bikes that crews brought, less what they took, at or after the count.
    fn moved_since(&self) -> Option<i64> {
        let as_of = self.counted.as_ref()?.as_of.instant();
        Some(self.moves.iter().filter(|(at, _)| *at >= as_of).map(|(_, bikes)| bikes).sum())
    }

    /// No more are locked in than are counted after a crew looked, nor such as are counted as broken by then.
    fn unlock(&mut self, broken_before: u32) {
        let (Some(stock), Some(since)) = (&self.counted, self.moved_since()) else { return };
        if self.looked_at.is_some_and(|at| stock.as_of.instant() > at) {
            let left = self.locked_in.saturating_sub(stock.bikes_broken.saturating_sub(broken_before));
            let stand = (i64::from(stock.bikes.total()) + since).max(0);
            self.locked_in = u32::try_from(i64::from(left).min(stand)).unwrap_or_default();
        }
    }

    pub(super) fn is_to_mend(&self) -> bool {
        self.docks_broken > 0 || self.locked_in > 0
    }

    /// Bikes that may be brought: to what is allowed at most, and into docks.
    pub(super) fn takes(&self) -> Option<u32> {
        let Believed { bikes, free } = self.believed()?;
        let wanted = self.spec.allowed().1.saturating_sub(bikes);
        Some(free.map_or(wanted, |free| free.min(wanted)))
    }

    fn in_service(&self) -> Service {
        if self.closed { Service::CLOSED } else { self.service }
    }

    pub(super) fn is_depot(&self) -> bool {
        self.spec.kind == SiteKind::Depot
    }

    /// Whether riders can take bikes there and leave them, so that it is worth bringing some.
    pub(super) fn is_open_both_ways(&self) -> bool {
        let Service { on_street, renting, returning } = self.in_service();
        on_street && renting && returning && !self.is_depot()
    }

    /// Whether anybody comes there, so that bikes may be taken.
    pub(super) fn is_open_at_all(&self) -> bool {
        let Service { on_street, renting, returning } = self.in_service();
        on_street && (self.is_depot() || renting || returning)
    }

    pub(super) fn is_renting(&self) -> bool {
        self.in_service().on_street && self.in_service().renting && !self.is_depot()
    }

    pub(super) fn is_returning(&self) -> bool {
        self.in_service().on_street && self.in_service().returning && !self.is_depot()
    }

    /// Whether something was heard of it so lately that orders may rest on it. Nobody counts depots by the minute.
    pub(super) fn is_fresh(&self, now: Instant, stale_after: Millis) -> bool {
        self.is_depot() || self.heard_at.is_some_and(|at| now.since(at) <= stale_after)
    }
}

/// All stations.
#[derive(Debug, Default)]
pub(super) struct Stations(pub(super) BTreeMap<StationId, StationBook>);

impl Stations {
    pub(super) fn put(&mut self, spec: &Arc<StationSpec>) {
        match self.0.get_mut(&spec.id) {
            Some(book) => book.spec = spec.clone(),
            None => _ = self.0.insert(spec.id.clone(), StationBook::new(spec.clone())),
        }
    }

    pub(super) fn close(&mut self, id: &StationId, closed: bool) -> Judged {
        let book = self.0.get_mut(id);
        let changes = book.is_some_and(|book| std::mem::replace(&mut book.closed, closed) != closed);
        orders(changes, || format!("{id} is not known, or is closed: {closed} already"))
    }

    /// Each station once, none from the future, none older than what is known.
    pub(super) fn read(&mut self, at: Instant, reports: &[StationReport]) -> Judged {
        let mut named: Vec<&StationId> = reports.iter().map(|report| &report.station).collect();
        named.sort();
        named.dedup();
        bikes(named.len() == reports.len(), || "a station is counted twice in one reading".to_owned())?;
        reports.iter().try_for_each(|report| self.read_one(at, report))
    }

    fn read_one(&mut self, at: Instant, report: &StationReport) -> Judged {
        let id = &report.station;
        let Some(book) = self.0.get_mut(id) else {
            return bikes(false, || format!("{id} is counted and not known"));
        };
        if let (StockReading::Known(new), Some(known)) = (&report.stock, &book.counted) {
            let back = match (new.as_of, known.as_of) {
                (AsOf::Said(new), AsOf::Said(known)) => new < known,
                _ => false,
            };
            bikes(!back, || format!("{id}: {:?} takes the place of {:?}", new.as_of, known.as_of))?;
        }
        let broken_before = book.counted.as_ref().map_or(0, |stock| stock.bikes_broken);
        book.counted = report.stock.known().cloned();
        book.unlock(broken_before);
        let ahead = book.counted.as_ref().is_some_and(|stock| stock.as_of.instant() > at);
        book.service = report.service;
        book.heard_at = Some(at);
        bikes(!ahead, || format!("{id} was counted in the future"))
    }

    /// How many batteries are low: each station once, none from the future, none older than what is known.
    pub(super) fn read_batteries(&mut self, at: Instant, reports: &[BatteryReport]) -> Judged {
        for BatteryReport { station, count } in reports {
            let Some(book) = self.0.get_mut(station) else {
                return bikes(false, || format!("batteries of {station} are read, which is not known"));
            };
            let back = book.batteries.is_some_and(|known| count.as_of < known.as_of);
            bikes(!back && count.as_of <= at && count.flat <= count.low, || format!("{station}: {count:?}"))?;
            book.batteries = Some(*count);
        }
        Ok(())
    }

    /// A crew changed batteries.
    pub(super) fn change_batteries(&mut self, at: Instant, swap: &BatterySwap) {
        let Some(book) = self.0.get_mut(&swap.station) else { return };
        book.heard_at = Some(at);
        // Of a station where nobody had counted any a crew's word says nothing of what is left.
        if book.batteries.is_some() {
            book.changed.push((swap.done_at, swap.bikes));
        }
    }

    /// A crew was there.
    pub(super) fn stop(&mut self, at: Instant, made: &StopMade, mends: bool) {
        let Some(book) = self.0.get_mut(&made.station) else { return };
        book.heard_at = Some(at);
        book.moves.push((made.done_at, i64::from(made.unloaded) - i64::from(made.loaded)));
        if let Some(broken) = made.docks_broken {
            book.docks_broken = if mends { broken } else { book.docks_broken.max(broken) };
            if mends && book.looked_at.is_none_or(|at| made.done_at >= at) {
                (book.looked_at, book.locked_in) = (Some(made.done_at), book.locked_in.min(broken));
            }
        }
    }

    /// A crew has looked why it gives no bikes: the latest look counts.
    pub(super) fn inspect(&mut self, inspection: &Inspection) {
        let Some(book) = self.0.get_mut(&inspection.station) else { return };
        if book.looked_at.is_none_or(|at| inspection.done_at >= at) {
            book.looked_at = Some(inspection.done_at);
            book.locked_in = match inspection.found {
                Found::LockedIn(bikes) => bikes,
                Found::Well | Found::Repaired => 0,
            };
        }
    }
}
