//! Moves for their own sake: each is one that was asked for, from where and to where that said, and none is made once they have ended.

use super::{Judged, holds};
use paceline_model::edge::{Bound, DefragmentationTrigger, Event, MoveTrigger, PlannedMove, ReplicaId};
use std::collections::BTreeMap;

/// What was asked for and waits.
#[derive(Default)]
pub(super) struct Moves {
    runs: bool,
    waiting: BTreeMap<ReplicaId, PlannedMove>,
    /// Who moved just now: it is said next what that came to.
    moved: Option<ReplicaId>,
}

impl Moves {
    /// Enters one of their events.
    pub(super) fn enter(&mut self, event: &Event) -> Judged {
        match event {
            Event::DefragmentationStarted(moves) => {
                holds(!self.runs, || "a second defragmentation begins".into())?;
                self.runs = true;
                self.waiting =
                    moves.iter().map(|planned| (planned.replica.clone(), planned.clone())).collect();
            }
            Event::DefragmentationStepped { replica, trigger } => {
                holds(self.waiting.remove(replica).is_some(), || format!("{replica} waits for no move"))?;
                let made = matches!(trigger, MoveTrigger::Make(_));
                let moved = self.moved.take().is_some_and(|moved| moved == *replica);
                holds(made == moved, || format!("{replica} moved: {moved}, and is said to have: {made}"))?;
            }
            Event::DefragmentationEnded(trigger) => {
                holds(self.runs, || "a defragmentation ends that does not run".into())?;
                let left = self.waiting.len();
                let finished = *trigger == DefragmentationTrigger::Finish;
                holds(!finished || left == 0, || format!("all is said to be done, and {left} wait"))?;
                *self = Self::default();
            }
            _ => {}
        }
        Ok(())
    }

    /// One moves for its own sake.
    pub(super) fn go(&mut self, id: &ReplicaId, from: &Bound, to: &Bound) -> Judged {
        let planned = self.waiting.get(id).ok_or_else(|| format!("{id} moves and nobody asked for it"))?;
        let as_asked = planned.from == from.node && planned.to == to.node && planned.devices == to.devices;
        holds(as_asked && from.variant == to.variant, || format!("{id} moves otherwise than {planned:?}"))?;
        self.moved = Some(id.clone());
        Ok(())
    }

    /// Whether it was said what the last one came to.
    pub(super) fn is_said(&self, next: &Event) -> Judged {
        let says = matches!(next, Event::DefragmentationStepped { .. });
        holds(says || self.moved.is_none(), || format!("{:?} moved and nothing is said of it", self.moved))
    }
}
