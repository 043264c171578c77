//! What of a feed is remembered from poll to poll, and by it whether anything may rest on the newest.

use super::patience::Patience;
use super::stations::Share;
use crate::files::{FileName, Files};
use paceline_model::Instant;
use paceline_model::bikes::{
    Capacity, FeedReading, Health, Implausible, Oddity, StationId, StockReading, Told,
};
use std::collections::BTreeMap;

/// A list with fewer records says nothing by how many could be taken, and one with fewer stations nothing by how many are gone.
const FEW: usize = 3;
/// So many bikes do not all leave between two polls.
const MANY_BIKES: u32 = 20;

/// What is remembered of a feed from poll to poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Stations of the newest reading that was plausible, with what they hold.
    stations: BTreeMap<StationId, Capacity>,
    /// Bikes at these stations.
    bikes: u32,
    /// The newest time that the feed gave of itself, and when that was first seen. A clock that runs ahead and stands still is found by it.
    header: Option<(Instant, Instant)>,
    /// What the newest reading was, and since when it has been that.
    health: Option<Health>,
}

impl Memory {
    /// As of when a feed can be taken to speak that says it speaks as of `said`: not later than that was first heard.
    pub(super) fn heard(&mut self, said: Option<Instant>, now: Instant) -> Option<Instant> {
        let said = said?;
        let first_seen = match self.header {
            Some((before, first_seen)) if before == said => first_seen,
            _ => now,
        };
        self.header = Some((said, first_seen));
        Some(said.min(first_seen))
    }

    /// Judges a reading and remembers what of it is plausible.
    pub(super) fn judge(
        &mut self,
        reading: &mut FeedReading,
        files: &Files,
        share: Share,
        patience: Patience,
    ) -> Health {
        let now = reading.asked_at;
        let why = self.implausible(reading, share);
        let since = self.since(why, now);
        // What stays gone for so long is gone; bikes that are all gone are not believed by waiting.
        let is_settled = why == Some(Implausible::StationsVanished) && now.since(since) >= patience.settled;
        let health = match why {
            Some(why) if !is_settled => Health::Implausible { why, since },
            _ => of_files(files, self.health, now).unwrap_or_else(|| of_time(reading.as_of, now, patience)),
        };
        if !matches!(health, Health::Implausible { .. } | Health::Gone { .. }) {
            self.compare(&reading.stations_held(), &mut reading.told);
            self.stations = reading.stations_held();
            self.bikes = bikes(reading);
        }
        self.health = Some(health);
        health
    }

    fn implausible(&self, reading: &mut FeedReading, share: Share) -> Option<Implausible> {
        let gone = self.stations.keys().filter(|id| !reading.stations.contains_key(*id)).count();
        if gone >= FEW && gone * 2 >= self.stations.len() {
            let read = format!("{gone} of {}", self.stations.len());
            reading.told.tell(Oddity::StationsVanished, FileName::StationInformation, read);
            return Some(Implausible::StationsVanished);
        }
        if share.of > FEW && share.taken * 2 < share.of {
            return Some(Implausible::HardlyAnyRecord);
        }
        let counted = reading.stations.values().any(|of| matches!(of.stock, StockReading::Known(_)));
        (self.bikes >= MANY_BIKES && counted && bikes(reading) == 0).then_some(Implausible::BikesVanished)
    }

    fn since(&self, now_why: Option<Implausible>, now: Instant) -> Instant {
        match self.health {
            Some(Health::Implausible { why, since }) if Some(why) == now_why => since,
            _ => now,
        }
    }

    /// Tells which stations are gone or have another capacity than before.
    fn compare(&self, stations: &BTreeMap<StationId, Capacity>, told: &mut Told) {
        for (id, before) in &self.stations {
            match (before, stations.get(id)) {
                (_, None) => told.tell(Oddity::StationVanished, id, "not in this poll"),
                (Capacity::Docks(before), Some(Capacity::Docks(now))) if before != now => {
                    told.tell(Oddity::CapacityChanged, id, format_args!("{before}, now {now}"));
                }
                _ => {}
            }
        }
    }
}

/// Whether files could not be read.
fn of_files(files: &Files, before: Option<Health>, now: Instant) -> Option<Health> {
    let faults = files.of.values().filter(|held| held.fault.is_some()).count();
    match faults {
        0 if !files.of.is_empty() => None,
        faults if faults == files.of.len() => Some(Health::Gone {
            since: match before {
                Some(Health::Gone { since }) => since,
                _ => now,
            },
        }),
        _ => Some(Health::Partial {
            since: match before {
                Some(Health::Partial { since }) => since,
                _ => now,
            },
        }),
    }
}

fn of_time(as_of: Option<Instant>, now: Instant, patience: Patience) -> Health {
    match as_of {
        Some(since) if now.since(since) > patience.stale => Health::Stale { since },
        _ => Health::Fresh,
    }
}

fn bikes(reading: &FeedReading) -> u32 {
    reading.stations.values().filter_map(|station| station.fit_for_hire()).fold(0, u32::saturating_add)
}

/// What is remembered of a reading's stations.
trait Held {
    fn stations_held(&self) -> BTreeMap<StationId, Capacity>;
}

impl Held for FeedReading {
    fn stations_held(&self) -> BTreeMap<StationId, Capacity> {
        self.stations.iter().map(|(id, station)| (id.clone(), station.capacity)).collect()
    }
}
