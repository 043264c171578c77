//! What a run is drawn from: how many stations were empty and full as time went by, when riders came and lost their ride, where vans stopped on
//! the first day, and how long each station had nothing to give or no room.

use super::city::{BikesAct, BikesCity, BikesCount};
use super::scenario::BikesScenario;
use super::town::Stand;
use paceline_model::Zone;
use paceline_model::bikes::{Command, CrewWord, VanId};
use paceline_model::{Instant, Millis, Position};
use std::collections::BTreeMap;

/// Bins of a day: half hours.
pub(super) const BINS: usize = 48;
/// How long a bin is.
const BIN: Millis = Millis::from_secs(1_800);
/// Vans' stops are kept of so long from the beginning: of more nothing is drawn.
const TOURS: Millis = Millis::from_secs(24 * 3_600);

/// A station as a run left it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SketchedStation {
    /// Where it is.
    pub position: Position,
    /// Its docks.
    pub docks: u32,
    /// Share of the time without a bike.
    pub empty: f64,
    /// Share of the time without a free dock.
    pub full: f64,
}

/// What is drawn of a run.
#[derive(Clone, Debug)]
pub struct BikesSketch {
    /// How long the days are, in milliseconds.
    pub span_ms: f64,
    /// Each quarter of an hour: stations without a bike, and without a free dock.
    pub looks: Vec<[u32; 2]>,
    /// Riders who came, by half hours of the city's day, all days together.
    pub riders: [u32; BINS],
    /// Of these, who found no bike.
    pub lost: [u32; BINS],
    /// Where each van stopped on the first day, in order, and how many hours after its midnight.
    pub tours: BTreeMap<VanId, Vec<(f64, Position)>>,
    /// All stations.
    pub stations: Vec<SketchedStation>,
    zone: Zone,
    from: Instant,
    before: (u64, u64),
}

impl BikesSketch {
    /// Of days that have not begun.
    pub(super) fn new(scenario: &BikesScenario) -> Self {
        let zone = scenario.history.zone.clone();
        let (from, end) = scenario.days.span(&zone);
        Self {
            span_ms: (end.0 - from.0) as f64,
            looks: Vec::new(),
            riders: [0; BINS],
            lost: [0; BINS],
            tours: BTreeMap::new(),
            stations: Vec::new(),
            zone,
            from,
            before: (0, 0),
        }
    }

    /// Looks at the city after a quarter of an hour that ends `now`.
    pub(super) fn look(&mut self, now: Instant, count: &BikesCount) {
        self.looks.push([count.empty as u32, count.full as u32]);
        let middle = Instant(now.0.saturating_sub(u64::from(BIN.0) / 4));
        let bin = self.bin(middle);
        let (riders, lost) = self.before;
        // A run has fewer riders in a quarter of an hour than fit.
        self.riders[bin] += (count.riders - riders) as u32;
        self.lost[bin] += (count.lost - lost) as u32;
        self.before = (count.riders, count.lost);
    }

    /// Hears what a crew says, and where its van is then.
    pub(super) fn hear(&mut self, now: Instant, act: &BikesAct, city: &BikesCity) {
        let BikesAct::Command(Command::Report(report)) = act else { return };
        if !matches!(report.word, CrewWord::Arrived(_)) || now.since(self.from) >= TOURS {
            return;
        }
        let hours = now.since(self.from).as_secs_f64() / 3_600.0;
        let tour = self.tours.entry(report.van.clone()).or_default();
        tour.extend(city.van_at(&report.van, now).map(|position| (hours, position)));
    }

    /// The days are over.
    pub(super) fn close(&mut self, city: &BikesCity) {
        let share = |ms: u64| ms as f64 / self.span_ms;
        let of = |stand: &Stand| SketchedStation {
            position: stand.position,
            docks: stand.docks,
            empty: share(stand.empty_ms),
            full: share(stand.full_ms),
        };
        self.stations = city.town.stands.iter().map(of).collect();
    }

    /// The half hour of the city's own day.
    fn bin(&self, at: Instant) -> usize {
        let offset_ms = i64::from(self.zone.offset(at).minutes()) * 60_000;
        let local_ms = i64::try_from(at.0).unwrap_or(i64::MAX).saturating_add(offset_ms);
        (local_ms.rem_euclid(24 * 3_600_000) / i64::from(BIN.0)) as usize % BINS
    }
}
