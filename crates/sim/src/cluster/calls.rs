//! What clients ask and what they are told.

use super::orders::Told;
use paceline_model::RegionId;

/// What a client asks of a region, by whichever door.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Which attempt of which client it is: answers to others are not for it.
    pub(super) attempt: u64,
    pub(super) region: RegionId,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// An order by its number, under a key of its own unless that is left out.
    Place { order: u64, keyed: bool },
    /// What a region's stream says after this position.
    Read { after: u64 },
}

/// What it is told.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// The order is durable, at this version.
    Receipt(u64),
    /// What the stream says.
    Changes(Vec<Told>),
    /// It was not done, and may be sent again.
    Refused,
    /// It may have been done.
    Unanswered,
}
