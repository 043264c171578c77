//! Stations that give no bikes: when that begins, when somebody is sent to look and when it is mended, and what it cost meanwhile.

use super::scenario::BikesScenario;
use super::town::Town;
use paceline_model::bikes::StationId;
use paceline_model::limits::{Invalid, Rule};
use paceline_model::{Instant, Millis};
use std::collections::BTreeMap;

/// To try each dock, and to mend what is jammed.
pub(super) const LOOKING: Millis = Millis::from_secs(300);

/// What became of a jam.
#[derive(Clone, Copy, Debug)]
struct Jam {
    from: Instant,
    found: Option<Instant>,
    mended: Option<Instant>,
}

/// All jams of a run so far, and who was sent to look.
#[derive(Debug, Default)]
pub(super) struct Jams {
    known: Vec<(usize, Jam)>,
    /// Orders to look, of which some were for stations that were well.
    pub(super) looks: u64,
    /// Of these, for such as were well.
    pub(super) false_alarms: u64,
    /// Rides that were lost because a station gave none of its bikes.
    pub(super) lost: u64,
}

/// How many jams there were, how many were found, and in which mean time they were found and mended, in hours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct JamsOver {
    pub(super) jams: u64,
    pub(super) found: u64,
    pub(super) found_after_h: f64,
    pub(super) mended_after_h: f64,
}

impl Jams {
    /// When which station begins to give none. Errors: a station that is not played.
    pub(super) fn planned(
        scenario: &BikesScenario,
        stations: &BTreeMap<StationId, usize>,
    ) -> Result<Vec<(Instant, usize)>, Invalid> {
        let jam = |jam: &super::scenario::JammedStation| {
            let id = StationId::new(&jam.station)?;
            let known = stations.get(&id).copied().ok_or_else(|| {
                let rule = Rule::Shape("must be a station of the history that is seen in these days".into());
                Invalid::new("jammed.station", &jam.station, rule)
            });
            Ok((jam.from, known?))
        };
        scenario.jammed.iter().map(jam).collect()
    }

    /// A station begins to give none.
    pub(super) fn begin(&mut self, now: Instant, station: usize, town: &mut Town) {
        if town.stands[station].jammed.replace(now).is_none() {
            self.known.push((station, Jam { from: now, found: None, mended: None }));
        }
    }

    /// Somebody is to look.
    pub(super) fn looked_for(&mut self, now: Instant, station: usize) {
        self.looks += 1;
        match self.open(station) {
            Some(jam) => jam.found = jam.found.or(Some(now)),
            None => self.false_alarms += 1,
        }
    }

    /// A crew is there and mends what is wrong; whether anything was.
    pub(super) fn mend(&mut self, now: Instant, station: usize, town: &mut Town) -> bool {
        if let Some(jam) = self.open(station) {
            jam.mended = Some(now);
        }
        town.stands[station].jammed.take().is_some()
    }

    /// What it came to.
    pub(super) fn over(&self) -> JamsOver {
        let hours = |end: fn(&Jam) -> Option<Instant>| {
            let spans =
                self.known.iter().filter_map(|(_, jam)| Some(end(jam)?.since(jam.from).as_secs_f64()));
            let (count, sum) = spans.fold((0_u64, 0.0), |(count, sum), span| (count + 1, sum + span));
            (count, crate::kpi::ratio(sum, count as f64) / 3_600.0)
        };
        let ((found, found_after_h), (_, mended_after_h)) = (hours(|jam| jam.found), hours(|jam| jam.mended));
        JamsOver { jams: self.known.len() as u64, found, found_after_h, mended_after_h }
    }

    fn open(&mut self, station: usize) -> Option<&mut Jam> {
        let open = self.known.iter_mut().find(|(at, jam)| *at == station && jam.mended.is_none());
        open.map(|(_, jam)| jam)
    }
}
