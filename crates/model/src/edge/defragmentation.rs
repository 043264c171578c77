//! Moves for their own sake: what is asked for, and how far each and all of them have come.

use super::decision::NodeRule;
use super::id::{DeviceUuid, NodeId, ReplicaId};
use crate::limits::{DEFRAGMENTATION_MOVES_MAX, Invalid, NODE_DEVICES_MAX, Rule, at_most, within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A move that was looked at before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedMove {
    /// What moves.
    pub replica: ReplicaId,
    /// Where it runs.
    pub from: NodeId,
    /// Where it goes.
    pub to: NodeId,
    /// Which devices it has there; none where it runs on the CPU.
    pub devices: Vec<DeviceUuid>,
}

impl PlannedMove {
    /// Errors: no moves, or more than are made at once; a replica that would move twice; devices named twice, or more than a node has.
    pub fn validate(moves: &[Self]) -> Result<(), Invalid> {
        within("moves", moves.len() as f64, (1.0, f64::from(DEFRAGMENTATION_MOVES_MAX)))?;
        let mut known = BTreeSet::new();
        for (at, planned) in moves.iter().enumerate() {
            let once = |field: &str, value: String| {
                let rule = Rule::Shape("must be named once".into());
                Err(Invalid::new(format!("moves[{at}].{field}"), value, rule))
            };
            at_most(&format!("moves[{at}].devices"), planned.devices.len(), NODE_DEVICES_MAX)?;
            if !known.insert(&planned.replica) {
                return once("placement", planned.replica.to_string());
            }
            let mut devices = BTreeSet::new();
            if let Some(twice) = planned.devices.iter().find(|device| !devices.insert(*device)) {
                return once("devices", twice.to_string());
            }
        }
        Ok(())
    }
}

/// What a move has freed, less what it has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreedGpus {
    /// GPUs that are wholly free since, less those that no longer are.
    pub gpus: i32,
    /// Thousandths of GPUs that usual work can use since and could not before.
    pub usable_milli: i64,
    /// Points of the scores that were gained.
    pub gain: i32,
}

/// Why a planned move was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassedOver {
    /// It has no node, or is not wanted any more.
    Gone,
    /// It runs on another node than when the move was planned.
    Elsewhere,
    /// It leaves its node for another reason.
    Leaving,
    /// Its node is silent: it may well go on there.
    Silent,
    /// It may not run twice for a moment, is one of a gang, all of which would stop, or has a slice, which no score sees.
    LeftAlone,
    /// It goes back to where it came from.
    Returning,
    /// The node that it was to go to takes it no more.
    Refused(NodeRule),
    /// The node that it was to go to, or a device of it, is not known any more.
    TargetGone,
    /// It would gain too little, or cost what is free.
    GainsTooLittle,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "it has no node, or is not wanted any more",
            Self::Elsewhere => "it runs on another node by now",
            Self::Leaving => "it leaves its node for another reason",
            Self::Silent => "its node is silent, and it may well go on there",
            Self::LeftAlone => "it may not run twice for a moment, is one of a gang, or has a slice",
            Self::Returning => "it goes back to where it came from",
            Self::Refused(rule) => return write!(f, "the node that it was to go to is one {rule}"),
            Self::TargetGone => "the node or GPU that it was to go to is not there any more",
            Self::GainsTooLittle => "it would gain too little by now",
        })
    }
}

/// Where a planned move stands.
///
/// ```text
///   Waiting --Make--> Made
///      |
///      +--PassOver--> PassedOver
/// ```
/// What waits when the defragmentation ends stays where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveState {
    /// Its turn has not come.
    #[default]
    Waiting,
    /// The replica runs where it was to go.
    Made(FreedGpus),
    /// It no longer held when its turn came.
    PassedOver(PassedOver),
}

/// What can happen to a planned move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveTrigger {
    /// It is made.
    Make(FreedGpus),
    /// It no longer holds.
    PassOver(PassedOver),
}

impl MoveState {
    /// The state after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: MoveTrigger) -> Option<Self> {
        match (self, trigger) {
            (Self::Waiting, MoveTrigger::Make(freed)) => Some(Self::Made(freed)),
            (Self::Waiting, MoveTrigger::PassOver(why)) => Some(Self::PassedOver(why)),
            (Self::Made(_) | Self::PassedOver(_), MoveTrigger::Make(_) | MoveTrigger::PassOver(_)) => None,
        }
    }
}

/// Where a defragmentation stands.
///
/// ```text
///   Running --Finish--> Done      (no move waits any more)
///      |
///      +-----Stop-----> Stopped   (an operator)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefragmentationPhase {
    /// Moves are made, a few at a time.
    Running,
    /// Each was made, or passed over.
    Done,
    /// What waited then is not made.
    Stopped,
}

/// What can happen to a defragmentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefragmentationTrigger {
    /// No move waits any more.
    Finish,
    /// An operator wants no more of it.
    Stop,
}

impl DefragmentationPhase {
    /// The phase after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: DefragmentationTrigger) -> Option<Self> {
        use DefragmentationTrigger as T;
        match (self, trigger) {
            (Self::Running, T::Finish) => Some(Self::Done),
            (Self::Running, T::Stop) => Some(Self::Stopped),
            (Self::Done | Self::Stopped, T::Finish | T::Stop) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_made_or_passed_over_once_and_what_has_ended_stays_so() {
        let (make, pass) = (MoveTrigger::Make(FreedGpus::default()), MoveTrigger::PassOver(PassedOver::Gone));
        for first in [make, pass] {
            let ended = MoveState::Waiting.after(first).expect("it waited");
            assert_eq!([make, pass].map(|next| ended.after(next)), [None, None]);
        }
        for ended in [DefragmentationPhase::Done, DefragmentationPhase::Stopped] {
            let next = [DefragmentationTrigger::Finish, DefragmentationTrigger::Stop];
            assert_eq!(next.map(|next| ended.after(next)), [None, None]);
        }
    }
}
