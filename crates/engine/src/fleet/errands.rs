//! What a region has to tell others of vehicles that left for them, and what follows from how that went. Without I/O: whoever carries it looks
//! at the region once what it shows is durable, tells each other region the first of its own, puts what was taken to the region, and asks
//! what is next. Nothing is queued on the way: whoever begins anew tells the same.
//!
//! ```text
//!   look --> tell each region the first of its own --> note what it has --> look, until one leaves, or for a while
//! ```

use super::Fleet;
use paceline_model::{Command, HandOver, Millis, RegionId};
use std::collections::BTreeMap;

/// Time after which a region is told again that did not answer.
const AGAIN_AFTER: Millis = Millis(1_000);

/// What is to be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errands {
    /// Vehicles that are on their way.
    pub pending: usize,
    /// The first of each region. It takes the others only after it: a number below one that it has is known to it.
    pub firsts: Vec<HandOver>,
}

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once.
    Look,
    /// Once a vehicle leaves: there is nothing to tell.
    WhenOneLeaves,
    /// Once a vehicle leaves, and after this time at the latest.
    Within(Millis),
}

impl Errands {
    /// What a fleet has to tell as it stands. It may be told once all that the fleet shows is durable.
    pub fn of(fleet: &Fleet) -> Self {
        let pending = fleet.world().hand_overs().pending();
        let (count, mut firsts) = (pending.len(), BTreeMap::<&RegionId, &HandOver>::new());
        for given in pending {
            firsts.entry(&given.to).or_insert(given);
        }
        Self { pending: count, firsts: firsts.into_values().cloned().collect() }
    }

    /// What the region is told once the other one has said that it has the vehicle.
    pub fn taken(given: &HandOver) -> Command {
        Command::AcknowledgeHandOver(given.to.clone(), given.number)
    }

    /// What is next after a look, `None` if the region did not answer; and whether any of what was told is taken, and noted here.
    pub fn next(looked: Option<&Self>, noted: bool) -> Next {
        match looked {
            // Whoever has its first is told its second at once.
            _ if noted => Next::Look,
            Some(Self { pending: 0, .. }) => Next::WhenOneLeaves,
            // A region that is busy is asked again, and one that did not answer is told again.
            _ => Next::Within(AGAIN_AFTER),
        }
    }
}
