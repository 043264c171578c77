//! What stands at stations is taken in, each report by itself: stations that are not known are passed over, and so is what is older than what
//! is known. A count from the future counts as of now at most, and one of long ago says nothing of now.

use super::verdict::Verdict;
use crate::bikes::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::limits::COUNT_TOO_OLD;
use paceline_model::bikes::{
    AsOf, BatteryCount, BatteryReport, Event, NoStock, Refusal, StationId, StationReport, StationSpec, Stock,
    StockReading,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn admit(world: &Bikes, at: Instant, reports: Vec<StationReport>) -> Verdict {
    Ok(read(world, at, reports, &BTreeSet::new()))
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
fn read(world: &Bikes, at: Instant, reports: Vec<StationReport>, new: &BTreeSet<StationId>) -> Vec<Event> {
    let batteries = batteries(world, at, &reports, new);
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
            // Batteries are told apart.
            newest.insert(report.station.clone(), StationReport { batteries: None, ..report });
        }
    }
    let news: Vec<StationReport> = newest.into_values().collect();
    let news: Vec<Event> = match news.is_empty() {
        true => Vec::new(),
        false => vec![Event::StockRead(Arc::new(news))],
    };
    news.into_iter().chain(batteries).collect()
}

/// What of the reports is news of batteries: a thing of its own, which is read more seldom than bikes are counted.
fn batteries(
    world: &Bikes,
    at: Instant,
    reports: &[StationReport],
    new: &BTreeSet<StationId>,
) -> Option<Event> {
    let mut newest: BTreeMap<&StationId, BatteryCount> = BTreeMap::new();
    for report in reports {
        let Some(count) = report.batteries else { continue };
        // Where vans change none, none counts.
        let low = world.options.batteries.map_or(0, |_| count.low);
        let count = BatteryCount { as_of: count.as_of.min(at), low, flat: count.flat.min(low) };
        let before = newest.get(&report.station);
        if at.since(count.as_of) <= COUNT_TOO_OLD && before.is_none_or(|before| count.as_of >= before.as_of) {
            newest.insert(&report.station, count);
        }
    }
    let is_news = |(station, count): &(&StationId, BatteryCount)| match world.station(station) {
        Some(row) => row.stock.batteries.takes(*count) && row.stock.batteries.is_news(Some(*count)),
        None => new.contains(*station) && count.low > 0,
    };
    let news: Vec<BatteryReport> = newest
        .into_iter()
        .filter(is_news)
        .map(|(station, count)| BatteryReport { station: station.clone(), count })
        .collect();
    (!news.is_empty()).then(|| Event::BatteriesRead(Arc::new(news)))
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
