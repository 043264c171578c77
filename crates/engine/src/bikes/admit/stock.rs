//! What stands at stations is taken in, each report by itself: stations that are not known are passed over, and so is what is older than what
//! is known. A count from the future counts as of now at most, and one of long ago says nothing of now.

use super::verdict::Verdict;
use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::limits::COUNT_TOO_OLD;
use paceline_model::bikes::{
    AsOf, Event, NoStock, Refusal, StationId, StationReport, StationSpec, Stock, StockReading,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn admit(world: &Bikes, at: Instant, reports: Vec<StationReport>) -> Verdict {
    Ok(read(world, at, reports, &BTreeSet::new()).into_iter().collect())
}

/// Cells that are known stay as they are, whoever put them.
pub(super) fn admit_cells(
    world: &Bikes,
    at: Instant,
    cells: Vec<StationSpec>,
    reports: Vec<StationReport>,
) -> Verdict {
    let mut new: BTreeMap<StationId, Event> = BTreeMap::new();
    for spec in cells {
        let spec = spec.validate().map_err(Refusal::Invalid)?;
        if world.station(&spec.id).is_none() {
            new.insert(spec.id.clone(), Event::StationPut(Arc::new(spec)));
        }
    }
    let read = read(world, at, reports, &new.keys().cloned().collect());
    Ok(new.into_values().chain(read).collect())
}

/// What of the reports is news, of stations that are known or are about to be.
fn read(world: &Bikes, at: Instant, reports: Vec<StationReport>, new: &BTreeSet<StationId>) -> Option<Event> {
    // Of one station the last one of a batch counts that is not older than another, nor than what is known: what a batch says in between,
    // of which nobody knows the time, makes none younger.
    let mut newest: BTreeMap<_, StationReport> = BTreeMap::new();
    for report in reports {
        let report = bounded(report, at);
        let before = newest.get(&report.station);
        let is_news = match world.station(&report.station) {
            Some(row) => row.stock.takes(&report.stock),
            None => new.contains(&report.station),
        };
        if is_news && before.is_none_or(|before| takes(&before.stock, &report.stock)) {
            newest.insert(report.station.clone(), report);
        }
    }
    let news: Vec<StationReport> = newest.into_values().collect();
    (!news.is_empty()).then(|| Event::StockRead(Arc::new(news)))
}

fn takes(known: &StockReading, report: &StockReading) -> bool {
    match (report.known(), known.known()) {
        (Some(new), Some(known)) => new.as_of.replaces(known.as_of),
        _ => true,
    }
}

/// The same, and neither from the future nor of long ago.
fn bounded(report: StationReport, now: Instant) -> StationReport {
    match report.stock {
        StockReading::Known(stock) if now.since(stock.as_of.instant()) > COUNT_TOO_OLD => {
            StationReport { stock: StockReading::Unknown(NoStock::TooOld), ..report }
        }
        StockReading::Known(stock) if stock.as_of.instant() > now => {
            let stock = StockReading::Known(Stock { as_of: AsOf::Bounded(now), ..stock });
            StationReport { stock, ..report }
        }
        _ => report,
    }
}
