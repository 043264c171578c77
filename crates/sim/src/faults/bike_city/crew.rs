//! One van with its crew: what is really aboard, and what the crew knows.

use super::drawn;
use crate::faults::setup::{Fault, Setup};
use paceline_model::bikes::{CrewReport, CrewWord, ReportId, StationId, Task, VanId, VanSpec, WorkOrderId};
use paceline_model::{Instant, Position};
use paceline_plan::Rng;
use std::collections::BTreeMap;

/// What a crew knows of an order.
#[derive(Clone)]
pub(super) struct Told {
    /// Where, and what; unknown while word of it was lost.
    pub(super) stop: Option<(StationId, Task)>,
    pub(super) most: u32,
    /// Its bikes are moved, whatever is said of it.
    pub(super) is_made: bool,
}

/// A van with its crew.
pub(super) struct Crew {
    pub(super) id: VanId,
    pub(super) position: Position,
    /// Bikes that are really aboard.
    pub(super) aboard: u32,
    /// Charged batteries that are really aboard.
    pub(super) charged: u32,
    pub(super) spec: Option<VanSpec>,
    pub(super) told: BTreeMap<WorkOrderId, Told>,
    words: u32,
    /// The last word, to be said again.
    pub(super) last: Option<CrewReport>,
    pub(super) rng: Rng,
    /// Words wait in the phone for up to so many milliseconds.
    pub(super) late_ms: usize,
}

/// What a crew does at some time.
pub(super) enum Act {
    /// It answers.
    Answer(WorkOrderId),
    /// It is there.
    Arrive(WorkOrderId),
    /// It has done what it can.
    Finish(WorkOrderId),
}

impl Crew {
    pub(super) fn new(number: usize, setup: &Setup) -> Self {
        let id = VanId::new(&format!("v{number}")).expect("letters and digits");
        let mut rng = setup.rng(id.as_str());
        let aboard = rng.below(3) as u32;
        let late_ms = if setup.has(Fault::Delay) { 20_000 } else { 200 };
        let (position, told) = (drawn::place(number % 4, 2), BTreeMap::new());
        Self { id, position, aboard, charged: 0, spec: None, told, words: 0, last: None, rng, late_ms }
    }

    /// The van as its first shift begins.
    pub(super) fn spec(&mut self, start: Instant) -> VanSpec {
        let spec = drawn::van(&self.id, start, &mut self.rng);
        self.aboard = self.aboard.min(spec.capacity);
        self.spec = Some(spec.clone());
        spec
    }

    /// The van as another shift begins, or with other racks in it.
    pub(super) fn redrawn(&mut self, at: Instant, rng: &mut Rng) -> VanSpec {
        let spec = drawn::van(&self.id, at, rng);
        self.spec = Some(spec.clone());
        spec
    }

    pub(super) fn capacity(&self) -> u32 {
        self.spec.as_ref().map_or(0, |spec| spec.capacity)
    }

    /// A word under a name of its own.
    pub(super) fn report(&mut self, done_at: Instant, word: CrewWord) -> CrewReport {
        self.words += 1;
        let id = ReportId::new(&format!("w{}", self.words)).expect("letters and digits");
        let report = CrewReport { id, van: self.id.clone(), done_at, word };
        self.last = Some(report.clone());
        report
    }
}
