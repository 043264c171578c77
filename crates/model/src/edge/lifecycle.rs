//! The two small state machines of the edge: a device's way out and back, and a replica's way. Each is one exhaustive match.

use serde::{Deserialize, Serialize};

/// Where a device stands.
///
/// ```text
///   Serving --Vanish--> Lost --Return--> Trial --Prove--> Serving
///                        ^  \              |
///                        |   +--Bar--+     |
///                        +---Vanish--|-----+
///                                    v
///                                  Barred --Admit--> Lost (an operator; it is listed again: Trial)
/// ```
/// A device that is not listed is lost and not forgotten; one that is listed again is on trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// It has work, or takes some.
    #[default]
    Serving,
    /// Its driver no longer lists it.
    Lost,
    /// It is listed again: no work before a probe was right and some quiet minutes have passed.
    Trial,
    /// It was lost too often: out until an operator lets it in.
    Barred,
}

/// What can happen to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceTrigger {
    /// It is not listed, or fell off the bus.
    Vanish,
    /// It is listed again.
    Return,
    /// Its probe was right, and it was quiet for long enough.
    Prove,
    /// It was lost too often.
    Bar,
    /// An operator lets it in.
    Admit,
}

impl DeviceState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Serving, Self::Lost, Self::Trial, Self::Barred];

    /// The state after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: DeviceTrigger) -> Option<Self> {
        use DeviceTrigger as T;
        match (self, trigger) {
            (Self::Serving | Self::Trial, T::Vanish) => Some(Self::Lost),
            (Self::Lost, T::Return) => Some(Self::Trial),
            (Self::Trial, T::Prove) => Some(Self::Serving),
            (Self::Lost, T::Bar) => Some(Self::Barred),
            (Self::Barred, T::Admit) => Some(Self::Lost),
            (Self::Serving, T::Return | T::Prove | T::Bar | T::Admit)
            | (Self::Lost, T::Vanish | T::Prove | T::Admit)
            | (Self::Trial, T::Return | T::Bar | T::Admit)
            | (Self::Barred, T::Vanish | T::Return | T::Prove | T::Bar) => None,
        }
    }
}

impl DeviceTrigger {
    /// All triggers.
    pub const ALL: [Self; 5] = [Self::Vanish, Self::Return, Self::Prove, Self::Bar, Self::Admit];
}

/// Where a replica stands.
///
/// ```text
///   Pending --Place--> Placed --Move--> Placed
///      ^                 |
///      +------Evict------+          Pending, Placed --End--> Ended
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaPhase {
    /// It has no node.
    #[default]
    Pending,
    /// It has one.
    Placed,
    /// It is no longer wanted.
    Ended,
}

/// What can happen to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaTrigger {
    /// A node was found.
    Place,
    /// A better node was found, or one at all for what must leave.
    Move,
    /// What it ran on is gone.
    Evict,
    /// Its workload was removed, or scaled down.
    End,
}

impl ReplicaPhase {
    /// All phases.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Placed, Self::Ended];

    /// The phase after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: ReplicaTrigger) -> Option<Self> {
        use ReplicaTrigger as T;
        match (self, trigger) {
            (Self::Pending, T::Place) | (Self::Placed, T::Move) => Some(Self::Placed),
            (Self::Placed, T::Evict) => Some(Self::Pending),
            (Self::Pending | Self::Placed, T::End) => Some(Self::Ended),
            (Self::Pending, T::Move | T::Evict)
            | (Self::Placed, T::Place)
            | (Self::Ended, T::Place | T::Move | T::Evict | T::End) => None,
        }
    }
}

impl ReplicaTrigger {
    /// All triggers.
    pub const ALL: [Self; 4] = [Self::Place, Self::Move, Self::Evict, Self::End];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_device_serves_again_only_by_way_of_its_trial() {
        let ways: Vec<_> = DeviceState::ALL
            .into_iter()
            .flat_map(|from| DeviceTrigger::ALL.map(|trigger| (from, from.after(trigger))))
            .filter(|(_, to)| *to == Some(DeviceState::Serving))
            .collect();
        assert_eq!(ways, [(DeviceState::Trial, Some(DeviceState::Serving))]);
    }

    #[test]
    fn what_has_ended_stays_so_and_what_is_evicted_waits() {
        for trigger in ReplicaTrigger::ALL {
            assert_eq!(ReplicaPhase::Ended.after(trigger), None);
        }
        assert_eq!(ReplicaPhase::Placed.after(ReplicaTrigger::Evict), Some(ReplicaPhase::Pending));
        assert_eq!(ReplicaPhase::Pending.after(ReplicaTrigger::Move), None);
    }
}
