//! A van: what is aboard, what its crew has been told and what it said.

use paceline_model::bikes::{BatteryLoad, CrewReport, ReportId, VanId, VanSpec, VanState, WorkOrderId};
use paceline_model::limits::CREW_WORDS_MAX;
use paceline_model::{Instant, Position, Row};
use std::collections::VecDeque;
use std::sync::Arc;

/// A van as the world knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct VanRow {
    /// What its operator says.
    pub spec: Arc<VanSpec>,
    /// Whether it goes.
    pub state: VanState,
    /// Since when.
    pub since: Instant,
    /// Bikes aboard.
    pub aboard: u32,
    /// Charged batteries aboard, and how many it carries.
    pub batteries: BatteryLoad,
    /// Where it was last known to be by what was told: its start, or the last stop.
    pub stopped_at: Position,
    /// What its crew has been told and has not ended, in the order in which it is to be done.
    pub orders: Vec<WorkOrderId>,
    /// Its crew's last words, oldest first.
    pub words: VecDeque<Arc<CrewReport>>,
    pub(in crate::bikes) derived: VanDerived,
}

/// What no snapshot keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::bikes) struct VanDerived {
    /// Where it says that it is, and as of when.
    pub(in crate::bikes) heard: Option<(Position, Instant)>,
}

impl Row for VanRow {
    type Id = VanId;
    fn id(&self) -> &VanId {
        &self.spec.id
    }
}

impl VanRow {
    /// An empty van at the beginning of its shift.
    pub(in crate::bikes) fn new(spec: Arc<VanSpec>, at: Instant) -> Self {
        let stopped_at = spec.position;
        Self {
            spec,
            state: VanState::Working,
            since: at,
            aboard: 0,
            batteries: BatteryLoad::default(),
            stopped_at,
            orders: Vec::new(),
            words: VecDeque::new(),
            derived: VanDerived::default(),
        }
    }

    /// Where it is, as far as is known.
    pub fn position(&self) -> Position {
        self.derived.heard.map_or(self.stopped_at, |(position, _)| position)
    }

    /// What it says of where it is, and as of when.
    pub fn heard(&self) -> Option<(Position, Instant)> {
        self.derived.heard
    }

    /// Takes over what a van says of itself.
    pub fn hear(&mut self, heard: Option<(Position, Instant)>) {
        self.derived.heard = heard;
    }

    /// Whether its shift is over.
    pub fn is_off(&self, now: Instant) -> bool {
        self.spec.shift_ends.is_some_and(|end| end <= now)
    }

    /// A crew's word of that name.
    pub fn word(&self, id: &ReportId) -> Option<&CrewReport> {
        self.words.iter().map(AsRef::as_ref).find(|word| word.id == *id)
    }

    /// Remembers a crew's word.
    pub(in crate::bikes) fn remember(&mut self, word: Arc<CrewReport>) {
        self.words.push_back(word);
        if self.words.len() > CREW_WORDS_MAX {
            self.words.pop_front();
        }
    }
}
