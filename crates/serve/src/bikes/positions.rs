//! Where vans have said that they are since the last look, on the way to the region: of each the newest.

use paceline_model::bikes::VanId;
use paceline_model::{Instant, Position};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Positions on their way to the region. There are no more than vans: a handler looks whether a van is known.
#[derive(Debug, Default)]
pub(crate) struct VanPositions {
    waiting: Mutex<BTreeMap<VanId, (Position, Instant)>>,
}

impl VanPositions {
    /// Takes one in, unless a newer one waits.
    pub(crate) fn put(&self, van: VanId, position: Position, at: Instant) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let known = waiting.entry(van).or_insert((position, at));
        if at >= known.1 {
            *known = (position, at);
        }
    }

    /// Takes everything out, by van.
    pub(crate) fn take(&self) -> Vec<(VanId, Position, Instant)> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().map(|(van, (position, at))| (van, position, at)).collect()
    }
}
