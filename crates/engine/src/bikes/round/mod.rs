//! The round: what vans could do where (`problem`), and what of a plan still holds (`adopt`).

mod adopt;
mod problem;

pub(super) use adopt::adopt;
pub(super) use problem::problem;

use paceline_model::bikes::{StationId, VanId, VanRule};

/// What a round was about and came to.
#[derive(Clone, Debug, Default)]
pub struct RoundSummary {
    /// Orders that a van was given.
    pub issued: u32,
    /// Orders that nobody was found for.
    pub refused: u32,
    /// Proposals that no longer held.
    pub stale: u32,
    /// Whether the time ran out before everything was looked at.
    pub ran_short: bool,
    /// Who could go, as the problem numbers them.
    vans: Vec<VanId>,
    /// Where to, as the problem numbers them.
    stations: Vec<StationId>,
}

/// Why no van got an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotIssued {
    /// Vans that were looked at.
    pub considered: u32,
    /// What took each of them out.
    pub excluded: Vec<(VanRule, u32)>,
}
