//! A vehicle's operational state: is it powered, charging, broken?
//!
//! ```text
//!   Idle --Start--> Running <--PlugIn / Unplug--> Charging
//!    ^                | |  \                        |
//!    |             Stop |   Fault -----+---- Fault -+
//!    |                v |              v
//!    +--Stopped-- Shutdown <--Stop-- Faulted --Recover--> Recovered --Resume--> Running
//!                                                             +--------PlugIn--> Charging
//! ```
//! `Faulted` reaches `Running` only through `Recovered`: there is no other arrow to draw.

use serde::{Deserialize, Serialize};

/// Where a vehicle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operational {
    /// Off, or not yet checked.
    Idle,
    /// On the road.
    Running,
    /// At a plug.
    Charging,
    /// Broken; waits for recovery.
    Faulted,
    /// Repaired and checked, not yet back on the road.
    Recovered,
    /// Leaving: its tasks are being ended.
    Shutdown,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationalTrigger {
    /// Power and link are checked and good.
    Start,
    /// It is connected to a plug.
    PlugIn,
    /// It is disconnected.
    Unplug,
    /// Something broke.
    Fault,
    /// It was repaired and checked.
    Recover,
    /// It goes back on the road after recovery.
    Resume,
    /// It is asked to leave.
    Stop,
    /// It has left: nothing of it runs any more.
    Stopped,
}

impl Operational {
    /// All states, for tests and listings.
    pub const ALL: [Self; 6] =
        [Self::Idle, Self::Running, Self::Charging, Self::Faulted, Self::Recovered, Self::Shutdown];

    /// The state after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: OperationalTrigger) -> Option<Self> {
        use OperationalTrigger as T;
        match (self, trigger) {
            (Self::Idle, T::Start) => Some(Self::Running),
            (Self::Running, T::PlugIn) => Some(Self::Charging),
            (Self::Running, T::Fault) => Some(Self::Faulted),
            (Self::Running, T::Stop) => Some(Self::Shutdown),
            (Self::Charging, T::Unplug) => Some(Self::Running),
            (Self::Charging, T::Fault) => Some(Self::Faulted),
            (Self::Faulted, T::Recover) => Some(Self::Recovered),
            (Self::Faulted, T::Stop) => Some(Self::Shutdown),
            (Self::Recovered, T::Resume) => Some(Self::Running),
            (Self::Recovered, T::PlugIn) => Some(Self::Charging),
            (Self::Shutdown, T::Stopped) => Some(Self::Idle),
            (
                Self::Idle,
                T::PlugIn | T::Unplug | T::Fault | T::Recover | T::Resume | T::Stop | T::Stopped,
            )
            | (Self::Running, T::Start | T::Unplug | T::Recover | T::Resume | T::Stopped)
            | (Self::Charging, T::Start | T::PlugIn | T::Recover | T::Resume | T::Stop | T::Stopped)
            | (Self::Faulted, T::Start | T::PlugIn | T::Unplug | T::Fault | T::Resume | T::Stopped)
            | (Self::Recovered, T::Start | T::Unplug | T::Fault | T::Recover | T::Stop | T::Stopped)
            | (
                Self::Shutdown,
                T::Start | T::PlugIn | T::Unplug | T::Fault | T::Recover | T::Resume | T::Stop,
            ) => None,
        }
    }
}

impl OperationalTrigger {
    /// All triggers, for tests and listings.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::PlugIn,
        Self::Unplug,
        Self::Fault,
        Self::Recover,
        Self::Resume,
        Self::Stop,
        Self::Stopped,
    ];
}
