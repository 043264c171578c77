//! How a vehicle stands at a stop, as far as its battery goes.
//!
//! Energy is measured in the time that it takes to charge it, so that time and lack together stay the same while a
//! vehicle charges. A choice of stations before a stop amounts to three bounds from below: on the time, on what lacks,
//! on the sum; one behind it to three bounds from above.
//! Source: after the labels of Desaulniers, Errico, Irnich and Schneider, Operations Research 64(6), 2016, section 3.3,
//! here in either direction.

use super::grid::Ticks;

/// Bounds on how a vehicle stands at a stop when service begins; from below for the way there, from above for the way
/// from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EnergyLabel {
    /// Length that the stations on that side add.
    pub(super) detour: Ticks,
    pub(super) time: Ticks,
    pub(super) lack: Ticks,
    /// On time and lack together: charging turns one into the other.
    pub(super) both: Ticks,
}

impl EnergyLabel {
    /// Whether a vehicle that comes like this can go on like that. Without branches, which would be mispredicted every
    /// other time: a difference is negative exactly if its sign bit is set.
    pub(super) fn meets(&self, behind: &EnergyLabel) -> bool {
        (behind.time - self.time) | (behind.lack - self.lack) | (behind.both - self.both) >= 0
    }
    /// Whether this way there is as good in all other respects as one of no less detour.
    pub(super) fn beats(&self, other: &EnergyLabel) -> bool {
        self.meets(other)
    }
    /// The same for ways from there on.
    pub(super) fn beats_behind(&self, other: &EnergyLabel) -> bool {
        other.meets(self)
    }
}
