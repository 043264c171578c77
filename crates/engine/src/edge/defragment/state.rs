//! A defragmentation that was asked for, and how far it has come. It is part of the world, and stays until the next one begins.

use paceline_model::Instant;
use paceline_model::edge::{
    DefragmentationPhase, DefragmentationTrigger, FreedGpus, MoveState, MoveTrigger, PlannedMove, ReplicaId,
};
use serde::{Deserialize, Serialize};

/// What was asked for, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defragmentation {
    /// When it began.
    pub started_at: Instant,
    /// Where it stands.
    pub phase: DefragmentationPhase,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// The moves, in the order in which they are made.
    pub moves: Vec<MoveRow>,
}

/// A move, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveRow {
    /// What was asked for.
    pub planned: PlannedMove,
    /// Where it stands.
    pub state: MoveState,
    /// Since when; `None` while it waits.
    pub at: Option<Instant>,
}

impl Defragmentation {
    pub(in crate::edge) fn new(started_at: Instant, moves: &[PlannedMove]) -> Self {
        let row =
            |planned: &PlannedMove| MoveRow { planned: planned.clone(), state: MoveState::Waiting, at: None };
        let phase = DefragmentationPhase::Running;
        Self { started_at, phase, ended_at: None, moves: moves.iter().map(row).collect() }
    }
    /// The move of a replica.
    pub fn of(&self, replica: &ReplicaId) -> Option<&MoveRow> {
        self.moves.iter().find(|row| row.planned.replica == *replica)
    }
    /// Moves that wait for their turn, in order; none once it has ended.
    pub fn waiting(&self) -> impl Iterator<Item = &PlannedMove> {
        let runs = self.phase == DefragmentationPhase::Running;
        let waiting = self.moves.iter().filter(move |row| runs && row.state == MoveState::Waiting);
        waiting.map(|row| &row.planned)
    }
    /// What those that were made have freed.
    pub fn freed(&self) -> FreedGpus {
        let made = self.moves.iter().filter_map(|row| match row.state {
            MoveState::Made(freed) => Some(freed),
            MoveState::Waiting | MoveState::PassedOver(_) => None,
        });
        made.fold(FreedGpus::default(), |all, of| FreedGpus {
            gpus: all.gpus + of.gpus,
            usable_milli: all.usable_milli + of.usable_milli,
            gain: all.gain.saturating_add(of.gain),
        })
    }

    pub(in crate::edge) fn step(&mut self, at: Instant, replica: &ReplicaId, trigger: MoveTrigger) {
        let row = self.moves.iter_mut().find(|row| row.planned.replica == *replica);
        if let Some((row, state)) = row.and_then(|row| row.state.after(trigger).map(|state| (row, state))) {
            (row.state, row.at) = (state, Some(at));
        }
    }
    pub(in crate::edge) fn end(&mut self, at: Instant, trigger: DefragmentationTrigger) {
        if let Some(phase) = self.phase.after(trigger) {
            (self.phase, self.ended_at) = (phase, Some(at));
        }
    }
}
