//! The other region has the vehicle.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::{HandOverNumber, RegionId};

/// Said twice, it counts once.
pub(super) fn admit(view: &View, to: RegionId, number: HandOverNumber) -> Verdict {
    let pending = view.world.hand_overs.is_pending(&to, number);
    Ok(pending.then_some(Event::HandOverAcknowledged { to, number }).into_iter().collect())
}
